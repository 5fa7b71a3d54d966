# SPDX-License-Identifier: Apache-2.0
"""`segment --memory`: rows that do not fit are read in every iteration; the model is the same."""
import unittest

import numpy

from patron_test import PatronTest, by_tier, write_dataset

ROWS, COLUMNS = 540000, 16


class Streams(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        random = numpy.random.default_rng(12)
        rows = random.standard_normal((ROWS, COLUMNS), dtype="float32")
        rows += random.integers(0, 4, size=ROWS)[:, None].astype("float32")
        rows[:, 3] = numpy.exp(rows[:, 3])
        rows[random.random(rows.shape) < 1e-4] = numpy.nan
        cls.weight = random.integers(0, 3, size=ROWS).astype("float32")
        rows[:, 15] = cls.weight
        ids = numpy.arange(ROWS, dtype="uint64")
        cls.data = {"one": cls.shared / "one.h5", "parts": cls.shared / "parts"}
        write_dataset(cls.data["one"], features=rows, ids=ids, weight=cls.weight)
        write_dataset(cls.data["parts"], features=rows, ids=ids, weight=cls.weight, parts=3)

    def digest_of(self, data, *options, **run):
        path = self.folder / "model.h5"
        summary = self.summary("segment", data, "-o", path, "--force", "--max-iter", 6, *options,
                               **run)
        return self.verified_digest(path), summary

    def compare(self, *options):
        """The digest in memory, and streamed on some ranks, threads and parts."""
        expected, summary = self.digest_of(self.data["one"], *options)
        self.assertFalse(summary["streamed"])
        for data, ranks, threads in by_tier((("one", 1, 2), ("parts", 3, 1)),
                                            (("one", 1, 1), ("parts", 1, 2), ("parts", 3, 1))):
            found, summary = self.digest_of(self.data[data], "--memory", "64M", *options,
                                            ranks=ranks, threads=threads)
            self.assertEqual(found, expected)
            # a third of the rows would fit
            self.assertEqual(summary["streamed"], ranks == 1)
            if ranks == 1:
                self.assertLessEqual(summary["peak_memory"], 64 << 20)

    def test_defaults(self):
        self.compare("--k", 12, "--seed", 3)

    def test_other_ways(self):
        self.compare("--k", 70, "--init", "random", "--missing", "drop", "--scale", "robust",
                     "--log1p", "f3")

    def test_restarts(self):
        self.compare("--k", 3, "--init", "k-means++", "--n-init", 2, "--missing", "mean",
                     "--exclude-columns", "f2,f9", "--weight", "f15", "--scale", "minmax")


class Limits(PatronTest):
    def test_too_little(self):
        path = self.folder / "data.h5"
        rows = numpy.zeros((1000, 2), "float32")
        rows[:, 0] = numpy.arange(1000)
        write_dataset(path, features=rows)
        self.fails(71, "segment", path, "-o", self.folder / "model.h5", "--memory", "1M",
                   says=("--memory 1M", "at least"))
        self.fails(64, "segment", path, "-o", self.folder / "model.h5", "--memory", "much",
                   says=("--memory",))


if __name__ == "__main__":
    unittest.main()
