# SPDX-License-Identifier: Apache-2.0
"""What bench/scaling times: its jobs, their data, and the time that no run of them could beat."""
import dataclasses
import hashlib
import shlex

from programs import Failed, run_json

STRONG, WEAK = "strong", "weak"
EXPORT = ("--customer", "customer", "--basket", "invoice", "--item", "item", "--label",
          "description", "--quantity", "quantity", "--price", "price", "--time", "time")
CLUSTERS, ITEMS, PATTERNS = 20, 1000, 500


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Of the base case; weak scaling multiplies rows, baskets and invoices by the cores."""
    rows: int
    columns: int
    k: int
    iterations: int
    baskets: int
    min_support: float
    invoices: int
    seed: int

    def times(self, cores):
        return dataclasses.replace(self, rows=self.rows * cores, baskets=self.baskets * cores,
                                   invoices=self.invoices * cores)


def launch(options, ranks, threads):
    """The words before a program that start it on ranks; none for one rank by mpirun."""
    if ranks == 1 and options.launcher.split()[0].endswith("mpirun"):
        return []
    return shlex.split(options.launcher.format(ranks=ranks, threads=threads))


def hash_of(path):
    hashed = hashlib.blake2b(digest_size=32)
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            hashed.update(piece)
    return hashed.hexdigest()


class Data:
    """Drawn by `patron generate`, kept in a folder, and known by a hash of each."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.known = {}

    def path(self, kind, sizes):
        suffix = "csv" if kind == "export" else "h5"
        count = {"customers": f"{sizes.rows}x{sizes.columns}", "baskets": sizes.baskets,
                 "export": sizes.invoices}[kind]
        return self.folder / f"{kind}-{count}-seed{sizes.seed}.{suffix}"

    def words(self, kind, sizes):
        baskets = ("--items", ITEMS, "--patterns", PATTERNS, "--baskets")
        if kind == "customers":
            return ("--rows", sizes.rows, "--columns", sizes.columns, "--clusters", CLUSTERS,
                    "--separation", 1)
        if kind == "baskets":
            return (*baskets, sizes.baskets)
        return ("--rows", max(sizes.invoices // 4, 1), "--columns", 2, *baskets, sizes.invoices)

    def make(self, kind, sizes):
        """(path, hash): of a dataset its digest, of text that of its bytes."""
        path = self.path(kind, sizes)
        if path not in self.known:
            self.known[path] = self.draw(kind, sizes, path)
        return path, self.known[path]

    def draw(self, kind, sizes, path):
        """Makes it unless it is there; its hash."""
        patron = [*launch(self.options, self.options.ranks[-1], 1),
                  self.options.build / "patron"]
        if not path.exists():
            target = ["-o", path]
            if kind == "export":
                target = ["--transactions", path, "-o", path.with_suffix(".h5"), "--force"]
            run_json([*patron, "generate", *self.words(kind, sizes), "--seed", sizes.seed,
                      "--json", "--progress", "never", *target], 1)
        if kind == "export":
            path.with_suffix(".h5").unlink(missing_ok=True)
            return hash_of(path)
        return run_json([*patron, "verify", path, "--json"], 1)["digest"]


@dataclasses.dataclass(frozen=True)
class Job:
    """A command and what of its time is looked at."""
    name: str
    data: str
    phases: tuple   # of `seconds`, added up
    command: str = ""

    def program(self):
        return self.command or self.name

    def words(self, sizes, path, folder):
        """The command line behind the program's name."""
        output = ("-o", folder / f"{self.program()}.h5", "--force")
        if self.program() == "segment":
            return ("segment", path, *output, *fit_words(sizes))
        if self.program() == "itemsets":
            return ("itemsets", path, *output, "--min-support", sizes.min_support)
        if self.program() == "ingest":
            return ("ingest", "--transactions", path, *EXPORT, *output)
        return ("score", path, path.with_suffix(".model.h5"), *output)

    def seconds(self, summary):
        return sum(summary["seconds"].get(phase, 0.0) for phase in self.phases)


def fit_words(sizes):
    """Random starts are cheap: what is timed is the iterations."""
    return ("--k", sizes.k, "--max-iter", sizes.iterations, "--tol", 0, "--init", "random",
            "--missing", "error")


# load is what segment does first: the same runs, other phases.
JOBS = {job.name: job for job in (
    Job("load", "customers", ("open", "read", "transform"), "segment"),
    Job("segment", "customers", ("fit",)),
    Job("itemsets", "baskets", ("read", "mine")),
    Job("ingest", "export", ("read", "write")),
    Job("score", "customers", ("score",)),
)}


def prepare(job, options, sizes, path):
    """The model that score holds customers against."""
    model = path.with_suffix(".model.h5")
    if job.program() == "score" and not model.exists():
        run_json([*launch(options, options.ranks[-1], 1), options.build / "patron", "segment", path, "-o", model, "--json", "--progress",
                  "never", *fit_words(sizes)], 1)


def result_of(summary):
    """What all runs on the same data must have in common: for the same result on any layout."""
    names = ("digest", "inertia", "iterations", "itemsets", "sizes", "rows", "baskets", "items",
             "outliers")
    found = {name: summary[name] for name in names if name in summary}
    if not found:
        raise Failed(f"{summary.get('job')}: nothing to hold runs against each other by")
    return found


# ---- bounds ----

def steps_of(summary):
    return {step["step"]: step for step in summary["steps"]}


def total(summary, figure, steps=None):
    """A figure's mean over ranks, added up over steps (all, unless some are named)."""
    return sum(step.get(figure, {"mean": 0.0})["mean"] for step in summary["steps"]
               if steps is None or step["step"] in steps)


def bound(name, sizes, summary, limits):
    """Seconds that no program of this kind could beat on this machine: the larger of computing at
    peak and moving the bytes once, and the latency of the allreduces it needs; {part: seconds}."""
    machine, network = limits["machine"], limits["network"]
    flops, memory, file = 0.0, 0.0, 0.0
    packed = 4.0 * sizes.rows * sizes.columns
    reading, writing = (machine[f"file_{way}_gbytes"] * 1e9 for way in ("read", "write"))
    if name == "load":
        file = packed / reading if reading else 0.0
    elif name == "segment":
        flops = 2.0 * sizes.rows * sizes.columns * sizes.k * (sizes.iterations + 1)
        memory = packed * (sizes.iterations + 1)
    elif name == "score":
        flops, memory = 2.0 * sizes.rows * sizes.columns * sizes.k, packed
    else:
        read = total(summary, "bytes_in", ("read",)) * network["ranks"]
        written = total(summary, "bytes_out", ("write",)) * network["ranks"]
        file = read / reading if reading else 0.0
        file += written / writing if writing and name == "ingest" else 0.0
    latency = 0.0
    if name == "segment" and network["ranks"] > 1:  # one allreduce of the sums an iteration
        latency = sizes.iterations * network["allreduce_microseconds"]["8"] / 1e6
    return {"compute": flops / (machine["gflops"] * 1e9),
            "memory": memory / (machine["read_gbytes"] * 1e9), "file": file, "latency": latency}


def least(parts):
    return max(parts["compute"], parts["memory"], parts["file"]) + parts["latency"]
