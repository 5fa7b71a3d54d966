# SPDX-License-Identifier: Apache-2.0
"""What bench/scaling times: its jobs and their data."""
import dataclasses
import hashlib
import shlex

from programs import run_json

STRONG, WEAK = "strong", "weak"
EXPORT = ("--customer", "customer", "--basket", "invoice", "--item", "item", "--label",
          "description", "--quantity", "quantity", "--price", "price", "--time", "time")
CLUSTERS, ITEMS, PATTERNS = 20, 1000, 500
QUIET = ("--json", "--progress", "never")


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
        self.program = hash_of(options.build / "patron")
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

    def make_model(self, sizes):
        """(path, name, digest) of the model that score holds customers against.  Its path tells all
        that it depends on: another k, other iterations, data or programs make another."""
        data, found = self.make("customers", sizes)
        name = f"{data.stem}.k{sizes.k}-iterations{sizes.iterations}.model"
        mark = hashlib.blake2b((self.program + found).encode(), digest_size=8).hexdigest()
        path = self.folder / f"{name}-{mark}.h5"
        if path not in self.known:
            if not path.exists():
                run_json([*self.patron(), "segment", data, "-o", path, *QUIET, *fit_words(sizes)], 1)
            self.known[path] = self.digest(path)
        return path, name, self.known[path]

    def patron(self):
        return [*launch(self.options, self.options.ranks[-1], 1), self.options.build / "patron"]

    def digest(self, path):
        return run_json([*self.patron(), "verify", path, "--json"], 1)["digest"]

    def draw(self, kind, sizes, path):
        """Makes it unless it is there; its hash."""
        if not path.exists():
            target = ["-o", path]
            if kind == "export":
                target = ["--transactions", path, "-o", path.with_suffix(".h5"), "--force"]
            run_json([*self.patron(), "generate", *self.words(kind, sizes), "--seed", sizes.seed,
                      *QUIET, *target], 1)
        if kind == "export":
            path.with_suffix(".h5").unlink(missing_ok=True)
            return hash_of(path)
        return self.digest(path)


@dataclasses.dataclass(frozen=True)
class Job:
    """A command and what of its time is looked at."""
    name: str
    data: str
    phases: tuple   # of `seconds`, added up
    command: str = ""

    def program(self):
        return self.command or self.name

    def output(self, folder):
        return folder / f"{self.program()}.h5"

    def words(self, sizes, path, model, folder):
        """The command line behind the program's name; the model is for score alone."""
        output = ("-o", self.output(folder), "--force")
        if self.program() == "segment":
            return ("segment", path, *output, *fit_words(sizes))
        if self.program() == "itemsets":
            return ("itemsets", path, *output, "--min-support", sizes.min_support)
        if self.program() == "ingest":
            return ("ingest", "--transactions", path, *EXPORT, *output)
        return ("score", path, model, *output)

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


def result_of(summary, digest):
    """What all runs on the same data must have in common, for the same result on any layout: the
    digest of what was written, and figures that tell of what differs."""
    names = ("inertia", "iterations", "itemsets", "sizes", "rows", "baskets", "items", "outliers")
    return {"digest": digest, **{name: summary[name] for name in names if name in summary}}


def total(summary, figure, steps=None):
    """A figure's mean over ranks, added up over steps (all, unless some are named)."""
    return sum(step.get(figure, {"mean": 0.0})["mean"] for step in summary["steps"]
               if steps is None or step["step"] in steps)
