# SPDX-License-Identifier: Apache-2.0
"""What tests of failures share: one code and one message on any number of ranks, nothing left
behind."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import unittest

import h5py
import numpy

from patron_test import LAUNCH, PATRON, PatronTest, by_tier, run, write_dataset

RANKS = by_tier((1, 3), (1, 2, 3))
FEATURES = numpy.arange(36, dtype="float32").reshape(12, 3)
BASKETS = [[0, 1], [1, 2], [0, 2], [], [0, 1, 2], [1], [2], [0, 1], [1, 2], [0], [0, 2], [2]]
# Runs its arguments, writes the exit status to FOLDER/RANK and ends well, so that the launcher ends
# no rank for another one's sake.
NOTE_STATUS = ("import os, subprocess, sys; "
               "status = subprocess.run(sys.argv[2:]).returncode; "
               "open(os.path.join(sys.argv[1], os.environ['OMPI_COMM_WORLD_RANK']), 'w')"
               ".write(str(status))")


def listing(folder):
    """Every path below `folder`, with what would show that it was written to."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        status = path.lstat()
        found[str(path.relative_to(folder))] = (status.st_size, status.st_mtime_ns, status.st_ino) \
            if not path.is_dir() else None
    return found


needs_root = unittest.skipIf(os.getuid() != 0, "only root may change the user, or mount")


class FailureTest(PatronTest):
    """A test with a folder of inputs; outputs go beside them."""

    def setUp(self):
        super().setUp()
        self.out = self.folder / "out.h5"

    def dataset(self, name="data.h5", **table):
        """A dataset of 12 customers and 12 baskets, or of what `table` says."""
        if "features" not in table and "baskets" not in table:
            table.update(features=FEATURES, baskets=BASKETS)
        return write_dataset(self.folder / name, **table)

    def edited(self, edit, name="data.h5", part=None, **table):
        """A dataset that `edit`, which gets the open file, has spoilt."""
        path = self.dataset(name, **table)
        with h5py.File(path if part is None else path / f"part-{part:05d}.h5", "r+") as file:
            edit(file)
        return path

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def fails_alike(self, code, job, *arguments, ranks=RANKS, says=(), **options):
        """Fails with `code` and one message at each number of ranks, and leaves all as it was.  A
        launch sleeps most of its time, so they go side by side."""
        before = listing(self.folder)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            processes = pool.map(lambda count: run(job, *arguments, ranks=count, **options), ranks)
            for count, process in zip(ranks, processes):
                with self.subTest(job=job, ranks=count):
                    self.check_failure(process, code, says)
        self.assertEqual(listing(self.folder), before)

    def refuses_dataset(self, path, says=(), code=65, jobs=("verify", "segment"), ranks=None):
        """Each of `jobs` refuses the dataset: the first one on three ranks, the others on one, or
        all at each of `ranks`."""
        says = (pathlib.Path(path).name, *says)
        arguments = {"verify": (path,), "segment": (path, "--k", 2, "-o", self.out),
                     "itemsets": (path, "--min-count", 1, "-o", self.out)}
        for index, job in enumerate(jobs):
            self.fails_alike(code, job, *arguments[job], says=says,
                             ranks=ranks or ((3,) if index == 0 else (1,)))

    def status_of_ranks(self, job, *arguments, ranks=3):
        """The exit status of every rank."""
        folder = self.folder / "status"
        folder.mkdir()
        command = [str(LAUNCH), str(ranks), sys.executable, "-c", NOTE_STATUS, str(folder), PATRON,
                   job, *(str(argument) for argument in arguments)]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300,
                       check=True)
        return [int((folder / str(rank)).read_text(encoding="ascii")) for rank in range(ranks)]


__all__ = ["BASKETS", "FEATURES", "RANKS", "FailureTest", "listing", "needs_root", "run"]
