# SPDX-License-Identifier: Apache-2.0
"""Hard cases of `segment`'s values at 1 and 3 ranks: constant columns, ranges of all sizes, rows
and columns that are missing as a whole, and weights of rows that are left out."""
import unittest

import numpy

from customers import write_with_start
from patron_test import write_dataset
from plain_kmeans import clustered
from test_segment_hard import SCALES, Hard, fit

NAN = numpy.nan


class ConstantColumns(Hard):
    CONSTANTS = (0.1, -1e30, 0.0)

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(20)
        self.rows = (random.normal(size=(90, 2)) * [3, 50]).astype("float32")
        self.rows += random.integers(0, 4, size=(90, 1)).astype("float32") * 20

    def test_change_nothing(self):
        """Labels and inertia are those without the columns, and they come back as they were."""
        wide = numpy.insert(self.rows, [0, 1, 2], self.CONSTANTS, axis=1)
        for scale in SCALES:
            init = write_with_start(self.data, self.rows, self.rows[:4])
            options = ("--scale", scale, "--tol", 0)
            alone, _ = self.segment("--init", init, *options, ranks=(1,))
            init = write_with_start(self.data, wide, wide[:4])
            model, _ = self.segment("--init", init, *options)
            with self.subTest(scale=scale):
                self.assertEqual(model.labels.tolist(), alone.labels.tolist())
                self.assertEqual(model.inertia.tolist(), alone.inertia.tolist())
                self.assertEqual(model.centroids[:, [1, 3]].tolist(), alone.centroids.tolist())
                expected = numpy.array([self.CONSTANTS] * 4, dtype="float32").astype("float64")
                self.assertEqual(model.centroids[:, [0, 2, 4]].tolist(), expected.tolist())
                self.assertEqual(model.transform["scale"][[0, 2, 4]].tolist(), [1, 1, 1])
                self.assertEqual(model.transform["offset"][[0, 2, 4]].tolist(),
                                 [0, 0, 0] if scale == "none" else expected[0].tolist())

    def test_constant_but_for_missing_values(self):
        """What is filled is the constant; what is left once rows are dropped is constant too."""
        rows = numpy.column_stack([self.rows, numpy.full(90, 0.1)]).astype("float32")
        rows[::7, 2] = NAN
        rows[5] = [NAN, 1, 7777]
        for missing, scale in (("mean", "zscore"), ("median", "minmax"), ("drop", "robust")):
            kept = rows if missing == "drop" else numpy.delete(rows, 5, axis=0)
            init = write_with_start(self.data, kept, rows[1:4])
            model, _ = self.segment("--init", init, "--missing", missing, "--scale", scale)
            self.assertEqual(model.transform["offset"][2], float(rows[1, 2]))
            self.assertEqual(model.transform["scale"][2], 1)
            self.assertEqual(model.centroids_scaled[:, 2].tolist(), [0, 0, 0])

    def test_constant_logarithm(self):
        """The mean of 90 logarithms of 6 rounds to another value than theirs."""
        rows = numpy.insert(self.rows, 0, 5, axis=1)
        init = write_with_start(self.data, rows, rows[:2])
        model, _ = self.segment("--init", init, "--log1p", "f0")
        self.assertEqual(model.transform["scale"][0], 1)
        self.assertAlmostEqual(model.transform["offset"][0], numpy.log1p(5.0), delta=1e-15)
        self.assertEqual(model.centroids_scaled[:, 0].tolist(), [0, 0])
        numpy.testing.assert_allclose(model.centroids[:, 0], rows[:2, 0], rtol=1e-15)


class Ranges(Hard):
    def test_a_tiny_range_is_none_of_a_constant(self):
        """Below 1e-15, where scikit-learn takes a range for 0."""
        rows = numpy.array([[2], [5], [12]]) * 1e-20
        init = write_with_start(self.data, rows, rows)
        model, _ = self.segment("--init", init, "--scale", "minmax")
        numpy.testing.assert_allclose(model.centroids_scaled[:, 0], [0, 0.3, 1], rtol=1e-6)

    def test_robust_without_a_spread_between_the_quartiles(self):
        rows = numpy.array([[2]] * 9 + [[6], [8], [-40]], dtype="float32")
        init = write_with_start(self.data, rows, [[2.0], [7.0], [-40.0]])
        model, _ = self.segment("--init", init, "--scale", "robust")
        self.assertEqual(model.centroids_scaled[:, 0].tolist(), [0, 5, -42])

    def test_too_far_for_its_scale(self):
        write_dataset(self.data, features=[[0, 0], [0, 1e-44], [1, 2e-44], [1, 3e-44], [1, 3e38]])
        self.refuses("--k", 2, "--scale", "robust", says=("row 4,", "'f1'", "not finite"))
        self.segment("--k", 2, "--scale", "zscore")


class Missing(Hard):
    """24 rows; missing as a whole are those of the first third, all that the first of three ranks
    has, and the last but one."""

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(21)
        self.rows = random.normal(size=(24, 3)).astype("float32") * 4
        self.rows[:8] = self.rows[22] = NAN
        self.start = self.rows[[9, 14, 20]]
        self.there = ~numpy.isnan(self.rows[:, 0])

    def test_rows_without_any_value(self):
        init = write_with_start(self.data, self.rows, self.start)
        self.refuses("--init", init, "--missing", "error",
                     says=("row 0,", "'f0'", "--missing drop|mean|median"))
        present = self.rows[self.there].astype("float64")
        for missing, fill, scale in (("mean", present.mean(axis=0), "none"),
                                     ("median", numpy.median(present, axis=0), "zscore")):
            model, told = self.segment("--init", init, "--missing", missing, "--tol", 0, "--scale",
                                       scale)
            words = f"27 missing values were filled by their column's {missing}"
            self.assertEqual(told.count(words), 1)
            numpy.testing.assert_allclose(model.transform["fill"], fill, rtol=1e-14)
            outcome = fit(clustered(self.rows, model.transform),
                          clustered(self.start, model.transform), numpy.ones(24))
            self.assert_is(model, outcome, numpy.ones(24))
            self.assertEqual(model.figures["n_dropped"], 0)

    def test_rows_dropped_and_weighed(self):
        weight = numpy.arange(24) % 4
        kept = weight[self.there].astype("float64")
        init = write_with_start(self.data, self.rows, self.start, weight=weight)
        model, told = self.segment("--init", init, "--missing", "drop", "--scale", "none", "--tol",
                                   0)
        self.assertEqual(told, "")
        self.assertEqual((model.labels == -1).tolist(), (~self.there).tolist())
        self.assertEqual((model.figures["n_dropped"], model.figures["n_rows"]), (9, 24))
        self.assertTrue(numpy.isnan(model.transform["fill"]).all())
        model.labels = model.labels[self.there]
        self.assert_is(model, fit(self.rows[self.there].astype("float64"),
                                  self.start.astype("float64"), kept), kept)
        self.assertEqual(model.weight_sum.sum(), kept.sum())

    def test_told_as_json(self):
        write_dataset(self.data, features=self.rows)
        for missing, filled, dropped in (("median", 27, 0), ("drop", 0, 9)):
            summary = self.summary("segment", self.data, "-o", self.out, "--force", "--k", 2,
                                   "--missing", missing)
            self.assertEqual((summary["values_filled"], summary["rows_dropped"]), (filled, dropped))

    def test_nothing_but_missing(self):
        write_dataset(self.data, features=numpy.full((6, 2), NAN))
        for missing, says in (("error", "row 0, column 'f0'"), ("drop", "no row"),
                              ("mean", "'f0' has no value"), ("median", "'f0' has no value")):
            self.refuses("--k", 1, "--missing", missing, says=(says,),
                         ranks=(3,) if missing == "drop" else (1,))

    def test_a_column_without_any_value(self):
        rows = self.rows[self.there].copy()
        rows[:, 1] = NAN
        write_dataset(self.data, features=rows)
        self.refuses("--k", 2, "--missing", "error", says=("row 0,", "'f1'", "--missing"),
                     ranks=(3,))
        for missing in ("error", "drop"):
            model, told = self.segment("--k", 2, "--exclude-columns", "f1", "--missing", missing,
                                       ranks=(1,))
            self.assertEqual((model.size.sum(), model.figures["n_dropped"], told), (15, 0, ""))


class Weights(Hard):
    def test_only_rows_left_out_have_a_weight(self):
        write_dataset(self.data, features=[[1, 2], [NAN, 3], [4, 5], [6, NAN]], weight=[0, 2, 0, 1])
        self.refuses("--k", 1, "--missing", "drop", says=("none of 2 rows has a weight above 0",))

    def test_a_column_weighs_only_rows_that_are_kept(self):
        rows = [[1, 2, 1], [NAN, 2, NAN], [3, 4, 2], [NAN, 0, -4]]
        write_dataset(self.data, features=rows)
        model, _ = self.segment("--k", 2, "--missing", "drop", "--weight", "f2")
        self.assertEqual(sorted(model.weight_sum), [1, 2])
        write_dataset(self.data, features=[row[:2] for row in rows], weight=[1, NAN, 2, 1])
        self.refuses("--k", 2, "--missing", "drop", says=("/customers/weight", "row 1", "nan"))

    def test_an_infinite_weight_is_called_one(self):
        write_dataset(self.data, features=[[1, 2], [3, numpy.inf], [5, 6]])
        self.refuses("--k", 2, "--weight", "f1", says=("row 1,", "'f1'", "weight is inf"))

    def test_a_segment_that_weighs_nothing(self):
        """Its rows count as none: it takes a row.  Without an iteration it keeps them."""
        rows, start, weight = [[0], [1], [5], [50], [51]], [[0.0], [50.0]], [1, 1, 2, 0, 0]
        model, taken, _ = self.fits(rows, start, weight=weight)
        self.assertEqual(taken[0], [2])
        model, _, _ = self.fits(rows, start, weight=weight, max_iter=0)
        self.assertEqual((model.size.tolist(), model.weight_sum.tolist()), ([3, 2], [4, 0]))
        self.assertEqual(model.inertia.tolist(), [51, 0])

    def test_weights_of_all_sizes(self):
        weight = numpy.array([1e-45, 3e38, 3e38, 1, 0], dtype="float32").tolist()
        self.fits([[1], [2], [3], [14], [1e6]], [[1.0], [14.0]], weight=weight)


if __name__ == "__main__":
    unittest.main()
