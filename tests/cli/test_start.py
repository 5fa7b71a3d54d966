# SPDX-License-Identifier: Apache-2.0
"""Help, version, and what wrong usage comes to, on one rank and on two."""
import os
import pathlib
import re
import unittest

from patron_test import PATRON, PatronTest, run, write_dataset

JOBS = ("ingest", "segment", "itemsets", "verify")
# An MPI that cannot start: what answers all the same has not started it.
NO_MPI = {"OMPI_MCA_pml": "none-such", "OMPI_MCA_ess": "none-such"}


class Help(PatronTest):
    def test_lists_the_jobs(self):
        text = self.done(None, "--help").stdout
        for job in JOBS:
            self.assertRegex(text, rf"(?m)^\s*{job}\b")

    def test_of_each_job(self):
        for job in JOBS:
            text = self.done(job, "--help").stdout
            self.assertIn(f"patron {job}", text)
            self.assertIn("--threads" if job != "verify" else "--digest", text)

    def test_once_under_a_launcher(self):
        alone = self.done(None, "--help")
        together = self.done(None, "--help", ranks=2)
        self.assertEqual(together.stdout, alone.stdout)
        self.assertEqual(together.stderr, "")
        self.assertEqual(self.done("segment", "--help", ranks=2).stdout,
                         self.done("segment", "--help").stdout)

    def test_without_starting_mpi(self):
        for arguments in (("--help",), ("--version",)):
            self.assertNotEqual(self.done(None, *arguments, env=NO_MPI).stdout, "")
        self.assertNotEqual(self.done("segment", "--help", env=NO_MPI).stdout, "")
        data = write_dataset(self.folder / "data.h5", features=[[0.0]])
        self.done("verify", data)
        self.assertNotEqual(run("verify", data, env=NO_MPI).returncode, 0)

    def test_mpi_that_breaks_while_it_starts(self):
        data = write_dataset(self.folder / "data.h5", features=[[0.0]])
        broken = pathlib.Path(PATRON).parent / "tests/break_start_preload.so"
        self.fails(70, "verify", data, env={"LD_PRELOAD": str(broken)}, says=("SIGSEGV: MPI broke while it started",))

    def test_of_one_job_is_not_that_of_another(self):
        self.assertNotEqual(self.done("segment", "--help").stdout,
                            self.done("itemsets", "--help").stdout)


class Version(PatronTest):
    def test_names_program_and_libraries(self):
        text = self.done(None, "--version").stdout
        self.assertRegex(text.splitlines()[0], r"^patron \d+\.\d+\.\d+")
        self.assertRegex(text, re.compile(r"open mpi", re.IGNORECASE))
        self.assertRegex(text, r"HDF5 \d+\.\d+\.\d+")

    def test_once_under_a_launcher(self):
        self.assertEqual(self.done(None, "--version", ranks=2).stdout,
                         self.done(None, "--version").stdout)


class WrongUsage(PatronTest):
    def setUp(self):
        super().setUp()
        self.data = write_dataset(self.folder / "data.h5", features=[[0.0], [1.0], [5.0]],
                                  baskets=[[0, 1], [0]])

    def everywhere(self, code, job, *arguments, says=()):
        for ranks in (1, 2):
            self.fails(code, job, *arguments, ranks=ranks, says=says)

    def test_no_such_job(self):
        self.everywhere(64, "segments", says=("segments",))

    def test_no_job(self):
        for ranks in (1, 2):
            self.assertEqual(run(None, ranks=ranks, launcher=ranks > 1).returncode, 64)

    def test_no_such_option(self):
        self.everywhere(64, "segment", self.data, "--kk", 3, "-o", self.folder / "m.h5",
                        says=("--kk",))

    def test_option_without_its_value(self):
        self.everywhere(64, "segment", self.data, "-o", self.folder / "m.h5", "--k", says=("k",))

    def test_not_a_number(self):
        for value in ("three", "3x", "", "99999999999999999999", "-1"):
            self.everywhere(64, "segment", self.data, f"--k={value}", "-o", self.folder / "m.h5",
                            says=("--k",))

    def test_no_such_choice(self):
        self.everywhere(64, "segment", self.data, "--scale", "feet", "-o", self.folder / "m.h5",
                        says=("--scale", "feet", "zscore"))

    def test_no_output(self):
        self.everywhere(64, "segment", self.data, says=("--output",))

    def test_no_input(self):
        self.everywhere(64, "segment", "-o", self.folder / "m.h5")

    def test_nothing_is_written(self):
        run("segment", self.data, "--kk", 3, "-o", self.folder / "m.h5")
        self.assertEqual(os.listdir(self.folder), ["data.h5"])


class Configuration(PatronTest):
    def setUp(self):
        super().setUp()
        self.data = write_dataset(self.folder / "data.h5", features=[[0.0], [1.0], [5.0], [6.0]])
        self.model = self.folder / "m.h5"

    def configuration(self, text):
        file = self.folder / "job.ini"
        file.write_text(text, encoding="utf-8")
        return file

    def test_missing(self):
        self.fails(78, "segment", self.data, "-o", self.model, "--config", self.folder / "none.ini",
                   says=("none.ini",))

    def test_unknown_key(self):
        file = self.configuration("[segment]\nkk = 3\n")
        self.fails(78, "segment", self.data, "-o", self.model, "--config", file, says=("kk",))

    def test_flag_over_environment_over_file_over_default(self):
        def segments(*arguments, **environment):
            summary = self.summary("segment", self.data, "-o", self.model, "--force", *arguments,
                                   env=environment)
            return summary["k"]
        file = self.configuration("[segment]\nk = 2\n\n[itemsets]\nmin-count = 1\n")
        self.assertEqual(segments("--config", file), 2)
        self.assertEqual(segments("--config", file, PATRON_K="3"), 3)
        self.assertEqual(segments("--config", file, "--k", "4", PATRON_K="3"), 4)


if __name__ == "__main__":
    unittest.main()
