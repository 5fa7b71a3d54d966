# SPDX-License-Identifier: Apache-2.0
"""Values that do not fit: the message names file, row and column, whichever rank reads them."""
import unittest

import numpy

from failure_test import BASKETS, FEATURES, RANKS, FailureTest
from patron_test import texts


def spoilt(row, column, value, dtype="float32"):
    features = FEATURES.astype(dtype)
    features[row, column] = value
    return features


class Features(FailureTest):
    def test_infinite(self):
        for row in (0, 11):
            path = self.dataset(features=spoilt(row, 1, numpy.inf))
            self.refuses_dataset(path, says=(f"row {row},", "'f1'", "infinite"), ranks=RANKS)

    def test_minus_infinite_in_a_later_part(self):
        path = self.dataset("data", features=spoilt(10, 2, -numpy.inf), parts=4)
        self.refuses_dataset(path, says=("part-00003.h5", "row 10,", "'f2'"))

    def test_infinite_in_a_column_left_out(self):
        path = self.dataset(features=spoilt(3, 1, numpy.inf))
        self.done("segment", path, "--k", 2, "--exclude-columns", "f1", "-o", self.out)

    def test_more_than_float32_holds(self):
        for value in (1e300, 0.1, 1e-50):
            path = self.dataset(features=spoilt(7, 1, value, dtype="float64"))
            self.refuses_dataset(path, says=("/customers/features", "entry 7", "float32"),
                                 ranks=RANKS if value == 1e300 else None)

    def test_whole_numbers_beyond_float32(self):
        for value, dtype in ((2**24 + 1, "int32"), (2**63 + 2**11, "uint64"), (-2**53 - 2, "int64")):
            path = self.dataset(features=spoilt(7, 1, value, dtype=dtype))
            self.refuses_dataset(path, says=("/customers/features", "entry 7"))

    def test_missing_value_where_none_may_be(self):
        path = self.dataset(features=spoilt(9, 2, numpy.nan))
        self.fails_alike(65, "segment", path, "--k", 2, "--missing", "error", "-o", self.out,
                         says=("row 9,", "'f2'", "missing", "drop"))

    def test_no_value_to_fill_with(self):
        features = FEATURES.copy()
        features[:, 1] = numpy.nan
        path = self.dataset(features=features)
        for how in ("mean", "median"):
            self.fails_alike(65, "segment", path, "--k", 2, "--missing", how, "-o", self.out,
                             says=("'f1'",), ranks=(3,))
        self.fails_alike(65, "segment", path, "--k", 2, "--missing", "drop", "-o", self.out,
                         says=("no row",), ranks=(3,))

    def test_logarithm_of_what_has_none(self):
        path = self.dataset(features=spoilt(11, 0, -1.0))
        self.fails_alike(65, "segment", path, "--k", 2, "--log1p", "f0", "-o", self.out,
                         says=("row 11,", "'f0'", "log1p"))

    def test_no_rows(self):
        path = self.dataset(features=FEATURES[:0])
        self.fails_alike(65, "segment", path, "--k", 1, "-o", self.out, says=("no row",))
        self.done("verify", path, ranks=2)


class Weights(FailureTest):
    def test_wrong_weight(self):
        for value in (-1.0, numpy.inf, numpy.nan):
            weight = numpy.ones(12)
            weight[10] = value
            path = self.dataset(features=FEATURES, weight=weight)
            self.refuses_dataset(path, says=("/customers/weight", "row 10"),
                                 ranks=RANKS if value == -1.0 else None)

    def test_wrong_weight_of_a_column(self):
        for value, says in ((-1.0, "weight is -1"), (numpy.nan, "weight is"), (numpy.inf, "infinite")):
            path = self.dataset(features=spoilt(10, 2, value))
            self.fails_alike(65, "segment", path, "--weight", "f2", "--k", 2, "-o", self.out,
                             says=("row 10", "'f2'", says), ranks=RANKS if value == -1.0 else (3,))

    def test_no_weight_at_all(self):
        path = self.dataset(features=FEATURES, weight=numpy.zeros(12))
        self.fails_alike(65, "segment", path, "--k", 2, "-o", self.out, says=("weight",), ranks=(3,))


class Ids(FailureTest):
    def twins(self, **table):
        ids = [f"c{row:02d}" for row in range(12)]
        ids[11] = ids[0]
        return self.dataset(features=FEATURES, ids=ids, **table)

    def test_twice_in_a_file(self):
        for variable in (False, True):
            self.refuses_dataset(self.twins(variable=variable), jobs=("verify",),
                                 says=("/customers/id", "rows 0 and 11"), ranks=RANKS)

    def test_twice_in_a_set(self):
        self.refuses_dataset(self.twins(name="data", parts=5), jobs=("verify",),
                             says=("/customers/id", "rows 0 and 11"), ranks=RANKS)

    def test_twice_as_numbers(self):
        ids = numpy.arange(12, dtype="uint64") + numpy.uint64(2**63)
        ids[10] = ids[3]
        path = self.dataset("data", features=FEATURES, ids=ids, parts=3)
        self.refuses_dataset(path, jobs=("verify",), says=("rows 3 and 10",), ranks=RANKS)

    def test_all_alike(self):
        path = self.dataset(features=FEATURES, ids=["same"] * 12)
        self.refuses_dataset(path, jobs=("verify",), says=("/customers/id",))

    def test_twice_at_ingest(self):
        table = self.file("t.csv", "id,x\nb,1\na,2\nc,3\na,4\n")
        self.fails_alike(65, "ingest", "--features", table, "--id", "id", "--show-values", "-o", self.out,
                         says=("t.csv", "3", "5", "'id'"))


class Columns(FailureTest):
    def test_unknown_to_segment(self):
        path = self.dataset(features=FEATURES)
        for option in ("--columns", "--exclude-columns", "--log1p", "--weight"):
            self.fails_alike(65, "segment", path, "--k", 2, option, "none", "-o", self.out,
                             says=("'none'", "f0", "f1", "f2"),
                             ranks=RANKS if option == "--columns" else (3,))

    def test_twice(self):
        path = self.dataset(features=FEATURES)
        self.fails_alike(65, "segment", path, "--columns", "f1,f0,f1", "-o", self.out,
                         says=("'f1'", "twice"), ranks=(3,))

    def test_ambiguous(self):
        path = self.dataset(features=FEATURES, names=["a", "b", "a"])
        self.fails_alike(65, "segment", path, "--columns", "a", "-o", self.out, says=("'a'",),
                         ranks=(3,))

    def test_none_left(self):
        path = self.dataset(features=FEATURES)
        self.fails_alike(65, "segment", path, "--exclude-columns", "f0,f1,f2", "-o", self.out,
                         says=("no column",), ranks=(3,))

    def test_unknown_to_ingest(self):
        table = self.file("t.csv", "customer,first,second\na,1,2\n")
        for options in (("--id", "none"), ("--columns", "none"), ("--exclude-columns", "none")):
            self.fails_alike(65, "ingest", "--features", table, *options, "--show-values", "-o", self.out,
                             says=("t.csv", "'none'", "customer", "first", "second"), ranks=(3,))
        self.fails_alike(65, "ingest", "--transactions", table, "--basket", "none", "--item",
                         "first", "--show-values", "-o", self.out, says=("'none'", "customer", "second"))

    def test_unknown_item(self):
        path = self.dataset(baskets=BASKETS)
        for option in ("--include-items", "--exclude-items"):
            self.fails_alike(65, "itemsets", path, "--min-count", 1, option, "none", "-o", self.out,
                             says=("'none'",), ranks=(3,))


class Sizes(FailureTest):
    def test_more_segments_than_rows(self):
        path = self.dataset(features=FEATURES)
        self.fails_alike(65, "segment", path, "--k", 13, "-o", self.out, says=("13", "12"))

    def test_more_segments_than_rows_are_left(self):
        path = self.dataset(features=spoilt(4, 0, numpy.nan))
        self.fails_alike(65, "segment", path, "--k", 12, "--missing", "drop", "-o", self.out,
                         says=("12", "11"), ranks=(3,))

    def test_given_start(self):
        def start(values):
            return self.edited(lambda file: file.__setitem__("start", values), name="start.h5")
        path = self.dataset(features=FEATURES)
        arguments = ("segment", path, "--k", 2, "-o", self.out, "--init")
        for values, says in ((numpy.zeros((3, 3)), "3 centroids"), (numpy.zeros((2, 2)), "2 columns"),
                             (numpy.zeros(6), "dimensions"), (numpy.full((2, 3), numpy.nan), "row 0"),
                             (texts("ab"), "dimensions"), (numpy.full((2, 3), 1e300), "")):
            file = start(values)
            self.fails_alike(65, *arguments, f"{file}:/start", says=("start.h5", says), ranks=(3,))
        self.fails_alike(65, *arguments, f"{file}:/none", says=("/none",))
        self.fails_alike(66, *arguments, f"{self.folder}/none.h5:/start", says=("none.h5",))


if __name__ == "__main__":
    unittest.main()
