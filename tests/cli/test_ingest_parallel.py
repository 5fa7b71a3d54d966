# SPDX-License-Identifier: Apache-2.0
"""Ingest by several ranks and threads, from several files, in little memory: always the dataset that
one rank makes of the whole, which plain Python works out."""
import gzip
import os
import random
import signal
import subprocess
import time
import unittest

from failure_test import FailureTest, needs_root
from patron_test import LAUNCH, ONLINE_RETAIL_COLUMNS, PATRON, digest
from plain_retail import Expected, Row, seconds
from test_ingest_rules import SmallShop, as_csv

COLUMNS = ONLINE_RETAIL_COLUMNS
SETTINGS = ((1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (2, 2))  # ranks, threads


def draw(count, seed, odd=False):
    """Lines of a shop: several customers a basket at times, labels that tie, texts with quotes,
    newlines and delimiters where they are to be odd."""
    draws = random.Random(seed)
    lines = []
    for _ in range(count):
        basket = draws.randrange(1 + count // 5)
        label = f"label {draws.randrange(3)}"
        if odd and draws.random() < 0.4:
            label = draws.choice(('say "hi"', "two\nlines", '"', "a,b", '\n', '","', '"\n"', "é\r\n"))
        customer = "" if draws.random() < 0.1 else f"c{(basket * 7 + draws.randrange(2)) % 97}"
        lines.append((customer, f"b{basket}", f"i{draws.randrange(60)}", label,
                      draws.choice((1, 2, -1, 12)), draws.choice((0.1, 2.55, 1e15, 0)),
                      f"2021-{draws.randrange(1, 13):02d}-{draws.randrange(1, 28):02d} "
                      f"{draws.randrange(24):02d}:00:00"))
    return lines


def rows_of(lines):
    return [Row(*line[:3], line[3].strip(), *line[4:6], seconds(line[6])) for line in lines]


class Parallel(SmallShop):
    def made(self, *sources, ranks=1, threads=1, options=(), **more):
        """The digest of what ranks make of the sources."""
        output = self.folder / "parallel"
        name, *others = sources
        return self.summary("ingest", "--transactions", name, *others, *COLUMNS, "--plain-ids", "-o", output,
                            "--force", *options, ranks=ranks, threads=threads, **more)["digest"]

    def whole(self, lines, *options):
        """The digest of the lines in one file, which hold what plain Python says."""
        with self.ingest(as_csv(lines), *options) as file:
            rules = [rule for rule in ("no_basket", "no_item", "no_customer", "quantity", "price")
                     if f"--keep-{rule.replace('_', '-')}" not in options]
            self.assert_holds(file, Expected(rows_of(lines), rules))
        return digest(self.folder / "shop.h5")

    def source(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path


class OneFile(Parallel):
    def test_ranks_threads_parts(self):
        lines = draw(3000, 1, odd=True)
        expected = self.whole(lines)
        path = self.source("odd.csv", as_csv(lines))
        for (ranks, threads), parts in zip(SETTINGS, (0, 1, 3, 0, 5, 2)):
            options = ("--parts", parts) if parts else ()
            with self.subTest(ranks=ranks, threads=threads, parts=parts):
                self.assertEqual(self.made(path, ranks=ranks, threads=threads, options=options),
                                 expected)
                self.done("verify", self.folder / "parallel")
                self.clear()

    def clear(self):
        output = self.folder / "parallel"
        if output.is_dir():
            for part in output.iterdir():
                part.unlink()
            output.rmdir()
        else:
            output.unlink()

    def test_boundaries(self):
        """Every cut between ranks, as the text grows byte by byte in front of it."""
        lines = [("1", "b", "i", '"\n"', 1, 1, "2021-01-01 00:00:00"),
                 ("2", "c", "i", "\n,\n", 1, 2, "2021-01-02 00:00:00"),
                 ("3", "c", "j", '""', 1, 3, "2021-01-03 00:00:00")]
        expected = self.whole(lines)
        for length in range(0, 75, 4):
            line_end = "\r\n" if length % 8 else "\n"
            header, body = as_csv(lines, line_end).split(line_end, 1)
            path = self.source("cut.csv", header + "," + "x" * length + line_end + "".join(
                record + "," + line_end for record in self.records(body, line_end)))
            ranks = 2 + length % 3
            with self.subTest(length=length, ranks=ranks):
                self.assertEqual(self.made(path, ranks=ranks), expected)

    @staticmethod
    def records(body, line_end):
        records, start = [], 0
        while start < len(body):
            end = body.index(line_end, start)
            while body.count('"', start, end) % 2:
                end = body.index(line_end, end + 1)
            records.append(body[start:end])
            start = end + len(line_end)
        return records

    def test_more_ranks_than_lines(self):
        lines = draw(40, 3)[:1] + [("1", "b", "i", "x", 1, 1, "2021-01-01 00:00:00")]
        expected = self.whole(lines)
        for text in (as_csv(lines), as_csv(lines).rstrip("\n"), "\n\n" + as_csv(lines) + "\n\n"):
            self.assertEqual(self.made(self.source("short.csv", text), ranks=4), expected)

    def test_little_memory(self):
        lines = draw(30000, 4)
        path = self.source("many.csv", as_csv(lines))
        expected = self.made(path)
        for ranks, threads in ((1, 1), (3, 1), (1, 2)):
            with self.subTest(ranks=ranks, threads=threads):
                self.assertEqual(self.made(path, ranks=ranks, threads=threads,
                                           options=("--memory", "1M")), expected)

    def test_without_customers(self):
        lines = draw(2000, 5)
        expected = self.whole(lines, "--keep-no-customer")
        path = self.source("lines.csv", as_csv(lines))
        self.assertEqual(self.made(path, ranks=3, options=("--keep-no-customer",)), expected)
        only = ("--transactions", path, "--basket", "InvoiceNo", "--item", "StockCode")
        digests = {self.summary("ingest", *only, "--plain-ids", "-o", self.folder / f"{ranks}.h5",
                                ranks=ranks)["digest"] for ranks in (1, 2, 4)}
        self.assertEqual(len(digests), 1)


class ManyFiles(Parallel):
    def setUp(self):
        super().setUp()
        self.lines = draw(1500, 6, odd=True)
        self.expected = self.whole(self.lines)
        (self.folder / "in").mkdir()

    def cut(self, *places):
        ends = (0, *places, len(self.lines))
        return [self.lines[a:b] for a, b in zip(ends, ends[1:])]

    def test_plain_gzip_globs(self):
        pieces = self.cut(1, 700, 701, 1400)
        for number, piece in enumerate(pieces):
            text = as_csv(piece, "\r\n" if number % 2 else "\n").encode("utf-8")
            name = f"in/{number}.csv" + (".gz" if number in (1, 3) else "")
            self.source(name, gzip.compress(text) if name.endswith(".gz") else text)
        files = sorted((self.folder / "in").iterdir())
        for ranks, threads in SETTINGS:
            with self.subTest(ranks=ranks, threads=threads):
                self.assertEqual(self.made(self.folder / "in/*.csv*", ranks=ranks,
                                           threads=threads), self.expected)
        self.assertEqual(self.made(*reversed(files), ranks=2), self.expected)
        again = [word for file in files[1:] for word in ("--transactions", file)]
        self.assertEqual(self.made(files[0], options=again, ranks=3), self.expected)
        with open(files[0], "rb") as stdin:
            self.assertEqual(self.made("-", *files[1:], ranks=2, stdin=stdin), self.expected)

    def test_columns_in_another_order(self):
        first, second = self.cut(800)
        swapped = [line.replace("InvoiceNo,StockCode", "StockCode,InvoiceNo", 1) if not number
                   else line for number, line in enumerate(as_csv(
                       [(c, i, b, *rest) for c, b, i, *rest in second]).split("\n"))]
        paths = (self.source("a.csv", as_csv(first)), self.source("b.csv", "\n".join(swapped)))
        for ranks in (1, 2, 4):
            self.assertEqual(self.made(*paths, ranks=ranks), self.expected)

    def test_header_alone(self):
        paths = [self.source("a.csv", as_csv(self.lines)), self.source("none.csv", as_csv([]))]
        self.assertEqual(self.made(*paths, *paths[1:], ranks=3), self.expected)

    def test_gzip_alone(self):
        path = self.source("a.csv.gz", gzip.compress(as_csv(self.lines).encode("utf-8")))
        for ranks in (1, 3):
            self.assertEqual(self.made(path, ranks=ranks, threads=2 if ranks == 1 else 1),
                             self.expected)


class Baskets(Parallel):
    def test_ranks_and_parts(self):
        draws = random.Random(7)
        text = "".join(" ".join(str(draws.randrange(300)) for _ in range(draws.randrange(9))) + "\n"
                       for _ in range(2000))
        plain = self.source("b.dat", text)
        packed = self.source("b.dat.gz", gzip.compress(text.encode("ascii")))
        digests = set()
        for number, (source, ranks, parts) in enumerate((
                (plain, 1, 0), (plain, 3, 0), (plain, 2, 3), (plain, 4, 7), (packed, 2, 2))):
            output = self.folder / f"baskets{number}"
            options = ("--parts", parts) if parts else ()
            summary = self.summary("ingest", "--baskets", source, "-o", output, *options,
                                   ranks=ranks)
            self.assertEqual(summary["quality"]["rows_read"], 2000)
            digests.add(summary["digest"])
            self.done("verify", output)
        self.assertEqual(len(digests), 1)


class Errors(FailureTest):
    ranks = (1, 2, 4)

    def refuses(self, *sources, says, code=65, **options):
        name, *others = sources
        self.fails_alike(code, "ingest", "--transactions", name, *others, *COLUMNS, "-o", self.out,
                         says=says, ranks=self.ranks, **options)

    def test_first_of_several(self):
        lines = as_csv(draw(900, 8)).split("\n")
        lines[700] = lines[700].replace("2021", "year")
        for number in (500, 600, 850):
            lines[number] += ",more"
        self.refuses(self.file("a.csv", "\n".join(lines)), says=("a.csv", "line 501:", "8" and "7"))

    def test_first_file(self):
        good, bad = as_csv(draw(300, 9)), as_csv(draw(50, 10)) + "1,2\n"
        paths = [self.file("0.csv", good), self.file("1.csv", bad), self.file("2.csv", "x\n" + bad),
                 self.file("3.csv.gz", gzip.compress(bad.encode("utf-8")))]
        self.refuses(*paths, says=("1.csv, line 52:", "2 fields"))
        self.refuses(paths[0], paths[3], paths[1], says=("3.csv.gz, line 52:", "2 fields"))
        self.refuses(paths[2], paths[1], says=("2.csv", "no column"))

    def test_lines_inside_quotes_are_counted(self):
        text = as_csv(draw(400, 11, odd=True))
        self.refuses(self.file("a.csv", text + "1,2\n"),
                     says=(f"line {len(text.splitlines()) + 1}:",), )

    def test_quote_never_closed(self):
        lines = as_csv(draw(900, 12)).split("\n")
        lines[100] = '"' + lines[100]
        self.refuses(self.file("a.csv", "\n".join(lines)), says=("line 101", "quote"))

    def test_inputs(self):
        path = self.file("a.csv", as_csv(draw(9, 13)))
        self.refuses(path, self.folder / "none.csv", says=("none.csv",), code=66)
        self.refuses(self.folder / "*.txt", says=("*.txt", "no file matches"), code=66)
        self.refuses(path, self.file("e.csv", ""), says=("e.csv", "empty"))
        self.refuses("-", "-", says=("standard input", "once"), code=64, stdin="")

    def test_output_is_an_input(self):
        path = self.file("a.csv", as_csv(draw(9, 14)))
        self.fails_alike(73, "ingest", "--transactions", self.file("b.csv", "x\n"), path, *COLUMNS,
                         "-o", path, "--force", says=("a.csv",), ranks=(1, 2))


class Interrupted(FailureTest):
    def setUp(self):
        super().setUp()
        self.text = as_csv(draw(40000, 15))

    @needs_root
    def test_disk_full(self):
        """What waits on disk, and the dataset, are refused alike; the folder is left as it was."""
        disk = self.folder / "disk"
        disk.mkdir()
        path = self.file("a.csv", self.text)
        for size, memory in (("200k", "1M"), ("200k", "64M")):
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk],
                           check=True)
            try:
                for ranks in (1, 3):
                    self.fails(74, "ingest", "--transactions", path, *COLUMNS, "-o",
                               disk / "shop.h5", "--memory", memory, ranks=ranks,
                               says=("shop.h5", "No space left"))
                    self.assertEqual(os.listdir(disk), [])
            finally:
                subprocess.run(["umount", disk], check=True)

    def test_killed(self):
        """A process that is killed leaves nothing under the output's name."""
        path, folder = self.file("a.csv", self.text * 8), self.folder / "out"
        folder.mkdir()
        for ranks, wait in ((1, 0.05), (1, 0.3), (2, 0.5)):
            command = [LAUNCH, str(ranks), PATRON, "ingest", "--transactions", path, *COLUMNS, "-o",
                       folder / "shop", "--parts", "3", "--memory", "1M"]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(wait)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)
            self.assertNotIn("shop", os.listdir(folder))


if __name__ == "__main__":
    unittest.main()
