# SPDX-License-Identifier: Apache-2.0
"""Itemsets of small data against counting every set; each option; the text output."""
import gzip
import json
import math
import re
import unittest

import numpy

from patron_test import ONLINE_RETAIL, PATRON, PatronTest, by_tier, digest, write_dataset
from plain_itemsets import (Counter, Model, frequent, largest_difference, of_kind, random_baskets,
                            rules_of)

ITEMS = 9


class Small(PatronTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "model.h5"

    def write(self, baskets, name="data.h5", **options):
        options.setdefault("item_names", [f"item {item}" for item in range(ITEMS)])
        return write_dataset(self.folder / name, baskets=baskets, **options)

    def itemsets(self, data, *options, **run):
        self.done("itemsets", data, "-o", self.path, "--force", *options, **run)
        self.done("verify", self.path)
        return Model(self.path)

    def assert_sets(self, model, expected):
        """The model lists these sets, in the order of the format."""
        self.assertEqual(model.sets,
                         sorted(expected.items(), key=lambda entry: (len(entry[0]), entry[0])))


class AgainstEverySet(Small):
    def test_random_baskets(self):
        for seed, (count, density) in enumerate(((40, 0.3), (100, 0.5), (63, 0.9), (300, 0.2),
                                                 (5, 0.6), (129, 0.75))):
            baskets = random_baskets(seed, count, ITEMS, density)
            data = self.write(baskets)
            leasts = (1, 2, max(2, count // 10), count // 3)
            for least in leasts[by_tier(seed % 2, 0)::by_tier(2, 1)]:
                every = frequent(baskets, ITEMS, least)
                for kind in ("all", "closed", "maximal"):
                    with self.subTest(seed=seed, least=least, kind=kind):
                        model = self.itemsets(data, "--min-count", least, "--kind", kind, "--rules",
                                              "--min-confidence", 0.4)
                        self.assert_sets(model, of_kind(every, kind))
                        self.assertEqual(model.rules, rules_of(every, count, 0.4))
                        self.assertLess(largest_difference(model.worth, model.rules, count), 1e-12)
                        self.assertEqual(model.figures["n_baskets"], count)
                        self.assertEqual(model.figures["kind"], kind.encode())

    def test_on_ranks(self):
        baskets = random_baskets(9, 77, ITEMS, 0.6)
        data = self.write(baskets, "parts", parts=5)
        every = frequent(baskets, ITEMS, 6)
        for ranks in (2, 3, 4):
            model = self.itemsets(data, "--min-count", 6, "--rules", "--min-confidence", 0.7,
                                  "--kind", "closed", ranks=ranks, threads=2)
            self.assert_sets(model, of_kind(every, "closed"))
            self.assertEqual(model.rules, rules_of(every, 77, 0.7))

    def test_lengths(self):
        baskets = random_baskets(10, 90, ITEMS, 0.6)
        data = self.write(baskets)
        every = frequent(baskets, ITEMS, 8)
        for kind in ("all", "closed", "maximal"):
            for least, most in ((2, 0), (1, 3), (3, 3), (8, 9)):
                options = ["--min-length", least] + (["--max-length", most] if most else [])
                model = self.itemsets(data, "--min-count", 8, "--kind", kind, "--rules",
                                      "--min-confidence", 0.9, *options)
                self.assert_sets(model, {items: count
                                         for items, count in of_kind(every, kind).items()
                                         if least <= len(items) <= (most or ITEMS)})
                self.assertEqual(model.rules, rules_of(every, 90, 0.9))
                self.assertEqual((model.figures["min_length"], model.figures["max_length"]),
                                 (least, most))

    def test_include_and_exclude(self):
        baskets = random_baskets(11, 90, ITEMS, 0.6)
        data = self.write(baskets)
        for kind in ("all", "closed", "maximal"):
            for include, exclude in (((2,), ()), ((1, 4), ()), ((), (0,)), ((3,), (5, 6))):
                options = []
                if include:
                    options += ["--include-items", ",".join(f"item {item}" for item in include)]
                if exclude:
                    options += ["--exclude-items", ",".join(f"item {item}" for item in exclude)]
                left = [[item for item in basket if item not in exclude] for basket in baskets]
                every = frequent(left, ITEMS, 7)
                model = self.itemsets(data, "--min-count", 7, "--kind", kind, "--rules",
                                      "--min-confidence", 0.6, *options)
                self.assert_sets(model, {items: count
                                         for items, count in of_kind(every, kind).items()
                                         if set(include) <= set(items)})
                self.assertEqual(model.rules, rules_of(every, 90, 0.6))

    def test_unknown_item(self):
        data = self.write([[0, 1]])
        for option in ("--include-items", "--exclude-items"):
            self.fails(65, "itemsets", data, "--min-count", 1, "-o", self.path, option, "item 77",
                       says=("'item 77'",))


class Support(Small):
    def least(self, share, baskets):
        data = self.write([[0]] * baskets)
        return self.itemsets(data, "--min-support", repr(share)).figures["min_count"]

    def test_least_count_of_a_share(self):
        """The least c with (double)c / (double)n at least S; 0.07 of 100 is 7, though 0.07 * 100
        is 7.000000000000001."""
        self.assertEqual(math.ceil(0.07 * 100), 8)
        for share, baskets in ((0.07, 100), (0.29, 100), (0.57, 100), (0.1, 30), (0.3, 10),
                               (1 / 3, 3), (math.nextafter(1 / 3, 1), 3), (1.0, 5), (1e-9, 5),
                               (0.5, 7), (math.nextafter(0.07, 1), 100), (0.6, 5)):
            expected = next(c for c in range(1, baskets + 1) if c / baskets >= share)
            self.assertEqual(self.least(share, baskets), expected, (share, baskets))
        self.assertEqual(self.least(0.07, 100), 7)

    def test_the_boundary_is_in(self):
        data = self.write([[0]] * 7 + [[1]] * 6 + [[]] * 87)
        self.assert_sets(self.itemsets(data, "--min-support", 0.07), {(0,): 7})
        self.assert_sets(self.itemsets(data, "--min-count", 6), {(0,): 7, (1,): 6})

    def test_out_of_range(self):
        data = self.write([[0, 1]])
        for share in ("0", "-0.1", "1.0000001", "nan"):
            self.fails(64, "itemsets", data, f"--min-support={share}", "-o", self.path,
                       says=("--min-support",))
        self.fails(64, "itemsets", data, "--min-count", 0, "-o", self.path, says=("--min-count",))

    def test_empty_baskets_count(self):
        data = self.write([[], [0, 1], [], [0, 1], []])
        model = self.itemsets(data, "--min-count", 1, "--rules", "--min-confidence", 0.1)
        self.assertEqual(model.figures["n_baskets"], 5)
        self.assertEqual(model.worth["support"].tolist(), [0.4, 0.4])
        self.assertEqual(model.worth["lift"].tolist(), [2.5, 2.5])

    def test_only_empty_baskets(self):
        for ranks in (1, 2):
            model = self.itemsets(self.write([[], [], []]), "--min-count", 1, "--rules",
                                  ranks=ranks)
            self.assert_sets(model, {})
            self.assertEqual(model.rules, [])
            self.assertEqual(model.figures["n_baskets"], 3)

    def test_items_in_every_basket(self):
        baskets = [sorted({0, 1, 2, *rest}) for rest in random_baskets(12, 50, ITEMS, 0.4)]
        data = self.write(baskets)
        every = frequent(baskets, ITEMS, 20)
        self.assertEqual(every[(0, 1, 2)], 50)
        for kind in ("all", "closed", "maximal"):
            model = self.itemsets(data, "--min-count", 20, "--kind", kind, "--rules")
            self.assert_sets(model, of_kind(every, kind))
            self.assertEqual(model.rules, rules_of(every, 50, 0.8))
            self.assertLess(largest_difference(model.worth, model.rules, 50), 1e-12)

    def test_a_count_that_none_reaches(self):
        model = self.itemsets(self.write([[0], [1]]), "--min-count", 3, "--rules")
        self.assert_sets(model, {})
        self.assertEqual(model.rules, [])


class Rules(Small):
    def test_thresholds_are_inclusive(self):
        # item 0 in 10 baskets, with item 1 in 8: a confidence of 0.8, the default least one
        data = self.write([[0, 1]] * 8 + [[0]] * 2 + [[2]] * 10)
        model = self.itemsets(data, "--min-count", 1, "--rules")
        self.assertEqual([rule[:2] for rule in model.rules], [((0,), (1,)), ((1,), (0,))])
        model = self.itemsets(data, "--min-count", 1, "--rules", "--min-confidence",
                              repr(math.nextafter(0.8, 1)))
        self.assertEqual([rule[:2] for rule in model.rules], [((1,), (0,))])

    def test_least_lift(self):
        baskets = random_baskets(13, 100, ITEMS, 0.5)
        data, every = self.write(baskets), frequent(baskets, ITEMS, 5)
        lifts = set()
        for lift in (0.9, 1.0, 1.1):
            model = self.itemsets(data, "--min-count", 5, "--rules", "--min-confidence", 0.3,
                                  "--min-lift", lift)
            self.assertEqual(model.rules, rules_of(every, 100, 0.3, lift))
            lifts.add(len(model.rules))
        self.assertEqual(len(lifts), 3)

    def test_none_unless_asked_for(self):
        self.assertIsNone(self.itemsets(self.write([[0, 1]]), "--min-count", 1).rules)


class Told(Small):
    def setUp(self):
        super().setUp()
        self.baskets = random_baskets(14, 60, ITEMS, 0.6)
        self.data = self.write(self.baskets, item_labels=["ä", *"bcdefgh", ""])
        self.every = frequent(self.baskets, ITEMS, 6)

    def lines(self, sets):
        return "".join(" ".join([*(f"item {item}" for item in items), f"({count})"]) + "\n"
                       for items, count in sorted(sets.items(), key=lambda one: (len(one[0]),
                                                                                 one[0])))

    def test_text(self):
        texts = []
        for ranks in (1, 3):
            printed = self.done("itemsets", self.data, "--min-count", 6, "--text", "-", ranks=ranks)
            file = self.folder / f"sets.{ranks}.txt"
            self.done("itemsets", self.data, "--min-count", 6, "--text", file, ranks=ranks)
            texts += [file.read_text(encoding="utf-8"), printed.stdout]
        self.assertEqual(len(set(texts)), 1)
        found = [(tuple(sorted(int(item) for item in re.findall("item ([0-9]+)", line))),
                  int(re.search(r" \(([0-9]+)\)$", line)[1])) for line in texts[0].splitlines()]
        self.assertEqual(len(found), len(self.every))
        self.assertEqual(dict(found), self.every)

    def test_text_of_sets_that_hold_items(self):
        options = ("itemsets", self.data, "--min-count", 3, "--include-items", "item 1,item 4",
                   "--min-length", 2, "--max-length", 4, "--text", "-")
        texts = {self.done(*options, "--threads", threads, ranks=ranks).stdout
                 for ranks, threads in ((1, 1), (1, 3), (2, 1), (4, 1))}
        self.assertEqual(len(texts), 1)
        found = {tuple(sorted(int(item) for item in re.findall("item ([0-9]+)", line)))
                 for line in texts.pop().splitlines()}
        self.assertEqual(found, {items for items in frequent(self.baskets, ITEMS, 3)
                                 if {1, 4} <= set(items) and len(items) <= 4})

    def test_text_of_a_kind(self):
        for kind in ("closed", "maximal"):
            texts = {self.done("itemsets", self.data, "--min-count", 6, "--kind", kind, "--text",
                               "-", "--threads", threads, "--max-length", 5, ranks=ranks).stdout
                     for ranks, threads in ((1, 1), (1, 3), (2, 1), (4, 1))}
            self.assertEqual(len(texts), 1)
            found = [(tuple(sorted(int(item) for item in re.findall("item ([0-9]+)", line))),
                      int(re.search(r" \(([0-9]+)\)$", line)[1]))
                     for line in texts.pop().splitlines()]
            expected = {items: count for items, count in of_kind(self.every, kind).items()
                        if len(items) <= 5}
            self.assertEqual(len(found), len(expected))
            self.assertEqual(dict(found), expected)

    def test_text_to_a_device(self):
        for ranks in (1, 2):
            summary = self.summary("itemsets", self.data, "--min-count", 6, "--text", "/dev/null",
                                   ranks=ranks)
            self.assertEqual(summary["itemsets"], len(self.every))

    def test_text_of_a_kind_beside_a_model(self):
        file = self.folder / "sets.txt"
        model = self.itemsets(self.data, "--min-count", 6, "--kind", "maximal", "--text", file,
                              "--max-length", 4)
        expected = {items: count for items, count in of_kind(self.every, "maximal").items()
                    if len(items) <= 4}
        self.assertEqual(file.read_text(encoding="utf-8"), self.lines(expected))
        self.assert_sets(model, expected)

    def test_text_of_many_sets(self):
        texts = []
        data = self.folder / "shop.h5"
        self.done("ingest", *ONLINE_RETAIL, "-o", data)
        for ranks in (1, 3):
            file = self.folder / f"many.{ranks}.txt"
            self.done("itemsets", data, "--min-count", 35, "--text", file, ranks=ranks)
            printed = self.done("itemsets", data, "--min-count", 35, "--text", "-", ranks=ranks)
            texts += [file.read_text(encoding="utf-8"), printed.stdout]
        self.assertEqual(len(set(texts)), 1)
        self.assertGreater(len(texts[0]), 2**20)
        model = self.itemsets(data, "--min-count", 35)
        found = sorted((sorted(line.split()[:-1]), line.split()[-1])
                       for line in texts[0].splitlines())
        self.assertEqual(found, sorted((sorted(model.names[item] for item in items), f"({count})")
                                       for items, count in model.sets))
        beside = self.folder / "beside.txt"
        self.itemsets(data, "--min-count", 35, "--text", beside)
        self.assertEqual(beside.read_text(encoding="utf-8").splitlines(),
                         [" ".join([*(model.names[item] for item in items), f"({count})"])
                          for items, count in model.sets])

    def test_count_only(self):
        for ranks in (1, 2):
            summary = self.summary("itemsets", self.data, "--min-count", 6, "--count-only",
                                   ranks=ranks)
            by_length = {}
            for items in self.every:
                by_length[str(len(items))] = by_length.get(str(len(items)), 0) + 1
            self.assertEqual(summary["itemsets_by_length"], by_length)
            self.assertEqual(summary["itemsets"], len(self.every))
        text = self.done("itemsets", self.data, "--min-count", 6, "--count-only").stdout
        for count in by_length.values():
            self.assertRegex(text, rf"(?m)\b{count}$")

    def test_json(self):
        summary = self.summary("itemsets", self.data, "--min-support", 0.1, "--rules", "-o",
                               self.path, "--min-confidence", 0.5, ranks=2, threads=1)
        self.assertEqual(summary["job"], "itemsets")
        self.assertEqual(summary["baskets"], 60)
        self.assertEqual(summary["items"], ITEMS)
        self.assertEqual(summary["min_count"], 6)
        self.assertEqual(summary["itemsets"], len(self.every))
        self.assertEqual(summary["rules"], len(rules_of(self.every, 60, 0.5)))
        self.assertEqual((summary["ranks"], summary["threads"]), (2, 1))
        self.assertTrue({"read", "mine", "write", "total"} <= set(summary["seconds"]))
        self.assertGreaterEqual(summary["mining_cpu"]["max"], summary["mining_cpu"]["mean"])
        self.assertGreater(summary["mining_cpu"]["mean"], 0)
        self.assertGreater(summary["peak_memory"], 2**20)
        # a row is at least two items, its length and its weight
        self.assertGreater(summary["exchanged_bytes"], 16)
        alone = self.summary("itemsets", self.data, "--min-support", 0.1, "--count-only")
        self.assertEqual(alone["exchanged_bytes"], 0)

    def test_dictionary_and_provenance(self):
        model = self.itemsets(self.data, "--min-count", 6, ranks=2, threads=2)
        self.assertEqual(model.names, [f"item {item}" for item in range(ITEMS)])
        self.assertEqual(model.labels, ["ä", *"bcdefgh", ""])
        self.assertEqual(model.run["dataset"], str(self.data).encode())
        self.assertEqual(model.run["dataset_digest"], digest(self.data).encode())
        self.assertTrue(model.run["command_line"].decode().startswith(f"{PATRON} itemsets"))
        self.assertEqual((model.run["ranks"], model.run["threads"]), (2, 2))
        options = json.loads(model.run["options"])
        self.assertEqual(options["min-count"], {"value": 6, "from": "flag"})
        self.assertGreaterEqual(model.run["seconds_mine"], 0)

    def test_ranges_of_text(self):
        """Ranks and threads share the bytes of a plain file; of another one rank reads all.  Threads
        that would have little to read are left out."""
        cases = {"no_end": b"3 1 2\n2 3\n\n1 2 3", "carriage": b"1 2\r\n2 1 1\r\n\r\n",
                 "blanks": b" 7  8\t9 \n\n\n \n 9 8", "one": b"5", "empty_lines": b"\n\n\n",
                 "large": b"1048575 7\n1048576 7\n7 18446744073709551615\n",
                 "zeros": b"007 8\n7 08\n",
                 "long": b"".join(b"%d 3 %d\n" % (line % 7, line % 11) for line in range(120_000))}
        for name, content in cases.items():
            with self.subTest(name=name):
                plain, packed = self.folder / f"{name}.dat", self.folder / f"{name}.dat.gz"
                plain.write_bytes(content)
                packed.write_bytes(gzip.compress(content))
                told = {self.done("itemsets", path, "--min-count", 1, "--text", "-", "--threads",
                                  threads, ranks=ranks).stdout
                        for path, ranks, threads in by_tier(
                            ((packed, 1, 1), (plain, 1, 1), (plain, 1, 3), (plain, 4, 2)),
                            ((path, *at) for path in (plain, packed)
                             for at in ((1, 1), (1, 3), (4, 2))))}
                self.assertEqual(len(told), 1)
                counted = self.summary("itemsets", plain, "--min-count", 1, "--count-only", ranks=3)
                self.assertEqual(counted["baskets"], len(content.splitlines()))

    def test_text_input_is_the_dataset_made_of_it(self):
        text, data = self.folder / "baskets.dat", self.folder / "baskets.h5"
        random = numpy.random.default_rng(15)
        numbers = random.choice(10**6, ITEMS, replace=False)
        text.write_text("".join(" ".join(str(numbers[item]) for item in basket) + "\n"
                                for basket in self.baskets), encoding="utf-8")
        self.done("ingest", "--baskets", text, "-o", data)
        options = ("--min-count", 6, "--rules", "--min-confidence", 0.5)
        digests = set()
        for source in (text, data):
            for ranks in (1, 2):
                self.itemsets(source, *options, ranks=ranks)
                digests.add(self.verified_digest(self.path))
        with open(text, "rb") as stdin:
            model = self.itemsets("-", *options, stdin=stdin)
        digests.add(self.verified_digest(self.path))
        self.assertEqual(len(digests), 1)
        counter = Counter([set(numbers[basket]) for basket in self.baskets])
        self.assertEqual([count for _, count in model.sets],
                         [counter.count(int(model.names[item]) for item in items)
                          for items, _ in model.sets])


if __name__ == "__main__":
    unittest.main()
