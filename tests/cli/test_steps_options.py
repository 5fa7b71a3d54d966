# SPDX-License-Identifier: Apache-2.0
"""Nothing is serial under options that take other ways than those of test_steps.py: each set of them
is run on few rows or sets and on many.  What docs/steps.md names as read by one rank, or held by all,
is looked at for the rest: the memory of the one, and what is written."""
import functools
import gzip
import os
import signal
import subprocess
import time
import unittest

import numpy

from growth import BASKETS, FEW, MANY, OF_CHOICE, OF_STREAMS, Growth
from patron_test import LAUNCH, MEDIUM, PATRON, by_tier, must
from processes import ranks_of

FEW_LINES, MANY_LINES = by_tier((40000, 240000), (250000, 750000))
# A sample of rows, and the largest distances, are as many for all that are more than these.
SAMPLED = 150000
# The reader has buffers of its own, which little text does not fill.
STREAM = {"without": OF_STREAMS, "memory_slack": 2 << 20}


def pack(path):
    """The file under a name that ends in .gz."""
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    return packed


class Options(Growth):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        random = numpy.random.default_rng(7)
        cls.texts = {}
        for rows in (FEW_LINES, MANY_LINES):
            items = random.integers(0, 200, (rows, 5))
            values = random.integers(0, 1000, (rows, 2))
            cls.write("lists", rows, (",".join(f"i{item}" for item in row) for row in items))
            cls.write("fimi", rows, (" ".join(map(str, row)) for row in items))
            # in another order than that of ids, so that rows have to go to other ranks
            table = [(row * 7919 % rows, a, b) for row, (a, b) in enumerate(values)]
            cls.write("features", rows, (f"c{row},{a / 7:.4f},{b}" for row, a, b in table), "id,a,b\n")
            cls.write("bad", rows, (f"c{row},{a / 7:.4f},{b}{',x' if row % 5 == 0 else ''}"
                                    for row, a, b in table), "id,a,b\n")
            cls.write("events", rows, (f"c{row},2024-01-{1 + a % 28:02},k{b % 3}"
                                       for row, a, b in table), "id,at,kind\n")
        cls.output = ("-o", cls.folder / "output.h5", "--force")

    @classmethod
    def write(cls, name, rows, lines, head=""):
        path = cls.folder / f"{name}{rows}"
        path.write_text(head + "\n".join(lines) + "\n", encoding="ascii")
        cls.texts.setdefault(name, []).append(path)

    def check(self, job, few, many, *more, **options):
        """Of a job with one of two lists of arguments, and what both have."""
        for ranks in by_tier((3,), (2, 3, 4)):
            self.check_job(job, (few, many), ranks, more=more, **options)

    def check_texts(self, job, option, name, *more, packed=False, **options):
        words = (option,) if option else ()
        few, many = ((*words, pack(text) if packed else text) for text in self.texts[name])
        self.check(job, few, many, *more, **options)

    @functools.cached_property
    def model(self):
        """Segments of the many, whose centroids serve the few as well."""
        return self.segment(MANY, "model")[0]

    # ---- text ----

    def test_ingest_of_baskets(self):
        self.check_texts("ingest", "--basket-lists", "lists", *self.output)
        self.check_texts("ingest", "--basket-lists", "lists", *self.output, packed=True, **STREAM)
        self.check_texts("ingest", "--baskets", "fimi", *self.output)
        self.check_texts("ingest", "--baskets", "fimi", *self.output, packed=True, **STREAM)

    def test_itemsets_of_text(self):
        sets = ("--min-support", 0.02, "--count-only")
        self.check_texts("itemsets", "", "fimi", *sets, packed=True, **STREAM)
        if MEDIUM:
            self.check_texts("itemsets", "", "fimi", *sets, memory_slack=2 << 20)

    def test_ingest_of_tables(self):
        table = ("--id", "id", "--plain-ids", *self.output)
        # in little memory one rank's rows go to the others in rounds, which tell how much comes
        self.check_texts("ingest", "--features", "features", *table, "--memory", "16M", packed=True,
                         together_slack=64 << 10, **STREAM)

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_ingest_of_tables_and_events(self):
        # All ranks get the samples of ids by which lanes are cut, 2,048 to 4,096 of each; and of joined
        # sources who there is, a bit a customer.  Who passes them on tells of them again.  Peaks of lanes
        # that are filled and sent differ by a piece or two; the added rows' 8 bytes are more than that.
        options = {"together_slack": 1 << 20, "memory_slack": 4 << 20}
        table = ("--id", "id", "--plain-ids", *self.output)
        events = ("--event-customer", "id", "--event-time", "at", *self.output)
        self.check_texts("ingest", "--features", "features", *table, **options)
        self.check_texts("ingest", "--features", "bad", *table, "--bad-rows", self.folder / "bad.txt",
                         "--max-bad", 1, **options)
        self.check_texts("ingest", "--events", "events", "--event-kind", "kind", *events, **options)
        few, many = (("--features", table, "--events", events) for table, events in zip(
            self.texts["features"], self.texts["events"]))
        self.check("ingest", few, many, "--id", "id", *events, **options)

    # ---- itemsets ----

    def baskets(self, rows):
        path = self.folder / f"baskets{rows}.h5"
        if not path.exists():
            must("generate", "--rows", 10, "--columns", 1, "--baskets", rows, "--items", 200,
                 "--patterns", 100, "-o", path)
        return path

    def test_top_of_more_baskets(self):
        """Not one number goes round for each count that there could be."""
        few, many = ((self.baskets(rows),) for rows in (BASKETS, 8 * BASKETS))
        more = ("--memory", "1T", *self.output)
        self.check("itemsets", few, many, "--top", 500, *more, memory_slack=2 << 20)
        if MEDIUM:
            self.check("itemsets", few, many, "--min-support", 0.02, *more, memory_slack=2 << 20)

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_more_itemsets(self):
        few, many = ((self.data[MANY], "--min-count", count) for count in (400, 100))
        top = ((self.data[MANY], "--top", count) for count in (5000, 20000))
        alone = ("--memory", "1T", *self.output)   # under a limit, tasks stay with their ranks
        rules = ("--rules", "--min-confidence", 0.2)
        # more items are frequent, of which all pairs are counted
        self.check("itemsets", *top, *alone, together_slack=64 << 10, memory_slack=2 << 20)
        for options in (("--kind", "closed"), ("--kind", "maximal")):
            self.check("itemsets", few, many, *options, *alone)
        for options in (("--significance", 0.05), ("--top-rules", 1000)):
            self.check("itemsets", few, many, *rules, *options, *alone)

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_itemsets_by_segment(self):
        """Tasks go to whom they may, as they go without --memory, and sets to where they are written."""
        few, many = ((self.data[MANY], "--min-count", count) for count in (400, 60))
        self.check("itemsets", few, many, "--by-segment", self.model, *self.output,
                   together_slack=128 << 10, without=("send", "receive", *OF_CHOICE))

    def stop(self, checkpoint, count, above):
        """Begins to mine, until there is a checkpoint of so many bytes."""
        command = [str(LAUNCH), "3", PATRON, "itemsets", str(self.data[MANY]), "--min-count",
                   str(count), *map(str, self.output), "--memory", "1T", "--checkpoint",
                   str(checkpoint), "--checkpoint-every", "0", "--threads", "1", "--progress", "never"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            told = False
            while process.poll() is None:
                if not told and checkpoint.exists() and checkpoint.stat().st_size > above:
                    for pid in ranks_of(process, 3):
                        os.kill(pid, signal.SIGUSR1)
                    told = True
                time.sleep(0.001)
            return process.returncode

    def test_going_on_from_a_checkpoint(self):
        """Many sets that were found before: each rank reads its own."""
        checkpoint, count, least = self.folder / "checkpoint", 25, 4 << 20
        for _ in range(10):
            if self.stop(checkpoint, count, least) == 75:
                break
        self.assertGreater(checkpoint.stat().st_size, least)
        more = ("--memory", "1T", "--checkpoint", checkpoint, *self.output)
        many = self.summary("itemsets", self.data[MANY], "--min-count", count, *more)
        few = self.summary("itemsets", self.data[MANY], "--min-count", 400, *more)
        self.check_growth("going on", few, many, without=OF_CHOICE)

    # ---- customers ----

    def test_offers(self):
        """Rules are on every rank, but those who are offered what they say are not."""
        rules = self.itemset_models()[0]
        few, many = ((self.data[rows],) for rows in (FEW, MANY))
        self.check("score", few, many, self.model, "--rules", rules, *self.output)
        if not MEDIUM:
            return
        # as crowded, so that there are as many rounds, each of which adds up what each rule offers
        under = [("--policy", self.folder / f"policy{rows}") for rows in (FEW, MANY)]
        for rows, (_, policy) in zip((FEW, MANY), under):
            policy.write_text(f"[policy]\nitem-cap = {rows // 200}\ncustomer-cap = 2\n", "ascii")
        self.check("score", *((self.data[rows], self.model, *more) for rows, more in zip(
            (FEW, MANY), under)), "--rules", rules, *self.output, together_slack=64 << 10)
        self.check("score", few, many, "--baskets", "--rules", rules, *self.output)
        self.check("score", few, many, self.model, "--text", self.folder / "scores.csv", "--force")

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_segments(self):
        few, many = ((self.data[rows], "--tol", 0) for rows in (FEW, MANY))
        short = ("--max-iter", 3, *self.output)
        for options in (("--outliers", self.folder / "outliers.csv"), ("--scale", "robust"),
                        ("--init", "random"), ("--init", "k-means++", "--refine", 2),
                        ("--memory", "32M"), ("--init", self.model)):
            k = () if self.model in options else ("--k", 4)
            self.check("segment", few, many, *k, *options, *short)

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_segments_of_samples(self):
        rows = self.folder / f"{SAMPLED}.h5"
        must("generate", "--rows", SAMPLED, "--columns", 4, "--clusters", 4, "-o", rows)
        for options in (("--k-range", "2..4"), ("--k", 4, "--validate")):
            self.check("segment", (rows,), (self.data[MANY],), *options, "--max-iter", 3, *self.output)

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_drift_and_transactions(self):
        few, many = ((model, model, "--old-data", self.data[rows], "--new-data", self.data[rows])
                     for rows, model in ((rows, self.segment(rows, "drift")[0]) for rows in (FEW, MANY)))
        self.check("compare", few, many, "--drift")
        few, many = (("--rows", rows, "--baskets", rows) for rows in (FEW_LINES, MANY_LINES))
        self.check("generate", few, many, "--columns", 2, "--items", 200, "--transactions",
                   self.folder / "made.csv", *self.output)


if __name__ == "__main__":
    unittest.main()
