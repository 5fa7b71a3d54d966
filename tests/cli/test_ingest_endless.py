# SPDX-License-Identifier: Apache-2.0
"""Streams without an end, or without line ends: ingest stops with one message after some megabytes,
whatever more would come, and keeps nothing of them."""
import os
import threading
import unittest

from failure_test import FailureTest, run

MOST = 100_000_000  # bytes that may have been taken
CHUNK = 1 << 16


class Endless:
    """A pipe into which a thread writes `start`, then `text` again and again, until nobody reads."""

    def __init__(self, start, text):
        self.reader, self.writer = os.pipe()
        self.start, self.chunk = start, text * (CHUNK // len(text))
        self.written = 0
        self.thread = threading.Thread(target=self.write)

    def write(self):
        try:
            self.written += os.write(self.writer, self.start)
            while self.written < 20 * MOST:
                self.written += os.write(self.writer, self.chunk)
        except BrokenPipeError:
            pass
        os.close(self.writer)

    def __enter__(self):
        self.thread.start()
        return os.fdopen(self.reader, "rb")

    def __exit__(self, *_):
        self.thread.join()


class EndlessTest(FailureTest):
    def refused(self, start, text, says, *arguments):
        endless = Endless(start, text)
        with endless as stream:
            process = run("ingest", *arguments, "-o", self.out, "--progress", "never", stdin=stream)
            stream.close()
        self.check_failure(process, 65, ("standard input", *says))
        self.assertLess(endless.written, MOST)
        self.assertFalse(self.out.exists())

    def test_a_line_of_letters(self):
        sources = (("--transactions", "-", "--basket", "b", "--item", "i"), ("--features", "-", "--id", "a"),
                   ("--events", "-", "--event-customer", "a", "--event-time", "b"), ("--basket-lists", "-"))
        for source in sources:
            with self.subTest(source=source[0]):
                self.refused(b"a,b,i\n", b"x", ("line 2", "16 MiB"), *source)

    def test_a_field_in_quotes(self):
        """Line ends do not end a record inside quotes."""
        for source in (("--transactions", "-", "--basket", "b", "--item", "i"),
                       ("--features", "-", "--id", "a")):
            with self.subTest(source=source[0]):
                self.refused(b'a,b,i\n1,2,"two\nlines"\n1,2,"', b"many lines\n",
                             ("line 4", "16 MiB", "quote"), *source)

    def test_a_basket(self):
        self.refused(b"1 2\n", b"1 ", ("line 2", "8388608"), "--baskets", "-")
        self.refused(b"", b"1", ("line 1", "2^64"), "--baskets", "-")

    def test_a_basket_in_a_file(self):
        """The limit itself is taken, by all ranks and by a stream alike."""
        for count, code in ((1 << 23, 0), ((1 << 23) + 1, 65)):
            path = self.file("wide.dat", b"5\n" + b"7 " * count + b"\n6\n")
            for ranks in (1, 2):
                process = run("ingest", "--baskets", path, "-o", self.out, "--force", "--progress",
                              "never", ranks=ranks)
                self.assertEqual(process.returncode, code, process.stderr)
            if code:
                self.check_failure(process, code, ("wide.dat, line 2", "8388608"))


if __name__ == "__main__":
    unittest.main()
