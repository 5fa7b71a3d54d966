# SPDX-License-Identifier: Apache-2.0
"""What a job prints for people, as JSON and as CSV holds the same facts, at any width of the page.

CSV is read by its description in docs/outputs.md and compared with JSON cell by cell.  Of the text,
every number must be one of JSON's, rounded as it is shown, and every number of JSON must be in the
text, but for what docs/outputs.md says that JSON adds."""
import csv
import functools
import io
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from fcntl import ioctl

import numpy

from patron_test import OF_THE_RUN, PATRON, PatronTest, by_tier, must, run, write_dataset

WIDTHS = by_tier((40, 200), (40, 80, 200))
# Of the threshold of outliers, which is defined so; and of what a dry run's table becomes.
DEFINED = {1.5, 3}
# What a run took, and where from: not of the result.
TAKEN = OF_THE_RUN | {"ranks", "threads", "peak_memory", "mining_cpu", "exchanged_bytes", "run",
                      "streamed"}
NUMBER = re.compile(r"(?<![\w.:-])-?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w-]|\.\d)")


# ---- the three forms ----

def blocks_of_json(value):
    """CSV's blocks from JSON, as docs/outputs.md tells: {name: [row, ...]}."""
    blocks = {"name": []}

    def fill(row, path, numbers, prefix, node):
        members = node.items() if isinstance(node, dict) else enumerate(node)
        for key, member in members:
            name = f"{prefix}.{key}" if prefix else str(key)
            if isinstance(member, list) and any(isinstance(one, (list, dict)) for one in member):
                below = f"{path}.{name}" if path else name
                for number, one in enumerate(member):
                    inner = {**numbers, below: number}
                    blocks.setdefault(below, []).append(dict(inner))
                    fill(blocks[below][-1], below, inner, "", one)
            elif isinstance(member, (list, dict)):
                fill(row, path, numbers, name, member)
            else:
                row[name] = member
    root = {}
    fill(root, "", {}, "", value)
    blocks["name"] = [{"name": name, "value": member} for name, member in root.items()]
    return blocks


def blocks_of_csv(text):
    """The blocks of a text, cells as they stand."""
    blocks, head = {}, None
    for row in csv.reader(io.StringIO(text, newline="")):
        if not row:
            head = None
        elif head is None:
            head = row
            # The first columns hold numbers of rows; each path of them starts with the one before.
            depth = 1
            while depth < len(head) and head[depth].startswith(head[depth - 1] + "."):
                depth += 1
            block = blocks.setdefault(head[depth - 1], [])
        else:
            assert len(row) == len(head), row
            block.append(dict(zip(head, row)))
    return blocks


def as_cell(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def same_cell(cell, value):
    if isinstance(value, float) or isinstance(value, int) and not isinstance(value, bool):
        return cell != "" and float(cell) == value
    return cell == as_cell(value)


def numbers_of_json(value, without):
    """All numbers but those of members named in `without`."""
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, (int, float)):
        return {float(value)}
    if isinstance(value, str):
        return set()
    members = value.items() if isinstance(value, dict) else enumerate(value)
    return set().union(*(numbers_of_json(member, without) for key, member in members
                         if key not in without))


def texts_of_json(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield str(key)
            yield from texts_of_json(member)


def shown(text):
    """Numbers of a text as (value, half of the last digit's worth)."""
    for found in NUMBER.findall(text):
        plain = found.replace(",", "")
        mantissa, _, exponent = plain.partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
        yield float(plain), 0.5 * 10.0 ** -decimals * (1 + 1e-9)


def is_shown(value, numbers):
    """Whether one of the numbers is the value, or its per cent, rounded."""
    return any(abs(number - scaled) <= half for number, half in numbers
               for scaled in (value, 100 * value))


# ---- what is run ----

def read_terminal(end, chunks):
    try:
        while chunk := os.read(end, 1 << 16):
            chunks.append(chunk)
    except OSError:  # so Linux tells that nobody has the other end any more
        pass


def on_terminal(arguments, folder, width, no_color=""):
    """What a job prints on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    environment |= {"TERM": "xterm", "NO_COLOR": no_color}
    chunks = []
    reader = threading.Thread(target=read_terminal, args=(ours, chunks))
    reader.start()
    process = subprocess.run([PATRON, *map(str, arguments)], cwd=folder, env=environment,
                             stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE,
                             check=False)
    os.close(theirs)
    reader.join()
    os.close(ours)
    assert process.returncode == 0, process.stderr
    return b"".join(chunks).decode("utf-8")


def make_shop(folder):
    dice = numpy.random.default_rng(3)
    centres = numpy.repeat([[10, 1], [200, 30], [50, 90]], 20, axis=0)
    features = (centres + dice.normal(0, 1, centres.shape)).astype("float32")
    baskets = [sorted({number % 3, 3 + number % 2} | ({5} if number % 4 else set()))
               for number in range(120)]
    table = dict(names=["spend", "visits"], units=["euro", "1"], item_names=list("abcdef"),
                 item_labels=["tea, green", 'a "cup"', "plate", "milk", "=jam", "bread"],
                 basket_customer=[number // 2 for number in range(120)])
    write_dataset(folder / "shop.h5", features, baskets=baskets, **table)
    write_dataset(folder / "next.h5", features + 3, baskets=baskets, **table)
    for data, model, k in (("shop", "s", 3), ("next", "t", 3), ("shop", "u", 4)):
        must("segment", folder / f"{data}.h5", "-o", folder / f"{model}.h5", "--k", k)
    must("itemsets", folder / "shop.h5", "-o", folder / "i.h5", "--min-count", 20, "--rules",
         "--audit", folder / "audit")
    must("score", folder / "next.h5", folder / "s.h5", "-o", folder / "scores.h5")
    must("itemsets", folder / "shop.h5", "--by-segment", folder / "s.h5", "-o", folder / "by.h5",
         "--min-support", 0.2, "--rules", "--min-confidence", 0.6)
    lines = ["who,bill,what,count,price,day"] + [
        f"c{number % 7},b{number % 30},i{number % 5},{number % 9 - 1},{number % 11}.5,2024-01-{1 + number % 28:02}"
        for number in range(200)]
    (folder / "sales.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "table.csv").write_text("id,age,kind\n" + "".join(
        f"{row},{row * 7 % 50},{'ab'[row % 2]}\n" for row in range(40)), encoding="utf-8")


SALES = ("--transactions", "sales.csv", "--customer", "who", "--basket", "bill", "--item", "what",
         "--quantity", "count", "--price", "price", "--time", "day")
# Each with the members of JSON that the text leaves out, as docs/outputs.md says.
MEASURES = {"support", "leverage", "conviction", "zhangs_metric", "jaccard", "chi_squared"}
RUNS = {
    "ingest": (("ingest", *SALES, "-o", "out", "--parts", 2, "--force"), set()),
    "ingest dry": (("ingest", "--features", "table.csv", "--id", "id", "--dry-run"), {"levels"}),
    "generate": (("generate", "--rows", 50, "--columns", 2, "--clusters", 2, "--baskets", 20, "-o",
                  "g.h5", "--force"), set()),
    "inspect": (("inspect", "shop.h5", "--min-group", 0), {"histogram"}),
    "inspect segments": (("inspect", "s.h5", "--min-group", 0), {"centroid_scaled"}),
    "inspect itemsets": (("inspect", "i.h5", "--min-group", 0),
                         MEASURES | {"figures", "rule_figures", "itemsets_withheld",
                                     "rules_withheld"}),
    "inspect by segment": (("inspect", "by.h5", "--min-group", 0), set()),
    "inspect scores": (("inspect", "scores.h5"), set()),
    "segment": (("segment", "shop.h5", "-o", "m.h5", "--k", 3, "--validate", "--outliers", 2,
                 "--init", "t.h5", "--force"), set()),
    "segment sweep": (("segment", "shop.h5", "-o", "m.h5", "--k-range", "2..4", "--force"),
                      {"gain", "gain_needed"}),
    "itemsets": (("itemsets", "shop.h5", "-o", "j.h5", "--min-count", 20, "--rules",
                  "--min-confidence", 0.6, "--significance", 0.01, "--force"), MEASURES),
    "itemsets by": (("itemsets", "shop.h5", "--by-segment", "s.h5", "--min-support", 0.2, "--rules",
                     "--min-confidence", 0.6), {"itemsets_by_length"}),
    "verify": (("verify", "shop.h5"), set()),
    "verify audit": (("verify", "audit"), set()),
    "compare": (("compare", "s.h5", "u.h5", "--min-group", 0), set()),
    "compare drift": (("compare", "--drift", "s.h5", "t.h5", "--min-group", 0), set()),
    "profile": (("profile", "shop.h5", "s.h5", "--revenue", "spend", "--min-group", 0),
                {"deviation", "quantiles"}),
    "score": (("score", "next.h5", "s.h5", "--rules", "i.h5", "--min-group", 0), set()),
    "report": (("report", "s.h5", "i.h5", "-o", "page.html", "--min-group", 0, "--force"), set()),
    "report by segment": (("report", "s.h5", "by.h5", "-o", "page.html", "--min-group", 0,
                           "--force"), set()),
}

# The short tier has one run of each job.
TRIED = by_tier([name for name in RUNS if " " not in name], list(RUNS))


class OutputsAgree(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.room = cls.shared_folder()
        make_shop(cls.room)

    @functools.cache
    def told(self, name, *more, width=80):
        """What a run prints, alone and in its folder, so that paths are short."""
        job, *arguments = RUNS[name][0]
        process = run(job, *arguments, *more, env={"COLUMNS": str(width)},
                      prefix=("env", "-C", str(self.room)))
        self.assertEqual(process.returncode, 0, process.stderr)
        return process.stdout

    @functools.cache
    def json(self, name):
        return json.loads(self.told(name, "--json"))

    def test_every_job_is_here(self):
        text = must(None, "--help").stdout
        jobs = re.findall(r"(?m)^  ([a-z]+) ", text[text.index("Jobs:"):])
        self.assertEqual({RUNS[name][0][0] for name in TRIED}, set(jobs))

    def test_csv_holds_what_json_does(self):
        for name in TRIED:
            with self.subTest(name):
                expected = blocks_of_json(self.json(name))
                found = blocks_of_csv(self.told(name, "--csv"))
                self.assertEqual(list(found), list(expected))
                for block, rows in expected.items():
                    if block in TAKEN:  # the steps of another run
                        continue
                    self.assertEqual(len(found[block]), len(rows), block)
                    for row, cells in zip(rows, found[block]):
                        if row.get("name", "").partition(".")[0] in TAKEN:
                            continue
                        for column, cell in cells.items():
                            self.assertTrue(same_cell(cell, row.get(column)),
                                            f"{block}.{column}: {cell!r}, {row.get(column)!r}")

    def test_text_holds_what_json_does(self):
        for name in TRIED:
            left_out = RUNS[name][1]
            value = self.json(name)
            strings = " ".join(texts_of_json(value))
            all_numbers = numbers_of_json(value, OF_THE_RUN - {"seconds"})
            for width in WIDTHS:
                with self.subTest(name, width=width):
                    text = self.told(name, width=width)
                    numbers = set(shown(text))
                    strange = [number for number in numbers
                               if not any(is_shown(value, [number]) for value in all_numbers)
                               and f"{number[0]:g}" not in strings and number[0] not in DEFINED]
                    self.assertEqual(strange, [])
                    facts = numbers_of_json(value, TAKEN | left_out)
                    self.assertEqual([fact for fact in facts if not is_shown(fact, numbers)], [])

    def test_units_of_columns(self):
        """Where a column's figures are told, so is its unit; "1" needs no saying."""
        for name in ("inspect", "segment", "profile"):
            text = self.told(name, width=200)
            self.assertRegex(text, r"spend (\[euro\]|  *euro )", name)
            self.assertNotIn("[1]", text)
        for name in ("segment", "profile"):
            self.assertEqual(self.json(name)["units"], {"spend": "euro", "visits": "1"})
        page = self.room / "page.html"
        must("report", self.room / "s.h5", "--data", self.room / "shop.h5", "-o", page, "--force")
        self.assertIn("spend [euro]", page.read_text("utf-8"))

    def test_text_keeps_to_the_page(self):
        for name in TRIED:
            for width in WIDTHS:
                with self.subTest(name, width=width):
                    for line in self.told(name, width=width).splitlines():
                        # A path or a digest has no blank to break at.
                        longest = max(map(len, line.split()), default=0)
                        self.assertTrue(len(line) <= width or longest > width - 20, line)

    def test_terminal(self):
        """The terminal's own width counts; colour is there only, and not under NO_COLOR."""
        coloured = set()
        for name in TRIED:
            self.assertNotIn("\x1b", self.told(name), name)
            for width, no_color in ((40, "1"), (80, "")):
                with self.subTest(name, width=width):
                    text = on_terminal(RUNS[name][0], self.room, width, no_color)
                    if "\x1b" in text:
                        coloured.add(no_color)
                    for line in re.sub(r"\x1b\[\d*m", "", text).splitlines():
                        longest = max(map(len, line.split()), default=0)
                        self.assertTrue(len(line) <= width or longest > width - 20, line)
        self.assertEqual(coloured, {""})


if __name__ == "__main__":
    import unittest
    unittest.main()
