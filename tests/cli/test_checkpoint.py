# SPDX-License-Identifier: Apache-2.0
"""`segment --checkpoint`: stopped by signals or killed at safe points, gone on with on other ranks
and threads, and the same model in the end."""
import contextlib
import os
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy

from interrupted import interrupt, stamp, stop_in
from patron_test import LAUNCH, PATRON, PatronTest, by_tier, must, streaming_memory, write_dataset
from processes import ranks_of

FITS = {
    "k-means||": ("--k", 7, "--n-init", 2, "--max-iter", 12),
    "k-means++": ("--k", 12, "--init", "k-means++"),
    "refined": ("--k", 5, "--init", "random", "--refine", 2, "--max-iter", 20),
    "sweep": ("--k-range", "2..4", "--gap-draws", 1, "--stability-pairs", 1, "--max-iter", 8),
    "streamed": ("--k", 7, "--memory", "STREAMING"),
}
STREAMING = ("--memory", "STREAMING")


class Checkpoints(PatronTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = cls.shared_folder()
        cls.data = cls.shared / "data.h5"
        must("generate", "--rows", 3000, "--columns", 5, "--clusters", 7, "--separation", 0.6,
             "--weights", "--missing", 0.02, "-o", cls.data)
        cls.memory = streaming_memory(cls.data)

    def setUp(self):
        super().setUp()
        self.model, self.checkpoint = self.folder / "model.h5", self.folder / "fit.checkpoint"

    def command(self, fit, every=0, data=None):
        return ("segment", data or self.data, "-o", self.model, "--checkpoint", self.checkpoint,
                "--checkpoint-every", every, *self.words(fit))

    def words(self, fit):
        return [self.memory if word == "STREAMING" else word for word in fit]

    def interrupt(self, fit, ranks, threads, number, **options):
        return interrupt(self.command(fit), self.checkpoint, number, ranks, threads, **options)

    def plain_digest(self, fit):
        plain = self.folder / "plain.h5"
        self.done("segment", self.data, "-o", plain, *(word for word in fit if word not in STREAMING), threads=1)
        return self.verified_digest(plain)

    def check_end(self, fit, threads=1, left=(), **options):
        self.done(*self.command(fit), threads=threads, **options)
        self.assertEqual(self.verified_digest(self.model), self.plain_digest(fit))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         sorted(["model.h5", "plain.h5", *left]))

    def test_stopped_and_gone_on_with(self):
        for name, fit in FITS.items():
            with self.subTest(name):
                self.setUp()
                stops = 0
                for leg in range(by_tier(2, 40)):
                    number = (signal.SIGUSR1, signal.SIGTERM)[leg % 2]
                    code, errors = self.interrupt(fit, 1, 1 + leg % 2, number)
                    if code == 0:
                        break
                    self.assertEqual(code, 75, errors)
                    self.assertIn("run the same command again", errors)
                    self.assertTrue(self.checkpoint.exists())
                    self.assertFalse(self.model.exists())
                    stops += 1
                self.assertGreater(stops, 0)
                if code != 0:
                    self.check_end(fit)

    def test_on_other_ranks(self):
        fit = FITS["k-means||"]
        code, errors = self.interrupt(fit, 2, 1, signal.SIGUSR1, to="one")
        self.assertEqual(code, 75, errors)
        self.assertEqual(errors.count("patron: segment: "), 1, errors)
        code, errors = self.interrupt(fit, 1, 2, signal.SIGTERM)
        self.assertEqual(code, 75, errors)
        self.check_end(fit, ranks=3, threads=2)

    def test_signals_to_mpirun(self):
        """USR1 it forwards; after TERM it leaves the ranks so little that they may not come to a safe point: then the
        last regular checkpoint counts."""
        fit = ("--k", 7, "--n-init", 8, "--max-iter", 12)
        code, errors = self.interrupt(fit, 2, 1, signal.SIGUSR1, to="mpirun")
        self.assertEqual(code, 75, errors)
        self.assertEqual(errors.count("run the same command again"), 1, errors)
        code, errors = self.interrupt(fit, 2, 1, signal.SIGTERM, to="mpirun")
        self.assertNotEqual(code, 0, errors)
        self.assertTrue(self.checkpoint.exists())
        self.assertFalse(self.model.exists())
        self.check_end(fit)

    def test_signals_until_it_has_ended(self):
        """Those after the first come while it writes, and while MPI ends; Slurm may send one to the script, which passes
        it on, and to the ranks."""
        fit = ("--k", 7, "--n-init", 8, "--max-iter", 12)
        for ranks in (1, 2):
            words = [PATRON, *map(str, self.command(fit)), "--threads", "1"]
            with subprocess.Popen(([str(LAUNCH), "2"] if ranks == 2 else []) + words, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True) as process:
                before = stamp(self.checkpoint)
                while process.poll() is None and stamp(self.checkpoint) in (before, None):
                    time.sleep(0.001)
                pids = ranks_of(process, ranks)
                while process.poll() is None:
                    for pid in pids:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGUSR1)
                    time.sleep(0.001)
                errors = process.communicate()[1]
            self.assertEqual(process.returncode, 75, errors)
            self.assertFalse(self.model.exists())
        self.check_end(fit)

    def test_killed(self):
        fit = FITS["k-means||"]
        for _ in range(by_tier(2, 20)):
            code, errors = self.interrupt(fit, 1, 1, signal.SIGKILL)
            self.assertEqual(code, -signal.SIGKILL, errors)
            self.assertFalse(self.model.exists())
        self.check_end(fit)

    def test_one_that_cannot_be_written(self):
        """A regular one is a warning; after a signal it is the error."""
        place, away = self.folder / "place", self.folder / "away"
        for fits, number, code in ((8, None, 0), (500, signal.SIGUSR1, 73)):
            place.mkdir()
            fit = ("--k", 7, "--n-init", fits)
            command = ("segment", self.data, "-o", self.model, *fit, "--checkpoint", place / "kept", "--checkpoint-every", 0)
            with subprocess.Popen([PATRON, *map(str, command), "--threads", "1"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True) as process:
                while process.poll() is None and not (place / "kept").exists():
                    time.sleep(0.001)
                place.rename(away)
                if number is not None:
                    process.send_signal(number)
                errors = process.communicate()[1]
            self.assertEqual(process.returncode, code, errors)
            if number is None:
                self.assertIn("patron: warning: no checkpoint was written: ", errors)
                self.assertEqual(self.verified_digest(self.model), self.plain_digest(fit))
            else:
                self.assertIn("patron: segment: ", errors)
                self.assertFalse(self.model.exists())
            self.model.unlink(missing_ok=True)
            shutil.rmtree(away)

    def test_regular_ones_do_not_touch_the_result(self):
        self.check_end(FITS["k-means||"], ranks=2)

    def test_stopped_while_fits_are_judged(self):
        sweep = ("--k-range", "2..3", "--gap-draws", 12, "--stability-pairs", 6, "--max-iter", 4)
        for fit in by_tier((sweep,), (sweep, ("--k", 5, "--validate", "--stability-pairs", 40))):
            with self.subTest(fit):
                self.setUp()
                code, errors = self.interrupt(fit, 1, 1, signal.SIGUSR1, holds=b"resampled.")
                self.assertEqual(code, 75, errors)
                self.check_end(fit, ranks=2)

    def test_stopped_among_silhouettes(self):
        """Nothing of these is kept, and they take minutes where many rows are paired."""
        data, status = self.folder / "many.h5", self.folder / "status.json"
        must("generate", "--rows", 16000, "--columns", 20, "--clusters", 4, "-o", data)
        fit, plain = ("--k", 4, "--validate", "--silhouette-rows", 16000, "--stability-pairs", 1), self.folder / "plain.h5"
        code, errors = stop_in("silhouettes", self.command(fit, every=3600, data=data), status, ranks=2)
        self.assertEqual(code, 75, errors)
        self.assertFalse(self.model.exists())
        self.done(*self.command(fit, data=data), threads=2)
        self.done("segment", data, "-o", plain, *fit, threads=2)
        self.assertEqual(self.verified_digest(self.model), self.verified_digest(plain))
        self.assertFalse(self.checkpoint.exists())

    def test_the_streamed_one_is(self):
        """The fit that is called so reads its rows again and again, wherever it goes on."""
        fit = FITS["streamed"]
        code, errors = self.interrupt(fit, 1, 1, signal.SIGUSR1)
        self.assertEqual(code, 75, errors)
        self.assertIs(self.summary(*self.command(fit), threads=2)["streamed"], True)
        self.model.unlink()
        self.assertIs(self.summary("segment", self.data, "-o", self.model, "--k", 7)["streamed"], False)

    def test_killed_after_its_output_was_there(self):
        """The same command is done with it; what another run made stays."""
        self.stop()
        kept = self.folder / "kept"
        shutil.copy2(self.checkpoint, kept)
        self.done(*self.command(("--k", 6)))
        shutil.copy2(kept, self.checkpoint)
        self.check_end(("--k", 6), left=("kept",))
        shutil.copy2(kept, self.checkpoint)
        self.done("segment", self.data, "-o", self.model, "--k", 5, "--force")
        there = self.model.read_bytes()
        self.fails(73, *self.command(("--k", 6)), says=(str(self.model), "another run made it"))
        self.assertEqual(self.model.read_bytes(), there)
        self.assertTrue(self.checkpoint.exists())

    def test_killed_after_its_outliers_were_there(self):
        far, kept = self.folder / "far.csv", self.folder / "kept"
        fit = ("--k", 6, "--outliers", far)
        self.stop(fit)
        shutil.copy2(self.checkpoint, kept)
        self.done(*self.command(fit))
        found = far.read_bytes()
        shutil.copy2(kept, self.checkpoint)
        self.model.unlink()  # which comes after them
        self.done(*self.command(fit))
        self.assertEqual(far.read_bytes(), found)
        self.model.unlink()
        shutil.copy2(kept, self.checkpoint)
        far.write_bytes(found[:-1])
        self.fails(73, *self.command(fit), says=(str(far), "another run made it"))
        self.assertEqual(far.read_bytes(), found[:-1])
        self.assertTrue(self.checkpoint.exists())

    def test_killed_after_its_output_of_other_data_was_there(self):
        self.stop()
        other = self.folder / "other.h5"
        must("generate", "--rows", 3000, "--columns", 5, "--seed", 4, "-o", other)
        self.done("segment", other, "-o", self.model, "--k", 6)
        there = self.model.read_bytes()
        self.fails(73, *self.command(("--k", 6)), says=("another run made it",))
        self.assertEqual(self.model.read_bytes(), there)

    def test_leftovers_of_dead_runs_are_removed(self):
        self.interrupt(FITS["k-means||"], 1, 1, signal.SIGUSR1)
        with subprocess.Popen(["true"]) as dead:
            dead.wait()
        unasked = subprocess.Popen(["true"])  # dead, and its parent has not asked how it ended
        self.addCleanup(unasked.wait)
        os.waitid(os.P_PID, unasked.pid, os.WEXITED | os.WNOWAIT)
        # the writer's machine is known from a name that this program makes
        made = self.folder / "made"
        made.mkdir()
        process = subprocess.Popen([PATRON, "generate", "--rows", "4000000", "-o", made / "d.h5"])
        while not (found := [path.name for path in made.iterdir()]) and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        process.wait()
        self.assertRegex(found[0], r"^d\.h5\.partial\.[0-9a-f]{16}$")
        machine = found[0].split(".")[-1][:6]
        left = self.folder / f"model.h5.partial.{machine}{dead.pid:06x}0000"
        alive = self.folder / f"model.h5.partial.{machine}{os.getpid():06x}0000"
        foreign = self.folder / f"model.h5.partial.{int(machine, 16) ^ 1:06x}{dead.pid:06x}0000"
        unwritten = self.checkpoint.with_name(
            f"{self.checkpoint.name}.partial.{machine}{dead.pid:06x}0000")
        zombie = self.folder / f"model.h5.partial.{machine}{unasked.pid:06x}0000"
        for path in (left, zombie, alive, foreign, unwritten):
            path.write_text("half")
        self.done(*self.command(FITS["k-means||"], every=3600))  # and writes no checkpoint itself
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         sorted(["made", "model.h5", alive.name, foreign.name]))
        self.done("generate", "--rows", 10, "-o", made / "d.h5")
        self.assertEqual([path.name for path in made.iterdir()], ["d.h5"])

    def stop(self, fit=("--k", 6)):
        code, errors = self.interrupt(fit, 1, 1, signal.SIGUSR1)
        self.assertEqual(code, 75, errors)

    def test_other_runs_are_refused(self):
        self.stop()
        self.fails(65, *self.command(("--k", 5)), says=("--k '6' there, '5' now",))
        self.fails(65, *self.command(("--k", 6, "--seed", 1)), says=("--seed '0'",))
        other = write_dataset(self.folder / "other.h5",
                              features=numpy.arange(60.0, dtype="f4").reshape(20, 3))
        self.fails(65, *self.command(("--k", 6), data=other), says=("dataset '",))
        with h5py.File(self.checkpoint, "r+") as file:
            values = file["made_for/values"]
            index = list(file["made_for/names"].asstr()).index("version")
            values[index] = b"0.0.0"
        self.fails(65, *self.command(("--k", 6)), says=("version '0.0.0' there",))
        self.assertFalse(self.model.exists())

    def test_start_of_a_given_model_must_be_the_same(self):
        start = self.folder / "start.h5"
        fit = ("--init", f"{start}:/c")
        rows = numpy.random.default_rng(1).normal(size=(6, 5))
        with h5py.File(start, "w") as file:
            file["c"] = rows
        self.stop(fit)
        with h5py.File(start, "r+") as file:
            file["c"][0, 0] += 1
        self.fails(65, *self.command(fit), says=("start '",))

    def test_damaged_ones_are_refused(self):
        self.stop()
        with h5py.File(self.checkpoint, "r+") as file:
            file["records/bytes"][5] ^= 1
        self.fails(65, *self.command(("--k", 6)), says=("checksum",))
        self.checkpoint.write_text("no checkpoint")
        self.fails(65, *self.command(("--k", 6)), says=(str(self.checkpoint),))
        self.assertEqual(self.checkpoint.read_text(), "no checkpoint")

    def test_without_it_signals_end_the_program(self):
        for number in (signal.SIGUSR1, signal.SIGTERM):
            with subprocess.Popen([PATRON, "generate", "--rows", "100000000", "-o",
                                   self.folder / "large.h5"]) as process:
                while not list(self.folder.iterdir()):
                    time.sleep(0.001)
                process.send_signal(number)
                self.assertEqual(process.wait(), -number)
            for path in self.folder.iterdir():
                path.unlink()

    def test_wrong_usage(self):
        self.fails(64, "segment", self.data, "-o", self.model, "--checkpoint-every", 5,
                   says=("--checkpoint-every", "without --checkpoint"))
        self.fails(64, "segment", self.data, "-o", self.model, "--checkpoint", self.model,
                   says=("--checkpoint and --output",))
        self.fails(73, "segment", self.data, "-o", self.model, "--checkpoint",
                   self.folder / "none" / "c", says=("none",))
        self.fails(64, "verify", self.data, "--checkpoint", self.checkpoint)


if __name__ == "__main__":
    unittest.main()
