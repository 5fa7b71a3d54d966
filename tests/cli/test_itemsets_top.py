# SPDX-License-Identifier: Apache-2.0
"""The sets of the highest support, and limits on how many sets are found, against counting every
set."""
import re
import unittest

from patron_test import ONLINE_RETAIL, PatronTest, by_tier, write_dataset
from plain_itemsets import Model, frequent, of_kind, random_baskets, rules_of

ITEMS = 9
NAMES = [f"item {item}" for item in range(ITEMS)]
FITTING = re.compile(r"a min-count of (\d+) or a min-support of (\S+) gives (?:at most )?(\d+)")


def top_of(sets, number, floor=1):
    """Those of the highest counts, ties with the last, and the least count of which all are in."""
    counts = sorted((count for count in sets.values() if count >= floor), reverse=True)
    least = counts[number - 1] if number <= len(counts) else floor
    return {items: count for items, count in sets.items() if count >= least}, least


class Small(PatronTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "model.h5"

    def write(self, baskets, name="data.h5", **options):
        return write_dataset(self.folder / name, baskets=baskets, item_names=NAMES, **options)

    def top(self, data, *options, **run):
        self.done("itemsets", data, "-o", self.path, "--force", *options, **run)
        self.done("verify", self.path)
        return Model(self.path)

    def assert_top(self, model, sets, number, floor=1):
        expected, least = top_of(sets, number, floor)
        self.assertEqual(model.sets,
                         sorted(expected.items(), key=lambda entry: (len(entry[0]), entry[0])))
        self.assertEqual(model.figures["min_count"], least)


class Top(Small):
    def test_every_number(self):
        for seed, (count, density) in enumerate(((40, 0.3), (60, 0.7), (7, 0.6))):
            baskets = random_baskets(20 + seed, count, ITEMS, density)
            data, every = self.write(baskets), frequent(baskets, ITEMS, 1)
            closed = of_kind(every, "closed")
            numbers = (1, 2, 5, 9, 10, 23, 60, 150, len(every), len(every) + 1, 10**9)
            for ranks, number in list(enumerate(numbers))[by_tier(seed % 2, 0)::by_tier(2, 1)]:
                with self.subTest(seed=seed, number=number):
                    run = {"ranks": ranks % 4 + 1, "threads": ranks % 3 + 1}
                    self.assert_top(self.top(data, "--top", number, **run), every, number)
                    model = self.top(data, "--top", number, "--kind", "closed", **run)
                    self.assert_top(model, closed, number)

    def test_lengths(self):
        baskets = random_baskets(30, 70, ITEMS, 0.6)
        data, every = self.write(baskets), frequent(baskets, ITEMS, 1)
        for kind in ("all", "closed"):
            for ranks, (least, most, number) in enumerate(((2, 0, 7), (1, 2, 20), (3, 3, 12),
                                                           (5, 0, 9), (8, 9, 3), (2, 2, 100))):
                options = ["--min-length", least] + (["--max-length", most] if most else [])
                wanted = {items: count for items, count in of_kind(every, kind).items()
                          if least <= len(items) <= (most or ITEMS)}
                with self.subTest(kind=kind, least=least, most=most):
                    model = self.top(data, "--top", number, "--kind", kind, *options,
                                     ranks=ranks % 4 + 1)
                    self.assert_top(model, wanted, number)

    def test_include_and_exclude(self):
        baskets = random_baskets(31, 70, ITEMS, 0.6)
        data = self.write(baskets)
        for kind in ("all", "closed"):
            for include, exclude, number in (((2,), (), 1), ((1, 4), (), 9), ((), (0,), 12),
                                             ((3,), (5, 6), 15), ((1, 4), (), 1000)):
                options = []
                if include:
                    options += ["--include-items", ",".join(NAMES[item] for item in include)]
                if exclude:
                    options += ["--exclude-items", ",".join(NAMES[item] for item in exclude)]
                left = [[item for item in basket if item not in exclude] for basket in baskets]
                wanted = {items: count
                          for items, count in of_kind(frequent(left, ITEMS, 1), kind).items()
                          if set(include) <= set(items)}
                with self.subTest(kind=kind, include=include, exclude=exclude, number=number):
                    model = self.top(data, "--top", number, "--kind", kind, *options, ranks=2)
                    self.assert_top(model, wanted, number)

    def test_rules_come_from_all_sets_of_that_count(self):
        baskets = random_baskets(32, 70, ITEMS, 0.6)
        every = frequent(baskets, ITEMS, 1)
        for options in ((), ("--include-items", "item 1"), ("--min-length", 3)):
            model = self.top(self.write(baskets), "--top", 40, "--rules", "--min-confidence", 0.5,
                             *options, ranks=3)
            least = model.figures["min_count"]
            self.assertGreater(least, 1)
            sets = {items: count for items, count in every.items() if count >= least}
            self.assertEqual(model.rules, rules_of(sets, 70, 0.5))

    def test_a_threshold_is_the_floor(self):
        baskets = random_baskets(33, 70, ITEMS, 0.6)
        data, every = self.write(baskets), frequent(baskets, ITEMS, 1)
        for number in (5, 400):
            for kind in ("all", "closed"):
                model = self.top(data, "--top", number, "--min-count", 15, "--kind", kind)
                self.assert_top(model, of_kind(every, kind), number, 15)
        maximal = of_kind({items: count for items, count in every.items() if count >= 15},
                          "maximal")
        for ranks in (1, 3):
            model = self.top(data, "--top", 4, "--min-support", 0.2042, "--kind", "maximal",
                             ranks=ranks)
            self.assertEqual(dict(model.sets), top_of(maximal, 4)[0])
            self.assertEqual(model.figures["min_count"], 15)

    def test_ties_that_are_too_many_to_find(self):
        """All sets of the one long basket are held once; those of two are few."""
        baskets = [list(range(200))] + [[0, 1, 2]] * 2 + [[3]] * 2
        names = [f"item {item}" for item in range(200)]
        data = write_dataset(self.folder / "long.h5", baskets=baskets, item_names=names)
        for ranks in (1, 2):
            model = self.top(data, "--top", 8, ranks=ranks)
            self.assertEqual({count for _, count in model.sets}, {3})
            self.assertEqual(len(model.sets), 8)
            model = self.top(data, "--top", 3, "--min-length", 199, "--max-itemsets", 300,
                             ranks=ranks)
            self.assertEqual(len(model.sets), 201)
            self.fails(71, "itemsets", data, "--top", 9, "-o", self.path, "--force",
                       "--max-itemsets", 100, ranks=ranks, says=("a min-count of 2", "gives 8"))

    def test_usage(self):
        data = self.write([[0, 1]])
        for options, says in ((("--top", 0), "--top"), (("--top", -1), "--top"),
                              (("--top", 3, "--kind", "maximal"), "--kind maximal"),
                              ((), "--top"), (("--top", 3, "--max-itemsets", 0), "--max-itemsets"),
                              (("--top", 3, "--memory", "0"), "--memory")):
            self.fails(64, "itemsets", data, "-o", self.path, *options, says=(says,))

    def test_real_baskets(self):
        data = self.folder / "shop.h5"
        self.done("ingest", *ONLINE_RETAIL, "-o", data)
        for options in (("--top", 3000), ("--top", 3000, "--kind", "closed", "--min-length", 2)):
            digests = set()
            for ranks, threads in ((1, 1), (1, 3), (2, 2), (4, 1)):
                model = self.top(data, *options, ranks=ranks, threads=threads)
                digests.add(self.verified_digest(self.path))
            self.assertEqual(len(digests), 1)
            least = int(model.figures["min_count"])
            counts = []
            for count in (least, least + 1):
                summary = self.summary("itemsets", data, "--count-only", "--min-count", count,
                                       *options[2:])
                counts.append(summary["itemsets"])
            self.assertEqual(len(model.sets), counts[0])
            self.assertGreaterEqual(counts[0], 3000)
            self.assertLess(counts[1], 3000)
        summary = self.summary("itemsets", data, "--count-only", "--top", 3000, ranks=3)
        self.assertEqual(summary["min_count"], self.top(data, "--top", 3000).figures["min_count"])


class Limits(Small):
    def setUp(self):
        super().setUp()
        self.baskets = random_baskets(48, 150, ITEMS, 0.5)
        self.data = self.write(self.baskets)
        self.every = frequent(self.baskets, ITEMS, 1)
        self.closed = of_kind(self.every, "closed")

    def refused(self, *options, **run):
        """The text, and what would fit by it."""
        process = self.fails(71, "itemsets", self.data, *options, says=("baskets",), **run)
        text = process.stderr.splitlines()[-1]
        count, support, sets = FITTING.search(text).groups()
        return text, int(count), support, int(sets)

    def number(self, least, kind="all"):
        sets = self.closed if kind == "closed" else self.every
        return sum(count >= least for count in sets.values())

    def test_most_sets(self):
        everything = len(self.every)
        for most in by_tier((everything - 1, 30), (everything - 1, 100, 30)):
            expected = next(c for c in range(1, 151) if self.number(c) <= most)
            texts = set()
            for ranks, threads in by_tier(((1, 3), (4, 2)), ((1, 1), (1, 3), (2, 1), (4, 2))):
                for wanted in (("-o", self.path), ("--count-only",), ("--text", "-")):
                    text, count, support, sets = self.refused(
                        "--min-count", 1, "--max-itemsets", most, *wanted, "--threads", threads,
                        ranks=ranks)
                    texts.add(text)
                    self.assertFalse(self.path.exists())
            self.assertEqual(len(texts), 1)
            self.assertEqual((count, sets), (expected, self.number(expected)))
            for least in (("--min-count", count), ("--min-support", support)):
                summary = self.summary("itemsets", self.data, *least, "--count-only",
                                       "--max-itemsets", most, ranks=2)
                self.assertEqual((summary["itemsets"], summary["min_count"]), (sets, count))
        for ranks in (1, 3):
            summary = self.summary("itemsets", self.data, "--min-count", 1, "--count-only",
                                   "--max-itemsets", everything, ranks=ranks)
            self.assertEqual(summary["itemsets"], everything)

    def test_sets_that_are_mined_count(self):
        """All frequent sets stand behind rules; else only what is listed counts."""
        long = sum(len(items) >= 4 and count >= 10 for items, count in self.every.items())
        self.top(self.data, "--min-count", 10, "--min-length", 4, "--max-itemsets", long)
        self.refused("--min-count", 10, "--min-length", 4, "--max-itemsets", long - 1, "-o",
                     self.path, "--force")
        maximal = of_kind({items: count for items, count in self.every.items() if count >= 10},
                          "maximal")
        for options, most in ((("--kind", "maximal"), len(maximal)),
                              (("--kind", "closed"), self.number(10, "closed")),
                              (("--rules", "--min-length", 4), self.number(10)),
                              (("--rules", "--kind", "closed"), self.number(10))):
            self.top(self.data, "--min-count", 10, *options, "--max-itemsets", most, ranks=2)
            text, count, _, sets = self.refused(
                "--min-count", 10, *options, "--max-itemsets", most - 1, "-o", self.path, "--force",
                ranks=2)
            self.assertEqual("at most" in text, "maximal" in options)
            kind = "all" if "--rules" in options else "closed"
            self.assertEqual(sets, self.number(count, kind))
            self.assertLess(sets, most)

    def test_top_beside_it(self):
        _, least = top_of(self.every, 40)
        most = self.number(least)
        self.top(self.data, "--top", 40, "--max-itemsets", most)
        _, least = top_of(self.closed, 40)
        most = self.number(least, "closed")
        for ranks in (1, 2):
            model = self.top(self.data, "--top", 40, "--kind", "closed", "--max-itemsets", most,
                             ranks=ranks)
            self.assert_top(model, self.closed, 40)
            self.refused("--top", 40, "--kind", "closed", "--max-itemsets", most - 1, "-o",
                         self.path, "--force", ranks=ranks)

    def test_none_fits(self):
        data = self.write([[0, 1, 2]] * 5, "same.h5")
        self.fails(71, "itemsets", data, "--min-count", 1, "--count-only", "--max-itemsets", 6,
                   says=("more than 6 sets", "the highest count"))

    def test_memory(self):
        """A set takes at least its items and count, so that these cannot fit; what is told does."""
        for ranks in (1, 3):
            for options, kind in (((), "all"), (("--kind", "closed"), "closed"),
                                  (("--rules",), "all")):
                _, count, support, sets = self.refused(
                    "--min-count", 1, "--memory", "2K", "-o", self.path, *options, "--force",
                    ranks=ranks, threads=2)
                self.assertEqual(sets, self.number(count, kind))
                self.assertLess(sets * 16, ranks * 2048)
                self.assertGreater(sets, 20)
                self.top(self.data, "--min-support", support, "--memory", "2K", *options,
                         ranks=ranks, threads=2)
                self.top(self.data, "--min-count", 1, "--memory", "1M", *options, ranks=ranks)
            self.done("itemsets", self.data, "--min-count", 1, "--memory", "2K", "--text",
                      self.folder / f"sets.{ranks}", ranks=ranks)
            self.done("itemsets", self.data, "--min-count", 1, "--memory", "2K", "--count-only",
                      ranks=ranks)


if __name__ == "__main__":
    unittest.main()
