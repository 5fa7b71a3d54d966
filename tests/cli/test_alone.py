# SPDX-License-Identifier: Apache-2.0
"""Jobs without a launcher, side by side: none needs a folder that another may remove."""
import subprocess
import unittest

from patron_test import PATRON, PatronTest, write_dataset


class Alone(PatronTest):
    def setUp(self):
        super().setUp()
        self.data = write_dataset(self.folder / "data.h5", features=[[0.0], [1.0], [5.0]])

    def test_no_folder_for_temporary_files(self):
        # a place where no folder can be made
        self.done("verify", self.data, env={"TMPDIR": str(self.data)})

    def test_side_by_side(self):
        expected = self.verified_digest(self.data)
        for _ in range(4):
            jobs = [subprocess.Popen([PATRON, "verify", "--digest", self.data],
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                    for _ in range(6)]
            self.assertEqual([job.communicate()[0].strip() for job in jobs], [expected] * 6)


if __name__ == "__main__":
    unittest.main()
