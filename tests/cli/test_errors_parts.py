# SPDX-License-Identifier: Apache-2.0
"""Sets of parts that are not whole, or not of one piece."""
import os
import shutil
import unittest

import numpy

from failure_test import BASKETS, FEATURES, RANKS, FailureTest

PARTS = 4


class Parts(FailureTest):
    def part(self, folder, number):
        return self.folder / folder / f"part-{number:05d}.h5"

    def set(self, name="data", **table):
        table = {"features": FEATURES, "baskets": BASKETS, "parts": PARTS, **table}
        return self.dataset(name, **table)

    def refuses_part(self, number, says, **options):
        """The set with one part of another one, which lies in the folder `other`."""
        path = self.set()
        shutil.copy(self.part("other", number), self.part("data", number))
        self.refuses_dataset(path, says=(f"part-{number:05d}.h5", *says), **options)

    def test_one_missing(self):
        for missing in (0, 2, PARTS - 1):
            path = self.set(f"without{missing}")
            self.part(path, missing).unlink()
            self.refuses_dataset(path, says=("part-00000.h5" if missing else "part-00001.h5",
                                             "'parts' is 4, 3 expected", "missing"),
                                 jobs=("verify", "segment", "itemsets"),
                                 ranks=RANKS if missing == 2 else None)

    def test_all_but_one_missing(self):
        path = self.set()
        for number in range(1, PARTS):
            self.part(path, number).unlink()
        self.refuses_dataset(path, says=("part-00000.h5", "'parts' is 4, 1 expected"))

    def test_one_given_as_a_file(self):
        self.set()
        for number in (0, 3):
            self.refuses_dataset(self.part("data", number), says=("'parts' is 4, 1 expected",),
                                 jobs=("verify", "segment", "itemsets"))

    def test_one_of_a_set_of_more(self):
        self.set("other", parts=5)
        self.refuses_part(1, ("'parts' is 5, 4 expected", "another set"))

    def test_one_twice(self):
        path = self.set()
        shutil.copy(self.part("data", 0), self.part("data", 1))
        self.refuses_dataset(path, says=("part-00001.h5", "'part' is 0, 1 expected"))

    def test_one_too_many(self):
        path = self.set()
        shutil.copy(self.part("data", 0), self.part("data", PARTS))
        self.refuses_dataset(path, says=("'parts' is 4, 5 expected",))

    def test_one_of_a_longer_set(self):
        self.set("other", features=numpy.tile(FEATURES, (2, 1)))
        self.refuses_part(3, ("'first_row' is 18, 9 expected",))

    def test_total_that_is_another(self):
        def edit(file):
            file.attrs["rows_total"] = 13
        path = self.edited(edit, "data", part=0, features=FEATURES, parts=PARTS)
        self.refuses_dataset(path, says=("'rows_total' is 13, 12 expected",))

    def test_no_number(self):
        def edit(file):
            del file.attrs["part"]
        path = self.edited(edit, "data", part=2, features=FEATURES, parts=PARTS)
        self.refuses_dataset(path, says=("part-00002.h5", "'part' is missing"))

    def test_other_columns(self):
        self.set("other", names=["f0", "f1", "other"])
        self.refuses_part(2, ("column names", "part-00000.h5"), ranks=RANKS)

    def test_fewer_columns(self):
        self.set("other", features=FEATURES[:, :2])
        self.refuses_part(2, ("column names",))

    def test_other_units(self):
        self.set("other", units=["d", "d", "d"])
        self.refuses_part(2, ("units",))

    def test_other_items(self):
        self.set("other", item_names=["0", "1", "two"])
        self.refuses_part(1, ("items",), jobs=("verify", "itemsets"), ranks=RANKS)

    def test_other_tables(self):
        for number, table in enumerate(({"baskets": None}, {"features": None},
                                        {"weight": numpy.ones(12)},
                                        {"basket_customer": [0] * 12})):
            with self.subTest(table=table.keys()):
                shutil.rmtree(self.folder / "other", ignore_errors=True)
                shutil.rmtree(self.folder / "data", ignore_errors=True)
                self.set("other", **table)
                self.refuses_part(1, ("tables",), ranks=RANKS if number == 0 else None)

    def test_other_format(self):
        path = self.set()
        self.part(path, 3).write_text("not HDF5\n", encoding="ascii")
        self.refuses_dataset(path, says=("part-00003.h5", "not an HDF5 file"))

    def test_truncated(self):
        path = self.set()
        os.truncate(self.part(path, 2), 1000)
        self.refuses_dataset(path, says=("part-00002.h5", "truncated"))

    def test_link_to_nothing(self):
        path = self.set()
        self.part(path, 2).unlink()
        self.part(path, 2).symlink_to("none.h5")
        self.refuses_dataset(path, says=("part-00002.h5", "No such file"), code=66)

    def test_what_is_no_part_is_left_alone(self):
        path = self.set()
        (path / "notes.txt").write_text("not a part\n", encoding="ascii")
        self.done("verify", path, ranks=2)


if __name__ == "__main__":
    unittest.main()
