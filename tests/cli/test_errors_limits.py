# SPDX-License-Identifier: Apache-2.0
"""What runs short: the disk at different moments, the size allowed to a file, memory, threads."""
import contextlib
import os
import pathlib
import subprocess
import unittest

import numpy

from failure_test import FailureTest, needs_root
from patron_test import MEDIUM, by_tier, run

PAGE = 4  # KiB
FAULT = "patron: SIGSEGV: "  # in a library that does not check what it allocates
NO_MPI = "An error occurred in MPI_Init"  # it, too, needs memory, and ends the process


class Shortage(FailureTest):
    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(5)
        self.data = self.dataset(features=random.normal(size=(40000, 3)).astype("float32"),
                                 ids=numpy.arange(40000, dtype="uint64"))
        self.table = self.file("table.csv", "id,x,y,z\n" + "".join(
            f"customer-{row},{row},{row % 7},{row % 11}\n" for row in range(3000)))
        self.baskets = self.file("baskets.dat", "".join(
            " ".join(str(item) for item in random.choice(40, size=9, replace=False)) + "\n"
            for _ in range(400)))

    def commands(self, output):
        return {"segment": ("segment", self.data, "--k", 2, "--max-iter", 2, "-o", output),
                "itemsets": ("itemsets", self.baskets, "--min-count", 2, "--max-length", 3, "--rules",
                             "--min-confidence", 0.1, "-o", output),
                "text": ("itemsets", self.baskets, "--min-count", 2, "--max-length", 3, "--text",
                         output),
                "ingest": ("ingest", "--features", self.table, "--id", "id", "-o", output),
                "parts": ("ingest", "--features", self.table, "--id", "id", "--parts", 3, "-o",
                          output),
                "generated": ("generate", "--rows", 3000, "--columns", 5, "--baskets", 9000, "-o",
                              output),
                "generated parts": ("generate", "--rows", 3000, "--columns", 5, "--baskets", 9000,
                                    "--parts", 3, "-o", output),
                "export": ("generate", "--baskets", 2000, "--transactions", output),
                **by_tier({}, self.readers_of_models(output))}

    def readers_of_models(self, output):
        model = self.folder / "model.h5"
        if not model.exists():
            self.done("segment", self.data, "--k", 2, "--max-iter", 2, "-o", model)
        return {"score": ("score", self.data, model, "-o", output),
                "scored text": ("score", self.data, model, "--text", output),
                "outliers": ("segment", self.data, "--k", 2, "--max-iter", 2, "-o", self.folder / "again.h5", "--force",
                             "--outliers", output),
                "report": ("report", model, "--data", self.data, "-o", output)}

    def whole_size(self, command):
        """Bytes of the output, or of the smallest of its parts times their number."""
        self.done(*command)
        path = pathlib.Path(command[-1])
        if path.is_file():
            return path.stat().st_size
        return sum(part.stat().st_size for part in path.iterdir())


@needs_root
class Disk(Shortage):
    @contextlib.contextmanager
    def disk(self, kibibytes, inodes=0):
        """A file system of that size, mounted below the test's folder."""
        path = self.folder / "disk"
        path.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k,nr_inodes={inodes}", "tmpfs", path],
            stderr=subprocess.PIPE, text=True, check=False)
        if mounted.returncode != 0:
            path.rmdir()
            self.skipTest("no file system can be mounted here: " + mounted.stderr.strip())
        try:
            yield path
        finally:
            subprocess.run(["umount", path], check=True)
            path.rmdir()

    def fails_on(self, name, kibibytes, ranks, **options):
        with self.subTest(job=name, kibibytes=kibibytes, ranks=ranks):
            with self.disk(kibibytes, **options) as disk:
                command = self.commands(disk / "out.h5")[name]
                self.fails(74, *command, ranks=ranks, says=("out.h5", "No space left"))
                self.assertEqual(os.listdir(disk), [])

    def fails_below_its_size(self, name):
        """Sizes at which it fails at the start, in the layout, in the bulk, and at the end."""
        size = self.whole_size(self.commands(self.out)[name]) // 1024
        sizes = (PAGE, 2 * PAGE, size // 3, 2 * size // 3, size - PAGE)
        for index, kibibytes in enumerate(sizes[::by_tier(2, 1)]):
            self.fails_on(name, kibibytes, (3, 1, 2)[index % 3])
        with self.disk(size + 16 * PAGE) as disk:
            self.done(*self.commands(disk / "out.h5")[name], ranks=2)

    def test_segment(self):
        self.fails_below_its_size("segment")

    def test_itemsets(self):
        self.fails_below_its_size("itemsets")

    def test_text(self):
        self.fails_below_its_size("text")

    def test_ingest(self):
        self.fails_below_its_size("ingest")

    def test_ingest_of_parts(self):
        self.fails_below_its_size("parts")

    def test_generate(self):
        self.fails_below_its_size("generated parts")

    def test_export(self):
        self.fails_below_its_size("export")

    @unittest.skipUnless(MEDIUM, "in the medium tier")
    def test_readers_of_models(self):
        for name in self.readers_of_models(self.out):
            self.fails_below_its_size(name)
            self.out.unlink(missing_ok=True)

    def test_read_only(self):
        with self.disk(1024) as disk:
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            for index, name in enumerate(by_tier(("parts", "text"), self.commands(self.out))):
                self.fails(73, *self.commands(disk / "out.h5")[name], ranks=1 + index % 2,
                           says=("out.h5", "Read-only file system"))

    def test_no_room_for_a_name(self):
        for name in self.commands(self.out):
            self.fails_on(name, 1024, 2, inodes=1)

    def test_no_room_for_the_second_part(self):
        self.fails_on("parts", 1024, 2, inodes=3)

    def test_what_was_there_stays(self):
        with self.disk(8 * PAGE) as disk:
            (disk / "out.h5").write_text("mine\n", encoding="ascii")
            for name in ("segment", "text"):
                self.fails(74, *self.commands(disk / "out.h5")[name], "--force", ranks=2)
                self.assertEqual(os.listdir(disk), ["out.h5"])
                self.assertEqual((disk / "out.h5").read_text(encoding="ascii"), "mine\n")


class FileSize(Shortage):
    """Files may not grow beyond a size: a signal that would end the process unless it is ignored."""

    def limited(self, kibibytes):
        return ("bash", "-c", f'ulimit -f {kibibytes}; exec "$@"', "bash")

    def test_each_job(self):
        for index, (name, command) in enumerate(self.commands(self.out).items()):
            size = self.whole_size(command) // 1024
            command = self.commands(self.folder / f"{name}.out")[name]
            limit = size // 7 if "parts" in name else size // 2
            self.fails_alike(74, *command, prefix=self.limited(limit), says=("File too large",),
                             env={"OMPI_MCA_btl": "self,tcp"}, ranks=(1, 2 + index % 2))
            for path in (self.out,) if self.out.is_file() else self.out.iterdir():
                path.unlink()
            if self.out.is_dir():
                self.out.rmdir()


class Memory(Shortage):
    """Memory ends at 71 and one message, also where it ends on one rank alone.  Libraries that do
    not check what they allocate may break instead: that is 70, and one line too."""

    def setUp(self):
        super().setUp()
        self.large = self.dataset("large.h5", features=numpy.zeros((2000000, 16), dtype="float32"),
                                  ids=numpy.arange(2000000, dtype="uint64"))

    def limited(self, mebibytes, rank=None):
        """The allocator reserves 64 MiB of addresses a thread, or not, as threads meet: one arena."""
        when = "true" if rank is None else f'test "$OMPI_COMM_WORLD_RANK" = {rank}'
        return ("bash", "-c", f'if {when}; then ulimit -v {1024 * mebibytes}; fi; '
                'MALLOC_ARENA_MAX=1 exec "$@"', "bash")

    def least(self, ranks):
        """The least memory with which a small job runs."""
        small = self.dataset("small.h5")
        for mebibytes in range(64, 1024, 32):
            process = run("segment", small, "--k", 2, "--threads", 1, "--force", "-o",
                          self.folder / "small.out", ranks=ranks, prefix=self.limited(mebibytes))
            if process.returncode == 0:
                return mebibytes
        return self.skipTest("no job runs in 1 GiB here")

    def test_too_little_for_the_data(self):
        least = self.least(1)
        for more in (0, 16, 32, 48):
            for command in (("segment", self.large, "--k", 2, "--threads", 1, "-o", self.out),
                            ("verify", "--threads", 1, self.large)):
                process = run(*command, prefix=self.limited(least + more))
                if command[0] == "verify" and process.returncode == 0:
                    continue
                code = 70 if FAULT in process.stderr else 71
                self.check_failure(process, code, () if code == 70 else ("memory",))
                self.assertFalse(self.out.exists())

    def test_too_little_on_one_rank(self):
        least, failures = self.least(3), 0
        for rank in range(3):
            process = run("segment", self.large, "--k", 2, "--threads", 1, "-o", self.out, ranks=3,
                          prefix=self.limited(least, rank))
            if NO_MPI in process.stderr:
                continue
            code = 70 if FAULT in process.stderr else 71
            self.check_failure(process, code)
            self.assertFalse(self.out.exists())
            failures += 1
        if failures == 0:
            self.skipTest("memory ends in MPI_Init here")
        self.assertEqual([name for name in os.listdir(self.folder) if "partial" in name], [])

    def test_threads_that_cannot_be_started(self):
        process = run("segment", self.data, "--k", 2, "--threads", 4000, "-o", self.out,
                      prefix=self.limited(self.least(1) + 256))
        self.check_failure(process, 71, ("threads",))
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
