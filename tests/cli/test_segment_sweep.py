# SPDX-License-Identifier: Apache-2.0
"""`segment --k-range`: figures of every k against scikit-learn and plain NumPy, the choice, what is
refused, and the same bits on any ranks, threads and parts."""
import json
import math
import unittest

import h5py
import numpy
from sklearn.metrics import (adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score,
                             silhouette_samples, silhouette_score)

import plain_sweep
from customers import Model, table_of
from patron_test import PatronTest, digest, write_dataset

SEED = 3
RULES = ("combined", "elbow", "silhouette", "pair-silhouette", "calinski-harabasz", "davies-bouldin", "bic",
         "gap", "stability")


def mixture(columns=2, rows=1200, clusters=5, spread=0.35, seed=1):
    """Gaussians about points of a grid, of unequal sizes."""
    random = numpy.random.default_rng(seed)
    share = numpy.arange(clusters, 2 * clusters, dtype="float64")
    label = random.choice(clusters, size=rows, p=share / share.sum())
    centre = numpy.stack([numpy.arange(clusters) * 3.0 % (5.0 + j) for j in range(columns)], axis=1)
    return (centre[label] + random.normal(size=(rows, columns)) * spread).astype("float32")


class Sweep(PatronTest):
    def setUp(self):
        super().setUp()
        self.data, self.path = self.folder / "data.h5", self.folder / "model.h5"

    def segment(self, *options, data=None, path=None, **how):
        how.setdefault("threads", 1)
        return self.done("segment", data or self.data, "-o", path or self.path, "--force",
                         "--seed", SEED, *options, **how)

    def sweep(self, *options, **how):
        """The table and its attributes."""
        self.segment(*options, **how)
        self.done("verify", self.path)
        with h5py.File(self.path) as file:
            return file["sweep"][:], dict(file["sweep"].attrs), file["sweep_jaccard"][:]

    def fit(self, rows, k, *options):
        """A fit of rows as they are."""
        write_dataset(self.folder / "part.h5", rows)
        self.segment("--k", k, "--scale", "none", *options, data=self.folder / "part.h5",
                     path=self.folder / "part_model.h5")
        return Model(self.folder / "part_model.h5")


class Figures(Sweep):
    def test_indices(self):
        rows = mixture(columns=3)
        weight = numpy.random.default_rng(2).integers(1, 4, len(rows)).astype("float32")
        for weighs in (None, weight):
            write_dataset(self.data, rows, weight=weighs)
            table, _, _ = self.sweep("--k-range", "2..7", "--scale", "none", "--tol", 0)
            self.assertEqual(table["k"].tolist(), list(range(2, 8)))
            for row in table:
                self.segment("--k", row["k"], "--scale", "none", "--tol", 0,
                             path=self.folder / "one.h5")
                self.check_row(row, Model(self.folder / "one.h5"), rows, weighs)

    def check_row(self, row, model, rows, weight):
        self.assertEqual(row["inertia"], model.figures["inertia"])
        self.assertEqual(row["iterations"], model.figures["iterations"])
        centroids, labels = model.centroids_scaled, model.labels
        silhouette = plain_sweep.silhouettes(rows, centroids)
        self.assertAlmostEqual(row["silhouette"], numpy.average(silhouette, weights=weight), 11)
        self.assertEqual((row["silhouette_error"], row["pair_silhouette_error"]), (0, 0))
        self.assertAlmostEqual(row["pair_silhouette"],
                               silhouette_score(rows.astype("float64"), labels), 12)
        self.assertAlmostEqual(row["bic"], plain_sweep.description(rows, centroids, weight), 8)
        if weight is None:
            exact = rows.astype("float64")
            ch, db = (score(exact, labels)
                      for score in (calinski_harabasz_score, davies_bouldin_score))
            self.assertAlmostEqual(row["calinski_harabasz"] / ch, 1, 9)
            self.assertAlmostEqual(row["davies_bouldin"], db, 9)

    def test_gap(self):
        """The same draws by plain Philox, fitted by the job itself."""
        rows, draws = mixture(columns=1, rows=400), 3
        rows[7] = 60  # a segment of its own, too small to count as a cluster
        write_dataset(self.data, rows)
        table, attributes, _ = self.sweep("--k-range", "1..5", "--scale", "none", "--tol", 0,
                                          "--gap-draws", draws)
        drawn = [plain_sweep.reference_column(rows[:, 0], SEED, b)[:, None] for b in range(draws)]
        most = own = bare = 0
        for row in table:
            fits = [self.fit(values, row["k"], "--oversampling", 1, "--rounds", 3, "--tol", 0) for values in drawn]
            logs = [math.log(fit.figures["inertia"] / len(rows)) for fit in fits]
            error = numpy.std(logs) * math.sqrt(1 + 1 / draws)
            gap = numpy.mean(logs) - math.log(row["inertia"] / len(rows))
            self.assertAlmostEqual(row["gap"], gap, 9)
            self.assertAlmostEqual(row["gap_error"], error, 9)
            most = max(most, *(plain_sweep.gain(values, fit.centroids_scaled) for values, fit in zip(drawn, fits)))
            found = self.fit(rows, row["k"], "--tol", 0).centroids_scaled
            own = max(own, plain_sweep.gain(rows, found))
            bare = max(bare, plain_sweep.description(rows, found) - table["bic"][0])
        self.assertAlmostEqual(attributes["gain_needed"], most + 0.02, 8)
        self.assertAlmostEqual(attributes["gain"], own, 8)
        self.assertGreater(abs(own - bare), 0.01)

    def test_gap_along_axes(self):
        """Other draws, in the box along the axes that NumPy finds, lead to about the same gap."""
        rows = mixture(rows=600) @ numpy.array([[2, 1.7], [0.1, 0.4]], dtype="float32")
        write_dataset(self.data, rows)
        table, _, _ = self.sweep("--k-range", "5..5", "--scale", "none", "--gap-draws", 20)
        mean = rows.mean(axis=0)
        axes = numpy.linalg.svd(rows - mean, full_matrices=False)[2]
        box = (rows - mean) @ axes.T
        random, logs = numpy.random.default_rng(8), []
        for _ in range(6):
            drawn = random.uniform(box.min(axis=0), box.max(axis=0), size=box.shape) @ axes + mean
            logs.append(math.log(self.fit(drawn.astype("float32"), 5).figures["inertia"] / 600))
        gap = numpy.mean(logs) - math.log(table["inertia"][0] / 600)
        self.assertLess(abs(table["gap"][0] - gap), 5 * table["gap_error"][0])

    def test_stability(self):
        """The same halves by plain Philox, fitted by the job itself."""
        rows, pairs = mixture(rows=401, spread=0.8), 2
        write_dataset(self.data, rows)
        table, _, jaccard = self.sweep("--k-range", "4..6", "--scale", "none", "--stability-pairs",
                                       pairs)
        for row, found in zip(table, jaccard):
            own = self.fit(rows, row["k"])
            rand, overlaps = [], numpy.zeros(row["k"])
            for pair in range(pairs):
                fits = [self.fit(plain_sweep.half(rows, SEED, pair, which), row["k"],
                                 "--oversampling", 1, "--rounds", 3) for which in (0, 1)]
                labels = [plain_sweep.distances(rows, fit.centroids_scaled).argmin(axis=1)
                          for fit in fits]
                rand.append(adjusted_rand_score(*labels))
                overlaps += [sum(plain_sweep.jaccard(own.labels, label, c) for label in labels)
                             for c in range(row["k"])]
            overlaps /= 2 * pairs
            self.assertAlmostEqual(row["adjusted_rand"], numpy.mean(rand), 11)
            numpy.testing.assert_allclose(found[:row["k"]], overlaps, rtol=1e-12)
            self.assertTrue(numpy.isnan(found[row["k"]:]).all())
            self.assertAlmostEqual(row["jaccard"], overlaps.mean(), 11)
            self.assertAlmostEqual(row["jaccard_least"], overlaps.min(), 11)

    def test_sampled(self):
        """Above 131,072 rows silhouettes are those of a sample, bic those of a smaller one."""
        most, few = 131072, 4096
        rows = mixture(rows=140000, clusters=3)
        write_dataset(self.data, rows)
        table, attributes, _ = self.sweep("--k-range", "3..3", "--scale", "none")
        judged = rows[plain_sweep.sampled_numbers(len(rows), most, SEED, 0)]
        self.assertEqual((attributes["judged_rows"], attributes["resampled_rows"]), (most, few))
        model = Model(self.path)
        silhouette = plain_sweep.silhouettes(judged, model.centroids_scaled)
        self.assertAlmostEqual(table["silhouette"][0], silhouette.mean(), 10)
        self.assertAlmostEqual(table["silhouette_error"][0],
                               silhouette.std() / math.sqrt(most), 10)
        resampled = judged[plain_sweep.sampled_numbers(most, few, SEED, 1)]
        self.assertAlmostEqual(table["bic"][0],
                               plain_sweep.description(resampled, model.centroids_scaled), 8)


    def test_silhouette_rows(self):
        """The same of a sample, by the rows' numbers; and what --validate tells of the same fit."""
        rows, few = mixture(rows=900), 300
        write_dataset(self.data, rows)
        table, attributes, _ = self.sweep("--k-range", "1..6", "--scale", "none", "--validate",
                                          "--silhouette-rows", few, "--stability-pairs", 1)
        paired = rows[plain_sweep.sampled_numbers(len(rows), few, SEED, 2)].astype("float64")
        self.assertEqual(attributes["paired_rows"], few)
        self.assertTrue(math.isnan(table["pair_silhouette"][0]))
        for row in table[1:]:
            model = self.fit(rows, row["k"])
            labels = plain_sweep.distances(paired, model.centroids_scaled).argmin(axis=1)
            expected = silhouette_samples(paired, labels)
            self.assertAlmostEqual(row["pair_silhouette"], expected.mean(), 12)
            self.assertAlmostEqual(row["pair_silhouette_error"], expected.std() / math.sqrt(few), 12)
        chosen = table[table["k"] == attributes["chosen_k"]][0]
        with h5py.File(self.path) as file:
            self.assertEqual(file["validation"].attrs["pair_silhouette"], chosen["pair_silhouette"])
            self.assertEqual(file["validation"].attrs["paired_rows"], few)


def chosen_by(rule, table):
    """The rules once more, from the table."""
    table = table[table["segments"] == table["k"]]
    if rule == "elbow":
        height = (table["inertia"][0] - table["inertia"]) / \
            (table["inertia"][0] - table["inertia"][-1])
        width = (table["k"] - table["k"][0]) / (table["k"][-1] - table["k"][0])
        return table["k"][numpy.argmax(height - width)]
    if rule == "gap":
        least = table["gap"][1:] - table["gap_error"][1:]
        within = table["gap"][:-1] >= least
        return table["k"][numpy.argmax(within)]
    if rule == "stability":
        return table["k"][table["jaccard"] >= 0.85].max()
    score = {"combined": table["silhouette"] + table["bic"], "silhouette": table["silhouette"],
             "pair-silhouette": table["pair_silhouette"],
             "calinski-harabasz": table["calinski_harabasz"],
             "davies-bouldin": -table["davies_bouldin"], "bic": table["bic"]}[rule]
    return table["k"][numpy.argmax(score)]


class Choice(Sweep):
    def test_rules(self):
        write_dataset(self.data, mixture(spread=0.7))
        for rule in RULES:
            with self.subTest(rule=rule):
                table, attributes, _ = self.sweep("--k-range", "2..8", "--k-rule", rule, "--gap-draws", 4)
                expected = chosen_by(rule, table)
                self.assertEqual(attributes["chosen_k"], expected)
                self.assertEqual(attributes["rule"], rule.encode())
                self.assertTrue(attributes["reason"].decode().startswith(f"k = {expected} "))
                self.assertEqual(Model(self.path).figures["k"], expected)

    def test_model_is_that_of_the_chosen_k(self):
        """/segments and /transform are what --k alone gives."""
        rows = mixture()
        rows[7, 0] = numpy.nan
        write_dataset(self.data, rows)
        summary = json.loads(self.segment("--k-range", "2..9", "--missing", "drop", "--n-init", 2,
                                          "--json").stdout)
        self.segment("--k", summary["k"], "--missing", "drop", "--n-init", 2,
                     path=self.folder / "one.h5")
        with h5py.File(self.path) as swept, h5py.File(self.folder / "one.h5") as single:
            for name in ("centroids", "labels", "size", "inertia", "history"):
                numpy.testing.assert_array_equal(swept["segments"][name][:],
                                                 single["segments"][name][:])
            self.assertEqual(summary["sweep"]["chosen_k"], summary["k"])
            self.assertGreater(summary["seconds"]["fit"], 0)
            self.assertGreater(summary["seconds"]["indices"], 0)
            self.assertGreater(swept["run"].attrs["seconds_indices"], 0)
            self.assertEqual([row["bic"] for row in summary["sweep"]["rows"]],
                             swept["sweep"]["bic"].tolist())
            self.assertEqual(summary["sweep"]["reason"],
                             swept["sweep"].attrs["reason"].decode())

    def test_points(self):
        for name, k, range_ in (("s4", 15, "12..18"), ("a1", 20, "17..22")):
            write_dataset(self.data, table_of(name))
            table, attributes, _ = self.sweep("--k-range", range_)
            self.assertEqual(attributes["chosen_k"], k)
            self.assertEqual(attributes["has_clusters"], 1)
            self.assertEqual(table["adjusted_rand"].argmax() + table["k"][0], k)

    def test_text(self):
        write_dataset(self.data, mixture(spread=0.2))
        lines = self.segment("--k-range", "2..8", env={"LC_ALL": "C.UTF-8"}).stdout.splitlines()
        marked = [line for line in lines if line.startswith("->")]
        self.assertEqual([line.split()[1] for line in marked], ["5"])
        self.assertIn("\u2588" * 8, marked[0])
        self.assertTrue(any(line.startswith("k = 5 has the greatest sum") for line in lines))

    def test_no_clusters(self):
        random = numpy.random.default_rng(4)
        for name, rows in (("gaussian", random.normal(size=(2000, 4)) @ random.normal(size=(4, 4))),
                           ("uniform", random.uniform(size=(2000, 2))),
                           ("heavy tails", numpy.random.default_rng(60110).standard_t(3, size=(5000, 2)))):
            with self.subTest(data=name):
                write_dataset(self.data, rows.astype("float32"))
                process = self.segment("--k-range", "2..8")
                self.assertIn("no clusters found", process.stdout)
                self.assertIn("warning: no clusters found", process.stderr)
                table, attributes, _ = self.sweep("--k-range", "1..8")
                self.assertEqual((attributes["chosen_k"], attributes["has_clusters"]), (1, 0))
                self.assertTrue(numpy.isnan(table["silhouette"][0]))
                self.assertEqual(Model(self.path).figures["k"], 1)

    def test_fewer_distinct_rows(self):
        rows = numpy.repeat(numpy.array([[0, 0], [0, 9], [9, 0], [7, 7]], dtype="float32"), 30, 0)
        write_dataset(self.data, rows)
        table, attributes, _ = self.sweep("--k-range", "2..8")
        self.assertEqual(table["segments"].tolist(), [2, 3, 4, 4, 4, 4, 4])
        self.assertEqual(attributes["chosen_k"], 4)
        for rule in RULES:
            self.segment("--k-range", "2..8", "--k-rule", rule)
        table, attributes, _ = self.sweep("--k-range", "6..7")
        self.assertEqual((attributes["chosen_k"], table["segments"].tolist()), (6, [4, 4]))

    def test_tiny(self):
        """Fewer rows than stability or gap can do with."""
        write_dataset(self.data, numpy.arange(5, dtype="float32")[:, None] ** 2)
        table, _, _ = self.sweep("--k-range", "1..5")
        self.assertEqual(numpy.isnan(table["jaccard"]).tolist(), [False] * 2 + [True] * 3)
        self.assertEqual(table["inertia"][4], 0)


class Refused(Sweep):
    def test_usage(self):
        write_dataset(self.data, mixture(rows=50))
        for options in (["--k-range", "0..4"], ["--k-range", "5..4"], ["--k-range", "3"],
                        ["--k-range", "2-5"], ["--k-range", "2..5x"], ["--k-range", "..5"],
                        ["--k-range", "2.."], ["--k-range", "2..99999999999"],
                        ["--k-range", "2..5", "--k", "4"], ["--k-rule", "gap"],
                        ["--k-range", "2..5", "--k-rule", "best"],
                        ["--k-range", "2..5", "--gap-draws", "0"], ["--gap-draws", "4"],
                        ["--silhouette-rows", "9"],
                        ["--k-range", "2..5", "--silhouette-rows", "131073"],
                        ["--k-range", "2..5", "--init", f"{self.data}:/start"]):
            with self.subTest(options=options):
                self.fails(64, "segment", self.data, "-o", self.path, *options)
        self.fails(65, "segment", self.data, "-o", self.path, "--k-range", "2..51")
        self.assertFalse(self.path.exists())

    def test_damaged(self):
        write_dataset(self.data, mixture(rows=80))
        self.segment("--k-range", "2..4")
        with h5py.File(self.path, "r+") as file:
            file["sweep"].attrs["chosen_k"] = numpy.uint64(99)
        self.fails(65, "verify", self.path)


class Identity(Sweep):
    def test_ranks_threads_parts(self):
        rows = mixture(columns=5, rows=6000, spread=1.0)
        rows[::1000, 2] = numpy.nan
        weight = numpy.random.default_rng(2).integers(0, 3, len(rows)).astype("float32")
        found = set()
        for parts, ranks, threads, more in ((1, 1, 1, ()), (3, 2, 2, ()), (1, 3, 1, ()),
                                            (2, 4, 1, ())):
            data = self.folder / f"shop{len(found)}.{ranks}"
            write_dataset(data, rows, weight=weight, parts=parts)
            self.segment("--k-range", "2..5", "--missing", "drop", *more, data=data, ranks=ranks,
                         threads=threads)
            found.add(digest(self.path))
            self.assertEqual(self.done("verify", "--digest", self.path).stdout.strip(),
                             digest(self.path))
        self.assertEqual(len(found), 1)


if __name__ == "__main__":
    unittest.main()
