# SPDX-License-Identifier: Apache-2.0
"""compare of labels: every index against scikit-learn, the pairing against SciPy, on any ranks."""
import collections
import gzip
import json
import math
import unittest
from fractions import Fraction

import h5py
import numpy
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix

from patron_test import PatronTest, by_tier, must, without_run, write_dataset

DICE = numpy.random.default_rng(6)


def noisy(labels, share, k):
    """`labels` renamed, some of them drawn anew from k."""
    renamed = DICE.permutation(max(k, labels.max() + 1))[labels]
    return numpy.where(DICE.random(len(labels)) < share, DICE.integers(0, k, len(labels)), renamed)


def make_pairs():
    """Name: two vectors of labels."""
    pairs = {"identical": (numpy.array([0, 0, 1, 1, 2]),) * 2,
             "renamed": (numpy.array([0, 0, 1, 1, 2]), numpy.array([7, 7, 3, 3, 5])),
             "one row": (numpy.array([4]), numpy.array([9])),
             "two rows apart": (numpy.array([0, 1]), numpy.array([0, 0])),
             "one segment and four": (numpy.zeros(40, int), numpy.arange(40) % 4),
             "both one segment": (numpy.zeros(9, int), numpy.ones(9, int)),
             "exactly independent": (numpy.arange(60) % 3, numpy.arange(60) // 3 % 4),
             "singletons and three": (numpy.arange(50), numpy.arange(50) % 3),
             "far apart": (DICE.choice([-2**62, 5, 2**62], 70), DICE.choice([-9, 0, 10**9], 70)),
             "left out": (DICE.integers(-1, 4, 200), DICE.integers(-1, 3, 200)),
             "unbalanced": (numpy.r_[numpy.zeros(5000, int), 1], numpy.r_[1, numpy.zeros(5000, int)]),
             "large k": (DICE.integers(0, 700, 9000), DICE.integers(0, 800, 9000))}
    for number in range(10):
        k, rows = int(DICE.integers(1, 12)), int(DICE.integers(2, 600))
        first = DICE.integers(0, k, rows)
        pairs[f"random {number}"] = first, noisy(first, DICE.random(), int(DICE.integers(1, 15)))
    return pairs


PAIRS = make_pairs()


def variation_of_information(table):
    """H(first | second) + H(second | first), term by term."""
    n = table.sum()
    rows, columns = table.sum(1), table.sum(0)
    return math.fsum(table[i, j] / n * (math.log(rows[i] / table[i, j]) +
                                        math.log(columns[j] / table[i, j]))
                     for i, j in zip(*table.nonzero()))


def pair_jaccard(table):
    together = (table * (table - 1)).sum()
    first = (table.sum(1) * (table.sum(1) - 1)).sum()
    second = (table.sum(0) * (table.sum(0) - 1)).sum()
    return together / (first + second - together) if first + second > together else 1.0


def expected_of_sizes(n, a, b):
    """E[m/n log(n m / (a b))] of the hypergeometric overlap m, by exact probabilities."""
    least, whole, terms = max(0, a + b - n), math.comb(n, b), []
    ways = math.comb(a, least) * math.comb(n - a, b - least)
    for m in range(least, min(a, b) + 1):
        share = float(Fraction(ways, whole))
        if m > 0 and share > 1e-30:
            ratio = Fraction(n * m, a * b)
            close = Fraction(1, 2) < ratio < 2
            terms.append(m / n * share * (math.log1p(ratio - 1) if close else math.log(ratio)))
        ways = ways * (a - m) * (b - m) // ((m + 1) * (n - a - b + m + 1)) if m < min(a, b) else 0
    return math.fsum(terms)


def expected_information(table):
    sizes = [collections.Counter(table.sum(axis).tolist()) for axis in (1, 0)]
    return math.fsum(times * others * expected_of_sizes(int(table.sum()), a, b)
                     for a, times in sizes[0].items() for b, others in sizes[1].items())


def adjusted_information(first, second, table):
    """As scikit-learn defines it; its logarithms of factorials lose digits where rows are many."""
    chance = expected_information(table)
    entropies = [metrics.mutual_info_score(labels, labels) for labels in (first, second)]
    if sum(entropies) == 0 or (table > 0).sum() == table.shape[0] == table.shape[1]:
        return 1.0
    return (metrics.mutual_info_score(first, second) - chance) / (sum(entropies) / 2 - chance)


def expected(first, second):
    """Each index as scikit-learn or its definition has it."""
    table = contingency_matrix(first, second)
    h, c, v = metrics.homogeneity_completeness_v_measure(first, second)
    return {"adjusted_rand": metrics.adjusted_rand_score(first, second),
            "adjusted_mutual_information": adjusted_information(first, second, table),
            "normalized_mutual_information": metrics.normalized_mutual_info_score(first, second),
            "homogeneity": h, "completeness": c, "v_measure": v,
            "purity": table.max(0).sum() / table.sum(),
            "inverse_purity": table.max(1).sum() / table.sum(),
            "rand": metrics.rand_score(first, second),
            "jaccard": pair_jaccard(table),
            "fowlkes_mallows": metrics.fowlkes_mallows_score(first, second),
            "variation_of_information": variation_of_information(table),
            "mutual_information": metrics.mutual_info_score(first, second),
            "expected_mutual_information": expected_information(table)}


def result_of(text):
    return json.dumps(without_run(json.loads(text)))


class Arrays(PatronTest):
    """Label vectors in one HDF5 file."""

    @classmethod
    def setUpClass(cls):
        cls.file = cls.shared_folder() / "labels.h5"
        with h5py.File(cls.file, "w") as file:
            for name, (first, second) in PAIRS.items():
                file[f"{name}/first"], file[f"{name}/second"] = first, second
        cls.found = {name: json.loads(must("compare", *cls.sources(name), "--min-group", 0,
                                           "--json").stdout) for name in PAIRS}

    @classmethod
    def sources(cls, name):
        return f"{cls.file}:/{name}/first", f"{cls.file}:/{name}/second"

    def test_every_index(self):
        for name, (first, second) in PAIRS.items():
            summary = self.found[name]
            kept = (first != -1) & (second != -1)
            first, second = first[kept], second[kept]
            self.assertEqual(summary["rows_compared"], len(first), name)
            # differences of near numbers, by NumPy's logarithms, which are not the same on all processors
            for index, value in expected(first, second).items():
                self.assertAlmostEqual(summary["agreement"][index], value, delta=1e-11,
                                       msg=f"{name}: {index}")
            if len(first) <= 600 and len(set(first.tolist())) < len(first):
                self.assertAlmostEqual(summary["agreement"]["adjusted_mutual_information"],
                                       metrics.adjusted_mutual_info_score(first, second),
                                       delta=1e-12, msg=name)

    def test_the_table(self):
        for name, (first, second) in PAIRS.items():
            summary = self.found[name]
            kept = (first != -1) & (second != -1)
            self.assertEqual((summary["rows_left_out"], summary["rows_left_out_first"],
                              summary["rows_left_out_second"]),
                             ((~kept).sum(), (first == -1).sum(), (second == -1).sum()))
            found = {(cell["first"], cell["second"]): cell["count"]
                     for cell in summary["contingency"]}
            pairs, counts = numpy.unique(numpy.stack([first[kept], second[kept]]), axis=1,
                                         return_counts=True)
            self.assertEqual(found, dict(zip(map(tuple, pairs.T.tolist()), counts.tolist())), name)
            self.assertEqual(list(found), sorted(found), name)

    def test_the_pairing(self):
        for name, (first, second) in PAIRS.items():
            summary = self.found[name]
            kept = (first != -1) & (second != -1)
            table = contingency_matrix(first[kept], second[kept])
            rows, columns = linear_sum_assignment(table, maximize=True)
            matches = summary["matches"]
            self.assertEqual(sum(match["count"] for match in matches), table[rows, columns].sum(),
                             name)
            for side, labels in ("first", first), ("second", second):
                matched = [match[side] for match in matches]
                self.assertEqual(sorted(matched + summary[f"unmatched_{side}"]),
                                 sorted(set(labels.tolist()) - {-1}), name)
            cells = {(cell["first"], cell["second"]): cell["count"]
                     for cell in summary["contingency"]}
            for match in matches:
                pair = match["first"], match["second"]
                self.assertEqual(match["count"], cells[pair])
                a, b = (first[kept] == pair[0]).sum(), (second[kept] == pair[1]).sum()
                self.assertEqual(match["share_of_first"], match["count"] / a)
                self.assertEqual(match["share_of_second"], match["count"] / b)
                self.assertEqual(match["jaccard"], match["count"] / (a + b - match["count"]))

    def test_any_ranks_and_threads(self):
        for name in "large k", "left out", "far apart", "one row":
            outputs = {result_of(self.done("compare", *self.sources(name), "--json",
                                                 ranks=ranks, threads=threads).stdout)
                       for ranks, threads in ((1, 1), (2, 2), (3, 1), (4, 1))}
            self.assertEqual(len(outputs), 1, name)

    def test_exact_values(self):
        for name in "identical", "renamed", "one row", "both one segment":
            agreement = self.found[name]["agreement"]
            for index in ("adjusted_rand", "adjusted_mutual_information", "v_measure", "homogeneity",
                          "completeness", "normalized_mutual_information", "purity", "rand"):
                self.assertEqual(agreement[index], 1.0, f"{name}: {index}")
            self.assertEqual(agreement["variation_of_information"], 0.0)
        agreement = self.found["exactly independent"]["agreement"]
        self.assertEqual((agreement["mutual_information"], agreement["v_measure"]), (0.0, 0.0))
        agreement = self.found["singletons and three"]["agreement"]
        self.assertEqual(agreement["adjusted_mutual_information"], 0.0)

    def test_expected_information_of_many_rows(self):
        """To the digits that a double has, not to 1e-12 of a nat."""
        with h5py.File(self.folder / "large.h5", "w") as file:
            file["a"], file["b"] = numpy.repeat([0, 1], (19_000, 1_000)), numpy.arange(20_000) % 7
            table = contingency_matrix(file["a"][()], file["b"][()])
        summary = self.summary("compare", f"{self.folder}/large.h5:/a", f"{self.folder}/large.h5:/b")
        found, total = summary["agreement"]["expected_mutual_information"], expected_information(table)
        self.assertLess(abs(found - total), 1e-11 * total)

    def test_small_groups_are_withheld(self):
        summary = self.summary("compare", *self.sources("large k"))
        self.assertEqual((summary["contingency"], summary["matches"]), ([], []))
        first, second = PAIRS["large k"]
        table = contingency_matrix(first, second)
        self.assertEqual(summary["contingency_withheld"], (table > 0).sum())
        self.assertEqual(summary["segments_withheld"],
                         (table.sum(0) < 10).sum() + (table.sum(1) < 10).sum())
        text = self.done("compare", *self.sources("left out"), "--min-group", 20).stdout
        table = contingency_matrix(*(labels[(PAIRS["left out"][0] != -1) & (PAIRS["left out"][1] != -1)]
                                     for labels in PAIRS["left out"]))
        self.assertEqual(text.split("Contingency")[1].count("<20"), (table < 20).sum())

    def test_text(self):
        text = self.done("compare", *self.sources("left out"), "--min-group", 0, ranks=2).stdout
        for words in ("4 segments", "3 segments", "adjusted Rand index", "Which segment became which",
                      "Became none", "Contingency table"):
            self.assertIn(words, " ".join(text.split()))
        self.assertIn("listed by --json", self.done("compare", *self.sources("large k")).stdout)

    def test_what_cannot_be_compared(self):
        with h5py.File(self.folder / "bad.h5", "w") as file:
            file["none"] = numpy.full(5, -1)
            file["real"], file["table"] = numpy.zeros(5), numpy.zeros((5, 2), int)
            file["four"] = numpy.arange(4)
        bad, good = f"{self.folder}/bad.h5:/", self.sources("identical")[0]
        self.fails(65, "compare", good, bad + "four", says=("holds 5", "holds 4"), ranks=2)
        self.fails(65, "compare", good, bad + "none", says=("nobody has a label",), ranks=3)
        self.fails(65, "compare", good, bad + "real", says=("/real",))
        self.fails(65, "compare", good, bad + "table", says=("/table",), ranks=2)
        self.fails(65, "compare", good, bad + "missing", says=("/missing",))
        self.fails(66, "compare", good, f"{self.folder}/no.h5:/x", says=("no.h5",))
        self.fails(65, "compare", good, f"{self.folder}/bad.h5", says=("bad.h5", "format"))
        self.fails(64, "compare", good)
        self.fails(64, "compare", good, good, good)
        self.fails(64, "compare", "-", "-")
        for flag in ("--old-data", "x"), ("--new-data", "x"), ("--columns", "x"), ("--fail-above", 1):
            self.fails(64, "compare", good, good, *flag, says=(flag[0], "--drift"))


class Text(PatronTest):
    """Labels in CSV."""

    def put(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def test_numbers_with_and_without_a_header(self):
        plain = self.put("plain.csv", "3\n3\n-1\n07\n7\n")
        named = self.put("named.csv", "label\n1\n1\n1\n2\n-5\n")
        for ranks in 1, 3:
            summary = self.summary("compare", plain, named, "--min-group", 0, ranks=ranks)
            self.assertEqual(summary["rows_left_out"], 1)
            self.assertEqual([(cell["first"], cell["second"], cell["count"])
                              for cell in summary["contingency"]], [(3, 1, 2), (7, -5, 1), (7, 2, 1)])

    def test_names(self):
        table = self.put("table.csv", "id,night,day\na,läuft,2\nb,geht,2\nc,-1,3\nd,läuft,3\n")
        summary = self.summary("compare", table, table, "--label-column", "night,day",
                               "--min-group", 0, ranks=2)
        self.assertEqual([(cell["first"], cell["second"], cell["count"])
                          for cell in summary["contingency"]],
                         [("geht", 2, 1), ("läuft", 2, 1), ("läuft", 3, 1)])
        same = self.summary("compare", table, table, "--label-column", "night", "--min-group", 0)
        self.assertEqual(same["agreement"]["adjusted_rand"], 1.0)

    def test_ranges_of_a_text(self):
        """Rows of any length, over lines where they are quoted, are the same on any ranks."""
        names = [("low", "middle, rather", "-1", "high")[row * row % 7 % 4] for row in range(3000)]
        days = [row % 11 for row in range(3000)]
        lines = [f'"note {row}\n{"x" * (row % 97)}","{name}",{day}'
                 for row, (name, day) in enumerate(zip(names, days))]
        table = self.put("table.csv", "note,night,day\n" + "\n".join(lines) + "\n")
        counts = collections.Counter((name, day) for name, day in zip(names, days) if name != "-1")
        for ranks in by_tier((3,), (1, 2, 3, 4)):
            summary = self.summary("compare", table, table, "--label-column", "night,day",
                                   "--min-group", 0, ranks=ranks)
            self.assertEqual(summary["rows_left_out"], names.count("-1"))
            self.assertEqual({(cell["first"], cell["second"]): cell["count"]
                              for cell in summary["contingency"]}, counts)
        lines[2900] = '"note","",3'
        gap = self.put("gap.csv", "note,night,day\n" + "\n".join(lines) + "\n")
        self.fails(65, "compare", gap, table, "--label-column", "night,day", ranks=3,
                   says=("gap.csv", "line 5802", "empty"))

    def test_standard_input_and_gzip(self):
        packed = self.folder / "labels.csv.gz"
        with gzip.open(packed, "wt") as file:
            file.write("0\n1\n1\n")
        summary = self.summary("compare", "-", packed, "--min-group", 0, stdin="x\na\nb\nb\n")
        self.assertEqual(summary["agreement"]["adjusted_rand"], 1.0)

    def test_bad_text(self):
        good = self.put("good.csv", "1\n2\n")
        self.fails(65, "compare", good, self.put("two.csv", "a,b\n1,2\n1,2\n"), ranks=2,
                   says=("two.csv", "2 columns", "--label-column"))
        self.fails(65, "compare", self.put("named.csv", "a,b\n1,2\n"), good, "--label-column", "c",
                   says=("named.csv", "'c'"))
        self.fails(65, "compare", self.put("gap.csv", "a,b\n1,2\n,2\n"), good, "--label-column",
                   "a,a", says=("gap.csv", "line 3", "empty"))
        self.fails(65, "compare", good, self.put("short.csv", "1\n"), says=("holds 2", "holds 1"))
        self.fails(66, "compare", good, self.folder / "none.csv", ranks=2, says=("none.csv",))
        self.fails(64, "compare", good, good, "--label-column", "a,b,c", says=("3 columns",))


class Models(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        features = DICE.standard_normal((300, 3)) + DICE.integers(0, 4, 300)[:, None] * 5
        features[4, 1] = numpy.nan
        data = write_dataset(folder / "data.h5", features.astype("float32"))
        cls.first, cls.second, cls.other = (folder / name for name in ("1.h5", "2.h5", "3.h5"))
        must("segment", data, "-o", cls.first, "--k", 4)
        must("segment", data, "-o", cls.second, "--k", 6, "--missing", "drop")
        more = write_dataset(folder / "more.h5", features[::-1].astype("float32"))
        must("segment", more, "-o", cls.other, "--k", 4)

    def test_models(self):
        with h5py.File(self.first) as one, h5py.File(self.second) as two:
            first, second = one["segments/labels"][()], two["segments/labels"][()]
        for ranks in 1, 2, 4:
            summary = self.summary("compare", self.first, self.second, ranks=ranks)
            self.assertEqual((summary["first"]["segments"], summary["second"]["segments"]), (4, 6))
            self.assertEqual(summary["rows_left_out"], 1)
            self.assertAlmostEqual(summary["agreement"]["adjusted_rand"],
                                   metrics.adjusted_rand_score(first[second >= 0],
                                                               second[second >= 0]), delta=1e-12)
        mixed = self.summary("compare", self.first, f"{self.first}:/segments/labels")
        self.assertEqual(mixed["agreement"]["adjusted_rand"], 1.0)

    def test_segments_that_are_empty(self):
        empty = self.folder / "empty.h5"
        empty.write_bytes(self.first.read_bytes())
        with h5py.File(empty, "a") as file:
            file["segments"].attrs["k"] = 6
        summary = self.summary("compare", empty, self.first)
        self.assertEqual(summary["unmatched_first"], [4, 5])
        self.assertEqual(summary["agreement"]["adjusted_mutual_information"], 1.0)
        self.assertEqual(summary["segments_first"][5], {"segment": 5, "customers": 0})

    def test_fewer_rows_than_segments(self):
        small = self.folder / "small.h5"
        small.write_bytes(self.first.read_bytes())
        with h5py.File(small, "a") as file:
            del file["segments/labels"]
            file["segments/labels"] = numpy.array([3, 0], dtype="int32")
        summary = self.summary("compare", small, small, "--min-group", 0, ranks=2)
        self.assertEqual(summary["unmatched_second"], [1, 2])

    def test_models_of_different_data(self):
        process = self.done("compare", self.first, self.other)
        self.assertIn("--drift matches customers", process.stderr)
        self.assertEqual(self.done("compare", self.first, self.second).stderr, "")

    def test_damaged_models(self):
        damaged = self.folder / "damaged.h5"
        damaged.write_bytes(self.first.read_bytes())
        with h5py.File(damaged, "a") as file:
            file["segments/labels"][200] = 4
        self.fails(65, "compare", self.first, damaged, ranks=3, says=("row 200", "label 4"))
        with h5py.File(damaged, "a") as file:
            file["segments"].attrs["k"] = 10**8
        self.fails(65, "compare", damaged, self.first, says=("100000000 segments of 300 rows",))
        with h5py.File(damaged, "a") as file:
            file.attrs["kind"] = "itemset"
        self.fails(65, "compare", damaged, self.first, says=("kind",))


if __name__ == "__main__":
    unittest.main()
