# SPDX-License-Identifier: Apache-2.0
"""What all commands print of one model, read by one who subtracts: no small segment, no flow of few
customers, and no column of few can be had from all of it together."""
import re
import unittest

import numpy

from customers import Model
from page import Page
from patron_test import PatronTest, by_tier, must, write_dataset

GROUP, WIDE = 10, {"COLUMNS": "250", "LC_ALL": "C"}
COLUMNS = ["alpha", "beta", "spend"]
CENTRES = numpy.array([[0, 0, 5], [20, 0, 9], [0, 20, 20], [20, 20, 40], [40, 10, 90]], "float32")
# sizes of the segments: one small one, two that are no group together, two that are, and a middling beside
SIZES = ([120, 80, 40, 30, 4], [120, 80, 60, 5, 3], [120, 80, 60, 9, 8], [120, 80, 12, 11, 3])


def fields_of(line):
    return re.split(r"\s{2,}", line.strip())


def number(text):
    """Of a cell; None where it is withheld."""
    text = text.replace(",", "")
    return int(text) if text.isdigit() else None


def sizes_in(text):
    """Customers by segment, of tables with a row a segment or with a column a segment."""
    found, place, across = {}, None, None
    for line in text.splitlines():
        fields = fields_of(line)
        if fields[0] == "segment":
            place = fields.index("customers") if "customers" in fields else None
            across = [int(name) for name in fields[1:]] if all(map(str.isdigit, fields[1:])) else None
        elif across is not None and fields[0] == "customers":
            found.update(zip(across, map(number, fields[1:])))
        elif place is not None and fields[0].isdigit() and len(fields) > place:
            found[int(fields[0])] = number(fields[place])
        elif not line.strip() and found:
            place = None
    return {segment: size for segment, size in found.items() if size is not None}


def told_in(text):
    """(segment, column) of which a mean is told."""
    told, across, is_trait = set(), None, False
    for line in text.splitlines():
        fields = fields_of(line)
        if fields[0] == "segment":
            across = fields[1:] if all(map(str.isdigit, fields[1:])) else None
            is_trait = fields[1:2] == ["column"]
        elif across is not None and fields[0] in COLUMNS:
            told |= {(int(segment), fields[0]) for segment in across}
        elif is_trait and len(fields) > 1 and fields[1] in COLUMNS:
            told.add((int(fields[0]), fields[1]))
    return told


def counts_in(text, heading):
    """A table of counts as {(row, column): count}, "all" being sums; empty cells are 0."""
    lines = text.split(heading)[1].splitlines()[2:]
    names, counts = fields_of(lines[0]), {}
    for line in lines[1:]:
        if not line.strip():
            break
        fields = fields_of(line)
        counts.update({(fields[0], name): number(cell) for name, cell in zip(names, fields[1:])})
    return counts


class Attack:
    """Linear equations of integers that are not known; which sums of these they determine."""

    def __init__(self, names):
        self.place = {name: n for n, name in enumerate(names)}
        self.rows = []

    def vector(self, names):
        vector = numpy.zeros(len(self.place))
        vector[[self.place[name] for name in names]] = 1
        return vector

    def learn(self, names):
        self.rows.append(self.vector(names))

    def knows(self, names):
        rank = numpy.linalg.matrix_rank
        return rank(numpy.array(self.rows)) == rank(numpy.array(self.rows + [self.vector(names)]))


class Together(PatronTest):
    def make(self, seed, sizes):
        """Two nights of a shop, the model of each, and another of the first; baskets of the first."""
        dice, folder = numpy.random.default_rng(seed), self.folder / str(seed)
        folder.mkdir()
        place = dice.permutation(numpy.repeat(numpy.arange(len(sizes)), sizes))
        rows = (CENTRES[place] + dice.normal(0, 0.5, (len(place), 3))).astype("float32")
        owner = numpy.concatenate([numpy.arange(len(place)), dice.integers(0, len(place), 300)])
        baskets = [sorted({int(place[who]) % 4, *numpy.flatnonzero(dice.random(6) < 0.3).tolist()})
                   for who in owner]
        ids = [f"c{n:04}" for n in range(len(place))]
        moved = numpy.where(dice.random(len(place)) < 0.08, dice.integers(0, 3, len(place)), place)
        later = (CENTRES[moved] + dice.normal(0, 0.5, (len(place), 3))).astype("float32")
        kept = dice.random(len(place)) < 0.95
        self.data = write_dataset(folder / "shop.h5", rows, names=COLUMNS, ids=ids, baskets=baskets,
                                  basket_customer=owner.astype("uint64"), item_names=list("abcdef"))
        self.later = write_dataset(folder / "later.h5", later[kept], names=COLUMNS,
                                   ids=[name for name, is_kept in zip(ids, kept) if is_kept])
        self.first, self.second, self.new = (folder / f"{name}.h5" for name in ("first", "second", "new"))
        self.texts = {"segment": must("segment", self.data, "-o", self.first, "--k", 5, "--n-init", 20,
                                      "--validate", env=WIDE).stdout}
        must("segment", self.data, "-o", self.second, "--k", 3, "--columns", "alpha,beta")
        must("segment", self.later, "-o", self.new, "--init", self.first)
        self.labels = Model(self.first).labels
        self.assertEqual(sorted(numpy.bincount(self.labels)), sorted(sizes))

    def read(self, name, *command):
        self.texts[name] = self.done(*command, env=WIDE).stdout

    def read_all(self):
        page, by_segment = self.first.with_name("page.html"), self.first.with_name("by.h5")
        self.read("inspect", "inspect", self.first)
        self.read("inspect data", "inspect", self.data)
        self.read("profile", "profile", self.data, self.first, "--revenue", "spend")
        self.read("by segment", "itemsets", self.data, "--by-segment", self.first, "--min-support", 0.1, "--rules",
                  "-o", by_segment)
        self.read("score", "score", self.data, self.first)
        self.read("compare", "compare", self.first, self.second)
        self.read("itself", "compare", self.first, self.first)
        self.read("drift", "compare", "--drift", self.first, self.new)
        self.done("report", self.first, by_segment, "--data", self.data, "-o", page)
        self.page = Page(page.read_text("utf-8"))

    def sizes_told(self):
        told = {}
        for name in "segment", "inspect", "profile", "by segment", "score":
            told.update(sizes_in(self.texts[name]))
            self.assertGreaterEqual(len(told), 2, name)
        self.check_joins(told)
        for row in self.page.body("Segments, the largest first"):
            told[int(row[0].split()[0])] = number(row[1])
        for name, heading in (("compare", "Contingency table"), ("itself", "Contingency table"),
                              ("drift", "Flows, from rows to columns")):
            told.update({int(row): count for (row, column), count in counts_in(self.texts[name], heading).items()
                         if column == "all" and row.isdigit() and count is not None})
        return told

    def check_joins(self, told):
        """The customers of a join, less the segments that are told, are nobody or all that are withheld."""
        size, seen = numpy.bincount(self.labels), 0
        table = self.texts["inspect"].split("How segments join")[1].split("\n\n")[1].splitlines()
        for line in table[1:]:
            fields = fields_of(line)
            count, members = number(fields[-3]), {int(name) for name in " ".join(fields[-2:]).split()}
            if count is None:
                continue
            self.assertEqual(count, size[list(members)].sum())
            self.assertIn(members - set(told), (set(), set(range(5)) - set(told)), line)
            seen += 1
        self.assertGreater(seen, 0)

    def check_rest(self, told, what):
        """What is left of all customers is nobody, or of two segments, and of a group."""
        left = set(range(5)) - {segment for segment in told}
        size = numpy.bincount(self.labels)
        self.assertTrue(all(size[segment] >= GROUP for segment in told), what)
        self.assertGreater(len(left), 1, what)
        self.assertGreaterEqual(sum(size[segment] for segment in left), GROUP, what)

    def check_table(self, name, heading, second):
        """No cell of few, and no small segment, is what equations of all that is told determine."""
        first, counts = self.labels, counts_in(self.texts[name], heading)
        rows = sorted({row for row, _ in counts} - {"all"})
        columns = sorted({column for _, column in counts} - {"all"})
        attack = Attack([(row, column) for row in rows for column in columns])
        lines = {("row", row): [(row, column) for column in columns] for row in rows}
        lines |= {("column", column): [(row, column) for row in rows] for column in columns}
        for (row, column), count in counts.items():
            names = [(row, column)] if "all" not in (row, column) else \
                lines["column", column] if row == "all" and column != "all" else \
                lines["row", row] if row != "all" else [cell for line in rows for cell in lines["row", line]]
            if count is not None:
                attack.learn(names)
        if name == "drift":
            stayed, moved = self.stayed(rows, columns)
            attack.learn(stayed)
            attack.learn(moved)
        for row in self.sizes_told():
            attack.learn(lines["row", str(row)])
        for row in rows:
            for column in columns:
                count = second.get((row, column), 0)
                if 0 < count < GROUP and row[0] != "(" and column[0] != "(":
                    self.assertFalse(attack.knows([(row, column)]), f"{name}: {row}, {column}: {count}")
        for segment, size in enumerate(numpy.bincount(first)):
            self.assertTrue(size >= GROUP or not attack.knows(lines["row", str(segment)]), f"{name}: {segment}")

    def stayed(self, rows, columns):
        """Cells of those who stayed in what their segment became, and of those who moved: the new model began
        with the old one, and no segment became another."""
        cells = [(row, column) for row in rows for column in columns if row.isdigit() and column.isdigit()]
        return [cell for cell in cells if cell[0] == cell[1]], [cell for cell in cells if cell[0] != cell[1]]

    def flows(self):
        """Of the first night's segments to the second's."""
        new = dict(zip(self.ids_of(self.later), Model(self.new).labels.tolist()))
        return [(str(was), str(new.get(who, "(lost)")))
                for who, was in zip(self.ids_of(self.data), self.labels.tolist())]

    @staticmethod
    def ids_of(path):
        import h5py
        with h5py.File(path) as file:
            return file["customers/id"].asstr()[()].tolist()

    def test_nothing_small_is_left(self):
        for seed in range(by_tier(2, 8)):
            with self.subTest(seed=seed):
                self.make(seed, SIZES[seed % len(SIZES)])
                self.read_all()
                self.check_rest(self.sizes_told(), "sizes")
                for column in COLUMNS:
                    told = {segment for name in ("segment", "inspect", "profile")
                            for segment, of in told_in(self.texts[name]) if of == column}
                    told |= {int(row[0].split()[0]) for row in self.page.body("Mean of each column by segment")
                             if row[1] == column and row[2].strip("\u2013- ")}
                    self.check_rest(told, column)
                pairs = zip(self.labels.tolist(), Model(self.second).labels.tolist())
                for name, heading, second in (
                        ("compare", "Contingency table", pairs),
                        ("itself", "Contingency table", zip(self.labels.tolist(), self.labels.tolist())),
                        ("drift", "Flows, from rows to columns", self.flows())):
                    found = {}
                    for row, column in second:
                        found[str(row), str(column)] = found.get((str(row), str(column)), 0) + 1
                    self.check_table(name, heading, found)


if __name__ == "__main__":
    unittest.main()
