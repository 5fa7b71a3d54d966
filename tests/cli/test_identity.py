# SPDX-License-Identifier: Apache-2.0
"""The same bits from any number of ranks, threads and parts, from lines in any order; and the
digest of each result worked out a second time in Python."""
import csv
import gzip
import itertools
import random
import unittest

import h5py

from patron_test import (DATA, ONLINE_RETAIL, ONLINE_RETAIL_COLUMNS, PatronTest, by_tier, digest,
                         must)

RANKS, THREADS, PARTS = (1, 2, 3, 4), (1, 2), (1, 4, 7)
# ranks, threads and parts; the short tier has each of them once at least
MATRIX = by_tier(((1, 1, 1), (1, 2, 7), (2, 2, 4), (3, 1, 7), (4, 2, 1)),
                 tuple(itertools.product(RANKS, THREADS, PARTS)))
INGESTS = by_tier(((1, 0), (1, 7), (2, 4), (3, 1), (4, 0)),
                  tuple(itertools.product(RANKS, (0, *PARTS))))
SEGMENT = ("segment", ("--k", 6, "--seed", 5))
ITEMSETS = ("itemsets", ("--min-support", 0.01, "--rules", "--min-confidence", 0.3))
# Other ways through the jobs, on fewer ranks.
MORE = (
    ("segment", ("--k", 9, "--init", "k-means++", "--scale", "robust", "--missing", "mean",
                 "--n-init", 3)),
    ("segment", ("--k", 5, "--init", "random", "--scale", "minmax", "--missing", "drop",
                 "--log1p", "monetary,frequency", "--weight", "distinct_items")),
    ("segment", ("--k", 40, "--scale", "none", "--tol", 0)),
    ("itemsets", ("--min-count", 40, "--kind", "closed", "--min-length", 2)),
    ("itemsets", ("--min-count", 60, "--kind", "maximal", "--rules", "--min-lift", 5)),
    ("itemsets", ("--min-count", 90, "--rules", "--min-confidence", 0.2, "--max-consequent", 3,
                  "--prune-redundant", "--significance", 0.01, "--top-rules", 300)),
)


def verified(path, **options):
    return must("verify", "--digest", path, **options).stdout.strip()


class OnlineRetail(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        cls.data = {0: cls.shared / "shop.h5"}
        must("ingest", *ONLINE_RETAIL, "-o", cls.data[0])
        for parts in PARTS:
            cls.data[parts] = cls.shared / f"shop{parts}"
            must("ingest", *ONLINE_RETAIL, "--parts", parts, "-o", cls.data[parts])

    def digest_of_run(self, job, options, ranks, threads, parts):
        path = self.folder / "model.h5"
        self.done(job, self.data[parts], "-o", path, "--force", *options, ranks=ranks,
                  threads=threads)
        return verified(path)

    def matrix(self, job, options):
        found = {}
        for ranks, threads, parts in MATRIX:
            value = self.digest_of_run(job, options, ranks, threads, parts)
            found.setdefault(value, []).append((ranks, threads, parts))
        self.assertEqual(len(found), 1, found)
        self.assertEqual([digest(self.folder / "model.h5")], list(found))
        lone = self.digest_of_run(job, options, 1, 2, 0)
        self.assertEqual([lone], list(found))

    def test_segment(self):
        self.matrix(*SEGMENT)

    def test_itemsets(self):
        self.matrix(*ITEMSETS)

    def test_other_options(self):
        for job, options in MORE:
            with self.subTest(job=job, options=options):
                found = {self.digest_of_run(job, options, *place)
                         for place in ((1, 1, 0), (2, 2, 7), (3, 1, 4))}
                self.assertEqual(found, {digest(self.folder / "model.h5")})

    def test_other_results_differ(self):
        """The digest tells results apart: another seed, another least count."""
        for job, options, other in ((*SEGMENT, ("--seed", 6)), (*ITEMSETS, ("--min-lift", 2))):
            self.assertNotEqual(self.digest_of_run(job, options, 1, 1, 1),
                                self.digest_of_run(job, options + other, 1, 1, 1))

    def test_verify_on_ranks(self):
        model = self.folder / "model.h5"
        self.done("segment", self.data[4], "-o", model, *SEGMENT[1])
        for path in (model, self.data[0], self.data[7]):
            self.assertEqual({verified(path, ranks=ranks) for ranks in by_tier((1, 3), RANKS)},
                             {digest(path)})

    def test_run_is_not_part_of_it(self):
        model = self.folder / "model.h5"
        self.done("segment", self.data[0], "-o", model, *SEGMENT[1])
        before = verified(model)
        with h5py.File(model, "r+") as file:
            file["run"].attrs["hosts"] = "elsewhere"
        self.assertEqual(verified(model), before)


class Ingest(PatronTest):
    def test_ranks_and_parts(self):
        found = set()
        for ranks, parts in INGESTS:
            path = self.folder / f"shop.{ranks}.{parts}"
            self.done("ingest", *ONLINE_RETAIL, *(("--parts", parts) if parts else ()), "-o", path,
                      ranks=ranks, threads=1 + ranks % 2)
            found.add(verified(path))
            found.add(digest(path))
            name = sorted(path.iterdir())[0] if parts else path
            with h5py.File(name, "r") as file:
                found.add(file.attrs["digest"].decode())
        self.assertEqual(len(found), 1)

    def test_order_of_lines(self):
        with gzip.open(DATA / "online_retail.csv.gz", "rt", encoding="utf-8", newline="") as file:
            header, *records = csv.reader(file)
        found = set()
        for seed in by_tier((None, 1), (None, 1, 2)):
            if seed is not None:
                random.Random(seed).shuffle(records)
            source, path = self.folder / "lines.csv", self.folder / f"{seed}.h5"
            with open(source, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header] + records)
            self.done("ingest", "--transactions", source, *ONLINE_RETAIL_COLUMNS, "-o", path)
            found.add(digest(path))
        self.assertEqual(len(found), 1)

    def test_order_of_a_table(self):
        header, *lines = (DATA / "wholesale_customers.csv").read_text().splitlines()
        lines = [f"{number},{line}" for number, line in enumerate(lines)]
        found = set()
        for seed in (None, 1):
            if seed is not None:
                random.Random(seed).shuffle(lines)
            path = self.folder / f"{seed}.h5"
            must("ingest", "--features", "-", "--id", "number", "-o", path,
                 stdin="\n".join([f"number,{header}"] + lines))
            found.add(digest(path))
        self.assertEqual(len(found), 1)

    def test_baskets(self):
        found = set()
        for ranks, parts in ((1, 0), (1, 3), (2, 7), (3, 1)):
            path = self.folder / f"{ranks}.{parts}"
            self.done("ingest", "--baskets", DATA / "fimi_retail.dat.gz", "-o", path,
                      *(("--parts", parts) if parts else ()), ranks=ranks)
            found |= {digest(path), verified(path)}
        self.assertEqual(len(found), 1)

    def test_the_same_file_twice(self):
        for path in (self.folder / "first.h5", self.folder / "second.h5"):
            self.done("ingest", *ONLINE_RETAIL, "-o", path)
        self.assertEqual((self.folder / "first.h5").read_bytes(),
                         (self.folder / "second.h5").read_bytes())


if __name__ == "__main__":
    unittest.main()
