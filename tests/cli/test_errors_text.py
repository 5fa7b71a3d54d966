# SPDX-License-Identifier: Apache-2.0
"""Text that does not parse: the message names file, line and column."""
import gzip
import unittest

from failure_test import FailureTest, run

HEADER = "customer,basket,item,quantity,price,time\n"
LINE = "c1,b1,i1,2,3.50,2011-12-09 12:50:00\n"
COLUMNS = ("--customer", "customer", "--basket", "basket", "--item", "item", "--quantity", "quantity",
           "--price", "price", "--time", "time", "--keep-quantity", "--keep-price")


class TextTest(FailureTest):
    def refuses(self, options, content, says, name="input.txt", code=65, ranks=(3,)):
        path = self.file(name, content)
        self.fails_alike(code, "ingest", "--show-values", *options, path, "-o", self.out, ranks=ranks,
                         says=(name, *says))


class Transactions(TextTest):
    def refuses_lines(self, content, *says, **options):
        self.refuses((*COLUMNS, "--transactions"), content, says, name="sales.csv", **options)

    def test_quote_never_closed(self):
        self.refuses_lines(HEADER + LINE + 'c1,b2,"i2,1,1,2011-12-09\n' + LINE, "line 3", "quote",
                           "never closed", ranks=(1, 2, 3))

    def test_quote_inside_a_field(self):
        self.refuses_lines(HEADER + LINE + 'c1,b"2,i2,1,1,2011-12-09\n', "line 3", "quote")

    def test_text_behind_a_quote(self):
        self.refuses_lines(HEADER + LINE + 'c1,"b2"x,i2,1,1,2011-12-09\n', "line 3", "quote")

    def test_too_few_fields(self):
        self.refuses_lines(HEADER + LINE + "c1,b2,i2\n" + LINE, "line 3", "3 fields", "6")

    def test_too_many_fields(self):
        self.refuses_lines(HEADER + LINE + "c1,b2,i2,1,1,2011-12-09,more\n", "line 3", "6")

    def test_lines_inside_fields_are_counted(self):
        self.refuses_lines(HEADER + 'c1,b1,"i\n1",1,1,2011-12-09\nc1,b2,i2\n', "line 4")

    def test_number(self):
        for value in ("two", "1,5", "0x10", "inf", "nan", "", "1e999"):
            field = f'"{value}"'
            self.refuses_lines(HEADER + LINE + f"c1,b2,i2,{field},1,2011-12-09\n", "line 3",
                               "'quantity'", f"'{value}'", ranks=(1,))
        self.refuses_lines(HEADER + LINE + "c1,b2,i2,1,free,2011-12-09\n", "line 3", "'price'",
                           "'free'")

    def test_product_too_large(self):
        self.refuses_lines(HEADER + "c1,b2,i2,1e200,1e200,2011-12-09\n", "line 2", "'price'",
                           ranks=(1,))

    def test_time(self):
        for value in ("yesterday", "2011-13-01", "2011-02-29", "09/12/2011", "2011-12-09 25:00", ""):
            self.refuses_lines(HEADER + LINE + f"c1,b2,i2,1,1,{value}\n", "line 3", "'time'",
                               f"'{value}'", ranks=(1,))

    def test_zero_byte(self):
        self.refuses_lines(HEADER + LINE + "c1,b\0,i2,1,1,2011-12-09\n", "line 3", "NUL")

    def test_not_utf8(self):
        content = (HEADER + LINE).encode() + b"c1,b2,i\xff,1,1,2011-12-09\n"
        self.refuses_lines(content, "line 3", "byte 85", "UTF-8")

    def test_nothing_in_it(self):
        self.refuses_lines("", "empty", "header")

    def test_nothing_but_the_header(self):
        self.refuses_lines(HEADER, "no row", ranks=(1,))

    def test_no_row_is_kept(self):
        self.refuses_lines(HEADER + ",b1,i1,1,1,2011-12-09\n", "no row", "dropped_no_customer 1")

    def test_as_of_before_the_last_time(self):
        self.refuses(("--as-of", "2011-01-01", *COLUMNS, "--transactions"), HEADER + LINE,
                     ("2011",), ranks=(1,))

    def test_a_column_that_the_header_names_twice(self):
        self.refuses_lines("customer," + HEADER + "c0," + LINE, "'customer'", "2 times")

    def test_a_folder(self):
        (self.folder / "sales").mkdir()
        self.fails_alike(66, "ingest", *COLUMNS, "--transactions", self.folder / "sales", "-o",
                         self.out, says=("sales", "folder"))


class Table(TextTest):
    def refuses_lines(self, content, *says, **options):
        self.refuses(("--id", "id", "--features"), content, says, name="table.csv", **options)

    def test_number(self):
        self.refuses_lines("id,x,y\na,1,2\nb,3,four\n", "line 3", "'y'", "'four'", ranks=(1, 2, 3))

    def test_number_that_float32_does_not_hold(self):
        for value in ("1e39", "-inf", "Infinity"):
            self.refuses_lines(f"id,x\na,{value}\n", "line 2", "'x'", f"'{value}'", "float32",
                               ranks=(1,))

    def test_id_missing(self):
        self.refuses_lines("id,x\na,1\n,2\n", "line 3", "'id'", "empty", ranks=(1,))

    def test_id_not_utf8(self):
        self.refuses_lines(b"id,x\na,1\n\xff,2\n", "line 3", "byte 10", "UTF-8", ranks=(1,))

    def test_rows_of_another_length(self):
        self.refuses_lines("id,x\na,1\nb\n", "line 3", "1 fields", "2", ranks=(1,))

    def test_no_feature(self):
        self.refuses_lines("id\na\n", "no column", ranks=(1,))

    def test_columns_of_one_name(self):
        self.refuses_lines("id,x,x\na,1,2\n", "columns 2 and 3", "'x'", ranks=(1,))

    def test_nothing_but_the_header(self):
        self.refuses_lines("id,x\n", "no row", ranks=(1,))


class Baskets(TextTest):
    def test_letters(self):
        self.refuses(("--baskets",), "1 2\n3 x 4\n", ("line 2", "'x'"), ranks=(1, 2, 3))

    def test_sign_and_point(self):
        for text in ("1\n-2\n", "1\n2.5\n", "1\n2,3\n"):
            self.refuses(("--baskets",), text, ("line 2", "digits"), ranks=(1,))

    def test_zero_byte(self):
        self.refuses(("--baskets",), "1\n2\0\n", ("line 2", "0x00"), ranks=(1,))

    def test_number_too_large(self):
        self.refuses(("--baskets",), f"1\n{2**64}\n", ("line 2", "2^64"), ranks=(1,))

    def test_mined_as_they_are(self):
        path = self.file("retail.dat", "1 2\n3 x 4\n")
        self.fails_alike(65, "itemsets", path, "--min-count", 1, "-o", self.out,
                         says=("retail.dat", "line 2", "'x'"))

    def test_compressed_and_cut(self):
        text = "".join(f"{i} {i * 7} {i * 13}\n" for i in range(20000)).encode()
        whole = gzip.compress(text)
        damaged = bytearray(whole)
        damaged[len(damaged) // 2] ^= 0xFF
        damaged[-8] ^= 0xFF
        for content, says in ((whole[:-100], "truncated"), (whole[:-4], "truncated"),
                              (bytes(damaged), "corrupt")):
            self.refuses(("--baskets",), content, (says,), name="retail.dat.gz", ranks=(1, 3))
            path = self.folder / "retail.dat.gz"
            self.fails_alike(65, "itemsets", path, "--min-count", 5, "--count-only", says=(says,),
                             ranks=(3,))


class StandardInput(FailureTest):
    def test_empty(self):
        self.fails_alike(65, "ingest", "--features", "-", "-o", self.out, stdin="",
                         says=("standard input", "empty"))
        self.fails_alike(65, "ingest", "--basket", "b", "--item", "i", "--transactions", "-", "-o",
                         self.out, stdin="", says=("standard input", "empty"), ranks=(3,))

    def test_empty_baskets_are_no_baskets(self):
        process = run("ingest", "--baskets", "-", "-o", self.out, stdin="")
        self.assertIn(process.returncode, (0, 65), process.stderr)
        if process.returncode == 0:
            self.done("verify", self.out)

    def test_line_is_named(self):
        self.fails_alike(65, "itemsets", "-", "--min-count", 1, "-o", self.out, stdin="1\ntwo\n",
                         says=("standard input", "line 2"))


if __name__ == "__main__":
    unittest.main()
