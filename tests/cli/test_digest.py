# SPDX-License-Identifier: Apache-2.0
"""The digest: its definition, what it must not depend on, and that the program agrees."""
import hashlib
import struct
import unittest

import h5py
import numpy

from patron_test import PatronTest, digest, write_dataset


def h(*pieces):
    return hashlib.blake2b(b"".join(pieces), digest_size=32).digest()


def text(value):
    return struct.pack("<Q", len(value)) + value


RANDOM = numpy.random.default_rng(1)
FEATURES = RANDOM.normal(size=(70000, 3)).astype("float32")
BASKETS = [sorted(RANDOM.choice(9, size=size, replace=False).tolist())
           for size in RANDOM.integers(0, 5, size=101)]


class Definition(PatronTest):
    """The digest of h5py against one spelled out here."""

    def test_spelled_out(self):
        path = self.folder / "model.h5"
        with h5py.File(path, "w") as file:
            file.attrs["format"] = "patron-model"
            file.attrs["part"] = numpy.int32(7)
            file["a/values"] = numpy.array([[1.5, -0.0], [numpy.nan, 2.0]])
            file["a.b"] = numpy.array([b"x", b"yz"], dtype="S4")
            file["run/seconds"] = 1.0
            history = numpy.zeros(2, dtype=[("inertia", "f8"), ("moved", "i8")])
            history["inertia"], history["moved"] = [3.0, -0.0], [4, 5]
            file["history"] = history
            file["scalar"] = numpy.uint16(513)
        root = h(b"/\ngroup\n\n", b"@format\nstring\nscalar\n", h(text(b"patron-model")),
                 b"@part\nint32\nscalar\n", h(struct.pack("<i", 7)))
        nan = struct.pack("<Q", 0x7FF8000000000000)
        values = struct.pack("<dd", 1.5, 0.0) + nan + struct.pack("<d", 2.0)
        expected = h(
            root,
            h(b"/a\ngroup\n\n"),
            h(b"/a.b\nstring\n2\n", h(text(b"x") + text(b"yz"))),
            h(b"/a/values\nfloat64\n2x2\n", h(values)),
            h(b"/history\n{inertia:float64,moved:int64}\n2\n",
              h(struct.pack("<dqdq", 3.0, 4, 0.0, 5))),
            h(b"/scalar\nuint16\nscalar\n", h(struct.pack("<H", 513))))
        self.assertEqual(digest(path), expected.hex())

    def test_blocks_of_rows(self):
        path = self.folder / "model.h5"
        with h5py.File(path, "w") as file:
            file["x"] = numpy.arange(65537, dtype="uint8")
            file["y"] = numpy.zeros((0, 4), dtype="int32")
        raw = numpy.arange(65537, dtype="uint8").tobytes()
        expected = h(h(b"/\ngroup\n\n"), h(b"/x\nuint8\n65537\n", h(raw[:65536]), h(raw[65536:])),
                     h(b"/y\nint32\n0x4\n"))
        self.assertEqual(digest(path), expected.hex())


class Independence(PatronTest):
    def both(self, name, **options):
        return digest(write_dataset(self.folder / name, features=FEATURES, baskets=BASKETS,
                                    **options))

    def test_parts_strings_chunks(self):
        one = self.both("one.h5")
        for name, options in {"four": {"parts": 4}, "many": {"parts": 103},
                              "variable.h5": {"variable": True}, "chunked.h5": {"chunks": 999}}.items():
            self.assertEqual(self.both(name, **options), one, name)

    def test_a_changed_bit(self):
        one = self.both("one.h5")
        with h5py.File(self.folder / "one.h5", "r+") as file:
            file["customers/features"][69999, 2] = numpy.nextafter(FEATURES[69999, 2], numpy.float32(9))
        self.assertNotEqual(digest(self.folder / "one.h5"), one)


class Program(PatronTest):
    """`patron verify --digest` prints the same."""

    def agrees(self, path, **options):
        self.assertEqual(self.verified_digest(path, **options), digest(path), path)

    def test_datasets(self):
        table = {"features": FEATURES, "units": ["d", "", "£"], "baskets": BASKETS,
                 "basket_customer": RANDOM.integers(0, 70000, size=101),
                 "basket_time": RANDOM.integers(-9, 9, size=101),
                 "basket_ids": [f"b{b:03d}" for b in range(101)],
                 "item_labels": [f"label {i} é" for i in range(9)], "weight": abs(FEATURES[:, 0])}
        for name, options in {"one.h5": {}, "four": {"parts": 4}, "seven": {"parts": 7},
                              "variable.h5": {"variable": True}, "chunked.h5": {"chunks": 999}}.items():
            self.agrees(write_dataset(self.folder / name, **table, **options))

    def test_numeric_ids_and_ranks(self):
        path = write_dataset(self.folder / "numbers", features=FEATURES[:50].astype(">f8"),
                             ids=numpy.arange(50, dtype="uint64"), parts=3)
        for ranks in (1, 2, 3):
            self.agrees(path, ranks=ranks)

    def test_other_types_and_many_columns(self):
        path = write_dataset(self.folder / "half.h5", features=FEATURES[:50].astype("f2"))
        with h5py.File(path, "r+") as file:
            file["customers/seen"] = FEATURES[:50, 0] > 0
            file.attrs["checked"] = True
            file["notes"] = numpy.array([(1, True, 0.5)], dtype=[("a", "i2"), ("b", "?"), ("c", "f2")])
        self.agrees(path)
        self.done("segment", path, "--k", 2, "-o", self.folder / "segments.h5")
        names = ["a long name for a column, as a shop may have hundreds of them, %03d" % column
                 for column in range(1500)]
        table = self.folder / "wide.csv"
        rows = [names] + [[str((row * column) % 7) for column in range(1500)] for row in range(9)]
        table.write_text("".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows))
        self.done("ingest", "--features", table, "-o", self.folder / "wide.h5")
        self.agrees(self.folder / "wide.h5")
        with h5py.File(self.folder / "wide.h5") as file:
            stored = file["customers/features"].attrs["names"]
        self.assertEqual([name.decode() for name in stored], names)

    def test_a_type_without_a_digest(self):
        path = write_dataset(self.folder / "data.h5", features=FEATURES[:5])
        with h5py.File(path, "r+") as file:
            file["notes"] = numpy.array([(1, b"x")], dtype=[("a", "i2"), ("b", "S4")])
        self.fails(65, "verify", path, says=["data.h5: /notes is of a type that has no digest"])

    def test_baskets_alone_and_customers_alone(self):
        self.agrees(write_dataset(self.folder / "baskets.h5", baskets=BASKETS))
        self.agrees(write_dataset(self.folder / "customers", features=FEATURES[:9], parts=2))

    def test_models(self):
        data = write_dataset(self.folder / "data.h5", features=FEATURES[:500], baskets=BASKETS)
        self.done("segment", data, "-o", self.folder / "segments.h5", "--k", 3)
        self.done("itemsets", data, "-o", self.folder / "itemsets.h5", "--min-count", 2, "--rules",
                  "--min-confidence", 0.1)
        self.agrees(self.folder / "segments.h5")
        self.agrees(self.folder / "itemsets.h5")


if __name__ == "__main__":
    unittest.main()
