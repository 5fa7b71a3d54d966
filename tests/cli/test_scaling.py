# SPDX-License-Identifier: Apache-2.0
"""bench/scaling: its intervals against tables, and in the medium tier one tiny run of it: that it goes
on where it was stopped, and refuses to compare what is not comparable."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest

from patron_test import MEDIUM, PATRON, SOURCE

sys.path.insert(0, str(SOURCE / "bench"))
import median  # noqa: E402  pylint: disable=wrong-import-position

BENCH = SOURCE / "bench/scaling"
TINY = ("--rows", 4000, "--columns", 3, "--k", 3, "--iterations", 2, "--baskets", 1000,
        "--invoices", 500, "--ranks", "1,2", "--threads", 1, "--most-cores", 2, "-n", 1,
        "--file-mebibytes", 16)
CASES = 4 * 2 * 2  # jobs x layouts x strong and weak; load comes with segment


class Median(unittest.TestCase):
    def test_intervals_are_those_of_tables(self):
        # ranks of the 95 % interval of a median, as tables of the sign test have them
        for count, low, high in ((6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (12, 3, 10),
                                 (15, 4, 12), (20, 6, 15), (25, 8, 18), (50, 18, 33)):
            samples = [7 * i % 1009 for i in range(1, count + 1)]
            ordered = sorted(samples)
            self.assertEqual(median.interval(samples), (ordered[low - 1], ordered[high - 1]))

    def test_few_samples_have_none(self):
        for count in range(1, 6):
            self.assertIsNone(median.interval(list(range(count))))
        self.assertEqual(median.told([3.0, 1.0, 2.0]), ("2.000", "(1.000..3.000)"))


@unittest.skipUnless(MEDIUM, "in the medium tier")
class Scaling(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="patron-scaling."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.record = self.folder / "scaling.json"

    def command(self, program, *more, env=None):
        words = [program, "--work", self.folder / "data", "--output", self.record, *TINY, *more]
        return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              check=False, env={**os.environ, **(env or {})})

    def bench(self, *more):
        return self.command(BENCH, "--build", pathlib.Path(PATRON).parent, *more)

    def done(self, *more):
        process = self.bench(*more)
        self.assertEqual(process.returncode, 0, process.stderr)
        return process.stdout, json.loads(self.record.read_text(encoding="utf-8"))

    def refused(self, text, *more):
        process = self.bench(*more)
        self.assertEqual(process.returncode, 1, process.stdout)
        self.assertIn(text, process.stderr)

    def test_a_run(self):
        told, first = self.done("--plots", self.folder / "plots")
        self.assertEqual(len(first["samples"]), CASES)
        self.check_table(told, first)
        for job in ("load", "segment", "itemsets", "ingest", "score"):
            for kind in ("strong", "weak"):
                plot = self.folder / "plots" / f"scaling-{job}-{kind}.svg"
                self.assertTrue(plot.read_text(encoding="utf-8").rstrip().endswith("</svg>"))
        self.check_goes_on(first)
        self.check_refusals(first)
        self.check_batch_script(first)

    def check_table(self, told, record):
        """The first line of segment is the base case: its seconds are those of the sample."""
        runs = [sample for sample in record["samples"]
                if sample["job"] == "segment" and sample["scaling"] == "strong"]
        base = next(sample for sample in runs if sample["ranks"] == 1)
        line = next(line.split() for line in told.splitlines() if line.startswith("segment "))
        self.assertEqual(line[1:4], ["1", "1", f"{base['summary']['seconds']['fit']:.3f}"])
        self.assertEqual(line[6:8], ["1.00", "100"])
        self.assertEqual(base["bytes_sent"], 0)
        self.assertGreater(statistics.mean(sample["bytes_sent"] for sample in runs), 0)
        self.assertEqual([(one["ranks"], one["threads"]) for one in record["limits"]],
                         [(1, 1), (2, 1)])
        for limits in record["limits"]:
            self.assertEqual(limits["machine"]["ranks"], limits["ranks"])
            for name in ("gflops", "read_gbytes", "file_read_gbytes", "file_write_gbytes"):
                self.assertGreater(min(limits["machine"][name]), 0.0)
        self.assertGreater(min(record["limits"][1]["network"]["allreduce_microseconds"]["8"]), 0.0)
        for sample in record["samples"]:
            self.assertEqual(len(sample["result"]["digest"]), 64)
            self.assertLessEqual({"time", "host", "load"}, sample.keys())
        options = record["starts"][0]["options"]
        self.assertEqual([options[name] for name in ("ranks", "threads", "runs")], [[1, 2], [1], 1])

    def check_goes_on(self, first):
        stopped = {**first, "samples": first["samples"][:5]}
        self.record.write_text(json.dumps(stopped), encoding="utf-8")
        shutil.rmtree(self.folder / "data")  # drawn anew, and the same
        _, again = self.done()
        self.assertEqual(again["samples"][:5], first["samples"][:5])
        self.assertEqual(len(again["samples"]), CASES)
        self.assertEqual(again["data"], first["data"])
        self.assertEqual(again["limits"], first["limits"])
        self.assertEqual(len(again["starts"]), len(first["starts"]) + 1)

    def check_refusals(self, first):
        self.refused("sizes.seed 1, now 2", "--seed", 2)
        other = self.folder / "other.json"
        other.write_text(json.dumps(first), encoding="utf-8")
        self.assertIn("over before", self.done("--against", other)[0])
        changed = json.loads(json.dumps(first))
        name = next(iter(changed["data"]))
        changed["data"][name] = "0" * 64
        other.write_text(json.dumps(changed), encoding="utf-8")
        self.refused(name, "--against", other)
        self.check_model(first)
        changed["samples"] = changed["samples"][:1]
        self.record.write_text(json.dumps(changed), encoding="utf-8")
        self.refused("not comparable")
        wrong = json.loads(json.dumps(first))
        wrong["samples"][0]["result"]["digest"] = "0" * 64
        self.record.write_text(json.dumps(wrong), encoding="utf-8")
        self.refused("another result than before")

    def check_model(self, first):
        """Where another command has left models in the folder, score does not take them for its own:
        the digests are those of a folder of its own."""
        score = ("--jobs", "score", "--scaling", "strong")
        self.record.unlink()
        _, fewer = self.done(*score, "--k", 2)
        self.record.unlink()
        _, again = self.done(*score)
        results = [[sample["result"] for sample in record["samples"] if sample["job"] == "score"
                    and sample["scaling"] == "strong"] for record in (first, again, fewer)]
        self.assertEqual(results[0], results[1])
        self.assertNotEqual(results[0], results[2])
        self.assertIn(again["samples"][0]["data"][1], again["data"])

    def check_batch_script(self, first):
        """As Slurm would start it, on two ranks; its launcher is another one."""
        self.record.unlink()
        process = self.command(
            SOURCE / "bench/scaling.sbatch", "--jobs", "itemsets", "--scaling", "strong",
            env={"LAUNCHER": "mpirun -q --bind-to none --oversubscribe", "PATRON": PATRON,
                 "SLURM_NTASKS": "2", "SLURM_CPUS_PER_TASK": "1"})
        self.assertEqual(process.returncode, 0, process.stderr)
        record = json.loads(self.record.read_text(encoding="utf-8"))
        self.assertEqual([sample["ranks"] for sample in record["samples"]], [1, 2])
        name, = record["samples"][0]["data"]
        self.assertEqual(record["data"][name], first["data"][name])


if __name__ == "__main__":
    unittest.main()
