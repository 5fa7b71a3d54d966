# SPDX-License-Identifier: Apache-2.0
"""`profile`: figures of segments against NumPy, shares, categories, typical customers, names,
items, and what is withheld."""
import unittest

import h5py
import numpy

from customers import Model
from patron_test import NO_CUSTOMER, PatronTest, must, run, without_run, write_dataset
from plain_kmeans import clustered
from plain_profile import withheld_groups

NAMES = ["recency_days", "frequency", "monetary", "spare", "colour=red", "colour=rare", "always"]
LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]
K, GROUP, TOP = 4, 10, 3
SIZES = (150, 90, 60, 4)


def make_rows(dice):
    """Four crowds by recency, frequency and spend; other columns beside."""
    place = numpy.repeat(numpy.arange(K), SIZES)
    rows = numpy.empty((len(place), len(NAMES)), "float32")
    for column, centres in enumerate(((100, 5, 50, 300), (2, 12, 4, 40), (20, 300, 60, 5000))):
        rows[:, column] = numpy.take(centres, place) * dice.normal(1, 0.1, len(place))
    rows[:, 3] = dice.exponential(1, len(place))
    rows[dice.random(len(place)) < 0.1, 3] = numpy.nan
    rows[:, 4] = dice.random(len(place)) < numpy.take((0.2, 0.9, 0.5, 0.5), place)
    rows[:, 5] = 0
    rows[[0, 1, 2, 200, 201] + list(range(245, 260)), 5] = 1
    rows[:, 6] = 7
    return rows[dice.permutation(len(place))]


class Profiles(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        dice = numpy.random.default_rng(5)
        cls.rows = make_rows(dice)
        cls.ids = [f"c{row:04}" for row in range(len(cls.rows))]
        cls.baskets = [sorted(numpy.flatnonzero(dice.random(12) < 0.3).tolist())
                       for _ in range(900)]
        cls.owner = dice.integers(0, len(cls.rows), 900).astype("uint64")
        cls.owner[::50] = NO_CUSTOMER
        table = dict(features=cls.rows, names=NAMES, ids=cls.ids, baskets=cls.baskets,
                     basket_customer=cls.owner, item_names=[f"i{item}" for item in range(12)],
                     item_labels=[f"label {item}" for item in range(12)])
        cls.data = write_dataset(folder / "data.h5", **table)
        cls.parts = write_dataset(folder / "parts", parts=3, **table)
        cls.model = folder / "model.h5"
        options = ("--k", K, "--columns", ",".join(NAMES[:3]), "--seed", 1, "--n-init", 5)
        must("segment", cls.data, "-o", cls.model, *options)
        cls.labels, cls.fit = Model(cls.model).labels, Model(cls.model)
        cls.hidden = withheld_groups(numpy.bincount(cls.labels), GROUP)
        cls.arguments = (cls.model, "--revenue", "monetary", "--top", TOP)

    def told(self, *more, data=None, **options):
        return self.summary("profile", data or self.data, *self.arguments, *more, **options)

    def effects(self, segment):
        own = numpy.nanmean(self.rows[self.labels == segment].astype("float64"), axis=0)
        all_rows = self.rows.astype("float64")
        with numpy.errstate(invalid="ignore", divide="ignore"):
            return (own - numpy.nanmean(all_rows, axis=0)) / numpy.nanstd(all_rows, axis=0)

    def check_column(self, found, values):
        values = values[~numpy.isnan(values)].astype("float64")
        self.assertEqual(found["present"], len(values))
        numpy.testing.assert_allclose(
            [found["mean"], found["deviation"]], [values.mean(), values.std()], rtol=1e-12,
            atol=1e-12)
        numpy.testing.assert_allclose(found["quantiles"], numpy.quantile(values, LEVELS),
                                      rtol=1e-12, atol=1e-12)

    def test_memory(self):
        """Rows that do not fit are read for every step, with the same figures."""
        dice = numpy.random.default_rng(8)
        rows = dice.normal(0, 1, (60000, 32)).astype("float32")
        rows[::3] += 2
        rows[dice.random(rows.shape) < 0.01] = numpy.nan
        data, model = self.folder / "data.h5", self.folder / "model.h5"
        write_dataset(data, features=rows, names=[f"x{column}" for column in range(32)])
        self.done("segment", data, "-o", model, "--k", 3, "--missing", "mean", "--max-iter", 5)
        told = self.told_of(data, model)
        labels = Model(model).labels
        for segment in told["segments"]:
            own = rows[labels == segment["segment"], 0].astype("float64")
            numpy.testing.assert_allclose(segment["columns"]["x0"]["quantiles"],
                                          numpy.nanquantile(own, LEVELS), rtol=1e-12)
        for ranks in 1, 2:
            least = self.least_memory(data, model, ranks)
            self.assertEqual(self.told_of(data, model, "--memory", f"{least + 4}M",
                                          ranks=ranks), told)

    def least_memory(self, data, model, ranks):
        """In steps that are less than the rows take; where a process starts differs by machine."""
        for mebibytes in range(8, 200, 4):
            process = run("profile", data, model, "--memory", f"{mebibytes}M", ranks=ranks)
            if process.returncode == 0:
                return mebibytes
            self.check_failure(process, 71, ("--memory",))
        return self.fail("no memory is enough")

    def told_of(self, *arguments, **options):
        return without_run(self.summary("profile", *arguments, **options))

    def test_columns(self):
        summary = self.told("--min-group", 0)
        self.assertEqual(summary["quantile_levels"], LEVELS)
        self.assertEqual((summary["customers"], summary["segments_withheld"],
                          summary["columns_withheld"]), (len(self.rows), 0, 0))
        for column, name in enumerate(NAMES):
            self.check_column(summary["columns"][name], self.rows[:, column])
        for s, segment in enumerate(summary["segments"]):
            own, effects = self.rows[self.labels == s], self.effects(s)
            for column, name in enumerate(NAMES):
                found = segment["columns"][name]
                self.check_column(found, own[:, column])
                if name == "always":
                    self.assertIsNone(found["effect"])
                else:
                    self.assertAlmostEqual(found["effect"], effects[column], 12)
                if "=" in name:
                    lift = own[:, column].mean() / self.rows[:, column].mean()
                    self.assertAlmostEqual(found["lift"], lift, 5)
                else:
                    self.assertIsNone(found["lift"])
            order = sorted(range(len(NAMES) - 1), key=lambda c: -abs(effects[c]))
            self.assertEqual(segment["traits"], [NAMES[c] for c in order[:TOP]])

    def test_shares(self):
        summary, spend = self.told("--min-group", 0), self.rows[:, 2].astype("float64")
        for s, segment in enumerate(summary["segments"]):
            own = self.labels == s
            self.assertEqual(segment["customers"], own.sum())
            self.assertEqual(segment["share"], own.sum() / len(own))
            self.assertAlmostEqual(segment["revenue_share"], spend[own].sum() / spend.sum(), 12)
            self.assertAlmostEqual(segment["times_a_head"], spend[own].mean() / spend.mean(), 12)
        plain = self.summary("profile", self.data, self.model)
        self.assertIsNone(plain["segments"][0]["revenue_share"])

    def test_typical_customers(self):
        values = clustered(self.rows[:, :3], self.fit.transform)
        distance = numpy.sqrt(((values - self.fit.centroids_scaled[self.labels]) ** 2).sum(axis=1))
        for s, segment in enumerate(self.told("--min-group", 0)["segments"]):
            own = numpy.where(self.labels == s, distance.astype("float32"), numpy.inf)
            self.assertEqual(segment["typical"], self.ids[own.argmin()])

    def test_names(self):
        words = (("lapsed", "recent"), ("frequent", "rare"), ("high spend", "low spend"),
                 ("high spare", "low spare"), ("colour=red", "no colour=red"),
                 ("colour=rare", "no colour=rare"))
        for s, segment in enumerate(self.told("--min-group", 0)["segments"]):
            effects = self.effects(s)[:len(words)]
            traits = sorted(range(len(words)), key=lambda c: -abs(effects[c]))[:2]
            said = [words[c][int(effects[c] < 0)] for c in traits if abs(effects[c]) >= 0.5]
            self.assertEqual(segment["name"], ", ".join(said))
        # of columns that all have alike there is nothing to say
        told = self.told("--columns", "always,monetary,spare", "--min-group", 0)
        self.assertIn("high spend", [segment["name"] for segment in told["segments"]])
        plain = self.summary("profile", self.data, self.model, "--columns", "always")
        self.assertEqual({segment["name"] for segment in plain["segments"]}, {"like everyone"})

    def test_items(self):
        held = numpy.zeros((K + 1, 12), int)
        baskets = numpy.zeros(K + 1, int)
        for basket, owner in zip(self.baskets, self.owner):
            if owner != NO_CUSTOMER:
                for group in int(self.labels[int(owner)]), K:
                    baskets[group] += 1
                    held[group, basket] += 1
        for least in 0, GROUP:
            for segment in self.told("--min-group", least)["segments"]:
                s = segment["segment"]
                lift = held[s] / baskets[s] / (held[K] / baskets[K])
                order = sorted((i for i in range(12) if held[s][i] >= max(least, 1)
                                and lift[i] > 1), key=lambda i: (-lift[i], -held[s][i], i))
                self.assertEqual(segment["baskets"], baskets[s])
                self.assertEqual([(item["item"], item["label"], item["baskets"], item["share"],
                                   item["lift"]) for item in segment["items"]],
                                 [(f"i{i}", f"label {i}", held[s][i], held[s][i] / baskets[s], lift[i])
                                  for i in order[:TOP]])

    def test_what_is_withheld(self):
        summary = self.told()
        shown = set(range(K)) - self.hidden
        self.assertEqual((summary["segments_withheld"], len(shown)), (2, 2))
        self.assertEqual({segment["segment"] for segment in summary["segments"]}, shown)
        hidden = 0
        for column, name in enumerate(NAMES):
            told = self.told_columns(self.rows[:, column], self.labels, shown)
            hidden += len(shown) - len(told)
            self.assertEqual({segment["segment"] for segment in summary["segments"]
                              if segment["columns"][name] is not None}, told)
        self.assertEqual(summary["columns_withheld"], hidden)
        self.assertGreater(hidden, 0)
        text = self.done("profile", self.data, *self.arguments).stdout
        self.assertIn("2 segments have fewer than 10 customers (or would tell of such by the total): not "
                      "shown (--min-group)", " ".join(text.split()))
        self.assertIn(f"{hidden} columns of segments have fewer", text)
        self.assertLessEqual({int(line.split()[0]) for line in text.splitlines()
                              if line.strip()[:1].isdigit() and " segment" not in line
                              and " columns of " not in line}, shown)

    @staticmethod
    def told_columns(values, labels, shown):
        """Segments of which a column is told: by itself, and so that the others hold no small group."""
        def is_safe(own):
            own = own[~numpy.isnan(own)]
            parts = [len(own)]
            if set(numpy.unique(values[~numpy.isnan(values)])) == {0, 1}:
                parts += [int((own == 0).sum()), int((own == 1).sum())]
            return all(part == 0 or part >= GROUP for part in parts)

        told = {s for s in shown if is_safe(values[labels == s])}
        while told and not is_safe(values[~numpy.isin(labels, list(told))]):
            told.remove(min(told, key=lambda s: ((~numpy.isnan(values[labels == s])).sum(), s)))
        return told

    def test_small_groups_are_not_the_rest(self):
        """What is left of everyone's is that of two segments at least, and of a group's customers."""
        for least in GROUP, SIZES[2] + 5, SIZES[2] + 1:
            summary = self.told("--min-group", least, ranks=2)
            hidden = withheld_groups(numpy.bincount(self.labels), least)
            self.assertEqual(summary["customers"], len(self.rows))
            self.assertEqual({segment["segment"] for segment in summary["segments"]}, set(range(K)) - hidden)
            self.assertGreater(len(hidden), 1)
            for name in NAMES:
                if summary["columns"][name] is None:
                    continue
                left = summary["columns"][name]["present"] - sum(
                    segment["columns"][name]["present"] for segment in summary["segments"]
                    if segment["columns"][name] is not None)
                self.assertGreaterEqual(left, least, name)

    def test_revenue_that_few_have_is_not_told(self):
        kept = self.labels != numpy.bincount(self.labels).argmin()
        rows, data, model = self.rows[kept], self.folder / "data.h5", self.folder / "model.h5"
        first = numpy.flatnonzero(self.labels[kept] == numpy.bincount(self.labels).argmax())
        rows[first[GROUP - 1:], 3] = numpy.nan
        write_dataset(data, features=rows, names=NAMES)
        self.done("segment", data, "-o", model, "--k", K - 1, "--columns", ",".join(NAMES[:3]), "--seed", 1,
                  "--n-init", 5)
        large = int(Model(model).labels[first[0]])
        summary = self.summary("profile", data, model, "--revenue", "spare")
        shares = {segment["segment"]: segment["revenue_share"] for segment in summary["segments"]}
        self.assertIsNone(shares.pop(large))
        self.assertEqual(sum(share is None for share in shares.values()), 1)  # nor by the rest

    def test_text(self):
        wide = {"COLUMNS": "200"}
        text = self.done("profile", self.data, *self.arguments, ranks=2, env=wide).stdout
        for words in ("4 segments of 304 customers, 0 in none", "revenue %", "lapsed",
                      "What sets them apart", "What they buy more than others", "label "):
            self.assertIn(words, text)
        none = self.done("profile", self.data, *self.arguments[:1], "--top", 0, env=wide).stdout
        self.assertNotIn("What sets them apart", none)

    def test_any_ranks(self):
        expected = self.told()
        for ranks, threads, data in ((1, 3, self.data), (2, 2, self.parts), (3, 1, self.parts),
                                     (4, 1, self.data)):
            found = without_run(self.told(data=data, ranks=ranks, threads=threads))
            self.assertEqual(found, {name: expected[name] for name in found})

    def test_rows_in_no_segment(self):
        rows = self.rows.copy()
        rows[:30, 0] = numpy.nan
        data, model = self.folder / "data.h5", self.folder / "model.h5"
        write_dataset(data, features=rows, names=NAMES, ids=self.ids)
        self.done("segment", data, "-o", model, "--k", 3, "--columns", ",".join(NAMES[:3]),
                  "--missing", "drop")
        summary = self.summary("profile", data, model, "--min-group", 0, ranks=2)
        self.assertEqual(summary["customers"], len(rows) - 30)
        self.assertEqual(summary["columns"]["monetary"]["present"], len(rows) - 30)
        self.assertNotIn("items", summary["segments"][0])

    def test_bad_input(self):
        self.fails(65, "profile", self.data, self.model, "--revenue", "money", ranks=2,
                   says=("--revenue", "'money'", "monetary"))
        self.fails(65, "profile", self.data, self.data, says=("data.h5", "format"))
        self.fails(65, "profile", self.data, self.model, "--columns", "nothing", says=("nothing",))
        self.fails(66, "profile", self.data, self.folder / "none.h5", says=("none.h5",))
        self.fails(64, "profile", self.data, says=("MODEL",))
        other = self.folder / "other.h5"
        write_dataset(other, features=self.rows * 2, names=NAMES)
        self.fails(65, "profile", other, self.model, ranks=2, says=("other.h5",))
        with h5py.File(self.folder / "damaged.h5", "w") as file:
            with h5py.File(self.model) as model:
                for name in model:
                    model.copy(name, file)
                file.attrs.update(model.attrs)
            file["segments/labels"][0] = K
        self.fails(65, "profile", self.data, self.folder / "damaged.h5", says=("label",))


if __name__ == "__main__":
    unittest.main()
