# SPDX-License-Identifier: Apache-2.0
"""Distances of customers to their segments: quantiles as order statistics of plain NumPy, the
threshold, and `segment --outliers`, in a file and with the summary."""
import csv
import math
import unittest

import h5py
import numpy

from customers import Model
from patron_test import PatronTest, must, write_dataset
from plain_kmeans import clustered

PERCENTS = [25, 50, 75, 90, 95, 99, 100]
ROWS, K = 3000, 6


def distances(path, rows):
    """Of rows to their segments, float32; NaN for rows that were left out."""
    model = Model(path)
    found = numpy.full(len(rows), math.nan, "float32")
    values = clustered(rows, model.transform)
    for row in numpy.flatnonzero(model.labels >= 0):
        total = 0.0
        for value, mean in zip(values[row], model.centroids_scaled[model.labels[row]]):
            total += (value - mean) * (value - mean)
        found[row] = math.sqrt(total)
    return found


class Outliers(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        dice = numpy.random.default_rng(7)
        rows = dice.standard_t(3, (ROWS, 3)) + dice.integers(0, K, (ROWS, 1)) * 8
        cls.rows = rows.astype("float32")
        cls.rows[17, 1] = math.nan
        cls.rows[100:140] = cls.rows[100]
        cls.ids = [f"customer {row}, \"{row}\"" for row in range(ROWS)]
        cls.data = write_dataset(folder / "data.h5", features=cls.rows, ids=cls.ids)
        cls.parts = write_dataset(folder / "parts", features=cls.rows, ids=cls.ids, parts=3)
        cls.options = ("--k", K, "--missing", "drop")
        cls.model, cls.file = folder / "model.h5", folder / "outliers.csv"
        must("segment", cls.data, "-o", cls.model, *cls.options, "--outliers", cls.file)
        cls.distance = distances(cls.model, cls.rows)
        cls.labels = Model(cls.model).labels
        with h5py.File(cls.model) as file:
            cls.threshold = file["segments/outlier_threshold"][:]

    def expected(self):
        """(row, segment, distance, ratio) in the order of rows."""
        return [(row, int(self.labels[row]), float(self.distance[row]),
                 float(self.distance[row]) / self.threshold[self.labels[row]])
                for row in range(ROWS) if self.labels[row] >= 0
                and float(self.distance[row]) > self.threshold[self.labels[row]]]

    def test_quantiles(self):
        with h5py.File(self.model) as file:
            found, outliers = file["segments/distance_quantiles"][:], file["segments/outliers"][:]
            self.assertEqual(file["segments/distance_percents"][:].tolist(), PERCENTS)
        for s in range(K):
            own = numpy.sort(self.distance[self.labels == s])
            expected = [float(own[-(-len(own) * p // 100) - 1]) for p in PERCENTS]
            self.assertEqual(found[s].tolist(), expected)
            threshold = expected[2] + 1.5 * (expected[2] - expected[0])
            self.assertEqual(self.threshold[s], threshold)
            self.assertEqual(outliers[s], (own.astype("float64") > threshold).sum())

    def test_the_file(self):
        with open(self.file, encoding="utf-8", newline="") as file:
            heading, *lines = csv.reader(file)
        self.assertEqual(heading, ["id", "segment", "distance", "ratio"])
        expected = self.expected()
        self.assertGreater(len(expected), 30)
        self.assertEqual([(line[0], int(line[1])) for line in lines],
                         [(self.ids[row], segment) for row, segment, _, _ in expected])
        self.assertEqual([float(numpy.float32(line[2])) for line in lines],
                         [distance for _, _, distance, _ in expected])
        self.assertEqual([float(line[3]) for line in lines], [ratio for *_, ratio in expected])

    def test_any_ranks(self):
        digest, text = self.verified_digest(self.model), self.file.read_bytes()
        for ranks, threads in ((1, 3), (2, 2), (3, 1), (4, 1)):
            model, file = self.folder / f"{ranks}.h5", self.folder / f"{ranks}.csv"
            self.done("segment", self.parts, "-o", model, *self.options, "--outliers", file,
                      ranks=ranks, threads=threads)
            self.assertEqual(self.verified_digest(model), digest)
            self.assertEqual(file.read_bytes(), text)
        streamed = self.folder / "streamed.h5"
        self.done("segment", self.data, "-o", streamed, *self.options, "--memory", "64M")
        self.assertEqual(self.verified_digest(streamed), digest)

    def test_the_farthest(self):
        best = sorted(self.expected(), key=lambda one: (-one[3], -one[2], one[1], one[0]))
        for ranks, count in ((1, 7), (3, 7), (2, 0), (2, 1000)):
            summary = self.summary("segment", self.data, "-o", self.folder / "model.h5", "--force",
                                   *self.options, "--outliers", count, ranks=ranks)
            self.assertEqual(summary["outliers"], len(best))
            self.assertEqual([tuple(one.values()) for one in summary["farthest"]],
                             [(self.ids[row], *rest) for row, *rest in best[:count]])
        text = self.done("segment", self.data, "-o", self.folder / "model.h5", "--force",
                         *self.options, "--outliers", 3).stdout
        self.assertIn(f"{len(best)} customers lie beyond", text)
        self.assertIn(self.ids[best[2][0]], text)
        self.assertNotIn(self.ids[best[3][0]], text)

    def test_equal_rows_and_numbers_as_ids(self):
        """Nine of ten rows are the centroid's own but for rounding of nothing: threshold 0."""
        rows = numpy.zeros((40, 1), "float32")
        rows[[3, 30]] = [[1], [-1]]
        data, model = self.folder / "data.h5", self.folder / "model.h5"
        write_dataset(data, features=rows, ids=numpy.arange(100, 140, dtype="uint64"))
        summary = self.summary("segment", data, "-o", model, "--k", 1, "--scale", "none",
                               "--outliers", 9, ranks=2)
        self.assertEqual(summary["farthest"],
                         [{"id": "103", "segment": 0, "distance": 1.0, "ratio": None},
                          {"id": "130", "segment": 0, "distance": 1.0, "ratio": None}])

    def test_segments_without_rows(self):
        """A start far from all rows keeps its segment empty where nothing is fitted."""
        with h5py.File(self.folder / "start.h5", "w") as file:
            file["start"] = numpy.array([[0.0, 0, 0], [1e6, 1e6, 1e6]])
        model = self.folder / "model.h5"
        self.done("segment", self.data, "-o", model, "--init", f"{self.folder}/start.h5:/start",
                  "--max-iter", 0, "--missing", "drop")
        self.done("verify", model)
        with h5py.File(model) as file:
            self.assertTrue(numpy.isnan(file["segments/distance_quantiles"][1]).all())
            self.assertTrue(numpy.isnan(file["segments/outlier_threshold"][1]))

    def test_inspect(self):
        summary = self.summary("inspect", self.model, "--min-group", 0)
        few = self.summary("inspect", self.model, "--min-group", 10)
        self.assertEqual([segment["outliers"] for segment in few["segments"]],
                         [None if 0 < segment["outliers"] < 10 else segment["outliers"]
                          for segment in summary["segments"]])
        with h5py.File(self.model) as file:
            for s, segment in enumerate(summary["segments"]):
                self.assertEqual(segment["distance_quantiles"],
                                 file["segments/distance_quantiles"][s].tolist())
                self.assertEqual(segment["outlier_threshold"], self.threshold[s])
                self.assertEqual(segment["outliers"], file["segments/outliers"][s])
        self.assertRegex(self.done("inspect", self.model).stdout, r"\nmedian distance +\d")

    def test_outputs_that_exist(self):
        model, file = self.folder / "model.h5", self.folder / "outliers.csv"
        file.write_text("kept", encoding="ascii")
        self.fails(73, "segment", self.data, "-o", model, *self.options, "--outliers", file,
                   says=("outliers.csv",))
        self.assertEqual(file.read_text(encoding="ascii"), "kept")
        self.assertFalse(model.exists())
        self.fails(64, "segment", self.data, "-o", model, "--outliers", model,
                   says=("--outliers", "--output"))

    def test_damaged_models(self):
        damaged = self.folder / "damaged.h5"
        for name, place, value in (("distance_quantiles", (1, 3), 1e9),
                                   ("distance_quantiles", (0, 0), math.nan),
                                   ("distance_percents", 1, 51), ("outliers", 2, -1),
                                   ("outliers", 2, ROWS), ("outlier_threshold", 0, 7.0)):
            damaged.write_bytes(self.model.read_bytes())
            with h5py.File(damaged, "a") as file:
                file["segments"][name][place] = value
            self.fails(65, "verify", damaged, says=("damaged.h5", name))


if __name__ == "__main__":
    unittest.main()
