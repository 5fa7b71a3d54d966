# SPDX-License-Identifier: Apache-2.0
"""--status, --metrics and the line at the end: what a run tells those who watch it from outside."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest

import numpy

from patron_test import PATRON, PatronTest, run, write_dataset

SAMPLE = re.compile(r'(patron_[a-z_]+)\{([a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*)\} (-?[0-9.e+]+)')
STATUS_FIELDS = {"job", "schema", "state", "phase", "unit", "done", "total", "rate", "seconds_left", "note",
                 "exit_code", "message", "started", "updated", "seconds", "ranks", "threads",
                 "peak_memory", "output", "version"}
HOLD = pathlib.Path(PATRON).parent / "tests/hold_call_preload.so"
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
            job = 'command="segment",run="patron"'
            self.assertEqual(metrics["patron_run_exit_code"], {job: code})
            self.assertEqual(metrics["patron_run_active"], {job: 0})
            self.assertEqual(metrics["patron_run_ranks"], {job: ranks})
            self.assertEqual(metrics["patron_run_peak_memory_bytes"], {job: status["peak_memory"]})
            self.assertEqual(metrics["patron_phase_seconds"],
                             {f'{job},phase="{name}"': seconds
                              for name, seconds in status["seconds"].items()})

    def hold(self, call, *command):
        """A run that stands still before that call of it that changes something in the folder `place`."""
        settings = {"LD_PRELOAD": HOLD, "HOLD_BELOW": self.folder / "place", "HOLD_RANK": 0, "HOLD_CALL": call,
                    "HOLD_REPORT": self.folder / "calls"}
        return subprocess.Popen(["env", *(f"{name}={value}" for name, value in settings.items()), PATRON,
                                 *map(str, command), "--status", self.status, "--metrics", self.metrics],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def test_renewed_where_the_run_stands_still(self):
        """What a run waits for, as a disk, does not keep it from telling that it is there."""
        (self.folder / "place").mkdir()
        held = self.folder / "calls.held"
        with self.hold(3, "segment", self.data, "-o", self.folder / "place/model.h5", "--k", 2) as process:
            while not held.exists() and process.poll() is None:
                time.sleep(0.002)
            self.assertTrue(held.exists(), "no call was met")
            times, peaks = set(), []
            while len(times) < 3 and process.poll() is None:
                status = json.loads(self.status.read_text(encoding="utf-8"))
                read_metrics(self.metrics.read_text(encoding="utf-8"))
                if status["phase"] == "writing":
                    times.add(status["updated"])
                    peaks.append(status["seconds_left"])
                time.sleep(0.01)
            self.assertIsNone(process.poll())
            held.unlink()
            self.assertEqual(process.wait(), 0)
        self.assertEqual(set(peaks), {None})
        self.assertEqual(self.ending(), ("done", 0))

    def test_phases_have_names(self):
        """Each job tells what it is at; and the files of all of a night can lie in one folder."""
        shop = self.folder / "shop.h5"
        jobs = {"generate": ("generate", "--rows", 30000, "--baskets", 30000, "--items", 300, "-o", shop),
                "segment": ("segment", shop, "-o", self.model, "--k", 4, "--validate"),
                "rules": ("itemsets", shop, "-o", self.folder / "sets.h5", "--min-count", 12, "--rules"),
                "verify": ("verify", self.folder / "sets.h5"), "again": ("verify", self.model),
                "profile": ("profile", shop, self.model), "inspect": ("inspect", shop),
                "score": ("score", shop, self.model, "-o", self.folder / "scores.h5")}
        known = {"generate": {"preparing", "writing"},
                 "segment": {"reading", "loading", "transforming", "seeding", "k-means", "judging", "silhouettes",
                             "resampling", "writing"},
                 "itemsets": {"reading", "mining", "sorting", "listing", "rules", "writing"},
                 "verify": {"reading"}, "profile": {"reading", "loading", "profiling"},
                 "inspect": {"reading", "loading", "profiling", "profile", "counting baskets"},
                 "score": {"reading", "loading", "scoring", "finding offers", "writing"}}
        series = set()
        for name, command in jobs.items():
            metrics, phases = self.folder / f"{name}.prom", set()
            with subprocess.Popen([PATRON, *map(str, command), "--status", self.status, "--metrics", metrics],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
                while process.poll() is None:
                    if self.status.exists():
                        status = json.loads(self.status.read_text(encoding="utf-8"))
                        if status["state"] == "running" and status["job"] == command[0]:
                            phases.add(status["phase"])
                    time.sleep(0.001)
                self.assertEqual(process.returncode, 0, process.stderr.read())
            self.assertLessEqual(phases, {*known[command[0]], "starting"})
            self.assertTrue(phases)
            active, = read_metrics(metrics.read_text(encoding="utf-8"))["patron_run_active"]
            self.assertEqual(active, f'command="{command[0]}",run="{name}"')
            self.assertNotIn(active, series)
            series.add(active)

    def ending(self, metrics=True):
        """state and exit code that the files tell."""
        status = json.loads(self.status.read_text(encoding="utf-8"))
        if metrics:
            samples = read_metrics(self.metrics.read_text(encoding="utf-8"))
            self.assertEqual(list(samples["patron_run_exit_code"].values()), [status["exit_code"]])
        return status["state"], status["exit_code"]

    def test_output_that_nobody_took(self):
        """Where what is printed does not arrive the run fails, and all that tell of it agree."""
        small = write_dataset(self.folder / "small.h5", features=numpy.eye(6, 2))
        audit = self.folder / "audit"
        with open("/dev/full", "w", encoding="ascii") as full:
            process = subprocess.run(
                [PATRON, "segment", small, "-o", self.model, "--k", "2", "--status", self.status, "--metrics",
                 self.metrics, "--audit", audit, "--log-level", "info"], stdout=full, stderr=subprocess.PIPE,
                text=True, check=False)
        self.assertEqual(process.returncode, 74)
        self.assertEqual(self.ending(), ("failed", 74))
        self.assertIn("patron: end job=segment exit_code=74 status=IO", process.stderr)
        self.assertIn('"exit_code":74', audit.read_text(encoding="utf-8").replace(" ", ""))
        self.done("verify", self.model)  # it was written before

    def test_runs_that_are_refused(self):
        """A run whose options are wrong says so where it was asked to, not what the one before came to."""
        small = write_dataset(self.folder / "small.h5", features=numpy.eye(6, 2))
        bad, good = self.folder / "bad.ini", self.folder / "good.ini"
        bad.write_text(f"[segment]\nrubbish = 1\nstatus = {self.status}\nmetrics = {self.metrics}\n", encoding="utf-8")
        good.write_text(f"[segment]\nk = none\nstatus = {self.status}\n", encoding="utf-8")
        told = ("--status", self.status, "--metrics", self.metrics)
        for ranks in (1, 2):
            for code, rest in ((64, ("--k", 0, *told)), (64, ("--rubbish", "--k", 2, *told)),
                               (64, ("--k", 2, "--checkpoint-every", 3, *told)), (78, ("--config", bad)),
                               (78, ("--config", good, "--metrics", self.metrics)),
                               (73, ("--k", 2, *told, "-o", self.folder / "none/model.h5"))):
                with self.subTest(ranks=ranks, rest=rest):
                    self.done("segment", small, "-o", self.model, "--force", "--k", 2, *told)
                    self.assertEqual(self.ending(), ("done", 0))
                    process = run("segment", small, "-o", self.model, "--force", *rest, "--log-level", "info", ranks=ranks)
                    self.assertEqual(process.returncode, code, process.stderr)
                    self.assertEqual(self.ending(), ("failed", code))
                    self.assertEqual(len(re.findall(rf"(?m)^patron: end job=segment exit_code={code} ", process.stderr)), 1,
                                     process.stderr)
        process = run("segment", small, "-o", self.model, "--force", "--k", 2, "--log-level", "info", "--status",
                      self.folder / "none/s.json", "--metrics", self.metrics)
        self.assertEqual(process.returncode, 73)
        self.assertIn("patron: end job=segment exit_code=73", process.stderr)
        self.assertIn(" 73", self.metrics.read_text(encoding="utf-8"))

    def test_leftovers_of_a_killed_run_are_removed(self):
        hold = self.folder / "hold"
        hold.mkdir()
        status = hold / "status.json"
        found = []
        while not found:  # a version of the file lies beside it for a moment
            with self.start("--force", "--status", status) as process:
                while process.poll() is None and not found:
                    found = [name for name in os.listdir(hold) if name.startswith("status.json.partial.")]
                process.kill()
            found = [name for name in os.listdir(hold) if name.startswith("status.json.partial.")]
        self.assertRegex(found[0], r"^status\.json\.partial\.[0-9a-f]{16}$")
        self.done("verify", self.data, "--status", status)
        self.assertEqual(os.listdir(hold), ["status.json"])

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
        script, config, other = self.folder / "job.sh", self.folder / "night.ini", self.folder / "conf.json"
        script.write_text("# HELP yourself\nrm\n", encoding="ascii")
        config.write_text("# of every night\n[verify]\n", encoding="ascii")
        other.write_text('{"job": "segment", "state": "done"}\n', encoding="ascii")
        held = {path: path.read_bytes() for path in (script, config, other)}
        for option, path in (("--status", self.data), ("--metrics", self.data), ("--metrics", script),
                             ("--metrics", config), ("--status", other), ("--metrics", other),
                             ("--status", "/dev/null"), ("--metrics", self.folder)):
            self.fails(73, "verify", self.data, option, path, says=("is not replaced",))
            self.fails(73, "verify", self.data, option, path, "--config", config, says=("is not replaced",))
        self.assertEqual({path: path.read_bytes() for path in held}, held)
        self.done("verify", self.data, "--status", self.status, "--metrics", self.metrics)
        self.fails(73, "verify", self.data, "--status", self.metrics, says=("is not replaced",))
        self.fails(73, "verify", self.data, "--metrics", self.status, says=("is not replaced",))
        self.assertEqual(self.data.read_bytes(), before)
        self.fails(73, "verify", self.data, "--status", self.folder / "none/s.json", ranks=2,
                   says=("none/s.json", "No such file"))
        (self.folder / "link").symlink_to(self.folder)
        for pair in (("--status", "--metrics"), ("--status", "--output"), ("--metrics", "--audit"),
                     ("--status", "--checkpoint"), ("--metrics", "--outliers"), ("--status", "--config")):
            arguments = [pair[0], self.folder / "one", pair[1], self.folder / "link/one"]
            if "--config" in pair:
                (self.folder / "one").touch()
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
