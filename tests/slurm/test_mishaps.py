# SPDX-License-Identifier: Apache-2.0
"""What a batch user lives with, in a private Slurm of 4 nodes: cancelled jobs, lost nodes, arrays,
gates, two nights at once, and jobs that go back into the queue."""
import concurrent.futures
import fcntl
import os
import pathlib
import re
import signal
import unittest

import numpy

from batch_test import LongTest, SCRIPTS, TWO_NODES
from patron_test import MEDIUM, PATRON, write_dataset
from processes import program_of, that_name
from test_batch import NIGHT, write_shop

def is_pending(pid, number):
    """Whether a signal waits for a process that stands still."""
    for line in (pathlib.Path("/proc") / str(pid) / "status").read_text(encoding="ascii").splitlines():
        if line.startswith("ShdPnd:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


@unittest.skipUnless(MEDIUM, "in the medium tier")
class Mishaps(LongTest):
    def test_scancel(self):
        model = self.folder / "model.h5"
        job = self.start_long(model)
        self.slurm.command("scancel", job)
        state, _ = self.slurm.wait_for_job(job)
        self.assertEqual(state, "CANCELLED", self.output_of(job))
        left = [name for name in os.listdir(self.folder)
                if name.startswith("model.h5") and not name.endswith(".checkpoint")]
        self.assertEqual(left, [])

    def test_a_time_limit(self):
        """A rank is held until Slurm's signal has come to it, however fast the fit is."""
        model = self.folder / "model.h5"
        job = self.start_long(model, size=(*TWO_NODES, "--time=1", "--signal=B:USR1@55"))
        rank = next(pid for pid in that_name(model) if program_of(pid) == os.path.realpath(PATRON))
        os.kill(rank, signal.SIGSTOP)
        try:
            self.wait_until("the signal", lambda: is_pending(rank, signal.SIGUSR1), job)
        finally:
            os.kill(rank, signal.SIGCONT)
        output = self.goes_on(model, job)
        self.assertIn("stopped at a checkpoint: back into the queue", output)
        self.assertIn("going on from checkpoint", output)

    def test_a_signal(self):
        """The same as soon as the batch shell, or the ranks themselves, are told."""
        for to in ("--batch", "--full"):
            model = self.folder / f"model{to}.h5"
            (self.folder / "status.json").unlink(missing_ok=True)
            job = self.start_long(model)
            self.slurm.command("scancel", to, "--signal=USR1", job)
            output = self.goes_on(model, job)
            self.assertIn("going on from checkpoint", output)

    def lose(self, which):
        model = self.folder / "model.h5"
        job = self.start_long(model)
        nodes = self.slurm.command("scontrol", "show", "hostnames",
                                   self.field(job, "NodeList")).stdout.split()
        self.slurm.kill_node(nodes[which])
        self.goes_on(model, job)
        after = self.slurm.command("scontrol", "show", "hostnames",
                                   self.field(job, "NodeList")).stdout.split()
        self.assertNotIn(nodes[which], after)

    def test_a_node_is_lost(self):
        self.lose(1)

    def test_the_node_of_the_batch_script_is_lost(self):
        self.lose(0)

    def test_an_array(self):
        data = write_dataset(self.folder / "data.h5", features=numpy.random.default_rng(1).normal(
            size=(300, 3)).astype("float32"))
        times = []
        for _ in range(2):
            job = self.submit("sweep.sbatch", data, "sweep", "--seed", "4",
                              size=("--array=2-4%2", "--ntasks=1"))
            for k in (2, 3, 4):
                state, code = self.slurm.wait_for_job(f"{job}_{k}")
                self.assertEqual((state, code), ("COMPLETED", 0), self.slurm.logs())
            times.append([os.stat(self.folder / f"sweep/k-{k}.h5").st_mtime_ns for k in (2, 3, 4)])
        self.assertEqual(times[0], times[1])
        newer = self.folder / "patron"
        newer.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo newer || exec {PATRON} "$@"\n', encoding="utf-8")
        newer.chmod(0o755)
        job = self.submit("sweep.sbatch", data, "sweep", "--seed", "4", size=("--array=2", "--ntasks=1"),
                          PATRON=str(newer))
        self.assertEqual(self.slurm.wait_for_job(f"{job}_2"), ("COMPLETED", 0), self.slurm.logs())
        self.assertGreater(os.stat(self.folder / "sweep/k-2.h5").st_mtime_ns, times[0][0])
        for k in (2, 3, 4):
            plain = self.folder / f"plain-{k}.h5"
            self.done("segment", data, "-o", plain, "--seed", "4", "--k", k)
            self.assertEqual(self.verified_digest(self.folder / f"sweep/k-{k}.h5"),
                             self.verified_digest(plain))

    def test_every_script(self):
        write_shop(self.folder)
        (self.folder / "night.ini").write_text(NIGHT, encoding="utf-8")
        calls = (("generate", "--rows", "500", "-o", "made.h5"),
                 ("ingest", "--config", "night.ini", "-o", "shop"),
                 ("inspect", "made.h5"),
                 ("segment", "made.h5", "-o", "a.h5", "--k", "3"),
                 ("itemsets", "shop", "-o", "goods.h5", "--min-count", "5"),
                 ("verify", "--digest", "a.h5"),
                 ("compare", "a.h5", "a.h5"),
                 ("profile", "made.h5", "a.h5"),
                 ("score", "made.h5", "a.h5", "-o", "scores.h5"),
                 ("report", "a.h5", "goods.h5", "-o", "report.html"))
        self.assertEqual({call[0] for call in calls} | {"sweep"},
                         {path.stem for path in SCRIPTS.glob("*.sbatch")})
        plain = self.folder / "plain"
        plain.mkdir()
        write_shop(plain)
        (plain / "night.ini").write_text(NIGHT, encoding="utf-8")
        for job, *arguments in calls:
            expected = self.done(job, *arguments, cwd=plain).stdout
            state, code, output = self.batch(f"{job}.sbatch", *arguments)
            self.assertEqual((state, code), ("COMPLETED", 0), output + self.slurm.logs())
            self.assertIn(f"patron: end job={job} exit_code=0", output)
            # A page tells of the run that made it, and so may be longer.
            self.assertIn(re.sub(r"\d+ bytes", "", expected.strip()), re.sub(r"\d+ bytes", "", output))
        for name in ("made.h5", "shop", "a.h5", "goods.h5", "scores.h5"):
            self.assertEqual(self.verified_digest(self.folder / name),
                             self.verified_digest(plain / name))

    def test_a_gate_stops_the_night_and_it_goes_on_later(self):
        write_shop(self.folder)
        job_file = self.folder / "night.ini"
        job_file.write_text(NIGHT.replace("rows = 20", "rows = 50"), encoding="utf-8")
        night = self.night("--wait", "night.ini", "night")
        self.assertEqual(night.returncode, 1, night.stderr)
        self.assertIn("inspect failed", night.stderr)
        self.assertTrue((self.folder / "night/inspect.json").exists())
        self.assertFalse((self.folder / "night/segments.h5").exists())
        self.assertEqual(self.slurm.command("squeue", "-h").stdout, "")
        job_file.write_text(NIGHT, encoding="utf-8")
        told = self.whole_night("night.ini", "night")[0]
        self.assertIn("ingest: done", told)
        self.assertTrue((self.folder / "night/itemsets.h5").exists())
        # Another option is another result, of this stage and those that need it.
        job_file.write_text(NIGHT.replace("k = 3", "k = 4"), encoding="utf-8")
        told = self.whole_night("night.ini", "night")[0]
        for words in ("ingest: done", "inspect: done", "segment: job", "itemsets: job"):
            self.assertIn(words, told)
        # A job file has not changed, an input has.
        with open(self.folder / "sales-0.csv", "a", encoding="utf-8") as sales:
            sales.write("c99,b99,i1,1,2.5,2020-01-03\n")
        told = self.whole_night("night.ini", "night")[0]
        self.assertIn("ingest: job", told)

    def test_two_nights_at_once(self):
        write_shop(self.folder)
        (self.folder / "night.ini").write_text(NIGHT, encoding="utf-8")
        nowhere = self.night("night.ini", "night", PATRON_PARTITION="none")
        self.assertEqual(nowhere.returncode, 78, nowhere.stderr)
        self.assertIn("sbatch failed for ingest", nowhere.stderr)
        with open(self.folder / "night/.night/lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            refused = self.night("night.ini", "night")
        self.assertEqual(refused.returncode, 75, refused.stderr)
        self.assertIn("another nightly.sh is submitting", refused.stderr)
        self.assertEqual(self.slurm.command("squeue", "-h").stdout, "")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = list(pool.map(lambda _: self.night("night.ini", "night"), range(2)))
        self.assertEqual(sorted(each.returncode for each in both), [0, 75], [each.stderr for each in both])
        first = next(each for each in both if each.returncode == 0)
        self.assertEqual(first.stderr.count(": job "), 6, first.stderr)
        second = self.night("night.ini", "night")
        self.assertEqual(second.returncode, 75, second.stderr)
        self.assertIn("in progress", second.stderr)
        self.wait_until("the night to end",
                        lambda: not self.slurm.command("squeue", "-h").stdout, "0", 120)
        third = self.night("night.ini", "night")
        self.assertEqual(third.returncode, 0, third.stderr)
        self.assertIn("nothing to do", third.stderr, self.said("night"))

    def test_the_queue_is_no_endless_loop(self):
        """A program that stops at a checkpoint again and again."""
        program = self.stand_in("exit 75")
        state, code, output = self.batch("verify.sbatch", "data", PATRON=program, PATRON_REQUEUES="2",
                                         size=("--ntasks=1",))
        self.assertEqual((state, code), ("FAILED", 75), output)
        self.assertEqual((self.folder / "runs").read_text().split(), ["run"] * 3)
        self.assertIn("queued again 2 times", output)

    def test_mpi_that_breaks_while_it_starts(self):
        """Then the launch is made again, twice at most; what breaks later is not."""
        broken = "echo 'patron: SIGSEGV: MPI broke while it started: ...' >&2; exit 70"
        for end, code, runs in ((f"[ $(wc -l <{self.folder}/runs) -gt 2 ] || {{ {broken}; }}", 0, 3), (broken, 70, 3),
                                ("echo 'patron: SIGSEGV: a fault' >&2; exit 70", 70, 1)):
            (self.folder / "runs").unlink(missing_ok=True)
            state, found, output = self.batch("verify.sbatch", "data", PATRON=self.stand_in(end), size=("--ntasks=1",))
            self.assertEqual((state, found), ("FAILED" if code else "COMPLETED", code), output)
            self.assertEqual((self.folder / "runs").read_text().split(), ["run"] * runs, output)

    def test_a_launcher_that_starts_nothing(self):
        """It ends with 0, as mpirun may; nobody takes that for a job that is done."""
        made = self.folder / "made.h5"
        for end, code in ((f"[ $(wc -l <{self.folder}/runs) -lt 3 ] || touch {made}", 0), ("exit 0", 70)):
            for file in (self.folder / "runs", made):
                file.unlink(missing_ok=True)
            state, found, output = self.batch("profile.sbatch", "data", "-o", made, PATRON=self.stand_in(end),
                                              size=("--ntasks=1",))
            self.assertEqual((state, found), ("FAILED" if code else "COMPLETED", code), output)
            self.assertEqual((self.folder / "runs").read_text().split(), ["run"] * 3, output)

    def test_nodes_that_do_not_see_the_program(self):
        program = self.folder / "patron"
        for elsewhere, words in (("echo new", "different versions"), ("exit 127", "not every node of n[1,3] can run")):
            program.write_text(f'#!/bin/sh\n[ "$SLURMD_NODENAME" = n1 ] && echo old || {elsewhere}\n',
                               encoding="utf-8")
            program.chmod(0o755)
            state, code, output = self.batch("verify.sbatch", "data", PATRON=str(program),
                                             size=("--nodelist=n1,n3", *TWO_NODES))
            self.assertEqual((state, code), ("FAILED", 78), output)
            self.assertIn(words, output)

    def test_an_srun_that_fails_once(self):
        """The preflight asks again, and what was said stands in the log."""
        mark = self.folder / "failed"
        fails = f'case $* in *--overlap*) [ -e {mark} ] || {{ touch {mark}; echo srun: busy >&2; exit 1; }} ;; esac'
        state, code, output = self.batch("verify.sbatch", "data", PATRON=self.stand_in("exit 0"),
                                         PATH=self.srun_that(fails), size=("--ntasks=1",))
        self.assertEqual((state, code), ("COMPLETED", 0), output)
        self.assertIn("srun: busy", output)


if __name__ == "__main__":
    unittest.main()
