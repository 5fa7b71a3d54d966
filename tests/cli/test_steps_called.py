# SPDX-License-Identifier: Apache-2.0
"""Each kernel of each job, in each way that it works, is a step: none of its time is called other."""
import gzip
import json
import pathlib
import shutil
import tempfile
import unittest

import h5py

from patron_test import by_tier, must

EXPORT = ("--customer", "customer", "--basket", "invoice", "--item", "item", "--label",
          "description", "--quantity", "quantity", "--price", "price", "--time", "time")
EVENTS = ("--event-customer", "customer", "--event-time", "time")
ROWS, BASKETS = 3000, 2000
RULES = ("--min-count", 20, "--rules", "--min-confidence", 0.3)
FIT = {"survey", "seed", "assign", "update", "judge", "transform"}
MINE = {"count", "build", "mine", "list", "sort"}


class Called(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="patron-called."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        must("generate", "--rows", ROWS, "--columns", 4, "--clusters", 3, "--baskets", BASKETS,
             "--items", 60, "--patterns", 30, "-o", cls.folder / "data.h5")
        must("generate", "--rows", 500, "--columns", 2, "--baskets", BASKETS, "--items", 60,
             "--patterns", 30, "--transactions", cls.folder / "sales.csv", "-o",
             cls.folder / "sales.h5")
        cls.write("lists.csv", (f"{b},item{b % 7},item{b % 11}" for b in range(BASKETS)))
        cls.write("fimi.dat", (f"{b % 7} {7 + b % 11}" for b in range(BASKETS)))
        cls.write("features.csv", ["id,a,b", *(f"C{c},{c % 13},{c * c % 17}" for c in range(ROWS))])
        cls.write("labels.csv", (f"segment {row % 5}" for row in range(ROWS)))
        cls.write("policy.ini", ["[policy]", "item-cap = 50"])
        for name, job, words in (
                ("segments.h5", "segment", ("data.h5", "--k", 3)),
                ("others.h5", "segment", ("data.h5", "--k", 4)),
                ("sets.h5", "itemsets", ("data.h5", *RULES)),
                ("by_segment.h5", "itemsets", ("data.h5", *RULES, "--by-segment", "segments.h5")),
                ("scores.h5", "score", ("data.h5", "segments.h5", "--rules", "sets.h5"))):
            must(job, *words, "-o", name, cwd=cls.folder)

    @classmethod
    def write(cls, name, lines):
        (cls.folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")

    def steps(self, job, *words, ranks=1):
        output = () if job in ("inspect", "verify", "compare", "profile") else ("--force",)
        process = must(job, *words, *output, "--json", "--progress", "never", ranks=ranks,
                       threads=1, cwd=self.folder)
        return {step["step"]: step for step in json.loads(process.stdout)["steps"]}

    def check(self, expected, job, *words):
        """The kernels are those expected, whatever the ranks."""
        for ranks in by_tier((1,), (1, 2, 3)):
            with self.subTest(job=job, words=words, ranks=ranks):
                steps = self.steps(job, *words, ranks=ranks)
                kernels = {name for name, step in steps.items() if step["kind"] == "kernel"}
                self.assertEqual(kernels, expected)
                for name in kernels | {"start"}:
                    self.assertGreaterEqual(steps[name]["calls"]["max"], 1, name)
                self.check_waiting(steps, ranks)

    def check_waiting(self, steps, ranks):
        """Waiting is told with each collective, and all of it once more by itself."""
        waits = [step["wait_seconds"]["mean"] for step in steps.values() if "wait_seconds" in step]
        whole = steps.get("wait", {}).get("seconds", {"mean": 0.0})["mean"]
        self.assertEqual(len(waits) > 0, ranks > 1)
        self.assertAlmostEqual(sum(waits), whole, delta=1e-6 * (len(waits) + 1))

    def test_generate(self):
        self.check({"generate", "digest"}, "generate", "--rows", ROWS, "--columns", 4, "--baskets",
                   BASKETS, "-o", "made.h5")
        self.check({"generate", "digest"}, "generate", "--rows", ROWS, "--baskets", BASKETS,
                   "--transactions", "made.csv", "-o", "made.h5")

    def test_ingest(self):
        to = ("-o", "made.h5")
        sales = ("--transactions", "sales.csv", *EXPORT)
        self.check({"parse", "sort", "customers", "baskets", "digest"}, "ingest", *sales, *to)
        table = ("--features", "features.csv", "--id", "id")
        self.check({"parse", "sort", "digest"}, "ingest", *table, *to)
        self.check({"parse", "sort", "customers", "digest"}, "ingest", "--events", "sales.csv",
                   *EVENTS, *to)
        self.check({"parse", "sort", "customers", "digest"}, "ingest", *table, "--events",
                   "sales.csv", *EVENTS, *to)
        self.check({"parse", "digest"}, "ingest", "--baskets", "fimi.dat", *to)
        self.check({"parse", "digest"}, "ingest", "--basket-lists", "lists.csv", *to)

    def test_ingest_gzip(self):
        with gzip.open(self.folder / "fimi.dat.gz", "wb") as file:
            file.write((self.folder / "fimi.dat").read_bytes())
        self.check({"parse", "digest"}, "ingest", "--baskets", "fimi.dat.gz", "-o", "made.h5")
        self.check(MINE | {"parse"}, "itemsets", "fimi.dat.gz", "--min-count", 9, "-o", "made.h5")

    def test_segment(self):
        given = ("segment", "data.h5", "-o", "made.h5")
        self.check(FIT, *given, "--k", 3)
        self.check(FIT, *given, "--k", 3, "--validate")
        self.check(FIT, *given, "--k", 3, "--outliers", 5)
        self.check(FIT, *given, "--k-range", "2..3")
        self.check(FIT, *given, "--init", "segments.h5")

    def test_itemsets(self):
        given = ("itemsets", "data.h5", "--min-count", 20)
        self.check(MINE, *given, "-o", "made.h5")
        self.check(MINE - {"sort", "list"}, *given, "--text", "made.txt")
        self.check(MINE | {"rules"}, *given, "--rules", "-o", "made.h5")
        self.check(MINE | {"rules"}, *given, "--rules", "--prune-redundant",
                   "--significance", 0.05, "-o", "made.h5")
        self.check(MINE | {"rank"}, "itemsets", "data.h5", "--top", 50, "-o", "made.h5")
        for kind in ("closed", "maximal"):
            self.check(MINE, *given, "--kind", kind, "-o", "made.h5")
        segmented = (*given, "--by-segment", "segments.h5", "-o", "made.h5")
        self.check(MINE | {"digest", "contrast"}, *segmented)
        self.check(MINE | {"digest", "contrast", "rules"}, *segmented, "--rules")
        self.check(MINE | {"parse"}, "itemsets", "fimi.dat", "--min-count", 9, "-o", "made.h5")

    def test_score(self):
        given = ("score", "data.h5", "segments.h5")
        near = {"nearest", "check", "transform", "digest"}
        rules = ("--rules", "sets.h5")
        self.check(near, *given, "-o", "made.h5")
        self.check(near | {"format"}, *given, "--text", "made.csv")
        self.check(near | {"match"}, *given, *rules, "-o", "made.h5")
        self.check(near | {"match", "format"}, *given, *rules, "--policy", "policy.ini", "--text",
                   "made.csv")
        self.check({"check", "match", "digest"}, "score", "data.h5", "--baskets", *rules, "-o",
                   "made.h5")

    def test_compare(self):
        self.check({"contingency", "compare"}, "compare", "segments.h5", "others.h5")
        self.check({"contingency", "compare", "parse"}, "compare", "labels.csv", "labels.csv")
        self.check({"contingency", "compare"}, "compare", "segments.h5",
                   "others.h5", "--drift")

    def test_profile_and_report(self):
        self.check({"profile", "check", "transform"}, "profile", "data.h5", "segments.h5")
        page = ("-o", "made.html")
        self.check({"check", "format"}, "report", "segments.h5", *page)
        self.check({"check", "format", "profile", "transform"}, "report", "segments.h5", "--data",
                   "data.h5", *page)
        self.check({"check", "format", "rank"}, "report", "sets.h5", *page)
        self.check({"check", "format", "rank"}, "report", "by_segment.h5", *page)

    def test_inspect_and_verify(self):
        self.check({"profile"}, "inspect", "data.h5")
        self.check({"check", "digest"}, "verify", "data.h5")
        for model in ("segments.h5", "sets.h5", "by_segment.h5", "scores.h5"):
            listed = {"rank"} if model in ("sets.h5", "by_segment.h5") else set()
            self.check({"check"} | listed, "inspect", model)
            self.check({"check", "digest"}, "verify", model)
        must("inspect", "data.h5", "--audit", "audit.jsonl", cwd=self.folder)
        self.check({"check"}, "verify", "audit.jsonl")

    # ---- between ranks ----

    def test_transfers(self):
        """What is sent comes, and what each job sends is told."""
        for job, words, expected in (
                ("segment", ("data.h5", "--k", 3), {"agree", "allreduce", "broadcast", "gather"}),
                ("itemsets", ("data.h5", "--min-count", 20),
                 {"agree", "allreduce", "broadcast", "exchange", "note", "gate"}),
                ("score", ("data.h5", "segments.h5", "--rules", "sets.h5", "--policy",
                           "policy.ini"), {"agree", "allreduce", "broadcast", "prefix"})):
            with self.subTest(job=job):
                steps = self.steps(job, *words, "-o", "made.h5", ranks=3)
                self.assertEqual(expected - set(steps), set())
                self.check_waiting(steps, 3)
                for name in {"gather", "exchange", "agree", "allreduce", "prefix"} & set(steps):
                    came, went = (steps[name].get(way, {}).get("mean", 0.0)
                                  for way in ("bytes_in", "bytes_out"))
                    self.assertAlmostEqual(came, went, delta=1e-3, msg=name)

    # ---- without ----

    def test_switched_off(self):
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                process = must("segment", "data.h5", "--k", 3, "-o", "off.h5", "--force", "--json",
                               "--no-steps", ranks=ranks, cwd=self.folder)
                summary = json.loads(process.stdout)
                self.assertFalse({"steps", "memory"} & set(summary))
                self.assertIn("seconds", summary)
                with h5py.File(self.folder / "off.h5") as file:
                    self.assertNotIn("steps", file["run"])
                self.assertEqual(self.digest_of("off.h5"), self.digest_of("segments.h5"))

    def digest_of(self, name):
        return must("verify", "--digest", name, cwd=self.folder).stdout


if __name__ == "__main__":
    unittest.main()
