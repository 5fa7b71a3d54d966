# SPDX-License-Identifier: Apache-2.0
"""--fingerprint: options as they took effect and the files that they name, wherever they are given; and what a
period of checkpoints is without one."""
import os
import re
import unittest

import numpy

from patron_test import PatronTest, must, write_dataset

# What an argument is called that is a file, and the options of those that are written.
FILES = {"FILE", "MODEL", "DATASET", "CSV", "FIMI"}
WRITTEN = {"output", "audit", "status", "metrics", "checkpoint", "text", "write-plan", "config"}
# What each job needs beside the option that is tried.
NEEDS = {"generate": ["-o", "o.h5"], "verify": ["data.h5"], "inspect": ["data.h5"], "segment": ["data.h5"],
         "itemsets": ["data.h5"], "score": ["data.h5", "model.h5"], "profile": ["data.h5", "model.h5"],
         "report": ["model.h5", "-o", "r.html"], "compare": ["a.h5", "b.h5"], "ingest": ["-o", "o.h5"]}
BESIDE = {("ingest", "transactions"): ["--customer", "c", "--item", "i", "--basket", "b"],
          ("ingest", "features"): ["--customer", "c"],
          ("ingest", "events"): ["--event-customer", "c", "--event-time", "t"],
          ("ingest", "plan"): ["--features", "x.csv", "--customer", "c"],
          ("ingest", "key-file"): ["--features", "x.csv", "--customer", "c"],
          ("compare", "old-data"): ["--drift"], ("compare", "new-data"): ["--drift"],
          ("report", "previous-data"): ["--previous", "old.h5"],
          ("score", "policy"): ["--rules", "r.h5"],
          ("itemsets", "by-segment"): ["--min-support", "0.1", "-o", "o.h5"]}


class Fingerprint(PatronTest):
    def print_of(self, job, *arguments, **environment):
        if job == "segment":
            arguments = ("-o", "m.h5", *arguments)
        return self.done(job, "--fingerprint", *arguments, cwd=self.folder,
                         env=environment).stdout

    def setUp(self):
        super().setUp()
        for name in ("data.h5", "model.h5", "my sales.csv", "sales-0.csv", "sales-1.csv"):
            (self.folder / name).write_text("x\n", encoding="utf-8")

    def line_of(self, name):
        info = os.stat(self.folder / name)
        seconds, rest = divmod(info.st_mtime_ns, 10**9)
        return f"file {info.st_size} {seconds}.{rest:09d} {os.path.realpath(self.folder / name)}"

    def test_options_from_everywhere(self):
        (self.folder / "night.ini").write_text(
            "[segment]\nk : 5 ; as ever\ntol=0\n[itemsets]\nmin-count = 7\nrules = true ; note\n", encoding="utf-8")
        lines = self.print_of("segment", "data.h5", "--config", "night.ini", "--max-iter", "9",
                              PATRON_SEED="77").splitlines()
        for line in ("option k = 5", "option tol = 0.0", "option max-iter = 9", "option seed = 77",
                     "apart memory = null", self.line_of("data.h5")):
            self.assertIn(line, lines)
        self.assertIn("option rules = true",
                      self.print_of("itemsets", "data.h5", "-o", "o.h5", "--config", "night.ini").splitlines())
        # Where a run writes and how it tells of itself is none of it.
        plain = self.print_of("segment", "data.h5", "--k", "5")
        self.assertEqual(plain, self.print_of("segment", "data.h5", "--k", "5", "-o", "n.h5", "--force", "--threads",
                                              "3", "--log-level", "info", "--status", "s", "--checkpoint", "c"))
        self.assertNotEqual(plain, self.print_of("segment", "data.h5", "--k", "6"))
        self.assertFalse((self.folder / "m.h5").exists())

    def test_files(self):
        sales = ("--customer", "c", "--item", "i", "--basket", "b", "-o", "shop")
        (self.folder / "colon.ini").write_text("[ingest]\ntransactions:sales-*.csv\n", encoding="utf-8")
        (self.folder / "blank.ini").write_text("[ingest]\ntransactions = my sales.csv\n", encoding="utf-8")
        found = self.print_of("ingest", "--config", "colon.ini", *sales)
        self.assertIn(f"{self.line_of('sales-0.csv')}\n{self.line_of('sales-1.csv')}\n", found)
        before = self.print_of("ingest", "--config", "blank.ini", *sales)
        self.assertIn(self.line_of("my sales.csv"), before)
        with open(self.folder / "my sales.csv", "a", encoding="utf-8") as more:
            more.write("y\n")
        self.assertNotEqual(self.print_of("ingest", "--config", "blank.ini", *sales), before)
        self.assertIn(self.line_of("model.h5"), self.print_of("segment", "data.h5", "--init", "model.h5:/c"))
        self.assertIn("file - - none.h5\n", self.print_of("segment", "none.h5"))

    def test_parts(self):
        write_dataset(self.folder / "shop", features=numpy.eye(6, 2), parts=3)
        before = self.print_of("segment", "shop")
        self.assertEqual(len(re.findall(r"(?m)^file \d+ .*part-\d+\.h5$", before)), 3, before)
        part = sorted((self.folder / "shop").iterdir())[1]
        os.truncate(part, 1000)
        self.assertNotEqual(self.print_of("segment", "shop"), before)

    def test_a_policy(self):
        (self.folder / "policy.ini").write_text("[policy]\nitem-cap = 3\nquiet-list = my sales.csv\n", encoding="utf-8")
        found = self.print_of("score", "data.h5", "model.h5", "--rules", "r.h5", "--policy", "policy.ini").splitlines()
        for line in ("option policy.item-cap = 3", self.line_of("my sales.csv"), self.line_of("policy.ini")):
            self.assertIn(line, found)

    def test_every_option_that_names_a_file(self):
        """By the help: whoever adds one says whether it is read."""
        jobs = re.findall(r"(?m)^  ([a-z]+) ", must(None, "--help").stdout.partition("Jobs:")[2])
        self.assertEqual(set(jobs), set(NEEDS))
        tried = 0
        (self.folder / "policy.ini").write_text("[policy]\nitem-cap = 3\n", encoding="utf-8")
        for job in jobs:
            listed = must(job, "--help").stdout.partition("\nExamples:")[0]
            for name, argument in re.findall(r"(?m)^  (?:-\w,|   ) --([a-z0-9-]+) (\S+)", listed):
                if argument not in FILES or name in WRITTEN:
                    continue
                value = "policy.ini" if name == "policy" else "sales-0.csv"
                with self.subTest(job=job, option=name):
                    beside = BESIDE.get((job, name), [])
                    self.assertIn(self.line_of(value),
                                  self.print_of(job, *NEEDS[job], *beside, f"--{name}", value).splitlines())
                    tried += 1
        self.assertGreater(tried, 12)

    def test_a_bad_job_file(self):
        (self.folder / "night.ini").write_text("[segment]\nkk = 5\n", encoding="utf-8")
        self.fails(78, "segment", "--fingerprint", "data.h5", "-o", "m.h5", "--config",
                   self.folder / "night.ini", says=("unknown key 'kk'",))

    def test_a_period_without_a_checkpoint(self):
        data = write_dataset(self.folder / "rows.h5", features=numpy.eye(6, 2))
        nothing = ("means nothing without --checkpoint",)
        self.fails(64, "segment", data, "-o", self.folder / "m.h5", "--checkpoint-every", "3", says=nothing)
        (self.folder / "night.ini").write_text("[segment]\ncheckpoint-every = 5\n", encoding="utf-8")
        self.fails(64, "segment", data, "-o", self.folder / "m.h5", "--config", self.folder / "night.ini", says=nothing)
        # A setting for all jobs.
        self.done("segment", data, "-o", self.folder / "m.h5", "--k", "2", env={"PATRON_CHECKPOINT_EVERY": "300"})
        self.fails(64, "segment", data, "-o", self.folder / "m.h5", env={"PATRON_CHECKPOINT_EVERY": "x"},
                   says=("PATRON_CHECKPOINT_EVERY: found 'x'",))


if __name__ == "__main__":
    unittest.main()
