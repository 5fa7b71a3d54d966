# SPDX-License-Identifier: Apache-2.0
"""Where a run's time and bytes go, as --json and /run tell: the figures hold together, and nothing is
serial: what ranks gather, and what one rank does more than the others, does not grow with the
number of rows or itemsets."""
import itertools
import pathlib
import unittest

import h5py

from growth import EXPORT, FEW, MANY, MEMORY_SLACK, Growth, figure
from patron_test import MEDIUM, PATRON, by_tier, digest, must

FIGURES = ("seconds", "wait_seconds", "beside_seconds", "calls", "bytes_in", "bytes_out")
FEW_LINES, MANY_LINES = 5000, 40000
CHUNKS_SLACK = 3 << 19            # a digest's chunks of 65,536 rows, of which a rank has whole ones
SERIAL = pathlib.Path(PATRON).parent / "tests/serial_preload.so"


class Steps(Growth):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for rows in (FEW_LINES, MANY_LINES):
            must("generate", "--rows", rows, "--columns", 2, "--baskets", rows, "--items", 200,
                 "--patterns", 100, "--transactions", cls.folder / f"{rows}.csv", "-o",
                 cls.folder / f"export{rows}.h5")

    # ---- nothing serial ----

    def test_customers(self):
        for ranks in by_tier((3,), (2, 3, 4)):
            runs = {}
            for rows in (FEW, MANY):
                data = self.data[rows]
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

    def test_what_is_serial_fails(self):
        """The test of the test: rank 0 gathers 4 bytes of each row by MPI itself, or holds 8."""
        model = self.folder / "serial.h5"
        for ranks, (what, each, says) in itertools.product(by_tier((3,), (2, 3, 4)), (
                ("NOTHING", 0, None), ("GATHERED", 4, "MPI carried what is not told"),
                ("HELD", 8, "memory of rank 0"))):
            few, many = (self.summary(
                "segment", self.data[rows], "-o", model, "--force", "--k", 4, "--max-iter", 5,
                ranks=ranks, prefix=("env", f"LD_PRELOAD={SERIAL}", f"SERIAL_{what}={each * rows}"))
                         for rows in (FEW, MANY))
            with self.subTest(what=what, ranks=ranks):
                if says is None:
                    self.check_growth(what, few, many)
                else:
                    with self.assertRaisesRegex(AssertionError, says):
                        self.check_growth(what, few, many)

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
                few, many = (self.summary("itemsets", self.data[MANY], "--min-count", count,
                                          "--memory", "1T", *output, ranks=ranks) for count in (400, 40))
                with self.subTest(output=name, ranks=ranks):
                    self.assertGreater(many["itemsets"], 10 * few["itemsets"])
                    # of 400 MB of rules
                    self.check_growth(f"itemsets as {name}", few, many,
                                      memory_slack=2 << 20 if name == "rules" else MEMORY_SLACK)

    def test_models_of_itemsets(self):
        models = [(model,) for model in self.itemset_models()]
        for ranks in by_tier((3,), (2, 3, 4)):
            self.check_job("verify", models, ranks, slack=CHUNKS_SLACK)
            self.check_job("inspect", models, ranks)
            page = ("-o", self.folder / "page.html", "--force", "--top", 10)
            self.check_job("report", models, ranks, more=page)

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
        data = [(self.data[rows],) for rows in (FEW, MANY)]
        scores = [(self.folder / f"scores{rows}.h5",) for rows in (FEW, MANY)]
        models = []
        for (rows,), (score,) in zip(data, scores):
            models.append((self.segment(int(rows.stem), "shown")[0],))
            self.summary("score", rows, models[-1][0], "-o", score, "--force")
        for ranks in by_tier((3,), (2, 3, 4)):
            self.check_job("verify", scores, ranks, slack=CHUNKS_SLACK)
            self.check_job("verify", models, ranks, slack=CHUNKS_SLACK)

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_other_jobs(self):
        data = [(self.data[rows],) for rows in (FEW, MANY)]
        models = [(self.segment(rows, "shown")[0],) for rows in (FEW, MANY)]
        by_segment = [(model,) for model in self.itemset_models("--by-segment", models[1][0])]
        page = ("-o", self.folder / "page.html", "--force")
        for ranks in (2, 3, 4):
            self.check_job("verify", data, ranks, slack=CHUNKS_SLACK)
            self.check_job("inspect", data, ranks)
            self.check_job("inspect", models, ranks)
            self.check_job("report", [(*model, "--data", *rows) for model, rows in zip(models, data)],
                           ranks, more=page)
            self.check_job("verify", by_segment, ranks, slack=CHUNKS_SLACK)
            self.check_job("inspect", by_segment, ranks)
            self.check_job("report", by_segment, ranks, more=page)
            self.check_job("generate", [("--rows", rows, "--columns", 4, "--baskets", rows)
                                        for rows in (FEW, MANY)], ranks,
                           more=("-o", self.folder / "made.h5", "--force"), slack=CHUNKS_SLACK)

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
            gaps = (self.gap(self.segment(FEW, "again", ranks=ranks)[1]) for _ in range(10))
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
