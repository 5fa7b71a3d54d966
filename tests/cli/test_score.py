# SPDX-License-Identifier: Apache-2.0
"""`score`: segments, distances and outliers against plain Python and the model's own labels; the
same on any ranks, threads, parts and memory; models that do not fit."""
import csv
import io
import math
import unittest

import h5py
import numpy

from customers import Model
from patron_test import NO_CUSTOMER, PatronTest, by_tier, digest, must, write_dataset
from plain_kmeans import clustered

ROWS, NEW, K = 1500, 700, 5
NAMES = ["a", "b", "c"]


def squared(value, centroid):
    total = 0.0
    for x, mean in zip(value, centroid):
        total += (float(x) - float(mean)) * (float(x) - float(mean))
    return total


def scores_by_definition(path, rows):
    """Segment, distance, second, its distance, far: of each row; a plain loop."""
    model = Model(path)
    with h5py.File(path) as file:
        threshold = file["segments/outlier_threshold"][()]
        fills = not numpy.isnan(file["transform/fill"][()]).any()
    values = clustered(rows, model.transform)
    found = []
    for row, value in zip(rows, values):
        if not fills and numpy.isnan(row).any():
            found.append((-1, math.nan, -1, math.nan, 0))
            continue
        order = sorted((squared(value, centroid), number)
                       for number, centroid in enumerate(model.centroids_scaled))
        nearest = numpy.float32(math.sqrt(order[0][0]))
        second, second_distance = -1, math.nan
        if len(order) > 1:
            second, second_distance = order[1][1], numpy.float32(math.sqrt(order[1][0]))
        found.append((order[0][1], nearest, second, second_distance,
                      int(float(nearest) > threshold[order[0][1]])))
    return found


def read_scores(path):
    with h5py.File(path) as file:
        names = ("segment", "distance", "second", "second_distance", "outlier")
        return list(zip(*(file[f"scores/{name}"][()] for name in names)))


class Score(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        dice = numpy.random.default_rng(11)

        def draw(count):
            rows = dice.standard_t(3, (count, 3)) + dice.integers(0, K, (count, 1)) * 6
            return numpy.abs(rows).astype("float32")

        cls.old, cls.new = draw(ROWS), draw(NEW)
        cls.new[::50, 1] = math.nan
        cls.old[7, 2] = math.nan
        cls.ids = [f'n,"{row:05d}"' if row % 100 == 0 else f"n{row:05d}" for row in range(NEW)]
        cls.old_data = write_dataset(cls.shared / "old.h5", cls.old, NAMES)
        # other columns too, in another order
        mixed = numpy.column_stack([cls.new[:, 2], cls.new[:, 0] * 7, cls.new[:, 0], cls.new[:, 1]])
        cls.new_data = write_dataset(cls.shared / "new.h5", mixed, ["c", "other", "a", "b"],
                                     ids=cls.ids)
        cls.new_parts = write_dataset(cls.shared / "new", mixed, ["c", "other", "a", "b"],
                                      ids=cls.ids, parts=3)
        cls.model = cls.shared / "segments.h5"
        must("segment", cls.old_data, "-o", cls.model, "--k", K, "--log1p", "b")
        cls.dropping = cls.shared / "dropping.h5"
        must("segment", cls.old_data, "-o", cls.dropping, "--k", K, "--missing", "drop")

    def check_equal(self, found, expected):
        self.assertEqual(len(found), len(expected))
        for mine, theirs in zip(found, expected):
            for a, b in zip(mine, theirs):
                self.assertTrue(a == b or (math.isnan(a) and math.isnan(b)), (mine, theirs))

    def test_new_customers(self):
        for number, model in enumerate((self.model, self.dropping)):
            out = self.folder / f"{number}.h5"
            summary = self.summary("score", self.new_data, model, "-o", out, "--min-group", 0)
            expected = scores_by_definition(model, self.new)
            self.check_equal(read_scores(out), expected)
            segments = [row[0] for row in expected]
            self.assertEqual(summary["dropped"], segments.count(-1))
            self.assertEqual(summary["outliers"], sum(row[4] for row in expected))
            self.assertEqual([one["customers"] for one in summary["segments"]],
                             [segments.count(s) for s in range(K)])

    def test_customers_of_the_fit_have_the_models_labels(self):
        for number, model in enumerate((self.model, self.dropping)):
            out = self.folder / f"{number}.h5"
            self.done("score", self.old_data, model, "-o", out)
            self.assertEqual([row[0] for row in read_scores(out)], list(Model(model).labels))

    def test_same_digest_and_lines(self):
        out = self.folder / "one.h5"
        lines = self.done("score", self.new_data, self.model, "-o", out, "--text", "-").stdout
        expected = digest(out)
        self.assertEqual(self.verified_digest(out), expected)
        runs = [(2, 2, self.new_parts, ()), (3, 1, self.new_data, ("--memory", "1G")),
                (4, 1, self.new_parts, ())]
        for ranks, threads, data, more in by_tier(runs, runs * 2):
            place, text = self.folder / "more.h5", self.folder / "more.csv"
            self.done("score", data, self.model, "-o", place, "--text", text, "--force", *more,
                      ranks=ranks, threads=threads)
            self.assertEqual(digest(place), expected)
            self.assertEqual(text.read_text(encoding="utf-8"), lines)
        piped = self.done("score", self.new_parts, self.model, "--text", "-", ranks=3)
        self.assertEqual(piped.stdout, lines)

    def test_more_rows_than_memory(self):
        """Rows of 72 MB in 64 MB: as many bytes as the system saw, and the same scores."""
        rows = numpy.random.default_rng(4).random((750_000, 24), dtype="float32")
        data = write_dataset(self.folder / "large.h5", rows,
                             ids=numpy.arange(len(rows), dtype="uint64"))
        few = write_dataset(self.folder / "few.h5", rows[:2000])
        model, out = self.folder / "model.h5", self.folder / "out.h5"
        must("segment", few, "-o", model, "--k", K)
        whole = self.summary("score", data, model, "-o", out)
        expected = digest(out)
        self.assertFalse(whole["streamed"])
        self.assertGreater(whole["peak_memory"], rows.nbytes)
        peak = self.folder / "peak"
        code = ("import resource, subprocess, sys; code = subprocess.call(sys.argv[2:]);"
                "open(sys.argv[1], 'w').write(str(resource.getrusage("
                "resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(code)")
        streamed = self.summary("score", data, model, "-o", out, "--force", "--memory", "64M",
                                prefix=("/usr/bin/python3", "-c", code, peak))
        self.assertTrue(streamed["streamed"])
        self.assertEqual(digest(out), expected)
        self.assertLess(int(peak.read_text()) << 10, 64 << 20)
        self.fails(71, "score", data, model, "--memory", "8M", says=("--memory 8M", "at least"))

    def test_csv(self):
        text = self.done("score", self.new_data, self.model, "--text", "-").stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual([row["id"] for row in rows], self.ids)
        for row, expected in zip(rows, scores_by_definition(self.model, self.new)):
            self.assertEqual((int(row["segment"]), numpy.float32(row["distance"]),
                              int(row["second"]), numpy.float32(row["second_distance"]),
                              int(row["outlier"])), expected)

    def test_one_segment_has_no_second(self):
        model, out = self.folder / "one.h5", self.folder / "out.h5"
        must("segment", self.old_data, "-o", model, "--k", 1)
        self.done("score", self.new_data, model, "-o", out)
        self.check_equal(read_scores(out), scores_by_definition(model, self.new))
        self.done("verify", out)

    def test_small_segments_are_withheld(self):
        few = write_dataset(self.folder / "few.h5", self.new[:9], NAMES)
        summary = self.summary("score", few, self.model)
        self.assertTrue(all(one["customers"] == 0 for one in summary["segments"]))
        self.assertGreater(summary["withheld"], 0)

    def test_a_model_that_does_not_fit(self):
        other = write_dataset(self.folder / "other.h5", self.new[:, :2], ["a", "x"])
        self.fails(65, "score", other, self.model, ranks=2,
                   says=("columns of", "are missing: b, c", "found are a, x"))
        self.fails(65, "score", self.new_data, self.new_data, says=("new.h5",))
        self.fails(66, "score", self.new_data, self.folder / "none.h5", says=("none.h5",))
        self.fails(64, "score", self.new_data, self.model, "--text", "-", "--json", says=("--text",))
        out = self.folder / "there.h5"
        out.touch()
        self.fails(73, "score", self.new_data, self.model, "-o", out, says=("there.h5",))

    def test_damage_is_found(self):
        out = self.folder / "out.h5"
        for name, value in (("segment", K), ("second", K), ("outlier", 2), ("distance", -1.0),
                            ("second_distance", 0.0), ("segment", -1)):
            self.done("score", self.old_data, self.model, "-o", out, "--force")
            with h5py.File(out, "r+") as file:
                file[f"scores/{name}"][3] = value
            self.fails(65, "verify", out, says=("row 3",))
        self.done("score", self.old_data, self.model, "-o", out, "--force")
        self.assertIn("1,500", self.done("inspect", out).stdout)
        lines = self.done("inspect", out, "--csv").stdout.splitlines()
        figures = self.summary("inspect", out)["figures"]
        self.assertEqual(lines[0], "name,value")
        self.assertLessEqual({f"figures.{name},{value}" for name, value in figures.items()
                              if isinstance(value, int)}, set(lines))
        with h5py.File(out) as file:
            self.assertEqual(file["scores"].attrs["segments_digest"].decode(),
                             self.verified_digest(self.model))


def rules_of(path):
    """(antecedent, consequent, confidence, lift) of each rule, in order."""
    with h5py.File(path) as file:
        group = file["rules"]
        sides = []
        for side in ("antecedent", "consequent"):
            ends, items = group[f"{side}_offsets"][()], group[f"{side}_items"][()]
            sides.append([items[a:b].tolist() for a, b in zip(ends, ends[1:])])
        return list(zip(*sides, group["confidence"][()], group["lift"][()]))


def offers_by_definition(rules, has, most):
    """A scan of all rules: (item, rule, score), best first, each item once."""
    found, taken = [], {}
    for number, (antecedent, consequent, confidence, lift) in enumerate(rules):
        if set(antecedent) <= has:
            found += [(-confidence, -lift, number, item) for item in consequent
                      if item not in has]
    for score, _, number, item in sorted(found):
        taken.setdefault(item, (item, number, -score))
    return list(taken.values())[:most]


class Offers(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        dice = numpy.random.default_rng(5)
        cls.customers, items = 300, 14
        rows = dice.random((cls.customers, 2)).astype("float32")
        baskets = [sorted(set((dice.integers(0, items, dice.integers(0, 6)) //
                               dice.integers(1, 4)).tolist())) for _ in range(800)]
        owners = dice.integers(0, cls.customers, 800).astype("uint64")
        owners[::40] = NO_CUSTOMER
        cls.names = [f'item, "{number}"' if number == 3 else f"i{number}" for number in range(items)]
        cls.has = [set() for _ in range(cls.customers)]
        for basket, owner in zip(baskets, owners):
            if owner != NO_CUSTOMER:
                cls.has[int(owner)] |= set(basket)
        more = dict(baskets=baskets, basket_customer=owners, item_names=cls.names)
        cls.data = write_dataset(cls.shared / "shop.h5", rows, **more)
        cls.parts = write_dataset(cls.shared / "shop", rows, parts=3, **more)
        cls.model, cls.rules = cls.shared / "segments.h5", cls.shared / "rules.h5"
        must("segment", cls.data, "-o", cls.model, "--k", 3)
        must("itemsets", cls.data, "-o", cls.rules, "--min-count", 8, "--rules",
             "--min-confidence", 0.1, "--max-consequent", 2)

    def test_against_a_scan(self):
        rules, out = rules_of(self.rules), self.folder / "out.h5"
        self.assertGreater(len(rules), 100)
        for most in (1, 4):
            summary = self.summary("score", self.data, self.model, "--rules", self.rules, "-o", out,
                                   "--max-offers", most, "--force")
            total = 0
            with h5py.File(out) as file:
                arrays = [file[f"scores/offer_{name}"][()] for name in ("item", "rule", "score")]
                self.assertEqual(file["items/name"].asstr()[3], self.names[3])
            for row, has in enumerate(self.has):
                expected = offers_by_definition(rules, has, most)
                count = len(expected)
                self.assertEqual([tuple(array[row, i] for array in arrays) for i in range(count)],
                                 expected)
                self.assertTrue((arrays[0][row, count:] == -1).all())
                self.assertTrue((arrays[1][row, count:] == -1).all())
                self.assertTrue(numpy.isnan(arrays[2][row, count:]).all())
                total += count
            self.assertEqual(summary["offers"], total)
            self.done("verify", out)

    def test_same_on_any_ranks(self):
        out = self.folder / "out.h5"
        arguments = (self.model, "--rules", self.rules, "-o", out, "--force", "--text")
        lines = self.done("score", self.data, *arguments, "-").stdout
        expected = digest(out)
        for ranks, data in ((2, self.parts), (4, self.data)):
            piped = self.done("score", data, *arguments, "-", ranks=ranks)
            self.assertEqual(piped.stdout, lines)
            self.assertEqual(self.verified_digest(out), expected)
        rules = rules_of(self.rules)
        for row, line in enumerate(csv.DictReader(io.StringIO(lines))):
            offers = offers_by_definition(rules, self.has[row], 3)
            for i, (item, rule, score) in enumerate(offers, 1):
                self.assertEqual(line[f"offer_{i}"], self.names[item])
                self.assertEqual(float(line[f"offer_{i}_score"]), score)
                self.assertEqual(line[f"offer_{i}_because"],
                                 " + ".join(self.names[one] for one in rules[rule][0]))
            self.assertTrue(all(line[f"offer_{i}"] == "" for i in range(len(offers) + 1, 4)))

    def test_rules_that_do_not_fit(self):
        rows = numpy.zeros((4, 2), "float32")
        other = write_dataset(self.folder / "other.h5", rows, baskets=[[0]],
                              basket_customer=[0], item_names=["x"] + self.names[1:])
        self.fails(65, "score", other, self.model, "--rules", self.rules, ranks=2,
                   says=("item 0 is 'i0'", "'x'"))
        none = write_dataset(self.folder / "none.h5", rows)
        self.fails(65, "score", none, self.model, "--rules", self.rules, says=("no baskets",))
        plain = self.folder / "plain.h5"
        must("itemsets", self.data, "-o", plain, "--min-count", 50)
        self.fails(65, "score", self.data, self.model, "--rules", plain, says=("no /rules",))
        self.fails(65, "score", self.data, self.model, "--rules", self.model, says=("kind",))
        self.fails(64, "score", self.data, self.model, "--max-offers", 2, says=("--max-offers",))

    def test_damage_is_found(self):
        out = self.folder / "out.h5"
        for name, value in (("item", 99), ("rule", -1), ("score", 2.0)):
            self.done("score", self.data, self.model, "--rules", self.rules, "-o", out, "--force")
            with h5py.File(out, "r+") as file:
                row = int(numpy.flatnonzero(file["scores/offer_item"][:, 0] >= 0)[0])
                file[f"scores/offer_{name}"][row, 0] = value
            self.fails(65, "verify", out, says=(f"row {row}",))


if __name__ == "__main__":
    unittest.main()
