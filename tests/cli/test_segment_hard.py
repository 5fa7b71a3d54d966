# SPDX-License-Identifier: Apache-2.0
"""Hard cases of `segment`'s fit at 1 and 3 ranks: segments that lose their rows, fewer distinct
rows than segments, no iteration, weights of 0, and the tolerance.  Expected is a plain float64
loop, or scikit-learn where it defines the same."""
import concurrent.futures
import math
import unittest
import warnings

import numpy
from sklearn.cluster import KMeans

from customers import Model, points, spread_rows, write_with_start
from failure_test import FailureTest
from patron_test import digest, write_dataset
from plain_kmeans import clustered, nearest, threshold, update

RANKS = (1, 3)
SCALES = ("zscore", "none", "minmax", "robust")


def give(rows, weight, label, least, centroids):
    """Labels once each empty segment has taken its row, and the rows taken: the farthest of
    positive weight that is off its centroid, equals none taken before and leaves one behind."""
    given, taken, weighs = label.copy(), [], weight > 0
    is_off = (rows != centroids.astype("float32")[label]).any(axis=1)
    for empty in range(len(centroids)):
        if (weighs & (given == empty)).any():
            continue
        found = [row for row in numpy.lexsort((numpy.arange(len(rows)), -least))
                 if weighs[row] and is_off[row] and (weighs & (given == given[row])).sum() > 1
                 and not (rows[taken] == rows[row]).all(axis=1).any()]
        if not found:
            break
        given[found[0]] = empty
        taken.append(found[0])
    return given, taken


def fit(rows, start, weight, max_iter=300, threshold_of_shift=0.0):
    """(centroids, labels, squared distances, history, rows taken in each iteration, converged) by
    include/patron/kmeans.h; segments for which there is no distinct row are left out."""
    weighs, centroids, label = weight > 0, start, numpy.full(len(rows), -1)
    history, taken, converged = [], [], False
    while len(history) < max_iter and not converged:
        before, (label, least) = label, nearest(rows, centroids)
        given, took = give(rows, weight, label, least, centroids)
        old, centroids = centroids, update(rows[weighs], weight[weighs], given[weighs], centroids)
        moved, shift = int((label != before).sum()), math.fsum(((centroids - old) ** 2).ravel())
        history.append((math.fsum(weight * least), moved, shift))
        taken.append(took)
        converged = (moved == 0 and not took) or shift <= threshold_of_shift
    label, least = nearest(rows, centroids)
    held = sorted(set(label[weighs]))
    if max_iter > 0 and len(held) < len(start) and not give(rows, weight, label, least,
                                                            centroids)[1]:
        centroids = centroids[held]
        label, least = nearest(rows, centroids)
    return centroids, label, least, history, taken, converged


class Hard(FailureTest):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "data.h5"

    def segment(self, *options, ranks=RANKS):
        """The model, the same at each number of ranks, and what stood on standard error."""
        def at(count):
            path = self.folder / f"model{count}.h5"
            process = self.done("segment", self.data, "-o", path, "--force", *options, ranks=count,
                                threads=1)
            return digest(path), process.stderr
        with concurrent.futures.ThreadPoolExecutor() as pool:
            found = set(pool.map(at, ranks))
        self.assertEqual(len(found), 1, found)
        path = self.folder / f"model{ranks[0]}.h5"
        self.done("verify", path)
        return Model(path), found.pop()[1]

    def refuses(self, *options, says=(), ranks=RANKS):
        self.fails_alike(65, "segment", self.data, "-o", self.out, *options, says=says, ranks=ranks)

    def assert_is(self, model, outcome, weight):
        """The model is what the loop came to, bit for bit."""
        centroids, label, least, history, _, converged = outcome
        own = [label == index for index in range(len(centroids))]
        self.assertEqual(model.labels.tolist(), label.tolist())
        self.assertEqual(model.centroids_scaled.tolist(), centroids.tolist())
        self.assertEqual(model.history.tolist(), history)
        self.assertEqual(model.size.tolist(), [mask.sum() for mask in own])
        self.assertEqual(model.weight_sum.tolist(), [math.fsum(weight[mask]) for mask in own])
        self.assertEqual(model.inertia.tolist(),
                         [math.fsum((weight * least)[mask]) for mask in own])
        self.assertEqual(model.figures["inertia"], math.fsum(weight * least))
        self.assertEqual(model.figures["converged"], converged)

    def fits(self, rows, start, *options, weight=None, max_iter=300, tolerance=0.0):
        """Fits with no scale from `start`, and compares; (model, rows taken, standard error)."""
        rows, start = numpy.asarray(rows, "float32"), numpy.asarray(start, "float64")
        weights = numpy.ones(len(rows)) if weight is None else numpy.asarray(weight, "float64")
        init = write_with_start(self.data, rows, start, weight=weight and numpy.array(weight))
        model, told = self.segment("--init", init, "--scale", "none", "--tol", tolerance,
                                   "--max-iter", max_iter, *options)
        exact = rows.astype("float64")
        outcome = fit(exact, start, weights, max_iter, threshold(exact, tolerance))
        self.assert_is(model, outcome, weights)
        self.assertEqual(model.figures["k_requested"], len(start))
        fewer = f"patron: warning: {len(outcome[0])} segments instead of {len(start)}"
        self.assertEqual(told.count(fewer), len(outcome[0]) < len(start))
        return model, outcome[4], told


def scikit_learn(rows, start, tolerance=0.0, weight=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # distinct rows are few, or it has not converged
        return KMeans(len(start), init=numpy.asarray(start, "float64"), n_init=1, tol=tolerance,
                      algorithm="lloyd").fit(numpy.asarray(rows, "float64"), sample_weight=weight)


class EmptySegments(Hard):
    MIDWAY = ([[14], [25], [13], [29], [15]], [[11], [34], [18]])

    def test_several_take_in_ascending_order(self):
        rows = [[0], [1], [2], [10], [11], [40], [60]]
        model, taken, _ = self.fits(rows, [[900.0], [1.0], [800.0], [11.0], [700.0]])
        # 60 to the first, 40 to the third; from 0 and 10, both 1 away, 0 to the fifth
        self.assertEqual(taken[0], [6, 5, 0])
        self.assertEqual(model.centroids[:, 0].tolist(), [60, 1.5, 40, 10.5, 0])

    def test_equal_rows_give_once(self):
        _, taken, _ = self.fits([[0], [1], [2], [50], [3], [50]], [[1.0], [500.0], [600.0]])
        self.assertEqual(taken[0], [3, 4])  # not the other 50

    def test_the_last_row_of_a_segment_stays(self):
        _, taken, _ = self.fits([[0], [1], [3], [700]], [[1.0], [400.0], [3000.0]])
        self.assertEqual(taken[0], [2])  # 700 is farther from 400 than 3 from 1

    def test_only_rows_off_their_centroid_give(self):
        model, taken, told = self.fits([[5], [5], [9], [9], [9]], [[5.0], [9.0], [100.0], [101.0]])
        self.assertEqual((taken[0], model.figures["k"]), ([], 2))
        self.assertNotIn("positive weight", told)

    def test_a_segment_that_empties_midway(self):
        model, taken, _ = self.fits(*self.MIDWAY)
        self.assertEqual(taken[:3], [[], [1], []])
        peer = scikit_learn(*self.MIDWAY)
        self.assertEqual(model.labels.tolist(), peer.labels_.tolist())
        self.assertEqual(model.figures["iterations"], peer.n_iter_)

    def test_stopped_before_it_could_take_a_row(self):
        """Other than with too few distinct rows, the empty segment stays."""
        for stop in ({"max_iter": 1}, {"tolerance": 1e3}):
            model, _, told = self.fits(*self.MIDWAY, **stop)
            self.assertEqual(model.size.tolist(), [3, 2, 0])
            self.assertEqual(model.inertia[2], 0)
            self.assertEqual(told, "")

    def test_scikit_learn_takes_the_same_row(self):
        random = numpy.random.default_rng(6)
        rows = random.normal(size=(300, 3)).astype("float32")
        start = rows[:6].astype("float64")
        start[4] += 1e4
        for weight in (None, random.integers(1, 4, 300).tolist()):
            model, taken, _ = self.fits(rows, start.astype("float32"), weight=weight)
            self.assertEqual(len(taken[0]), 1)
            peer = scikit_learn(rows, start.astype("float32"), weight=weight)
            self.assertEqual(model.labels.tolist(), peer.labels_.tolist())
            self.assertEqual(model.figures["iterations"], peer.n_iter_)
            self.assertAlmostEqual(model.figures["inertia"] / peer.inertia_, 1, delta=1e-9)

    def test_lattices_with_many_ties(self):
        counts = {"taken": 0, "fewer": 0}
        for seed in range(6):
            random = numpy.random.default_rng(seed)
            rows = random.integers(0, 2 + seed % 4, size=(30, 1 + seed % 3)) * 0.1
            rows = rows.astype("float32")
            start = rows[random.integers(0, 30, size=9)].astype("float64")
            start[::3] += 100.0
            weight = random.integers(0, 3, size=30).tolist() if seed % 2 else None
            with self.subTest(seed=seed):
                model, taken, _ = self.fits(rows, start.astype("float32"), weight=weight,
                                            max_iter=(300, 2, 300)[seed % 3])
            counts["taken"] += sum(map(len, taken))
            counts["fewer"] += model.figures["k"] < 9
        self.assertGreater(counts["taken"], 10)
        self.assertGreater(counts["fewer"], 1)
        self.assertLess(counts["fewer"], 6)


class DistinctRows(Hard):
    def test_all_rows_equal(self):
        write_dataset(self.data, features=[[3, 0.1]] * 7)
        for scale in SCALES:
            model, told = self.segment("--k", 3, "--scale", scale,
                                       ranks=RANKS if scale in ("zscore", "none") else (1,))
            self.assertEqual(told.count("patron: warning: 1 segments instead of 3"), 1)
            self.assertEqual((model.figures["k"], model.figures["k_requested"]), (1, 3))
            self.assertEqual(model.centroids.tolist(), [[3, float(numpy.float32(0.1))]])
            self.assertEqual((model.labels.tolist(), model.size.tolist()), ([0] * 7, [7]))
            self.assertEqual((model.figures["inertia"], model.figures["converged"]), (0, 1))

    def test_given_start_keeps_its_order(self):
        start = [[9.0], [4.0], [9.0], [1.0]]
        model, _, _ = self.fits([[1], [9], [1], [1], [9]], start)
        self.assertEqual(model.centroids.tolist(), [[9], [1]])
        # scikit-learn also finds two, but keeps the rest empty
        peer = scikit_learn([[1], [9], [1], [1], [9]], start)
        self.assertEqual(len(set(peer.labels_)), 2)

    def test_what_counts_is_positive_weight(self):
        model, _, told = self.fits([[1], [2], [3], [4], [5]], [[1.0], [2.0], [3.0], [5.0]],
                                   weight=[0, 1, 0, 2, 0])
        self.assertEqual(model.centroids.tolist(), [[2], [4]])
        self.assertEqual(model.labels.tolist(), [0, 0, 0, 1, 1])
        self.assertEqual(told.count("no more distinct rows of positive weight"), 1)

    def test_what_counts_is_the_clustered_value(self):
        """Beside 1e30, 0 and 1 are the same after the shift by the mean."""
        write_dataset(self.data, features=[[0], [1], [1e30], [0]])
        model, told = self.segment("--k", 3)
        self.assertIn("2 segments instead of 3", told)
        self.assertEqual(sorted(model.size), [1, 3])
        model, told = self.segment("--k", 3, "--scale", "none")
        self.assertEqual((sorted(model.size), told), ([1, 1, 2], ""))

    def test_as_many_as_rows_and_fewer_than_ranks(self):
        model, _, told = self.fits([[4, 1], [2, 2]], [[2.0, 2.0], [4.0, 1.0]])
        self.assertEqual((model.labels.tolist(), told), ([1, 0], ""))

    def test_one_segment_of_weighted_rows(self):
        model, _, _ = self.fits([[1], [2], [7]], [[-50.0]], weight=[3, 0, 1])
        self.assertEqual((model.centroids[0, 0], model.weight_sum[0]), (2.5, 4))

    def test_a_start_of_more_than_rows(self):
        init = write_with_start(self.data, [[1], [2]], [[1.0], [2.0], [9.0]])
        self.refuses("--init", init, "--max-iter", 0, says=("3", "rows, 2"))


class NoIteration(Hard):
    def test_labels_of_a_start_that_has_empty_segments(self):
        rows, start = [[0, 0], [1, 0], [8, 8], [1, 0]], [[9, 9], [1, 0], [1, 0], [-80, 0]]
        for weight in (None, [1, 2, 0, 3]):
            model, _, told = self.fits(rows, start, weight=weight, max_iter=0)
            self.assertEqual(model.labels.tolist(), [1, 1, 0, 1])  # never the twin
            self.assertEqual(model.centroids.tolist(), start)
            self.assertEqual(model.size.tolist(), [1, 3, 0, 0])
            self.assertEqual((told, model.figures["iterations"]), ("", 0))

    def test_a_scaled_start(self):
        rows = points("s2")[0][::25]
        start = numpy.vstack([spread_rows(rows, 5), [[9e6, 9e6]]])
        init = write_with_start(self.data, rows, start)
        for scale in ("zscore", "robust"):
            model, _ = self.segment("--init", init, "--max-iter", 0, "--scale", scale)
            exact, first = clustered(rows, model.transform), clustered(start, model.transform)
            weight = numpy.ones(len(rows))
            self.assert_is(model, fit(exact, first, weight, 0), weight)
            self.assertEqual(model.size[5], 0)
            numpy.testing.assert_allclose(model.centroids, start, rtol=1e-6)


class Tolerance(Hard):
    def agrees(self, rows, start, weight=None):
        """Labels and iterations are scikit-learn's; the numbers of iterations."""
        init = write_with_start(self.data, rows, start, weight=weight)
        lengths = []
        for tolerance in (1e-2, 1e-4, 0):
            with self.subTest(tolerance=tolerance):
                model, _ = self.segment("--init", init, "--scale", "none", "--tol", tolerance)
                peer = scikit_learn(rows, start, tolerance, weight)
                self.assertEqual(model.figures["iterations"], peer.n_iter_)
                self.assertEqual(model.figures["converged"], 1)
                numpy.testing.assert_array_equal(model.labels, peer.labels_)
                self.assertAlmostEqual(model.figures["inertia"] / peer.inertia_, 1, delta=1e-9)
                lengths.append(peer.n_iter_)
        return lengths

    def test_scikit_learn(self):
        rows = points("s3")[0]
        lengths = self.agrees(rows, rows[:15])
        self.assertEqual(lengths, sorted(set(lengths)))

    def test_scikit_learn_with_weights(self):
        """The variance is that of the rows, whatever they weigh."""
        random = numpy.random.default_rng(8)
        rows = (random.normal(size=(900, 5)) * [1, 2, 3, 4, 40]).astype("float32")
        weight = random.integers(0, 5, size=900).astype("float32")
        weight[numpy.abs(rows[:, 4]) > 40] = 0
        lengths = self.agrees(rows, rows[weight > 0][:7], weight)
        self.assertEqual(lengths, sorted(set(lengths)))

    def test_a_shift_of_the_threshold_itself_has_converged(self):
        """Variance 1; the first shift is 1/4."""
        for tolerance, iterations in ((0.25, 1), (0.2499, 2)):
            model, _, _ = self.fits([[0], [2]], [[0.5]], tolerance=tolerance)
            self.assertEqual(model.figures["iterations"], iterations)

    def test_rows_left_out_do_not_count(self):
        random = numpy.random.default_rng(10)
        rows = random.normal(size=(200, 2)).astype("float32")
        holed = numpy.insert(rows, [0, 90, 200], [[numpy.nan, 1e9], [-1e9, numpy.nan], [1e9] * 2],
                             axis=0).astype("float32")
        holed[-1, 0] = numpy.nan
        init = write_with_start(self.data, holed, rows[:4])
        model, _ = self.segment("--init", init, "--scale", "none", "--tol", 0.02, "--missing",
                                "drop")
        peer = scikit_learn(rows, rows[:4], 0.02)
        self.assertGreater(peer.n_iter_, 2)
        self.assertEqual(model.figures["iterations"], peer.n_iter_)
        self.assertEqual(model.labels[model.labels >= 0].tolist(), peer.labels_.tolist())


if __name__ == "__main__":
    unittest.main()
