# SPDX-License-Identifier: Apache-2.0
"""What the tests of batch scripts share: a private Slurm for a class, and jobs in it."""
import os
import shutil
import subprocess
import sys
import time

import numpy

from patron_test import PATRON, SOURCE, PatronTest, must, write_dataset

sys.path.insert(0, str(SOURCE / "tests/slurm"))
from private_slurm import PrivateSlurm  # noqa: E402

SCRIPTS = SOURCE / "slurm"
TWO_NODES = ("--nodes=2", "--ntasks-per-node=1", "--cpus-per-task=2")
# The nodes share one host, and so its /dev/shm: their ranks must not take each other for neighbours.
ENVIRONMENT = {"PATRON": PATRON, "OMPI_MCA_btl": "self,tcp", "PATRON_FREE_MIB": "1",
               "OMPI_MCA_mpi_yield_when_idle": "1"}

# A fit of some seconds on two cores.
LONG = ("--k", "250", "--tol", "0", "--seed", "3", "--max-iter", "60", "--n-init", "4")


class BatchTest(PatronTest):
    nodes, task_plugin = 4, "task/none"

    @classmethod
    def setUpClass(cls):
        cls.slurm = PrivateSlurm(nodes=cls.nodes, task_plugin=cls.task_plugin).__enter__()
        cls.addClassCleanup(cls.slurm.__exit__)

    def batch(self, script, *arguments, size=TWO_NODES, **environment):
        """(state, exit code, output) of a batch job that has ended."""
        job = self.submit(script, *arguments, size=size, **environment)
        state, code = self.slurm.wait_for_job(job)
        return state, code, self.output_of(job)

    def submit(self, script, *arguments, size=TWO_NODES, **environment):
        """The number of a job whose output goes to batch-NUMBER.out."""
        return self.slurm.submit(*size, f"--output={self.folder}/batch-%j.out",
                                 f"--chdir={self.folder}", SCRIPTS / script, *arguments,
                                 env={**ENVIRONMENT, **environment})

    def srun_that(self, does):
        """A PATH where srun does these lines of the shell before what it is for."""
        folder, path = self.folder / "srun", self.slurm.environment["PATH"]
        folder.mkdir()
        (folder / "srun").write_text(f'#!/bin/sh\n{does}\nexec {shutil.which("srun", path=path)} "$@"\n',
                                     encoding="utf-8")
        (folder / "srun").chmod(0o755)
        return f"{folder}:{path}"

    def output_of(self, job):
        path = self.folder / f"batch-{job}.out"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def wait_until(self, what, condition, job, seconds=180):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(f"waited {seconds} s for {what}\n{self.output_of(job)}{self.slurm.logs()}")
            time.sleep(0.05)

    def whole_night(self, *arguments, **environment):
        """nightly.sh and its jobs, which must end well; with what the jobs said."""
        night = self.night("--wait", *arguments, **environment)
        said = self.said(arguments[-1])
        self.assertEqual(night.returncode, 0, night.stderr + said)
        return night.stderr, said

    def said(self, night):
        """What the jobs of the nights said whose folders match."""
        return "\n".join(file.read_text(errors="replace")
                         for file in sorted(self.folder.glob(f"{night}/.night/*.out")))

    def night(self, *arguments, **environment):
        """nightly.sh as it ended."""
        size = {"NIGHT_SIZE": " ".join(TWO_NODES) + " --time=10"}
        environment = {**self.slurm.environment, **ENVIRONMENT, **size, **environment}
        return subprocess.run([SCRIPTS / "nightly.sh", *map(str, arguments)], env=environment,
                              cwd=self.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300, check=False)

    def stand_in(self, end):
        """A program that counts its runs in a file and ends by these lines of the shell; questions (--version,
        --fingerprint, --help) are no runs."""
        program = self.folder / "patron"
        program.write_text('#!/bin/sh\ncase "$*" in *--version*|*--fingerprint*|*--help*) echo stand-in; exit ;; esac\n'
                           f'echo run >>{self.folder}/runs\n{end}\n', encoding="utf-8")
        program.chmod(0o755)
        return str(program)


class LongTest(BatchTest):
    """Jobs that are stopped while they work."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rows = numpy.random.default_rng(5).uniform(size=(100000, 8)).astype("float32")
        cls.shared = cls.shared_folder()
        cls.large = write_dataset(cls.shared / "large.h5", features=rows)

    def field(self, job, name):
        text = self.slurm.command("scontrol", "-o", "show", "job", job).stdout
        return dict(pair.split("=", 1) for pair in text.split() if "=" in pair)[name]

    def start_long(self, model, **environment):
        """A long job on two nodes, once its ranks have begun."""
        status = self.folder / "status.json"
        job = self.submit("segment.sbatch", self.large, "-o", model, *LONG, "--status", status,
                          **environment)
        self.wait_until("the fit to start",
                        lambda: status.exists() and '"k-means"' in status.read_text(), job)
        return job

    @classmethod
    def plain_digest(cls):
        """That of a run that is never stopped."""
        plain = cls.shared / "plain.h5"
        if not plain.exists():
            must("segment", cls.large, "-o", plain, *LONG)
        return must("verify", "--digest", plain).stdout

    def goes_on(self, model, job):
        """A job that ended well after it had been queued again."""
        state, code = self.slurm.wait_for_job(job, 900)
        output = self.output_of(job)
        self.assertEqual((state, code), ("COMPLETED", 0), output + self.slurm.logs())
        self.assertGreaterEqual(int(self.field(job, "Restarts")), 1, output)
        self.assertEqual(must("verify", "--digest", model).stdout, self.plain_digest())
        self.assertEqual([name for name in os.listdir(self.folder)
                          if ".partial." in name or name.endswith(".checkpoint")], [])
        return output
