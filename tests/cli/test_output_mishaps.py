# SPDX-License-Identifier: Apache-2.0
"""What may befall an output while a job runs: its folder vanishes, the file system cannot swap two folders, a rank
may not write so much."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import time
import unittest

from failure_test import FailureTest
from patron_test import LAUNCH, PATRON, by_tier, must, run

PRELOADS = pathlib.Path(PATRON).parent / "tests"
HOLD, NO_EXCHANGE = PRELOADS / "hold_call_preload.so", PRELOADS / "no_exchange_preload.so"


def remove_while_used(folder):
    """Other ranks may make files in it meanwhile."""
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError:
            time.sleep(0.002)


class Mishaps(FailureTest):
    @classmethod
    def setUpClass(cls):
        cls.inputs = cls.shared_folder()
        cls.shop, cls.model = cls.inputs / "shop", cls.inputs / "segments.h5"
        must("generate", "--rows", 3000, "--columns", 5, "--baskets", 2000, "--items", 200, "--parts", 2, "-o",
             cls.shop)
        must("segment", cls.shop, "--k", 3, "-o", cls.model)
        must("generate", "--rows", 300, "--baskets", 2000, "--transactions", cls.inputs / "sales.csv")

    def setUp(self):
        super().setUp()
        self.place = self.folder / "place"
        self.place.mkdir()
        self.out = self.place / "out.h5"
        self.report = self.folder / "calls"

    def commands(self):
        """Each job that writes, with its output."""
        sales = ("ingest", "--transactions", self.inputs / "sales.csv", "--customer", "customer", "--basket", "invoice",
                 "--item", "item", "--quantity", "quantity", "--price", "price", "--time", "time", "--plain-ids")
        return {"segment": ("segment", self.shop, "--k", 3, "--max-iter", 4, "-o", self.out),
                "outliers": ("segment", self.shop, "--k", 3, "--max-iter", 4, "-o", self.folder / "m.h5", "--force",
                             "--outliers", self.out),
                "itemsets": ("itemsets", self.shop, "--min-count", 5, "--rules", "--min-confidence", 0.1, "-o",
                             self.out),
                "text": ("itemsets", self.shop, "--min-count", 2, "--text", self.out),
                "ingest": (*sales, "--memory", "1M", "-o", self.out),
                "parts": (*sales, "--parts", 3, "-o", self.out),
                "generated": ("generate", "--rows", 9000, "--columns", 8, "-o", self.out),
                "generated parts": ("generate", "--rows", 9000, "--columns", 8, "--parts", 3, "-o", self.out),
                "export": ("generate", "--baskets", 5000, "--transactions", self.out),
                "scores": ("score", self.shop, self.model, "-o", self.out),
                "scored text": ("score", self.shop, self.model, "--text", self.out),
                "report": ("report", self.model, "--data", self.shop, "-o", self.out)}

    # ---- at a call of one rank ----

    def start(self, command, ranks, rank=0, call=0, preloads=(HOLD,)):
        settings = {"LD_PRELOAD": ":".join(map(str, preloads)), "HOLD_BELOW": self.place, "HOLD_RANK": rank,
                    "HOLD_CALL": call, "HOLD_REPORT": self.report}
        words = ["env", *(f"{name}={value}" for name, value in settings.items()), PATRON, *map(str, command),
                 "--threads", "1"]
        return subprocess.Popen([str(LAUNCH), str(ranks), *words] if ranks > 1 else words, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def calls(self, command, ranks, **options):
        """How many calls each rank makes, undisturbed; the output is removed."""
        with self.start(command, ranks, **options) as process:
            self.check_success(process, process.communicate(timeout=120)[1])
        shutil.rmtree(self.place)
        self.place.mkdir()
        return [int(pathlib.Path(f"{self.report}.{rank}").read_text(encoding="ascii")) for rank in range(ranks)]

    def check_success(self, process, errors):
        self.assertEqual(process.returncode, 0, errors)

    @contextlib.contextmanager
    def held(self, *command, **options):
        """A process one rank of which is held; it goes on afterwards."""
        held = pathlib.Path(f"{self.report}.held")
        with self.start(*command, **options) as process:
            while not held.exists() and process.poll() is None:
                time.sleep(0.002)
            process.was_held = process.poll() is None
            yield process
            held.unlink(missing_ok=True)
            process.errors = process.communicate(timeout=600)[1]

    def vanishes(self, name, ranks, rank, call):
        """Whether the rank was held: work that goes to whoever is free makes more calls one time than another."""
        with self.subTest(job=name, ranks=ranks, rank=rank, call=call):
            with self.held(self.commands()[name], ranks, rank=rank, call=call) as process:
                is_done = self.out.exists()  # the output has its name, and only its folder is to be synced
                remove_while_used(self.place)
            process.stderr = process.errors
            remains = self.place.exists()
            self.place.mkdir(exist_ok=True)
            if not process.was_held:
                self.check_success(process, process.errors)
                self.assertTrue(is_done)
                return False
            if not is_done or process.returncode != 0:
                self.assertIn(process.returncode, (73, 74), process.errors)
                self.check_failure(process, process.returncode, ("out.h5",))
            self.assertFalse(remains)
        return True

    def test_the_folder_vanishes(self):
        jobs = self.commands()
        for index, name in enumerate(by_tier(("text", "parts"), jobs)):
            for ranks in by_tier((1 + index % 2,), (1, 2, 3)):
                counts = self.calls(jobs[name], ranks)
                for rank in by_tier((0,), range(ranks)):
                    middle, last = 1 + counts[rank] // 2, counts[rank]
                    calls = {middle} if by_tier(True, False) else {1, 2, middle // 2, middle, last - 1, last}
                    held = [self.vanishes(name, ranks, rank, call) for call in calls if 1 <= call <= last]
                    self.assertTrue(any(held) or last == 0, (name, ranks, rank))

    # ---- a file system that cannot swap ----

    def parts(self, seed, **options):
        return self.done("generate", "--rows", 50, "--parts", 2, "--seed", seed, "--force", "-o", self.out, **options)

    def test_folders_that_cannot_be_swapped(self):
        self.parts(1)
        old = self.verified_digest(self.out)
        self.assertEqual(self.parts(2).stderr, "")
        new = self.verified_digest(self.out)
        self.assertNotEqual(old, new)
        for ranks in by_tier((2,), (1, 2, 3)):
            process = self.parts(1, ranks=ranks, prefix=("env", f"LD_PRELOAD={NO_EXCHANGE}"))
            self.assertEqual(process.stderr.count("warning: "), 1)
            self.assertIn("out.h5: its file system cannot swap two folders in one step (Invalid argument)",
                          process.stderr)
            self.assertEqual(self.verified_digest(self.out), old)
            self.assertEqual(os.listdir(self.place), ["out.h5"])
            self.parts(2)

    def test_files_need_no_swap(self):
        without = {"prefix": ("env", f"LD_PRELOAD={NO_EXCHANGE}")}
        for _ in range(2):
            process = self.done("segment", self.shop, "--k", 2, "--force", "-o", self.out, **without)
            self.assertEqual(process.stderr, "")
        self.done("verify", self.out)
        self.fails(73, "segment", self.shop, "--k", 2, "-o", self.out, says=("exists",), **without)

    def test_killed_between_two_renames(self):
        """Neither has the name then, but both are whole beside it; the next run leaves its own alone."""
        self.parts(1)
        command = ("generate", "--rows", 60, "--parts", 2, "--force", "-o", self.out)
        preloads = (NO_EXCHANGE, HOLD)
        last, = self.calls(command, 1, preloads=preloads)
        old = self.verified_digest(self.parts(1) and self.out)
        for call in range(last, 0, -1):
            with self.held(command, 1, call=call, preloads=preloads) as process:
                self.assertTrue(process.was_held)
                gone = not self.out.exists()
                process.kill()
            if gone:
                break
            shutil.rmtree(self.place)
            self.place.mkdir()
            self.parts(1)
        self.assertTrue(gone)
        found = {path.suffix: self.verified_digest(path) for path in self.place.iterdir()}
        self.assertEqual(found.pop(".old"), old)
        self.done(*command)
        self.assertEqual(os.listdir(self.place), ["out.h5"])
        self.assertEqual(list(found.values()), [self.verified_digest(self.out)])

    # ---- a rank that may not write so much ----

    def test_a_size_that_one_rank_may_not_pass(self):
        refused = set()
        jobs = self.commands()
        for name, ranks in by_tier({"segment": (0,), "ingest": (1,), "report": (0,)},
                                   dict.fromkeys(jobs, (0, 1))).items():
            for rank in ranks:
                limited = ("bash", "-c", f'if [ "$OMPI_COMM_WORLD_RANK" = {rank} ]; then ulimit -f 8; fi; exec "$@"',
                           "bash")
                with self.subTest(job=name, rank=rank):
                    process = run(*jobs[name], ranks=2, threads=1, prefix=limited, env={"OMPI_MCA_btl": "self,tcp"})
                    if process.returncode != 0:  # else that rank writes little, or nothing
                        self.check_failure(process, 74, ("File too large",))
                        self.assertEqual([name for name in os.listdir(self.place) if "partial" in name], [])
                        refused.add(rank)
                    if name != "outliers" or process.returncode == 0:
                        self.assertEqual(self.out.exists(), process.returncode == 0)
                    shutil.rmtree(self.place)
                    self.place.mkdir()
        self.assertEqual(refused, {0, 1})


if __name__ == "__main__":
    unittest.main()
