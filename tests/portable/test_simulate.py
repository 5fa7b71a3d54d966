# SPDX-License-Identifier: Apache-2.0
"""bench/simulate in small: the engines on eight simulated ranks come to what they come to on one,
and to what MPI's own ranks do; and the simulated clock is that of the replayed passes."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from patron_test import MEDIUM, PATRON

SOURCE = pathlib.Path(os.environ.get("PATRON_SOURCE", pathlib.Path(__file__).parents[2])).resolve()


@unittest.skipIf(not MEDIUM, "builds the engines once more")
@unittest.skipIf(not shutil.which("smpicc"), "needs SimGrid (libsimgrid-dev)")
class Simulate(unittest.TestCase):
    def test_eight_ranks(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="patron-simulate."))
        self.addCleanup(shutil.rmtree, folder)
        # the exit code tells whether predictions are near, which they need not be of so short runs
        subprocess.run([SOURCE / "bench/simulate", "--output", folder, "--ranks", "8",
                        "--itemset-ranks", "8", "--networks", "tree", "--rows", "20000",
                        "--columns", "8", "--k", "10", "--iterations", "5", "--baskets", "2000",
                        "-n", "3", "--build", pathlib.Path(PATRON).parent],
                       stdout=subprocess.DEVNULL, check=False)
        samples = json.loads((folder / "simulate.json").read_text())["samples"]
        one, eight = (samples[f"kmeans tree {ranks} median"][0] for ranks in (1, 8))
        self.assertEqual(one["inertia"], eight["inertia"])
        replayed = sum(float(word) for word in eight["fit"].split()[1:])
        self.assertGreater(eight["seconds"], replayed)
        self.assertLess(eight["seconds"], replayed + 0.1)
        self.assertAlmostEqual(one["seconds"], replayed, delta=1e-4)
        sets = {sample["sets"] for name in ("real 1", "real 2", "tree 1", "tree 8")
                for sample in samples[f"itemsets 2000 {name}"]}
        self.assertEqual(len(sets), 1)
        self.assertGreater(sets.pop(), 100)


if __name__ == "__main__":
    unittest.main()
