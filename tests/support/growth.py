# SPDX-License-Identifier: Apache-2.0
"""Whether a job is serial: it runs on few rows and on many, and what the many add is to be shared by
ranks, and nothing of it is to go to all or through one.  The bytes are those that the program tells of
its steps, and those that MPI itself carried from rank to rank, which Open MPI's monitoring counts below
all calls, so that what goes round the program's own collectives, or is not told, is counted, too."""
import collections
import itertools
import json
import pathlib
import re
import shutil
import tempfile
import unittest

from patron_test import must

# What is held by every rank alike, or goes through one.
TOGETHER = ("agree", "allreduce", "prefix", "broadcast", "gather", "send", "receive")
# What each rank does its share of: how much the largest share, of what is added, is over the mean one.
# Of reading: where ranks first count quotes in text, which the last one need not, 2 P / (2 P - 1).
SHARED = {"read": lambda ranks: max(1.3, 1.1 * 2 * ranks / (2 * ranks - 1)),
          "write": lambda ranks: 1.3, "pack": lambda ranks: 1.3, "exchange": lambda ranks: 2.0}
# What is not looked at of a stream, which one rank reads, and sends to the others: what it holds and
# writes is.
OF_STREAMS = ("read", "pack", "exchange", "send", "receive", "carried")
# What ranks choose their own shares of, as of tasks, may be as uneven as it comes, so long as none
# does it for the others, which needs messages.
OF_CHOICE = ("read", "write", "pack", "exchange", "carried", "memory")
TOGETHER_SLACK = 16 << 10   # below a bit a row, for the rows that are added here
SHARED_SLACK = 64 << 10
# Of all bytes that MPI carries, those that no exchange or send tells of, as of collectives that are made
# for each piece of many rows: about a bit for each row that is added.
BESIDE_SLACK = 64 << 10
# The peaks of equal runs differ by 0.4 MB.  One rank that holds b bytes more than the others is
# b - 1.1 b / ranks over what they grow by: 8 bytes for each of the rows that are added are seen.
MEMORY_SLACK = 640 << 10
MEMORY_UNEVEN = 1.1
FEW, MANY = 20000, 480000
BASKETS = 40000             # of the many
EXPORT = ("--customer", "customer", "--basket", "invoice", "--item", "item", "--label",
          "description", "--quantity", "quantity", "--price", "price", "--time", "time")
# Open MPI opens its monitoring where it is among what may be chosen; its own choice is ob1 all the same.
MONITOR = {"OMPI_MCA_pml": "^cm,ucx", "OMPI_MCA_coll": "self,basic,libnbc,tuned,monitoring",
           "OMPI_MCA_pml_monitoring_enable": "1", "OMPI_MCA_pml_monitoring_enable_output": "3"}
# Point to point, of the program or inside a collective; and one-sided.
CARRIED = re.compile(r"^[EISR]\s+(\d+)\s+(\d+)\s+(\d+) bytes")
Carried = collections.namedtuple("Carried", "received sent")  # bytes, a list over ranks each


def read_carried(folder, ranks):
    """What MPI carried, from the file that each rank left."""
    carried = Carried([0] * ranks, [0] * ranks)
    for rank in range(ranks):
        path = folder / f"carried.{rank}.prof"
        if not path.exists():
            raise AssertionError("no count of what MPI carried: has this Open MPI no monitoring?")
        for line in path.read_text("ascii").splitlines():
            found = CARRIED.match(line)
            if found:
                source, target, count = map(int, found.groups())
                if source != target:
                    carried.sent[source] += count
                    carried.received[target] += count
    return carried


def figure(summary, step, name):
    """{"max", "mean", "rank"} of a step that may be missing."""
    for one in summary["steps"]:
        if one["step"] == step:
            return one.get(name, {"max": 0, "mean": 0.0, "rank": 0})
    return {"max": 0, "mean": 0.0, "rank": 0}


def told(summary, ranks):
    """Bytes that ranks say they sent to one another, each to where they belong."""
    return ranks * sum(figure(summary, step, "bytes_out")["mean"] for step in ("exchange", "send"))


class Growth(unittest.TestCase):
    """A test with data of few rows and of many, for all its methods."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="patron-growth."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.data = {rows: cls.folder / f"{rows}.h5" for rows in (FEW, MANY)}
        for rows, path in cls.data.items():
            must("generate", "--rows", rows, "--columns", 4, "--clusters", 4, "--baskets",
                 rows * BASKETS // MANY, "--items", 200, "--patterns", 100, "-o", path)

    def summary(self, job, *arguments, ranks=3, prefix=(), threads=1):
        """A job's summary, and as `carried` what MPI carried."""
        with tempfile.TemporaryDirectory(prefix="patron-carried.") as folder:
            process = must(job, *arguments, "--json", "--progress", "never", "--threads", threads,
                           ranks=ranks, launcher=True, prefix=prefix, env={
                               **MONITOR, "OMPI_MCA_pml_monitoring_filename": f"{folder}/carried"})
            return {**json.loads(process.stdout),
                    "carried": read_carried(pathlib.Path(folder), ranks)}

    def segment(self, rows, name, ranks=3):
        model = self.folder / f"{name}{rows}.h5"
        return model, self.summary("segment", self.data[rows], "-o", model, "--force", "--k", 4,
                                   "--max-iter", 5, "--tol", 0, ranks=ranks)

    def itemset_models(self, *options, counts=(400, 100)):
        """Of the many baskets: a model of few sets and rules, and one of many."""
        models = [self.folder / f"sets{count}.h5" for count in counts]
        for model, count in zip(models, counts):
            must("itemsets", self.data[MANY], "--min-count", count, "--rules", "--min-confidence", 0.2,
                 *options, "-o", model, "--force", ranks=2)
        few, many = (model.stat().st_size for model in models)
        self.assertGreater(many, 4 * few)
        return models

    def check_shared(self, what, few, many, slack, without):
        """Of the steps of which each rank does its share."""
        ranks = len(few["carried"].sent)
        for step, name in itertools.product(SHARED, ("bytes_in", "bytes_out")):
            least, most = (figure(summary, step, name) for summary in (few, many))
            grown = most["mean"] - least["mean"]
            self.assertTrue(most["max"] - least["max"] < max(grown, SHARED[step](ranks) * grown) + slack
                            or step in without, f"{what}: {step}, {name} of rank {most['rank']}")

    def check_carried(self, what, few, many, slack, without):
        """Of what MPI carried: it is what the program tells of, and no rank gets much of it."""
        ranks = len(few["carried"].sent)
        for name in Carried._fields:
            least, most = (getattr(summary["carried"], name) for summary in (few, many))
            grown = sum(most) - sum(least)
            self.assertLess(grown, max(0, told(many, ranks) - told(few, ranks)) + slack,
                            f"{what}: MPI carried what is not told")
            self.assertTrue(max(most) - max(least) < 2.0 * grown / ranks + slack
                            or "carried" in without,
                            f"{what}: MPI, {name} by rank {most.index(max(most))}")

    def check_growth(self, what, few, many, slack=SHARED_SLACK, together_slack=TOGETHER_SLACK,
                     memory_slack=MEMORY_SLACK, without=()):
        """What the many add to the few is shared, and what all hold stays as it is."""
        for step, name in itertools.product(TOGETHER, ("bytes_in", "bytes_out")):
            grown = figure(many, step, name)["max"] - figure(few, step, name)["max"]
            self.assertTrue(grown < together_slack or step in without,
                            f"{what}: {step}, {name} grows by {grown}")
        self.check_shared(what, few, many, slack, without)
        self.check_carried(what, few, many, BESIDE_SLACK // TOGETHER_SLACK * together_slack, without)
        least, most = few["memory"], many["memory"]
        self.assertTrue(most["max"] - least["max"]
                        < MEMORY_UNEVEN * (most["mean"] - least["mean"]) + memory_slack
                        or "memory" in without, f"{what}: memory of rank {most['rank']}")

    def check_job(self, job, arguments, ranks, more=(), **options):
        """Of a job that takes one of the arguments, of few and of many."""
        few, many = (self.summary(job, *one, *more, ranks=ranks) for one in arguments)
        named = " ".join(str(one) for one in (*arguments[1], *more)).replace(f"{self.folder}/", "")
        with self.subTest(job=job, of=named, ranks=ranks):
            self.check_growth(f"{job} {named}", few, many, **options)
