# SPDX-License-Identifier: Apache-2.0
"""`report`: one page that needs nothing else; its figures against h5py, what data say escaped, small
groups withheld, the same bytes, size, and bad input."""
import re
import unittest

import h5py
import numpy

from page import Page
from patron_test import PatronTest, must, write_dataset
from plain_profile import withheld_groups
from report_shop import COLUMNS, NAMES, SCRIPT, make_shop


class Reports(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        cls.shop = make_shop(cls.shared)
        cls.full = ("--data", cls.shop["data"], "--previous", cls.shop["old"])
        cls.path = cls.shared / "full.html"
        must("report", cls.shop["four"], cls.shop["itemsets"], *cls.full, "-o", cls.path)
        cls.text = cls.path.read_text("utf-8")
        cls.page = Page(cls.text)
        with h5py.File(cls.shop["four"]) as model:
            cls.sizes, cls.labels = model["segments/size"][:], model["segments/labels"][:]

    def made(self, *arguments, **options):
        path = self.folder / "page.html"
        self.done("report", *arguments, "-o", path, "--force", **options)
        return path.read_text("utf-8")

    def test_page_is_whole_and_needs_nothing(self):
        self.assertEqual(self.page.stack, [])
        self.assertEqual(len(self.page.ids), len(set(self.page.ids)))
        self.assertLessEqual(set(self.page.targets), set(self.page.ids))
        for target in self.page.loaded:
            self.assertTrue(target.startswith("#") or target == "data:,", target)
            if target.startswith("#"):
                self.assertIn(target[1:], self.page.ids)
        self.assertNotIn("http:", self.text)
        self.assertNotIn("https:", self.text)
        for tag, attributes in self.page.tags:
            if tag == "th":
                self.assertIn(attributes.get("scope"), ("col", "row"))

    def test_what_data_say_is_escaped(self):
        self.assertNotIn(SCRIPT, self.text)
        self.assertNotIn("<i>odd", self.text)
        self.assertNotIn("</td><b>bold", self.text)
        self.assertEqual([tag for tag, _ in self.page.tags].count("script"), 1)
        cells = {cell for table in self.page.tables.values() for row in table for cell in row}
        told = " + ".join(cells)
        for name in NAMES:
            self.assertIn(name, told)
        for name in COLUMNS:
            self.assertIn(name, cells)

    def test_segments(self):
        rows = self.page.body("Segments, the largest first")
        hidden = withheld_groups(self.sizes, 10)
        large = sorted((size for s, size in enumerate(self.sizes) if s not in hidden), reverse=True)
        self.assertEqual([int(row[1]) for row in rows], large)
        self.assertEqual(len(rows), 2)  # the small one alone would be what is left
        money = self.shop["rows"].astype("float32")[:, 0].astype("float64")
        everyone = money.sum()
        for row in rows:
            own = self.labels == int(row[0].split()[0])
            self.assertEqual(float(row[2]), round(100 * own.mean(), 1))
            self.assertAlmostEqual(float(row[3]), 100 * money[own].sum() / everyone, delta=0.0501)

    def test_small_groups_are_withheld_and_counted(self):
        hidden = withheld_groups(self.sizes, 10)
        self.assertIn("2 segments have fewer than 10 customers (or would tell of such by the total) and are "
                      "withheld", self.text)
        for number in hidden:
            self.assertIn(f"{number} (withheld)", self.text)
            self.assertNotIn(f"{number} \u00b7 ", self.text)
        for caption in ("Segments, the largest first", "Mean of each column by segment",
                        "Items by lift over all segments", "How good each segment is"):
            for row in self.page.tables.get(caption, [[]])[1:]:
                self.assertNotIn(int(row[0].split()[0]), hidden)
        counts = [int(row[2]) for row in
                  self.page.body("Customers by segment before and now")]
        self.assertGreaterEqual(min(counts), 10)
        everything = Page(self.made(self.shop["four"], "--min-group", 0))
        self.assertEqual(len(everything.body("Segments, the largest first")), 4)

    def test_rules(self):
        with h5py.File(self.shop["itemsets"]) as model:
            count, lift = model["rules/count"][:], model["rules/lift"][:]
        rows = self.page.body("Rules, the highest lift first")
        told = sorted(lift[count >= 10], reverse=True)[:500]
        self.assertEqual([row[5] for row in rows], [f"{value:.2f}" for value in told])
        self.assertEqual(self.text.count('class="mark q'), len(rows))
        withheld = int((count < 10).sum())
        self.assertGreater(withheld, 0)
        self.assertIn(f"{withheld} hold for fewer than 10 baskets", self.text)
        self.assertNotIn("rules of the model are listed", self.text)
        strict = self.folder / "strict.h5"
        must("itemsets", self.shop["data"], "-o", strict, "--min-count", 100, "--rules", "--min-confidence", 0.5)
        with h5py.File(strict) as model:
            self.assertIn(f"All {len(model['rules/count'])} rules of the model are listed", self.made(strict))
        few = Page(self.made(self.shop["itemsets"], "--top", 3)).body("Rules, the highest lift first")
        self.assertEqual(few, rows[:3])

    def test_items_by_segment(self):
        rows = self.page.body("Items by lift over all segments")
        self.assertGreater(len(rows), 0)
        customer = h5py.File(self.shop["data"])["baskets/customer"][:].astype(int)
        segment = self.labels[customer]
        for row in rows:
            own = segment == int(row[0].split()[0])
            holds = numpy.array([NAMES.index(row[1]) in basket for basket in self.shop["baskets"]])
            self.assertEqual(int(row[2]), (own & holds).sum())
            self.assertEqual(row[4], f"{holds[own].mean() / holds.mean():.2f}")

    def test_items_of_a_model_by_segment(self):
        shop, least = self.shop, 10
        page = Page(self.made(shop["four"], shop["by_segment"]))
        customer = h5py.File(shop["data"])["baskets/customer"][:].astype(int)
        segment = self.labels[customer]
        holds = numpy.array([[item in basket for item in range(len(NAMES))] for basket in shop["baskets"]])
        expected = []
        hidden = withheld_groups([len(set(customer[segment == number])) for number in range(4)], least)
        for number in sorted(set(range(4)) - hidden):
            own = segment == number
            held, others = holds[own].sum(axis=0), holds[~own].sum(axis=0)
            lift = held / own.sum() / (holds.sum(axis=0) / len(holds))
            best = [item for item in range(len(NAMES))
                    if lift[item] > 1 and held[item] >= max(least, 0.1 * own.sum())]
            best.sort(key=lambda item: (-lift[item], -held[item], item))
            expected += [[str(number), NAMES[item], str(held[item]), f"{100 * held[item] / own.sum():.1f}",
                          f"{100 * others[item] / (~own).sum():.1f}", f"{lift[item]:.2f}"]
                         for item in best[:5]]
        rows = page.body("Items of each segment against the others")
        self.assertEqual([[row[0].split()[0]] + row[1:6] for row in rows], expected)
        self.assertEqual(len({row[0] for row in rows}), 2)
        with h5py.File(shop["by_segment"]) as model:
            table = model["by_segment/rules"]
            difference = table["lift"][:] - table["lift_in_all"][:][:, None]
            mined = [model[f"by_segment/{number}/itemsets"].attrs["min_count"] for number in range(4)]
            difference[table["count"][:] < numpy.maximum(least, mined)] = -numpy.inf
            difference[:, sorted(hidden)] = -numpy.inf
        rules = page.body("Rules of each segment, the furthest above all segments first")
        for number in {row[0].split()[0] for row in rules}:
            told = [float(row[5]) - float(row[6]) for row in rules if row[0].split()[0] == number]
            numpy.testing.assert_allclose(told, sorted(difference[:, int(number)])[::-1][:len(told)], atol=0.011)
        self.assertEqual({row[0].split()[0] for row in rules} - {row[0].split()[0] for row in rows}, set())

    def test_model_by_segment_alone_and_of_other_segments(self):
        path = self.folder / "page.html"
        summary = self.summary("report", self.shop["by_segment"], "-o", path, ranks=2)
        page = Page(path.read_text("utf-8"))
        rows = page.body("Items of each segment against the others")
        self.assertEqual([(str(one["segment"]), item["label"], f"{item['lift']:.2f}")
                          for one in summary["by_segment"] for item in one["best_items"]],
                         [(row[0], row[1], row[5]) for row in rows])
        self.assertEqual(len(summary["by_segment"]), 4 - summary["segments_with_itemsets_withheld"])
        self.assertEqual(summary["segments_with_itemsets_withheld"], 2)
        self.fails(65, "report", self.shop["old"], self.shop["by_segment"], "-o", self.folder / "x.html",
                   says=("by_segment.h5", "old.h5", "digest"))
        self.fails(65, "report", self.shop["by_segment"], self.shop["by_segment"], "-o", self.folder / "x.html",
                   says=("both itemset by segment models",))

    def test_drift(self):
        with h5py.File(self.shop["old"]) as model:
            before = model["segments/labels"][:]
        flows = {}
        for was, now in zip(before, self.labels):
            flows[was, now] = flows.get((was, now), 0) + 1
        found = {(int(row[0].split()[1]), int(row[1].split()[0])): int(row[2]) for row in
                 self.page.body("Customers by segment before and now")}
        hidden = withheld_groups(numpy.bincount(before), 10), withheld_groups(self.sizes, 10)
        self.assertEqual(found, {pair: count for pair, count in flows.items()
                                 if count >= 10 and not any(s in own for s, own in zip(pair, hidden))})
        self.assertGreater(max(flows[pair] for pair in flows if pair not in found), 10)

    def test_previous_dataset_that_has_moved(self):
        """The message names the option of this job that helps, and it does."""
        moved, out = self.folder / "moved.h5", self.folder / "out.html"
        moved.write_bytes(self.shop["old"].read_bytes())
        with h5py.File(moved, "r+") as model:
            model["run"].attrs["dataset"] = numpy.bytes_("gone/shop.h5")
        self.fails(66, "report", self.shop["four"], "--previous", moved, "-o", out, ranks=2,
                   says=("gone/shop.h5", "moved.h5", "--previous-data"))
        self.fails(66, "compare", "--drift", moved, self.shop["four"], says=("gone/shop.h5", "--old-data"))
        text = self.made(self.shop["four"], "--previous", moved, "--previous-data", self.shop["data"])
        self.assertIn("264 customers are in both", text)

    def test_sweep_and_tree(self):
        text = self.made(self.shop["segments"])
        page = Page(text)
        with h5py.File(self.shop["segments"]) as model:
            sweep, tree = model["sweep"][:], model["tree/linkage"][:]
            self.assertIn(f"Chosen: <strong>{len(model['segments/size'])} segments</strong> of 2 to 5",
                          text)
        titles = {"Inertia: where the curve bends": "inertia", "Silhouette: how clearly apart": "silhouette",
                  "Pair silhouette: apart by the distances of all pairs": "pair_silhouette",
                  "Stability: the same on halves of the data": "jaccard",
                  "Gap: against data without clusters": "gap"}
        self.assertEqual(text.count('<circle class="mark s2"'), len(titles))
        for title, figure in titles.items():
            rows = page.body(title)
            self.assertEqual([int(row[0]) for row in rows], sweep["k"].tolist())
            numpy.testing.assert_allclose([float(row[1].replace(",", "")) for row in rows], sweep[figure],
                                          rtol=1e-3, atol=1e-4)
        rows = page.body("Joins, the last first")
        numpy.testing.assert_allclose([float(row[1].replace(",", "")) for row in rows],
                                      tree[::-1, 2], rtol=1e-3)

    def test_pieces_that_are_missing_are_told(self):
        text = self.made(self.shop["itemsets"])
        self.assertIn("No segment model was given", text)
        text = self.made(self.shop["four"])
        for words in ("No itemset model was given", "--data DATASET", "--previous MODEL",
                      "--k-range", "--validate"):
            self.assertIn(words, text)
        Page(text)

    def test_same_bytes_on_any_ranks(self):
        more = self.made(self.shop["four"], self.shop["itemsets"], *self.full, ranks=2)
        self.assertEqual(more, self.text)

    def test_summary(self):
        path = self.folder / "page.html"
        summary = self.summary("report", self.shop["four"], self.shop["itemsets"], "-o", path)
        self.assertEqual(summary["bytes"], path.stat().st_size)
        self.assertEqual(summary["segments_withheld"], 2)
        self.assertEqual(summary["charts"], path.read_text("utf-8").count("<svg"))

    def test_many_rules_of_long_names_stay_below_a_megabyte(self):
        items, dice = 60, numpy.random.default_rng(3)
        baskets = [sorted(dice.choice(12, 8, False).tolist()) for _ in range(100)]
        data = write_dataset(self.folder / "wide.h5", baskets=baskets,
                             item_names=[f"{i} " + "<&\">'" * 40 for i in range(items)])
        self.done("itemsets", data, "-o", self.folder / "wide_rules.h5", "--min-count", 10, "--rules",
                  "--min-confidence", 0.1, "--max-length", 4)
        path = self.folder / "wide.html"
        summary = self.summary("report", self.folder / "wide_rules.h5", "-o", path, "--top", 5000)
        self.assertLess(summary["bytes"], 1000000)
        self.assertLess(summary["rules_listed"], summary["rules"])
        self.assertIn(f"listed are the best {summary['rules_listed']} by lift", path.read_text("utf-8"))

    def test_bytes_that_are_no_text(self):
        path = self.folder / "bad.h5"
        path.write_bytes(self.shop["itemsets"].read_bytes())
        with h5py.File(path, "r+") as model:
            names = model["items/label"][:]
            width = model["items/label"].dtype.itemsize
            raw = numpy.array([bytes(name) for name in names], f"S{width}")
            raw[5] = b"\xff\xfe\x01"
            del model["items/label"]
            model["items/label"] = raw
        text = self.made(path)
        self.assertIn("\ufffd\ufffd\ufffd", text)
        self.assertIsNone(re.search("[\x00-\x08\x0b-\x1f]", text))

    def test_bad_input(self):
        out = self.folder / "out.html"
        four, old = self.shop["four"], self.shop["old"]
        self.fails(65, "report", four, old, "-o", out, says=("both segment models",))
        self.fails(66, "report", self.folder / "none.h5", "-o", out, says=("none.h5",))
        self.fails(65, "report", self.shop["data"], "-o", out)
        self.fails(65, "report", self.shop["itemsets"], "--data", self.shop["data"], "-o", out,
                   says=("segment model",))
        self.fails(64, "report", four, "--revenue", "monetary", "-o", out, says=("--data",))
        self.fails(65, "report", four, "--data", self.shop["data"], "--revenue", "none", "-o", out,
                   says=("'none'",), ranks=2)
        other = write_dataset(self.folder / "other.h5", features=numpy.ones((264, 3)), names=COLUMNS)
        self.fails(65, "report", four, "--data", other, "-o", out)
        self.assertFalse(out.exists())
        self.assertEqual([path.name for path in self.folder.iterdir()], ["other.h5"])

    def test_output_that_exists(self):
        out = self.folder / "out.html"
        out.write_text("mine", encoding="ascii")
        self.fails(73, "report", self.shop["four"], "-o", out)
        self.assertEqual(out.read_text(encoding="ascii"), "mine")
        before = self.shop["four"].read_bytes()
        self.fails(73, "report", self.shop["four"], "-o", self.shop["four"], "--force")
        self.assertEqual(self.shop["four"].read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
