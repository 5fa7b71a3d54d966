# SPDX-License-Identifier: Apache-2.0
"""Where a run's time and bytes go, as --json and /run tell: the figures hold together, and nothing is
serial: what ranks gather, and what one rank does more than the others, does not grow with the
number of rows or itemsets."""
import json
import pathlib
import shutil
import tempfile
import unittest

import h5py
import numpy

from patron_test import MEDIUM, by_tier, digest, must

# What is held by every rank alike, or goes through one.
TOGETHER = ("agree", "allreduce", "prefix", "broadcast", "gather", "send", "receive")
# What each rank does its share of: how much the largest share, of what is added, is over the mean one.
SHARED = {"read": 1.3, "write": 1.3, "pack": 1.3, "exchange": 2.0}
TOGETHER_SLACK = 16 << 10   # below a bit a row, for the rows that are added here
SHARED_SLACK = 64 << 10
MEMORY_SLACK = 2 << 20
MEMORY_UNEVEN = 1.3
FIGURES = ("seconds", "wait_seconds", "beside_seconds", "calls", "bytes_in", "bytes_out")
FEW, MANY = 20000, 160000
FEW_LINES, MANY_LINES = 5000, 40000
BLOCK = (32 << 20) // 8 // 256    # rules of offers that go by together with --memory 32M
RULE_BYTES = 110                  # of a rule that a rank holds, at most, while it sorts its own
TOLD_BYTES = 64                   # of a rule that goes by
BLOCK_BYTES = 192 * 8 + 256       # to find where a block ends, and to agree
MANY_COUNT, FEW_COUNT = 400, 100  # least counts for few sets, and for many
CHUNKS_SLACK = 3 << 19            # a digest's chunks of 65,536 rows, of which a rank has whole ones
EXPORT = ("--customer", "customer", "--basket", "invoice", "--item", "item", "--label",
          "description", "--quantity", "quantity", "--price", "price", "--time", "time")


def figure(summary, step, name):
    """{"max", "mean", "rank"} of a step that may be missing."""
    for one in summary["steps"]:
        if one["step"] == step:
            return one.get(name, {"max": 0, "mean": 0.0, "rank": 0})
    return {"max": 0, "mean": 0.0, "rank": 0}


class Steps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="patron-steps."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for rows in (FEW, MANY):
            must("generate", "--rows", rows, "--columns", 4, "--clusters", 4, "--baskets", rows // 4,
                 "--items", 200, "--patterns", 100, "-o", cls.folder / f"{rows}.h5")
        for rows in (FEW_LINES, MANY_LINES):
            must("generate", "--rows", rows, "--columns", 2, "--baskets", rows, "--items", 200,
                 "--patterns", 100, "--transactions", cls.folder / f"{rows}.csv", "-o",
                 cls.folder / f"export{rows}.h5")

    def summary(self, job, *arguments, ranks=3):
        process = must(job, *arguments, "--json", "--progress", "never", "--threads", 1,
                       ranks=ranks)
        return json.loads(process.stdout)

    def segment(self, rows, name, ranks=3):
        model = self.folder / f"{name}{rows}.h5"
        return model, self.summary("segment", self.folder / f"{rows}.h5", "-o", model, "--force",
                                   "--k", 4, "--max-iter", 5, "--tol", 0, ranks=ranks)

    def check_memory(self, what, few, many):
        self.assertLess(many["memory"]["max"] - few["memory"]["max"],
                        MEMORY_UNEVEN * (many["memory"]["mean"] - few["memory"]["mean"])
                        + MEMORY_SLACK, f"{what}: memory of rank {many['memory']['rank']}")

    def check_growth(self, what, few, many, shared_slack=SHARED_SLACK, except_for=()):
        """What the many add to the few is shared, and what all hold stays as it is."""
        for step in set(TOGETHER) - set(except_for):
            for name in ("bytes_in", "bytes_out"):
                grown = figure(many, step, name)["max"] - figure(few, step, name)["max"]
                self.assertLess(grown, TOGETHER_SLACK, f"{what}: {step}, {name}")
        for step, uneven in SHARED.items():
            for name in ("bytes_in", "bytes_out"):
                least, most = (figure(summary, step, name) for summary in (few, many))
                self.assertLess(most["max"] - least["max"],
                                uneven * (most["mean"] - least["mean"]) + shared_slack,
                                f"{what}: {step}, {name} of rank {most['rank']}")
        self.check_memory(what, few, many)

    # ---- nothing serial ----

    def test_customers(self):
        for ranks in by_tier((3,), (2, 3, 4)):
            runs = {}
            for rows in (FEW, MANY):
                data = self.folder / f"{rows}.h5"
                model, segment = self.segment(rows, "model", ranks=ranks)
                runs[rows] = {
                    "segment": segment,
                    "score": self.summary("score", data, model, "-o", self.folder / "scores.h5",
                                          "--force", ranks=ranks),
                    "profile": self.summary("profile", data, model, ranks=ranks),
                    "compare": self.summary("compare", model, model, ranks=ranks)}
            for job in runs[FEW]:
                with self.subTest(job=job, ranks=ranks):
                    self.check_growth(job, runs[FEW][job], runs[MANY][job])

    def test_lines(self):
        for ranks in by_tier((3,), (2, 3, 4)):
            few, many = (self.summary("ingest", "--transactions", self.folder / f"{rows}.csv",
                                      *EXPORT, "--parts", 3, "-o", self.folder / "shop", "--force",
                                      ranks=ranks) for rows in (FEW_LINES, MANY_LINES))
            with self.subTest(ranks=ranks):
                self.check_growth("ingest", few, many)

    def test_itemsets(self):
        outputs = {"rules": ("-o", self.folder / "itemsets.h5", "--force", "--rules",
                             "--min-confidence", 0.2),
                   "text": ("--text", self.folder / "itemsets.txt", "--force")}
        # under a limit that nothing reaches, tasks stay with the rank that they were dealt to
        for ranks in by_tier((3,), (2, 3, 4)):
            for name, output in outputs.items():
                few, many = (self.summary("itemsets", self.folder / f"{MANY}.h5", "--min-count",
                                          count, "--memory", "1T", *output, ranks=ranks) for count in (400, 40))
                with self.subTest(output=name, ranks=ranks):
                    self.assertGreater(many["itemsets"], 10 * few["itemsets"])
                    self.check_growth(f"itemsets as {name}", few, many)

    def check_job(self, job, arguments, ranks, slack=SHARED_SLACK, more=()):
        """Of a job that takes one of the arguments, of few and of many."""
        few, many = (self.summary(job, *one, *more, ranks=ranks) for one in arguments)
        with self.subTest(job=job, of=str(arguments[0][0]), ranks=ranks):
            self.check_growth(job, few, many, slack)

    def itemset_models(self, *options):
        """A model of few sets and rules, and one of many."""
        models = [self.folder / f"sets{count}.h5" for count in (MANY_COUNT, FEW_COUNT)]
        for model, count in zip(models, (MANY_COUNT, FEW_COUNT)):
            self.summary("itemsets", self.folder / f"{MANY}.h5", "--min-count", count, "--rules",
                         "--min-confidence", 0.2, *options, "-o", model, "--force")
        few, many = (model.stat().st_size for model in models)
        self.assertGreater(many, 4 * few)
        return [(model,) for model in models]

    def test_models_of_itemsets(self):
        models = self.itemset_models()
        for ranks in by_tier((3,), (2, 3, 4)):
            self.check_job("verify", models, ranks, CHUNKS_SLACK)
            self.check_job("inspect", models, ranks)
            page = ("-o", self.folder / "page.html", "--force", "--top", 10)
            self.check_job("report", models, ranks, more=page)

    def write_baskets(self, name, baskets):
        """Baskets of up to 9 of 41 items, nearly all of which hold item 0."""
        dice = numpy.random.default_rng(5)
        text = self.folder / name
        with open(text, "w", encoding="ascii") as file:
            for _ in range(baskets):
                own = {*(1 + (40 * dice.random(dice.integers(1, 9)) ** 2).astype(int)).tolist()}
                own |= {0} if dice.random() < 0.97 else set()
                file.write(" ".join(map(str, sorted(own))) + "\n")
        return text

    def test_rules_of_one_consequent(self):
        """They are compared on all ranks: at these many, one would have eight times its share."""
        text = self.write_baskets("one.dat", 20000)
        options = ("--rules", "--min-confidence", 0.9, "--prune-redundant", "--memory", "1T", "-o",
                   self.folder / "pruned.h5", "--force")
        few, many = (self.summary("itemsets", text, "--min-count", count, *options, ranks=12)
                     for count in (200, 2))
        self.assertGreater(many["rules"], 10 * few["rules"])
        self.check_memory("itemsets --prune-redundant", few, many)

    def test_rules_of_offers(self):
        """A rank holds its range of the rules, and a block at a time of those that all ranks see."""
        text, data = self.write_baskets("two.dat", 3000), self.folder / "carts.h5"
        must("ingest", "--baskets", text, "-o", data)
        for ranks in by_tier((3,), (2, 3, 4)):
            runs, rules = [], []
            for count in (3, 1):
                model = self.folder / f"offers{count}.h5"
                must("itemsets", data, "--min-count", count, "--rules", "--min-confidence", 0, "-o",
                     model, "--force")
                with h5py.File(model) as file:
                    rules.append(len(file["rules/confidence"]))
                runs.append(self.summary("score", data, "--baskets", "--rules", model, "--memory",
                                         "32M", ranks=ranks))
            few, many = runs
            added = rules[1] - rules[0]
            self.assertGreater(rules[0], 2 * BLOCK)
            self.assertGreater(added, 5 * rules[0])
            self.check_growth("score --rules", few, many, except_for=("gather", "allreduce"))
            self.assertLess(many["memory"]["max"] - few["memory"]["max"],
                            RULE_BYTES * added / ranks + MEMORY_SLACK)
            for step, each in (("gather", TOLD_BYTES), ("allreduce", BLOCK_BYTES / BLOCK)):
                grown, least = (figure(summary, step, "bytes_in")["max"] for summary in (many, few))
                self.assertLess(grown - least, each * added + TOGETHER_SLACK, step)

    def test_labels_as_text(self):
        texts = []
        for rows in (FEW, MANY):
            text = self.folder / f"labels{rows}.csv"
            text.write_text("".join(f"segment {row * row % 7}\n" for row in range(rows)),
                            encoding="ascii")
            texts.append((text, text))
        for ranks in by_tier((3,), (2, 3, 4)):
            self.check_job("compare", texts, ranks)

    def test_models_of_customers(self):
        data = [(self.folder / f"{rows}.h5",) for rows in (FEW, MANY)]
        scores = [(self.folder / f"scores{rows}.h5",) for rows in (FEW, MANY)]
        models = []
        for (rows,), (score,) in zip(data, scores):
            models.append((self.segment(int(rows.stem), "shown")[0],))
            self.summary("score", rows, models[-1][0], "-o", score, "--force")
        for ranks in by_tier((3,), (2, 3, 4)):
            self.check_job("verify", scores, ranks, CHUNKS_SLACK)
            self.check_job("verify", models, ranks, CHUNKS_SLACK)

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_other_jobs(self):
        data = [(self.folder / f"{rows}.h5",) for rows in (FEW, MANY)]
        models = [(self.segment(rows, "shown")[0],) for rows in (FEW, MANY)]
        by_segment = self.itemset_models("--by-segment", models[1][0])
        page = ("-o", self.folder / "page.html", "--force")
        for ranks in (2, 3, 4):
            self.check_job("verify", data, ranks, CHUNKS_SLACK)
            self.check_job("inspect", data, ranks)
            self.check_job("inspect", models, ranks)
            self.check_job("report", [(*model, "--data", *rows) for model, rows in zip(models, data)],
                           ranks, more=page)
            self.check_job("verify", by_segment, ranks, CHUNKS_SLACK)
            self.check_job("inspect", by_segment, ranks)
            self.check_job("report", by_segment, ranks, more=page)
            self.check_job("generate", [("--rows", rows, "--columns", 4, "--baskets", rows)
                                        for rows in (FEW, MANY)], ranks, CHUNKS_SLACK,
                           ("-o", self.folder / "made.h5", "--force"))

    # ---- the figures themselves ----

    @staticmethod
    def gap(summary):
        """How far the steps together are from the whole, as a share of it."""
        whole = sum(step.get("seconds", {"mean": 0})["mean"] for step in summary["steps"])
        return abs(whole - summary["seconds"]["total"]) / summary["seconds"]["total"]

    def test_figures_hold_together(self):
        for ranks in (1, 2):
            model, summary = self.segment(FEW, "figures", ranks=ranks)
            steps = {step["step"]: step for step in summary["steps"]}
            # each rank is in one step at a time, from before MPI starts; who stood still between two
            # looks at the clock is seen to run again
            gaps = (self.gap(self.segment(FEW, "figures", ranks=ranks)[1]) for _ in range(10))
            self.assertTrue(self.gap(summary) < 0.05 or any(gap < 0.05 for gap in gaps))
            # 5 iterations, and the labels of the last centroids
            self.assertEqual(steps["assign"]["calls"], {"max": 6, "mean": 6, "rank": 0})
            self.assertEqual(steps["assign"]["bytes_in"]["mean"], 6 * FEW * 4 * 4 / ranks)
            self.assertGreaterEqual(steps["read"]["bytes_in"]["mean"] * ranks, FEW * 4 * 4)
            self.assertGreaterEqual(steps["write"]["bytes_out"]["mean"] * ranks, FEW * 4)
            self.assertEqual("allreduce" in steps, ranks > 1)
            for step in summary["steps"]:
                for name in set(step) - {"step", "kind"}:
                    self.assertIn(name, FIGURES)
                    self.assertLessEqual(step[name]["mean"], step[name]["max"] + 1e-6)
                    self.assertLess(step[name]["rank"], ranks)
            self.check_run(model, summary)
        self.check_digest(model)

    def check_run(self, model, summary):
        with h5py.File(model) as file:
            group = file["run/steps"]
            names = [name.decode() for name in group["name"][()]]
            self.assertEqual([name.decode() for name in group.attrs["names"]], list(FIGURES))
            assign = names.index("assign")
            calls, read = FIGURES.index("calls"), FIGURES.index("bytes_in")
            told = figure(summary, "assign", "bytes_in")
            self.assertEqual(group["max"][assign, calls], 6)
            self.assertEqual(group["max"][assign, read], told["max"])
            self.assertEqual(group["mean"][assign, read], told["mean"])
            self.assertEqual(group["rank"][assign, read], told["rank"])
            self.assertEqual(group["max"].shape, (len(names), len(FIGURES)))
            # writing has been, but for /run itself
            write, calls_of_sync = names.index("write"), group["max"][names.index("sync"), calls]
            written = FIGURES.index("bytes_out")
            ranks = file["run"].attrs["ranks"]
            self.assertGreaterEqual(group["mean"][write, written] * ranks, FEW * 4)
            self.assertLessEqual(group["max"][write, written],
                                 figure(summary, "write", "bytes_out")["max"])
            self.assertGreaterEqual(calls_of_sync, 1)
            self.assertGreater(file["run"].attrs["seconds_write"], 0.0)
            self.assertLessEqual(file["run"].attrs["seconds_write"],
                                 summary["seconds"]["write"])

    def check_digest(self, model):
        """The steps are not in it."""
        before = must("verify", "--digest", model).stdout.strip()
        with h5py.File(model, "r+") as file:
            del file["run/steps"]
        self.assertEqual(must("verify", "--digest", model).stdout.strip(), before)
        self.assertEqual(digest(model), before)


if __name__ == "__main__":
    unittest.main()
