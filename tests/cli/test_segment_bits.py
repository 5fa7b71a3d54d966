# SPDX-License-Identifier: Apache-2.0
"""From a given start, `segment` equals the plain float64 loop of plain_kmeans.py, bit for bit."""
import math
import unittest

import numpy

from customers import Model, points, spread_rows, wholesale, write_with_start
from patron_test import PatronTest
from plain_kmeans import clustered, lloyd, threshold, zscore


class Fits(PatronTest):
    def segment(self, rows, start, *options, weight=None, **run):
        path = self.folder / "data.h5"
        init = write_with_start(path, rows, start, weight=weight)
        self.done("segment", path, "-o", self.folder / "model.h5", "--k", len(start), "--init",
                  init, "--force", *options, **run)
        self.done("verify", self.folder / "model.h5")
        return Model(self.folder / "model.h5")

    def assert_same_bits(self, found, expected, what):
        found, expected = numpy.asarray(found), numpy.asarray(expected)
        self.assertEqual(found.dtype, expected.dtype, what)
        numpy.testing.assert_array_equal(found, expected, what)
        self.assertEqual((found + 0).tobytes(), (expected + 0).tobytes(), what)

    def assert_is(self, model, rows, weight, outcome):
        """The model holds what the plain loop came to."""
        centroids, label, least, history = outcome
        weight = numpy.ones(len(rows)) if weight is None else weight.astype("float64")
        own = [label == index for index in range(len(centroids))]
        terms = weight * least
        self.assert_same_bits(model.centroids_scaled, centroids, "centroids")
        self.assert_same_bits(model.labels, label.astype("int32"), "labels")
        self.assert_same_bits(model.size, [mask.sum() for mask in own], "size")
        self.assert_same_bits(model.weight_sum, [math.fsum(weight[mask]) for mask in own], "weight")
        self.assert_same_bits(model.inertia, [math.fsum(terms[mask]) for mask in own], "inertia")
        self.assertEqual(model.history.dtype.names, ("inertia", "moved", "shift"))
        self.assertEqual(model.history.tolist(), history)
        self.assertEqual(model.figures["inertia"], math.fsum(terms))
        self.assertEqual(model.figures["iterations"], len(history))


class BitForBit(Fits):
    def test_points(self):
        for name in ("s1", "s4"):
            rows = points(name)[0]
            start = spread_rows(rows, 15)
            exact = rows.astype("float64")
            model = self.segment(rows, start, "--scale", "none", "--tol", 0)
            self.assert_is(model, rows, None, lloyd(exact, start.astype("float64")))
            self.assertEqual(model.figures["converged"], 1)

    def test_wholesale_zscore(self):
        rows = wholesale()
        transform = zscore(rows)
        exact, start = clustered(rows, transform), spread_rows(rows, 8)
        model = self.segment(rows, start)
        for name, values in transform.items():
            if name not in ("fill", "log1p"):
                self.assert_same_bits(model.transform[name], values, name)
        self.assert_is(model, rows, None, lloyd(exact, clustered(start, transform),
                                                threshold=threshold(exact, 1e-4)))

    def test_weights(self):
        rows = wholesale()
        random = numpy.random.default_rng(3)
        weight = numpy.exp(random.normal(scale=20, size=len(rows))).astype("float32")
        weight[random.random(len(rows)) < 0.2] = 0
        start = spread_rows(rows, 6)
        transform = zscore(rows)
        for options, exact, first in (
                (("--scale", "none"), rows.astype("float64"), start.astype("float64")),
                ((), clustered(rows, transform), clustered(start, transform))):
            model = self.segment(rows, start, "--tol", 0, *options, weight=weight, ranks=2)
            self.assert_is(model, rows, weight, lloyd(exact, first, weight.astype("float64")))

    def test_values_of_all_sizes(self):
        random = numpy.random.default_rng(4)
        sizes = 2.0 ** random.integers(-60, 60, size=(600, 3))
        rows = (random.normal(size=(600, 3)) * sizes).astype("float32")
        start = rows[::100]
        model = self.segment(rows, start, "--scale", "none", "--tol", 0, ranks=3, threads=2)
        self.assert_is(model, rows, None, lloyd(rows.astype("float64"), start.astype("float64")))

    def test_ties_go_to_the_lowest(self):
        rows = numpy.array([[x, y] for x in range(9) for y in range(9)] * 2, dtype="float32")
        start = numpy.array([[0, 0], [8, 8], [0, 8], [8, 0]], dtype="float64")
        model = self.segment(rows, start, "--scale", "none", "--tol", 0, ranks=2)
        self.assert_is(model, rows, None, lloyd(rows.astype("float64"), start))
        self.assertEqual(model.labels[4 * 9 + 4], 0)

    def test_each_number_of_iterations(self):
        rows = points("s3")[0]
        start = spread_rows(rows, 10)
        for most in (0, 1, 2, 7):
            model = self.segment(rows, start, "--scale", "none", "--tol", 0, "--max-iter", most)
            outcome = lloyd(rows.astype("float64"), start.astype("float64"), max_iter=most)
            self.assert_is(model, rows, None, outcome)
            self.assertEqual(model.figures["converged"], 0)

    def test_stop_by_tolerance(self):
        rows = points("s2")[0]
        start, exact = spread_rows(rows, 15), rows.astype("float64")
        lengths = set()
        for tolerance in (1e-1, 1e-3, 1e-5, 0.0):
            model = self.segment(rows, start, "--scale", "none", "--tol", tolerance)
            outcome = lloyd(exact, start.astype("float64"), threshold=threshold(exact, tolerance))
            self.assert_is(model, rows, None, outcome)
            self.assertEqual(model.figures["converged"], 1)
            lengths.add(len(outcome[3]))
        self.assertGreater(len(lengths), 2)


class EmptySegments(Fits):
    """A segment that loses its rows takes the row farthest from its centroid."""

    def test_takes_the_farthest(self):
        rows = numpy.array([[0], [1], [2], [10], [11], [40]], dtype="float32")
        start = numpy.array([[1.0], [1000.0], [11.0]])
        model = self.segment(rows, start, "--scale", "none", "--tol", 0, "--max-iter", 1)
        # 0 1 2 to the first, 10 11 40 to the third; 40 lies farthest and moves to the second
        self.assertEqual(model.centroids_scaled.tolist(), [[1.0], [40.0], [10.5]])
        self.assertEqual(model.labels.tolist(), [0, 0, 0, 2, 2, 1])
        self.assertEqual(model.history.tolist(), [(1.0 + 1 + 1 + 29**2, 6, 960.0**2 + 0.25)])

    def test_ties_go_to_the_lowest_row(self):
        rows = numpy.array([[-3], [3], [0], [0]], dtype="float32")
        start = numpy.array([[0.0], [500.0], [600.0]])
        model = self.segment(rows, start, "--scale", "none", "--tol", 0, ranks=3)
        self.assertEqual(model.labels.tolist(), [1, 2, 0, 0])
        self.assertEqual(model.figures["inertia"], 0.0)

    def test_weight_zero_takes_nothing(self):
        rows = numpy.array([[0], [1], [100], [7]], dtype="float32")
        weight = numpy.array([1, 1, 0, 1], dtype="float32")
        start = numpy.array([[0.0], [500.0]])
        model = self.segment(rows, start, "--scale", "none", "--tol", 0, weight=weight)
        # 100 weighs nothing: 7 moves, and 100 is then nearest to it
        self.assertEqual(model.labels.tolist(), [0, 0, 1, 1])
        self.assertEqual(model.centroids_scaled.tolist(), [[0.5], [7.0]])
        self.assertEqual(model.weight_sum.tolist(), [2.0, 1.0])


if __name__ == "__main__":
    unittest.main()
