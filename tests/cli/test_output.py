# SPDX-License-Identifier: Apache-2.0
"""Outputs: what may be replaced, by whom, and that nothing half-written takes the name."""
import os
import shutil
import subprocess
import sys
import unittest

import h5py

from failure_test import BASKETS, FEATURES, RANKS, FailureTest, listing, needs_root
from patron_test import LAUNCH, PATRON, run

ORDINARY = "nobody"


class OutputTest(FailureTest):
    def setUp(self):
        super().setUp()
        self.data = self.dataset()
        self.table = self.file("table.csv", "id,x\na,1\nb,2\n")

    def commands(self, output):
        """Each job with its output."""
        return (("segment", self.data, "--k", 2, "-o", output),
                ("itemsets", self.data, "--min-count", 1, "-o", output),
                ("itemsets", self.data, "--min-count", 1, "--text", output),
                ("ingest", "--features", self.table, "--id", "id", "-o", output),
                ("ingest", "--features", self.table, "--id", "id", "--parts", 2, "-o", output))

    def refused(self, output, *says, ranks=(3,), code=73, user=None, force=False):
        for command in self.commands(output):
            self.fails_alike(code, *command, *(["--force"] if force else []), says=says, ranks=ranks,
                             user=user)


class Existing(OutputTest):
    def test_file(self):
        self.out.write_text("mine\n", encoding="ascii")
        self.refused(self.out, "out.h5", "exists", "--force", ranks=RANKS)

    def test_folder(self):
        self.out.mkdir()
        self.refused(self.out, "out.h5", "exists")

    def test_link_to_nothing(self):
        self.out.symlink_to(self.folder / "none.h5")
        self.refused(self.out, "out.h5", "leads nowhere", ranks=(1,))

    def test_before_any_work(self):
        self.out.write_text("mine\n", encoding="ascii")
        missing = self.folder / "none.h5"
        for command in (("segment", missing), ("itemsets", missing, "--min-count", 1),
                        ("ingest", "--baskets", missing)):
            self.fails_alike(73, *command, "-o", self.out, says=("exists",), ranks=(2,))

    def test_replaced_by_force(self):
        for command in self.commands(self.out):
            for ranks in (1, 3):
                self.done(*command, "--force", ranks=ranks)
                self.assertEqual(set(os.listdir(self.folder)), {"data.h5", "table.csv", "out.h5"})
        self.done("verify", self.out)
        self.assertEqual(len(os.listdir(self.out)), 2)

    def test_not_replaced_when_the_job_fails(self):
        self.out.write_text("mine\n", encoding="ascii")
        self.fails_alike(65, "segment", self.data, "--k", 13, "-o", self.out, "--force")
        self.assertEqual(self.out.read_text(encoding="ascii"), "mine\n")

    def test_folder_with_other_things(self):
        self.out.mkdir()
        (self.out / "part-00000.h5").write_text("", encoding="ascii")
        (self.out / "diary.txt").write_text("mine\n", encoding="ascii")
        self.refused(self.out, "out.h5", "not replaced", force=True)

    def test_folder_in_a_folder_of_parts(self):
        (self.out / "part-00000.h5").mkdir(parents=True)
        (self.out / "part-00000.h5" / "diary.txt").write_text("mine\n", encoding="ascii")
        self.refused(self.out, "out.h5", "not replaced", force=True, ranks=(1,))

    def test_model_in_the_place_of_parts(self):
        self.done("ingest", "--features", self.table, "--id", "id", "--parts", 2, "-o", self.out)
        self.fails_alike(73, "segment", self.data, "--k", 2, "-o", self.out, "--force",
                         says=("not replaced by a file",), ranks=(2,))
        self.done("verify", self.out)


class Folder(OutputTest):
    def test_missing(self):
        self.refused(self.folder / "none" / "out.h5", "none", "No such file", ranks=(1, 3))

    def test_a_file(self):
        self.refused(self.data / "out.h5", "data.h5", ranks=(2,))

    def test_name_too_long(self):
        self.refused(self.folder / ("x" * 250), "File name too long", ranks=(2,))

    @needs_root
    def test_not_writable(self):
        os.chmod(self.folder, 0o755)
        self.refused(self.out, "Permission denied", ranks=(1, 3), user=ORDINARY)

    @needs_root
    def test_not_readable(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o700)
        os.chmod(self.folder, 0o755)
        self.refused(locked / "out.h5", "Permission denied", ranks=(1,), user=ORDINARY)

    @needs_root
    def test_written_by_an_ordinary_user(self):
        os.chmod(self.folder, 0o777)
        self.done("segment", self.data, "--k", 2, "-o", self.out, ranks=2, user=ORDINARY)
        self.done("verify", self.out, user=ORDINARY)


class Input(OutputTest):
    @needs_root
    def test_not_readable(self):
        os.chmod(self.folder, 0o777)
        os.chmod(self.data, 0o600)
        os.chmod(self.table, 0o600)
        says = ("Permission denied",)
        for command in (("verify", self.data), *self.commands(self.out)):
            self.fails_alike(66, *command, user=ORDINARY, says=says, ranks=(1, 3))

    @needs_root
    def test_part_not_readable(self):
        os.chmod(self.folder, 0o777)
        parts = self.dataset("parts", features=FEATURES, baskets=BASKETS, parts=3)
        os.chmod(parts / "part-00002.h5", 0o600)
        for command in (("verify", parts), ("segment", parts, "--k", 2, "-o", self.out),
                        ("itemsets", parts, "--min-count", 1, "-o", self.out)):
            self.fails_alike(66, *command, user=ORDINARY, ranks=(2,),
                             says=("part-00002.h5", "Permission denied"))
        os.chmod(parts, 0o700)
        self.fails_alike(66, "verify", parts, user=ORDINARY, ranks=(2,), says=("Permission denied",))


class StandardOutput(OutputTest):
    def to(self, path, *command, ranks=1):
        words = [PATRON, *(str(word) for word in command)]
        if ranks > 1:
            words = [str(LAUNCH), str(ranks), *words]
        with open(path, "w", encoding="ascii") as stream:
            return subprocess.run(words, stdout=stream, stderr=subprocess.PIPE, text=True,
                                  timeout=300, check=False)

    def test_full(self):
        self.done("segment", self.data, "--k", 2, "-o", self.folder / "model.h5")
        for command in (("--help",), ("--version",), ("segment", "--help"), ("verify", self.data),
                        ("verify", "--digest", self.data), ("verify", "--json", self.data),
                        ("segment", self.data, "--k", 2, "--force", "-o", self.out),
                        ("segment", self.data, "--k", 2, "--json", "--force", "-o", self.out),
                        ("itemsets", self.data, "--min-count", 1, "--force", "-o", self.out),
                        ("itemsets", self.data, "--min-count", 1, "--text", "-"),
                        ("itemsets", self.data, "--min-count", 1, "--count-only"),
                        ("ingest", "--features", self.table, "--id", "id", "--force", "-o",
                         self.out)):
            with self.subTest(command=command):
                self.check_failure(self.to("/dev/full", *command), 74, ("standard output",))
        self.done("verify", self.out)

    def test_reader_that_goes_away(self):
        baskets = self.file("big.dat", "".join(
            " ".join(str(7 * basket % 5000 + item) for item in range(12)) + "\n"
            for basket in range(800)))
        for ranks in RANKS:
            process = run("itemsets", baskets, "--min-count", 1, "--text", "-", ranks=ranks,
                          prefix=("bash", "-c", 'set -o pipefail; "$@" | head -n 1', "bash"))
            self.assertEqual((process.returncode, process.stderr), (0, ""), ranks)
            self.assertEqual(len(process.stdout.splitlines()), 1)

    def test_closed(self):
        process = subprocess.run(["sh", "-c", 'exec "$@" >&- 2>&-', "sh", PATRON, "segment",
                                  str(self.data), "--k", "2", "-o", str(self.out)],
                                 timeout=300, check=False)
        self.assertIn(process.returncode, (0, 74))
        self.done("verify", self.out)


class AtOnce(OutputTest):
    """Several runs with the same output at the same time."""

    def together(self, *command, count=4):
        words = [PATRON, *(str(word) for word in command)]
        processes = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      text=True) for _ in range(count)]
        ends = [(process.communicate(timeout=120)[1], process.returncode) for process in processes]
        self.assertEqual([name for name in os.listdir(self.folder) if "partial" in name], [])
        return ends

    def test_one_wins(self):
        for command in self.commands(self.out):
            ends = self.together(*command)
            codes = sorted(code for _, code in ends)
            self.assertEqual(codes, [0, 73, 73, 73], ends)
            self.remove_output(command)

    def test_all_win_by_force(self):
        for command in self.commands(self.out):
            ends = self.together(*command, "--force")
            self.assertEqual([code for _, code in ends], [0] * len(ends), ends)
            self.remove_output(command)

    def remove_output(self, command):
        if "--text" not in command:
            self.done("verify", self.out)
        if self.out.is_dir():
            self.assertEqual(len(os.listdir(self.out)), 2)
            for part in self.out.iterdir():
                part.unlink()
            self.out.rmdir()
        else:
            self.out.unlink()

    def test_on_two_ranks_each(self):
        command = [str(LAUNCH), "2", PATRON, "segment", str(self.data), "--k", "2", "-o",
                   str(self.out)]
        processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      text=True) for _ in range(2)]
        codes = sorted(process.wait(timeout=120) for process in processes)
        for process in processes:
            process.stderr.close()
        self.assertEqual(codes, [0, 73])
        self.done("verify", self.out)
        self.assertEqual(set(listing(self.folder)), {"data.h5", "table.csv", "out.h5"})


class Left(OutputTest):
    """What dead runs left beside the output goes when the next one has ended well."""

    @staticmethod
    def partial_of(pid):
        """What a process on this machine adds to its output's name while it writes."""
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            start = file.read()
        machine = 2166136261
        for byte in start + os.stat("/proc/self/ns/pid").st_ino.to_bytes(8, sys.byteorder):
            machine = (machine ^ byte) * 16777619 & 0xffffffff
        return f".partial.{(machine >> 8) << 40 | pid << 16:016x}"

    def test_however_the_output_is_named(self):
        dead = subprocess.Popen(["true"])
        dead.wait()
        (self.folder / "sub").mkdir()
        for name in ("out.h5", "./out.h5", "sub/../out.h5", self.folder / "out.h5", "sub/out.h5"):
            for command in self.commands(name):
                place = self.folder / name
                left, alive, other = (place.with_name(beside) for beside in (
                    "out.h5" + self.partial_of(dead.pid), "out.h5" + self.partial_of(os.getpid()),
                    "our.h5" + self.partial_of(dead.pid)))
                for path in (left, alive, other):
                    path.write_text("half", encoding="ascii")
                with self.subTest(name=name, command=command):
                    process = run(*command, cwd=self.folder)
                    self.assertEqual((process.returncode, process.stderr), (0, ""))
                    self.assertEqual([path.exists() for path in (left, alive, other)],
                                     [False, True, True])
                (shutil.rmtree if place.is_dir() else os.remove)(place)


class Whole(OutputTest):
    def test_modes_follow_the_mask(self):
        previous = os.umask(0o027)
        try:
            for command in self.commands(self.out)[:4]:
                self.assertEqual(run(*command, "--force").returncode, 0)
                self.assertEqual(self.out.stat().st_mode & 0o777, 0o640, command)
        finally:
            os.umask(previous)

    def test_dataset_is_not_touched(self):
        before = listing(self.folder)
        self.done("segment", self.data, "--k", 2, "-o", self.folder / "m.h5", ranks=2)
        (self.folder / "m.h5").unlink()
        self.assertEqual(listing(self.folder), before)
        with h5py.File(self.data) as file:
            self.assertEqual(file["customers/features"].shape, FEATURES.shape)


if __name__ == "__main__":
    unittest.main()
