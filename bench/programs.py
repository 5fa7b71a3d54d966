# SPDX-License-Identifier: Apache-2.0
"""The programs that bench/kmeans compares: which of them are here, and one run of each, always in a
process of its own."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

from peers import PEERS

HERE = pathlib.Path(__file__).resolve().parent
PATRON = "patron"


class Failed(Exception):
    """A program that is here could not do its work."""


def environment(threads):
    """Threads for those who take their number from here; mpirun as root, as in containers."""
    variables = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads),
                     MKL_NUM_THREADS=str(threads))
    if os.geteuid() == 0:
        variables.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    return variables


def run_json(command, threads):
    """Runs a command, whose output is one JSON object."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, env=environment(threads))
    try:
        if done.returncode == 0:
            return json.loads(done.stdout)
    except json.JSONDecodeError:
        pass
    last = (done.stderr.strip() or done.stdout.strip() or "no output").split("\n")[-1]
    raise Failed(f"{' '.join(map(str, command[:3]))} ...: exit code {done.returncode}: {last}")


def mpirun(ranks):
    """Several threads of a rank must not share a core."""
    if ranks == 1:
        return []
    return ["mpirun", "-q", "--bind-to", "none", "--oversubscribe", "-n", str(ranks)]


def numbers(workload):
    return [workload.rows, workload.columns, workload.k, workload.iterations]


class Built:
    """A program of the build, with the threads of all."""
    program, needs = "", ""

    def __init__(self, options):
        self.options = options

    def path(self):
        return self.options.build / self.program

    def missing(self):
        return None if self.path().is_file() else f"{self.path()} is not built{self.needs}"

    def about(self):
        return {"ranks": 1, "threads": self.options.threads}


class Fit(Built):
    """patron's engine on rows in memory."""
    program, needs = "kmeans_fit", " (-DPATRON_BENCH=ON)"

    def __init__(self, options, ranks=1):
        super().__init__(options)
        self.name = PATRON if ranks == 1 else f"{PATRON}, {ranks} ranks"
        self.ranks, self.threads = ranks, options.threads // ranks

    def missing(self):
        if self.ranks > self.options.threads:
            return "more ranks than threads"
        if self.ranks > 1 and not shutil.which("mpirun"):
            return "no mpirun"
        return super().missing()

    def about(self):
        return {"ranks": self.ranks, "threads": self.threads}

    def run(self, workload, files):
        return run_json([*mpirun(self.ranks), self.path(), files.rows, files.start,
                         *numbers(workload), self.threads, 1, self.options.isa], self.threads)


class Segment(Built):
    """The command that users run, from a dataset's file to a model's; its time is the whole."""
    name, program = "patron segment, whole", "patron"

    def run(self, workload, files):
        model = files.dataset.with_suffix(".model.h5")
        summary = run_json(
            [self.path(), "segment", files.dataset, "-o", model, "--force", "--json",
             "--progress", "never", "--scale", "none", "--missing", "error",
             "--init", f"{files.start_hdf5}:/centroids", "--tol", 0,
             "--max-iter", workload.iterations, "--threads", self.options.threads,
             "--isa", self.options.isa], self.options.threads)
        model.unlink()
        return {"seconds": summary["seconds"]["total"], "phases": summary["seconds"],
                "iterations": summary["iterations"], "inertia": summary["inertia"],
                "peak_memory": summary["peak_memory"]}


class Gemm(Built):
    """The loop of bench/gemm_lloyd.c."""
    name, program, needs = "GEMM loop", "gemm_lloyd", " (needs OpenBLAS)"

    def run(self, workload, files):
        return run_json([self.path(), files.rows, files.start, *numbers(workload),
                         self.options.threads], self.options.threads)


class Peer:
    """A Python library, by bench/peers.py."""

    def __init__(self, options, name):
        self.options, self.name = options, name
        self.version = None

    def command(self, *words):
        return [self.options.python, HERE / "peers.py", self.name, *words]

    def missing(self):
        try:
            self.version = run_json(self.command(), self.options.threads)
        except Failed as reason:
            return f"not installed ({str(reason).rsplit(': ', 1)[-1]})"
        return None

    def about(self):
        return {"threads": self.options.threads, **self.version}

    def told(self):
        return f"{self.name} {self.version['version']} ({', '.join(self.version['blas'])})"

    def run(self, workload, files):
        return run_json(self.command(files.rows, files.start, *numbers(workload),
                                     self.options.threads), self.options.threads)


def find(options):
    """(the programs that are here, patron's engine first; [(name, why not)] of the others)"""
    asked = [Fit(options)]
    if options.ranks > 1:
        asked.append(Fit(options, options.ranks))
    asked += [Segment(options), Gemm(options), *(Peer(options, name) for name in PEERS)]
    here, absent = [], []
    for program in asked:
        reason = program.missing()
        if reason is None:
            here.append(program)
        else:
            absent.append((program.name, reason))
    return here, absent


def touch_memory(count):
    """Writes so many bytes and frees them, in a process of its own: a virtual machine may have given
    freed memory back, and who touches it first would pay for that."""
    subprocess.run([sys.executable, "-c", f"b'1' * {count}"], check=True)


def measure_machine(options):
    """The machine's limits with as many threads as the programs have."""
    return run_json([options.build / "machine", options.threads], options.threads)
