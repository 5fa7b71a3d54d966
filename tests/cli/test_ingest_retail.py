# SPDX-License-Identifier: Apache-2.0
"""Ingest of the Online Retail export: every figure of the dataset against plain Python."""
import decimal
import gzip
import unittest

import h5py
import numpy

from patron_test import (DATA, ONLINE_RETAIL, ONLINE_RETAIL_COLUMNS, PatronTest, digest, must,
                         read_strings)
from plain_retail import Expected, online_retail

UNITS = {"recency_days": "days", "frequency": "baskets", "monetary": "currency",
         "mean_basket_value": "currency", "distinct_items": "items",
         "mean_items_per_basket": "items", "tenure_days": "days",
         "mean_days_between_baskets": "days"}


class OnlineRetail(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        cls.expected = Expected(online_retail(DATA / "online_retail.csv.gz"))
        must("ingest", *ONLINE_RETAIL, "--plain-ids", "-o", cls.shared / "shop.h5")
        cls.file = h5py.File(cls.shared / "shop.h5", "r")
        cls.addClassCleanup(cls.file.close)

    def test_published_truth(self):
        quality = {name: value[()] for name, value in self.file["quality"].items()}
        self.assertEqual(quality["rows_read"], 541909)
        self.assertEqual(quality["rows_kept"], 397884)
        self.assertEqual(quality["customers"], 4338)
        self.assertEqual(quality["baskets"], 18532)
        self.assertEqual(f"{quality['revenue']:.3f}", "8911407.904")
        exact = sum(decimal.Decimal(repr(row.quantity)) * decimal.Decimal(repr(row.price))
                    for row in self.expected.kept)
        self.assertEqual(exact, decimal.Decimal("8911407.904"))

    def test_quality(self):
        quality = {name: value[()].item() for name, value in self.file["quality"].items()}
        self.assertEqual(quality, self.expected.quality)
        dropped = sum(value for name, value in quality.items() if name.startswith("dropped_"))
        self.assertEqual(dropped + quality["rows_kept"], quality["rows_read"])

    def test_customers(self):
        self.assertEqual(read_strings(self.file["customers/id"]), self.expected.customer_id)
        self.assertEqual(self.file["customers/features"].shape, (4338, 8))

    def test_features(self):
        features = self.file["customers/features"]
        self.assertEqual(features.dtype, numpy.float32)
        names = read_attribute(features, "names")
        self.assertEqual(names, list(UNITS))
        for column, name in enumerate(names):
            expected = numpy.array([one[name] for one in self.expected.features]).astype("float32")
            numpy.testing.assert_array_equal(features[:, column], expected, name)

    def test_units_and_sources(self):
        features = self.file["customers/features"]
        self.assertEqual(read_attribute(features, "units"), list(UNITS.values()))
        self.assertEqual(read_attribute(features, "source"), ["transactions"] * 8)

    def test_baskets(self):
        baskets = self.file["baskets"]
        offsets, items = baskets["offsets"][:], baskets["items"][:]
        found = [items[offsets[b]:offsets[b + 1]].tolist() for b in range(len(offsets) - 1)]
        self.assertEqual(found, self.expected.baskets)
        self.assertEqual(read_strings(baskets["id"]), self.expected.basket_id)
        self.assertEqual(baskets["customer"][:].tolist(), self.expected.basket_customer)
        self.assertEqual(baskets["time"][:].tolist(), self.expected.basket_time)

    def test_items(self):
        self.assertEqual(read_strings(self.file["items/name"]), self.expected.item_name)
        self.assertEqual(read_strings(self.file["items/label"]), self.expected.item_label)

    def test_types(self):
        types = {"baskets/offsets": "uint64", "baskets/items": "uint32",
                 "baskets/customer": "uint64", "baskets/time": "int64"}
        for path, name in types.items():
            self.assertEqual(self.file[path].dtype.name, name, path)
        for path in ("customers/id", "baskets/id", "items/name", "items/label"):
            text = h5py.check_string_dtype(self.file[path].dtype)
            self.assertEqual(text.encoding, "utf-8", path)
            self.assertIsNotNone(text.length, path)
        self.assertIsNotNone(self.file["customers/features"].chunks)
        self.assertIsNone(self.file["customers/features"].compression)

    def test_summary(self):
        summary = self.summary("ingest", *ONLINE_RETAIL, "--plain-ids", "-o", self.folder / "again.h5")
        self.assertEqual(summary["quality"], self.expected.quality)
        figures = ("rows", "columns", "baskets", "items", "parts")
        self.assertEqual([summary[name] for name in figures], [4338, 8, 18532, 3665, 1])
        self.assertEqual(summary["digest"], digest(self.folder / "again.h5"))
        self.assertTrue({"read", "write", "total"} <= set(summary["seconds"]))


def read_attribute(item, name):
    return [value.decode("utf-8") if isinstance(value, bytes) else value
            for value in item.attrs[name]]


class Source(PatronTest):
    """The same lines from a plain file, a gzip file and standard input are the same dataset."""

    LINES = 20000

    def setUp(self):
        super().setUp()
        with gzip.open(DATA / "online_retail.csv.gz", "rb") as file:
            self.content = b"".join(file.readline() for _ in range(self.LINES))

    def made_from(self, source, **options):
        """The digest of what is made of a file, or of standard input."""
        output = self.folder / f"{len(list(self.folder.iterdir()))}.h5"
        self.done("ingest", "--transactions", source, *ONLINE_RETAIL_COLUMNS, "--plain-ids", "-o", output,
                  **options)
        return digest(output)

    def test_plain_gzip_standard_input(self):
        plain, packed = self.folder / "lines.csv", self.folder / "lines.csv.gz"
        plain.write_bytes(self.content)
        packed.write_bytes(gzip.compress(self.content, 1))
        expected = self.made_from(plain)
        self.assertEqual(self.made_from(packed), expected)
        for file in (plain, packed):
            with open(file, "rb") as stdin:
                self.assertEqual(self.made_from("-", stdin=stdin), expected)
        text = self.content.decode("utf-8")
        self.assertEqual(self.made_from("-", stdin=text), expected)
        self.assertEqual(self.made_from("-", stdin=text, ranks=2), expected)

    def test_line_ends(self):
        unix, dos = self.folder / "unix.csv", self.folder / "dos.csv"
        unix.write_bytes(self.content.replace(b"\r\n", b"\n"))
        dos.write_bytes(self.content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        self.assertEqual(self.made_from(unix), self.made_from(dos))


if __name__ == "__main__":
    unittest.main()
