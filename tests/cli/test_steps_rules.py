# SPDX-License-Identifier: Apache-2.0
"""Rules are nobody's alone: those of one consequent are compared by all ranks, and those of offers go by
in blocks."""
import unittest

import h5py
import numpy

from growth import SHARED_SLACK, TOGETHER_SLACK, Growth, figure
from patron_test import by_tier, must

BLOCK = (32 << 20) // 8 // 256    # rules of offers that go by together with --memory 32M
RULE_BYTES = 110                  # of a rule that a rank holds, at most, while it sorts its own
TOLD_BYTES = 64                   # of a rule that goes by
BLOCK_BYTES = 192 * 8 + 256       # to find where a block ends, and to agree


class StepsOfRules(Growth):
    def write_baskets(self, name, baskets):
        """Baskets of up to 9 of 41 items, nearly all of which hold item 0."""
        dice = numpy.random.default_rng(5)
        text = self.folder / name
        with open(text, "w", encoding="ascii") as file:
            for _ in range(baskets):
                own = {*(1 + (40 * dice.random(dice.integers(1, 9)) ** 2).astype(int)).tolist()}
                own |= {0} if dice.random() < 0.97 else set()
                file.write(" ".join(map(str, sorted(own))) + "\n")
        return text

    def test_short_antecedents(self):
        """Nearly all sets have three items, and nearly all antecedents are few pairs, which come first in
        the order of sets; item 0 is in every other basket, and alone an antecedent of hundreds of rules."""
        dice = numpy.random.default_rng(11)
        text = self.folder / "short.dat"
        with open(text, "w", encoding="ascii") as file:
            for _ in range(60000):
                own = (120 * dice.random(3) ** 1.5).astype(int)
                own[0] *= dice.random() < 0.5
                file.write(" ".join(map(str, sorted({*own.tolist()}))) + "\n")
        more = ("--rules", "--min-confidence", 0.001, "--memory", "1T", "-o", self.folder / "short.h5",
                "--force")
        wider = (("--max-consequent", 2), ("--prune-redundant",), ("--kind", "closed"))
        for ranks in by_tier((4,), (2, 3, 4)):
            for options in (("--max-length", 3), ("--max-length", 2), *by_tier((), wider)):
                few, many = (self.summary("itemsets", text, "--min-count", count, *options, *more,
                                          ranks=ranks) for count in (30, 1))
                with self.subTest(ranks=ranks, options=options):
                    self.assertGreater(many["rules"], 10 * few["rules"])
                    self.check_growth(f"rules {options}", few, many, memory_slack=2 << 20)

    def test_one_consequent(self):
        """At these many rules, one rank would have eight times its share."""
        text = self.write_baskets("one.dat", 20000)
        options = ("--rules", "--min-confidence", 0.9, "--prune-redundant", "--memory", "1T", "-o",
                   self.folder / "pruned.h5", "--force")
        few, many = (self.summary("itemsets", text, "--min-count", count, *options, ranks=12)
                     for count in (200, 2))
        self.assertGreater(many["rules"], 10 * few["rules"])
        grown = {name: many["memory"][name] - few["memory"][name] for name in ("max", "mean")}
        self.assertLess(grown["max"], 1.3 * grown["mean"] + (2 << 20))

    def test_offers(self):
        """A rank holds its range of the rules, and a block at a time of those that all ranks see."""
        text, data = self.write_baskets("two.dat", 3000), self.folder / "carts.h5"
        must("ingest", "--baskets", text, "-o", data)
        for ranks in by_tier((3,), (2, 3, 4)):
            runs, rules = [], []
            for count in (3, 1):
                model = self.folder / f"offers{count}.h5"
                must("itemsets", data, "--min-count", count, "--rules", "--min-confidence", 0, "-o",
                     model, "--force")
                with h5py.File(model) as file:
                    rules.append(len(file["rules/confidence"]))
                runs.append(self.summary("score", data, "--baskets", "--rules", model, "--memory",
                                         "32M", ranks=ranks))
            few, many = runs
            added = rules[1] - rules[0]
            self.assertGreater(rules[0], 2 * BLOCK)
            self.assertGreater(added, 5 * rules[0])
            self.assertLess(many["memory"]["max"] - few["memory"]["max"],
                            RULE_BYTES * added / ranks + (2 << 20))
            for step, each in (("gather", TOLD_BYTES), ("allreduce", BLOCK_BYTES / BLOCK)):
                grown, least = (figure(summary, step, "bytes_in")["max"] for summary in (many, few))
                self.assertLess(grown - least, each * added + TOGETHER_SLACK, step)
            self.check_shared("score --rules", few, many, ranks, SHARED_SLACK)


if __name__ == "__main__":
    unittest.main()
