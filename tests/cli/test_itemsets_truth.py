# SPDX-License-Identifier: Apache-2.0
"""Itemsets and rules of the FIMI data: published counts, supports counted again by bits, order,
and measures."""
import unittest
from fractions import Fraction

import numpy

from patron_test import DATA, PatronTest, by_tier, must
from plain_itemsets import Counter, MEASURES, Model, largest_difference, measures, read_fimi

RETAIL, QUEST = DATA / "fimi_retail.dat.gz", DATA / "fimi_T10I4D100K.dat.gz"
MUSHROOM = DATA / "fimi_mushroom.dat.gz"
# data, least count, itemsets, rules with a confidence of at least one half
ANCHORS = ((RETAIL, 89, 7589, 5731), (RETAIL, 18, 67186, 57044), (RETAIL, 9, 240852, 370233),
           (QUEST, 100, 27532, 72054), (QUEST, 10, 411365, 657871))
DENSE = ((MUSHROOM, 407, 992387), (MUSHROOM, 82, 23176275))
# data, least count, closed itemsets, maximal itemsets
KINDS = ((RETAIL, 89, 7572, 3452), (RETAIL, 9, 189077, 75200), (QUEST, 100, 26806, 4054),
         (MUSHROOM, 407, 8977, 1205), (MUSHROOM, 82, 40368, 6299))


class Counts(PatronTest):
    def count(self, data, least, *options, **run):
        return self.summary("itemsets", data, "--min-count", least, *options, **run)

    def test_itemsets(self):
        for data, least, itemsets, *_ in ANCHORS + DENSE:
            for ranks in (1, 2):
                summary = self.count(data, least, "--count-only", ranks=ranks)
                self.assertEqual(summary["itemsets"], itemsets, (data, least))
                self.assertEqual(sum(summary["itemsets_by_length"].values()), itemsets)

    def test_rules(self):
        for data, least, itemsets, rules in ANCHORS:
            summary = self.count(data, least, "-o", self.folder / "model.h5", "--force", "--rules",
                                 "--min-confidence", 0.5)
            self.assertEqual(summary["itemsets"], itemsets, (data, least))
            self.assertEqual(summary["rules"], rules, (data, least))

    def test_closed_and_maximal(self):
        for data, least, closed, maximal in KINDS:
            for kind, expected in (("closed", closed), ("maximal", maximal)):
                for ranks in by_tier((2,), (1, 2)):
                    summary = self.count(data, least, "--kind", kind, "--count-only", ranks=ranks)
                    self.assertEqual(summary["itemsets"], expected, (data, least, kind))

    def test_kinds_from_all_sets(self):
        """Rules need all sets; closed and maximal ones are then chosen among these."""
        for kind in ("closed", "maximal"):
            content = []
            for options in ((), ("--rules", "--min-confidence", 0.9)):
                path = self.folder / "model.h5"
                self.count(RETAIL, 20, "--kind", kind, "-o", path, "--force", *options, ranks=2)
                content.append(Model(path).sets)
            self.assertGreater(len(content[0]), 10000)
            self.assertEqual(*content)

    def test_support_is_a_share(self):
        for share, least in ((0.001, 89), (0.0002, 18), (0.0001, 9)):
            summary = self.summary("itemsets", RETAIL, "--min-support", share, "--count-only")
            self.assertEqual(summary["min_count"], least)


class Content(PatronTest):
    """One model of each data set, against the baskets themselves."""

    MODELS = {"retail": (RETAIL, 18, 57044), "quest": (QUEST, 100, 72054)}

    @classmethod
    def setUpClass(cls):
        shared = cls.shared_folder()
        cls.models, cls.counters, cls.baskets = {}, {}, {}
        for name, (data, least, _) in cls.MODELS.items():
            path = shared / f"{name}.h5"
            must("itemsets", data, "--min-count", least, "--rules", "--min-confidence", 0.5, "-o",
                 path)
            must("verify", path)
            cls.models[name] = Model(path)
            cls.baskets[name] = read_fimi(data)
            cls.counters[name] = Counter(cls.baskets[name])

    def each(self):
        for name, model in self.models.items():
            with self.subTest(data=name):
                yield name, model, self.MODELS[name][1]

    def test_dictionary_and_figures(self):
        for name, model, least in self.each():
            numbers = sorted({item for basket in self.baskets[name] for item in basket})
            self.assertEqual(model.names, [str(number) for number in numbers])
            self.assertIsNone(model.labels)
            figures = {key: model.figures[key] for key in ("n_baskets", "min_count", "min_length",
                                                           "max_length")}
            self.assertEqual(figures, {"n_baskets": len(self.baskets[name]), "min_count": least,
                                       "min_length": 1, "max_length": 0})
            self.assertEqual(model.figures["kind"], b"all")

    def test_order(self):
        for _, model, _ in self.each():
            sets = [items for items, _ in model.sets]
            self.assertEqual(sets, sorted(set(sets), key=lambda items: (len(items), items)))
            self.assertTrue(all(list(items) == sorted(set(items)) for items in sets))

    def test_counts_of_a_sample(self):
        random = numpy.random.default_rng(1)
        for name, model, least in self.each():
            for index in random.choice(len(model.sets), 4000, replace=False):
                items, count = model.sets[index]
                numbers = [int(model.names[item]) for item in items]
                self.assertEqual(self.counters[name].count(numbers), count)
                self.assertGreaterEqual(count, least)

    def test_none_is_left_out(self):
        """Items, and random parts of baskets, that are frequent are all listed."""
        random = numpy.random.default_rng(2)
        for name, model, least in self.each():
            listed = {tuple(int(model.names[item]) for item in items) for items, _ in model.sets}
            counter, seen = self.counters[name], 0
            single = {(item,) for item in counter.bits if counter.count([item]) >= least}
            self.assertEqual(single, {items for items in listed if len(items) == 1})
            for index in random.choice(len(self.baskets[name]), 3000):
                items = sorted(item for item in self.baskets[name][index] if (item,) in single)
                size = min(len(items), int(random.integers(2, 6)))
                chosen = tuple(sorted(random.choice(items, size, replace=False).tolist())) \
                    if size > 1 else ()
                if chosen and counter.count(chosen) >= least:
                    self.assertIn(chosen, listed)
                    seen += 1
            self.assertGreater(seen, 100)

    def test_rules_are_all_there(self):
        for name, model, _ in self.each():
            counts = dict(model.sets)
            expected = []
            for items, count in model.sets:
                for index, item in enumerate(items if len(items) > 1 else ()):
                    antecedent = items[:index] + items[index + 1:]
                    if count / counts[antecedent] >= 0.5:
                        expected.append((antecedent, (item,), count, counts[antecedent],
                                         counts[(item,)]))
            expected.sort(key=lambda rule: (len(rule[0]), rule[0], rule[1]))
            self.assertEqual(len(expected), self.MODELS[name][2])
            self.assertEqual(model.rules, expected)

    def test_measures(self):
        for _, model, _ in self.each():
            baskets = int(model.figures["n_baskets"])
            self.assertEqual(set(model.worth), set(MEASURES))
            self.assertLess(largest_difference(model.worth, model.rules, baskets), 1e-12)

    def test_measures_in_exact_arithmetic(self):
        random = numpy.random.default_rng(3)
        for _, model, _ in self.each():
            baskets = Fraction(int(model.figures["n_baskets"]))
            for index in random.choice(len(model.rules), 500):
                counts = [Fraction(count) for count in model.rules[index][2:]]
                for name, expected in measures(baskets, *counts).items():
                    found, expected = model.worth[name][index], float(expected)
                    if numpy.isinf(expected):
                        self.assertEqual(found, expected)
                    else:
                        self.assertAlmostEqual(found, expected, delta=1e-9 * max(1, abs(found)))


if __name__ == "__main__":
    unittest.main()
