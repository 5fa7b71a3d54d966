# SPDX-License-Identifier: Apache-2.0
"""The batch scripts, run by a private Slurm: the model is that of a plain run, a failure keeps its
exit code, and a night is a chain of them."""
import json
import unittest

import numpy

from batch_test import BatchTest
from patron_test import by_tier, write_dataset

# A night of a small shop; tests add sections and options.
NIGHT = """
[ingest]
transactions = sales-*.csv
customer = customer
basket = basket
item = item
quantity = quantity
price = price
time = time
plain-ids = true
parts = 2
[inspect]
fail-below-rows = 20
[segment]
k = 3
[itemsets]
min-count = 5
rules = true
[score]
min-group = 3
rules = night/itemsets.h5
policy = policy.ini
[report]
title = A night
"""


def write_shop(folder):
    """What the night reads, below its job file."""
    (folder / "policy.ini").write_text("[policy]\nquiet-list = quiet.txt\n", encoding="utf-8")
    (folder / "quiet.txt").write_text("c1\n", encoding="utf-8")
    for part in range(2):
        lines = [f"c{n % 37},b{n % 90},i{n * 7 % 23},{1 + n % 3},2.5,2020-01-{1 + n % 28:02d}"
                 for n in range(part, 400, 2)]
        (folder / f"sales-{part}.csv").write_text(
            "customer,basket,item,quantity,price,time\n" + "\n".join(lines) + "\n",
            encoding="utf-8")


class Batch(BatchTest):
    def same_model(self, job, data, *options):
        plain, batch = self.folder / "plain.h5", self.folder / "batch.h5"
        self.done(job, data, "-o", plain, *options)
        state, code, output = self.batch(f"{job}.sbatch", data, "-o", batch, *options)
        self.assertEqual((state, code), ("COMPLETED", 0), output + self.slurm.logs())
        self.assertIn("2 ranks x 2 threads", output)
        self.assertEqual(self.verified_digest(batch), self.verified_digest(plain))

    def test_segment(self):
        rows = numpy.random.default_rng(7).normal(size=(500, 4)).astype("float32")
        data = write_dataset(self.folder / "data", features=rows, parts=3)
        self.same_model("segment", data, "--k", "4", "--seed", "3")

    def test_itemsets(self):
        draws = numpy.random.default_rng(8).random(size=(300, 12)) < 0.3
        data = write_dataset(self.folder / "data.h5",
                             baskets=[numpy.flatnonzero(row).tolist() for row in draws],
                             item_names=[f"item {i}" for i in range(12)])
        self.same_model("itemsets", data, "--min-count", "5", "--rules", "--min-confidence", "0.2")

    def test_failure_keeps_its_exit_code(self):
        state, code, output = self.batch("segment.sbatch", self.folder / "missing.h5", "-o",
                                         self.folder / "model.h5")
        self.assertEqual((state, code), ("FAILED", 66), output)
        self.assertIn("missing.h5", output)
        self.assertIn("exit code 66", output)

    def test_no_arguments(self):
        state, code, output = self.batch("itemsets.sbatch")
        self.assertEqual((state, code), ("FAILED", 64), output)
        self.assertIn("no arguments", output)

    def test_preflight(self):
        data = write_dataset(self.folder / "data.h5", features=numpy.eye(6, 2))
        model = self.folder / "model.h5"
        no_pmix = self.srun_that('[ "$*" != --mpi=list ] || exec echo "none, pmi2"')
        faults = ((model, {"PATRON_FREE_MIB": "1000000000"}, 73, "make room"),
                  (model, {"PATH": no_pmix}, 78, "this Slurm has no pmix (srun --mpi=list)"),
                  (self.folder / "none/model.h5", {}, 73, f"no folder {self.folder}/none for the output"),
                  (model, {"PATRON": str(self.folder / "none")}, 66, "build it, or set PATRON"),
                  (model, {"PATRON_BINDING": "socks"}, 78, "cores or none expected"),
                  (model, {"PATRON_MODULES": "openmpi/none"}, 78, "module load openmpi/none failed"),
                  (model, {"PATRON_SITE": "/none/site.conf"}, 78, "the settings in /none/site.conf"))
        for output, environment, code, words in faults[:by_tier(1, None)]:
            with self.subTest(words):
                state, found, said = self.batch("segment.sbatch", data, "-o", output, "--k", "2", **environment)
                self.assertEqual((state, found), ("FAILED", code), said)
                self.assertIn(words, said)
        self.assertFalse(model.exists())

    def test_a_night(self):
        write_shop(self.folder)
        (self.folder / "night.ini").write_text(NIGHT, encoding="utf-8")
        logs = self.whole_night("night.ini", "night")[1]
        self.assertEqual(logs.count("patron: end job="), 6, logs)
        for job, data, output, of in (("ingest", (), "plain", "dataset"),
                                      ("segment", ("plain",), "segments.h5", "segments.h5"),
                                      ("itemsets", ("plain",), "itemsets.h5", "itemsets.h5"),
                                      ("score", ("plain", "segments.h5"), "scores.h5",
                                       "scores.h5")):
            self.done(job, *(self.folder / name for name in data), "--config", "night.ini", "-o",
                      self.folder / output, cwd=self.folder)
            self.assertEqual(self.verified_digest(self.folder / "night" / of),
                             self.verified_digest(self.folder / output), job)
        report = json.loads((self.folder / "night/inspect.json").read_text(encoding="utf-8"))
        self.assertEqual(report["job"], "inspect")
        page = (self.folder / "night/report.html").read_text(encoding="utf-8")
        self.assertIn("<title>A night</title>", page)
        again = self.night("night.ini", "night")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("nothing to do", again.stderr)
        self.assertEqual(self.slurm.command("squeue", "-h").stdout, "")
        (self.folder / "quiet.txt").write_text("c1\nc2\n", encoding="utf-8")
        again = self.whole_night("night.ini", "night")[0]
        self.assertIn("itemsets: done", again)
        self.assertIn("score: job", again)


if __name__ == "__main__":
    unittest.main()
