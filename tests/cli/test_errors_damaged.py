# SPDX-License-Identifier: Apache-2.0
"""Files with flipped bytes: whatever they now say, a job ends, with a code that fits, and leaves
nothing behind."""
import collections
import concurrent.futures
import os
import random
import shutil
import unittest

import h5py
import numpy

from failure_test import FailureTest, run
from patron_test import by_tier

CODES = (0, 65, 66, 71, 74)
MUTATIONS = by_tier(120, 240)
# The HDF5 library itself breaks on some of these files.  Then that is told, with the code of a fault.
LIBRARY_BROKE, MOST_BROKEN = "a library broke on it", MUTATIONS // 20
MEMORY = ("bash", "-c", 'ulimit -v 8000000; exec "$@"', "bash")
SALES = "customer,basket,item,quantity,price,time\n" + "".join(
    f"c{n % 9},b{n // 3},i{n % 7},{1 + n % 4},{1 + n % 5}.25,2011-12-{1 + n % 28:02d} 10:00\n"
    for n in range(90))
INGEST = ("--customer", "customer", "--basket", "basket", "--item", "item", "--quantity", "quantity",
          "--price", "price", "--time", "time")


class Bytes(FailureTest):
    def setUp(self):
        super().setUp()
        self.whole = self.folder / "whole"
        self.whole.mkdir()
        data = self.whole / "data.h5"
        self.done("ingest", *INGEST, "--transactions", self.file("sales.csv", SALES), "-o", data)
        self.done("segment", data, "--k", 3, "-o", self.whole / "segments.h5")
        self.done("itemsets", data, "--min-count", 2, "--rules", "--min-confidence", 0.1, "-o",
                  self.whole / "sets.h5")
        # a sanitized program claims more than any limit
        self.limit = MEMORY if run(None, "--version", prefix=MEMORY).returncode == 0 else ()
        self.content = {path.stem: path.read_bytes() for path in self.whole.iterdir()}

    def commands(self, kind, path, output):
        """The jobs that read such a file."""
        alone = ("--threads", 1, "-o", output)
        return {"data": (("verify", path), ("inspect", path), ("segment", path, "--k", 2, *alone),
                         ("itemsets", path, "--min-count", 2, *alone)),
                "segments": (("verify", path), ("inspect", path),
                             ("segment", self.whole / "data.h5", "--k", 3, *alone, "--init",
                              f"{path}:/segments/centroids")),
                "sets": (("verify", path), ("inspect", path))}[kind]

    def mutate(self, number):
        """One job on one damaged file; what went wrong with it, or None, and its code."""
        dice = random.Random(number)
        kind = dice.choice(("data", "data", "segments", "sets"))
        content = bytearray(self.content[kind])
        for _ in range(dice.choice((1, 1, 2, 4))):
            place = dice.randrange(len(content))
            content[place] = dice.choice((0, 255, dice.randrange(256),
                                          content[place] ^ 1 << dice.randrange(8)))
        folder = self.folder / str(number)
        folder.mkdir()
        (folder / "damaged.h5").write_bytes(content)
        command = dice.choice(self.commands(kind, folder / "damaged.h5", folder / "out.h5"))
        process = run(*command, prefix=self.limit, timeout=120)
        left = sorted(set(os.listdir(folder)) - {"damaged.h5"})
        shutil.rmtree(folder)
        known = process.returncode in CODES or LIBRARY_BROKE in process.stderr
        lines = process.stderr.splitlines()
        # where a library broke, the C library may have said so before us
        told = len(lines) == 1 or (LIBRARY_BROKE in process.stderr and len(lines) == 2)
        well = known and (process.returncode == 0 or (not left and told))
        return process.returncode, None if well else (number, process.returncode, left, lines[:9])

    def test_flipped(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            ends = list(pool.map(self.mutate, range(MUTATIONS)))
        self.assertEqual([wrong for _, wrong in ends if wrong is not None], [])
        codes = collections.Counter(code for code, _ in ends)
        self.assertGreater(codes[65], MUTATIONS // 20)
        self.assertLess(codes[70], MOST_BROKEN)


class Chunks(FailureTest):
    def test_compressed_chunk(self):
        """One rank alone reads the chunk that no longer unpacks."""
        path = self.folder / "data.h5"
        values = numpy.random.default_rng(3).normal(size=(3000, 4)).astype("float32")
        self.dataset(features=values)
        with h5py.File(path, "r+") as file:
            names = file["customers/features"].attrs["names"]
            del file["customers/features"]
            features = file["customers"].create_dataset("features", data=values, chunks=(500, 4),
                                                        compression="gzip")
            features.attrs["names"] = names
            places = [(chunk.byte_offset, chunk.size) for chunk in
                      map(features.id.get_chunk_info, range(features.id.get_num_chunks()))]
        self.done("segment", path, "--k", 2, "-o", self.folder / "well.h5", ranks=3)
        whole = path.read_bytes()
        for chunk in (0, 5):
            offset, size = places[chunk]
            damaged = bytearray(whole)
            damaged[offset + 2:offset + size] = b"\xff" * (size - 2)
            path.write_bytes(damaged)
            says = ("data.h5: /customers/features",)
            self.fails_alike(74, "segment", path, "--k", 2, "-o", self.out, says=("data.h5",))
            self.fails_alike(74, "verify", path, says=says)
            self.assertEqual(self.status_of_ranks("verify", path), [74] * 3)
            shutil.rmtree(self.folder / "status")


class Content(FailureTest):
    def test_value_changed_since_it_was_written(self):
        table = self.file("table.csv", "id,x\n" + "".join(f"c{n},{n}\n" for n in range(50)))
        data = self.folder / "data.h5"
        self.done("ingest", "--features", table, "--id", "id", "-o", data)
        with h5py.File(data, "r+") as file:
            file["customers/features"][7, 0] += 1
        self.fails_alike(65, "verify", data, says=("data.h5", "digest", "changed"))

    def test_models(self):
        data = self.dataset()
        model = self.folder / "model.h5"
        self.done("segment", data, "--k", 3, "-o", model)
        for path, place, value in (("segments/labels", 3, 3), ("segments/labels", 3, -2),
                                   ("segments/size", 0, 99), ("segments/centroids", (0, 0), numpy.nan),
                                   ("segments/weight_sum", 1, numpy.inf)):
            with self.subTest(path=path, value=value):
                spoilt = self.folder / "spoilt.h5"
                shutil.copy(model, spoilt)
                with h5py.File(spoilt, "r+") as file:
                    file[path][place] = value
                self.fails_alike(65, "verify", spoilt, says=("spoilt.h5", path.split("/")[0]),
                                 ranks=(2,))

    def test_itemset_models(self):
        data = self.dataset()
        model = self.folder / "model.h5"
        self.done("itemsets", data, "--min-count", 1, "--rules", "--min-confidence", 0.1, "-o", model)
        for path, place, value in (("itemsets/offsets", 2, 99), ("itemsets/items", 0, 77),
                                   ("itemsets/count", 0, 13), ("itemsets/count", 0, 0),
                                   ("rules/antecedent_items", 0, 77), ("rules/confidence", 0, 2.0),
                                   ("rules/chi_squared", 0, -1.0), ("rules/count", 0, 0)):
            with self.subTest(path=path, value=value):
                spoilt = self.folder / "spoilt.h5"
                shutil.copy(model, spoilt)
                with h5py.File(spoilt, "r+") as file:
                    file[path][place] = value
                self.fails_alike(65, "verify", spoilt, says=("spoilt.h5", path.split("/")[0]),
                                 ranks=(2,))


if __name__ == "__main__":
    unittest.main()
