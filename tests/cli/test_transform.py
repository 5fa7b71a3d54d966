# SPDX-License-Identifier: Apache-2.0
"""What is done to values before they are clustered: scales, log1p and missing values, against
NumPy and scikit-learn, and back to the data's own units."""
import math
import unittest

import numpy
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from customers import Model, spread_rows, wholesale, write_with_start
from patron_test import PatronTest
from plain_kmeans import clustered, zscore

SCALES = ("zscore", "none", "minmax", "robust")
CLOSE = 1e-14


def skewed(missing=0.0):
    """401 rows of five columns: skewed, constant, integers, tiny, far from 0; some missing."""
    random = numpy.random.default_rng(11)
    rows = numpy.stack([random.lognormal(2, 2, 401), numpy.full(401, 3.25),
                        random.integers(-5, 5, 401), random.normal(0, 1e-12, 401),
                        random.normal(1e6, 1, 401)], axis=1).astype("float32")
    rows[random.random(rows.shape) < missing] = numpy.nan
    return rows


class Transforms(PatronTest):
    names = ("skewed", "constant", "integers", "tiny", "far")

    def segment(self, rows, start, *options, **run):
        path = self.folder / "model.h5"
        init = write_with_start(self.folder / "data.h5", rows, start, names=self.names)
        self.done("segment", self.folder / "data.h5", "-o", path, "--force", "--k", len(start),
                  "--init", init, "--max-iter", 0, *options, **run)
        self.done("verify", path)
        return Model(path)

    def assert_close(self, found, expected, what, tolerance=CLOSE):
        numpy.testing.assert_allclose(found, expected, rtol=tolerance, atol=0, err_msg=what)


def fitted(scale, rows):
    """(offset, scale) that scikit-learn finds; a constant column is shifted to 0 by its value."""
    rows = rows.astype("float64")
    if scale == "zscore":
        peer = StandardScaler().fit(rows)
        return peer.mean_, peer.scale_
    if scale == "minmax":
        peer = MinMaxScaler().fit(rows)
        return peer.data_min_, numpy.where(peer.data_range_ == 0, 1, peer.data_range_)
    if scale == "robust":
        peer = RobustScaler().fit(rows)
        return peer.center_, peer.scale_
    return numpy.zeros(rows.shape[1]), numpy.ones(rows.shape[1])


class Scales(Transforms):
    def test_offset_and_scale(self):
        rows = skewed()
        for scale in SCALES:
            for ranks in (1, 3):
                model = self.segment(rows, rows[:5], "--scale", scale, ranks=ranks)
                offset, width = fitted(scale, rows)
                self.assert_close(model.transform["offset"], offset, scale, 1e-12)
                self.assert_close(model.transform["scale"], width, scale, 1e-12)
                self.assertEqual(model.transform["log1p"].tolist(), [0] * 5)
                self.assertTrue(numpy.isnan(model.transform["fill"]).sum() in (0, 5))
                self.assertEqual(model.transform_names, list(self.names))

    def test_exact_by_definition(self):
        rows = skewed()
        model = self.segment(rows, rows[:5])
        expected = zscore(rows)
        for column in (0, 2, 3, 4):
            for name in ("offset", "scale"):
                self.assertEqual(model.transform[name][column], expected[name][column])
        model = self.segment(rows, rows[:5], "--scale", "minmax")
        self.assertEqual(model.transform["offset"].tolist(), rows.min(axis=0).tolist())
        width = rows.max(axis=0).astype("float64") - rows.min(axis=0)
        self.assertEqual(model.transform["scale"].tolist(), [*width[:1], 1.0, *width[2:]])

    def test_constant_column(self):
        for scale in ("zscore", "minmax", "robust"):
            model = self.segment(skewed(), skewed()[:5], "--scale", scale)
            self.assertEqual(model.transform["offset"][1], 3.25)
            self.assertEqual(model.transform["scale"][1], 1)
            self.assertEqual(model.centroids_scaled[:, 1].tolist(), [0.0] * 5)

    def test_no_spread_but_not_constant(self):
        rows = numpy.array([[0], [0], [0], [0], [0], [8]], dtype="float32")
        self.names = ("x",)
        model = self.segment(rows, rows[:1], "--scale", "robust")
        self.assertEqual(model.transform["offset"].tolist(), [0])
        self.assertEqual(model.transform["scale"].tolist(), [1])

    def test_clustered_value(self):
        """A start is transformed as rows are: with every row as a start, those are the values."""
        rows = skewed()[:100]
        for scale in SCALES:
            model = self.segment(rows, rows, "--scale", scale)
            numpy.testing.assert_array_equal(model.centroids_scaled,
                                             clustered(rows, model.transform), scale)
            offset, width = fitted(scale, rows)
            numpy.testing.assert_allclose(model.centroids_scaled, (rows - offset) / width,
                                          rtol=1e-6, atol=1e-6)
            self.assertEqual(model.labels.tolist(), list(range(100)))
            self.assertEqual(model.figures["inertia"], 0)

    def test_back_to_own_units(self):
        rows = skewed()
        for scale in SCALES:
            model = self.segment(rows, spread_rows(rows, 9), "--scale", scale)
            transform = model.transform
            expected = model.centroids_scaled * transform["scale"] + transform["offset"]
            self.assertEqual(model.centroids.tobytes(), expected.tobytes())
            self.assertEqual(model.names, list(self.names))


class Logarithms(Transforms):
    def test_chosen_columns(self):
        rows = wholesale()
        self.names = ("fresh", "milk", "grocery", "frozen", "paper", "delicatessen")
        for scale in SCALES:
            model = self.segment(rows, rows[:20], "--log1p", "milk,paper", "--scale", scale)
            self.assertEqual(model.transform["log1p"].tolist(), [0, 1, 0, 0, 1, 0])
            plain = rows.astype("float64")
            plain[:, [1, 4]] = numpy.log1p(plain[:, [1, 4]])
            offset, width = fitted(scale, plain)
            self.assert_close(model.transform["offset"], offset, scale, 1e-12)
            self.assert_close(model.transform["scale"], width, scale, 1e-12)
            self.assert_close(model.centroids, rows[:20], scale, 1e-5)
            # one rounding to float32, and a logarithm that may differ in its last bit
            expected = clustered(rows[:20], model.transform)
            numpy.testing.assert_allclose(model.centroids_scaled, expected, rtol=2e-7, atol=0)
            back = model.centroids_scaled * model.transform["scale"] + model.transform["offset"]
            back[:, [1, 4]] = numpy.expm1(back[:, [1, 4]])
            self.assert_close(model.centroids, back, scale)

    def test_all_sizes(self):
        random = numpy.random.default_rng(12)
        rows = numpy.exp(random.uniform(-80, 80, (500, 1))).astype("float32")
        rows[::2] = -(1 - numpy.exp(random.uniform(-15, 0, (250, 1)))).astype("float32")
        rows = rows[(rows[:, 0] > -1)]
        self.names = ("x",)
        model = self.segment(rows, rows, "--log1p", "x", "--scale", "none")
        exact = numpy.log1p(rows.astype("float64"))
        numpy.testing.assert_array_max_ulp(model.centroids_scaled.astype("float32"),
                                           exact.astype("float32"), 1)
        numpy.testing.assert_allclose(model.centroids, numpy.expm1(model.centroids_scaled),
                                      rtol=CLOSE, atol=0)

    def test_refused(self):
        rows = skewed()
        init = write_with_start(self.folder / "data.h5", rows, rows[:5], names=self.names)
        for column, says in (("integers", ("'integers'", "log1p")), ("none", ("'none'",))):
            self.fails(65, "segment", self.folder / "data.h5", "-o", self.folder / "m.h5", "--init",
                       init, "--k", 5, "--log1p", column, says=says)


class Missing(Transforms):
    def test_error(self):
        rows = skewed()
        rows[7, 2] = rows[9, 1] = numpy.nan
        init = write_with_start(self.folder / "data.h5", rows, rows[:5], names=self.names)
        for ranks in (1, 2):
            self.fails(65, "segment", self.folder / "data.h5", "-o", self.folder / "m.h5", "--init",
                       init, "--k", 5, "--missing", "error", ranks=ranks,
                       says=("row 7", "'integers'"))

    def test_filled(self):
        rows = skewed(0.1)
        start = spread_rows(skewed(), 6)
        for missing in ("mean", "median"):
            fill = SimpleImputer(strategy=missing).fit(rows.astype("float64")).statistics_
            for scale in SCALES:
                model = self.segment(rows, start, "--missing", missing, "--scale", scale, ranks=2)
                self.assert_close(model.transform["fill"], fill, missing)
                filled = numpy.where(numpy.isnan(rows), fill, rows.astype("float64"))
                offset, width = fitted(scale, filled)
                self.assert_close(model.transform["offset"], offset, scale, 1e-12)
                self.assert_close(model.transform["scale"], width, scale, 1e-12)
                self.assertEqual(model.figures["n_dropped"], 0)

    def test_fill_by_definition(self):
        rows = skewed(0.1)
        present = [column[~numpy.isnan(column)].astype("float64") for column in rows.T]
        for missing, expected in (("mean", [math.fsum(one) / len(one) for one in present]),
                                  ("median", [numpy.median(one) for one in present])):
            model = self.segment(rows, skewed()[:1], "--missing", missing, ranks=3)
            self.assertEqual(model.transform["fill"].tolist(), expected)

    def test_filled_values_are_clustered(self):
        """One segment's centroid is the exact mean of the clustered values."""
        rows = skewed(0.2)
        write_with_start(self.folder / "data.h5", rows, skewed()[:1], names=self.names)
        for missing in ("mean", "median"):
            self.done("segment", self.folder / "data.h5", "-o", self.folder / "model.h5", "--k", 1,
                      "--missing", missing, "--force")
            model = Model(self.folder / "model.h5")
            exact = clustered(rows, model.transform)
            means = [math.fsum(column) / len(rows) for column in exact.T]
            self.assertEqual(model.centroids_scaled.tolist(), [means])

    def test_logarithm_after_fill(self):
        rows = numpy.array([[0], [2], [numpy.nan], [100]], dtype="float32")
        self.names = ("x",)
        model = self.segment(rows, rows[1:2], "--log1p", "x", "--missing", "mean", "--scale",
                             "minmax")
        self.assertEqual(model.transform["fill"].tolist(), [34.0])
        self.assert_close(model.transform["scale"], [math.log1p(100)], "range")
        model = self.segment(rows, rows[1:2], "--log1p", "x", "--missing", "mean")
        values = numpy.log1p([0.0, 2, 34, 100])
        self.assert_close(model.transform["offset"], [values.mean()], "mean")
        self.assert_close(model.transform["scale"], [values.std()], "deviation")

    def test_dropped(self):
        rows = skewed(0.1)
        there = ~numpy.isnan(rows).any(axis=1)
        kept, start = rows[there], spread_rows(skewed(), 6)
        for ranks in (1, 4):
            whole = self.segment(kept, start, "--max-iter", 50)
            model = self.segment(rows, start, "--missing", "drop", "--max-iter", 50, ranks=ranks)
            self.assertEqual((model.labels == -1).tolist(), (~there).tolist())
            numpy.testing.assert_array_equal(model.labels[there], whole.labels)
            self.assertEqual(model.centroids_scaled.tobytes(), whole.centroids_scaled.tobytes())
            self.assertEqual(model.figures["n_dropped"], (~there).sum())
            self.assertEqual(model.figures["n_rows"], len(rows))
            self.assertEqual(model.size.sum(), len(kept))
            for name in ("offset", "scale"):
                self.assertEqual(model.transform[name].tobytes(), whole.transform[name].tobytes())

    def test_median_by_default_with_a_warning(self):
        rows = skewed()
        rows[3, 0] = numpy.nan
        write_with_start(self.folder / "data.h5", rows, rows[:1], names=self.names)
        process = self.done("segment", self.folder / "data.h5", "-o", self.folder / "m.h5", ranks=2)
        self.assertEqual(process.stderr.count("patron: warning: 1 missing values"), 1)
        self.assertIn("median", process.stderr)
        fill = Model(self.folder / "m.h5").transform["fill"]
        self.assertEqual(fill[0], numpy.nanmedian(rows[:, 0].astype("float64")))

    def test_a_column_without_any_value(self):
        rows = skewed()
        rows[:, 3] = numpy.nan
        write_with_start(self.folder / "data.h5", rows, skewed()[:1], names=self.names)
        for missing in ("mean", "median", "drop"):
            self.fails(65, "segment", self.folder / "data.h5", "-o", self.folder / "m.h5",
                       "--missing", missing)


if __name__ == "__main__":
    unittest.main()
