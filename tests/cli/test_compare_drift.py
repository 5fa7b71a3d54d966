# SPDX-License-Identifier: Apache-2.0
"""compare --drift: flows, customers new and lost, stability indices against a plain program."""
import collections
import json
import math
import unittest

import h5py
import numpy
from scipy.optimize import linear_sum_assignment
from sklearn import metrics

from patron_test import PatronTest, must, run, texts, without_run, write_dataset

NAMES = ["visits", "spend", "gaps"]


def bins_of(old):
    """The different deciles of what is present: the i-th is the least value that i tenths do not
    exceed."""
    present = numpy.sort(old[~numpy.isnan(old)])
    if len(present) == 0:
        return numpy.array([])
    return numpy.unique(present[[-(-i * len(present) // 10) - 1 for i in range(1, 10)]])


def counts_of(values, edges):
    missing = numpy.isnan(values)
    places = numpy.searchsorted(edges, values[~missing], side="left")
    return numpy.bincount(places, minlength=10).tolist() + [int(missing.sum())]


def index_of(old, new):
    """The population stability index of two lists of counts."""
    terms = []
    for before, after in zip(old, new):
        if before or after:
            before, after = (before or 0.5) / sum(old), (after or 0.5) / sum(new)
            terms.append((after - before) * math.log(after / before))
    return math.fsum(terms)


def feature_index(old, new):
    edges = bins_of(old)
    return index_of(counts_of(old, edges), counts_of(new, edges))


class Night:
    """A dataset and labels of it."""

    def __init__(self, folder, name, ids, features, labels, names=NAMES, **options):
        self.ids, self.labels, self.names = list(ids), numpy.asarray(labels), names
        self.features = numpy.asarray(features, dtype="float32")
        self.data = write_dataset(folder / f"{name}-data", self.features, names=names, ids=ids,
                                  **options)
        self.path = folder / f"{name}-labels.h5"
        with h5py.File(self.path, "w") as file:
            file["labels"] = self.labels
        self.source = f"{self.path}:/labels"


def make_nights(folder):
    """The second night has lost some and gained others, in another order; spend has shifted, and
    the segments are called otherwise."""
    dice = numpy.random.default_rng(12)
    rows = 900
    labels = dice.choice([0, 1, 2, 3], rows, p=[0.5, 0.3, 0.193, 0.007])
    features = dice.normal(labels[:, None] * 3, 1, (rows, 3))
    features[:, 0] = numpy.maximum(features[:, 0].round(), 0)
    features[dice.random((rows, 3)) < 0.03] = numpy.nan
    ids = [f"customer {n}" for n in range(rows)]
    labels[::50] = -1
    old = Night(folder, "old", ids, features, labels, parts=3)
    kept = dice.permutation(rows)[:800]
    renamed = numpy.array([2, 0, 1, 4, -1])[labels[kept]]
    moved = dice.random(800) < 0.1
    renamed[moved] = dice.choice([-1, 0, 1, 2, 3], moved.sum())
    later = numpy.concatenate([features[kept], dice.normal(2, 2, (120, 3))])
    later[:, 1] += 0.8
    new = Night(folder, "new", [ids[n] for n in kept] + [f"newcomer {n}" for n in range(120)],
                later, numpy.concatenate([renamed, dice.choice([0, 1, 2, 3], 120)]), parts=2)
    return old, new


def flows_of(old, new):
    before, after = dict(zip(old.ids, old.labels.tolist())), dict(zip(new.ids, new.labels.tolist()))
    name = {-1: "none", "absent": "absent"}
    return collections.Counter(
        tuple(name.get(label, label) for label in (before.get(one, "absent"),
                                                   after.get(one, "absent")))
        for one in before.keys() | after.keys())


class Drift(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.old, cls.new = make_nights(cls.shared_folder())
        cls.arguments = ("--drift", cls.old.source, cls.new.source, "--old-data", cls.old.data,
                         "--new-data", cls.new.data)
        cls.found = json.loads(must("compare", *cls.arguments, "--min-group", 0, "--json").stdout)

    def pairing(self):
        """Old to new, where SciPy's best assignment has an overlap."""
        flows = flows_of(self.old, self.new)
        table = numpy.array([[flows[i, j] for j in range(5)] for i in range(4)])
        return {i: j for i, j in zip(*linear_sum_assignment(table, maximize=True)) if table[i, j]}

    def test_flows(self):
        drift, flows = self.found["drift"], flows_of(self.old, self.new)
        self.assertEqual({(flow["from"], flow["to"]): flow["customers"] for flow in drift["flows"]},
                         dict(flows))
        self.assertEqual(drift["flows_withheld"], 0)
        self.assertEqual((drift["customers_in_both"], drift["new"], drift["lost"]), (800, 120, 100))
        became = self.pairing()
        stayed = sum(flows[pair] for pair in became.items())
        both = sum(count for pair, count in flows.items()
                   if not {"none", "absent"} & set(map(str, pair)))
        self.assertEqual((drift["stayed"], drift["moved"], drift["without_segment"]),
                         (stayed, both - stayed, 800 - both))

    def test_agreement_is_of_those_in_both(self):
        before = dict(zip(self.old.ids, self.old.labels))
        pairs = [(before[one], label) for one, label in zip(self.new.ids, self.new.labels)
                 if before.get(one, -1) >= 0 and label >= 0]
        self.assertEqual(self.found["rows_compared"], len(pairs))
        self.assertAlmostEqual(self.found["agreement"]["adjusted_rand"],
                               metrics.adjusted_rand_score(*zip(*pairs)), delta=1e-12)
        self.assertEqual({match["first"]: match["second"] for match in self.found["matches"]},
                         self.pairing())

    def test_stability_of_features(self):
        stability = self.found["drift"]["stability_index"]
        for j, name in enumerate(NAMES):
            self.assertAlmostEqual(stability["features"][name],
                                   feature_index(self.old.features[:, j], self.new.features[:, j]),
                                   delta=1e-12)
        told = {one["first"]: one for one in stability["by_segment"]}
        self.assertEqual(set(told), set(self.pairing()))
        for before, after in self.pairing().items():
            self.assertEqual(told[before]["second"], after)
            for j, name in enumerate(NAMES):
                self.assertAlmostEqual(
                    told[before]["features"][name],
                    feature_index(self.old.features[self.old.labels == before, j],
                                  self.new.features[self.new.labels == after, j]), delta=1e-12)
        self.assertGreater(stability["features"]["spend"], 0.1)

    def test_stability_of_shares(self):
        became, size = self.pairing(), collections.Counter(self.new.labels.tolist())
        old = [int((self.old.labels == s).sum()) for s in range(4)]
        new = [size[became[s]] if s in became else 0 for s in range(4)]
        for s in set(range(5)) - set(became.values()):
            old.append(0)
            new.append(size[s])
        self.assertAlmostEqual(self.found["drift"]["stability_index"]["segment_shares"],
                               index_of(old, new), delta=1e-12)

    def test_any_ranks_and_threads(self):
        outputs = set()
        for ranks, threads in (1, 1), (2, 2), (3, 1), (4, 1):
            summary = self.summary("compare", *self.arguments, ranks=ranks, threads=threads)
            outputs.add(json.dumps(without_run(summary)))
        self.assertEqual(len(outputs), 1)

    def test_small_groups_are_withheld_and_not_judged(self):
        drift = self.summary("compare", *self.arguments)["drift"]
        flows = flows_of(self.old, self.new)
        small = sum(count < 10 for count in flows.values())
        self.assertGreater(small, 0)
        self.assertEqual(drift["flows_withheld"], len(flows) - len(drift["flows"]))
        self.assertTrue(all(flow["customers"] >= 10 for flow in drift["flows"]))
        self.assertGreater(drift["flows_withheld"], small)  # those that the sums would tell, too
        large = {(s, t) for s, t in self.pairing().items() if flows[s, t] >= 10}
        untold = large - {(flow["from"], flow["to"]) for flow in drift["flows"]}
        self.assertEqual(untold, {min(large, key=flows.get)})  # how many stayed would tell the small pair
        stability = drift["stability_index"]
        self.assertEqual(stability["by_segment_withheld"], 1)
        self.assertEqual([one["first"] for one in stability["by_segment"]], [0, 1, 2])
        told = [stability["segment_shares"], *stability["features"].values()] + \
            [value for one in stability["by_segment"] for value in one["features"].values()]
        self.assertEqual(stability["greatest"], max(told))
        everything = self.found["drift"]["stability_index"]
        self.assertGreater(everything["greatest"], stability["greatest"])

    def withheld_by_line(self, summary):
        """Of each row and column of the flows: the withheld counts, and whether its sum is told."""
        told = {(flow["from"], flow["to"]) for flow in summary["drift"]["flows"]}
        sizes = [{one["segment"] for one in summary[side]} for side in ("segments_first", "segments_second")]
        lines = collections.defaultdict(list)
        for pair, count in flows_of(self.old, self.new).items():
            for side in 0, 1:
                lines[side, pair[side]] += [] if pair in told else [count]
        return [(left, line in sizes[side] or line == "absent") for (side, line), left in lines.items()]

    def test_sums_do_not_tell_what_is_withheld(self):
        for least in 5, 10, 30, 60:
            summary = self.summary("compare", *self.arguments, "--min-group", least)
            for left, is_sum_told in self.withheld_by_line(summary):
                if is_sum_told and left:
                    self.assertGreater(len(left), 1)
                    self.assertGreaterEqual(sum(left), least)
            told = {(flow["from"], flow["to"]) for flow in summary["drift"]["flows"]}
            between = {(cell["first"], cell["second"]) for cell in summary["contingency"]}
            self.assertEqual(between, {pair for pair in told if not {"none", "absent"} & set(map(str, pair))})
        text = self.done("compare", *self.arguments, env={"COLUMNS": "200"}).stdout
        flows = text.split("Flows, from rows to columns")[1].split("Population")[0]
        drift = self.summary("compare", *self.arguments)["drift"]
        small = sum(count < 10 for count in flows_of(self.old, self.new).values())
        self.assertGreaterEqual(flows.count("*"), drift["flows_withheld"] - small)

    def test_gate(self):
        greatest = self.summary("compare", *self.arguments)["drift"]["stability_index"]["greatest"]
        self.done("compare", *self.arguments, "--fail-above", repr(greatest), ranks=2)
        for ranks in 1, 3:
            process = self.fails(1, "compare", *self.arguments, "--fail-above", greatest * 0.999,
                                 ranks=ranks, says=("spend", "--fail-above"))
            self.assertIn("Flows", process.stdout)

    def test_columns(self):
        drift = self.summary("compare", *self.arguments, "--columns", "gaps")["drift"]
        self.assertEqual(list(drift["stability_index"]["features"]), ["gaps"])
        self.fails(65, "compare", *self.arguments, "--columns", "size", says=("'size'",), ranks=2)

    def test_text(self):
        text = self.done("compare", *self.arguments, ranks=2, env={"COLUMNS": "200"}).stdout
        for words in ("800 customers in both", "120 new, 100 lost", "(new customers)", "(lost)",
                      "Population stability index of features", "spend", "not judged"):
            self.assertIn(words, " ".join(text.split()))
        self.assertEqual(text, self.done("compare", *self.arguments, env={"COLUMNS": "200"}).stdout)

    def test_the_same_night(self):
        arguments = ("--drift", self.old.source, self.old.source, "--old-data", self.old.data,
                     "--new-data", self.old.data, "--fail-above", 0)
        drift = self.summary("compare", *arguments)["drift"]
        self.assertEqual((drift["moved"], drift["new"], drift["lost"]), (0, 0, 0))
        self.assertEqual(drift["stability_index"]["greatest"], 0.0)

    def test_other_columns_and_numbers_as_ids(self):
        ids, dice = numpy.arange(40, dtype="uint64"), numpy.random.default_rng(1)
        old = Night(self.folder, "a", ids, dice.random((40, 2)), numpy.arange(40) % 2, ["x", "y"])
        new = Night(self.folder, "b", ids[::-1].copy(), dice.random((40, 2)),
                    (numpy.arange(40)[::-1] + 1) % 2, ["z", "x"])
        arguments = (old.source, new.source, "--drift", "--old-data", old.data, "--new-data",
                     new.data)
        drift = self.summary("compare", *arguments, ranks=2)["drift"]
        self.assertEqual((drift["stayed"], drift["moved"]), (40, 0))
        self.assertEqual(list(drift["stability_index"]["features"]), ["x"])
        self.assertEqual((drift["features_only_old"], drift["features_only_new"]), (["y"], ["z"]))
        self.assertIn("Features of the first dataset alone: y",
                      self.done("compare", *arguments).stdout)

    def test_bad_input(self):
        old, new = self.old, self.new
        self.fails(65, "compare", "--drift", old.source, new.source, says=("--old-data",), ranks=2)
        self.fails(65, "compare", "--drift", old.source, new.source, "--old-data", old.data,
                   says=("--new-data",))
        self.fails(65, "compare", "--drift", old.source, new.source, "--old-data", old.data,
                   "--new-data", old.data, says=("920", "900"), ranks=2)
        self.fails(66, "compare", "--drift", old.source, new.source, "--old-data",
                   self.folder / "none", "--new-data", new.data, says=("none",))
        twice = Night(self.folder, "twice", ["a", "b", "a"], [[1.0]] * 3, [0, 1, 0], ["x"])
        numbers = Night(self.folder, "numbers", numpy.arange(3, dtype="uint64"), [[1.0]] * 3,
                        [0, 1, 0], ["x"])
        for ranks in 1, 2:
            self.fails(65, "compare", "--drift", twice.source, old.source, "--old-data", twice.data,
                       "--new-data", old.data, says=("two rows have the same id",), ranks=ranks)
        self.fails(65, "compare", "--drift", numbers.source, old.source, "--old-data", numbers.data,
                   "--new-data", old.data, says=("texts in", "numbers in"))
        strangers = Night(self.folder, "strangers", ["x", "y"], [[1.0]] * 2, [0, 1], ["visits"])
        self.fails(65, "compare", "--drift", strangers.source, old.source, "--old-data",
                   strangers.data, "--new-data", old.data, says=("nobody has a label",), ranks=2)


class Memory(PatronTest):
    """Customers that do not fit are read for every step, with the same figures."""

    @classmethod
    def setUpClass(cls):
        dice = numpy.random.default_rng(17)
        folder, rows, columns = cls.shared_folder(), 150000, 64
        nights = []
        for name, shift in ("old", 0), ("new", 0.3):
            features = dice.standard_normal((rows, columns), dtype="float32") + numpy.float32(shift)
            features[::7, 5] = numpy.nan
            ids = dice.permutation(rows + 5000)[:rows].astype("uint64")
            nights.append(Night(folder, name, ids, features, dice.integers(-1, 6, rows),
                                names=[f"x{column}" for column in range(columns)], parts=2))
        cls.old, cls.new = nights
        cls.arguments = ("compare", "--drift", cls.old.source, cls.new.source, "--old-data",
                         cls.old.data, "--new-data", cls.new.data)

    def told(self, *more, **options):
        status = self.folder / "status.json"
        summary = self.summary(*self.arguments, "--status", status, *more, **options)
        return without_run(summary), json.loads(status.read_text())["peak_memory"]

    def test_memory(self):
        expected, peak = self.told(threads=1)
        self.assertGreater(peak, 100 << 20)
        found, peak = self.told("--memory", "64M", threads=1)
        self.assertEqual(found, expected)
        self.assertLessEqual(peak, 64 << 20)
        found, _ = self.told("--memory", "64M", ranks=3, threads=1)
        self.assertEqual(found, expected)
        stability = expected["drift"]["stability_index"]["features"]
        for column in 5, 60:
            self.assertAlmostEqual(
                stability[f"x{column}"], feature_index(self.old.features[:, column],
                                                       self.new.features[:, column]), delta=1e-12)
        self.assertEqual(expected["drift"]["customers_in_both"],
                         len(numpy.intersect1d(self.old.ids, self.new.ids)))

    def test_too_little(self):
        for ranks in 1, 2:
            self.fails(71, *self.arguments, "--memory", "1M", ranks=ranks, says=("--memory 1M",))


class Models(PatronTest):
    """Models say what they were made of."""

    def test_models(self):
        dice = numpy.random.default_rng(3)
        spread = dice.integers(0, 3, 400)[:, None] * 6.0
        features = (dice.standard_normal((400, 2)) + spread).astype("float32")
        ids = [f"c{n}" for n in range(400)]
        old_data = write_dataset(self.folder / "old", features, ids=ids, parts=2)
        new_data = write_dataset(self.folder / "new", features[50:], ids=ids[50:])
        old, new = self.folder / "old.h5", self.folder / "new.h5"
        must("segment", old_data, "-o", old, "--k", 3)
        must("segment", new_data, "-o", new, "--k", 3, "--seed", 5)
        summary = self.summary("compare", "--drift", old, new, ranks=2)
        self.assertEqual((summary["drift"]["lost"], summary["drift"]["customers_in_both"]),
                         (50, 350))
        self.assertEqual(summary["first"]["dataset"], str(old_data))
        self.assertGreater(summary["agreement"]["adjusted_rand"], 0.95)
        with h5py.File(new_data, "a") as file:
            file["customers/features"][7, 0] += 1
        for ranks in 1, 2:
            self.fails(65, "compare", "--drift", old, new, ranks=ranks, says=("digest",))
        new_data.unlink()
        self.fails(66, "compare", "--drift", old, new, ranks=2, says=(str(new_data),))


if __name__ == "__main__":
    unittest.main()
