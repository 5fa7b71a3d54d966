# SPDX-License-Identifier: Apache-2.0
"""What Slurm tells a job, in a private Slurm: TERM by hand and of preemption, under srun and mpirun, before the launch and
in it.  Who is not cancelled comes back and goes on from its checkpoint."""
import pathlib
import unittest

from batch_test import LongTest
from patron_test import MEDIUM, write_dataset
from test_launchers import MPIRUN

ONE = ("--ntasks=1",)


@unittest.skipUnless(MEDIUM, "in the medium tier")
class Told(LongTest):
    def checkpoints(self):
        return list(self.folder.glob("model.h5.*.checkpoint"))

    def start_kept(self, **environment):
        """A long job that has a checkpoint."""
        job = self.start_long(self.folder / "model.h5", PATRON_CHECKPOINT_EVERY="0", **environment)
        self.wait_until("a checkpoint", self.checkpoints, job)
        return job

    def comes_back(self, job):
        output = self.goes_on(self.folder / "model.h5", job)
        self.assertIn("back into the queue", output)
        self.assertIn("going on from checkpoint", output)
        return output

    def test_the_ranks_are_told(self):
        """By srun's step: they have the time to write."""
        job = self.start_long(self.folder / "model.h5")
        self.slurm.command("scancel", "--signal=TERM", job)
        self.assertIn("stopped at a checkpoint", self.comes_back(job))

    def test_all_are_told(self):
        """srun kills its step at once."""
        job = self.start_kept()
        self.slurm.command("scancel", "--full", "--signal=TERM", job)
        self.comes_back(job)

    def test_mpirun_is_told(self):
        """Its daemons end at once, by TERM; USR1 to the batch shell comes to the ranks."""
        for how, words in ((("--signal=TERM",), "begins from its last checkpoint"),
                           (("--full", "--signal=TERM"), "begins from its last checkpoint"),
                           (("--batch", "--signal=USR1"), "stopped at a checkpoint")):
            with self.subTest(how):
                (self.folder / "model.h5").unlink(missing_ok=True)
                (self.folder / "status.json").unlink(missing_ok=True)
                job = self.start_kept(**MPIRUN)
                self.slurm.command("scancel", *how, job)
                self.assertIn(words, self.comes_back(job))

    def preempt(self, job):
        urgent = self.slurm.submit("--partition=urgent", "--nodes=4", "--exclusive", "--output=/dev/null",
                                   "--wrap=sleep 3")
        self.assertEqual(self.slurm.wait_for_job(urgent)[0], "COMPLETED", self.output_of(job))

    def test_preemption(self):
        job = self.start_long(self.folder / "model.h5")
        self.preempt(job)
        self.assertIn("stopped at a checkpoint", self.comes_back(job))

    def test_preemption_under_mpirun(self):
        job = self.start_kept(**MPIRUN)
        self.preempt(job)
        self.comes_back(job)

    def test_preemption_without_a_checkpoint(self):
        """Of 205, which may be a fault as well, Slurm itself tells."""
        program = self.stand_in(f"[ $(wc -l <{self.folder}/runs) -gt 1 ] || {{ trap 'exit 205' TERM; sleep 60 & wait; }}")
        job = self.submit("verify.sbatch", "data", PATRON=program, size=ONE)
        self.wait_until("the program", (self.folder / "runs").exists, job)
        self.preempt(job)
        self.assertEqual(self.slurm.wait_for_job(job), ("COMPLETED", 0), self.output_of(job))
        self.assertIn("ended from outside (exit code 205), begins anew", self.output_of(job))
        self.assertEqual((self.folder / "runs").read_text().split(), ["run"] * 2)

    def test_cancelled_for_good(self):
        """A checkpoint does not bring back who is cancelled; the same job submitted again goes on from it."""
        job = self.start_kept()
        self.slurm.command("scancel", job)
        self.assertEqual(self.slurm.wait_for_job(job)[0], "CANCELLED", self.output_of(job))
        self.assertNotIn("back into the queue", self.output_of(job))
        self.assertEqual(self.field(job, "Restarts"), "0")
        again = self.start_long(self.folder / "model.h5")
        self.assertEqual(self.slurm.wait_for_job(again), ("COMPLETED", 0), self.output_of(again))
        self.assertIn("going on from checkpoint", self.output_of(again))
        self.assertEqual(self.checkpoints(), [])

    def test_during_the_preflight(self):
        data = write_dataset(self.folder / "data.h5", features=[[float(row), 1.0] for row in range(9)])
        slow = self.srun_that(f"case $* in *--overlap*) [ -e {self.folder}/asked ] || "
                              f"{{ touch {self.folder}/asked; sleep 6; }} ;; esac")
        for number, (how, words) in enumerate(((("--batch", "--signal=USR1"), "told to stop before it began: back into"),
                                               (("--batch", "--signal=TERM"), "told to stop before it began: back into"),
                                               ((), "cancelled before it began"))):
            with self.subTest(how):
                (self.folder / "asked").unlink(missing_ok=True)
                job = self.submit("segment.sbatch", data, "-o", self.folder / f"{number}.h5", "--k", "2", size=ONE,
                                  PATH=slow)
                self.wait_until("the preflight", (self.folder / "asked").exists, job)
                self.slurm.command("scancel", *how, job)
                state, code = self.slurm.wait_for_job(job)
                self.assertIn(words, self.output_of(job))
                expected = ("COMPLETED", 0) if how else ("CANCELLED", 143)
                self.assertEqual((state, code) if how else (state, 143), expected, self.output_of(job))
                self.assertEqual(self.field(job, "Restarts"), "1" if how else "0")

    def test_exit_codes(self):
        """Of a launch that something else has ended, and of a gate, for which no node is asked."""
        calls = self.folder / "calls"
        path = self.srun_that(f'case $* in *" true") echo asked >>{calls} ;; esac')
        said = "echo 'patron: end job=verify exit_code=1 status=OK' >&2; exit 1"
        for end, code, runs, asked in (("exit 143", 143, 3, 0), ("exit 205", 205, 1, 1), ("exit 138", 138, 1, 1),
                                       (said, 1, 1, 0), ("exit 1", 1, 1, 1), ("exit 65", 65, 1, 0)):
            with self.subTest(end):
                for file in ("runs", "calls"):
                    (self.folder / file).unlink(missing_ok=True)
                state, found, output = self.batch("verify.sbatch", "data", PATRON=self.stand_in(end), PATRON_REQUEUES="2",
                                                  PATH=path, size=ONE)
                self.assertEqual((state, found), ("FAILED", code), output)
                self.assertEqual((self.folder / "runs").read_text().split(), ["run"] * runs, output)
                self.assertEqual(pathlib.Path(calls).exists(), bool(asked), output)


if __name__ == "__main__":
    unittest.main()
