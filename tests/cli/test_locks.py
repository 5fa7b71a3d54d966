# SPDX-License-Identifier: Apache-2.0
"""Locks of files: those that a file system refuses stop no read and no write, that of a writer does."""
import fcntl
import pathlib
import unittest

import numpy

from patron_test import PATRON, PatronTest, write_dataset

REFUSE_LOCKS = pathlib.Path(PATRON).parent / "tests/refuse_locks_preload.so"


class Locks(PatronTest):
    def setUp(self):
        super().setUp()
        rows = numpy.random.default_rng(1).normal(size=(60, 3))
        self.data = write_dataset(self.folder / "data.h5", features=rows.astype("float32"))

    def model(self, **options):
        model = self.folder / "model.h5"
        self.done("segment", self.data, "-o", model, "--k", "3", "--force", **options)
        return self.verified_digest(model)

    def test_a_file_system_that_refuses_locks(self):
        expected = self.model()
        self.assertTrue(REFUSE_LOCKS.exists())
        for ranks in (1, 2):
            self.assertEqual(self.model(ranks=ranks, env={"LD_PRELOAD": str(REFUSE_LOCKS)}), expected)

    def test_a_file_that_is_being_written(self):
        with open(self.data, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.fails(66, "verify", self.data, says=("data.h5", "another program is writing it"))
            self.done("verify", self.data, env={"HDF5_USE_FILE_LOCKING": "FALSE"})
        self.done("verify", self.data)

    def test_readers_side_by_side(self):
        with open(self.data, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            self.done("verify", self.data)


if __name__ == "__main__":
    unittest.main()
