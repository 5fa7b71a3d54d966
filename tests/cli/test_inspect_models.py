# SPDX-License-Identifier: Apache-2.0
"""inspect of models: what h5py reads in them, sorted and withheld as the options say."""
import json
import unittest

import h5py
import numpy

from by_segment import ITEMS, BySegmentTest
from patron_test import PatronTest, must, read_strings, write_dataset
from plain_profile import withheld_groups

NAMES = ["visits", "spend", "späte Käufe"]
WIDE = {"COLUMNS": "500"}


def items_by_number(numbers, texts):
    return [texts[number] for number in numbers]


class Segments(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        dice = numpy.random.default_rng(3)
        features = numpy.concatenate([numpy.abs(dice.standard_normal((count, 3))) + 30 * place
                                      for place, count in enumerate((200, 90, 4))])
        features[5, 1] = numpy.nan
        cls.data = write_dataset(folder / "data.h5", features.astype("float32"), names=NAMES)
        cls.model, cls.warm = folder / "model.h5", folder / "warm.h5"
        must("segment", cls.data, "-o", cls.model, "--k", 3, "--missing", "drop", "--log1p",
             "spend", "--columns", ",".join(NAMES), "--init", "k-means++", "--scale", "none")
        must("segment", cls.data, "-o", cls.warm, "--init", cls.model, "--missing", "median")

    def test_every_figure(self):
        summary = self.summary("inspect", self.model, "--min-group", 0, ranks=2)
        with h5py.File(self.model) as file:
            group, attributes = file["segments"], file["segments"].attrs
            for name in "k", "k_requested", "inertia", "iterations", "seed":
                self.assertEqual(summary[name], attributes[name], name)
            self.assertEqual(summary["converged"], bool(attributes["converged"]))
            self.assertEqual((summary["rows"], summary["rows_dropped"]), (294, 1))
            self.assertEqual(summary["columns"], NAMES)
            for s, segment in enumerate(summary["segments"]):
                self.assertEqual(segment["segment"], s)
                for name in "size", "weight_sum", "inertia":
                    self.assertEqual(segment[name], group[name][s], name)
                self.assertEqual(segment["share"], group["size"][s] / 293)
                self.assertEqual(segment["centroid"], group["centroids"][s].tolist())
                self.assertEqual(segment["centroid_scaled"], group["centroids_scaled"][s].tolist())
                self.assertIsNone(segment["moved"])
            self.assertEqual(len(summary["segments"]), 3)
            self.assertEqual([(step["inertia"], step["moved"], step["shift"])
                              for step in summary["history"]],
                             [tuple(step) for step in group["history"][()].tolist()])
            for name in "log1p", "offset", "scale":
                self.assertEqual(summary["transform"][name], file["transform"][name][()].tolist())
            self.assertEqual(summary["transform"]["fill"], [None] * 3)
            run = {name: value.decode() if isinstance(value, bytes) else value
                   for name, value in file["run"].attrs.items()}
            run["options"] = json.loads(run["options"])
            self.assertEqual(summary["run"], run)

    def test_small_segments_are_withheld(self):
        summary = self.summary("inspect", self.model)
        with h5py.File(self.model) as file:
            hidden = withheld_groups(file["segments/size"][()], 10)
        self.assertEqual(summary["segments_withheld"], 2)
        self.assertEqual([s["size"] for s in summary["segments"]], [199])
        text = self.done("inspect", self.model, env={"LC_ALL": "C.UTF-8"}).stdout
        self.assertIn("2 segments have fewer than 10 customers (or would tell of such by the total): not "
                      "shown (--min-group)", " ".join(text.split()))
        shown = next(line for line in text.splitlines() if line.startswith("segment "))
        self.assertEqual(shown.split()[1:], [str(s) for s in range(3) if s not in hidden])

    def test_text(self):
        text = self.done("inspect", self.warm, "--min-group", 0, ranks=2, env=WIDE).stdout
        for words in ("a segment model: 3 segments (3 asked for) of 294 customers", "moved",
                      "späte Käufe", "converged", "command line", "--init"):
            self.assertIn(words, text)
        self.assertEqual(text, self.done("inspect", self.warm, "--min-group", 0, env=WIDE).stdout)

    def test_what_a_model_cannot_be_asked(self):
        for arguments in (("--columns", "visits"), ("--fail-missing", 0.1),
                          ("--fail-below-rows", 1), ("--fail-below-baskets", 1)):
            self.fails(65, "inspect", self.model, *arguments,
                       says=(arguments[0], "is a model"))

    def test_damaged_models(self):
        damaged = self.folder / "damaged.h5"
        damaged.write_bytes(self.model.read_bytes())
        with h5py.File(damaged, "a") as file:
            file["segments/size"][0] += 1
        self.fails(65, "inspect", damaged, ranks=2, says=("damaged.h5", "size"))
        with h5py.File(damaged, "a") as file:
            del file["transform"]
        self.fails(65, "inspect", damaged, says=("damaged.h5",))
        with h5py.File(damaged, "a") as file:
            file.attrs["kind"] = "mystery"
        self.fails(65, "inspect", damaged, says=("kind",))

    def test_a_model_without_provenance(self):
        bare = self.folder / "bare.h5"
        bare.write_bytes(self.model.read_bytes())
        with h5py.File(bare, "a") as file:
            del file["run"]
        self.assertEqual(self.summary("inspect", bare)["run"], {})
        self.assertNotIn("Where it comes from", self.done("inspect", bare).stdout)


class Itemsets(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        dice = numpy.random.default_rng(8)
        cls.baskets = [sorted(numpy.flatnonzero(dice.random(9) < 0.4).tolist()) for _ in range(60)]
        cls.names = [f"i{n}" for n in range(9)]
        cls.labels = ["" if n == 4 else f"label {n}" for n in range(9)]
        data = write_dataset(folder / "data.h5", baskets=cls.baskets, item_names=cls.names,
                             item_labels=cls.labels)
        cls.model, cls.plain = folder / "model.h5", folder / "plain.h5"
        must("itemsets", data, "-o", cls.model, "--min-count", 4, "--rules", "--min-confidence",
             0.3, "--max-consequent", 2)
        must("itemsets", data, "-o", cls.plain, "--min-count", 70)

    def held(self, file, offsets, items, number):
        ends = file[offsets][number:number + 2]
        return file[items][ends[0]:ends[1]].tolist()

    def test_every_figure(self):
        for least, top in ((0, 10), (10, 7), (12, 1000), (0, 0)):
            summary = self.summary("inspect", self.model, "--min-group", least, "--top", top,
                                   ranks=2)
            with h5py.File(self.model) as file:
                self.check_sets(summary, file, least, top)
                self.check_rules(summary, file, least, top)
                self.assertEqual((summary["baskets"], summary["items"]), (60, 9))
                self.assertEqual(summary["figures"]["kind"], "all")
                self.assertEqual(summary["figures"]["min_count"], 4)
                self.assertEqual(summary["rule_figures"],
                                 {name: value.item() for name, value in file["rules"].attrs.items()})

    def check_sets(self, summary, file, least, top):
        counts, offsets = file["itemsets/count"][()], file["itemsets/offsets"][()]
        lengths = numpy.diff(offsets.astype(int))
        self.assertEqual(summary["itemsets"], len(counts))
        self.assertEqual(summary["itemsets_by_length"],
                         {str(n): int((lengths == n).sum()) for n in range(1, max(lengths) + 1)})
        self.assertEqual(summary["itemsets_withheld"], int((counts < least).sum()))
        best = [i for i in numpy.lexsort((numpy.arange(len(counts)), -counts.astype(int)))
                if counts[i] >= least][:top]
        expected = []
        for i in best:
            held = self.held(file, "itemsets/offsets", "itemsets/items", i)
            expected.append({"items": items_by_number(held, self.names),
                             "labels": items_by_number(held, self.labels),
                             "baskets": int(counts[i]), "share": int(counts[i]) / 60})
        self.assertEqual(summary["top_itemsets"], expected)

    def check_rules(self, summary, file, least, top):
        rules = {name: file["rules"][name][()] for name in file["rules"]}
        number = len(rules["count"])
        self.assertEqual(summary["rules"], number)
        self.assertEqual(summary["rules_withheld"], int((rules["count"] < least).sum()))
        order = sorted((i for i in range(number) if rules["count"][i] >= least),
                       key=lambda i: (-rules["lift"][i], -rules["confidence"][i],
                                      -int(rules["count"][i]), i))[:top]
        self.assertEqual(len(summary["top_rules"]), len(order))
        for rule, i in zip(summary["top_rules"], order):
            for side in "antecedent", "consequent":
                held = self.held(file, f"rules/{side}_offsets", f"rules/{side}_items", i)
                self.assertEqual(rule[side], items_by_number(held, self.names))
                self.assertEqual(rule[f"{side}_labels"], items_by_number(held, self.labels))
            self.assertEqual(rule["baskets"], rules["count"][i])
            for name in "support", "confidence", "lift", "leverage", "zhangs_metric", "jaccard":
                self.assertEqual(rule[name], rules[name][i], name)

    def test_text(self):
        text = self.done("inspect", self.model, ranks=2, env=WIDE).stdout
        for words in ("an itemset model", "(all) in at least 4 of 60 baskets of 9 different items",
                      "label 3", "who buys", "for fewer than 10 baskets: not listed (--min-group)",
                      "--max-consequent 2"):
            self.assertIn(words, text)
        self.assertEqual(text, self.done("inspect", self.model, env=WIDE).stdout)

    def test_no_sets(self):
        summary = self.summary("inspect", self.plain)
        self.assertEqual((summary["itemsets"], summary["itemsets_by_length"],
                          summary["top_itemsets"]), (0, {}, []))
        self.assertNotIn("rules", summary)
        self.assertIn("0 sets", self.done("inspect", self.plain).stdout)

    def test_damaged_models(self):
        damaged = self.folder / "damaged.h5"
        damaged.write_bytes(self.model.read_bytes())
        with h5py.File(damaged, "a") as file:
            file["itemsets/items"][0] = 9
        self.fails(65, "inspect", damaged, ranks=2, says=("damaged.h5",))
        damaged.write_bytes(self.model.read_bytes())
        with h5py.File(damaged, "a") as file:
            label = read_strings(file["items/label"])
            del file["items/label"]
            file["items/label"] = numpy.array([text.encode() for text in label[:-1]])
        self.fails(65, "inspect", damaged, says=("/items/label",))


class ItemsetsBySegment(BySegmentTest):
    OPTIONS = ("--min-support", 0.15, "--rules", "--min-confidence", 0.3)

    def setUp(self):
        super().setUp()
        self.data, self.expected = self.draw(21)
        self.tables = self.mine(self.data, *self.OPTIONS)

    def test_every_figure(self):
        mined = self.summary("itemsets", self.data, "--by-segment", self.segments, *self.OPTIONS,
                             "--min-group", 0)
        summary = self.summary("inspect", self.path, "--min-group", 0, ranks=2)
        self.assertEqual((summary["segments"], summary["segments_withheld"]), (self.K, 0))
        self.assertEqual((summary["baskets"], summary["baskets_without_segment"]),
                         (self.expected.total + self.expected.without, self.expected.without))
        self.assertEqual((summary["items"], summary["rules"]), (ITEMS, len(self.tables.sides)))
        self.assertEqual(summary["segments_digest"],
                         self.tables.figures["segments_digest"].decode())
        self.assertIn("--by-segment", summary["run"]["command_line"])
        self.assertEqual(
            [(one["segment"], one["customers"], one["baskets"]) for one in summary["by_segment"]],
            [(s, len(who), size) for s, (who, size) in
             enumerate(zip(self.expected.customers, self.expected.sizes))])
        # What mining tells of the best is held against plain Python in test_itemsets_by_segment_told.
        for kind in "best_items", "best_rules":
            self.assertEqual([one[kind] for one in summary["by_segment"]],
                             [one[kind] for one in mined["by_segment"]])
            self.assertTrue(any(one[kind] for one in summary["by_segment"]))

    def test_small_segments_are_withheld(self):
        least = sorted(len(who) for who in self.expected.customers)[-2]
        hidden = withheld_groups([len(who) for who in self.expected.customers], least)
        shown = [s for s in range(self.K) if s not in hidden]
        self.assertTrue(0 < len(shown) < self.K - 1)
        arguments = ("inspect", self.path, "--min-group", least)
        summary = self.summary(*arguments)
        self.assertEqual(summary["segments_withheld"], self.K - len(shown))
        self.assertEqual([one["segment"] for one in summary["by_segment"]], shown)
        self.assertEqual([best["baskets"] for one in summary["by_segment"]
                          for kind in ("best_items", "best_rules") for best in one[kind]
                          if best["baskets"] < least], [])
        text = self.done(*arguments, ranks=2, env=WIDE).stdout
        self.assertEqual(text, self.done(*arguments, env=WIDE).stdout)
        self.assertIn(f"{self.K - len(shown)} segments have fewer than {least} customers "
                      "(or would tell of such by the total): not shown (--min-group)", text)
        self.assertEqual({int(line.split()[0]) for line in text.splitlines()
                          if line[:8].strip().isdigit() and "  " in line.strip()}, set(shown))

    def test_damaged_models(self):
        with h5py.File(self.path, "a") as file:
            file["by_segment/baskets"][1] += 1
        self.fails(65, "inspect", self.path, ranks=2, says=("model.h5", "baskets"))


if __name__ == "__main__":
    unittest.main()
