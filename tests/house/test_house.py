# SPDX-License-Identifier: Apache-2.0
"""The checks of the house find what is planted, so that their silence means something."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import floors
import lengths

HERE = pathlib.Path(__file__).resolve().parent


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def plant(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


class Floors(Tree):
    def fault(self, path, text):
        """The one fault of a tree with one file."""
        file = self.plant(path, text)
        found = list(floors.faults(self.root))
        file.unlink()
        self.assertEqual(len(found), 1, found)
        return found[0]

    def accepted(self, path, text):
        file = self.plant(path, text)
        self.assertEqual(list(floors.faults(self.root)), [])
        file.unlink()

    def test_include_upward(self):
        self.assertIn("a.c:2: runtime must not include store",
                      self.fault("src/runtime/a.c", '#include "runtime/log.h"\n#include "store/x.h"\n'))
        self.assertIn("include model", self.fault("src/data/a.c", '#include "patron/model.h"\n'))
        self.assertIn("include data", self.fault("include/patron/comm.h", '#include "patron/data.h"'))
        self.assertIn("include jobs", self.fault("src/cli/a.c", '#include "jobs/x.h"\n'))

    def test_include_sideways(self):
        self.assertIn("engine", self.fault("src/kmeans/a.c", '#include "itemset/x.h"\n'))
        self.assertIn("engine", self.fault("src/itemset/a.c", '#include <patron/kmeans.h>\n'))

    def test_engine_without_store(self):
        self.assertIn("engine", self.fault("src/kmeans/a.c", '#include "store/file.h"\n'))
        self.assertIn("HDF5", self.fault("src/itemset/a.c", "#include <hdf5.h>\n"))

    def test_unknown_floor(self):
        self.assertIn("no floor", self.fault("src/attic/a.c", '#include "patron/comm.h"\n'))

    def test_downward_and_own(self):
        self.accepted("src/kmeans/a.c", '#include "kmeans/b.h"\n#include "patron/kmeans.h"\n'
                                        '#include "patron/comm.h"\n#include "runtime/log.h"\n')
        self.accepted("jobs/segment.c", '#include "job.h"\n#include "cli/x.h"\n#include <math.h>\n')
        self.accepted("src/data/a.c", '#include <hdf5.h>\n#include "store/x.h"\n')

    def test_commented_out(self):
        self.accepted("src/data/a.c", '/* MPI_COMM_WORLD\n#include "model/x.h" exit(1) */\n')
        self.accepted("src/data/a.c", 'const char *text = "exit(1) /* stdout";\n')

    def test_world_exit_print(self):
        self.assertIn("a.c:3: MPI_COMM_WORLD",
                      self.fault("src/model/a.c", "\n/* a\n */ MPI_Comm x = MPI_COMM_WORLD;\n"))
        self.assertIn("ends", self.fault("src/data/a.c", "    exit(1);\n"))
        self.assertIn("ends", self.fault("src/data/a.c", "    MPI_Abort(comm, 1);\n"))
        self.assertIn("meter", self.fault("src/model/a.c", "    MPI_Bcast(&x, 1, type, 0, comm);\n"))
        self.accepted("src/runtime/comm.c", "    MPI_Bcast(&x, 1, type, 0, comm);\n")
        self.accepted("src/model/a.c", "static MPI_Comm of(MPI_Comm mpi);\n")
        self.assertIn("prints", self.fault("src/model/a.c", '    printf("x");\n'))
        self.assertIn("prints", self.fault("src/ingest/a.c", '    fprintf(stdout, "x");\n'))
        self.assertIn("prints", self.fault("src/ingest/a.c", '    fprintf(stderr, "x");\n'))
        self.accepted("jobs/a.c", '    printf("x");\n    exit(1);\n')
        self.accepted("jobs/patron.c", "    MPI_Comm world = MPI_COMM_WORLD;\n")
        self.accepted("src/runtime/a.c", '    snprintf(text, 3, "x");\n    static_assert(1, "");\n')

    def test_empty_tree(self):
        self.assertEqual(len(list(floors.faults(self.root))), 1)


class Lengths(Tree):
    def test_long_file(self):
        self.plant("src/runtime/a.c", "int x;\n" * lengths.LONGEST_FILE)
        self.assertEqual(list(lengths.faults(self.root)), [])
        self.plant("src/runtime/a.c", "int x;\n" * (lengths.LONGEST_FILE + 1))
        self.assertEqual(len(list(lengths.faults(self.root))), 1)

    def test_long_function(self):
        body = "    x();\n" * (lengths.LONGEST_FUNCTION - 2)
        self.plant("src/runtime/a.c", "void f(void)\n{\n" + body + "}\n")
        self.assertEqual(list(lengths.faults(self.root)), [])
        self.plant("src/runtime/a.c", "void f(void)\n{\n" + body + "    x();\n}\n")
        self.assertIn("a.c:2:", "".join(lengths.faults(self.root)))

    def test_long_python_function(self):
        self.plant("tests/a.py", "def f():\n" + "    pass\n" * lengths.LONGEST_FUNCTION)
        self.assertIn("a.py:1:", "".join(lengths.faults(self.root)))


class Tools(Tree):
    def test_format(self):
        good = self.plant("good.c", "int f(void)\n{\n    return 1;\n}\n")
        bad = self.plant("bad.c", "int f( void ) { return 1; }\n")
        for file in (good, bad):
            (file.parent / ".clang-format").write_text(
                (HERE.parents[1] / ".clang-format").read_text(encoding="utf-8"), encoding="utf-8")
        self.assertEqual(self.run_tool("format", good).returncode, 0)
        self.assertNotEqual(self.run_tool("format", bad).returncode, 0)

    def test_tidy(self):
        good = self.plant("good.c", "int main(void)\n{\n    return 0;\n}\n")
        bad = self.plant("bad.c", "int main(void)\n{\n    int *p = 0;\n    return *p;\n}\n")
        self.plant(".clang-tidy", (HERE.parents[1] / ".clang-tidy").read_text(encoding="utf-8"))
        mpi = subprocess.run(["mpicc", "--showme:compile"], text=True, check=True,
                             stdout=subprocess.PIPE).stdout.strip()
        flags = f"-fopenmp -std=c17 -I{HERE.parents[1]}/include {mpi}"
        commands = [{"directory": str(self.root), "file": str(file),
                     "command": f"cc {flags} -c {file}"} for file in (good, bad)]
        self.plant("compile_commands.json", json.dumps(commands))
        self.assertEqual(self.run_tool("tidy", self.root, good).returncode, 0)
        found = self.run_tool("tidy", self.root, bad)
        self.assertNotEqual(found.returncode, 0)
        self.assertIn("null pointer", found.stdout)

    @unittest.skipUnless(shutil.which("shellcheck"), "no shellcheck here")
    def test_batch_scripts(self):
        root = HERE.parents[1]
        scripts = [path for pattern in ("slurm/*.sh", "slurm/*.sbatch", "bench/*.sbatch") for path in root.glob(pattern)]
        self.assertGreater(len(scripts), 12)
        bad = self.plant("bad.sh", "#!/bin/sh\nrm $1\n")
        for files, code in ((scripts, 0), ([bad], 1)):
            found = subprocess.run(["shellcheck", "-x", *files], cwd=root, text=True, check=False, stdout=subprocess.PIPE)
            self.assertEqual(found.returncode, code, found.stdout)

    def run_tool(self, name, *arguments):
        return subprocess.run([HERE / name, *arguments], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


if __name__ == "__main__":
    unittest.main()
