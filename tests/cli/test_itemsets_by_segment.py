# SPDX-License-Identifier: Apache-2.0
"""Itemsets by segment against plain Python: the baskets of each label are counted one by one."""
import unittest

import h5py

from by_segment import ITEMS, NAMES, BySegmentTest, Segments, least_count, write_segments
from patron_test import NO_CUSTOMER, ONLINE_RETAIL, must, write_dataset
from plain_itemsets import Counter, frequent, lists, of_kind, rules_of

LOG1P = ("recency_days,frequency,monetary,mean_basket_value,distinct_items,mean_items_per_basket,"
         "tenure_days,mean_days_between_baskets")


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
        for parts, runs in ((0, ((1, 1), (1, 3), (3, 1))), (3, ((1, 2), (2, 2), (4, 1)))):
            data, _ = self.draw(12, parts=parts)
            for ranks, threads in runs:
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
                   says=("segments.h5", "digest"))


if __name__ == "__main__":
    unittest.main()
