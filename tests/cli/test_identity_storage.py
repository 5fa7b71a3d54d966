# SPDX-License-Identifier: Apache-2.0
"""A dataset that h5py writes by the format's table gives the same models, whatever types, layout
and filters it is stored in, as long as they lose nothing."""
import unittest

import h5py
import numpy

from patron_test import PatronTest, by_tier, write_dataset

RANDOM = numpy.random.default_rng(21)
ROWS, BASKETS, ITEMS = 700, 300, 12
FEATURES = RANDOM.integers(-1000, 1000, size=(ROWS, 4)).astype("float32")
WEIGHT = RANDOM.integers(0, 5, size=ROWS).astype("float32")
CONTENT = {
    "features": FEATURES, "names": ["a", "b b", "ç", "d"], "weight": WEIGHT,
    "units": ["1", "€", "", "d"],
    "baskets": [numpy.flatnonzero(RANDOM.random(ITEMS) < 0.4).tolist() for _ in range(BASKETS)],
    "basket_ids": [f"b{number:04d}" for number in range(BASKETS)],
    "basket_customer": RANDOM.integers(0, ROWS, size=BASKETS),
    "basket_time": RANDOM.integers(-10**9, 10**9, size=BASKETS),
    "item_names": [f"item{number:02d}" for number in range(ITEMS)],
    "item_labels": [f"Läbel {number}" for number in range(ITEMS)],
}


def restored(path, changes):
    """Stores datasets of the file again, with other types or other settings of HDF5."""
    with h5py.File(path, "r+") as file:
        for name, (dtype, settings) in changes.items():
            values, attributes = file[name][()], dict(file[name].attrs)
            del file[name]
            again = file.create_dataset(name, data=values.astype(dtype), dtype=dtype, **settings)
            again.attrs.update(attributes)


# path: (type, settings)
CHANGES = {
    "doubles": {"customers/features": ("f8", {}), "customers/weight": ("f8", {})},
    "other byte order": {"customers/features": (">f4", {}), "baskets/offsets": (">u8", {}),
                         "baskets/items": (">u4", {}), "baskets/time": (">i8", {})},
    "whole numbers": {"customers/features": ("i2", {}), "customers/weight": ("u1", {})},
    "signed": {"baskets/items": ("i8", {}), "baskets/offsets": ("i8", {}),
               "baskets/customer": ("i8", {})},
    "small": {"baskets/items": ("u1", {}), "baskets/offsets": ("u2", {}),
              "baskets/customer": ("u2", {}), "baskets/time": ("i4", {})},
    "chunks": {"customers/features": ("f4", {"chunks": (64, 3)}),
               "baskets/items": ("u4", {"chunks": (17,)}),
               "baskets/offsets": ("u8", {"chunks": (1000,), "maxshape": (None,)})},
    "gzip": {"customers/features": ("f4", {"compression": 4, "shuffle": True,
                                            "chunks": (100, 4)}),
             "baskets/items": ("u4", {"compression": 1}),
             "baskets/time": ("i8", {"fletcher32": True})},
    "short text": {"items/name": ("S6", {}), "customers/id": ("S9", {})},
}


class Storage(PatronTest):
    def models(self, path, ranks=1):
        """The digests of both models of a dataset."""
        self.done("verify", path, ranks=ranks)
        found = []
        for job, options in (("segment", ("--k", 5)),
                             ("itemsets", ("--min-count", 9, "--rules", "--min-confidence", 0.5))):
            model = self.folder / f"{job}.h5"
            self.done(job, path, "-o", model, "--force", *options, ranks=ranks)
            found.append(self.verified_digest(model))
        return found

    def setUp(self):
        super().setUp()
        self.expected = self.models(write_dataset(self.folder / "plain.h5", **CONTENT))

    def test_types_layouts_filters(self):
        for number, (what, changes) in enumerate(CHANGES.items()):
            path = write_dataset(self.folder / f"{number}.h5", **CONTENT)
            restored(path, changes)
            with self.subTest(what=what):
                self.assertEqual(self.models(path, ranks=1 + number % 2), self.expected)

    def test_strings_of_variable_length(self):
        path = write_dataset(self.folder / "variable.h5", variable=True, **CONTENT)
        self.assertEqual(self.models(path), self.expected)

    def test_numbers_as_ids(self):
        content = {**CONTENT, "ids": numpy.arange(ROWS, dtype="uint64")[::-1].copy()}
        self.assertEqual(self.models(write_dataset(self.folder / "ids.h5", **content)),
                         self.expected)

    def test_parts(self):
        for parts in (1, 3, by_tier(100, 400)):
            path = write_dataset(self.folder / f"{parts}", parts=parts, **CONTENT)
            self.assertEqual(self.models(path, ranks=2), self.expected)

    def test_what_else_is_in_the_file(self):
        path = write_dataset(self.folder / "more.h5", **CONTENT)
        with h5py.File(path, "r+") as file:
            file["mine/notes"] = "by hand"
            file["customers"].attrs["remark"] = numpy.arange(3)
        self.assertEqual(self.models(path), self.expected)

    def test_what_would_lose_is_refused(self):
        for name, values in (("customers/features", FEATURES.astype("f8") + 0.1),
                             ("customers/features", FEATURES.astype("f8") * 2.0**130)):
            path = write_dataset(self.folder / "lossy.h5", **CONTENT)
            with h5py.File(path, "r+") as file:
                attributes = dict(file[name].attrs)
                del file[name]
                file.create_dataset(name, data=values).attrs.update(attributes)
            self.fails(65, "segment", path, "-o", self.folder / "m.h5",
                       says=("/customers/features",))


if __name__ == "__main__":
    unittest.main()
