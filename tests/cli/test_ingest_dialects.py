# SPDX-License-Identifier: Apache-2.0
"""CSV as people write it: delimiters, headers, marks, line ends, quotes, numbers, times, encodings.
The oracle is Python's csv module and plain conversions."""
import csv
import datetime
import gzip
import io
import random
import unittest

import h5py

from failure_test import FailureTest
from patron_test import read_strings

COLUMNS = ("--customer", "who", "--basket", "order", "--item", "thing", "--quantity", "n", "--price",
           "each", "--time", "when")
HEADER = ["order", "thing", "n", "when", "each", "who"]
RANKS = (1, 2, 3, 4)
NOISE = ("", "tea", "Tee \"extra\"", "a,b", "a;b", "tab\there", "two\nlines", "crlf\r\ninside",
         "bar|bar", "café", "5\" pipe", "ünï", "plain words")


def rows_of(generator, count):
    """Rows as values: order, thing, quantity, time, price, customer."""
    start = datetime.datetime(2020, 1, 1)
    for i in range(count):
        yield (f"o{generator.randrange(count // 3 + 1)}",
               generator.choice(NOISE[1:]),
               generator.randrange(1, 5000),
               start + datetime.timedelta(seconds=generator.randrange(10**7)),
               generator.randrange(1, 10**7) / 4,
               f"c{generator.randrange(7)}")


def with_groups(text, mark):
    """The digits of a whole number in groups of three."""
    return f"{int(text):,}".replace(",", mark) if mark else text


class Dialect(FailureTest):
    def write(self, rows, delimiter=",", line_end="\n", quoting=csv.QUOTE_MINIMAL, encoding="utf-8",
              mark="", decimal=".", thousands="", time="%Y-%m-%d %H:%M:%S", header=True, padding="",
              final=True, name="lines.csv", compress=False):
        """A file of the rows in that dialect."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
        if header:
            writer.writerow(HEADER)
        for order, thing, count, when, price, who in rows:
            whole, fraction = f"{price:.2f}".split(".")
            writer.writerow([order, padding + thing + padding, with_groups(str(count), thousands),
                             when.strftime(time), with_groups(whole, thousands) + decimal + fraction,
                             who])
        content = text.getvalue()
        if not final:
            content = content[:-len(line_end)]
        path = self.folder / name
        raw = mark.encode("utf-8") + content.encode(encoding)
        path.write_bytes(gzip.compress(raw) if compress else raw)
        return path

    def holds(self, rows, path, *options, ranks=(1,)):
        """The dataset of the file has these rows: items, baskets, customers, revenue, times."""
        digests = set()
        for count in ranks:
            self.done("ingest", "--transactions", path, *COLUMNS, "--plain-ids", *options, "-o", self.out,
                      "--force", ranks=count)
            digests.add(self.verified_digest(self.out))
        self.assertEqual(len(digests), 1)
        with h5py.File(self.out) as file:
            self.assertEqual(read_strings(file["items/name"]),
                             sorted({row[1].strip() for row in rows}, key=str.encode))
            orders = sorted({row[0] for row in rows})
            self.assertEqual(read_strings(file["baskets/id"]), orders)
            self.assertEqual(read_strings(file["customers/id"]), sorted({row[5] for row in rows}))
            times = [min(row[3] for row in rows if row[0] == order) for order in orders]
            self.assertEqual(file["baskets/time"][:].tolist(),
                             [int((when - datetime.datetime(1970, 1, 1)).total_seconds())
                              for when in times])
            self.assertEqual(file["quality/revenue"][()], sum(row[2] * row[4] for row in rows))
            self.assertEqual(file["quality/rows_kept"][()], len(rows))
        return digests.pop()

    def test_every_form_is_the_same_dataset(self):
        rows = list(rows_of(random.Random(1), 60))
        expected = self.holds(rows, self.write(rows), ranks=RANKS)
        forms = (
            (dict(delimiter=";"), ()),
            (dict(delimiter="\t"), ()),
            (dict(delimiter="|"), ()),
            (dict(delimiter="^"), ("--delimiter", "^")),
            (dict(line_end="\r\n"), ()),
            (dict(line_end="\r\n", final=False), ()),
            (dict(final=False), ()),
            (dict(mark="\ufeff"), ()),
            (dict(mark="\ufeff", header=False), ("--header", ",".join(HEADER))),
            (dict(header=False), ("--header", ",".join(HEADER))),
            (dict(quoting=csv.QUOTE_ALL), ()),
            (dict(padding="  "), ()),
            (dict(delimiter=";", decimal=",", thousands="."), ("--decimal", ",", "--thousands", ".")),
            (dict(thousands=","), ("--thousands", ",")),
            (dict(thousands=" "), ("--thousands", " ")),
            (dict(time="%d.%m.%Y %H:%M:%S"), ("--time-format", "%d.%m.%Y %H:%M:%S")),
            (dict(time="%m/%d/%y %I:%M:%S %p"), ("--time-format", "%Y", "--time-format",
                                                 "%m/%d/%y %I:%M:%S %p")),
            (dict(time="%d %B %Y, %H:%M:%S"), ("--time-format", "%d %b %Y, %H:%M:%S")),
            (dict(time="%Y-%m-%dT%H:%M:%S.000Z"), ()),
            (dict(encoding="latin-1"), ("--encoding", "latin1")),
            (dict(encoding="cp1252", delimiter=";"), ("--encoding", "windows-1252")),
            (dict(compress=True, delimiter=";", line_end="\r\n"), ()),
        )
        for number, (form, options) in enumerate(forms):
            with self.subTest(form=form):
                path = self.write(rows, **form)
                self.assertEqual(self.holds(rows, path, *options, ranks=(1 + 2 * (number % 5 == 4),)),
                                 expected)

    def test_drawn_dialects(self):
        generator = random.Random(5)
        for case in range(6):
            rows = list(rows_of(generator, generator.randrange(1, 40)))
            form = dict(delimiter=generator.choice(",;\t|"), line_end=generator.choice(("\n", "\r\n")),
                        quoting=generator.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL,
                                                  csv.QUOTE_NONNUMERIC)),
                        mark=generator.choice(("", "\ufeff")), final=generator.random() < 0.5,
                        decimal=generator.choice(".,"), padding=generator.choice(("", " ", "\t ")))
            with self.subTest(case=case, form=form):
                path = self.write(rows, **form)
                self.holds(rows, path, "--decimal", form["decimal"], "--delimiter", form["delimiter"],
                           ranks=(1 + max(0, case - 2),))

    def test_files_of_several_dialects(self):
        rows = list(rows_of(random.Random(3), 40))
        first = self.write(rows[:15], delimiter=";", name="a.csv", line_end="\r\n")
        self.write(rows[15:], mark="\ufeff", name="b.csv")
        self.holds(rows, first.parent / "?.csv", ranks=RANKS)

    def test_plain_quotes(self):
        rows = [(f"o{i}", thing, 1, datetime.datetime(2020, 1, 1), 1.0, "c")
                for i, thing in enumerate(["5\" pipe", "\"x", "y\"", "a\"b\"c", "plain"] * 30)]
        lines = ["\t".join(HEADER)] + ["\t".join((row[0], row[1], "1", "2020-01-01", "1", "c"))
                                       for row in rows]
        path = self.file("lines.tsv", "\n".join(lines))
        self.holds(rows, path, "--quote", "none", ranks=RANKS)

    def test_words_for_nothing(self):
        path = self.file("lines.csv", "who,order,thing\nc1,o1,tea\nnone,o2,tea\n  ,o3,jam\nNA,o4,-\n"
                                      "NA,o5,jam\n")
        self.done("ingest", "--transactions", path, *COLUMNS[:6], "--missing-words", "none,-",
                  "--plain-ids", "-o", self.out)
        with h5py.File(self.out) as file:
            self.assertEqual(read_strings(file["customers/id"]), ["NA", "c1"])
            self.assertEqual(file["quality/dropped_no_customer"][()], 2)
            self.assertEqual(file["quality/dropped_no_item"][()], 1)

    def test_unnamed_columns(self):
        path = self.file("t.csv", ",x,\n1,2,3\n4,5,6\n")
        self.done("ingest", "--features", path, "-o", self.out)
        with h5py.File(self.out) as file:
            self.assertEqual(file["customers/features"].attrs["names"].tolist(),
                             [b"column1", b"x", b"column3"])
        path = self.file("t.csv", "1,2,3\n4,5,6\n")
        self.done("ingest", "--features", path, "--no-header", "-o", self.out, "--force")
        with h5py.File(self.out) as file:
            self.assertEqual(file["customers/features"][:].tolist(), [[1, 2, 3], [4, 5, 6]])


class Refused(FailureTest):
    def refuses(self, content, *says, options=(), code=65):
        path = self.file("lines.csv", content)
        self.fails_alike(code, "ingest", "--transactions", path, *COLUMNS[:6], *options, "-o", self.out,
                         says=says, ranks=(1, 3))

    def test_bytes_that_are_no_utf8(self):
        good = "who,order,thing\nc1,o1,tea\n".encode()
        content = good + b"c2,o2,caf\xe9\n"
        place = content.index(b"\xe9") + 1
        self.refuses(content, "line 3", f"byte {place}", "0xE9", "--encoding latin1")
        self.refuses(good + b"c2,o2,\"two\nl\xc3\"\n", "line 4", "0xC3")

    def test_utf16(self):
        self.refuses("who,order,thing\nc1,o1,tea\n".encode("utf-16"), "UTF-16", "iconv")

    def test_header_of_another_length(self):
        self.refuses("c1,o1,tea\n", "3 fields", "--header names 2", options=("--header", "who,order"))

    def test_decimal_comma(self):
        path = self.file("lines.csv", "who;order;thing;n\nc1;o1;tea;1,5\n")
        self.fails_alike(65, "ingest", "--transactions", path, *COLUMNS[:8], "-o", self.out,
                         says=("line 2", "'n'"))
        self.done("ingest", "--transactions", path, *COLUMNS[:8], "--decimal", ",", "-o", self.out)

    def test_options(self):
        path = self.file("lines.csv", "who,order,thing\nc1,o1,tea\n")
        for options, says in ((("--delimiter", "ab"), "--delimiter"), (("--delimiter", "5"), "'5'"),
                              (("--decimal", ";"), "--decimal"), (("--thousands", "x"), "'x'"),
                              (("--thousands", "."), "decimal mark"),
                              (("--time-format", "%Q"), "'%Q'"), (("--time-format", "%d.%m"), "year"),
                              (("--encoding", "utf-7"), "utf-7"), (("--quote", "x"), "--quote"),
                              (("--header", "a", "--no-header"), "--header")):
            self.fails(64, "ingest", "--transactions", path, *COLUMNS[:6], *options, "-o", self.out,
                       says=(says,))
        baskets = self.file("b.dat", "1 2\n")
        self.fails(64, "ingest", "--baskets", baskets, "--decimal", ",", "-o", self.out,
                   says=("--decimal", "CSV"))


if __name__ == "__main__":
    unittest.main()
