# SPDX-License-Identifier: Apache-2.0
"""Nights, in a private Slurm: which change makes a stage anew and which does not, checkpoints of a night that has changed,
a queue that does not answer, and the lines of cron."""
import os
import subprocess
import unittest

import h5py
import numpy

from batch_test import ENVIRONMENT, SCRIPTS, TWO_NODES, BatchTest
from patron_test import MEDIUM, SOURCE, write_dataset
from test_batch import NIGHT, write_shop

ONE = ("--ntasks=1", "--time=10")
# The rules of its own, told so that patron alone understands it; a score that names none.
OWN_RULES = NIGHT.replace("rules = night/itemsets.h5\n", "").replace("rules = true", "rules = true ; as ever")
SMALL = NIGHT[:NIGHT.index("[inspect]")].replace(
    "transactions = sales-*.csv", "transactions:sales-*.csv\n    my sales.csv") + "[segment]\ninit = start.h5:/c\n"


@unittest.skipUnless(MEDIUM, "in the medium tier")
class Nights(BatchTest):
    nodes = 3

    def setUp(self):
        super().setUp()
        write_shop(self.folder)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def write_start(self, value):
        with h5py.File(self.folder / "start.h5", "w") as file:
            file["c"] = numpy.array([[0.0] * self.columns, [value] * self.columns], dtype="float32")

    def append(self, name):
        with open(self.folder / name, "a", encoding="utf-8") as sales:
            sales.write("c99,b99,i1,1,2.5,2020-01-03\n")

    def small_night(self, *arguments, **environment):
        return self.whole_night(*arguments, "night.ini", "night", NIGHT_SIZE=" ".join(ONE), **environment)[0]

    def test_what_makes_a_stage_anew(self):
        """Names with blanks, keys with a colon, continued lines, arrays in files, the environment, parts."""
        self.write("my sales.csv", (self.folder / "sales-0.csv").read_text(encoding="utf-8"))
        self.write("night.ini", SMALL)
        self.done("ingest", "--config", "night.ini", "-o", "plain", cwd=self.folder)
        with h5py.File(self.folder / "plain/part-00000.h5") as part:
            self.columns = part["customers/features"].shape[1]
        self.write_start(3.0)

        def cut_a_part():
            os.truncate(self.folder / "night/dataset/part-00001.h5", 1000)
        ingest, segment = ("ingest: job", "segment: job"), ("ingest: done", "segment: job")
        self.small_night()
        for change, words, environment in (
                (lambda: self.append("sales-1.csv"), ingest, {}), (lambda: self.append("my sales.csv"), ingest, {}),
                (lambda: self.write_start(4.0), segment, {}),
                (lambda: None, segment, {"PATRON_SEED": "77", "PATRON_MAX_ITER": "0"}),
                (cut_a_part, ("ingest: job", "segment: done"), {"PATRON_SEED": "77", "PATRON_MAX_ITER": "0"})):
            with self.subTest(words=words):
                change()
                told = self.small_night(**environment)
                for each in words:
                    self.assertIn(each, told)
                # How a run tells of itself changes nothing.
                again = self.small_night(PATRON_LOG_LEVEL="debug", PATRON_CHECKPOINT_EVERY="7", **environment)
                self.assertIn("nothing to do", again)
        self.done("verify", self.folder / "night/dataset")

    def test_a_job_file_that_is_wrong(self):
        """It is told before anything is submitted."""
        self.write("night.ini", NIGHT.replace("[segment]\nk = 3", "[segment]\nkk = 3"))
        night = self.night("night.ini", "night")
        self.assertEqual(night.returncode, 78, night.stderr)
        self.assertIn("unknown key 'kk'", night.stderr)
        self.assertIn("[segment] of", night.stderr)

    def stop_with_a_checkpoint(self, submit, named, once=lambda: True):
        """Sends USR1 to the job that `submit` starts, once it keeps a checkpoint."""
        job = submit()
        self.wait_until("a checkpoint", lambda: list(self.folder.glob(named)) and once(), job)
        self.slurm.command("scancel", "--batch", "--signal=USR1", job)
        self.assertEqual(self.slurm.wait_for_job(job), ("FAILED", 75))
        self.wait_until("an empty queue", lambda: not self.slurm.command("squeue", "-h").stdout, job)
        kept, = self.folder.glob(named)
        return kept

    def test_a_checkpoint_of_another_night(self):
        """A night that was stopped goes on after anything has changed."""
        often = {"PATRON_REQUEUES": "0", "PATRON_CHECKPOINT_EVERY": "0", "NIGHT_SIZE": " ".join(ONE)}
        self.write("night.ini", NIGHT.replace("k = 3", "k = 3\nn-init = 4000000"))

        def start():
            night = self.night("night.ini", "night", **often)
            self.assertEqual(night.returncode, 0, night.stderr)
            return next(line.split()[-1] for line in night.stderr.splitlines() if "segment: job" in line)
        first = self.stop_with_a_checkpoint(start, "night/segments.h5.*.checkpoint")
        # The same goes on from it.
        second = self.stop_with_a_checkpoint(start, "night/segments.h5.*.checkpoint",
                                             lambda: f"going on from checkpoint {first}" in self.said("night"))
        self.assertEqual(first, second)
        self.append("sales-0.csv")
        self.write("night.ini", NIGHT)
        said = self.whole_night("night.ini", "night", NIGHT_SIZE=" ".join(ONE))[1]
        self.assertIn(f"removed {first}", said)
        self.assertEqual(list(self.folder.glob("night/*.checkpoint")), [])

    def test_a_sweep_of_other_options(self):
        rows = numpy.random.default_rng(1).normal(size=(300, 3)).astype("float32")
        data, k2 = write_dataset(self.folder / "data.h5", features=rows), self.folder / "sweep/k-2.h5"
        self.write("segment.ini", "[segment]\nn-init = 4000000\n")

        def start():
            job = self.submit("sweep.sbatch", data, "sweep", "--config", "segment.ini", size=("--array=2", *ONE),
                              PATRON_REQUEUES="0", PATRON_CHECKPOINT_EVERY="0")
            return f"{job}_2"
        kept = self.stop_with_a_checkpoint(start, "sweep/k-2.h5.*.checkpoint")
        made = []
        for option in ("n-init = 2", "n-init = 2", "n-init = 3"):
            self.write("segment.ini", f"[segment]\n{option}\n")
            self.assertEqual(self.slurm.wait_for_job(start()), ("COMPLETED", 0), self.slurm.logs())
            made.append(k2.stat().st_mtime_ns)
        self.assertFalse(kept.exists())
        self.assertEqual(made[0], made[1])
        self.assertGreater(made[2], made[1])
        self.done("segment", data, "-o", self.folder / "plain.h5", "--k", "2", "--n-init", "3")
        self.assertEqual(self.verified_digest(k2), self.verified_digest(self.folder / "plain.h5"))

    def test_an_array_comes_back_task_by_task(self):
        """The last task bears the number of the array; queued again by that, all would run again."""
        data = write_dataset(self.folder / "data.h5", features=numpy.eye(9, 2))
        program = self.stand_in(f"[ $(wc -l <{self.folder}/runs) -ne 3 ] || exit 75\n"
                                'while [ $# -gt 1 ]; do [ "$1" != -o ] || touch "$2"; shift; done')
        job = self.submit("sweep.sbatch", data, "sweep", size=("--array=2-4%1", *ONE), PATRON=program)
        for k in (2, 3, 4):
            self.assertEqual(self.slurm.wait_for_job(f"{job}_{k}"), ("COMPLETED", 0), self.slurm.logs())
        self.assertEqual(len((self.folder / "runs").read_text().split()), 4)

    def test_a_queue_that_does_not_answer(self):
        """squeue fails for a while, as jobs wait."""
        self.write("night.ini", NIGHT)
        calls, tools = self.folder / "calls", self.folder / "squeue-fails"
        tools.mkdir()
        squeue = self.slurm.command("sh", "-c", "command -v squeue").stdout.strip()
        (tools / "squeue").write_text(f"#!/bin/sh\necho call >>{calls}\n[ $(wc -l <{calls}) -lt 2 ] || "
                                      f"[ $(wc -l <{calls}) -gt 4 ] || exit 1\nexec {squeue} \"$@\"\n", encoding="utf-8")
        (tools / "squeue").chmod(0o755)
        told = self.whole_night("night.ini", "night", PATH=f"{tools}:{self.slurm.environment['PATH']}",
                                NIGHT_SIZE=" ".join(ONE))[0]
        self.assertIn("done: ", told)
        self.assertGreater(len(calls.read_text().split()), 4)

    # ---- cron ----

    def shipped(self, name):
        """The last line of a file of cron's, at the place of this test, its command alone."""
        line = (SCRIPTS / name).read_text(encoding="utf-8").splitlines()[-1]
        when, command = line.split("* * * ")
        self.assertEqual(when, "0 3 ")
        return command.replace("/data/shop", str(self.folder)).replace("/opt/patron", str(SOURCE))

    def settings(self):
        return {**ENVIRONMENT, "SLURM_CONF": self.slurm.environment["SLURM_CONF"],
                "NIGHT_SIZE": " ".join(TWO_NODES) + " --time=10"}

    def test_crontab(self):
        """cron gives little but a shell.  Each night has a folder of its own, whose rules its score goes by."""
        self.write("night.ini", OWN_RULES)
        cron = {**self.settings(), "PATH": "/usr/bin:/bin", "HOME": str(self.folder), "PATRON_HOME": str(SOURCE),
                "XDG_DATA_HOME": os.environ["XDG_DATA_HOME"]}
        night = subprocess.run(["/bin/sh", "-c", self.shipped("crontab")], env=cron, cwd="/", text=True,
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=False)
        self.assertEqual(night.returncode, 0, night.stderr + self.said("nights/20*"))
        self.assertIn("done: ", night.stderr)
        page, = (self.folder / "nights").glob("20*/report.html")
        made = page.parent
        self.done("score", made / "dataset", made / "segments.h5", "--config", "night.ini", "--rules",
                  made / "itemsets.h5", "-o", "scores.h5", cwd=self.folder)
        self.assertEqual(self.verified_digest(made / "scores.h5"), self.verified_digest(self.folder / "scores.h5"))

    def test_scrontab(self):
        """Slurm's own cron makes a job of the line, which fails where the night does, and mail of that."""
        text = (SCRIPTS / "scrontab").read_text(encoding="utf-8").replace("#SCRON", "#SBATCH")
        options = [line for line in text.splitlines() if line.startswith("#SBATCH")]
        self.write("scron.sh", "\n".join(["#!/bin/sh", *options, self.shipped("scrontab")]).replace(
            "/data/shop", str(self.folder)) + "\n")
        for rows, ended, words in ((50, ("FAILED", 1), "inspect failed"), (20, ("COMPLETED", 0), "ingest: done")):
            self.write("night.ini", OWN_RULES.replace("rows = 20", f"rows = {rows}"))
            job = self.slurm.submit(self.folder / "scron.sh", env=self.settings())
            self.assertEqual(self.slurm.wait_for_job(job), ended, self.slurm.logs())
            self.assertIn(words, (self.folder / f"nightly-{job}.out").read_text(encoding="utf-8"))
            self.wait_until("mail" if rows == 50 else "no mail",
                            lambda: (f"Job_id={job} " in self.slurm.mail()) == (rows == 50), job)
        page, = (self.folder / "nights").glob("20*/report.html")
        self.assertIn("<title>A night</title>", page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
