# SPDX-License-Identifier: Apache-2.0
"""Memory that is short at every allocation of the program in turn, on one rank: exit code 71, one message, nothing
half written, nothing left allocated, and no rank that waits for another."""
import concurrent.futures
import gzip
import os
import pathlib
import shutil
import unittest

import h5py

from patron_test import PATRON, PatronTest, by_tier, must, run

FAIL = pathlib.Path(PATRON).parent / "tests/fail_allocation_preload.so"
# Of each job on one rank at most, evenly; jobs have 600 to 7,000 allocations, and all of these take 40 minutes of processors.
TRIES = int(os.environ.get("PATRON_NO_MEMORY_TRIES", by_tier(3, 800)))
JOBS = {
    "segment": "segment {in}/d --k 3 -o {out}/m.h5 --json",
    "sweep": "segment {in}/d --k-range 2..3 --max-iter 3 --gap-draws 1 --stability-pairs 1 -o {out}/m.h5 --checkpoint {out}/kept --checkpoint-every 0 --csv",
    "itemsets": "itemsets {in}/d --min-count 5 --rules -o {out}/m.h5",
    "itemsets, top": "itemsets {in}/d --top 30 -o {out}/m.h5 --checkpoint {out}/kept --checkpoint-every 0",
    "itemsets, by segment": "itemsets {in}/d --by-segment {in}/m.h5 --min-support 0.1 --min-group 0 --rules"
                            " -o {out}/m.h5 --json",
    "ingest": "ingest --transactions {in}/t.csv --customer customer --basket invoice --item item --quantity quantity"
              " --price price --time time --plain-ids -o {out}/m.h5",
    "ingest, table": "ingest --features {in}/f.csv --id id --one-hot --plain-ids --parts 2 -o {out}/m --status {out}/status.json",
    "ingest, lists": "ingest --basket-lists {in}/l.csv -o {out}/m.h5",
    "ingest, lists dealt": "ingest --basket-lists {in}/l.csv.gz -o {out}/m.h5",
    "generate": "generate --rows 60 --columns 3 --baskets 100 --items 20 --parts 2 -o {out}/m",
    "score": "score {in}/d {in}/m.h5 --rules {in}/i.h5 -o {out}/m.h5 --text {out}/m.csv",
    "fingerprint": "score --fingerprint {in}/d {in}/m.h5 --rules {in}/*.h5 --policy {in}/policy.ini",
    "report": "report {in}/m.h5 {in}/i.h5 --data {in}/d -o {out}/m.html",
    "profile": "profile {in}/d {in}/m.h5 --json",
    "compare": "compare {in}/m.h5 {in}/n.h5",
    "inspect": "inspect {in}/d",
    "verify": "verify {in}/d --audit {out}/audit",
}


class NoMemory(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.inputs = cls.shared_folder()
        must("generate", "--rows", 60, "--columns", 3, "--baskets", 100, "--items", 20, "--parts", 2, "-o",
             cls.inputs / "d")
        must("generate", "--rows", 9, "--baskets", 30, "--items", 12, "--transactions", cls.inputs / "t.csv")
        for name, segments in (("m.h5", 3), ("n.h5", 4)):
            must("segment", cls.inputs / "d", "--k", segments, "-o", cls.inputs / name)
        must("itemsets", cls.inputs / "d", "--min-count", 5, "--rules", "--min-confidence", 0.1, "-o",
             cls.inputs / "i.h5")
        (cls.inputs / "policy.ini").write_text("[policy]\nitem-cap = 3\nquiet-list = t.csv\n", encoding="ascii")
        (cls.inputs / "f.csv").write_text("id,x,kind\n" + "".join(
            f"c{row},{row * 7 % 11},{'abc'[row % 3]}\n" for row in range(40)), encoding="ascii")
        # a block for each of three ranks
        lists = "".join(f"{row % 7},x\n" for row in range(40000)).encode("ascii")
        (cls.inputs / "l.csv").write_bytes(lists)
        (cls.inputs / "l.csv.gz").write_bytes(gzip.compress(lists, mtime=0))

    def tried(self, job, number, ranks, rank):
        """(process, what stands in the outputs' folder, reports of ranks) where that allocation fails."""
        out = self.folder / f"{list(JOBS).index(job):02}-{number:06}"
        out.mkdir()
        report = self.folder / f"report-{list(JOBS).index(job):02}-{number}"
        words = JOBS[job].format(**{"in": self.inputs, "out": out}).split()
        process = run(*words, "--progress", "never", ranks=ranks, threads=1, timeout=120, prefix=(
            "env", f"FAIL_ALLOCATION={number}", f"FAIL_ALLOCATION_RANK={rank}", f"FAIL_ALLOCATION_REPORT={report}",
            f"LD_PRELOAD={FAIL}"))
        found = {name: self.content(out / name) for name in sorted(os.listdir(out))
                 if name not in ("status.json", "audit")}
        reports = [self.report(f"{report}.{each}") for each in range(ranks)]
        shutil.rmtree(out)
        process.stdout = process.stdout.replace(str(out), "OUT")
        return process, found, reports

    def report(self, path):
        """(allocations, those never freed) of a rank; None where mpirun, told of another's exit code, was faster."""
        try:
            text = pathlib.Path(path).read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        return tuple(map(int, text.split())) or None

    def content(self, path):
        if path.suffix in (".csv", ".html"):
            return path.read_bytes()
        if path.name == "kept":
            return "a checkpoint"
        options = None
        if path.is_file():
            with h5py.File(path) as file:
                options = sorted(file["run"].attrs) if "run" in file else None
        return self.verified_digest(path), options

    def check(self, job, number, plain, tried, rank):
        process, found, reports = tried
        _, expected, _ = plain
        self.assertTrue(any(reports))
        for count, live in filter(None, reports):
            self.assertEqual(live, 0, f"{live} of {count} blocks were never freed")
        if process.returncode == 0:  # it could do without
            self.assertEqual(found, expected)
            if "--json" not in JOBS[job] and "--csv" not in JOBS[job]:  # these tell seconds
                self.assertEqual(process.stdout, plain[0].stdout)
            return
        self.check_failure(process, 71, ("memory", *([f"[rank {rank} of {len(reports)}]"] if len(reports) > 1 else [])))
        if "kept" in found:
            del found["kept"]
        for name, content in found.items():
            self.assertEqual(content, expected[name])

    def try_all(self, job, numbers, ranks=1, rank=0):
        plain = self.tried(job, 0, ranks, rank)
        self.assertEqual(plain[0].returncode, 0, plain[0].stderr)
        total = plain[2][rank][0]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            numbers = list(numbers(total))
            for number, tried in zip(numbers, pool.map(lambda one: self.tried(job, one, ranks, rank), numbers)):
                with self.subTest(job=job, allocation=f"{number} of {total}", rank=rank, of=ranks):
                    self.check(job, number, plain, tried, rank)

    def test_on_one_rank(self):
        for shift, job in enumerate(by_tier(("sweep", "itemsets, by segment", "ingest", "score", "report"), JOBS)):
            self.try_all(job, lambda total, shift=shift: range(1 + 17 * shift % (total // TRIES + 1), total + 1,
                                                               total // TRIES + 1))

    def test_on_one_of_several(self):
        """The others do not wait for it, and one tells."""
        jobs = [job for job in JOBS if job != "fingerprint"]  # that one meets no others
        for job, rank in by_tier((("ingest", 1),), [(job, rank) for job in jobs for rank in (0, 1)]):
            self.try_all(job, lambda total: range(11, total + 1, max(1, total // by_tier(1, 30))), ranks=2, rank=rank)


if __name__ == "__main__":
    unittest.main()
