# SPDX-License-Identifier: Apache-2.0
"""What starts the ranks, srun or mpirun, on nodes that can bind: the same model, and each rank on cores of its own."""
import os
import re
import unittest

import numpy

from batch_test import BatchTest
from patron_test import MEDIUM, PATRON, write_dataset

SIZE = ("--nodes=2", "--ntasks-per-node=2", "--cpus-per-task=1")
MPIRUN = {"LAUNCHER": "mpirun -q", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
# Says which cores a rank may use, and goes on as the program.
PROGRAM = """#!/bin/sh
[ -z "$OMPI_COMM_WORLD_RANK$PMIX_RANK" ] || {{
    mkdir -p {folder}/ranks
    echo "$SLURMD_NODENAME" $(grep Cpus_allowed_list /proc/self/status) >{folder}/ranks/$$
}}
exec {patron} "$@"
"""


def cores_of(text):
    """The set that "0,2-3" stands for."""
    found = set()
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


@unittest.skipUnless(MEDIUM, "in the medium tier")
@unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "needs two cores")
class Launchers(BatchTest):
    nodes, task_plugin = 2, "task/affinity"

    def setUp(self):
        super().setUp()
        rows = numpy.random.default_rng(7).normal(size=(500, 4)).astype("float32")
        self.data = write_dataset(self.folder / "data", features=rows, parts=3)
        self.program = self.folder / "patron"
        self.program.write_text(PROGRAM.format(folder=self.folder, patron=PATRON), encoding="utf-8")
        self.program.chmod(0o755)
        self.plain = self.folder / "plain.h5"
        self.done("segment", self.data, "-o", self.plain, "--k", "4", "--seed", "3")

    def ranks(self, **environment):
        """A fit by four ranks: (node, cores) of each."""
        model = self.folder / "model.h5"
        state, code, output = self.batch("segment.sbatch", self.data, "-o", model, "--k", "4", "--seed", "3",
                                         size=SIZE, PATRON=str(self.program), **environment)
        self.assertEqual((state, code), ("COMPLETED", 0), output + self.slurm.logs())
        self.assertIn("4 ranks x 1 threads", output)
        self.assertEqual(self.verified_digest(model), self.verified_digest(self.plain))
        found = [re.fullmatch(r"(\w+) Cpus_allowed_list: (.+)", path.read_text().strip()).groups()
                 for path in (self.folder / "ranks").iterdir()]
        self.assertEqual(sorted(node for node, _ in found), ["n1", "n1", "n2", "n2"])
        return [(node, cores_of(cores)) for node, cores in found]

    def check_bound(self, ranks):
        for node in ("n1", "n2"):
            one, other = (cores for name, cores in ranks if name == node)
            self.assertTrue(one and other and not one & other, ranks)

    def test_srun(self):
        self.check_bound(self.ranks())

    def test_mpirun(self):
        self.check_bound(self.ranks(**MPIRUN))


if __name__ == "__main__":
    unittest.main()
