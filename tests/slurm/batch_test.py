# SPDX-License-Identifier: Apache-2.0
"""What the tests of batch scripts share: a private Slurm for a class, and jobs in it."""
import functools
import subprocess
import sys
import time

from patron_test import PATRON, SOURCE, PatronTest

sys.path.insert(0, str(SOURCE / "tests/slurm"))
from private_slurm import PrivateSlurm  # noqa: E402

SCRIPTS = SOURCE / "slurm"
TWO_NODES = ("--nodes=2", "--ntasks-per-node=1", "--cpus-per-task=2")
# The nodes share one host, and so its /dev/shm: their ranks must not take each other for neighbours.
ENVIRONMENT = {"PATRON": PATRON, "OMPI_MCA_btl": "self,tcp", "PATRON_FREE_MIB": "1",
               "OMPI_MCA_mpi_yield_when_idle": "1"}
STARTS = 3
# Open MPI 4.1 under srun dies as it starts once in some hundreds of starts on busy cores, when the other node's rank is
# ahead and its first message comes before there is a handler; such a start is made again.
BROKEN_START = "MPI broke while it started"


class BrokenStart(AssertionError):
    """A job of a test ended so."""


def started_again(test):
    """A test of jobs that go on by themselves: where one of their starts breaks, it is made anew."""
    @functools.wraps(test)
    def made(self):
        for left in reversed(range(STARTS)):
            try:
                return test(self)
            except BrokenStart:
                if left == 0:
                    raise
            self.doCleanups()
            self.setUp()
        return None
    return made


class BatchTest(PatronTest):
    nodes, task_plugin = 4, "task/none"

    @classmethod
    def setUpClass(cls):
        cls.slurm = PrivateSlurm(nodes=cls.nodes, task_plugin=cls.task_plugin).__enter__()
        cls.addClassCleanup(cls.slurm.__exit__)

    def batch(self, script, *arguments, size=TWO_NODES, **environment):
        """(state, exit code, output) of a batch job that has ended."""
        for _ in range(STARTS):
            job = self.submit(script, *arguments, size=size, **environment)
            state, code = self.slurm.wait_for_job(job)
            output = self.output_of(job)
            if BROKEN_START not in output:
                break
        return state, code, output

    def submit(self, script, *arguments, size=TWO_NODES, **environment):
        """The number of a job whose output goes to batch-NUMBER.out."""
        return self.slurm.submit(*size, f"--output={self.folder}/batch-%j.out",
                                 f"--chdir={self.folder}", SCRIPTS / script, *arguments,
                                 env={**ENVIRONMENT, **environment})

    def output_of(self, job):
        path = self.folder / f"batch-{job}.out"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def wait_until(self, what, condition, job, seconds=180):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(f"waited {seconds} s for {what}\n{self.output_of(job)}{self.slurm.logs()}")
            time.sleep(0.05)

    def night(self, *arguments, **environment):
        """nightly.sh as it ended."""
        size = {"NIGHT_SIZE": " ".join(TWO_NODES) + " --time=10"}
        environment = {**self.slurm.environment, **ENVIRONMENT, **size, **environment}
        return subprocess.run([SCRIPTS / "nightly.sh", *map(str, arguments)], env=environment,
                              cwd=self.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300, check=False)
