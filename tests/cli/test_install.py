# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` lays down works: the program, a client that links the library by
pkg-config and by find_package, headers that compile alone, pages and completions."""
import itertools
import os
import pathlib
import py_compile
import re
import shutil
import subprocess
import tempfile
import unittest

from patron_test import LAUNCH, PATRON, SOURCE

CLIENT = SOURCE / "tests/support/client"
BUILD = pathlib.Path(PATRON).resolve().parent
FLAGS = ("-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror")


def output(*command, **options):
    """What a command that must end well prints."""
    process = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.STDOUT, check=False, **options)
    if process.returncode != 0:
        raise AssertionError(f"{command}: {process.stdout}")
    return process.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="patron-install."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = cls.folder / "prefix"
        # It is installed in one place and used in another, as packages are.
        output("cmake", "--install", BUILD, "--prefix", cls.folder / "first")
        (cls.folder / "first").rename(cls.prefix)
        cls.environment = {**os.environ,
                           "PKG_CONFIG_PATH": str(next(cls.prefix.glob("lib*/**/pkgconfig"))),
                           "MANPATH": str(cls.prefix / "share/man")}

    def packages(self, *words):
        return output("pkg-config", *words, "patron", env=self.environment).split()

    def told_rightly(self, client):
        """Two ranks of `client` say what a plain computation gives."""
        lines = output(LAUNCH, 2, client).splitlines()
        # Rows r + c around 0 and 100: means 1 and 2, squared differences 1 + 0 + 1 of two columns.
        segments = sorted(line for line in lines if line.startswith("segment"))
        self.assertEqual(segments, ["segment 3 1 2 4", "segment 3 101 102 4"])
        baskets = [{0, 1}, {0, 1, 2}, {2}] * 2
        expected = []
        for length in (1, 2, 3):
            for items in itertools.combinations(range(3), length):
                count = sum(basket.issuperset(items) for basket in baskets)
                if count >= 4:
                    expected.append(f"set {' '.join(map(str, items))} ({count})")
        self.assertEqual(sorted(line for line in lines if line.startswith("set")), sorted(expected))

    def test_program(self):
        self.assertIn("patron", output(self.prefix / "bin/patron", "--version"))

    def test_client_by_pkg_config(self):
        client = self.folder / "client"
        output("cc", *FLAGS, "-o", client, CLIENT / "client.c",
               *self.packages("--cflags", "--libs"))
        self.told_rightly(client)

    def test_client_by_cmake(self):
        build = self.folder / "build"
        output("cmake", "-S", CLIENT, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        output("cmake", "--build", build)
        self.told_rightly(build / "client")

    def test_each_header_compiles_alone(self):
        headers = sorted((self.prefix / "include/patron").glob("*.h"))
        self.assertEqual([header.name for header in headers],
                         sorted(path.name for path in (SOURCE / "include/patron").glob("*.h")))
        flags = self.packages("--cflags")
        for header in headers:
            # Twice, as its guard must hold.
            output("cc", *FLAGS, *flags, "-fsyntax-only", "-x", "c", "-",
                   input=f'#include <patron/{header.name}>\n' * 2 + "typedef int unused;\n")

    def test_manual_pages(self):
        overview = output(PATRON, "--help")
        jobs = re.findall(r"(?m)^  ([a-z]+) ", overview[overview.index("Jobs:"):])
        pages = self.prefix / "share/man/man1"
        self.assertEqual({page.name for page in pages.iterdir()},
                         {"patron.1"} | {f"patron-{job}.1" for job in jobs})
        for page in pages.iterdir():
            job = page.stem.partition("-")[2]
            self.assertEqual(page.read_text(encoding="utf-8"),
                             output(PATRON, "--man", *filter(None, [job])))
            self.assertRegex(page.read_text(encoding="utf-8"), r'^\.TH "patron')

    def test_completions(self):
        for shell, place in (("bash", "bash-completion/completions/patron"),
                             ("fish", "fish/vendor_completions.d/patron.fish")):
            self.assertEqual((self.prefix / "share" / place).read_text(encoding="utf-8"),
                             output(PATRON, "--completion", shell))

    def test_recipe_and_module(self):
        recipe = SOURCE / "packaging/spack/patron/package.py"
        py_compile.compile(str(recipe), cfile=str(self.folder / "recipe.pyc"), doraise=True)
        text = recipe.read_text(encoding="utf-8")
        version = re.search(r"project\(patron VERSION ([\d.]+)",
                            (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
        self.assertIn(f'version("{version}"', text)
        self.assertIn(version, (SOURCE / "packaging/modulefiles/patron.lua").read_text("utf-8"))


if __name__ == "__main__":
    unittest.main()
