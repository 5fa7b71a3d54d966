# SPDX-License-Identifier: Apache-2.0
"""Itemsets by segment against plain Python: the baskets of each label are counted one by one."""
import itertools
import math
import random
import unittest

import h5py
import numpy

from patron_test import (NO_CUSTOMER, ONLINE_RETAIL, PatronTest, digest, must, write_dataset)
from plain_itemsets import (Counter, Model, frequent, in_order, lists, of_kind, p_value,
                            random_baskets, rules_of)

ITEMS = 8
NAMES = [f"item {item}" for item in range(ITEMS)]
LOG1P = ("recency_days,frequency,monetary,mean_basket_value,distinct_items,mean_items_per_basket,"
         "tenure_days,mean_days_between_baskets")


def write_segments(path, labels, k, kind="segment", dtype="int32"):
    """A segment model with no more in it than labels."""
    with h5py.File(path, "w") as file:
        file.attrs["format"], file.attrs["format_version"] = "patron-model", 1
        file.attrs["kind"] = kind
        group = file.create_group("segments")
        group.attrs["k"] = k
        group["labels"] = numpy.asarray(labels, dtype=dtype)
    return path


def lift(baskets, both, antecedent, consequent):
    if antecedent == 0 or consequent == 0:
        return math.nan
    return both / antecedent / (consequent / baskets)


def is_same(found, expected):
    return found == expected or (math.isnan(found) and math.isnan(expected))


def least_count(support, baskets):
    return next(count for count in itertools.count(1)
                if not baskets or count / baskets >= support)


def level_by_level(baskets, least):
    """All frequent sets (Apriori), where there are too many items to try every set."""
    counter = Counter(baskets)
    level = {(item,): counter.count((item,)) for item in sorted(counter.bits)}
    found = {}
    while level:
        level = {items: count for items, count in level.items() if count >= least}
        found.update(level)
        level = {items + other[-1:]: counter.count(items + other[-1:])
                 for items in level for other in level
                 if items[:-1] == other[:-1] and items[-1] < other[-1]}
    return found


class Segments:
    """Baskets by segment, and what is expected of them."""

    def __init__(self, baskets, customer, labels, k):
        self.baskets = [[] for _ in range(k)]
        self.customers = [set() for _ in range(k)]
        self.without = 0
        for basket, who in zip(baskets, customer):
            label = -1 if who == NO_CUSTOMER else labels[who]
            if label < 0:
                self.without += 1
            else:
                self.baskets[label].append(basket)
                self.customers[label].add(who)
        self.sizes = [len(baskets) for baskets in self.baskets]
        self.total = sum(self.sizes)
        self.counters = [Counter(baskets) for baskets in self.baskets]

    def counts(self, items):
        """Of a set, by segment."""
        return [counter.count(items) for counter in self.counters]

    def frequent_items(self, least, item_count):
        return [item for item in range(item_count)
                if any(count >= enough for count, enough in zip(self.counts((item,)), least))]


class Tables:
    """What a model says of all segments."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            group = file["by_segment"]
            self.figures = dict(group.attrs)
            self.baskets = group["baskets"][:].tolist()
            self.customers = group["customers"][:].tolist()
            self.items = {name: array[:] for name, array in group["items"].items()}
            self.rules = None
            if "rules" in group:
                self.rules = {name: array[:] for name, array in group["rules"].items()}
                self.sides = list(zip(*(lists(self.rules[f"{side}_offsets"],
                                              self.rules[f"{side}_items"])
                                        for side in ("antecedent", "consequent"))))
            self.has_all = "itemsets" in file
        self.parts = [Model(path, f"by_segment/{s}") for s in range(int(self.figures["k"]))]


class BySegmentTest(PatronTest):
    K = 5  # segment 3 is empty, segment 4 has one basket

    def draw(self, seed, customers=30, count=150, density=0.5, parts=0):
        """Customers of no segment, baskets of no customer, an empty segment, one of one basket."""
        draw = random.Random(seed)
        labels = [draw.choice((-1, 0, 0, 1, 2)) for _ in range(customers - 1)] + [4]
        baskets = random_baskets(seed, count, ITEMS, density)
        customer = [NO_CUSTOMER if draw.random() < 0.1 else draw.randrange(customers - 1)
                    for _ in baskets]
        customer[draw.randrange(count)] = customers - 1
        for basket, who in zip(baskets, customer):  # segment 1 buys both of two items, or neither
            if who != NO_CUSTOMER and labels[who] == 1:
                basket[:] = sorted({*basket} - {0, 5} | ({0, 5} if draw.random() < 0.5 else set()))
        write_segments(self.segments, labels, self.K)
        data = write_dataset(self.folder / f"data-{seed}-{parts}", features=[[0.0]] * customers,
                             baskets=baskets, basket_customer=customer, item_names=NAMES,
                             parts=parts)
        return data, Segments(baskets, customer, labels, self.K)

    def setUp(self):
        super().setUp()
        self.path = self.folder / "model.h5"
        self.segments = self.folder / "segments.h5"

    def mine(self, data, *options, **run):
        self.done("itemsets", data, "--by-segment", self.segments, "-o", self.path, "--force",
                  *options, **run)
        self.done("verify", self.path)
        return Tables(self.path)

    def assert_items(self, tables, expected, least, item_count, excluded=(), step=1):
        """The whole table; of every step-th item also the chance, which takes its time here."""
        wanted = [item for item in expected.frequent_items(least, item_count)
                  if item not in excluded]
        self.assertEqual(tables.items["item"].tolist(), wanted)
        for row, item in enumerate(wanted):
            counts = expected.counts((item,))
            self.assertEqual(tables.items["count"][row].tolist(), counts)
            for segment, (count, size) in enumerate(zip(counts, expected.sizes)):
                self.assertTrue(is_same(tables.items["lift"][row, segment],
                                        lift(expected.total, count, size, sum(counts))))
                if row % step > 0:
                    continue
                chance = float(p_value(expected.total, count, size, sum(counts)))
                found = tables.items["p_value"][row, segment]
                self.assertLessEqual(abs(found - chance), 1e-11 * chance)

    def assert_rules(self, tables, expected, rules_by_segment):
        sides = {rule[:2] for rules in rules_by_segment for rule in rules}
        wanted = in_order(sides)
        self.assertEqual(tables.sides, wanted)
        for row, (antecedent, consequent) in enumerate(wanted):
            counts = [expected.counts(items)
                      for items in (antecedent + consequent, antecedent, consequent)]
            for name, by_segment in zip(("count", "antecedent_count", "consequent_count"), counts):
                self.assertEqual(tables.rules[name][row].tolist(), by_segment)
            for segment, size in enumerate(expected.sizes):
                found = tables.rules["lift"][row, segment]
                self.assertTrue(is_same(found, lift(size, *(by[segment] for by in counts))))
            self.assertEqual(tables.rules["lift_in_all"][row],
                             lift(expected.total, *map(sum, counts)))

    def assert_figures(self, tables, expected):
        self.assertFalse(tables.has_all)
        self.assertEqual(tables.baskets, expected.sizes)
        self.assertEqual(tables.customers, [len(who) for who in expected.customers])
        self.assertEqual(tables.figures["n_baskets"], expected.total)
        self.assertEqual(tables.figures["n_baskets_without"], expected.without)
        self.assertEqual(tables.figures["segments_digest"].decode(),
                         digest(self.segments))


class Small(BySegmentTest):
    def least(self, expected, support):
        return [least_count(support, size) for size in expected.sizes]

    def test_everything_that_a_model_holds(self):
        for seed, (support, confidence, most) in enumerate(((0.2, 0.5, 1), (0.1, 0.0, 1),
                                                            (0.3, 0.6, 3), (0.05, 0.4, 2))):
            data, expected = self.draw(seed)
            least = self.least(expected, support)
            tables = self.mine(data, "--min-support", support, "--rules", "--min-confidence",
                               confidence, "--max-consequent", most, ranks=seed % 4 + 1, threads=2)
            self.assert_figures(tables, expected)
            self.assert_items(tables, expected, least, ITEMS)
            rules = []
            for part, baskets, enough in zip(tables.parts, expected.baskets, least):
                sets = frequent(baskets, ITEMS, enough)
                rules.append(rules_of(sets, len(baskets), confidence, 0, most))
                self.assertEqual(part.sets, sorted(sets.items(),
                                                   key=lambda entry: (len(entry[0]), entry[0])))
                self.assertEqual(part.rules, rules[-1])
                self.assertEqual(part.figures["min_count"], enough)
                self.assertEqual(part.figures["n_baskets"], len(baskets))
            self.assertEqual([size == 0 for size in expected.sizes], [False] * 3 + [True, False])
            self.assertEqual(expected.sizes[4], 1)
            self.assert_rules(tables, expected, rules)

    def test_options_of_mining(self):
        data, expected = self.draw(10)
        for ranks, kind in enumerate(("closed", "maximal"), 1):
            tables = self.mine(data, "--min-count", 12, "--kind", kind, "--min-length", 2, ranks=ranks)
            self.assertIsNone(tables.rules)
            self.assert_items(tables, expected, [12] * self.K, ITEMS)
            for part, baskets in zip(tables.parts, expected.baskets):
                sets = of_kind(frequent(baskets, ITEMS, 12), kind)
                self.assertEqual(dict(part.sets), {items: count for items, count in sets.items()
                                                   if len(items) >= 2})
        tables = self.mine(data, "--min-count", 9, "--exclude-items", "item 2,item 7", "--rules",
                           "--min-confidence", 0.3, "--prune-redundant", "--top-rules", 4,
                           "--significance", 0.5, ranks=3)
        self.assert_items(tables, expected, [9] * self.K, ITEMS, excluded=(2, 7))
        for part in tables.parts:
            self.assertFalse({2, 7} & {item for items, _ in part.sets for item in items})
        self.assertTrue(any(part.rules for part in tables.parts))
        self.assert_rules(tables, expected, [part.rules for part in tables.parts])

    def test_top_sets_of_each_segment(self):
        data, expected = self.draw(11)
        tables = self.mine(data, "--top", 10, "--rules", "--min-confidence", 0.2, ranks=2)
        least = [int(part.figures["min_count"]) for part in tables.parts]
        for part, baskets, enough in zip(tables.parts, expected.baskets, least):
            every = frequent(baskets, ITEMS, 1)
            self.assertEqual(dict(part.sets), {items: count for items, count in every.items()
                                               if count >= enough})
            self.assertTrue(len(part.sets) >= 10 or len(part.sets) == len(every))
        self.assert_items(tables, expected, least, ITEMS)
        self.assert_rules(tables, expected, [part.rules for part in tables.parts])

    def test_the_same_anywhere(self):
        digests = set()
        for parts in (0, 3):
            data, _ = self.draw(12, parts=parts)
            for ranks, threads in ((1, 1), (1, 3), (2, 2), (3, 1), (4, 1)):
                self.mine(data, "--min-support", 0.15, "--rules", "--min-confidence", 0.3,
                          ranks=ranks, threads=threads)
                digests.add(self.verified_digest(self.path))
        self.assertEqual(len(digests), 1)

    def test_fewer_baskets_than_ranks(self):
        write_segments(self.segments, [0, 1], 2)
        data = write_dataset(self.folder / "two.h5", features=[[0.0]] * 2, baskets=[[0, 1], [1]],
                             basket_customer=[0, 1], item_names=NAMES[:2])
        expected = Segments([[0, 1], [1]], [0, 1], [0, 1], 2)
        for ranks in (1, 4):
            tables = self.mine(data, "--min-count", 1, "--rules", "--min-confidence", 0,
                               ranks=ranks)
            self.assert_items(tables, expected, [1, 1], 2)
            self.assert_rules(tables, expected, [part.rules for part in tables.parts])
            self.assertEqual(len(tables.sides), 2)

    def test_no_basket_in_any_segment(self):
        write_segments(self.segments, [-1, -1], 3)
        data = write_dataset(self.folder / "none.h5", features=[[0.0]] * 2, baskets=[[0, 1], [1]],
                             basket_customer=[0, NO_CUSTOMER], item_names=NAMES[:2])
        for ranks in (1, 2):
            tables = self.mine(data, "--min-support", 0.5, "--rules", ranks=ranks)
            self.assertEqual((tables.baskets, tables.customers), ([0] * 3, [0] * 3))
            self.assertEqual((len(tables.items["item"]), tables.sides), (0, []))
            self.assertEqual(tables.figures["n_baskets_without"], 2)


class Told(BySegmentTest):
    """What is printed."""

    def told(self, data, *options, **run):
        return self.summary("itemsets", data, "--by-segment", self.segments, *options, **run)

    def best_items(self, expected, segment, least):
        """The five items of the highest lift above 1; ties by count, then item."""
        rows = []
        for item in range(ITEMS):
            counts = expected.counts((item,))
            worth = lift(expected.total, counts[segment], expected.sizes[segment], sum(counts))
            if counts[segment] >= least and worth > 1:
                rows.append((-worth, -counts[segment], item, sum(counts)))
        others = expected.total - expected.sizes[segment]
        return [{"item": NAMES[item], "baskets": -count, "share": -count / expected.sizes[segment],
                 "share_of_others": (every + count) / others, "lift": -worth}
                for worth, count, item, every in sorted(rows)[:5]]

    def best_rules(self, expected, tables, segment, least):
        rows = []
        for number, (antecedent, consequent) in enumerate(tables.sides):
            counts = [expected.counts(items)
                      for items in (antecedent + consequent, antecedent, consequent)]
            own = [by_segment[segment] for by_segment in counts]
            here = lift(expected.sizes[segment], *own)
            in_all = lift(expected.total, *map(sum, counts))
            if own[0] >= least and here > in_all:
                rows.append((-(here - in_all), -here, -own[0], number, in_all, own[0] / own[1]))
        return [{"antecedent": [NAMES[item] for item in tables.sides[number][0]],
                 "consequent": [NAMES[item] for item in tables.sides[number][1]],
                 "baskets": -count, "confidence": confidence, "lift": -here, "lift_in_all": in_all}
                for _, here, count, number, in_all, confidence in sorted(rows)[:5]]

    def test_best_of_each_segment(self):
        found = 0
        for seed in range(3):
            data, expected = self.draw(20 + seed)
            options = ("--min-support", 0.15, "--rules", "--min-confidence", 0.3)
            tables = self.mine(data, *options)
            summaries = [self.told(data, *options, "--min-group", 0, ranks=ranks)
                         for ranks in (1, 2, 3)]
            for summary in summaries:
                self.assertEqual(summary["by_segment"], summaries[0]["by_segment"])
            self.assertEqual(summary["rules"], len(tables.sides))
            self.assertEqual((summary["segments"], summary["withheld"]), (self.K, 0))
            self.assertEqual(summary["baskets"], expected.total + expected.without)
            self.assertEqual(summary["baskets_without_segment"], expected.without)
            for number, segment in enumerate(summary["by_segment"]):
                part = tables.parts[number]
                self.assertEqual((segment["segment"], segment["customers"], segment["baskets"]),
                                 (number, len(expected.customers[number]), expected.sizes[number]))
                self.assertEqual((segment["itemsets"], segment["rules"], segment["min_count"]),
                                 (len(part.sets), len(part.rules), part.figures["min_count"]))
                for item in segment["best_items"]:
                    row = tables.items["item"].tolist().index(NAMES.index(item["item"]))
                    self.assertEqual(item.pop("p_value"), tables.items["p_value"][row, number])
                self.assertEqual(segment["best_items"],
                                 self.best_items(expected, number, segment["min_count"]))
                self.assertEqual(segment["best_rules"],
                                 self.best_rules(expected, tables, number, segment["min_count"]))
                found += len(segment["best_rules"])
        self.assertGreater(found, 10)

    def rows(self, text):
        """The first cells of the lines that start with a number."""
        return {line.split()[0] for line in text.splitlines() if line.split() and
                line.split()[0].isdigit() and "rules of all" not in line and "baskets" not in line}

    def test_small_groups_are_withheld(self):
        data, expected = self.draw(30)
        sizes = [len(who) for who in expected.customers]
        for least in (10, sizes[2], sizes[2] + 1, 0):
            shown = {str(number) for number, size in enumerate(sizes) if size >= least}
            given = () if least == 10 else ("--min-group", least)
            for ranks in (1, 2):
                process = self.done("itemsets", data, "--by-segment", self.segments, "--rules",
                                    "--min-support", 0.1, "--min-confidence", 0, *given,
                                    ranks=ranks)
                self.assertEqual(self.rows(process.stdout), shown)
                self.assertEqual("Withheld" in process.stdout, len(shown) < self.K)
                self.assertIn(f"{expected.without} baskets are of no segment", process.stdout)
            summary = self.told(data, "--min-support", 0.1, "--rules", *given)
            self.assertEqual({str(entry["segment"]) for entry in summary["by_segment"]}, shown)
            self.assertEqual((summary["withheld"], summary["min_group"]),
                             (self.K - len(shown), least))
        self.assertGreater(len(shown), 3)

    def test_the_model_does_not_depend_on_what_is_shown(self):
        data, _ = self.draw(31)
        digests = set()
        for group in (0, 10, 1000):
            self.mine(data, "--min-support", 0.1, "--min-group", group)
            digests.add(self.verified_digest(self.path))
        self.assertEqual(len(digests), 1)

    def test_count_only(self):
        data, expected = self.draw(32)
        for ranks in (1, 3):
            summary = self.told(data, "--min-count", 10, "--count-only", "--min-group", 0,
                                ranks=ranks)
            for entry, baskets in zip(summary["by_segment"], expected.baskets):
                sets = frequent(baskets, ITEMS, 10)
                lengths = [len(items) for items in sets]
                self.assertEqual(entry["itemsets_by_length"],
                                 {str(length): lengths.count(length)
                                  for length in range(1, max(lengths, default=0) + 1)})
                self.assertFalse({"best_items", "best_rules"} & entry.keys())
            process = self.done("itemsets", data, "--by-segment", self.segments, "--min-count", 10,
                                "--count-only", ranks=ranks)
            self.assertIn("of 2", process.stdout)
            self.assertNotIn("by lift", process.stdout)

    def test_the_only_segment_has_no_others(self):
        write_segments(self.segments, [0] * 12, 1)
        data = write_dataset(self.folder / "one.h5", features=[[0.0]] * 12, item_names=NAMES[:2],
                             baskets=[[0, 1]] * 12, basket_customer=range(12))
        summary = self.told(data, "--min-count", 2)
        self.assertEqual(summary["by_segment"][0]["best_items"], [])
        self.assertEqual(summary["by_segment"][0]["itemsets"], 3)


class Refused(BySegmentTest):
    def refused(self, code, data, *options, says=(), **run):
        self.fails(code, "itemsets", data, *options, "--min-count", 2, "-o", self.path, says=says,
                   **run)
        self.assertFalse(self.path.exists())

    def test_usage(self):
        data, _ = self.draw(40)
        by_segment = ("--by-segment", self.segments)
        self.refused(64, data, "--min-group", 3, says=("--min-group needs --by-segment",))
        self.refused(64, data, *by_segment, "--text", self.folder / "sets", says=("--text",))
        self.refused(64, data, *by_segment, "--memory", "1G", says=("--memory",))
        self.refused(64, data, *by_segment, "--count-only", says=("--count-only",))
        self.refused(64, data, *by_segment, "--min-group", -1, says=("--min-group",))
        self.fails(64, "itemsets", data, *by_segment, says=("--min-support",))

    def test_models_that_do_not_fit(self):
        data, _ = self.draw(41)
        for ranks in (1, 3):
            def bad(code, *says, **run):
                self.refused(code, data, "--by-segment", self.segments, says=says, ranks=ranks)
            write_segments(self.segments, [0] * 29, 1)
            bad(65, "labels of 29 customers", "30")
            write_segments(self.segments, [0] * 31, 1)
            bad(65, "labels of 31 customers", "30")
            write_segments(self.segments, [0] * 29 + [2], 2)
            bad(65, "row 29", "label 2")
            write_segments(self.segments, [-2] + [0] * 29, 2)
            bad(65, "row 0", "label -2")
            write_segments(self.segments, [0] * 30, 0)
            bad(65, "k is 0")
            write_segments(self.segments, [0] * 30, 1, kind="itemset")
            bad(65, "itemset", "'segment'")
            write_segments(self.segments, [0.5] * 30, 1, dtype="float64")
            bad(65, "/segments/labels")
            with h5py.File(write_segments(self.segments, [0] * 30, 1), "a") as file:
                file.create_group("run").attrs["dataset_digest"] = "ab" * 32
            bad(65, "abababababababab...", digest(data)[:16])
            self.segments.write_text("no HDF5")
            bad(65, "segments.h5")
            self.segments.unlink()
            bad(66, "segments.h5")

    def test_any_number_type_will_do(self):
        data, expected = self.draw(42)
        with h5py.File(self.segments, "r") as file:
            labels = file["segments/labels"][:]
        for dtype in ("int8", "int64"):
            write_segments(self.segments, labels, self.K, dtype=dtype)
            self.assertEqual(self.mine(data, "--min-count", 2).baskets, expected.sizes)

    def test_datasets_that_do_not_fit(self):
        write_segments(self.segments, [0, 0], 1)
        by_segment = ("--by-segment", self.segments)
        data = write_dataset(self.folder / "a.h5", features=[[0.0]] * 2, baskets=[[0], [0]])
        self.refused(65, data, *by_segment, says=("/baskets/customer",), ranks=2)
        data = write_dataset(self.folder / "b.h5", baskets=[[0], [0]], basket_customer=[0, 1])
        self.refused(65, data, *by_segment, says=("no customers",))
        data = write_dataset(self.folder / "c.h5", features=[[0.0]] * 2, baskets=[[0], [0]],
                             basket_customer=[0, 2])
        self.refused(65, data, *by_segment, says=("basket 1", "row 2"), ranks=2)
        data = write_dataset(self.folder / "d.h5", features=[[0.0]] * 2)
        self.refused(65, data, *by_segment, says=("no baskets",))
        text = self.folder / "sets.dat"
        text.write_text("1 2\n1\n")
        self.refused(65, text, *by_segment, says=("text", "--by-segment"), ranks=2)

    def test_too_many_sets_in_a_segment(self):
        data, expected = self.draw(43)
        most = max(len(frequent(baskets, ITEMS, 2)) for baskets in expected.baskets)
        self.mine(data, "--min-count", 2, "--max-itemsets", most)
        self.path.unlink()
        self.refused(71, data, "--by-segment", self.segments, "--max-itemsets", 3,
                     says=("segment 0: ", "more than 3 sets"), ranks=2)

    def test_damaged_models(self):
        data, _ = self.draw(44)
        self.mine(data, "--min-support", 0.1, "--rules", "--min-confidence", 0.2)
        whole = self.path.read_bytes()
        for name, change, says in (
                ("by_segment/baskets", 1, "baskets"), ("by_segment/customers", 1000, "customers"),
                ("by_segment/items/item", 1, "/items"), ("by_segment/items/count", 1, "/items"),
                ("by_segment/items/count", -1000, "/items"),
                ("by_segment/items/lift", 0.5, "/items/lift"),
                ("by_segment/items/p_value", 1e-9, "/items/p_value"),
                ("by_segment/rules/count", 1, "/rules"),
                ("by_segment/rules/antecedent_count", 1, "/rules"),
                ("by_segment/rules/antecedent_items", 7, "/rules"),
                ("by_segment/rules/lift", 1e-9, "/rules/lift"),
                ("by_segment/rules/lift_in_all", 1e-9, "/rules/lift_in_all"),
                ("by_segment/1/itemsets/count", 1000, "/by_segment/1/itemsets"),
                ("by_segment/2/rules/lift", 0.25, "/by_segment/2/rules/lift"),
                ("by_segment/2/rules/count", 1, "/by_segment/2/rules")):
            self.path.write_bytes(whole)
            with h5py.File(self.path, "a") as file:
                file[name][(0,) * file[name].ndim] += numpy.array(change).astype(file[name].dtype)
            with self.subTest(name=name):
                self.fails(65, "verify", self.path, says=(says,))
        for name in ("by_segment/3", "by_segment/items/count", "by_segment/customers"):
            self.path.write_bytes(whole)
            with h5py.File(self.path, "a") as file:
                del file[name]
            self.fails(65, "verify", self.path, says=(name.split("/")[1],))


class Shop(BySegmentTest):
    """The export of Online Retail, from text to tables."""

    def test_real_baskets(self):
        data = self.folder / "shop"
        must("ingest", *ONLINE_RETAIL, "--parts", 3, "-o", data)
        must("segment", data, "-o", self.segments, "--k", 4, "--log1p", LOG1P)
        with h5py.File(self.segments, "r") as file:
            labels = file["segments/labels"][:].tolist()
        baskets, customer, names = [], [], None
        for part in sorted(data.iterdir()):
            with h5py.File(part, "r") as file:
                baskets += lists(file["baskets/offsets"][:], file["baskets/items"][:])
                customer += file["baskets/customer"][:].tolist()
                names = len(file["items/name"])
        expected = Segments(baskets, customer, labels, 4)
        least = [least_count(0.02, size) for size in expected.sizes]
        digests = set()
        for ranks, threads in ((1, 1), (2, 2), (4, 1)):
            tables = self.mine(data, "--min-support", 0.02, "--rules", "--min-confidence", 0.4,
                               ranks=ranks, threads=threads)
            digests.add(self.verified_digest(self.path))
        self.assertEqual(len(digests), 1)
        self.assert_figures(tables, expected)
        self.assert_items(tables, expected, least, names, step=50)
        rules = []
        for part, own, enough in zip(tables.parts, expected.baskets, least):
            sets = level_by_level(own, enough)
            rules.append(rules_of(sets, len(own), 0.4))
            self.assertEqual(dict(part.sets), sets)
            self.assertEqual(part.rules, rules[-1])
        self.assert_rules(tables, expected, rules)
        self.assertGreater(len(tables.sides), 50)
        # made of another dataset
        other = self.folder / "other.h5"
        must("ingest", *ONLINE_RETAIL[:-2], "-o", other)
        self.fails(65, "itemsets", other, "--by-segment", self.segments, "--min-count", 100,
                   says=("segments.h5",))


if __name__ == "__main__":
    unittest.main()
