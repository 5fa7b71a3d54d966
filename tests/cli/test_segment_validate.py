# SPDX-License-Identifier: Apache-2.0
"""`segment --validate`: each figure of a fit and of its segments against plain NumPy, and against
what a sweep says of the same fit."""
import unittest

import h5py
import numpy
from sklearn.metrics import calinski_harabasz_score, silhouette_samples
from sklearn.neighbors import NearestNeighbors

from customers import Model
from patron_test import PatronTest, must, write_dataset
from plain_kmeans import clustered
from plain_sweep import sampled_numbers, silhouettes

ROWS, K, SEED, SAMPLE, NEIGHBOURS = 1500, 5, 4, 4096, 10
WEIGHTS = 1 / numpy.arange(1, NEIGHBOURS + 1)


def penalties(rows, labels):
    """Of each row, for those of its nearest rows that lie in another segment."""
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(rows).kneighbors(rows)[1][:, 1:]
    return ((labels[near] != labels[:, None]) * WEIGHTS).sum(axis=1)


class Validation(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        dice = numpy.random.default_rng(11)
        centres = dice.normal(0, 3, (K, 3))
        rows = centres[dice.integers(0, K, ROWS)] + dice.normal(0, 1, (ROWS, 3))
        cls.rows = rows.astype("float32")
        cls.data = write_dataset(cls.shared / "data.h5", features=cls.rows)
        cls.parts = write_dataset(cls.shared / "parts", features=cls.rows, parts=3)
        cls.options = ("--seed", SEED, "--scale", "none", "--validate")
        cls.path = cls.shared / "model.h5"
        must("segment", cls.data, "-o", cls.path, "--k", K, *cls.options)
        cls.model = Model(cls.path)
        with h5py.File(cls.path) as file:
            cls.figures = dict(file["validation"].attrs)
            cls.segments = file["validation/segments"][:]

    def test_distances(self):
        rows, model = self.rows.astype("float64"), self.model
        own = numpy.sqrt(((rows - model.centroids_scaled[model.labels]) ** 2).sum(axis=1))
        silhouette = silhouettes(self.rows, model.centroids_scaled)
        apart = numpy.sqrt(((model.centroids_scaled[:, None] - model.centroids_scaled) ** 2)
                           .sum(axis=2))
        numpy.fill_diagonal(apart, numpy.inf)
        for s in range(K):
            found, mine = self.segments[s], model.labels == s
            self.assertAlmostEqual(found["compactness"], own[mine].mean(), 9)
            self.assertAlmostEqual(found["silhouette"], silhouette[mine].mean(), 9)
            self.assertAlmostEqual(found["separation"], apart[s].min(), 9)
            self.assertEqual(found["nearest"], apart[s].argmin())
        self.assertAlmostEqual(self.figures["silhouette"], silhouette.mean(), 9)
        self.assertEqual(self.figures["silhouette_error"], 0)
        # scikit-learn's is of exact means, which --tol leaves a little way off
        self.assertAlmostEqual(self.figures["calinski_harabasz"] /
                               calinski_harabasz_score(rows, model.labels), 1, 3)
        self.assertEqual((self.figures["judged_rows"], self.figures["resampled_rows"]),
                         (ROWS, ROWS))

    def test_silhouettes_of_pairs(self):
        silhouette = silhouette_samples(self.rows.astype("float64"), self.model.labels)
        self.assertAlmostEqual(self.figures["pair_silhouette"], silhouette.mean(), 12)
        self.assertEqual(self.figures["pair_silhouette_error"], 0)
        self.assertEqual(self.figures["paired_rows"], ROWS)
        for s in range(K):
            self.assertAlmostEqual(self.segments[s]["pair_silhouette"],
                                   silhouette[self.model.labels == s].mean(), 12)

    def test_silhouettes_of_a_sample_of_pairs(self):
        """Many columns have fewer rows; the sample is drawn from that of distances."""
        count, columns = 1300, 4096
        most = (1 << 22) // columns
        dice = numpy.random.default_rng(3)
        rows = dice.normal(0, 1, (count, columns)).astype("float32")
        rows[:500] += 1
        data, path = self.folder / "wide.h5", self.folder / "model.h5"
        write_dataset(data, features=rows)
        self.done("segment", data, "-o", path, "--k", 2, *self.options, "--stability-pairs", 1,
                  ranks=2)
        numbers, labels = sampled_numbers(count, most, SEED, 2), Model(path).labels
        silhouette = silhouette_samples(rows[numbers].astype("float64"), labels[numbers])
        with h5py.File(path) as file:
            figures = dict(file["validation"].attrs)
        self.assertEqual(figures["paired_rows"], most)
        self.assertAlmostEqual(figures["pair_silhouette"], silhouette.mean(), 11)
        self.assertAlmostEqual(figures["pair_silhouette_error"],
                               silhouette.std() / most ** 0.5, 11)

    def test_connectedness(self):
        penalty = penalties(self.rows.astype("float64"), self.model.labels)
        self.assertGreater(penalty.mean(), 0.01)
        self.assertAlmostEqual(self.figures["connectivity"], penalty.mean(), 9)
        self.assertAlmostEqual(self.figures["connectedness"],
                               1 - penalty.mean() / WEIGHTS.sum(), 9)
        for s in range(K):
            self.assertAlmostEqual(self.segments[s]["connectedness"],
                                   1 - penalty[self.model.labels == s].mean() / WEIGHTS.sum(), 9)

    def test_connectedness_of_a_sample(self):
        dice = numpy.random.default_rng(2)
        rows = dice.normal(0, 1, (6000, 2)).astype("float32")
        data, path = self.folder / "data.h5", self.folder / "model.h5"
        write_dataset(data, features=rows)
        self.done("segment", data, "-o", path, "--k", 3, *self.options, "--stability-pairs", 1,
                  ranks=2)
        model, numbers = Model(path), sampled_numbers(6000, SAMPLE, SEED, 1)
        penalty = penalties(clustered(rows, model.transform)[numbers], model.labels[numbers])
        with h5py.File(path) as file:
            self.assertEqual(file["validation"].attrs["resampled_rows"], SAMPLE)
            self.assertAlmostEqual(file["validation"].attrs["connectivity"], penalty.mean(), 9)

    def test_as_a_sweep_says(self):
        """test_segment_sweep holds a sweep's figures against plain NumPy."""
        path = self.folder / "sweep.h5"
        self.done("segment", self.data, "-o", path, "--k-range", f"{K}..{K}", *self.options)
        with h5py.File(path) as file:
            row = file["sweep"][0]
            for name in "silhouette", "davies_bouldin", "calinski_harabasz", "adjusted_rand":
                self.assertEqual(self.figures[name], row[name], name)
            self.assertEqual(self.segments["stability"].tolist(), file["sweep_jaccard"][0].tolist())
            self.assertEqual(file["validation/segments"][:].tolist(), self.segments.tolist())

    def test_any_ranks(self):
        digest = self.verified_digest(self.path)
        for ranks, threads in ((2, 2), (3, 1), (4, 1)):
            path = self.folder / f"{ranks}.h5"
            self.done("segment", self.parts, "-o", path, "--k", K, *self.options, ranks=ranks,
                      threads=threads)
            self.assertEqual(self.verified_digest(path), digest)

    def test_told(self):
        summary = self.summary("segment", self.data, "-o", self.folder / "model.h5", "--k", K,
                               *self.options)
        for told in summary["validation"], self.summary("inspect", self.path)["validation"]:
            for name in self.segments.dtype.names:
                self.assertEqual([segment[name] for segment in told["segments"]],
                                 self.segments[name].tolist(), name)
            for name, value in self.figures.items():
                self.assertEqual(told[name], value, name)
        text = self.done("inspect", self.path).stdout
        self.assertIn("How good the segments are", text)
        most = self.model.size.max()
        shown = self.summary("inspect", self.path, "--min-group", most)["validation"]["segments"]
        self.assertEqual([segment["segment"] for segment in shown],
                         numpy.flatnonzero(self.model.size >= most).tolist())

    def test_one_segment_and_few_rows(self):
        data, path = self.folder / "data.h5", self.folder / "model.h5"
        write_dataset(data, features=self.rows[:4])
        for k in 1, 4:
            self.done("segment", data, "-o", path, "--k", k, *self.options, "--force", ranks=2)
            self.done("verify", path)
            with h5py.File(path) as file:
                found = file["validation/segments"][:]
            self.assertEqual(numpy.isnan(found["separation"]).all(), k == 1)
            self.assertEqual(numpy.isnan(found["stability"]).all(), k == 4)
            self.assertEqual(found["connectedness"].tolist(), [1.0] if k == 1 else [0.0] * 4)

    def test_bad_input(self):
        self.fails(64, "segment", self.data, "-o", self.folder / "model.h5", "--stability-pairs",
                   2, says=("--stability-pairs", "--validate"))
        damaged = self.folder / "damaged.h5"
        damaged.write_bytes(self.path.read_bytes())
        with h5py.File(damaged, "a") as file:
            file["validation/segments"][0, "nearest"] = K
        self.fails(65, "verify", damaged, says=("/validation/segments", "nearest"))
        with h5py.File(damaged, "a") as file:
            del file["validation"].attrs["silhouette"]
        self.fails(65, "verify", damaged, says=("silhouette",))


if __name__ == "__main__":
    unittest.main()
