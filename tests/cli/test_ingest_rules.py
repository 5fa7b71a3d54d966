# SPDX-License-Identifier: Apache-2.0
"""Ingest of small transactions: each rule on and off, order, ties, shared baskets, CSV."""
import csv
import datetime
import io
import itertools
import unittest

import h5py
import numpy

from patron_test import ONLINE_RETAIL_COLUMNS, PatronTest, read_strings
from plain_retail import Expected, RULES, Row, seconds

HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice",
          "CustomerID")
ALWAYS = ("no_basket", "no_item")
KEEP = {"no_customer": "--keep-no-customer", "quantity": "--keep-quantity", "price": "--keep-price"}
# customer, basket, item, label, quantity, price, time
LINES = [
    ("10", "b2", "tea", "Tea", 1, 2.5, "2020-01-03 10:00:00"),
    ("10", "b2", "tea", "Tea", 2, 2.5, "2020-01-03 09:59:59"),
    ("9", "b10", "milk", "Milk", 3, 0.1, "2020-01-01 00:00:00"),
    ("9", "b3", "milk", "milk", 1, 0.2, "2020-01-11 12:00:00"),
    ("9", "b3", "jam", "", 1, 1e16, "2020-01-11 12:00:00"),
    ("9", "b3", "jam", "", 1, 1, "2020-01-11 12:00:00"),
    ("9", "Cb4", "tea", "TEA", -1, 2.5, "2020-01-12 12:00:00"),
    ("9", "Cb5", "tea", "TEA", 1, 2.5, "2020-01-13 12:00:00"),
    ("", "b6", "tea", "TEA", 4, 2.5, "2020-01-14 12:00:00"),
    ("", "b7", "pen", "Pen", 1, 1.5, "2020-01-15 12:00:00"),
    ("10", "", "tea", "TEA", 1, 2.5, "2020-01-16 12:00:00"),
    ("10", "b8", "", "none", 1, 2.5, "2020-01-17 12:00:00"),
    ("é", "b9", "tea", "Té", 0, 2.5, "2020-01-18 12:00:00"),
    ("z", "b9", "gift", "", 1, 0, "2020-01-02 12:00:00"),
    ("z", "b9", "jam", "Jam", 2, 3, "2020-01-02 12:00:00"),
    ("é", "b9", "jam", "Marmalade", 2, 4, "2020-01-02 12:00:00"),
    ("é", "b9", "pen", "Pen", 1, -5.25, "2020-01-02 12:00:01"),
    ("", "Cb7", "pen", "Pen, \"red\"", -7, 0, "2020-01-19 12:00:00"),
]
ROWS = [Row(*line[:6], seconds(line[6])) for line in LINES]


def as_csv(lines, line_end="\n", header=HEADER, delimiter=","):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end, delimiter=delimiter)
    writer.writerow(header)
    for customer, basket, item, label, quantity, price, time in lines:
        writer.writerow((basket, item, label, quantity, time, price, customer))
    return text.getvalue()


class SmallShop(PatronTest):
    def ingest(self, text, *options, columns=ONLINE_RETAIL_COLUMNS):
        path, source = self.folder / "shop.h5", self.folder / "lines.csv"
        source.write_text(text, encoding="utf-8", newline="")
        self.done("ingest", "--transactions", source, *columns, *options, "--plain-ids", "-o", path, "--force")
        self.done("verify", path)
        return h5py.File(path, "r")

    def assert_holds(self, file, expected):
        quality = {name: value[()].item() for name, value in file["quality"].items()}
        self.assertEqual(quality, expected.quality)
        self.assertEqual(read_strings(file["customers/id"]), expected.customer_id)
        names = [name.decode() for name in file["customers/features"].attrs["names"]]
        features = numpy.array([[one[name] for name in names] for one in expected.features])
        numpy.testing.assert_array_equal(file["customers/features"][:], features.astype("float32"))
        self.assertEqual(read_strings(file["items/name"]), expected.item_name)
        self.assertEqual(read_strings(file["items/label"]), expected.item_label)
        self.assertEqual(read_strings(file["baskets/id"]), expected.basket_id)
        self.assertEqual(file["baskets/time"][:].tolist(), expected.basket_time)
        self.assertEqual(file["baskets/customer"][:].tolist(), expected.basket_customer)
        items, offsets = file["baskets/items"][:], file["baskets/offsets"][:]
        found = [items[a:b].tolist() for a, b in zip(offsets, offsets[1:])]
        self.assertEqual(found, expected.baskets)


class Rules(SmallShop):
    def test_each_on_and_off(self):
        text = as_csv(LINES)
        for kept in itertools.product((False, True), repeat=len(KEEP)):
            for prefix in (None, "C"):
                off = [rule for rule, keep in zip(KEEP, kept) if keep]
                options = [KEEP[rule] for rule in off]
                options += ["--cancelled-prefix", prefix] if prefix else []
                rules = [rule for rule in RULES if rule not in off]
                with self.subTest(options=options), self.ingest(text, *options) as file:
                    self.assert_holds(file, Expected(ROWS, rules, prefix))

    def test_as_of(self):
        for text in ("2020-02-01", "2020-02-01 00:00:00", "2020-02-01T00:00Z"):
            with self.ingest(as_csv(LINES), "--as-of", text) as file:
                self.assert_holds(file, Expected(ROWS, as_of=seconds("2020-02-01 00:00:00")))

    def test_as_of_before_the_last_time(self):
        source = self.folder / "lines.csv"
        source.write_text(as_csv(LINES), encoding="utf-8")
        self.fails(65, "ingest", "--transactions", source, *ONLINE_RETAIL_COLUMNS, "-o",
                   self.folder / "shop.h5", "--as-of", "2020-01-05", says=("2020-01-05",))

    def test_no_row_left(self):
        source = self.folder / "lines.csv"
        source.write_text(as_csv(LINES[8:10]), encoding="utf-8")
        self.fails(65, "ingest", "--transactions", source, *ONLINE_RETAIL_COLUMNS, "-o",
                   self.folder / "shop.h5", says=("dropped_no_customer 2",))


class Columns(SmallShop):
    def test_baskets_only(self):
        columns = ("--basket", "InvoiceNo", "--item", "StockCode")
        with self.ingest(as_csv(LINES), columns=columns) as file:
            self.assertNotIn("customers", file)
            self.assertEqual(set(file["baskets"]), {"id", "items", "offsets"})
            self.assertEqual(file["quality/rows_kept"][()], len(LINES) - 2)
            everything = Expected(ROWS, ALWAYS)
            self.assertEqual(read_strings(file["baskets/id"]), everything.basket_id)

    def test_baskets_of_a_day(self):
        """Without a column of baskets: as if their ids were those of the customer and the day, in UTC."""
        days = [line[:6] + (time,) for line, time in zip(LINES * 2, (
            f"{day}T{time}{offset}" for day in ("2020-03-01", "2020-02-29", "1969-12-31")
            for time in ("00:00:00", "23:59:59", "12:00:00") for offset in ("Z", "+02:00", "-02:00")))]
        named = [line[:1] + ((f"{line[0]} {self.day_of(line[6])}" if line[0] else ""),) + line[2:]
                 for line in days]
        columns = tuple(word for word in ONLINE_RETAIL_COLUMNS if word not in ("--basket", "InvoiceNo"))
        for more in ((), ("--keep-no-customer",)):
            with self.ingest(as_csv(named), *more) as file:
                ids, quality = read_strings(file["baskets/id"]), dict(file["quality"].items())
                expected = self.content(file), {name: value[()] for name, value in quality.items()}
            self.assertGreater(len(ids), len({line[0] for line in days}))
            with self.ingest(as_csv(days), *more, columns=columns) as file:
                self.assertEqual(read_strings(file["baskets/id"]), ids)
                found = {name: value[()] for name, value in file["quality"].items()}
                self.assertEqual((self.content(file), found), expected)

    @staticmethod
    def day_of(time):
        return datetime.datetime.fromisoformat(time).astimezone(datetime.timezone.utc).date()

    @staticmethod
    def content(file):
        return {name: repr(file[name][()].tolist()) for name in ("baskets/offsets", "baskets/items",
                                                           "baskets/customer", "customers/features")}

    def test_baskets_of_a_day_hold_pseudonyms(self):
        path, source = self.folder / "shop.h5", self.folder / "lines.csv"
        source.write_text("who,what,when\nanna,tea,2020-01-03\nanna,jam,2020-01-03\n", encoding="utf-8")
        self.done("ingest", "--transactions", source, "--customer", "who", "--item", "what", "--time", "when",
                  "-o", path)
        with h5py.File(path) as file:
            pseudonym, = read_strings(file["customers/id"])
            self.assertEqual(read_strings(file["baskets/id"]), [f"{pseudonym} 2020-01-03"])
        self.assertNotIn(b"anna", path.read_bytes())

    def test_baskets_of_a_day_need_columns(self):
        for options, words in ((("--customer", "who"), "or --customer and --time"),
                               (("--time", "when"), "or --customer and --time"),
                               (("--customer", "who", "--time", "when", "--cancelled-prefix", "C"),
                                "--cancelled-prefix needs --basket")):
            self.fails(64, "ingest", "--transactions", "none.csv", "--item", "what", *options,
                       "-o", self.folder / "out.h5", says=(words,))

    def test_features_by_the_columns_there(self):
        columns = ("--basket", "InvoiceNo", "--item", "StockCode", "--customer", "CustomerID")
        timeless = ["frequency", "distinct_items", "mean_items_per_basket"]
        worth = ["frequency", "monetary", "mean_basket_value", "distinct_items",
                 "mean_items_per_basket"]
        both = ("--quantity", "Quantity", "--price", "UnitPrice")
        for more, names in (((), timeless), (both[:2], timeless), (both, worth)):
            with self.ingest(as_csv(LINES), columns=columns + more) as file:
                found = file["customers/features"].attrs["names"]
                self.assertEqual([name.decode() for name in found], names)

    def test_no_such_column(self):
        source = self.folder / "lines.csv"
        source.write_text(as_csv(LINES), encoding="utf-8")
        self.fails(65, "ingest", "--transactions", source, "--basket", "Invoice", "--item",
                   "StockCode", "-o", self.folder / "shop.h5", says=("'Invoice'", "InvoiceNo"))


class Csv(SmallShop):
    ODD = [("a,b", 'say "hi"', "two\nlines", "  blanks  ", 1, 1, "2020-01-01 00:00:00"),
           ("a,b", "'", "x;y", "ß", 1, 1, "2020-01-01 00:00:00")]

    def test_quotes_line_ends_delimiters(self):
        expected = Expected([Row(*line[:3], line[3].strip(), *line[4:6], seconds(line[6]))
                             for line in self.ODD])
        for delimiter, line_end in itertools.product((",", ";", "\t"), ("\n", "\r\n")):
            text = as_csv(self.ODD, line_end, delimiter=delimiter)
            option = "\\t" if delimiter == "\t" else delimiter
            with self.ingest(text, "--delimiter", option) as file:
                self.assert_holds(file, expected)

    def test_no_line_end_at_the_end(self):
        with self.ingest(as_csv(LINES).rstrip("\n")) as file:
            self.assert_holds(file, Expected(ROWS))


if __name__ == "__main__":
    unittest.main()
