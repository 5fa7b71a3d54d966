# SPDX-License-Identifier: Apache-2.0
"""The samples of bench/scaling: which are wanted, one run of each, and the file that keeps them, from
which an interrupted run goes on."""
import json
import os
import subprocess

import host
import scaling_jobs
from commandline import tell
from programs import Failed, environment, run_json
from scaling_jobs import launch

FORMAT = 1
MACHINE_MEBIBYTES = 256


class Record:
    """The JSON file, whole at any time."""

    def __init__(self, path, identity, machine):
        self.path = path
        self.content = {"format": FORMAT, "identity": identity, "machine": machine, "data": {},
                        "limits": {}, "samples": []}
        if path.exists():
            old = json.loads(path.read_text(encoding="utf-8"))
            check_same(f"{path} holds", old.get("identity"), identity)
            self.content = old

    def save(self):
        partial = self.path.with_name(self.path.name + ".partial")
        partial.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")
        os.replace(partial, self.path)

    def has(self, case, run):
        return any(sample["run"] == run and all(sample[key] == value for key, value in case.items())
                   for sample in self.content["samples"])

    def note_data(self, name, found):
        """Refuses data that are not those of the runs there are."""
        known = self.content["data"].setdefault(name, found)
        check_same(f"{self.path}: data {name}: runs are on", known, found)


def check_same(what, old, new):
    """Runs that differ in anything but their layout are not compared."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        differing = [f"{key} {old.get(key)!r}, now {new.get(key)!r}"
                     for key in {**old, **new} if old.get(key) != new.get(key)]
        raise Failed(f"{what} other runs, which are not comparable: {'; '.join(differing)}")
    raise Failed(f"{what} {old}, now {new}: not comparable")


def identity_of(options, sizes):
    """All that must be the same for two runs to be compared."""
    program = options.build / "patron"
    versions = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return {"program": scaling_jobs.hash_of(program), "versions": versions.stdout.split("\n")[0:4],
            "sizes": vars(sizes), "processor": host.processor()[0], "launcher": options.launcher}


def layouts(options):
    return [(ranks, threads) for ranks in options.ranks for threads in options.threads
            if ranks * threads <= options.most_cores]


def wanted(options):
    """All cases, in the order in which each repetition runs them."""
    return [{"job": job, "scaling": scaling, "ranks": ranks, "threads": threads}
            for scaling in options.scaling for job in options.jobs if job != "load"
            for ranks, threads in layouts(options)]


def size_of(case, sizes):
    return sizes.times(case["ranks"] * case["threads"]) if case["scaling"] == scaling_jobs.WEAK \
        else sizes


def measure_limits(options, record, folder):
    """Of each layout: what its cores compute, read and write side by side, and its allreduce."""
    for ranks, threads in layouts(options):
        name = f"{ranks}x{threads}"
        if name in record.content["limits"]:
            continue
        tell(f"limits of {ranks} ranks x {threads} threads")
        before = launch(options, ranks, threads)
        done = subprocess.run([*before, options.build / "machine", str(threads),
                               str(MACHINE_MEBIBYTES), folder / "rate"], capture_output=True,
                              text=True, check=False, env=environment(threads))
        if done.returncode != 0:
            raise Failed(f"machine: {done.stderr.strip()}")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        machine = {key: sum(line[key] for line in lines) for key in lines[0]
                   if key not in ("threads", "vector_bits")}
        network = run_json([*before, options.build / "network"], 1)
        record.content["limits"][name] = {"machine": {**machine, "processes": len(lines)},
                                          "network": network}
        record.save()


def run_case(options, record, data, case, sizes, folder):
    job = scaling_jobs.JOBS[case["job"]]
    path, found = data.make(job.data, sizes)
    record.note_data(path.name, found)
    scaling_jobs.prepare(job, options, sizes, path)
    summary = run_json([*launch(options, case["ranks"], case["threads"]), options.build / "patron",
                        *job.words(sizes, path, folder), "--threads", case["threads"], "--json",
                        "--progress", "never", "--log-level", "error"], case["threads"])
    return {"data": path.name, "bytes_sent": scaling_jobs.total(summary, "bytes_out", (
        "agree", "allreduce", "prefix", "broadcast", "gather", "exchange", "send"))
        * case["ranks"], "summary": keep(summary)}


def keep(summary):
    """The summary without what tells of segments and customers."""
    left_out = ("segments", "units", "tree", "rules", "columns", "history", "features")
    return {key: value for key, value in summary.items() if key not in left_out}


def run_all(options, record, data, sizes, folder):
    """Repetitions in the outer loop: a slow spell of the machine does not fall on one case."""
    cases = wanted(options)
    for run in range(options.runs):
        for case in cases:
            if record.has(case, run):
                continue
            tell(f"run {run + 1} of {options.runs}: {case['job']}, {case['scaling']}, "
                 f"{case['ranks']} ranks x {case['threads']} threads")
            sample = run_case(options, record, data, case, size_of(case, sizes), folder)
            record.content["samples"].append({**case, "run": run, **sample})
            record.save()


def check_results(record):
    """Whatever the layout, the same data give the same result."""
    seen = {}
    for sample in record.content["samples"]:
        key = sample["job"], sample["data"]
        found = scaling_jobs.result_of(sample["summary"])
        expected = seen.setdefault(key, found)
        if found != expected:
            raise Failed(f"{key[0]} of {key[1]}: {found} at {sample['ranks']} ranks x "
                         f"{sample['threads']} threads, {expected} before")
