# SPDX-License-Identifier: Apache-2.0
"""Baskets as lines of items' names: all ranks and threads read a plain file, one rank reads a stream, and
it is always the dataset that Python's csv module makes of the text."""
import csv
import gzip
import io
import random
import unittest

import h5py

from failure_test import FailureTest
from patron_test import read_strings

NAMES = ("whole milk", "rolls/buns", "a \"b\"", "two\nlines", "crlf\r\ninside", "Käse", "tea, green", "\"",
         "\n", "x")
SETTINGS = ((1, 1), (2, 1), (3, 1), (4, 1), (1, 3), (2, 2))  # ranks, threads
RANKS = (1, 2, 3, 4)
LIMIT = 1 << 24  # bytes of a record


def draw(generator, count, names=NAMES):
    return [[generator.choice(names) for _ in range(generator.randrange(1, 9))] for _ in range(count)]


def as_csv(baskets, line_end="\n"):
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if line_end == "\r" else csv.QUOTE_MINIMAL   # which would leave an LF bare
    csv.writer(text, lineterminator=line_end, quoting=quoting).writerows(baskets)
    return text.getvalue()


class Lists(FailureTest):
    def made(self, path, *options, ranks=1, threads=1, **more):
        """The digest of the dataset, which is what it says."""
        self.done("ingest", "--basket-lists", path, *options, "-o", self.out, "--force", ranks=ranks,
                  threads=threads, **more)
        return self.verified_digest(self.out)

    def whole(self, path, baskets, *options):
        """The digest of what one thread makes of the file, which holds the baskets."""
        made = self.made(path, *options)
        baskets = [{item.strip() for item in basket} - {""} for basket in baskets]
        with h5py.File(self.out) as file:
            items = read_strings(file["items/name"])
            self.assertEqual(items, sorted(set().union(*baskets), key=str.encode))
            offsets, entries = file["baskets/offsets"][:], file["baskets/items"][:]
        self.assertEqual([[items[item] for item in entries[a:b]] for a, b in zip(offsets, offsets[1:])],
                         [sorted(basket, key=str.encode) for basket in baskets])
        return made

    def test_ragged_lines(self):
        baskets = draw(random.Random(9), 400)
        for encoding, options in (("utf-8", ()), ("latin-1", ("--encoding", "latin1"))):
            text = as_csv(baskets, "\r\n") + "\r\n,, ,\r\n"
            path = self.file("baskets.csv", text.encode(encoding))
            expected = self.whole(path, [*baskets, []], *options)
            for ranks, threads in SETTINGS[1:]:
                with self.subTest(encoding=encoding, ranks=ranks, threads=threads):
                    self.assertEqual(self.made(path, *options, ranks=ranks, threads=threads), expected)

    def test_forms(self):
        """Line ends, blank lines, a mark, and no line end at the end, for ranks of few bytes or none."""
        baskets = [["milk", "two\nlines"], ["\n", "Käse", "milk"], [" tea "], ["\"", ""]]
        expected = self.whole(self.file("plain.csv", as_csv(baskets)), baskets)
        for number, (line_end, blank) in enumerate((("\n", ""), ("\r\n", "\r\n"), ("\r", "\r \r"),
                                                    ("\n", "\n\n  \n\n"))):
            lines = [as_csv([basket], line_end) for basket in baskets]
            text = blank + blank.join(lines)
            for mark, content in (("", text.removesuffix(line_end)), ("\ufeff", text + blank)):
                path, ranks = self.file("form.csv", mark + content), 2 + number % 3
                with self.subTest(line_end=line_end, mark=mark, ranks=ranks):
                    self.assertEqual(self.made(path, ranks=ranks), expected)
        self.assertEqual(self.made(self.file("mark.csv", "\ufeffx\n"), ranks=4),
                         self.whole(self.file("none.csv", "x"), [["x"]]))

    def test_boundaries(self):
        """Every cut between ranks, as a name grows in front of it."""
        tail = [["\n,\n", "b"], ["\n"], ["\"\n\"", "c"], ["d"]]
        for length in range(0, 28, 2):
            line_end, ranks = ("\n", "\r\n")[length // 2 % 2], 2 + length // 2 % 3
            baskets = [["a" * (length + 1)], *tail]
            path = self.file("cut.csv", as_csv(baskets, line_end))
            with self.subTest(length=length, ranks=ranks):
                expected = self.whole(path, baskets)
                self.assertEqual(self.made(path, ranks=ranks), expected)

    def test_many_blocks(self):
        """More than ranks read before they meet, with names that come late; a stream is the same."""
        generator = random.Random(4)
        names = [f"{number:05} {'name' * 20}" for number in range(300)]
        baskets = draw(generator, 8000, names[:200]) + draw(generator, 8000, names)
        text = as_csv(baskets)
        self.assertGreater(len(text), 5 << 20)
        path = self.file("many.csv", text)
        expected = self.whole(path, baskets)
        for ranks, threads in ((2, 1), (1, 3), (3, 1)):
            with self.subTest(ranks=ranks, threads=threads):
                self.assertEqual(self.made(path, ranks=ranks, threads=threads), expected)
        packed = self.file("many.csv.gz", gzip.compress(text.encode("ascii"), 1))
        self.assertEqual(self.made(packed, ranks=2), expected)
        for source in (path, packed):
            with open(source, "rb") as stdin:
                self.assertEqual(self.made("-", ranks=3, stdin=stdin), expected)

    def test_file_of_one_rank(self):
        """What the other ranks do not see, or see another of, rank 0 reads for all."""
        baskets = draw(random.Random(3), 50)
        for rank in range(3):
            (self.folder / str(rank)).mkdir()
        (self.folder / "2/lists.csv").write_text("another\n", "ascii")
        expected = self.whole(self.file("0/lists.csv", as_csv(baskets)), baskets)
        in_own = ("sh", "-c", 'cd "$0/$OMPI_COMM_WORLD_RANK" && exec "$@"', str(self.folder))
        self.assertEqual(self.made("lists.csv", ranks=3, prefix=in_own), expected)


class Refused(FailureTest):
    def refuses(self, content, *says, options=()):
        """At the same place whoever reads, also of a stream."""
        for path in (self.file("lists.csv", content), self.file("lists.csv.gz", gzip.compress(content, 1))):
            self.fails_alike(65, "ingest", "--basket-lists", path, *options, "-o", self.out,
                             says=(path.name, *says), ranks=RANKS)

    def test_place(self):
        good = as_csv(draw(random.Random(1), 300)).encode("utf-8")
        rest = as_csv(draw(random.Random(2), 100, NAMES[:3])).encode("utf-8")
        line = len(good.splitlines()) + 1
        for mark in (b"", b"\xef\xbb\xbf"):
            start = mark + good
            self.refuses(start + b'a,b "c"\n' + rest, f"line {line}:", "a quote")
            self.refuses(start + b"a,\"b\n\0\"\n" + rest, f"line {line}:", "NUL")
            self.refuses(start + b"a\nb\xff\n" + rest, f"line {line + 1}, byte {len(start) + 4}:", "0xFF")
        self.refuses(good + b'a,"b\n' + b"c,d\n" * 40, f"line {line}:", "never closed")

    def test_first_of_several(self):
        good = b"a,b\n" * 500
        self.refuses(b"\"x\ny\"\n" + good + b"c\xff\n" + good + b'd"\n' + good, "line 503", "0xFF")
        self.refuses(b'e"\n' + good + b"c\xff\n", "line 1:", "a quote")

    def test_nothing_there(self):
        for content in (b"", b"\n \n", b"\xef\xbb\xbf"):
            self.refuses(content, "is empty")
        for path, says in ((self.folder, "is a folder"), (self.folder / "none*", "No such file")):
            self.fails_alike(66, "ingest", "--basket-lists", path, "-o", self.out, says=(says,))

    def test_longest_record(self):
        """The limit itself is taken, however the text is cut into blocks and ranges."""
        for more in (0, 1):
            content = b"x\n" * 3000 + b"a" + b" " * (LIMIT - 2 + more) + b"\nb\n"
            if more:
                self.refuses(content, "line 3001:", "16 MiB")
                continue
            path = self.file("long.csv", content)
            for ranks, threads in ((1, 1), (3, 1), (1, 3)):
                self.done("ingest", "--basket-lists", path, "-o", self.out, "--force", ranks=ranks,
                          threads=threads)
            self.out.unlink()


if __name__ == "__main__":
    unittest.main()
