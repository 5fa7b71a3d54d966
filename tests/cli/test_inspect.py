# SPDX-License-Identifier: Apache-2.0
"""inspect of datasets: every figure against numpy and plain Python, the same on any ranks, threads
and parts."""
import json
import math
import unittest

import h5py
import numpy

import plain_profile
from patron_test import (NO_CUSTOMER, OF_THE_RUN, ONLINE_RETAIL, PatronTest, must, read_strings, texts,
                         write_dataset)

ROWS, ITEMS = 3000, 40
# What differs between runs, or between the same rows in other parts.
DIFFERENT = OF_THE_RUN | {"path", "parts"}


def awkward_features(seed):
    """Columns over many magnitudes, with ties, gaps, zeros of both signs, constants, nothing."""
    dice = numpy.random.default_rng(seed)
    features = numpy.empty((ROWS, 8), "float32")
    features[:, 0] = dice.standard_normal(ROWS)
    features[:, 1] = numpy.exp(12 * dice.standard_normal(ROWS)) * dice.choice((-1, 1), ROWS)
    features[:, 2] = dice.integers(-2, 3, ROWS)
    features[:, 3] = numpy.where(dice.random(ROWS) < 0.4, numpy.nan, dice.random(ROWS))
    features[:, 4] = 7.25
    features[:, 5] = numpy.nan
    features[:, 6] = numpy.where(dice.random(ROWS) < 0.5, -0.0, 0.0)
    features[:, 7] = numpy.where(numpy.arange(ROWS) == 1234, 3e38, 1e-40)
    features[dice.integers(0, ROWS, 500)] = features[dice.integers(0, ROWS, 500)]
    return features


def awkward_baskets(seed):
    dice = numpy.random.default_rng(seed)
    return [sorted(set(dice.integers(0, ITEMS, dice.integers(0, 9)).tolist()) - {11})
            for _ in range(900)]


class Figures(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        dice = numpy.random.default_rng(4)
        cls.features, cls.baskets = awkward_features(1), awkward_baskets(2)
        cls.names = [f"column {j}" for j in range(8)]
        cls.item_names = [f"i{n}" for n in range(ITEMS)]
        cls.item_labels = [f"Étiquette {n}" for n in range(ITEMS)]
        cls.weight = numpy.where(dice.random(ROWS) < 0.1, 0, dice.random(ROWS)).astype("float32")
        customers = dice.integers(0, ROWS, 900).astype("uint64")
        customers[::7] = NO_CUSTOMER
        cls.without_customer = int((customers == NO_CUSTOMER).sum())
        table = dict(features=cls.features, names=cls.names, units=["u"] * 8, weight=cls.weight,
                     baskets=cls.baskets, basket_customer=customers,
                     basket_time=1300000000 + dice.integers(-10**9, 10**9, 900),
                     item_names=cls.item_names, item_labels=cls.item_labels, chunks=100)
        cls.times = table["basket_time"]
        cls.file = write_dataset(folder / "data.h5", **table)
        cls.parts = write_dataset(folder / "parts", parts=3, variable=True, **table)

    def told(self, path, *arguments, **options):
        """The summary without what belongs to the run."""
        summary = self.summary("inspect", path, *arguments, **options)
        return {name: value for name, value in summary.items() if name not in DIFFERENT}

    def test_every_column(self):
        """Not only close: equal."""
        features = self.told(self.file)["features"]
        self.assertEqual([feature["name"] for feature in features], self.names)
        for j, feature in enumerate(features):
            expected = plain_profile.feature(self.features[:, j])
            for name, value in expected.items():
                self.assertEqual(feature[name], value, (j, name))
            self.assertEqual(feature["unit"], "u")
            self.assertIsNone(feature["source"])

    def test_rows(self):
        summary = self.summary("inspect", self.parts)
        self.assertEqual(summary["parts"], 3)
        self.assertEqual([summary[name] for name in ("rows", "columns", "baskets", "items")],
                         [ROWS, 8, 900, ITEMS])
        self.assertGreater(summary["duplicate_rows"], 300)
        self.assertEqual(summary["duplicate_rows"], plain_profile.duplicates(self.features))
        weights = [float(x) for x in self.weight]
        self.assertEqual(summary["weights"], {"sum": math.fsum(weights), "min": min(weights),
                                              "max": max(weights), "zeros": weights.count(0.0)})

    def test_baskets(self):
        summary = self.told(self.file, "--top", 5, "--min-group", 100)
        self.assertEqual(summary["basket_length"], plain_profile.basket_lengths(self.baskets))
        self.assertEqual(summary["empty_baskets"], sum(1 for b in self.baskets if not b))
        self.assertEqual(summary["basket_items"], sum(len(b) for b in self.baskets))
        self.assertEqual(summary["baskets_without_customer"], self.without_customer)
        self.assertEqual(summary["items_in_no_basket"], 1)
        top, withheld = plain_profile.top_items(self.baskets, self.item_names, self.item_labels, 5,
                                                100)
        self.assertEqual(summary["top_items"], top)
        self.assertEqual(summary["items_withheld"], withheld)
        for name, time in (("first_time", self.times.min()), ("last_time", self.times.max())):
            self.assertEqual(summary[name], str(numpy.datetime64(int(time), "s")) + "Z")

    def test_the_same_on_any_ranks_threads_and_parts(self):
        expected = self.told(self.file, threads=1)
        text = self.done("inspect", self.file).stdout
        for ranks, threads, path in ((1, 3, self.file), (2, 1, self.parts), (3, 2, self.parts),
                                     (4, 1, self.parts)):
            self.assertEqual(self.told(path, ranks=ranks, threads=threads), expected)
        self.assertEqual(self.done("inspect", self.file, ranks=4).stdout, text)
        parted = self.done("inspect", self.parts, ranks=3).stdout
        self.assertEqual(parted.split("\nColumns\n", 1)[1], text.split("\nColumns\n", 1)[1])

    def test_streamed_rows(self):
        """A rank whose rows find no room reads them again for every step."""
        rows = 500000
        features = numpy.random.default_rng(5).random((rows, 8)).astype("float32")
        path = write_dataset(self.folder / "large.h5", features,
                             ids=numpy.arange(rows, dtype="u8"))
        self.assertEqual(self.told(path, "--memory", "60M"), self.told(path))
        self.fails(71, "inspect", path, "--memory", "1M", says=("--memory",))

    def test_columns(self):
        chosen = self.told(self.file, "--columns", "column 6,column 4")
        self.assertEqual([f["name"] for f in chosen["features"]], ["column 6", "column 4"])
        self.assertEqual(chosen["columns"], 8)
        self.assertEqual(chosen["duplicate_rows"],
                         plain_profile.duplicates(self.features[:, [6, 4]]))
        self.fails(65, "inspect", self.file, "--columns", "colour", says=("colour", "column 0"))


class Edges(PatronTest):
    def feature(self, column, **options):
        path = write_dataset(self.folder / "edge.h5", numpy.array(column, "float32")[:, None],
                             **options)
        return self.summary("inspect", path, ranks=2)["features"][0]

    def test_one_row(self):
        found = self.feature([-2.5])
        self.assertEqual((found["mean"], found["standard_deviation"], found["skewness"]),
                         (-2.5, 0.0, None))
        self.assertEqual(set(found["quantiles"].values()), {-2.5})
        self.assertTrue(found["constant"])

    def test_around_the_limit_of_distinct_values(self):
        for distinct, told in ((plain_profile.DISTINCT, plain_profile.DISTINCT),
                               (plain_profile.DISTINCT + 1, None)):
            found = self.feature(numpy.arange(20003) % distinct)
            self.assertEqual(found["distinct"], told)
            (self.folder / "edge.h5").unlink()

    def test_no_rows(self):
        path = write_dataset(self.folder / "none.h5", numpy.empty((0, 2), "float32"),
                             weight=numpy.empty(0, "float32"))
        for ranks in 1, 3:
            summary = self.summary("inspect", path, ranks=ranks)
            self.assertEqual((summary["rows"], summary["duplicate_rows"]), (0, 0))
            for feature in summary["features"]:
                self.assertEqual((feature["missing"], feature["mean"], feature["distinct"]),
                                 (0, None, 0))
            self.assertEqual(summary["weights"], {"sum": 0.0, "min": None, "max": None, "zeros": 0})
        self.assertIn("no values", self.done("inspect", path).stdout)

    def test_only_baskets(self):
        path = write_dataset(self.folder / "b.h5", baskets=[[0, 1], [], [1]])
        summary = self.summary("inspect", path, "--min-group", 0, ranks=2)
        self.assertNotIn("features", summary)
        self.assertEqual(summary["top_items"], [
            {"name": "1", "label": None, "baskets": 2, "share": 2 / 3},
            {"name": "0", "label": None, "baskets": 1, "share": 1 / 3}])
        for name in "baskets_without_customer", "first_time", "last_time":
            self.assertIsNone(summary[name])
        text = self.done("inspect", path).stdout
        self.assertNotIn("Columns", text)
        self.assertIn("2 items are in fewer than 10 baskets: not listed (--min-group)", text)
        self.fails(65, "inspect", path, "--columns", "x", says=("no customers",))

    def test_no_baskets_in_the_baskets(self):
        path = write_dataset(self.folder / "b.h5", baskets=[], item_names=["a"],
                             basket_time=[], basket_customer=[])
        summary = self.summary("inspect", path, ranks=2)
        self.assertEqual(summary["basket_length"],
                         {"mean": None, "min": 0, "max": 0, "quantiles": plain_profile.quantiles([])})
        self.assertEqual((summary["baskets"], summary["items_in_no_basket"]), (0, 1))
        self.assertIsNone(summary["first_time"])

    def test_infinite_values_and_damaged_files(self):
        values = numpy.zeros((10, 2), "float32")
        values[7, 1] = numpy.inf
        path = write_dataset(self.folder / "inf.h5", values, names=["a", "bad"])
        self.fails(65, "inspect", path, ranks=3, says=("row 7", "'bad'", "infinite"))
        self.fails(66, "inspect", self.folder / "absent.h5", says=("absent.h5",))
        (self.folder / "text.h5").write_text("no HDF5")
        self.fails(65, "inspect", self.folder / "text.h5", says=("text.h5",))
        whole = write_dataset(self.folder / "whole.h5", numpy.zeros((5000, 4), "float32"))
        (self.folder / "cut.h5").write_bytes(whole.read_bytes()[:-20000])
        self.fails(65, "inspect", self.folder / "cut.h5", ranks=2, says=("cut.h5",))
        parts = write_dataset(self.folder / "parts", numpy.zeros((9, 1), "float32"), parts=3)
        (parts / "part-00001.h5").unlink()
        self.fails(65, "inspect", parts, says=("parts",))

    def test_quality_and_what_the_format_does_not_know(self):
        path = write_dataset(self.folder / "q.h5", numpy.zeros((3, 1), "float32"))
        with h5py.File(path, "a") as file:
            file["quality/rows_read"] = numpy.uint64(2**63 + 1)
            file["quality/revenue"] = 12.5
            file["quality/by_day"] = numpy.arange(4)
            file["truth/label"] = numpy.zeros((3, 2), "int32")
            file["customers/consent"] = texts(["yes", "no", "yes"])
        summary = self.summary("inspect", path, ranks=2)
        self.assertEqual(summary["quality"], {"revenue": 12.5, "rows_read": float(2**63 + 1)})
        self.assertEqual(summary["others"],
                         {"/customers/consent": "string 3", "/quality/by_day": "int64 4",
                          "/truth": "group", "/truth/label": "int32 3x2"})
        text = self.done("inspect", path).stdout
        for words in "/truth/label", "int32 3x2", "rows read", "9,223,372,036,854,775,809":
            self.assertIn(words, text)


class Gates(PatronTest):
    def setUp(self):
        super().setUp()
        features = numpy.zeros((10, 3), "float32")
        features[:3, 1] = numpy.nan
        features[:2, 2] = numpy.nan
        self.path = write_dataset(self.folder / "g.h5", features, names=["full", "worst", "some"],
                                  baskets=[[0]] * 4)

    def test_gates_that_hold(self):
        self.done("inspect", self.path, "--fail-missing", 0.3, "--fail-below-rows", 10,
                  "--fail-below-baskets", 4, ranks=2)
        self.done("inspect", self.path, "--fail-missing", 0, "--columns", "full")

    def test_gates_that_fail_after_the_report(self):
        for ranks, arguments, words in (
                (3, ("--fail-missing", 0.25), ("'worst'", "3 of 10", "--fail-missing", "0.25")),
                (1, ("--fail-missing", 0), ("'worst'",)),
                (1, ("--fail-below-rows", 11), ("10 customers", "11", "--fail-below-rows")),
                (2, ("--fail-below-baskets", 5), ("4 baskets", "5", "--fail-below-baskets"))):
            process = self.fails(1, "inspect", self.path, *arguments, "--json", ranks=ranks,
                                 says=words)
            self.assertEqual(json.loads(process.stdout)["rows"], 10)
            self.assertNotIn("[rank", process.stderr)

    def test_a_job_file_may_set_them(self):
        config = self.folder / "night.ini"
        config.write_text("[inspect]\nfail-below-rows = 11\n")
        self.fails(1, "inspect", self.path, "--config", config, says=("11",))

    def test_shares_must_be_shares(self):
        self.fails(64, "inspect", self.path, "--fail-missing", 1.5, says=("--fail-missing",))


class Retail(PatronTest):
    def test_an_export(self):
        """Against h5py's reading of what ingest wrote."""
        must("ingest", *ONLINE_RETAIL, "--parts", 3, "-o", self.folder / "retail")
        summary = self.summary("inspect", self.folder / "retail", ranks=2)
        features, baskets, names, quality = [], [], [], {}
        for path in sorted((self.folder / "retail").iterdir()):
            with h5py.File(path) as part:
                features.append(part["customers/features"][()])
                offsets, items = part["baskets/offsets"][()], part["baskets/items"][()]
                baskets += numpy.split(items, offsets[1:-1])
                names, labels = (read_strings(part[f"items/{kind}"]) for kind in ("name", "label"))
                quality = {name: part["quality"][name][()].item() for name in part["quality"]}
        for feature, column in zip(summary["features"], numpy.concatenate(features).T):
            expected = plain_profile.feature(column)
            self.assertEqual({name: feature[name] for name in expected}, expected)
            self.assertEqual(feature["source"], "transactions")
        self.assertEqual(summary["top_items"],
                         plain_profile.top_items(baskets, names, labels, 10, 10)[0])
        self.assertEqual(summary["quality"], quality)
        self.assertEqual(summary["recorded_digest"],
                         self.verified_digest(self.folder / "retail"))


if __name__ == "__main__":
    unittest.main()
