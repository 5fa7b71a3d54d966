# SPDX-License-Identifier: Apache-2.0
"""Options of `segment`: starts, restarts, columns, weights, counts of segments; what it tells."""
import json
import math
import unittest

import h5py
import numpy

from customers import Model, points, spread_rows, wholesale, write_with_start
from patron_test import PATRON, PatronTest, run, write_dataset
from plain_kmeans import nearest
from plain_profile import withheld_groups

INITS = ("k-means||", "k-means++", "random")


class Segments(PatronTest):
    def setUp(self):
        super().setUp()
        self.data, self.path = self.folder / "data.h5", self.folder / "model.h5"

    def segment(self, *options, **run_options):
        self.done("segment", self.data, "-o", self.path, "--force", *options, **run_options)
        self.done("verify", self.path)
        return Model(self.path)

    def assert_consistent(self, model, rows):
        """Labels, sizes and inertias are those of the model's own centroids."""
        exact = rows.astype("float64")
        label, least = nearest(exact, model.centroids_scaled)
        numpy.testing.assert_array_equal(model.labels, label)
        own = [label == index for index in range(model.figures["k"])]
        self.assertEqual(model.size.tolist(), [mask.sum() for mask in own])
        self.assertEqual(model.inertia.tolist(), [math.fsum(least[mask]) for mask in own])
        self.assertEqual(model.figures["inertia"], math.fsum(least))


class Starts(Segments):
    def setUp(self):
        super().setUp()
        self.rows = points("s1")[0]
        write_dataset(self.data, features=self.rows)

    def test_random_and_plusplus_start_from_rows(self):
        for init in ("random", "k-means++"):
            for seed in (0, 1, 2**64 - 1):
                model = self.segment("--init", init, "--max-iter", 0, "--scale", "none", "--k", 15,
                                     "--seed", seed)
                found = {tuple(row) for row in model.centroids_scaled}
                self.assertEqual(len(found), 15)
                self.assertLessEqual(found, {tuple(row) for row in self.rows.astype("float64")})
                self.assertEqual(model.figures["seed"], seed)
                self.assertEqual(model.figures["iterations"], 0)
                self.assertEqual(len(model.history), 0)

    def test_all_end_consistent(self):
        for init in INITS:
            model = self.segment("--init", init, "--scale", "none", "--k", 15, ranks=2)
            self.assert_consistent(model, self.rows)
            inertias = model.history["inertia"]
            self.assertTrue((numpy.diff(inertias) <= 0).all())
            self.assertLessEqual(model.figures["inertia"], inertias[-1])
            self.assertEqual(model.history["moved"][0], 5000)

    def test_seed_decides(self):
        for init in INITS:
            starts = [self.segment("--init", init, "--max-iter", 0, "--seed", seed)
                      .centroids_scaled.tobytes() for seed in (1, 2, 1)]
            self.assertEqual(starts[0], starts[2])
            self.assertNotEqual(starts[0], starts[1])

    def test_spread_starts_are_better_than_random_ones(self):
        def cost(init):
            return sum(self.segment("--init", init, "--max-iter", 0, "--seed", seed, "--k",
                                    15).figures["inertia"] for seed in range(5))
        worst = cost("random")
        self.assertLess(cost("k-means++"), 0.7 * worst)
        self.assertLess(cost("k-means||"), 0.7 * worst)

    def test_default_is_parallel(self):
        self.assertEqual(self.segment().centroids.tobytes(),
                         self.segment("--init", "k-means||").centroids.tobytes())

    def test_given_from_a_model(self):
        first = self.segment("--k", 6)
        kept = self.folder / "first.h5"
        self.path.rename(kept)
        again = self.segment("--k", 6, "--max-iter", 0, "--init", f"{kept}:/segments/centroids")
        numpy.testing.assert_array_equal(again.labels, first.labels)
        numpy.testing.assert_allclose(again.centroids, first.centroids, rtol=1e-6)

    def test_given_of_a_wrong_shape(self):
        write_with_start(self.data, self.rows, self.rows[:4])
        init = f"{self.data}:/start/centroids"
        self.fails(65, "segment", self.data, "-o", self.path, "--k", 5, "--init", init,
                   says=("4 centroids", "5 expected"))
        self.fails(65, "segment", self.data, "-o", self.path, "--init", f"{self.data}:/no/such",
                   says=("/no/such",))

    def test_restarts_keep_the_least_inertia(self):
        found = [self.segment("--init", "random", "--k", 15, "--n-init", count)
                 .figures["inertia"] for count in range(1, 9)]
        self.assertEqual(found, sorted(found, reverse=True))
        self.assertGreater(found[0], found[-1])
        self.assertEqual(found[0], self.segment("--init", "random", "--k", 15).figures["inertia"])


class Counts(Segments):
    def test_one_segment(self):
        rows = wholesale()
        write_dataset(self.data, features=rows)
        model = self.segment("--k", 1, "--scale", "none")
        means = [math.fsum(column) / len(rows) for column in rows.T.astype("float64")]
        self.assertEqual(model.centroids.tolist(), [means])
        self.assertEqual(model.size.tolist(), [440])
        self.assert_consistent(model, rows)

    def test_as_many_as_rows(self):
        rows = numpy.unique(wholesale(), axis=0)[::5]
        write_dataset(self.data, features=rows)
        for init in INITS:
            model = self.segment("--k", len(rows), "--init", init, ranks=2)
            self.assertEqual(model.figures["inertia"], 0)
            self.assertEqual(sorted(model.labels), list(range(len(rows))))
            self.assertEqual(model.size.tolist(), [1] * len(rows))

    def test_more_than_rows(self):
        write_dataset(self.data, features=wholesale()[:9])
        self.fails(65, "segment", self.data, "-o", self.path, "--k", 10, says=("10", "9"))
        self.fails(64, "segment", self.data, "-o", self.path, "--k", 0, says=("--k",))

    def test_fewer_distinct_rows(self):
        three = numpy.array([[0, 1], [5, 5], [0.1, -7]], dtype="float32")
        rows = three[[0, 1, 1, 2, 0, 0, 2, 1, 0, 1]]
        write_dataset(self.data, features=rows)
        for init in INITS:
            for ranks in (1, 3):
                process = self.done("segment", self.data, "-o", self.path, "--force", "--k", 5,
                                    "--init", init, "--scale", "none", ranks=ranks)
                warning = "patron: warning: 3 segments instead of 5"
                self.assertEqual(process.stderr.count(warning), 1)
                model = Model(self.path)
                self.assertEqual((model.figures["k"], model.figures["k_requested"]), (3, 5))
                self.assertEqual(model.centroids_scaled.shape, (3, 2))
                self.assertEqual(model.figures["inertia"], 0)
                self.assertEqual(sorted(model.size), [2, 4, 4])
                numpy.testing.assert_array_equal(model.centroids[model.labels], rows)


class Columns(Segments):
    NAMES = ("fresh", "milk", "grocery", "frozen", "paper", "delicatessen")

    def setUp(self):
        super().setUp()
        self.rows = wholesale()
        write_dataset(self.data, features=self.rows, names=self.NAMES)

    def only(self, names):
        """What a dataset of these columns alone gives."""
        alone, path = self.folder / "alone.h5", self.folder / "alone_model.h5"
        write_dataset(alone, features=self.rows[:, [self.NAMES.index(name) for name in names]],
                      names=names)
        self.done("segment", alone, "-o", path, "--force", "--k", 4)
        return self.verified_digest(path)

    def test_chosen(self):
        for options, names in (
                (("--columns", "paper,fresh"), ("paper", "fresh")),
                (("--columns", "milk", "--columns", "fresh"), ("milk", "fresh")),
                (("--exclude-columns", "milk,paper"), ("fresh", "grocery", "frozen",
                                                       "delicatessen")),
                (("--columns", "milk,fresh", "--exclude-columns", "milk"), ("fresh",))):
            model = self.segment("--k", 4, *options)
            self.assertEqual(tuple(model.names), names)
            self.assertEqual(tuple(model.transform_names), names)
            self.assertEqual(self.verified_digest(self.path), self.only(names))

    def test_unknown(self):
        for option in ("--columns", "--exclude-columns", "--weight", "--log1p"):
            self.fails(65, "segment", self.data, "-o", self.path, option, "bread",
                       says=("'bread'",))

    def test_none_left(self):
        self.fails(65, "segment", self.data, "-o", self.path, "--columns", "milk",
                   "--exclude-columns", "milk", says=("no column",))


class Weights(Segments):
    NAMES = ("fresh", "milk", "grocery", "frozen", "paper", "delicatessen", "times")

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(9)
        self.rows = wholesale()
        self.times = random.integers(1, 5, size=len(self.rows))
        self.start = spread_rows(self.rows, 5)
        self.options = ("--k", 5, "--scale", "none", "--tol", 0, "--init",
                        f"{self.folder / 'start.h5'}:/start")
        with h5py.File(self.folder / "start.h5", "w") as file:
            file["start"] = self.start

    def test_a_weight_is_a_repetition(self):
        write_dataset(self.data, features=self.rows, weight=self.times)
        weighted = self.segment(*self.options)
        write_dataset(self.data, features=numpy.repeat(self.rows, self.times, axis=0))
        repeated = self.segment(*self.options)
        self.assertEqual(weighted.centroids.tobytes(), repeated.centroids.tobytes())
        numpy.testing.assert_array_equal(numpy.repeat(weighted.labels, self.times), repeated.labels)
        numpy.testing.assert_array_equal(weighted.weight_sum, repeated.size)
        numpy.testing.assert_array_equal(repeated.weight_sum, repeated.size)
        numpy.testing.assert_allclose(weighted.inertia, repeated.inertia, rtol=1e-14)

    def test_a_column_weighs(self):
        write_dataset(self.data, features=self.rows, weight=self.times)
        default = self.segment(*self.options)
        expected = self.verified_digest(self.path)
        both = numpy.column_stack([self.rows, self.times]).astype("float32")
        names = [f"f{column}" for column in range(6)] + ["times"]
        # the column, though another weight is there
        write_dataset(self.data, features=both, names=names, weight=numpy.ones(len(self.rows)))
        model = self.segment(*self.options, "--weight", "times", ranks=2)
        self.assertEqual(model.names, names[:6])
        self.assertEqual(self.verified_digest(self.path), expected)
        self.assertEqual(default.weight_sum.sum(), self.times.sum())

    def test_weights_leave_transforms_alone(self):
        write_dataset(self.data, features=self.rows, weight=self.times)
        weighted = self.segment("--k", 3)
        write_dataset(self.data, features=self.rows)
        plain = self.segment("--k", 3)
        for name in ("offset", "scale"):
            self.assertEqual(weighted.transform[name].tobytes(), plain.transform[name].tobytes())
        self.assertEqual(plain.weight_sum.tolist(), plain.size.tolist())

    def test_refused(self):
        for bad in (-1, numpy.nan, numpy.inf):
            weight = self.times.astype("float32")
            weight[33] = bad
            both = numpy.column_stack([self.rows, weight]).astype("float32")
            write_dataset(self.data, features=self.rows, weight=weight)
            self.fails(65, "segment", self.data, "-o", self.path, says=("33",))
            write_dataset(self.data, features=both, names=self.NAMES)
            self.fails(65, "segment", self.data, "-o", self.path, "--weight", "times",
                       says=("33",))
        write_dataset(self.data, features=self.rows, weight=numpy.zeros(len(self.rows)))
        self.fails(65, "segment", self.data, "-o", self.path, says=("weight",))


class Told(Segments):
    def setUp(self):
        super().setUp()
        rows = wholesale()
        rows[5, 1] = rows[7, 2] = numpy.nan
        write_dataset(self.data, features=rows, units=["a year"] * 6)

    def test_json(self):
        summary = self.summary("segment", self.data, "-o", self.path, "--k", 4, "--missing", "drop",
                               "--min-group", 0, ranks=2, threads=2)
        model = Model(self.path)
        self.assertEqual(summary["job"], "segment")
        self.assertEqual(summary["output"], str(self.path))
        self.assertEqual(summary["rows"], 440)
        self.assertEqual(summary["rows_dropped"], 2)
        self.assertEqual(summary["columns"], 6)
        self.assertEqual(summary["k"], 4)
        self.assertEqual(summary["sizes"], model.size.tolist())
        self.assertEqual(summary["inertia"], model.figures["inertia"])
        self.assertEqual(summary["iterations"], len(model.history))
        self.assertEqual(summary["converged"], bool(model.figures["converged"]))
        self.assertEqual((summary["ranks"], summary["threads"]), (2, 2))
        seconds = summary["seconds"]
        self.assertTrue({"read", "fit", "write", "total"} <= set(seconds))
        self.assertGreaterEqual(seconds["total"], max(seconds.values()))
        self.assertEqual(summary["dataset_digest"], self.verified_digest(self.data))

    def test_small_groups(self):
        """They are withheld from what people read, and counted; the model has them."""
        options = ("segment", self.data, "-o", self.path, "--k", 4, "--missing", "drop", "--validate", "--force")
        summary, text = self.summary(*options), self.done(*options, ranks=2).stdout
        model = Model(self.path)
        hidden = withheld_groups(model.size, 10)
        shown = [s for s in range(4) if s not in hidden]
        self.assertEqual(len(shown), 2)
        self.assertEqual(summary["sizes"], [None if s in hidden else size for s, size in enumerate(model.size)])
        self.assertEqual(summary["segments_withheld"], 2)
        for told in summary["segments"], summary["validation"]["segments"]:
            self.assertEqual([one["segment"] for one in told], shown)
        self.assertEqual([one["customers"] for one in summary["segments"]], model.size[shown].tolist())
        self.assertRegex(text, r"\nsegment" + "".join(fr" +{s}" for s in shown) + r"\ncustomers")
        self.assertIn("2 segments have fewer than 10 customers (or would tell of such by the total): not shown",
                      " ".join(text.split()))

    def test_table(self):
        text = self.done("segment", self.data, "-o", self.path, "--k", 3).stdout
        model = Model(self.path)
        for size in model.size:
            self.assertIn(f"{size:,}", text)
        self.assertIn("f0 [a year]", text)
        self.assertIn(str(self.path), text)

    def test_provenance(self):
        self.done("segment", self.data, "-o", self.path, "--k", 3, "--seed", 17, ranks=2, threads=2)
        run_of = Model(self.path).run
        text = {name: value.decode() for name, value in run_of.items() if isinstance(value, bytes)}
        self.assertRegex(text["version"], r"^\d+\.\d+\.\d+$")
        self.assertTrue(text["command_line"].startswith(f"{PATRON} segment {self.data} -o"))
        self.assertEqual(text["dataset"], str(self.data))
        self.assertEqual(text["dataset_digest"], self.verified_digest(self.data))
        self.assertNotEqual(text["hosts"], "")
        self.assertEqual((run_of["ranks"], run_of["threads"]), (2, 2))
        self.assertGreater(run_of["seconds_fit"], 0)
        self.assertGreater(run_of["seconds_read"], 0)
        options = json.loads(text["options"])
        self.assertEqual(options["k"], {"value": 3, "from": "flag"})
        self.assertEqual(options["seed"], {"value": 17, "from": "flag"})
        self.assertEqual(options["max-iter"], {"value": 300, "from": "default"})
        self.assertEqual(options["tol"], {"value": 1e-4, "from": "default"})

    def test_nothing_else_on_standard_output(self):
        process = run("segment", self.data, "-o", self.path, "--json", "--progress", "always")
        self.assertEqual(process.returncode, 0)
        self.assertEqual(json.loads(process.stdout)["job"], "segment")


if __name__ == "__main__":
    unittest.main()
