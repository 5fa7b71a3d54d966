# SPDX-License-Identifier: Apache-2.0
"""Ranks on three hosts: the digest of one, whatever the links do; a link that is cut ends mpirun
within ten seconds under the settings of slurm/site.conf, and the job goes on from its checkpoint."""
import json
import os
import subprocess
import sys
import time
import unittest

import numpy

from patron_test import MEDIUM, PATRON, SOURCE, PatronTest, write_dataset

sys.path.insert(0, str(SOURCE / "tests/hosts"))
from private_hosts import PrivateHosts, reason_against  # noqa: E402

REASON = reason_against() if MEDIUM else "in the medium tier"
LONG = ("--k", "300", "--tol", "0", "--seed", "3", "--threads", "1")


def site_environment():
    """The environment with what site.conf exports."""
    text = subprocess.run(["bash", "-c", f". {SOURCE}/slurm/site.conf; env -0"], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    environment = dict(line.split("=", 1) for line in text.split("\0") if "=" in line)
    return {**environment, "OMP_WAIT_POLICY": "passive", "OMPI_ALLOW_RUN_AS_ROOT": "1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


@unittest.skipIf(REASON is not None, REASON or "")
class Hosts(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.hosts = PrivateHosts(3).__enter__()
        cls.addClassCleanup(cls.hosts.__exit__)
        shared = cls.shared_folder()
        draws = numpy.random.default_rng(4)
        cls.rows = write_dataset(shared / "rows.h5", parts=0,
                                 features=draws.uniform(size=(100000, 8)).astype("float32"))
        few = draws.normal(size=(700, 4)).astype("float32")
        baskets = [numpy.flatnonzero(row).tolist() for row in draws.random(size=(400, 14)) < 0.3]
        cls.small = write_dataset(shared / "small", features=few, baskets=baskets, parts=2)

    def on_hosts(self, *command, ranks=1):
        return self.hosts.start(ranks, PATRON, *command, environment=site_environment())

    def compare(self, job, data, *options, ranks=1):
        """The digest of one host, on three."""
        one, three = self.folder / f"{job}-one.h5", self.folder / f"{job}-three.h5"
        self.done(job, data, "-o", one, "--force", *options)
        with self.on_hosts(job, data, "-o", three, "--force", *options, ranks=ranks) as process:
            message = process.communicate(timeout=240)[1]
        self.assertEqual(process.returncode, 0, message)
        self.assertEqual(self.verified_digest(three), self.verified_digest(one))

    def test_the_same_result(self):
        for ranks in (1, 2):
            self.compare("segment", self.small, "--k", "5", "--seed", "2", ranks=ranks)
        self.compare("itemsets", self.small, "--min-count", "5", "--rules")

    def test_a_slow_link(self):
        """More goes over it than it takes at once: each iteration sends the sums of 120 segments."""
        self.hosts.slow(2, "4mbit")
        try:
            before = time.monotonic()
            self.compare("segment", self.rows, "--k", "120", "--seed", "2", "--max-iter", "5")
            seconds = 8 * self.hosts.sent(2) / 4e6
            self.assertGreater(seconds, 5)
            self.assertGreater(time.monotonic() - before, 0.9 * seconds)
        finally:
            self.hosts.unslow(2)

    def keeping(self):
        return "--checkpoint", self.folder / "kept", "--checkpoint-every", "0.1", "--log-level", "info"

    def start_long(self, model):
        status = self.folder / "status.json"
        process = self.on_hosts("segment", self.rows, "-o", model, *LONG, "--status", status,
                                *self.keeping())
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            if status.exists() and json.loads(status.read_text())["phase"] == "k-means":
                return process
            time.sleep(0.02)
        self.fail(f"the fit did not start: {process.communicate()[1]}")

    def test_a_cut_link(self):
        model = self.folder / "model.h5"
        process = self.start_long(model)
        while process.poll() is None and not (self.folder / "kept").exists():
            time.sleep(0.02)
        self.assertIsNone(process.poll(), "the fit is too short to be cut")
        self.hosts.cut(3)
        before = time.monotonic()
        try:
            process.communicate(timeout=60)
        finally:
            self.hosts.mend(3)
        self.assertLess(time.monotonic() - before, 10)
        self.assertNotEqual(process.returncode, 0)
        self.assertFalse(os.path.exists(model))
        self.assertEqual(self.hosts.end_processes(seconds=20), 0)
        with self.on_hosts("segment", self.rows, "-o", model, *LONG, *self.keeping()) as process:
            message = process.communicate(timeout=240)[1]
        self.assertEqual(process.returncode, 0, message)
        self.assertIn("going on from checkpoint", message)
        plain = self.folder / "plain.h5"
        self.done("segment", self.rows, "-o", plain, *LONG)
        self.assertEqual(self.verified_digest(model), self.verified_digest(plain))


if __name__ == "__main__":
    unittest.main()
