# SPDX-License-Identifier: Apache-2.0
"""`score`: segments, distances and outliers against plain Python and the model's own labels; the
same on any ranks, threads, parts and memory; models that do not fit."""
import csv
import io
import math
import unittest

import h5py
import numpy

from customers import Model
from patron_test import PatronTest, by_tier, digest, must, write_dataset
from plain_kmeans import clustered

ROWS, NEW, K = 1500, 700, 5
NAMES = ["a", "b", "c"]


def squared(value, centroid):
    total = 0.0
    for x, mean in zip(value, centroid):
        total += (float(x) - float(mean)) * (float(x) - float(mean))
    return total


def scores_by_definition(path, rows):
    """Segment, distance, second, its distance, far: of each row; a plain loop."""
    model = Model(path)
    with h5py.File(path) as file:
        threshold = file["segments/outlier_threshold"][()]
        fills = not numpy.isnan(file["transform/fill"][()]).any()
    values = clustered(rows, model.transform)
    found = []
    for row, value in zip(rows, values):
        if not fills and numpy.isnan(row).any():
            found.append((-1, math.nan, -1, math.nan, 0))
            continue
        order = sorted((squared(value, centroid), number)
                       for number, centroid in enumerate(model.centroids_scaled))
        nearest = numpy.float32(math.sqrt(order[0][0]))
        second, second_distance = -1, math.nan
        if len(order) > 1:
            second, second_distance = order[1][1], numpy.float32(math.sqrt(order[1][0]))
        found.append((order[0][1], nearest, second, second_distance,
                      int(float(nearest) > threshold[order[0][1]])))
    return found


def read_scores(path):
    with h5py.File(path) as file:
        names = ("segment", "distance", "second", "second_distance", "outlier")
        return list(zip(*(file[f"scores/{name}"][()] for name in names)))


class Score(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        dice = numpy.random.default_rng(11)

        def draw(count):
            rows = dice.standard_t(3, (count, 3)) + dice.integers(0, K, (count, 1)) * 6
            return numpy.abs(rows).astype("float32")

        cls.old, cls.new = draw(ROWS), draw(NEW)
        cls.new[::50, 1] = math.nan
        cls.old[7, 2] = math.nan
        cls.ids = [f'n,"{row:05d}"' if row % 100 == 0 else f"n{row:05d}" for row in range(NEW)]
        cls.old_data = write_dataset(cls.shared / "old.h5", cls.old, NAMES)
        # other columns too, in another order
        mixed = numpy.column_stack([cls.new[:, 2], cls.new[:, 0] * 7, cls.new[:, 0], cls.new[:, 1]])
        cls.new_data = write_dataset(cls.shared / "new.h5", mixed, ["c", "other", "a", "b"],
                                     ids=cls.ids)
        cls.new_parts = write_dataset(cls.shared / "new", mixed, ["c", "other", "a", "b"],
                                      ids=cls.ids, parts=3)
        cls.model = cls.shared / "segments.h5"
        must("segment", cls.old_data, "-o", cls.model, "--k", K, "--log1p", "b")
        cls.dropping = cls.shared / "dropping.h5"
        must("segment", cls.old_data, "-o", cls.dropping, "--k", K, "--missing", "drop")

    def check_equal(self, found, expected):
        self.assertEqual(len(found), len(expected))
        for mine, theirs in zip(found, expected):
            for a, b in zip(mine, theirs):
                self.assertTrue(a == b or (math.isnan(a) and math.isnan(b)), (mine, theirs))

    def test_new_customers(self):
        for number, model in enumerate((self.model, self.dropping)):
            out = self.folder / f"{number}.h5"
            summary = self.summary("score", self.new_data, model, "-o", out, "--min-group", 0)
            expected = scores_by_definition(model, self.new)
            self.check_equal(read_scores(out), expected)
            segments = [row[0] for row in expected]
            self.assertEqual(summary["dropped"], segments.count(-1))
            self.assertEqual(summary["outliers"], sum(row[4] for row in expected))
            self.assertEqual([one["customers"] for one in summary["segments"]],
                             [segments.count(s) for s in range(K)])

    def test_customers_of_the_fit_have_the_models_labels(self):
        for number, model in enumerate((self.model, self.dropping)):
            out = self.folder / f"{number}.h5"
            self.done("score", self.old_data, model, "-o", out)
            self.assertEqual([row[0] for row in read_scores(out)], list(Model(model).labels))

    def test_same_digest_and_lines(self):
        out = self.folder / "one.h5"
        lines = self.done("score", self.new_data, self.model, "-o", out, "--csv", "-").stdout
        expected = digest(out)
        self.assertEqual(self.verified_digest(out), expected)
        runs = [(2, 2, self.new_parts, ()), (3, 1, self.new_data, ("--memory", "1G")),
                (4, 1, self.new_parts, ())]
        for ranks, threads, data, more in by_tier(runs, runs * 2):
            place, text = self.folder / "more.h5", self.folder / "more.csv"
            self.done("score", data, self.model, "-o", place, "--csv", text, "--force", *more,
                      ranks=ranks, threads=threads)
            self.assertEqual(digest(place), expected)
            self.assertEqual(text.read_text(encoding="utf-8"), lines)
        piped = self.done("score", self.new_parts, self.model, "--csv", "-", ranks=3)
        self.assertEqual(piped.stdout, lines)

    def test_csv(self):
        text = self.done("score", self.new_data, self.model, "--csv", "-").stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual([row["id"] for row in rows], self.ids)
        for row, expected in zip(rows, scores_by_definition(self.model, self.new)):
            self.assertEqual((int(row["segment"]), numpy.float32(row["distance"]),
                              int(row["second"]), numpy.float32(row["second_distance"]),
                              int(row["outlier"])), expected)

    def test_one_segment_has_no_second(self):
        model, out = self.folder / "one.h5", self.folder / "out.h5"
        must("segment", self.old_data, "-o", model, "--k", 1)
        self.done("score", self.new_data, model, "-o", out)
        self.check_equal(read_scores(out), scores_by_definition(model, self.new))
        self.done("verify", out)

    def test_small_segments_are_withheld(self):
        few = write_dataset(self.folder / "few.h5", self.new[:9], NAMES)
        summary = self.summary("score", few, self.model)
        self.assertTrue(all(one["customers"] == 0 for one in summary["segments"]))
        self.assertGreater(summary["withheld"], 0)

    def test_a_model_that_does_not_fit(self):
        other = write_dataset(self.folder / "other.h5", self.new[:, :2], ["a", "x"])
        self.fails(65, "score", other, self.model, ranks=2,
                   says=("columns of", "are missing: b, c", "found are a, x"))
        self.fails(65, "score", self.new_data, self.new_data, says=("new.h5",))
        self.fails(66, "score", self.new_data, self.folder / "none.h5", says=("none.h5",))
        self.fails(64, "score", self.new_data, self.model, "--csv", "-", "--json", says=("--csv",))
        out = self.folder / "there.h5"
        out.touch()
        self.fails(73, "score", self.new_data, self.model, "-o", out, says=("there.h5",))

    def test_damage_is_found(self):
        out = self.folder / "out.h5"
        for name, value in (("segment", K), ("second", K), ("outlier", 2), ("distance", -1.0),
                            ("second_distance", 0.0), ("segment", -1)):
            self.done("score", self.old_data, self.model, "-o", out, "--force")
            with h5py.File(out, "r+") as file:
                file[f"scores/{name}"][3] = value
            self.fails(65, "verify", out, says=("row 3",))
        self.done("score", self.old_data, self.model, "-o", out, "--force")
        self.assertIn("1,500", self.done("inspect", out).stdout)
        with h5py.File(out) as file:
            self.assertEqual(file["scores"].attrs["segments_digest"].decode(),
                             self.verified_digest(self.model))


if __name__ == "__main__":
    unittest.main()
