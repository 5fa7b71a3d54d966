# SPDX-License-Identifier: Apache-2.0
"""bench/scaling.sbatch in a private Slurm, ranks on two nodes, by default as many ranks and threads as
these have: it ends with its record, tables and plots, goes on where it was stopped, and refuses other
data.  In the medium tier."""
import json
import pathlib
import unittest

from batch_test import BatchTest
from patron_test import MEDIUM, SOURCE

SIZE = ("--nodes=2", "--ntasks-per-node=1", "--cpus-per-task=1")
TINY = ("--rows", 4000, "--columns", 3, "--k", 3, "--iterations", 2, "--baskets", 1000,
        "--invoices", 500, "-n", 1, "--scaling", "strong", "--file-mebibytes", 16)
JOBS = ("load", "segment", "itemsets", "ingest", "score")
CASES = (len(JOBS) - 1) * 2  # jobs x ranks; load comes with segment


@unittest.skipUnless(MEDIUM, "in the medium tier")
class ScalingBatch(BatchTest):
    nodes = 2

    def arguments(self, *more):
        return map(str, (SOURCE / "bench/scaling.sbatch", "--work", self.folder / "data", "--output",
                         self.record, "--plots", self.folder / "plots", *TINY, *more))

    @property
    def record(self):
        return pathlib.Path(self.folder) / "scaling.json"

    def samples(self):
        """Those that are kept so far; the file is whole at any time."""
        if not self.record.exists():
            return []
        return json.loads(self.record.read_text(encoding="utf-8"))["samples"]

    def test_stopped_and_gone_on(self):
        job = self.submit(*self.arguments(), size=SIZE)
        self.wait_until("two samples", lambda: len(self.samples()) >= 2, job,
                        seconds=600)
        self.slurm.command("scancel", job)
        self.assertEqual(self.slurm.wait_for_job(job)[0], "CANCELLED")
        kept = self.samples()
        self.assertLess(len(kept), CASES)
        state, code, output = self.batch(*self.arguments(), size=SIZE)
        self.assertEqual((state, code), ("COMPLETED", 0), output + self.slurm.logs())
        self.assertIn(f"goes on behind {len(kept)} runs", output)
        self.assertEqual(self.samples()[:len(kept)], kept)
        self.check_record()
        self.check_tables(output)
        state, code, output = self.batch(*self.arguments("--seed", 2), size=SIZE)
        self.assertEqual((state, code), ("FAILED", 1), output)
        self.assertIn("not comparable", output)

    def check_record(self):
        record = json.loads(self.record.read_text(encoding="utf-8"))
        cases = [(sample["job"], sample["ranks"]) for sample in record["samples"]]
        self.assertEqual(sorted(cases), sorted((job, ranks) for job in JOBS[1:] for ranks in (1, 2)))
        limits = [[one["ranks"], one["threads"], one["machine"]["ranks"]]
                  for one in record["limits"]]
        self.assertEqual(limits, [[1, 1, 1], [2, 1, 2]])
        self.assertEqual(record["identity"]["hosts"]["count"], 2)
        for sample in record["samples"]:
            if sample["ranks"] > 1:
                self.assertGreater(sample["bytes_sent"], 0, sample["job"])
            kinds = {step["kind"] for step in sample["summary"]["steps"]}
            self.assertLessEqual({"file", "kernel"}, kinds)
        self.assertEqual(len(record["starts"]), 2)
        self.assertTrue(all(record["data"].values()))

    def check_tables(self, output):
        tables = output[output.rindex("Strong scaling"):]
        for job in JOBS:
            ranks = [line.split()[1] for line in tables.splitlines() if line.startswith(job + " ")]
            self.assertEqual(ranks[:2], ["1", "2"], job)
            plot = pathlib.Path(self.folder) / f"plots/scaling-{job}-strong.svg"
            self.assertTrue(plot.read_text(encoding="utf-8").rstrip().endswith("</svg>"))


if __name__ == "__main__":
    unittest.main()
