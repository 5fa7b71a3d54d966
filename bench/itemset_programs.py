# SPDX-License-Identifier: Apache-2.0
"""The programs that bench/itemsets compares: which of them are here, and one run of each, always in
a process of its own."""
import json
import re
import shutil
import subprocess
import sys

import host
from programs import Failed, mpirun, run_json

COUNT, TEXT = "sets counted", "every set written as text"
MODES = (COUNT, TEXT)
NOWHERE = "/dev/null"


def measured(command, threads):
    """What measure.py tells of a command that has to succeed, on memory that is warm (warm.py)."""
    python = [sys.executable, "-I", "-S"]
    subprocess.run([*python, host.ROOT / "bench/warm.py"], check=True)
    sample = run_json([*python, host.ROOT / "bench/measure.py", *command], threads)
    output, messages = sample.pop("output"), sample.pop("messages")
    if sample.pop("exit_code") != 0:
        last = (messages.strip() or output.strip() or "no output").split("\n")[-1]
        raise Failed(f"{' '.join(map(str, command))}: {last}")
    return sample, output


class Patron:
    """Its seconds are those that it reports of reading, mining and writing."""

    def __init__(self, options, threads, ranks=1, dataset=False):
        self.build, self.threads, self.ranks, self.dataset = options.build, threads, ranks, dataset
        form = "hdf5" if dataset else "patron"
        self.name = f"{form} {threads}" if ranks == 1 else f"{form} {ranks}x{threads}"

    def missing(self):
        if not (self.build / "patron").is_file():
            return f"{self.build / 'patron'} is not built"
        return "no mpirun" if self.ranks > 1 and not shutil.which("mpirun") else None

    def about(self):
        return {"ranks": self.ranks, "threads": self.threads, "dataset": self.dataset}

    def input_of(self, text):
        """The dataset is ingested once."""
        if not self.dataset:
            return text
        path = text.with_suffix(".h5")
        if not path.is_file():
            run_json([self.build / "patron", "ingest", "--baskets", text, "-o", path, "--json"],
                     self.threads)
        return path

    def command(self, workload, text, *words):
        return [*mpirun(self.ranks), self.build / "patron", "itemsets", self.input_of(text),
                "--min-count", workload.min_count, "--threads", self.threads,
                "--progress", "never", *words]

    def run(self, workload, text, mode):
        words = ["--count-only"] if mode == COUNT else ["--text", NOWHERE]
        sample, output = measured(self.command(workload, text, "--json", *words), self.threads)
        summary = json.loads(output)
        phases = summary["seconds"]
        return {**sample, "phases": phases, "sets": summary["itemsets"],
                "seconds": phases["read"] + phases["mine"] + phases["write"]}

    def list_sets(self, workload, text, path):
        measured(self.command(workload, text, "--text", path, "--force"), self.threads)


class Peer:
    """A program on PATH; its seconds are those of the whole process."""

    def __init__(self, name, threads=1):
        self.program, self.threads = name, threads
        self.name = name if threads == 1 else f"{name} {threads}"

    def missing(self):
        return None if shutil.which(self.program) else "not on PATH"

    def about(self):
        return {"file": shutil.which(self.program), "threads": self.threads}

    def measured(self, workload, text, target):
        return measured([self.program, *self.words(workload, text), *target], self.threads)

    def run(self, workload, text, mode):
        target = [] if mode == COUNT else [NOWHERE]
        sample, output = self.measured(workload, text, target)
        return {**sample, "seconds": sample["whole"], "sets": self.count_of(output)}

    def list_sets(self, workload, text, path):
        self.measured(workload, text, [path])


class Borgelt(Peer):
    """Christian Borgelt's fpgrowth and eclat."""

    @staticmethod
    def words(workload, text):
        """-S101, or items that all baskets hold would be left out; -Z prints numbers by length."""
        return ["-ts", "-S101", "-Z", f"-s-{workload.min_count}", text]

    @staticmethod
    def count_of(output):
        """Without the empty set, that is there in some cases."""
        return int(re.search(r"all: (\d+)", output)[1]) - int(re.search(r" 0: (\d+)", output)[1])


class Lcm(Peer):
    """Takeaki Uno's LCM, version 5."""

    @staticmethod
    def words(workload, text):
        return ["Ff", text, workload.min_count]

    @staticmethod
    def count_of(output):
        return int(output.split()[0]) - 1  # the empty set is counted


class Freqmine(Peer):
    """PARSEC's benchmark, FP-growth on OpenMP."""

    @staticmethod
    def words(workload, text):
        return [text, workload.min_count]

    @staticmethod
    def count_of(output):
        return sum(map(int, re.findall(r"^(\d+)$", output, re.MULTILINE)))


def find(options):
    """(the programs that are here, patron from text by the fewest threads first;
    [(name, why not)] of the others)"""
    asked = [Patron(options, threads, dataset=dataset)
             for dataset in (False, True) for threads in options.threads]
    if options.threads[-1] > 1:
        asked.append(Patron(options, 1, ranks=2))
    asked += [Borgelt("fpgrowth"), Borgelt("eclat"), Lcm("lcm"),
              *(Freqmine("freqmine", threads) for threads in options.threads)]
    reasons = [(program, program.missing()) for program in asked]
    return ([program for program, reason in reasons if reason is None],
            [(program.name, reason) for program, reason in reasons if reason is not None])
