# SPDX-License-Identifier: Apache-2.0
"""`segment --init MODEL`: last night's segments are tonight's start, and their moves are told."""
import unittest

import h5py
import numpy

from customers import Model, wholesale
from patron_test import PatronTest, write_dataset
from plain_profile import withheld_groups

NAMES = ("fresh", "milk", "grocery", "frozen", "paper", "delicatessen")


class WarmStarts(PatronTest):
    def setUp(self):
        super().setUp()
        self.rows = wholesale()
        self.old, self.new = self.folder / "old.h5", self.folder / "new.h5"
        self.data = write_dataset(self.folder / "data.h5", features=self.rows, names=NAMES)
        self.done("segment", self.data, "-o", self.old, "--k", 5, "--seed", 2)

    def test_the_same_night_again(self):
        options = ("segment", self.data, "-o", self.new, "--init", self.old, "--force")
        told = self.summary(*options)
        summary = self.summary(*options, "--min-group", 0, ranks=2)
        before, after = Model(self.old), Model(self.new)
        hidden = withheld_groups(before.size, 10)
        self.assertEqual([told["sizes_before"], told["moved"]],
                         [[None if s in hidden else value for s, value in enumerate(summary[name])]
                          for name in ("sizes_before", "moved")])
        self.assertEqual(len(hidden), 2)
        self.assertEqual(summary["k"], 5)
        self.assertEqual(after.figures["k_requested"], 5)
        self.assertEqual(summary["sizes_before"], before.size.tolist())
        numpy.testing.assert_array_equal(after.labels, before.labels)
        numpy.testing.assert_allclose(summary["moved"], 0, atol=1e-5)

    def test_moves(self):
        write_dataset(self.folder / "tonight.h5", features=self.rows[:300] * 1.1, names=NAMES)
        options = ("segment", self.folder / "tonight.h5", "-o", self.new, "--init", self.old)
        summary = self.summary(*options, "--min-group", 0)
        model = Model(self.new)
        start = (Model(self.old).centroids - model.transform["offset"]) / model.transform["scale"]
        moved = numpy.sqrt(((model.centroids_scaled - start) ** 2).sum(axis=1))
        self.assertGreater(moved.max(), 0.01)
        numpy.testing.assert_allclose(summary["moved"], moved, rtol=1e-5)
        with h5py.File(self.new, "r") as file:
            self.assertEqual(file["segments/moved"][:].tolist(), summary["moved"])
        self.verified_digest(self.new)
        text = self.done(*options, "--force").stdout
        self.assertRegex(text, r"\nbefore +\d")
        self.assertRegex(text, r"\nmoved +\d")

    def test_columns_are_found_by_name(self):
        order = [3, 0, 5, 1, 2, 4]
        write_dataset(self.folder / "other.h5", features=self.rows[:, order],
                      names=[NAMES[column] for column in order])
        self.done("segment", self.folder / "other.h5", "-o", self.new, "--init", self.old,
                  "--max-iter", 0)
        numpy.testing.assert_array_equal(Model(self.new).labels, Model(self.old).labels)

    def test_other_columns(self):
        self.fails(65, "segment", self.data, "-o", self.new, "--init", self.old, "--columns",
                   "milk,paper", says=("fresh", "milk, paper"))

    def test_other_k(self):
        self.fails(65, "segment", self.data, "-o", self.new, "--init", self.old, "--k", 4,
                   says=("5 centroids", "4 expected"))

    def test_no_model(self):
        self.fails(65, "segment", self.data, "-o", self.new, "--init", self.data,
                   says=("data.h5", "format"))
        self.fails(64, "segment", self.data, "-o", self.new, "--init", self.folder / "none.h5",
                   says=("--init", "segment model"))

    def test_a_segment_that_is_gone(self):
        """Two distinct rows are left: segments keep their order, and know where they came from."""
        rows = numpy.repeat(self.rows[[7, 300]], 5, axis=0)
        write_dataset(self.folder / "few.h5", features=rows, names=NAMES)
        summary = self.summary("segment", self.folder / "few.h5", "-o", self.new, "--init",
                               self.old, "--min-group", 0)
        before = Model(self.old).size.tolist()
        self.assertEqual(summary["k"], 2)
        self.assertEqual(len(summary["moved"]), 2)
        places = [before.index(size) for size in summary["sizes_before"]]
        self.assertEqual(places, sorted(places))


if __name__ == "__main__":
    unittest.main()
