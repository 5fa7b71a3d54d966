# SPDX-License-Identifier: Apache-2.0
"""The engine built for another processor, and run there by an emulator, comes to the same bits as
every set of kernels that this processor has."""
import os
import pathlib
import platform
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("PATRON_SOURCE", pathlib.Path(__file__).parents[2])).resolve()
FLAGS = ["-std=c17", "-O2", "-D_GNU_SOURCE", "-fopenmp", "-ffp-contract=off", "-fno-math-errno",
         "-Wall", "-Wextra", "-Werror", "-Wno-psabi"]
RUNTIME = ("status", "memory", "exactsum", "blocksum", "random", "elementary", "progress", "gather",
           "checkpoint", "stop", "grow", "log", "meter")
SETS = ("generic", "avx2", "avx512", "avx512vnni")
COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"


def sources():
    files = [SOURCE / "src/runtime" / f"{name}.c" for name in RUNTIME]
    files += sorted((SOURCE / "src/rows").glob("*.c")) + sorted((SOURCE / "src/kmeans").glob("*.c"))
    files += [SOURCE / "tests/support/kmeans_plain.c"]
    return files + sorted((SOURCE / "tests/portable").glob("*.c"))


class Portable(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="patron-portable."))
        self.addCleanup(shutil.rmtree, self.folder)

    def build(self, compiler, *flags):
        program = self.folder / compiler
        # Random123's headers lie with the system's, which another compiler does not search
        shutil.copytree("/usr/include/Random123", self.folder / "include/Random123",
                        dirs_exist_ok=True)
        includes = [SOURCE / "tests/portable", SOURCE / "tests/support", SOURCE / "include",
                    SOURCE / "src"]
        subprocess.run([compiler, *FLAGS, *flags, *(f"-I{path}" for path in includes), "-isystem",
                        self.folder / "include", "-o", program, *sources(), "-lm", "-lpthread"],
                       check=True)
        return program

    def lines(self, *command):
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
        return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                              env=environment, check=True).stdout.splitlines()

    @unittest.skipIf(platform.machine() != "x86_64", "compares other processors with x86-64")
    @unittest.skipIf(not shutil.which(COMPILER) or not shutil.which(EMULATOR),
                     f"needs {COMPILER} and {EMULATOR}")
    def test_aarch64(self):
        here, there = self.build("gcc"), self.build(COMPILER, "-static")
        expected = self.lines(EMULATOR, there, "generic")
        self.assertGreater(len(set(expected)), 40)
        compared = 0
        for name in SETS:
            if subprocess.run([here, name], stdout=subprocess.DEVNULL, check=False).returncode != 1:
                self.assertEqual(self.lines(here, name), expected, name)
                compared += 1
        self.assertGreater(compared, 0)


if __name__ == "__main__":
    unittest.main()
