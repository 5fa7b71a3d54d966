# SPDX-License-Identifier: Apache-2.0
"""Ingest of FIMI baskets and of feature tables, and how any dataset is cut into parts."""
import csv
import gzip
import io
import unittest

import h5py
import numpy

from patron_test import DATA, ONLINE_RETAIL, PatronTest, digest, read_strings

WHOLESALE = DATA / "wholesale_customers.csv"
FIMI = DATA / "fimi_retail.dat.gz"


class Baskets(PatronTest):
    def assert_holds(self, path, lines):
        """The dataset holds these lines of numbers."""
        names = sorted({number for line in lines for number in line})
        index = {name: position for position, name in enumerate(names)}
        with h5py.File(path, "r") as file:
            self.assertEqual(read_strings(file["items/name"]), [str(name) for name in names])
            offsets, items = file["baskets/offsets"][:], file["baskets/items"][:]
            found = [items[a:b].tolist() for a, b in zip(offsets, offsets[1:])]
            self.assertEqual(found, [sorted({index[number] for number in line}) for line in lines])
            quality = {name: value[()] for name, value in file["quality"].items()}
            self.assertEqual(quality, {"rows_read": len(lines), "baskets": len(lines),
                                       "items": len(names), "entries": len(items)})
            self.assertNotIn("customers", file)
            self.assertNotIn("label", file["items"])
        self.done("verify", path)

    def ingest(self, text):
        source, path = self.folder / "baskets.dat", self.folder / "baskets.h5"
        source.write_text(text, encoding="utf-8", newline="")
        self.done("ingest", "--baskets", source, "-o", path, "--force")
        return path

    def test_retail(self):
        with gzip.open(FIMI, "rt") as file:
            lines = [[int(number) for number in line.split()] for line in file]
        self.assertEqual(len(lines), 88162)
        path = self.folder / "retail.h5"
        self.done("ingest", "--baskets", FIMI, "-o", path)
        self.assert_holds(path, lines)
        with h5py.File(path, "r") as file:
            self.assertEqual(file["items/name"].shape, (16470,))

    def test_odd_lines(self):
        large = 2**64 - 1
        lines = [[10, 9, 100], [], [9], [5, 5, 5], [large, 0], []]
        expected = [[], [10, 9, 100], [9], [5], [0, large]]
        for text, wanted in (
                ("".join(" ".join(map(str, line)) + "\n" for line in lines), lines),
                ("\n10\t9  100 \r\n 9\r\n005 5\n18446744073709551615 0", expected)):
            with self.subTest(text=text):
                self.assert_holds(self.ingest(text), wanted)

    def test_not_a_number(self):
        source = self.folder / "baskets.dat"
        for text, found in (("1 2\n3 x\n", "'x'"), ("1 2\n-3\n", "'-'"), ("1\n2.5\n", "'.'")):
            source.write_text(text, encoding="utf-8")
            self.fails(65, "ingest", "--baskets", source, "-o", self.folder / "b.h5",
                       says=("line 2", found))


class Features(PatronTest):
    def ingest(self, text, *options):
        source, path = self.folder / "table.csv", self.folder / "table.h5"
        source.write_text(text, encoding="utf-8")
        self.done("ingest", "--features", source, *options, "--plain-ids", "-o", path, "--force")
        self.done("verify", path)
        with h5py.File(path, "r") as file:
            names = [name.decode() for name in file["customers/features"].attrs["names"]]
            quality = {name: value[()] for name, value in file["quality"].items()}
            return (read_strings(file["customers/id"]), names, file["customers/features"][:],
                    quality)

    def test_wholesale(self):
        with open(WHOLESALE, newline="", encoding="utf-8") as file:
            header, *records = csv.reader(file)
        ids, names, features, quality = self.ingest(WHOLESALE.read_text(encoding="utf-8"))
        self.assertEqual(names, header)
        numpy.testing.assert_array_equal(features, numpy.array(records, dtype="float32"))
        self.assertEqual(ids, [f"{row:03d}" for row in range(440)])
        self.assertEqual(quality, {"rows_read": 440, "customers": 440, "missing_values": 0})

    TEXT = "b,id,a,c\n1.5,x10,-2e3,4\n,x9,NA,5\nnan,é,+0.1,6\n1e-45,X,.5,null\n"

    def test_ids_order_rows(self):
        ids, names, features, quality = self.ingest(self.TEXT, "--id", "id")
        nan = numpy.nan
        self.assertEqual(ids, ["X", "x10", "x9", "é"])
        self.assertEqual(names, ["b", "a", "c"])
        expected = numpy.array([[1e-45, .5, nan], [1.5, -2e3, 4], [nan, nan, 5], [nan, .1, 6]],
                               dtype="float32")
        numpy.testing.assert_array_equal(features, expected)
        self.assertEqual(quality, {"rows_read": 4, "customers": 4, "missing_values": 4})

    def test_columns(self):
        for options, expected in ((("--columns", "c,b"), ["b", "c"]),
                                  (("--exclude-columns", "b"), ["a", "c"]),
                                  (("--columns", "a,b", "--exclude-columns", "b"), ["a"])):
            names = self.ingest(self.TEXT, "--id", "id", *options)[1]
            self.assertEqual(names, expected, options)

    def test_values_at_the_edge_of_float32(self):
        random = numpy.random.default_rng(7)
        values = random.integers(0, 2**32, size=2000, dtype="uint32").view("float32")
        values = values[numpy.isfinite(values)].astype(float)
        middles = (values + numpy.nextafter(values.astype("float32"), numpy.float32(0))) / 2
        text = io.StringIO()
        csv.writer(text).writerows([["x"]] + [[repr(value)] for value in [*values, *middles]])
        features = self.ingest(text.getvalue())[2][:, 0]
        expected = numpy.array([*values, *middles]).astype("float32")
        self.assertEqual(features.tobytes(), expected.tobytes())

    def test_refused(self):
        source = self.folder / "table.csv"
        for text, says in (("id,a\nx,1\nx,2\n", ("same id", "lines 2 and 3")),
                           ("id,a\nx,1\n,2\n", ("line 3", "empty")),
                           ("id,a\nx,inf\n", ("line 2", "'a'")),
                           ("id,a\nx,1e39\n", ("line 2", "'a'")),
                           ("id,a\nx,one\ny,2\n", ("line 2", "'one'")),
                           ("id,a\nx,one\n", ("column a holds text",))):
            source.write_text(text, encoding="utf-8")
            self.fails(65, "ingest", "--features", source, "--id", "id", "--show-values", "-o",
                       self.folder / "t.h5", says=says)


class Parts(PatronTest):
    """A folder of parts holds what one file holds, cut at rows and at baskets."""

    def check_parts(self, folder, whole, parts):
        names = sorted(folder.iterdir())
        self.assertEqual([name.name for name in names],
                         [f"part-{part:05d}.h5" for part in range(parts)])
        rows = baskets = items = 0
        for part, name in enumerate(names):
            with h5py.File(name, "r") as file:
                place = {key: file.attrs[key] for key in ("part", "parts", "first_row",
                                                          "first_basket", "rows_total",
                                                          "baskets_total", "format_version")}
                self.assertEqual(place, {"part": part, "parts": parts, "first_row": rows,
                                         "first_basket": baskets, "format_version": 1,
                                         "rows_total": len(whole["customers/id"]),
                                         "baskets_total": len(whole["baskets/id"])})
                self.assertEqual(file.attrs["format"], b"patron-dataset")
                rows, baskets, items = self.check_slices(file, whole, rows, baskets, items)
                for path in ("items/name", "items/label"):
                    self.assertEqual(file[path][:].tolist(), whole[path][:].tolist())
                for name_, value in file["quality"].items():
                    self.assertEqual(value[()], whole["quality"][name_][()])
        self.assertEqual(rows, len(whole["customers/id"]))
        self.assertEqual(baskets, len(whole["baskets/id"]))

    def check_slices(self, file, whole, rows, baskets, items):
        """The part holds the next rows and baskets; where the one after it starts."""
        ends = {"customers/id": rows, "customers/features": rows, "baskets/id": baskets,
                "baskets/customer": baskets, "baskets/time": baskets, "baskets/items": items}
        for path, start in ends.items():
            ends[path] = start + len(file[path])
            numpy.testing.assert_array_equal(file[path][:], whole[path][start:ends[path]], path)
        offsets = file["baskets/offsets"][:] + numpy.uint64(items)
        numpy.testing.assert_array_equal(
            offsets, whole["baskets/offsets"][baskets:ends["baskets/id"] + 1])
        return ends["customers/id"], ends["baskets/id"], ends["baskets/items"]

    def test_online_retail(self):
        lone = self.folder / "lone.h5"
        self.done("ingest", *ONLINE_RETAIL, "-o", lone)
        with h5py.File(lone, "r") as whole:
            for parts in (1, 4, 7):
                folder = self.folder / f"shop{parts}"
                self.done("ingest", *ONLINE_RETAIL, "--parts", parts, "-o", folder)
                self.check_parts(folder, whole, parts)
                self.assertEqual(self.verified_digest(folder), digest(lone))

    def test_more_parts_than_rows(self):
        source = self.folder / "table.csv"
        source.write_text("a\n1\n2\n", encoding="utf-8")
        self.done("ingest", "--features", source, "-o", self.folder / "lone.h5")
        self.done("ingest", "--features", source, "--parts", 5, "-o", self.folder / "parts")
        self.assertEqual(len(list((self.folder / "parts").iterdir())), 5)
        self.assertEqual(self.verified_digest(self.folder / "parts"),
                         self.verified_digest(self.folder / "lone.h5"))
        summary = self.summary("segment", self.folder / "parts", "--k", 2, "-o",
                               self.folder / "m.h5", "--min-group", 0, ranks=3)
        self.assertEqual(summary["sizes"], [1, 1])


if __name__ == "__main__":
    unittest.main()
