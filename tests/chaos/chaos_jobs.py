# SPDX-License-Identifier: Apache-2.0
"""The jobs of the campaign, and what they read.  One more is one more entry in JOBS: its words, with {in} for
the folder of inputs and {out} for that of outputs, and the names of what it leaves in the latter."""
import typing

from patron_test import must


class Job(typing.NamedTuple):
    """A command and its outputs; none: what it prints is the result."""
    words: str
    outputs: tuple = ()
    checkpoint: str = ""  # its name beside the outputs
    told: tuple = ()  # what tells of the run, in place of what told of the one before


SALES = ("ingest --transactions {in}/sales.csv --customer customer --basket invoice --item item --label description"
         " --quantity quantity --price price --time time --plain-ids --memory 1M")
KEPT = " --checkpoint {out}/kept --checkpoint-every 0"
TOLD = " --status {out}/status.json --metrics {out}/run.prom"
JOBS = {
    "generate": Job("generate --rows 20000 --columns 6 --baskets 20000 -o {out}/data.h5", ("data.h5",)),
    "generate, parts": Job("generate --rows 20000 --columns 6 --baskets 9000 --parts 3 -o {out}/data", ("data",)),
    "generate, export": Job("generate --rows 900 --baskets 9000 --dirt 0.1 --transactions {out}/sales.csv"
                            " -o {out}/data.h5", ("data.h5", "sales.csv")),
    "ingest": Job(SALES + " -o {out}/shop.h5", ("shop.h5",)),
    "ingest, parts": Job(SALES + " --parts 3 -o {out}/shop", ("shop",)),
    "ingest, rejects": Job("ingest --features {in}/table.csv --id id --bad-rows {out}/bad.csv -o {out}/shop.h5",
                           ("shop.h5", "bad.csv")),
    "segment": Job("segment {in}/shop --k 7 --n-init 2 -o {out}/model.h5 --outliers {out}/far.csv",
                   ("model.h5", "far.csv")),
    "segment, checkpoint": Job("segment {in}/shop --k 7 --n-init 2 --tol 0 --max-iter 9 -o {out}/model.h5"
                               " --outliers {out}/far.csv" + KEPT, ("model.h5", "far.csv"), "kept"),
    "segment, streamed": Job("segment {in}/shop --k 7 --n-init 2 --tol 0 --max-iter 9 --memory {stream} --json"
                             " -o {out}/model.h5" + KEPT, ("model.h5",), "kept"),
    "segment, told": Job("segment {in}/shop --k 7 --n-init 2 -o {out}/model.h5" + TOLD, ("model.h5",), "",
                         ("status.json", "run.prom")),
    "sweep": Job("segment {in}/shop --k-range 2..4 --gap-draws 1 --stability-pairs 1 -o {out}/model.h5",
                 ("model.h5",)),
    "sweep, checkpoint": Job("segment {in}/shop --k-range 2..4 --gap-draws 1 --stability-pairs 1 --max-iter 9"
                             " -o {out}/model.h5" + KEPT, ("model.h5",), "kept"),
    "itemsets": Job("itemsets {in}/shop --min-count 12 --rules --min-confidence 0.2 -o {out}/sets.h5",
                    ("sets.h5",)),
    "itemsets, text": Job("itemsets {in}/shop --min-count 12 --text {out}/sets.txt", ("sets.txt",)),
    "itemsets, checkpoint": Job("itemsets {in}/shop --min-count 60 -o {out}/sets.h5 --text {out}/sets.txt" + KEPT,
                                ("sets.h5", "sets.txt"), "kept"),
    "itemsets, text, checkpoint": Job("itemsets {in}/shop --min-count 60 --text {out}/sets.txt" + KEPT,
                                      ("sets.txt",), "kept"),
    "itemsets, by segment": Job("itemsets {in}/shop --by-segment {in}/segments.h5 --min-support 0.01"
                                " -o {out}/sets.h5", ("sets.h5",)),
    "score": Job("score {in}/shop {in}/segments.h5 --rules {in}/sets.h5 -o {out}/scores.h5 --text {out}/scores.csv",
                 ("scores.h5", "scores.csv")),
    "report": Job("report {in}/segments.h5 {in}/sets.h5 --data {in}/shop -o {out}/page.html", ("page.html",)),
    "compare": Job("compare {in}/segments.h5 {in}/other.h5"),
    "profile": Job("profile {in}/shop {in}/segments.h5"),
}


def make_inputs(folder):
    """What the jobs read, and `old...`: what stands in the place of an output."""
    must("generate", "--rows", 4000, "--columns", 5, "--clusters", 7, "--separation", 0.6, "--missing", 0.02,
         "--baskets", 6000, "--affinity", 0.5, "--parts", 3, "-o", folder / "shop")
    must("generate", "--rows", 900, "--baskets", 4000, "--transactions", folder / "sales.csv")
    must("segment", folder / "shop", "--k", 5, "-o", folder / "segments.h5")
    must("segment", folder / "shop", "--k", 4, "-o", folder / "other.h5")
    must("itemsets", folder / "shop", "--min-count", 20, "--rules", "--min-confidence", 0.1, "-o", folder / "sets.h5")
    with open(folder / "table.csv", "w", encoding="ascii") as table:
        table.write("id,x,y\n")
        for row in range(9000):
            table.write(f"c{row},{row % 71},{'' if row % 5 else row}{',too much' if row % 999 == 7 else ''}\n")
    must("generate", "--rows", 10, "--seed", 9, "-o", folder / "old.h5")
    must("generate", "--rows", 10, "--seed", 9, "--parts", 2, "-o", folder / "old")
    (folder / "old.txt").write_text("of the night before\n", encoding="ascii")
