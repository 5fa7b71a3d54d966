# SPDX-License-Identifier: Apache-2.0
"""inspect for people: within the page, in the characters and colours that the reader's terminal
takes, and without what steers it."""
import fcntl
import os
import pty
import struct
import subprocess
import termios
import unicodedata
import unittest

import numpy

from patron_test import PATRON, PatronTest, write_dataset

UNICODE, ASCII = {"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C"}
BOLD = "\x1b[1m"


def width(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


def on_terminal(arguments, columns, env):
    """What a job prints on a terminal of so many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("NO_COLOR", "COLUMNS")}
    process = subprocess.Popen([PATRON, *map(str, arguments)], stdout=slave,
                               env={**environment, "TERM": "xterm", **env})
    os.close(slave)
    text = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            piece = b""
        if not piece:
            break
        text += piece
    os.close(master)
    assert process.wait() == 0
    return text.decode().replace("\r\n", "\n")


class Text(PatronTest):
    def setUp(self):
        super().setUp()
        features = numpy.zeros((1024, 4), "float32")
        features[:, 0] = numpy.repeat(numpy.arange(16), 64)
        features[:, 1] = numpy.where(numpy.arange(1024) < 512, 0, 15)
        features[:, 3] = numpy.nan
        self.path = write_dataset(
            self.folder / "t.h5", features, units=["days"] * 4,
            names=["even", "x" * 200, "const\x1b[31mant", "消費者 ß é"],
            baskets=[[0, 1]] * 12 + [[1]], item_names=["a" * 90, "b"],
            item_labels=["l\nabel " * 30, "Ü"])

    def line_of(self, start, env, columns=200):
        text = self.done("inspect", self.path, env={**env, "COLUMNS": str(columns)}).stdout
        return next(line for line in text.splitlines() if line.startswith(start))

    def test_histograms(self):
        self.assertTrue(self.line_of("even", UNICODE).endswith("  " + 16 * "█"))
        self.assertTrue(self.line_of("even", ASCII).endswith("  " + 16 * "#"))
        self.assertTrue(self.line_of("xxx", UNICODE).endswith("  █" + 14 * " " + "█"))
        self.assertTrue(self.line_of("const", UNICODE).endswith("  constant"))
        self.assertTrue(self.line_of("消", UNICODE).endswith("  no values"))

    def test_narrow_pages(self):
        for columns in 40, 60, 100:
            text = self.done("inspect", self.path, env={**UNICODE, "COLUMNS": str(columns)}).stdout
            lines = text.split("\nColumns\n")[1].splitlines()  # a path and a digest have no blanks
            self.assertLessEqual(max(map(width, lines)), columns)
            for words in "histogram", "greatest", "outliers", "baskets":
                self.assertIn(words, text)

    def test_nothing_steers_the_terminal(self):
        text = self.done("inspect", self.path).stdout
        self.assertNotIn("\x1b", text)
        self.assertIn("const?[31mant", text)
        self.assertIn("l?abel", text)

    def test_colours_on_a_terminal_alone(self):
        job = ("inspect", self.path)
        self.assertIn(BOLD + "Columns", on_terminal(job, 80, UNICODE))
        for env in {"NO_COLOR": "1"}, {"TERM": "dumb"}:
            self.assertNotIn("\x1b", on_terminal(job, 80, {**UNICODE, **env}))
        self.assertNotIn("\x1b", self.done(*job, ranks=2, env={"TERM": "xterm"}).stdout)

    def test_the_terminals_width(self):
        for columns in 44, 90:
            text = on_terminal(("inspect", self.path), columns, {**UNICODE, "NO_COLOR": "1"})
            self.assertLessEqual(max(map(width, text.split("\nColumns\n")[1].splitlines())), columns)


if __name__ == "__main__":
    unittest.main()
