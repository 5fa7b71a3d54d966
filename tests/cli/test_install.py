# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` lays down works: the program, a client that links the library by
pkg-config and by find_package, headers that compile alone, pages and completions."""
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from patron_test import LAUNCH, PATRON, SOURCE

CLIENT = SOURCE / "tests/support/client"
BUILD = pathlib.Path(PATRON).resolve().parent
IN_SPACK = {"build-essential": "c", "cmake": "cmake", "ninja-build": "ninja", "pkg-config": "pkgconfig",
            "openmpi-bin": "mpi", "libopenmpi-dev": "mpi", "libhdf5-dev": "hdf5", "zlib1g-dev": "zlib-api",
            "libjansson-dev": "jansson", "libinih-dev": "inih", "libsodium-dev": "libsodium",
            "librandom123-dev": "random123"}
LMOD = "/usr/share/lmod/lmod/libexec/lmod"
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
                             ("zsh", "zsh/site-functions/_patron"),
                             ("fish", "fish/vendor_completions.d/patron.fish")):
            self.assertEqual((self.prefix / "share" / place).read_text(encoding="utf-8"),
                             output(PATRON, "--completion", shell))

    def version(self):
        return re.search(r"project\(patron VERSION ([\d.]+)",
                         (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8"))[1]

    def test_recipe(self):
        """It runs under Spack's names, and asks for what scripts/packages.sh does."""
        named = {"version": [], "depends_on": [], "variant": [], "license": [], "generator": []}

        class CMakePackage:
            @staticmethod
            def define_from_variant(name, variant):
                return name, variant

        names = {"CMakePackage": CMakePackage}
        for name, found in named.items():
            names[name] = lambda word, *_, found=found, **__: found.append(re.match(r"[\w-]+[.\d]*", word)[0])
        text = (SOURCE / "packaging/spack/patron/package.py").read_text(encoding="utf-8")
        exec(text.replace("from spack.package import *", ""), names)
        self.assertEqual(named["version"], [self.version()])
        needed = output("bash", "-c", 'source scripts/packages.sh; echo "${packages_to_build[@]}"',
                        cwd=SOURCE).split()
        self.assertEqual(set(named["depends_on"]), {IN_SPACK[name] for name in needed} | {"cmocka"})
        (option, variant), = names["Patron"]().cmake_args()
        self.assertIn(f"option({option} ", (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8"))
        self.assertEqual([variant], named["variant"])

    def test_module(self):
        """Lmod loads it, and what it names is there."""
        text = (SOURCE / "packaging/modulefiles/patron.lua").read_text(encoding="utf-8")
        text, count = re.subn(r'(?m)^local prefix = ".*"$', f'local prefix = "{self.prefix}"', text)
        self.assertEqual(count, 1)
        modules = self.folder / "modules/patron"
        modules.mkdir(parents=True)
        (modules / f"{self.version()}.lua").write_text(text, encoding="utf-8")
        lines = f"""eval "$({LMOD} bash load patron/{self.version()})" && echo "$PATRON_ROOT" &&
            command -v patron && patron --version && pkg-config --modversion patron"""
        told = output("bash", "-c", lines, env={**os.environ, "MODULEPATH": str(modules.parent)})
        root, program, version, *_, library = told.splitlines()
        self.assertEqual(root, str(self.prefix))
        self.assertEqual(program, str(self.prefix / "bin/patron"))
        self.assertEqual((version, library), (f"patron {self.version()}", self.version()))


if __name__ == "__main__":
    unittest.main()
