# SPDX-License-Identifier: Apache-2.0
"""From the same start, `segment` and scikit-learn's KMeans on float64 input come to the same
inertia; and the sets of points to their known optimum."""
import unittest
import warnings

import h5py
import numpy
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from customers import (Model, points, spread_rows, table_of, true_labels, wholesale,
                       write_with_start)
from patron_test import ONLINE_RETAIL, PatronTest, write_dataset
from plain_kmeans import clustered

RELATIVE = 1e-9


class ScikitLearn(PatronTest):
    def segment(self, data, init, k, *options):
        path = self.folder / "model.h5"
        self.done("segment", data, "-o", path, "--k", k, "--init", init, "--force", *options)
        return Model(path)

    def assert_agrees(self, model, rows, start, tolerance=1e-4, weight=None):
        """`rows` and `start` as the model's user has them."""
        exact = clustered(rows, model.transform)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = KMeans(len(start), init=clustered(start, model.transform), n_init=1,
                          tol=tolerance, max_iter=300, algorithm="lloyd")
            peer.fit(exact, sample_weight=weight)
        self.assertEqual(model.figures["iterations"], peer.n_iter_)
        difference = abs(model.figures["inertia"] - peer.inertia_) / peer.inertia_
        self.assertLess(difference, RELATIVE)
        numpy.testing.assert_array_equal(model.labels, peer.labels_)
        numpy.testing.assert_allclose(model.centroids_scaled, peer.cluster_centers_, rtol=1e-9,
                                      atol=1e-9 * abs(exact).max())

    def test_online_retail(self):
        data = self.folder / "shop"
        self.done("ingest", *ONLINE_RETAIL, "--parts", 4, "-o", data)
        pieces = []
        for name in sorted(data.iterdir()):
            with h5py.File(name, "r") as file:
                pieces.append(file["customers/features"][:])
        rows = numpy.concatenate(pieces)
        start = spread_rows(rows[~numpy.isnan(rows).any(axis=1)], 12)
        with h5py.File(self.folder / "start.h5", "w") as file:
            file["start"] = start
        init = f"{self.folder / 'start.h5'}:/start"
        model = self.segment(data, init, 12)
        self.assert_agrees(model, rows, start)
        for scale in ("none", "minmax", "robust"):
            model = self.segment(data, init, 12, "--scale", scale, "--tol", 0)
            self.assert_agrees(model, rows, start, tolerance=0)

    def test_wholesale(self):
        rows = wholesale()
        start = spread_rows(rows, 7)
        init = write_with_start(self.folder / "data.h5", rows, start)
        for scale in ("zscore", "none", "minmax", "robust"):
            model = self.segment(self.folder / "data.h5", init, 7, "--scale", scale)
            self.assert_agrees(model, rows, start)

    def test_weights(self):
        rows = wholesale()
        weight = numpy.random.default_rng(5).integers(0, 9, size=len(rows)).astype("float32")
        start = spread_rows(rows, 5)
        init = write_with_start(self.folder / "data.h5", rows, start, weight=weight)
        model = self.segment(self.folder / "data.h5", init, 5)
        self.assert_agrees(model, rows, start, weight=weight)

    def test_points(self):
        for name in ("s1", "s2", "s3", "s4"):
            rows = points(name)[0]
            start = spread_rows(rows, 15)
            init = write_with_start(self.folder / "data.h5", rows, start)
            with self.subTest(set=name):
                model = self.segment(self.folder / "data.h5", init, 15, "--scale", "none")
                self.assert_agrees(model, rows, start)


class KnownOptimum(PatronTest):
    """The best sum of squared errors known of each set, and how its labels agree with the true ones
    (Franti and Sieranoja 2018)."""

    KNOWN = {"s1": (8.9176e12, 0.987), "s2": (1.32791e13, 0.937), "s3": (1.68896e13, 0.725),
             "s4": (1.57031e13, 0.632)}

    def test_from_the_true_centres(self):
        for name, (error, agreement) in self.KNOWN.items():
            rows, centres = points(name)
            init = write_with_start(self.folder / "data.h5", rows, centres)
            self.done("segment", self.folder / "data.h5", "-o", self.folder / "model.h5", "--k", 15,
                      "--init", init, "--scale", "none", "--tol", 0, "--force")
            model = Model(self.folder / "model.h5")
            with self.subTest(set=name):
                self.assertGreater(model.figures["inertia"], error * (1 - 1e-5))
                self.assertLess(model.figures["inertia"], error * (1 + 2e-4))
                found = adjusted_rand_score(true_labels(name), model.labels)
                self.assertAlmostEqual(found, agreement, delta=2e-3)

    def test_from_restarts(self):
        clusters = {"a1": 20, "a2": 35, "a3": 50}
        errors = {"a1": 1.21463e10, "a2": 2.02867e10, "a3": 2.89374e10}
        errors |= {name: error for name, (error, _) in self.KNOWN.items()}
        for name, error in errors.items():
            write_dataset(self.folder / "data.h5", features=table_of(name))
            summary = self.summary("segment", self.folder / "data.h5", "-o",
                                   self.folder / "model.h5", "--k", clusters.get(name, 15),
                                   "--scale", "none", "--n-init", 10, "--force")
            with self.subTest(set=name):
                self.assertAlmostEqual(summary["inertia"] / error, 1, delta=1e-3)


if __name__ == "__main__":
    unittest.main()
