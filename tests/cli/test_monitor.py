# SPDX-License-Identifier: Apache-2.0
"""--status, --metrics and the line at the end: what a run tells those who watch it from outside."""
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import numpy

from patron_test import PATRON, PatronTest, run, write_dataset

SAMPLE = re.compile(r'(patron_[a-z_]+)\{([a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*)\} (-?[0-9.e+]+)')
STATUS_FIELDS = {"job", "state", "phase", "unit", "done", "total", "rate", "seconds_left", "note",
                 "exit_code", "message", "started", "updated", "seconds", "ranks", "threads",
                 "peak_memory", "output", "version"}
# Iterations enough for a second or two: rows without clusters, and a tolerance that none meets.
LONG = ("--k", "300", "--tol", "0", "--max-iter", "100000", "--threads", "1")


def read_metrics(text):
    """{name: {labels: value}} of Prometheus' text format; each sample stands below its own head."""
    samples, heads = {}, None
    lines = text.splitlines()
    for before, line in zip(["", *lines], lines):
        if line.startswith("# HELP "):
            heads = line.split()[2]
        elif line.startswith("# TYPE "):
            assert line.split()[2:] == [heads, "gauge"] and before.startswith("# HELP "), line
        else:
            name, labels, value = SAMPLE.fullmatch(line).groups()
            assert name == heads and labels not in samples.get(name, {}), line
            samples.setdefault(name, {})[labels] = float(value)
    return samples


class Monitor(PatronTest):
    @classmethod
    def setUpClass(cls):
        rows = numpy.random.default_rng(3).uniform(size=(120000, 6)).astype("float32")
        cls.data = write_dataset(cls.shared_folder() / "data.h5", features=rows)

    def setUp(self):
        super().setUp()
        self.status, self.metrics = self.folder / "status.json", self.folder / "patron.prom"
        self.model = self.folder / "model.h5"

    def start(self, *options):
        return subprocess.Popen([PATRON, "segment", self.data, "-o", self.model, *LONG, *options],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def test_whole_at_every_moment(self):
        """A run is told of once a second: one that is stopped for longer tells soon after, however fast
        it is."""
        states, counts, phases, held = [], [], [], None
        begun = time.monotonic()
        with self.start("--status", self.status, "--metrics", self.metrics) as process:
            while process.poll() is None:
                if self.status.exists() and self.metrics.exists():
                    status = json.loads(self.status.read_text(encoding="utf-8"))
                    self.assertEqual(set(status), STATUS_FIELDS)
                    read_metrics(self.metrics.read_text(encoding="utf-8"))
                    states.append(status["state"])
                    phases.append(status["phase"])
                    counts.append(status["done"] or 0)
                    self.check_pace(status, time.monotonic() - begun)
                    if status["phase"] == "k-means" and status["done"] == 0 and status != held:
                        held = status
                        process.send_signal(signal.SIGSTOP)
                        time.sleep(1.1)
                        process.send_signal(signal.SIGCONT)
                time.sleep(0.002)
            self.assertEqual(process.returncode, 0, process.stderr.read())
        self.assertIn("running", states)
        self.assertIn("k-means", phases)
        self.assertGreater(max(counts), 0)
        self.assertEqual(sorted(os.listdir(self.folder)), ["model.h5", "patron.prom", "status.json"])

    def check_pace(self, status, seconds):
        """Of k-means: the rate counts from when the phase began, and the rest at that rate takes what is left."""
        if status["phase"] != "k-means" or not status["done"]:
            return
        self.assertGreaterEqual(status["rate"] * seconds * 1.001, status["done"])
        self.assertAlmostEqual(status["seconds_left"] * status["rate"] / (status["total"] - status["done"]), 1, delta=1e-3)

    def test_the_end(self):
        small = write_dataset(self.folder / "small.h5", features=numpy.eye(6, 2))
        for ranks, data, code, state in ((2, small, 0, "done"), (1, "absent.h5", 66, "failed")):
            arguments = (data, "--force", "-o", self.model, "--k", "2", "--status", self.status, "--metrics",
                         self.metrics)
            if code == 0:
                self.done("segment", *arguments, ranks=ranks, threads=2)
            else:
                self.fails(code, "segment", *arguments, threads=2, says=("absent.h5",))
            status = json.loads(self.status.read_text(encoding="utf-8"))
            self.assertEqual([status[name] for name in ("job", "state", "exit_code", "ranks",
                                                        "threads", "output", "phase")],
                             ["segment", state, code, ranks, 2, str(self.model), None])
            self.assertEqual(status["message"] is None, code == 0)
            metrics = read_metrics(self.metrics.read_text(encoding="utf-8"))
            job = 'job="segment"'
            self.assertEqual(metrics["patron_run_exit_code"], {job: code})
            self.assertEqual(metrics["patron_run_active"], {job: 0})
            self.assertEqual(metrics["patron_run_ranks"], {job: ranks})
            self.assertEqual(metrics["patron_run_peak_memory_bytes"], {job: status["peak_memory"]})
            self.assertEqual(metrics["patron_phase_seconds"],
                             {f'{job},phase="{name}"': seconds
                              for name, seconds in status["seconds"].items()})

    def test_line_at_the_end(self):
        small = write_dataset(self.folder / "small.h5", features=numpy.eye(6, 2))
        process = self.done("segment", small, "-o", self.model, "--k", "2", "--log-level", "info",
                            ranks=2, threads=1)
        self.assertRegex(process.stderr, r"(?m)^patron: end job=segment exit_code=0 status=OK "
                         r"seconds=\d+\.\d{3} ranks=2 threads=1 peak_memory=\d+ version=\S+ "
                         rf"output={self.model}$")
        process = self.done("verify", self.model)
        self.assertEqual(process.stderr, "")
        process = run("verify", self.folder / "absent.h5", "--log-level", "info")
        self.assertEqual(process.returncode, 66)
        self.assertRegex(process.stderr, r"(?m)^patron: end job=verify exit_code=66 status=NO_INPUT ")

    def test_what_is_not_replaced(self):
        before = self.data.read_bytes()
        for option, path in (("--status", self.data), ("--metrics", self.data),
                             ("--status", "/dev/null"), ("--metrics", self.folder)):
            self.fails(73, "verify", self.data, option, path, says=("is not replaced",))
        self.assertEqual(self.data.read_bytes(), before)
        self.fails(73, "verify", self.data, "--status", self.folder / "none/s.json", ranks=2,
                   says=("none/s.json", "No such file"))
        for pair in (("--status", "--metrics"), ("--status", "--output"), ("--metrics", "--audit")):
            arguments = [word for option in pair for word in (option, self.folder / "one")]
            rest = () if "--output" in pair else ("-o", self.model)
            self.fails(64, "segment", self.data, *arguments, *rest, says=pair)
        self.assertFalse(self.model.exists())

    def test_a_folder_that_vanishes_costs_a_warning(self):
        place = self.folder / "place"
        place.mkdir()
        with self.start("--status", place / "status.json") as process:
            while not (place / "status.json").exists() and process.poll() is None:
                time.sleep(0.002)
            shutil.rmtree(place)
            message = process.communicate()[1]
        self.assertEqual(process.returncode, 0, message)
        self.assertEqual(message.count("can not be written"), 1, message)
        self.assertTrue(self.model.exists())


if __name__ == "__main__":
    unittest.main()
