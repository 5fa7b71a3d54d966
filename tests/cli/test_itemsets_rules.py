# SPDX-License-Identifier: Apache-2.0
"""Rules of several consequent items, pruned, tested and ranked, against all splits of all sets."""
import itertools
import json
import math
import unittest

from patron_test import DATA, PatronTest, by_tier, write_dataset
from plain_itemsets import (MEASURES, Model, best_of, frequent, largest_difference, p_value,
                            random_baskets, rules_of, significant, without_redundant)

ITEMS = 8
RETAIL, QUEST = DATA / "fimi_retail.dat.gz", DATA / "fimi_T10I4D100K.dat.gz"


class RulesTest(PatronTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "model.h5"

    def mine(self, data, *options, **run):
        self.done("itemsets", data, "-o", self.path, "--force", "--rules", *options, **run)
        return Model(self.path)

    def assert_rules(self, model, expected):
        """These rules, in this order, with all their columns; and the model is sound."""
        self.done("verify", self.path)
        self.assertEqual(model.rules, expected)
        baskets = int(model.figures["n_baskets"])
        self.assertLess(largest_difference(model.worth, model.rules, baskets), 1e-11)
        for rule, found in zip(model.rules, model.worth.get("p_value", ())):
            chance = float(p_value(baskets, *rule[2:]))
            self.assertLessEqual(abs(found - chance), 1e-11 * chance)

    def assert_same_anywhere(self, data, *options):
        digests = set()
        for ranks, threads in by_tier(((1, 2), (2, 1), (3, 2), (4, 1)),
                                      itertools.product((1, 2, 3, 4), (1, 2))):
            self.mine(data, *options, ranks=ranks, threads=threads)
            digests.add(self.verified_digest(self.path))
        self.assertEqual(len(digests), 1)


class Small(RulesTest):
    """Random baskets; some hold an item that all hold, or many equal counts."""

    CASES = ((40, 0.4, 3), (100, 0.5, 10), (63, 0.9, 30), (300, 0.2, 3), (12, 0.6, 1), (129, 0.7, 20))

    def each(self):
        for seed, (count, density, least) in enumerate(by_tier(self.CASES[:4], self.CASES)):
            baskets = random_baskets(100 + seed, count, ITEMS, density)
            if seed % 2 == 1:
                baskets = [sorted({3, *basket}) for basket in baskets]
            data = write_dataset(self.folder / "data.h5", baskets=baskets,
                                 item_names=[f"item {item}" for item in range(ITEMS)])
            with self.subTest(seed=seed):
                yield data, count, least, frequent(baskets, ITEMS, least)

    def test_longer_consequents(self):
        for data, count, least, sets in self.each():
            for most, confidence, lift in ((1, 0.4, 0), (2, 0.5, 1.05), (99, 0.3, 0)):
                model = self.mine(data, "--min-count", least, "--max-consequent", most,
                                  "--min-confidence", confidence, "--min-lift", lift, ranks=least % 4 + 1)
                self.assert_rules(model, rules_of(sets, count, confidence, lift, most))
                self.assertEqual(model.rule_figures["max_consequent"], most)

    def test_all_splits(self):
        for data, count, least, sets in self.each():
            model = self.mine(data, "--min-count", least, "--max-consequent", ITEMS,
                              "--min-confidence", 0)
            self.assertEqual(len(model.rules), sum(2 ** len(items) - 2 for items in sets))
            self.assert_rules(model, rules_of(sets, count, 0, 0, ITEMS))

    def test_redundant_rules(self):
        pruned = 0
        for data, count, least, sets in self.each():
            for most, confidence in ((1, 0.0), (2, 0.3)):
                rules = rules_of(sets, count, confidence, 0, most)
                model = self.mine(data, "--min-count", least, "--max-consequent", most,
                                  "--min-confidence", confidence, "--prune-redundant", ranks=4 - most)
                self.assert_rules(model, without_redundant(rules))
                pruned += len(rules) - len(model.rules)
                self.assertEqual(model.rule_figures["prune_redundant"], 1)
        self.assertGreater(pruned, 100)

    def test_significant_rules(self):
        sizes = []
        for data, count, least, sets in self.each():
            for most, level in ((1, 0.9), (2, 0.2)):
                rules = rules_of(sets, count, 0.2, 0, most)
                model = self.mine(data, "--min-count", least, "--max-consequent", most,
                                  "--min-confidence", 0.2, "--significance", level, ranks=2)
                self.assert_rules(model, significant(rules, count, level))
                self.assertIn("p_value", model.worth)
                self.assertEqual((model.rule_figures["tested"], model.rule_figures["significance"]),
                                 (len(rules), level))
                sizes.append((len(model.rules), len(rules)))
        self.assertTrue(any(0 < kept < tested for kept, tested in sizes))

    def test_best_rules(self):
        for data, count, least, sets in self.each():
            rules = rules_of(sets, count, 0.2, 0, 2)
            for wanted, by in zip((1, 3, 10, 40, 10**9, 7, 20, 2), MEASURES):
                model = self.mine(data, "--min-count", least, "--max-consequent", 2,
                                  "--min-confidence", 0.2, "--top-rules", wanted, "--by", by,
                                  ranks=1 + wanted % 2)
                self.assert_rules(model, best_of(rules, count, wanted, by))
                self.assertEqual((model.rule_figures["top_rules"], model.rule_figures["by"]),
                                 (wanted, by.encode()))

    def test_all_together(self):
        for data, count, least, sets in self.each():
            rules = significant(without_redundant(rules_of(sets, count, 0.3, 1.01, 3)), count, 0.5)
            model = self.mine(data, "--min-count", least, "--max-consequent", 3, "--min-confidence", 0.3,
                              "--min-lift", 1.01, "--prune-redundant", "--significance", 0.5,
                              "--top-rules", 5, ranks=3)
            self.assert_rules(model, best_of(rules, count, 5, "lift"))

    def test_no_rules(self):
        data = write_dataset(self.folder / "none.h5", baskets=[[0], [1], []], item_names=["a", "b"])
        for ranks in (1, 3):
            model = self.mine(data, "--min-count", 1, "--max-consequent", 2, "--prune-redundant",
                              "--significance", 0.05, "--top-rules", 3, ranks=ranks)
            self.assertEqual((model.rules, len(model.worth["p_value"])), ([], 0))
            self.assertEqual(model.rule_figures["tested"], 0)


class Real(RulesTest):
    def test_retail(self):
        model = self.mine(RETAIL, "--min-count", 89, "--max-consequent", 3, "--min-confidence", 0.25,
                          ranks=2)
        sets, baskets = dict(model.sets), int(model.figures["n_baskets"])
        rules = rules_of(sets, baskets, 0.25, 0, 3)
        self.assertGreater(sum(len(rule[1]) == 3 for rule in rules), 50)
        self.assertEqual(model.rules, rules)
        pruned = without_redundant(rules)
        self.assertEqual(self.mine(RETAIL, "--min-count", 89, "--max-consequent", 3,
                                   "--min-confidence", 0.25, "--prune-redundant").rules, pruned)
        for by in ("leverage", "conviction"):
            model = self.mine(RETAIL, "--min-count", 89, "--max-consequent", 3, "--min-confidence",
                              0.25, "--prune-redundant", "--top-rules", 200, "--by", by)
            self.assert_rules(model, best_of(pruned, baskets, 200, by))

    def test_the_best_of_very_many(self):
        """More rules than the list of the best ever holds."""
        every = self.mine(QUEST, "--min-count", 100, "--min-confidence", 0)
        self.assertGreater(len(every.rules), 80000)
        for by, ranks in by_tier((("lift", 3),), (("lift", 3), ("lift", 1), ("confidence", 3))):
            model = self.mine(QUEST, "--min-count", 100, "--min-confidence", 0, "--top-rules", 50,
                              "--by", by, ranks=ranks)
            self.assertEqual(model.rules, best_of(every.rules, 100000, 50, by))

    def test_same_anywhere(self):
        options = ("--min-count", 89, "--max-consequent", 3, "--min-confidence", 0.2)
        self.assert_same_anywhere(RETAIL, *options, "--prune-redundant", "--significance", 0.01)
        self.assert_same_anywhere(RETAIL, *options, "--top-rules", 100, "--by", "chi_squared")


class Told(RulesTest):
    def setUp(self):
        super().setUp()
        self.data = write_dataset(self.folder / "data.h5", item_names=["a", "b", "c"],
                                  baskets=[[0, 1, 2]] * 5 + [[0]] * 3 + [[1]] * 4 + [[2]])

    def test_options_and_summary(self):
        options = ("--min-count", 1, "--min-confidence", 0.1, "--max-consequent", 2,
                   "--significance", 0.5, "--top-rules", 4, "--by", "jaccard", "--prune-redundant")
        summary = self.summary("itemsets", self.data, "-o", self.path, "--rules", *options)
        model = Model(self.path)
        self.assertEqual(summary["rules"], len(model.rules))
        self.assertEqual(summary["rules_tested"], model.rule_figures["tested"])
        taken = json.loads(model.run["options"])
        self.assertEqual([taken[name]["value"] for name in
                          ("max-consequent", "prune-redundant", "significance", "top-rules", "by")],
                         [2, True, 0.5, 4, "jaccard"])
        text = self.done("itemsets", self.data, "-o", self.path, "--force", "--rules", *options).stdout
        self.assertIn("the best by jaccard", text)

    def test_defaults(self):
        model = self.mine(self.data, "--min-count", 1)
        self.assertEqual({name: model.rule_figures[name] for name in model.rule_figures},
                         {"min_confidence": 0.8, "min_lift": 0, "max_consequent": 1,
                          "prune_redundant": 0})
        self.assertEqual(set(model.worth), set(MEASURES))

    def test_a_side_in_every_basket(self):
        data = write_dataset(self.folder / "all.h5", item_names=["a", "b"],
                             baskets=[[0, 1]] * 3 + [[0]])
        model = self.mine(data, "--min-count", 1, "--min-confidence", 0)
        self.assertTrue(all(math.isnan(value) for value in model.worth["chi_squared"]))
        self.assertEqual(model.worth["conviction"].tolist(), [1.0, math.inf])
        model = self.mine(data, "--min-count", 1, "--min-confidence", 0, "--significance", 0.99)
        self.assertEqual((model.rules, model.rule_figures["tested"]), ([], 2))

    def test_wrong_options(self):
        for option in (("--max-consequent", 2), ("--prune-redundant",), ("--significance", 0.1),
                       ("--top-rules", 3), ("--by", "lift")):
            self.fails(64, "itemsets", self.data, "--min-count", 1, "-o", self.path, *option,
                       says=(option[0], "--rules"))
        for option, value in (("--max-consequent", 0), ("--significance", 0), ("--significance", 1),
                              ("--top-rules", 0), ("--by", "beauty")):
            self.fails(64, "itemsets", self.data, "--min-count", 1, "-o", self.path, "--rules",
                       option, value, says=(option, str(value)))
        self.fails(64, "itemsets", self.data, "--min-count", 1, "-o", self.path, "--rules", "--by",
                   "lift", says=("--by", "--top-rules"))


if __name__ == "__main__":
    unittest.main()
