# SPDX-License-Identifier: Apache-2.0
"""`itemsets --checkpoint`: stopped in the middle of the search, gone on with on other ranks and
threads, and the same result in the end as of a run that was never stopped."""
import json
import shutil
import signal
import unittest

import h5py
import numpy

from interrupted import interrupt, stop_in
from patron_test import DATA, PatronTest, by_tier, must, run, write_dataset

SETS, TEXT, NUMBERS = ("-o", "sets.h5"), ("--text", "sets.txt"), ("--count-only",)
MODES = {
    "sets": (SETS, "--min-count", 25),
    "numbers": (NUMBERS, "--min-count", 20),
    "text": (TEXT, "--min-count", 25),
    "closed": (SETS, "--min-count", 25, "--kind", "closed"),
    "maximal": (TEXT, "--min-count", 25, "--kind", "maximal"),
    "rules": (SETS, "--min-count", 45, "--rules", "--min-confidence", 0.5),
    "top": (SETS, "--top", 3000, "--min-length", 2),
    "top maximal": (SETS, "--min-count", 30, "--kind", "maximal", "--top", 100),
    "included": (SETS, "--min-count", 12, "--include-items", "03"),
    "both": (SETS + TEXT, "--min-count", 30),
    "by segment": (SETS, "--min-count", 14, "--rules", "--by-segment", "segments.h5"),
    "by segment, top": (SETS, "--top", 400, "--by-segment", "segments.h5"),
}
# Of which each is stopped on some ranks and gone on with on others.
SHORT = ("sets", "numbers", "text", "top", "by segment")
LEGS = ((1, 2), (1, 1), (2, 1), (3, 2))  # ranks, threads


class Checkpoints(PatronTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = cls.shared_folder()
        cls.data, cls.segments = cls.shared / "data.h5", cls.shared / "segments.h5"
        must("generate", "--rows", 60, "--columns", 2, "--clusters", 3, "--baskets", 500, "--items", 40,
             "--dense", "--density", 0.25, "-o", cls.data)
        must("segment", cls.data, "--k", 3, "-o", cls.segments)

    def setUp(self):
        super().setUp()
        self.checkpoint = self.folder / "mining.checkpoint"

    def command(self, mode, data=None, checkpoint=True, every=0):
        outputs, *options = mode
        places = [self.folder / word if word.startswith("sets.") else word for word in outputs]
        places += [self.segments if word == "segments.h5" else word for word in options]
        if checkpoint:
            places += ["--checkpoint", self.checkpoint, "--checkpoint-every", every]
        return ("itemsets", data or self.data, "--json", *places)

    def result(self, process):
        """What a run has left, and printed."""
        printed = json.loads(process.stdout)
        model, text = self.folder / "sets.h5", self.folder / "sets.txt"
        told = "itemsets_by_length" if "itemsets_by_length" in printed else "segments"
        found = [printed[told],
                 self.verified_digest(model) if model.exists() else None,
                 text.read_bytes() if text.exists() else None]
        for path in (model, text):
            path.unlink(missing_ok=True)
        return found

    def stop(self, mode, ranks=1, threads=1, number=signal.SIGUSR1, **options):
        code, errors = interrupt(self.command(mode, **options), self.checkpoint, number, ranks,
                                 threads, "all" if threads > 1 else "one")
        self.assertIn(code, (0, 75), errors)
        if code == 75:
            self.assertEqual(errors.count("patron: itemsets: stopped at checkpoint"), 1, errors)
            self.assertEqual([path.name for path in self.folder.iterdir()], [self.checkpoint.name])
        return code

    def check_mode(self, name, legs):
        mode = MODES[name]
        expected = self.result(self.done(*self.command(mode, checkpoint=False), threads=2))
        stops = 0
        for leg, (ranks, threads) in enumerate(legs):
            if self.stop(mode, ranks, threads, (signal.SIGUSR1, signal.SIGTERM)[leg % 2]) == 0:
                break
            stops += 1
        self.assertGreater(stops, 0)
        if self.checkpoint.exists():
            process = self.done(*self.command(mode, every=3600))
            self.assertEqual(self.result(process), expected)
            self.assertEqual(list(self.folder.iterdir()), [])

    def test_stopped_and_gone_on_with(self):
        for name in by_tier(SHORT, MODES):
            with self.subTest(name):
                self.setUp()
                self.check_mode(name, by_tier(LEGS[:2], LEGS * 8))

    def test_on_other_ranks(self):
        for name in by_tier(("sets",), MODES):
            with self.subTest(name):
                self.setUp()
                self.check_mode(name, LEGS[2:] + LEGS[:1])

    def test_killed(self):
        mode = MODES["text"]
        expected = self.result(self.done(*self.command(mode, checkpoint=False)))
        for _ in range(by_tier(1, 20)):
            code, errors = interrupt(self.command(mode), self.checkpoint, signal.SIGKILL)
            self.assertEqual(code, -signal.SIGKILL, errors)
        self.assertEqual(self.result(self.done(*self.command(mode, every=3600))), expected)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_regular_ones_do_not_touch_the_result(self):
        for name in by_tier(("closed",), MODES):
            with self.subTest(name):
                self.setUp()
                expected = self.result(self.done(*self.command(MODES[name], checkpoint=False)))
                found = self.result(self.done(*self.command(MODES[name], every=0.02), ranks=2))
                self.assertEqual(found, expected)

    def test_stopped_among_rules(self):
        """The search is over then, and is kept; only the rules are made again."""
        many = self.shared / "many.h5"
        must("generate", "--rows", 10, "--columns", 2, "--baskets", 60000, "--items", 400, "-o", many)
        mode, status = (SETS, "--min-count", 8, "--rules", "--min-confidence", 0.3), self.folder / "status.json"
        plain = self.done(*self.command(mode, many, checkpoint=False), threads=1)
        expected, searched = self.result(plain), json.loads(plain.stdout)["mining_cpu"]["max"]
        for ranks, threads in ((1, 1), (2, 1)):
            code, errors = stop_in("rules", self.command(mode, many, every=3600), status, ranks, threads)
            self.assertEqual(code, 75, errors)
            self.assertEqual(errors.count("patron: itemsets: stopped at checkpoint"), 1, errors)
            told = json.loads(status.read_text(encoding="utf-8"))
            self.assertEqual([told["state"], told["exit_code"]], ["stopped", 75])
            self.assertFalse((self.folder / "sets.h5").exists())
        status.unlink()
        process = self.done(*self.command(mode, many, every=3600), threads=2)
        self.assertEqual(self.result(process), expected)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertLess(json.loads(process.stdout)["mining_cpu"]["max"], searched / 4)

    def test_other_runs_are_refused(self):
        sets, text = MODES["sets"], MODES["text"]
        self.assertEqual(self.stop(sets), 75)
        self.fails(65, *self.command((SETS, "--min-count", 24)), says=("--min-count '25' there, '24' now",))
        self.fails(65, *self.command(text), says=("kept 'sets' there, 'text' now",))
        other = write_dataset(self.folder / "other.h5", baskets=[[0], [1]], item_names=["a", "b"])
        self.fails(65, *self.command(sets, data=other), says=("dataset '",))
        with h5py.File(self.checkpoint, "r+") as file:
            file["shares/bytes"][0] ^= 1
        self.fails(65, *self.command(sets), says=("damaged",))
        self.assertFalse((self.folder / "sets.h5").exists())

    def test_text_that_is_read(self):
        """Baskets of text are known by what they hold, on any ranks."""
        draw = numpy.random.default_rng(3)
        lines = [" ".join(map(str, numpy.flatnonzero(draw.random(30) < 0.4))) for _ in range(400)]
        baskets = self.shared / "baskets.dat"
        baskets.write_text("\n".join(lines) + "\n")
        mode = (NUMBERS, "--min-count", 12)
        expected = self.result(self.done(*self.command(mode, baskets, checkpoint=False)))
        self.assertEqual(self.stop(mode, data=baskets), 75)
        baskets.write_text("\n".join(lines[::-1]) + "\n")
        self.fails(65, *self.command(mode, baskets), says=("baskets '",))
        baskets.write_text("\n".join(lines) + "\n")
        process = self.done(*self.command(mode, baskets, every=3600), ranks=2)
        self.assertEqual(self.result(process), expected)

    def test_killed_after_its_output_was_there(self):
        mode = (SETS, "--min-count", 40)
        self.assertEqual(self.stop(mode), 75)
        kept, model = self.folder / "kept", self.folder / "sets.h5"
        shutil.copy2(self.checkpoint, kept)
        self.done(*self.command(mode))
        digest = self.verified_digest(model)
        shutil.copy2(kept, self.checkpoint)
        self.done(*self.command(mode))
        self.assertEqual(self.verified_digest(model), digest)
        self.assertFalse(self.checkpoint.exists())
        shutil.copy2(kept, self.checkpoint)
        self.done(*self.command((SETS, "--min-count", 60), checkpoint=False), "--force")
        self.fails(73, *self.command(mode), says=("another run made it",))
        self.assertNotEqual(self.verified_digest(model), digest)

    def test_killed_after_its_text_was_there(self):
        """The same text is what this run made; any other stays, and the checkpoint too."""
        kept, text = self.folder / "kept", self.folder / "sets.txt"
        for name, ranks in (("text", 1), ("both", 2)):
            with self.subTest(name):
                mode = MODES[name]
                self.assertEqual(self.stop(mode), 75)
                shutil.copy2(self.checkpoint, kept)
                self.done(*self.command(mode, every=3600))
                found = text.read_bytes()
                shutil.copy(kept, self.checkpoint)  # newer than the text: stopped once more after that
                self.done(*self.command(mode, every=3600), ranks=ranks)
                self.assertEqual(text.read_bytes(), found)
                self.assertFalse(self.checkpoint.exists())
                for other in (found[:-9], found + b"1 (1)\n", b""):
                    shutil.copy2(kept, self.checkpoint)
                    text.write_bytes(other)
                    self.fails(73, *self.command(mode, every=3600), ranks=ranks, says=(str(text), "another run made it"))
                    self.assertEqual(text.read_bytes(), other)
                    self.assertTrue(self.checkpoint.exists())
                self.done(*self.command(mode, every=3600), "--force")
                self.assertEqual(text.read_bytes(), found)
                for path in self.folder.iterdir():
                    path.unlink()

    def test_wrong_usage(self):
        for text in ("-", "/dev/null"):
            self.fails(64, "itemsets", self.data, "--min-count", 50, "--text", text, "--checkpoint",
                       self.checkpoint, says=("give a file",))
        self.fails(64, "itemsets", self.data, "--min-count", 50, "--text", self.checkpoint,
                   "--checkpoint", self.checkpoint, says=("--checkpoint and --text are both",))


if __name__ == "__main__":
    unittest.main()
