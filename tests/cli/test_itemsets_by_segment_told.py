# SPDX-License-Identifier: Apache-2.0
"""Itemsets by segment: what is printed, what is withheld, and what is refused."""
import itertools
import unittest

import h5py
import numpy

from by_segment import ITEMS, NAMES, BySegmentTest, lift, write_segments
from patron_test import by_tier, digest, write_dataset
from plain_itemsets import frequent
from plain_profile import withheld_groups


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
                 "antecedent_labels": None, "consequent_labels": None,
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
            hidden = withheld_groups(sizes, least)
            shown = {str(number) for number in range(len(sizes)) if number not in hidden}
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
        text = self.done("itemsets", data, "--by-segment", self.segments, "--min-count", 2,
                         "--rules").stdout
        self.assertIn("No segment buys an item more often than the others", text)
        self.assertIn("2 rules of all segments; none has a lift above that in all", text)


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
        ranks = itertools.cycle((1, 3))
        def bad(code, *says):
            self.refused(code, data, "--by-segment", self.segments, says=says, ranks=next(ranks))
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
        self.check_damage_of_last_ranks(whole)
        for name in ("by_segment/3", "by_segment/items/count", "by_segment/customers"):
            self.path.write_bytes(whole)
            with h5py.File(self.path, "a") as file:
                del file[name]
            self.fails(65, "verify", self.path, says=(name.split("/")[1],))

    def check_damage_of_last_ranks(self, whole):
        """Each rank checks a range of every table; what is wrong in the last is told by its number."""
        for name, change in (("by_segment/items/lift", 0.5), ("by_segment/rules/lift", 1e-9),
                             ("by_segment/2/rules/lift", 0.25), ("by_segment/1/itemsets/count", 1000)):
            self.path.write_bytes(whole)
            with h5py.File(self.path, "a") as file:
                last = len(file[name]) - 1
                file[name][last] += numpy.array(change).astype(file[name].dtype)
            for ranks in by_tier((3,), (2, 3, 4)):
                with self.subTest(name=name, ranks=ranks):
                    self.fails(65, "verify", self.path, says=(str(last),), ranks=ranks)
        for row in by_tier((-1,), (-1, 1, 0)):
            self.path.write_bytes(whole)
            self.change_table_alone(row)
            for ranks in by_tier((3,), (1, 2, 3, 4)):
                with self.subTest(row=row, ranks=ranks):
                    self.fails(65, "verify", self.path, says=("is not in the table",), ranks=ranks)

    def change_table_alone(self, row):
        """Counts of a rule that a segment's own part tells otherwise; all figures follow from them."""
        with h5py.File(self.path, "a") as file:
            table = file["by_segment/rules"]
            rule, baskets = rules_of(table)[row], file["by_segment/baskets"][()]
            holder = next(segment for segment in range(len(baskets))
                          if rule in rules_of(file[f"by_segment/{segment}/rules"]))
            table["antecedent_count"][row, holder] += 1
            counts = [table[name][row].astype(float)
                      for name in ("count", "antecedent_count", "consequent_count")]
            table["lift"][row] = [lift(*one) for one in zip(baskets, *counts)]
            table["lift_in_all"][row] = lift(baskets.sum(), *(one.sum() for one in counts))


def rules_of(group):
    """Antecedent and consequent of each rule of a model's part."""
    sides = []
    for side in ("antecedent", "consequent"):
        offsets, items = group[f"{side}_offsets"][()], group[f"{side}_items"][()]
        sides.append([items[start:end].tolist() for start, end in zip(offsets, offsets[1:])])
    return [list(pair) for pair in zip(*sides)]


if __name__ == "__main__":
    unittest.main()
