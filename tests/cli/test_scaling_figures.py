# SPDX-License-Identifier: Apache-2.0
"""bench/scaling's figures on samples that are made up: limits that no bad sample moves, and what of two
records is refused."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

from patron_test import PATRON, SOURCE

sys.path.insert(0, str(SOURCE / "bench"))
# pylint: disable=wrong-import-position
import host  # noqa: E402
import median  # noqa: E402
import scaling_jobs  # noqa: E402
import scaling_limits  # noqa: E402
import scaling_plots  # noqa: E402
import scaling_record  # noqa: E402
import scaling_tables  # noqa: E402
from programs import Failed, environment  # noqa: E402

SIZES = scaling_jobs.Sizes(rows=1_000_000, columns=16, k=20, iterations=20, baskets=200_000,
                           min_support=0.005, invoices=200_000, seed=1)
BUILD = pathlib.Path(PATRON).parent
LAYOUTS = ((1, 1), (1, 2), (2, 1), (2, 2), (4, 1))


def limits_sample(ranks, threads, rate, latency, run=0):
    """One in which all rates are alike; the latency in microseconds."""
    return {"ranks": ranks, "threads": threads, "run": run,
            "machine": {figure: [rate / 2, rate] for figure in scaling_limits.FIGURES},
            "network": {"allreduce_microseconds": {"8": [2 * latency, latency]}}}


class Limits(unittest.TestCase):
    # 1 x 2 had a bad moment, and so had the allreduce of 4 ranks
    samples = [limits_sample(1, 1, 80.0, 0.0), limits_sample(1, 2, 30.0, 0.0),
               limits_sample(2, 1, 150.0, 0.5), limits_sample(2, 1, 40.0, 7999.8, run=1),
               limits_sample(2, 2, 90.0, 20.0), limits_sample(4, 1, 70.0, 7999.8)]

    def times(self, name, layout):
        limits = scaling_limits.Limits(self.samples)
        share = {"step": "read", "kind": "file", "bytes_in": {"mean": 1e6 / layout[0]}}
        return scaling_limits.times(name, SIZES, {"steps": [share]}, limits, layout)

    def test_none_rises_with_cores(self):
        for name in scaling_jobs.JOBS:
            before = {}
            for layout in LAYOUTS:
                for limit, seconds in self.times(name, layout).items():
                    self.assertLessEqual(seconds, before.get(limit, seconds), (name, limit, layout))
                    before[limit] = seconds

    def test_by_definition(self):
        found = self.times("segment", (4, 1))
        passes, best = SIZES.iterations + 1, 150e9
        self.assertEqual(set(found), {"products", "memory", "allreduce"})
        self.assertAlmostEqual(found["products"], 2.0 * 1e6 * 16 * 20 * passes / best)
        self.assertAlmostEqual(found["memory"], 4.0 * 1e6 * 16 * passes / best)
        self.assertAlmostEqual(found["allreduce"], SIZES.iterations * 0.5e-6)
        self.assertNotIn("allreduce", self.times("segment", (1, 2)))
        self.assertAlmostEqual(self.times("load", (1, 1))["file"], 4.0 * 1e6 * 16 / 80e9)
        self.assertAlmostEqual(self.times("ingest", (2, 1))["file"], 1e6 / 150e9)
        self.assertEqual(scaling_limits.longest(found), (found["products"], "products"))
        for name in ("load", "itemsets", "ingest"):
            self.assertEqual(scaling_limits.longest(self.times(name, (2, 1)))[1], "file only")

    def test_file_is_bounded(self):
        """Whatever the ranks, no more than asked for is written, or a mebibyte a rank."""
        for ranks in (1, 2, 7, 256, 1000):
            called, kept = [], []
            record = types.SimpleNamespace(has=lambda *_: False, keep=lambda *_: kept.append(1))
            options = types.SimpleNamespace(build=pathlib.Path("build"), launcher="srun -n {ranks}",
                                            file_mebibytes=256, runs=1)
            with mock.patch.object(scaling_limits, "run_json", lambda command, _: called.append(
                    command)), mock.patch.object(scaling_limits, "tell"):
                scaling_limits.measure(options, record, pathlib.Path("work"), [(ranks, 1)], 0)
            words = next(command for command in called if command[3].name == "machine")
            self.assertGreaterEqual(ranks * words[6], 256)
            self.assertLess(ranks * words[6], 256 + ranks)
            self.assertEqual(len(kept), 1)

    @unittest.skipUnless((BUILD / "machine").exists(), "the benches' programs are not built")
    def test_ranks_measure_together(self):
        """One line for both ranks: they are one program, which waits for both."""
        done = subprocess.run(
            ["mpirun", "-q", "--bind-to", "none", "--oversubscribe", "-n", "2", BUILD / "machine",
             "1", "4", "1", "machine"], capture_output=True, text=True, check=True,
            cwd=self.enterContext(tempfile.TemporaryDirectory()), env=environment(1))
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([line["ranks"] for line in lines], [2])
        self.assertEqual(lines[0]["hosts"], 1)
        for figure in scaling_limits.FIGURES:
            self.assertGreater(min(lines[0][figure]), 0.0)
        self.assertGreater(len(lines[0]["gflops"]), 1)


def line_of(ranks, threads, seconds, limits):
    return scaling_tables.Line(ranks, threads, seconds, [], 0.0, limits)


class Told(unittest.TestCase):
    def test_intervals_by_number(self):
        self.assertEqual(median.told_as([6, 9]), "95 %")
        self.assertEqual(median.told_as([3, 5]), "least..greatest")
        self.assertEqual(median.told_as([5, 6]), "95 % or (least..greatest)")
        few, enough = [0.1] * 3, [0.1] * 6
        self.assertEqual(scaling_plots.bars_of([line_of(1, 1, few, {})]),
                         "bars: least..greatest, n = 3")
        self.assertEqual(scaling_plots.bars_of([line_of(1, 1, enough, {})]),
                         "bars: 95 % intervals of medians, n = 6")

    def test_each_limit_is_a_line(self):
        script = scaling_plots.script_of("segment", "strong", [
            line_of(1, 1, [0.4] * 6, {"products": 0.1, "memory": 0.2}),
            line_of(2, 1, [0.3] * 6, {"products": 0.05, "memory": 0.1, "allreduce": 0.01})], "x.svg")
        for limit in ("products", "memory", "allreduce"):
            self.assertIn(f"${limit} << end", script)
            self.assertEqual(script.count(scaling_plots.TITLES[limit]), 1)
        self.assertNotIn("bound", script)


class Models(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.made = []

    def run_json(self, command, _):
        words = [str(word) for word in command]
        if words[1] in ("generate", "segment"):
            self.made.append(words[1])
            pathlib.Path(words[words.index("-o") + 1]).touch()
        return {"digest": self.digest}

    def model(self, program=b"one", digest="d1", **changed):
        """The path of the model that score gets, by a program of these bytes from data of this digest."""
        (self.folder / "patron").write_bytes(program)
        self.digest = digest
        options = types.SimpleNamespace(build=self.folder, ranks=[1], launcher="mpirun")
        sizes = scaling_jobs.dataclasses.replace(SIZES, **changed)
        with mock.patch.object(scaling_jobs, "run_json", self.run_json):
            path, name, found = scaling_jobs.Data(options, self.folder).make_model(sizes)
        self.assertEqual(found, digest)
        return path, name

    def test_no_stale_one(self):
        first = self.model()
        self.assertEqual(self.model(), first)
        self.assertEqual(self.made, ["generate", "segment"])  # once: it is there
        others = [self.model(k=21), self.model(iterations=3), self.model(program=b"two"),
                  self.model(digest="d2")]
        self.assertEqual(len({first, *others}), 5)
        self.assertEqual(self.made.count("segment"), 5)
        self.assertEqual(others[2][1], first[1])  # other programs' are compared under one name


def sample(ranks, digest="abc"):
    return {"job": "segment", "scaling": "strong", "ranks": ranks, "threads": 1, "run": 0,
            "data": ["customers"], "result": {"digest": digest, "outliers": 3}, "summary": {}}


CASES = [{"job": "segment", "scaling": "strong", "ranks": ranks, "threads": 1} for ranks in (1, 2)]


class Refusals(unittest.TestCase):
    def setUp(self):
        self.path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "a.json"
        self.content = {
            "format": scaling_record.FORMAT, "starts": [],
            "limits": [limits_sample(ranks, 1, 1.0, 1.0) for ranks in (1, 2, 8)],
            "data": {"customers": "d1"}, "samples": [sample(1), sample(2)],
            "identity": {"program": {"hash": "1", "commit": "c"}, "probes": {"machine": "m"},
                         "sizes": {"seed": 1}, "cores": 2, "settings": {}, "launcher": "mpirun",
                         "hosts": {"count": 1, "kinds": [{"processor": "P", "memory": 8}]}}}
        self.identity = json.loads(json.dumps(self.content["identity"]))

    @contextlib.contextmanager
    def refused(self, *texts):
        self.path.write_text(json.dumps(self.content), encoding="utf-8")
        with self.assertRaises(Failed) as caught:
            yield
        for text in (str(self.path), *texts):
            self.assertIn(text, str(caught.exception))

    def other(self):
        self.path.write_text(json.dumps(self.content), encoding="utf-8")
        return scaling_record.Other(self.path, self.identity, CASES)

    def test_the_same_is_compared(self):
        self.identity["program"] = {"hash": "2", "commit": "d"}  # what it is for
        self.assertEqual(self.other().content, self.content)

    def test_against_another_run(self):
        for part, value, text in (
                ("hosts", {"count": 1, "kinds": [{"processor": "Q", "memory": 8}]}, "'Q'"),
                ("hosts", {"count": 2, "kinds": self.identity["hosts"]["kinds"]},
                 "hosts.count 2, now 1"),
                ("launcher", "srun", "launcher 'srun', now 'mpirun'"),
                ("cores", 4, "cores 4, now 2"), ("sizes", {"seed": 2}, "sizes.seed 2, now 1"),
                ("settings", {"OMP_PROC_BIND": "true"}, "settings.OMP_PROC_BIND 'true', now None")):
            self.content["identity"] = {**self.identity, part: value}
            with self.refused("not comparable", text):
                self.other()

    def test_against_what_is_no_record(self):
        whole = self.content
        for change, text in (
                ({"samples": [sample(8)]}, "none of the jobs"),
                ({"samples": [sample(1), sample(2, "other")]},
                 "result than before: not comparable: digest 'abc', now 'other'"),
                ({"data": {}}, "no digest of customers"), ({"limits": []}, "no limits of 1 x 1"),
                ({"samples": [{}]}, "not a whole record"), ({"format": 1}, "format 1")):
            self.content = {**whole, **change}
            with self.refused(text):
                self.other()
        self.content = {part: value for part, value in whole.items() if part != "data"}
        with self.refused("not a whole record"):
            self.other()
        for text in ("", "[]", "{"):
            self.path.write_text(text, encoding="utf-8")
            with self.assertRaises(Failed):
                scaling_record.Other(self.path, self.identity, CASES)
        self.path.unlink()
        with self.assertRaisesRegex(Failed, "No such file"):
            scaling_record.Other(self.path, self.identity, CASES)

    def test_other_data_and_results(self):
        """As soon as they are known."""
        record = scaling_record.Record(self.path.with_name("new.json"), self.identity, self.other())
        record.note_data("customers", "d1")
        record.keep("samples", sample(1))
        record.check_results()
        record.content["samples"][0]["result"]["outliers"] = 4
        with self.refused("outliers 3, now 4"):
            record.path = self.path
            record.check_results()
        record.content["data"].clear()
        with self.refused("customers was of other data: not comparable: 'd1', now 'd2'"):
            record.note_data("customers", "d2")

    def test_going_on(self):
        self.other()
        for part in self.identity:
            changed = {**self.identity, part: "another"}
            with self.refused("holds other runs: not comparable", part):
                scaling_record.Record(self.path, changed)

    @unittest.skipUnless((BUILD / "machine").exists(), "the benches' programs are not built")
    def test_the_hosts(self):
        """Of each rank the host, its processor, cores and memory."""
        hosts = scaling_record.hosts_of(types.SimpleNamespace(
            ranks=[2], launcher="mpirun -q --oversubscribe -n {ranks}", build=BUILD))
        self.assertEqual((hosts["count"], len(hosts["kinds"])), (1, 1))
        kind, = hosts["kinds"]
        self.assertEqual(kind["processor"], host.processor()[0])
        self.assertEqual(kind["cores"], os.cpu_count())
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self.assertAlmostEqual(kind["memory_gibibytes"], memory / 2 ** 30, delta=0.51)

    def test_settings(self):
        with mock.patch.dict(os.environ, OMP_PROC_BIND="true", OMP_NUM_THREADS="3", PATH="x"):
            self.assertEqual(scaling_record.settings().get("OMP_PROC_BIND"), "true")
            self.assertFalse({"PATH", "OMP_NUM_THREADS"} & scaling_record.settings().keys())


class Places(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_records_are_found_again(self):
        before = pathlib.Path.cwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)
        first = scaling_record.default_path({"seed": 1})
        first.parent.mkdir()
        with mock.patch.object(scaling_record, "now", return_value="2999-01-01T00:00:00"):
            self.assertEqual(scaling_record.default_path({"seed": 1}), first)
            other = scaling_record.default_path({"seed": 2})
        self.assertTrue(str(other).startswith("scaling-2999-01-01-"))

    @unittest.skipUnless((BUILD / "network").exists(), "the benches' programs are not built")
    def test_against_is_read_first(self):
        record = self.folder / "new.json"
        done = subprocess.run(
            [SOURCE / "bench/scaling", "--build", BUILD, "--output", record, "--against",
             self.folder / "none.json", "--ranks", "1", "--threads", "1"], capture_output=True,
            text=True, check=False, cwd=self.folder)
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (1, 1), done.stderr)
        self.assertIn("none.json", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_an_allocation(self):
        """Defaults of the batch script: no more threads than a task has cores, nor ranks than tasks."""
        shutil.copy(SOURCE / "bench/scaling.sbatch", self.folder)
        fake = self.folder / "scaling"
        fake.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
        fake.chmod(0o755)
        for tasks, cores, ranks, threads in (("2", "1", "1,2", "1"), ("6", "3", "1,2,4,6", "1,2,3"),
                                             ("1", "8", "1", "1,2,4,8")):
            done = subprocess.run(
                [self.folder / "scaling.sbatch", "--threads", "5"], capture_output=True, text=True,
                check=True, env={**os.environ, "PATRON_SLURM": str(SOURCE / "slurm"),
                                 "PATRON": PATRON, "SLURM_NTASKS": tasks,
                                 "SLURM_CPUS_PER_TASK": cores, "SLURM_JOB_ID": ""})
            self.assertIn(f"--ranks {ranks} --threads {threads} --threads 5", done.stdout)


if __name__ == "__main__":
    unittest.main()
