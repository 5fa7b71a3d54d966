# SPDX-License-Identifier: Apache-2.0
"""Options that are wrong, wherever they stand, and the exit code of every rank."""
import unittest

import numpy

from failure_test import BASKETS, FEATURES, RANKS, FailureTest
from patron_test import run


class Values(FailureTest):
    def setUp(self):
        super().setUp()
        self.data = self.dataset()

    def segment(self, *options, says=(), code=64, ranks=(2,)):
        self.fails_alike(code, "segment", self.data, *options, "-o", self.out, says=says, ranks=ranks)

    def itemsets(self, *options, says=(), code=64, ranks=(2,)):
        self.fails_alike(code, "itemsets", self.data, *options, "-o", self.out, says=says,
                         ranks=ranks)

    def test_no_segments(self):
        self.segment("--k", 0, says=("--k", "'0'", "from 1"), ranks=RANKS)

    def test_more_segments_than_rows(self):
        self.segment("--k", 13, code=65, says=("13", "12"), ranks=RANKS)

    def test_support_of_nothing_or_more_than_all(self):
        for value in ("0", "-0.1", "1.5", "nan", "inf", "half"):
            self.itemsets(f"--min-support={value}", says=("--min-support", f"'{value}'", "(0, 1]"),
                          ranks=RANKS if value in ("0", "1.5") else (1,))

    def test_no_count(self):
        self.itemsets("--min-count", 0, says=("--min-count", "'0'", "at least 1"))

    def test_support_and_count(self):
        self.itemsets("--min-count", 1, "--min-support", 0.5, says=("--min-count", "--min-support"),
                      ranks=RANKS)

    def test_neither_support_nor_count(self):
        self.itemsets(says=("--min-count", "--min-support"), ranks=RANKS)

    def test_lengths_that_leave_nothing(self):
        self.itemsets("--min-count", 1, "--min-length", 3, "--max-length", 2,
                      says=("--max-length", "--min-length"), ranks=(1,))

    def test_rules_alone(self):
        self.itemsets("--min-count", 1, "--min-confidence", 0.5, says=("--rules",), ranks=(1,))
        self.itemsets("--min-count", 1, "--rules", "--min-confidence", 1.5,
                      says=("--min-confidence", "1.5"), ranks=(1,))

    def test_results_that_go_to_one_place(self):
        self.itemsets("--min-count", 1, "--text", self.out, says=("--text", "--output"))
        self.itemsets("--min-count", 1, "--text", "-", "--json", says=("--text", "--json"),
                      ranks=(1,))

    def test_start_that_is_none(self):
        self.segment("--init", "somewhere", says=("--init", "somewhere", "k-means++"), ranks=(1,))

    def test_tolerance_and_others(self):
        for option, value in (("--tol", "-1"), ("--n-init", "0"), ("--seed", "-1"),
                              ("--threads", "5000"), ("--threads", "-1"), ("--progress", "often"),
                              ("--missing", "ignore"), ("--log1p", "a,,b"), ("--columns", "")):
            self.segment(f"{option}={value}", says=(option, f"'{value}'"), ranks=(1,))

    def test_more_inputs_than_one(self):
        self.fails_alike(64, "segment", self.data, self.data, "-o", self.out, ranks=(2,))

    def test_none_or_more_inputs_of_ingest(self):
        self.fails_alike(64, "ingest", "-o", self.out, ranks=(1,), says=("--features", "0 found"))
        self.fails_alike(64, "ingest", "--features", "a", "--baskets", "b", "-o", self.out,
                         ranks=(2,), says=("--features", "2 found"))
        self.fails_alike(64, "ingest", "--transactions", "a", "-o", self.out, ranks=(1,),
                         says=("--basket", "--item"))
        self.fails_alike(64, "ingest", "--features", "a", "--parts", 0, "-o", self.out, ranks=(1,),
                         says=("--parts", "'0'"))

    def test_unknown_ambiguous_or_without_value(self):
        self.segment("--none", says=("--none",), ranks=RANKS)
        self.segment("--m", 1, says=("--m", "--max-iter", "--missing"), ranks=(1,))
        self.segment("--force=yes", says=("--force", "no value"), ranks=(1,))
        self.segment("-x", says=("-x",), ranks=(1,))
        self.fails_alike(64, "segment", self.data, "-o", ranks=(2,), says=("--output",))

    def test_unknown_job(self):
        self.fails_alike(64, "clusters", self.data, says=("clusters", "segment", "itemsets"))
        self.fails_alike(64, "itemset", self.data, says=("itemset", "itemsets"), ranks=(1,))

    def test_environment(self):
        for ranks in RANKS:
            self.fails(64, "segment", self.data, "-o", self.out, env={"PATRON_K": "many"}, ranks=ranks,
                       says=("PATRON_K", "many"))


class JobFile(FailureTest):
    def refuses(self, content, *says, ranks=(2,), job="segment"):
        file = self.file("job.ini", content)
        data = self.folder / "data.h5"
        if not data.exists():
            self.dataset()
        self.fails_alike(78, job, data, "--config", file, "-o", self.out, says=("job.ini", *says),
                         ranks=ranks)

    def test_missing(self):
        self.fails_alike(78, "segment", self.dataset(), "--config", self.folder / "none.ini", "-o",
                         self.out, says=("none.ini", "No such file"))

    def test_a_folder(self):
        self.fails_alike(78, "segment", self.dataset(), "--config", self.folder, "-o", self.out,
                         ranks=(2,))

    def test_named_by_the_environment(self):
        self.fails(78, "segment", self.dataset(), "-o", self.out,
                   env={"PATRON_CONFIG": str(self.folder / "none.ini")}, says=("none.ini",))

    def test_wrong_value(self):
        self.refuses("[segment]\nk = 3\nscale = feet\n", ":3", "scale", "'feet'", "zscore",
                     ranks=RANKS)

    def test_wrong_value_of_a_number(self):
        self.refuses("[segment]\nk = 0\n", ":2", "k", "'0'", ranks=(1,))

    def test_unknown_key(self):
        self.refuses("[segment]\nk = 3\nnone = 1\n", ":3", "'none'")

    def test_key_twice(self):
        self.refuses("[segment]\nk = 3\nk = 4\n", ":3", "'k'", "second", ranks=(1,))

    def test_key_outside_of_a_section(self):
        self.refuses("k = 3\n", ":1", "'k'", "[segment]", ranks=(1,))

    def test_line_that_is_no_key(self):
        self.refuses("[segment]\nnonsense\n", ":2", ranks=(1,))

    def test_bytes_that_are_no_text(self):
        self.refuses(b"[segment]\nk = 3\0\n", ":2", "NUL", ranks=(1,))


class EveryRank(FailureTest):
    """Each rank ends with the same code, whichever of them found the fault."""

    def every(self, code, job, *arguments):
        self.assertEqual(self.status_of_ranks(job, *arguments), [code] * 3)

    def test_done(self):
        self.every(0, "verify", self.dataset())

    def test_usage(self):
        self.every(64, "segment", self.dataset(), "--k", 0, "-o", self.out)

    def test_help(self):
        self.every(0, "segment", "--help")

    def test_data_of_one_rank(self):
        for row in (0, 5, 11):
            with self.subTest(row=row):
                features = FEATURES.copy()
                features[row, 0] = numpy.inf
                self.every(65, "segment", self.dataset(features=features), "--k", 2, "-o", self.out)
                for name in ("0", "1", "2"):
                    (self.folder / "status" / name).unlink()
                (self.folder / "status").rmdir()

    def test_data_of_all_ranks(self):
        self.every(65, "segment", self.dataset(), "--k", 13, "-o", self.out)

    def test_missing(self):
        self.every(66, "itemsets", self.folder / "none.h5", "--min-count", 1, "-o", self.out)

    def test_output(self):
        self.every(73, "ingest", "--baskets", "-", "-o", self.folder / "none" / "out.h5")

    def test_configuration(self):
        self.every(78, "segment", "x", "--config", self.folder / "none.ini", "-o", self.out)

    def test_one_rank_under_a_launcher(self):
        self.fails(66, "verify", self.folder / "none.h5", launcher=True)
        self.fails(64, "segment", "x", "--k", 0, "-o", self.out, launcher=True)
        self.done("verify", self.dataset(), launcher=True)

    def test_more_ranks_than_rows(self):
        data = self.dataset(features=FEATURES[:2], baskets=BASKETS[:2])
        self.done("segment", data, "--k", 2, "-o", self.out, ranks=4)
        self.done("itemsets", data, "--min-count", 1, "-o", self.folder / "sets.h5", ranks=4)
        self.assertEqual(run("segment", data, "--k", 3, "-o", self.out, "--force",
                             ranks=4).returncode, 65)


if __name__ == "__main__":
    unittest.main()
