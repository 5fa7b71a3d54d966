# SPDX-License-Identifier: Apache-2.0
"""Datasets whose structure is wrong: each job says what, where, and leaves nothing behind."""
import unittest

import h5py
import numpy

from failure_test import BASKETS, FEATURES, RANKS, FailureTest
from patron_test import texts


def replace(path, values):
    """An edit that puts other values in the place of a dataset, its attributes kept."""
    def edit(file):
        attributes = dict(file[path].attrs)
        del file[path]
        file[path] = values
        for name, value in attributes.items():
            file[path].attrs[name] = value
    return edit


def attribute(name, value, path="/"):
    def edit(file):
        file[path].attrs[name] = value
    return edit


def without(path):
    def edit(file):
        del file[path]
    return edit


class File(FailureTest):
    def test_missing(self):
        for job in ("segment", "itemsets", "verify"):
            self.refuses_dataset(self.folder / "none.h5", code=66, jobs=(job,),
                                 says=("No such file",), ranks=RANKS)

    def test_missing_input_of_ingest(self):
        for options in (("--features",), ("--baskets",),
                        ("--basket", "b", "--item", "i", "--transactions")):
            self.fails_alike(66, "ingest", *options, self.folder / "none.csv", "-o", self.out,
                             says=("none.csv", "No such file"))

    def test_not_hdf5(self):
        path = self.file("data.h5", "id,x\na,1\n" * 1000)
        self.refuses_dataset(path, says=("not an HDF5 file",), ranks=RANKS)

    def test_empty(self):
        self.refuses_dataset(self.file("data.h5", b""), says=("not an HDF5 file",))

    def test_truncated(self):
        whole = self.dataset("whole.h5").read_bytes()
        for size in (len(whole) // 2, len(whole) - 1, 600, 100):
            path = self.file("data.h5", whole[:size])
            for job in ("verify", "segment", "itemsets"):
                self.refuses_dataset(path, jobs=(job,), says=("truncated",),
                                     ranks=RANKS if size == len(whole) // 2 else (1,))

    def test_a_folder_without_parts(self):
        (self.folder / "data").mkdir()
        self.refuses_dataset(self.folder / "data", code=66, jobs=("verify", "segment", "itemsets"),
                             says=("part-*.h5",))

    def test_a_model_is_no_dataset(self):
        data = self.dataset()
        self.done("segment", data, "--k", 2, "-o", self.folder / "model.h5")
        self.refuses_dataset(self.folder / "model.h5", jobs=("segment", "itemsets"),
                             says=("patron-model", "patron-dataset"))


class Format(FailureTest):
    def test_no_format(self):
        def edit(file):
            del file.attrs["format"]
        self.refuses_dataset(self.edited(edit), says=("format",))

    def test_other_format(self):
        path = self.edited(attribute("format", "other-dataset"))
        self.refuses_dataset(path, says=("other-dataset", "patron-dataset"), ranks=RANKS)

    def test_format_that_is_no_text(self):
        self.refuses_dataset(self.edited(attribute("format", 7)), says=("format",))

    def test_other_version(self):
        for version in (0, 2, 2**63):
            path = self.edited(attribute("format_version", numpy.uint64(version)))
            self.refuses_dataset(path, says=("version", str(version), "1", "newer" if version else "anew"),
                                 ranks=(1, 2, 3) if version == 2 else (1,))

    def test_version_that_is_no_whole_number(self):
        for value in (1.0, -1, "1", [1, 1]):
            self.refuses_dataset(self.edited(attribute("format_version", value)),
                                 says=("format_version",), ranks=(1,))

    def test_neither_customers_nor_baskets(self):
        def edit(file):
            del file["customers"], file["baskets"]
        self.refuses_dataset(self.edited(edit), says=("neither",))

    def test_what_the_job_needs_is_not_there(self):
        self.refuses_dataset(self.dataset("b.h5", baskets=BASKETS), jobs=("segment",),
                             says=("no customers",))
        self.refuses_dataset(self.dataset("c.h5", features=FEATURES), jobs=("itemsets",),
                             says=("no baskets",))


class Shape(FailureTest):
    def test_features_of_one_dimension(self):
        path = self.edited(replace("customers/features", numpy.zeros(12, dtype="float32")))
        self.refuses_dataset(path, says=("/customers/features", "dimension"), ranks=RANKS)

    def test_features_of_three_dimensions(self):
        path = self.edited(replace("customers/features", numpy.zeros((12, 3, 1), dtype="float32")))
        self.refuses_dataset(path, says=("/customers/features", "dimension"))

    def test_extents_that_nothing_backs(self):
        """A terabyte of which a kilobyte was ever written: no run reads on for hours."""
        def edit(file):
            del file["customers/features"]
            rows = file["customers"].create_dataset("features", (1 << 38, 3), dtype="float32", chunks=(64, 3))
            rows.attrs["names"] = texts(["a", "b", "c"])
            rows[:64] = 1
        self.refuses_dataset(self.edited(edit), says=("/customers/features", "are said to lie in 768 bytes"),
                             ranks=RANKS)

        def extra(file):
            file.create_dataset("more", (1 << 42,), dtype="uint8", chunks=(1 << 20,), compression="gzip")
        self.fails(65, "verify", self.edited(extra), says=("/more", "are said to lie in 0 bytes"))

    def test_features_without_a_column(self):
        path = self.edited(replace("customers/features", numpy.zeros((12, 0), dtype="float32")))
        self.refuses_dataset(path, says=("/customers/features", "columns"))

    def test_names_missing(self):
        def edit(file):
            del file["customers/features"].attrs["names"]
        self.refuses_dataset(self.edited(edit), says=("names",))

    def test_names_of_another_count(self):
        path = self.edited(attribute("names", texts(["a", "b"]), "customers/features"))
        self.refuses_dataset(path, says=("names", "2", "3"), ranks=RANKS)

    def test_units_of_another_count(self):
        path = self.edited(attribute("units", texts(["a", "b", "c", "d"]), "customers/features"))
        self.refuses_dataset(path, says=("units", "4", "3"))

    def test_weight_of_another_length(self):
        path = self.edited(replace("customers/weight", numpy.ones(11, dtype="float32")),
                           features=FEATURES, weight=numpy.ones(12))
        self.refuses_dataset(path, says=("/customers/weight", "11", "12"), ranks=RANKS)

    def test_ids_of_another_length(self):
        path = self.edited(replace("customers/id", texts(["a", "b"])))
        self.refuses_dataset(path, says=("/customers/id", "2", "12"))

    def test_ids_missing(self):
        self.refuses_dataset(self.edited(without("customers/id")), says=("/customers/id",))

    def test_features_missing(self):
        self.refuses_dataset(self.edited(without("customers/features")),
                             says=("/customers/features",))

    def test_basket_tables_of_another_length(self):
        for name, kind in (("id", "S4"), ("customer", "uint64"), ("time", "int64")):
            path = self.edited(lambda file, n=name, k=kind: file.__setitem__(
                f"baskets/{n}", numpy.zeros(11, dtype=k)))
            self.refuses_dataset(path, says=(f"/baskets/{name}", "11", "12"),
                                 jobs=("verify", "itemsets"))

    def test_labels_of_another_length(self):
        path = self.edited(lambda file: file.__setitem__("items/label", texts(["a"])))
        self.refuses_dataset(path, says=("label",), jobs=("verify", "itemsets"))

    def test_more_rows_than_can_be(self):
        def edit(file):
            attributes = dict(file["customers/features"].attrs)
            del file["customers/features"], file["customers/id"]
            file.create_dataset("customers/features", shape=(2**60, 3), chunks=(4, 3), dtype="f4")
            file.create_dataset("customers/id", shape=(2**60,), chunks=(4,), dtype="u8")
            for name, value in attributes.items():
                file["customers/features"].attrs[name] = value
        for job in ("segment", "verify"):
            self.refuses_dataset(self.edited(edit), jobs=(job,), says=("/customers/features",))


class Type(FailureTest):
    def test_features_of_text(self):
        path = self.edited(replace("customers/features",
                                   numpy.full((12, 3), b"1", dtype="S3")))
        self.refuses_dataset(path, says=("/customers/features", "type", "numbers"), ranks=RANKS)

    def test_features_of_records(self):
        values = numpy.zeros((12, 3), dtype=[("a", "f4"), ("b", "f4")])
        self.refuses_dataset(self.edited(replace("customers/features", values)),
                             says=("/customers/features", "type"))

    def test_ids_of_floats(self):
        path = self.edited(replace("customers/id", numpy.arange(12.0)))
        self.refuses_dataset(path, says=("/customers/id", "type"), ranks=RANKS)

    def test_ids_below_zero(self):
        path = self.edited(replace("customers/id", numpy.arange(-1, 11, dtype="int64")))
        self.refuses_dataset(path, says=("/customers/id", "entry 0"), jobs=("verify",))

    def test_weight_of_text(self):
        path = self.edited(replace("customers/weight", texts("x" * 12)),
                           features=FEATURES, weight=numpy.ones(12))
        self.refuses_dataset(path, says=("/customers/weight", "type"))

    def test_names_that_are_numbers(self):
        path = self.edited(attribute("names", [1, 2, 3], "customers/features"))
        self.refuses_dataset(path, says=("names",))

    def test_offsets_of_floats(self):
        path = self.edited(replace("baskets/offsets", numpy.zeros(13)))
        self.refuses_dataset(path, says=("/baskets/offsets", "type"), jobs=("verify", "itemsets"))

    def test_items_of_text(self):
        path = self.edited(replace("baskets/items", texts("x" * 19)))
        self.refuses_dataset(path, says=("/baskets/items", "type"), jobs=("verify", "itemsets"))

    def test_item_names_of_numbers(self):
        path = self.edited(replace("items/name", [1, 2, 3]))
        self.refuses_dataset(path, says=("/items/name", "type"), jobs=("verify", "itemsets"))

    def test_a_group_where_a_table_is_expected(self):
        def edit(file):
            del file["customers/features"]
            file.create_group("customers/features")
        self.refuses_dataset(self.edited(edit), says=("/customers/features",))

    def test_a_link_that_leads_nowhere(self):
        def edit(file):
            del file["customers/features"]
            file["customers/features"] = h5py.ExternalLink("none.h5", "/x")
        self.refuses_dataset(self.edited(edit), says=("/customers/features",))


class Baskets(FailureTest):
    def offsets(self, place, value):
        def edit(file):
            file["baskets/offsets"][place] = value
        self.refuses_dataset(self.edited(edit), says=("/baskets/offsets",),
                             jobs=("verify", "itemsets"), ranks=RANKS)

    def items(self, place, value, says):
        def edit(file):
            file["baskets/items"][place] = value
        for job in ("verify", "itemsets"):
            self.refuses_dataset(self.edited(edit), says=("/baskets/items", *says), jobs=(job,))

    def test_offsets_that_run_backwards(self):
        self.offsets(10, 3)

    def test_offsets_past_the_end(self):
        self.offsets(11, 99)

    def test_offsets_far_past_the_end(self):
        self.offsets(11, 2**64 - 1)

    def test_offsets_that_do_not_start_at_0(self):
        self.offsets(0, 1)

    def test_offsets_that_end_early(self):
        self.offsets(12, 17)

    def test_offsets_below_zero(self):
        path = self.edited(replace("baskets/offsets", -numpy.arange(13, dtype="int64")))
        self.refuses_dataset(path, says=("/baskets/offsets",), jobs=("verify", "itemsets"))

    def test_no_offsets(self):
        path = self.edited(replace("baskets/offsets", numpy.zeros(0, dtype="uint64")))
        self.refuses_dataset(path, says=("/baskets/offsets",), jobs=("verify", "itemsets"))

    def test_item_out_of_range(self):
        self.items(18, 3, ("basket 11", "item 3"))
        self.items(0, 2**32 - 1, ("basket 0",))

    def test_item_that_no_uint32_holds(self):
        path = self.edited(replace("baskets/items", numpy.arange(19, dtype="uint64") << 40))
        self.refuses_dataset(path, says=("/baskets/items", "entry"), jobs=("verify", "itemsets"))

    def test_items_that_descend(self):
        self.items(slice(0, 2), [1, 0], ("basket 0", "ascending"))

    def test_item_twice_in_a_basket(self):
        self.items(slice(16, 18), [2, 2], ("basket 10", "ascending"))

    def test_customer_out_of_range(self):
        path = self.dataset(features=FEATURES, baskets=BASKETS, basket_customer=[12] * 12)
        self.refuses_dataset(path, says=("/baskets/customer", "12"), jobs=("verify",))


if __name__ == "__main__":
    unittest.main()
