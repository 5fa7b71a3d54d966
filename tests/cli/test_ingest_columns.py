# SPDX-License-Identifier: Apache-2.0
"""Columns of feature tables: types that are found or planned, what they become, and rows that are
rejected. The oracle is plain Python over the csv module."""
import collections
import csv
import datetime
import io
import math
import os
import random
import stat

import unittest

import h5py

from failure_test import FailureTest
from patron_test import read_strings, run

RANKS = (1, 2, 3, 4)
MISSING = ("", "NA", "nan", "NULL", "  ")
TRUE, FALSE = ("true", "yes", "y"), ("false", "no", "n")
DAY = 86400
HEADER = ["id", "age", "city", "member", "since", "grade"]
GRADES = ("low", "middle", "high")


def table_of(seed, count, least=10):
    """Rows as texts; cities are frequent, or rare."""
    generator = random.Random(seed)
    cities = ["Bern", "Köln", "Paris, France", "Ulm \"old\""] + [f"village {i}" for i in range(6)]
    weights = [30, 20, 20, 15] + [least // 5 + 1] * 6
    rows = []
    for i in range(count):
        since = datetime.date(2019, 1, 1) + datetime.timedelta(days=generator.randrange(900))
        row = [f"c{i * 7919 % count}", str(generator.randrange(18, 90)),
               generator.choices(cities, weights)[0], generator.choice(("Yes", "no")),
               since.isoformat(), generator.choice(GRADES)]
        for column in range(1, 6):
            if generator.random() < 0.05:
                row[column] = generator.choice(MISSING)
        rows.append(row)
    generator.shuffle(rows)
    return rows


def text_of(rows, header=HEADER):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header] + rows)
    return text.getvalue()


def is_missing(text):
    return text.strip().lower() in ("", "na", "nan", "null")


def seconds(text):
    when = datetime.datetime.fromisoformat(text)
    return (when - datetime.datetime(1970, 1, 1)).total_seconds()


def one_hot(name, texts, least):
    """Names of features, and the rows' values of each."""
    counts = collections.Counter(text for text in texts if not is_missing(text))
    kept = sorted((level for level in counts if counts[level] >= least and level != "other"),
                  key=str.encode)
    rare = sum(count for level, count in counts.items() if level not in kept)
    features = {f"{name}={level}": [text == level for text in texts] for level in kept}
    if rare and rare >= least:
        features[f"{name}=other"] = [text not in kept for text in texts]
    return {feature: [math.nan if is_missing(text) else float(value)
                      for text, value in zip(texts, values)]
            for feature, values in features.items()}


def expected_features(rows, least=10, as_of=None, grades=True):
    """{feature: values} in order, of rows that are sorted by id."""
    columns = dict(zip(HEADER, zip(*rows)))

    def each(name, convert):
        return [math.nan if is_missing(text) else convert(text) for text in columns[name]]
    last = max(seconds(text) for text in columns["since"] if not is_missing(text)) \
        if as_of is None else as_of
    features = {"age": each("age", float)}
    features.update(one_hot("city", columns["city"], least))
    features["member"] = each("member", lambda text: float(text.lower() in TRUE))
    features["since_age_days"] = each("since", lambda text: (last - seconds(text)) / DAY)
    if grades:
        features["grade"] = each("grade", lambda text: float(GRADES.index(text)))
    else:
        features.update(one_hot("grade", columns["grade"], least))
    return features


class Columns(FailureTest):
    def ingest(self, text, *options, ranks=RANKS, user_id="id"):
        """The dataset's ids and {feature: values}; the same on any ranks."""
        path = self.file("table.csv", text)
        options = (*(("--id", user_id, "--plain-ids") if user_id else ()), *options)
        digests = set()
        for count in ranks:
            self.done("ingest", "--features", path, *options, "-o", self.out, "--force", ranks=count)
            digests.add(self.verified_digest(self.out))
        self.assertEqual(len(digests), 1)
        with h5py.File(self.out) as file:
            names = [name.decode() for name in file["customers/features"].attrs["names"]]
            self.units = [unit.decode()
                          for unit in file["customers/features"].attrs.get("units", [])]
            self.quality = {name: value[()] for name, value in file["quality"].items()}
            return (read_strings(file["customers/id"]),
                    dict(zip(names, file["customers/features"][:].T.tolist())))

    def assert_features(self, found, expected):
        self.assertEqual(list(found), list(expected))
        for name, values in expected.items():
            for left, right in zip(found[name], values):
                self.assertTrue(left == right or math.isnan(left) and math.isnan(right)
                                or abs(left - right) <= 1e-6 * abs(right), name)

    def test_found_types(self):
        rows = table_of(1, 400)
        ids, found = self.ingest(text_of(rows), "--one-hot")
        rows.sort(key=lambda row: row[0].encode())
        self.assertEqual(ids, [row[0] for row in rows])
        self.assert_features(found, expected_features(rows, grades=False))
        self.assertEqual(self.units[list(found).index("since_age_days")], "days")
        self.assertEqual(self.quality["missing_values"],
                         sum(is_missing(text) for row in rows for text in row[1:]))

    def test_planned_types(self):
        rows = table_of(2, 200)
        plan = self.file("plan.ini", "[columns]\nid = id\ncity = category\ngrade = ordinal(low < middle "
                                     "<high)\ncolumn2 = number\n")
        as_of = "2022-01-01 12:00:00"
        _, found = self.ingest(text_of(rows), "--plan", plan, "--min-level", 25, "--as-of", as_of,
                               "--plain-ids", user_id=None, ranks=(1, 3))
        rows.sort(key=lambda row: row[0].encode())
        self.assert_features(found, expected_features(rows, 25, seconds(as_of)))
        self.done("ingest", "--features", self.folder / "table.csv", "--plan", plan, "-o", self.out,
                  "--force", "--key-file", self.folder / "key")
        with h5py.File(self.out) as file:
            self.assertRegex(" ".join(read_strings(file["customers/id"])), "^([0-9a-f]{32} ?){200}$")

    def test_rare_levels_alone(self):
        """Others that are few together become no feature."""
        levels = ["a"] * 30 + ["b"] * 12 + ["c"] * 3 + ["other"] * 4
        text = text_of([[f"{i:02d}", level] for i, level in enumerate(levels)], ["id", "x"])
        for least, names in ((1, ["a", "b", "c", "other"]), (7, ["a", "b", "other"]),
                             (8, ["a", "b"]), (13, ["a", "other"]), (31, ["other"])):
            _, found = self.ingest(text, "--one-hot", "--min-level", least, ranks=(2,))
            self.assertEqual(list(found), [f"x={name}" for name in names])
            self.assert_features(found, one_hot("x", levels, least))

    def test_plan_that_is_written_is_read(self):
        rows = table_of(3, 150)
        header = ["id", "age", "city = place; [x]", "member", "since", "grade"]
        path, plan = self.file("table.csv", text_of(rows, header)), self.folder / "plan.ini"
        shown = self.done("ingest", "--features", path, "--id", "id", "--dry-run", "--write-plan", plan,
                          ranks=2).stdout
        self.assertFalse(self.out.exists())
        self.assertIn("column3 = category", plan.read_text(encoding="utf-8"))
        self.assertIn("refused", shown)
        self.assertNotIn("village", shown)
        _, planned = self.ingest(text_of(rows, header), "--plan", plan, ranks=(2,))
        _, found = self.ingest(text_of(rows, header), "--one-hot", ranks=(1,))
        self.assert_features(planned, found)
        self.fails(73, "ingest", "--features", path, "--dry-run", "--write-plan", plan,
                   says=("plan.ini", "exists"))

    def test_dry_run_as_json(self):
        rows = table_of(4, 300)
        path = self.file("table.csv", text_of(rows))
        for ranks in (1, 3):
            summary = self.summary("ingest", "--features", path, "--id", "id", "--one-hot", "--dry-run",
                                   ranks=ranks)
            by_name = {column["name"]: column for column in summary["columns"]}
            self.assertEqual([column["type"] for column in summary["columns"]],
                             ["id", "number", "category", "boolean", "date", "category"])
            counts = collections.Counter(row[2] for row in rows if not is_missing(row[2]))
            self.assertEqual(by_name["city"]["levels"],
                             {level: count for level, count in counts.items() if count >= 10})
            self.assertEqual(by_name["city"]["different"], len(counts))
            self.assertEqual(by_name["age"]["missing"], sum(is_missing(row[1]) for row in rows))
            self.assertNotIn("refused", summary)

    def test_standard_input(self):
        rows = table_of(5, 60)
        self.done("ingest", "--features", "-", "--id", "id", "--one-hot", "-o", self.out, ranks=2,
                  stdin=text_of(rows))
        digest = self.verified_digest(self.out)
        path = self.file("table.csv", text_of(rows))
        self.done("ingest", "--features", path, "--id", "id", "--one-hot", "-o", self.out, "--force")
        self.assertEqual(self.verified_digest(self.out), digest)

    def test_row_numbers(self):
        text = text_of([[str(i)] for i in range(1234)], ["x"])
        ids, found = self.ingest(text, user_id=None)
        self.assertEqual(ids, [f"{i:04d}" for i in range(1234)])
        self.assertEqual(found["x"], [float(i) for i in range(1234)])

    def test_refused(self):
        text = text_of([[f"c{i}", f"some words {i}", "ab"[i % 2]] for i in range(40)], ["id", "t", "k"])
        path = self.file("table.csv", text)
        self.fails_alike(65, "ingest", "--features", path, "--id", "id", "-o", self.out,
                         says=("column t holds text", "column k holds categories", "--one-hot"))
        for line, says in (("k = colour", "'colour'"), ("k = ordinal(a)", "ordinal"),
                           ("k = ordinal(a", "ordinal")):
            plan = self.file("plan.ini", f"[columns]\n{line}\n")
            self.fails(78, "ingest", "--features", path, "--plan", plan, "-o", self.out,
                       says=("plan.ini:2", says))
        plan = self.file("plan.ini", "[columns]\nnone = number\n")
        self.fails_alike(65, "ingest", "--features", path, "--plan", plan, "-o", self.out,
                         says=("'none'",), ranks=(1, 3))
        plan = self.file("plan.ini", "[columns]\nk = ordinal(a<c)\nt = ignore\n")
        self.fails_alike(65, "ingest", "--features", path, "--id", "id", "--plan", plan, "-o", self.out,
                         says=("line 3", "'k'", "orders"), ranks=(1, 3))
        plan = self.file("plan.ini", "[columns]\nk = category\nk = number\n")
        self.fails(65, "ingest", "--features", path, "--plan", plan, "-o", self.out,
                   says=("column 3 twice",))
        self.fails(64, "ingest", "--features", path, says=("--output",))
        self.fails(64, "ingest", "--features", path, "-o", self.out, "--write-plan", plan,
                   says=("--dry-run",))


class BadRows(FailureTest):
    """Rows that are rejected: which, why, and where they go."""

    def write(self, name, seed, count):
        """A file of transactions, some bad; its good rows, and its bad ones as (line, row)."""
        generator = random.Random(seed)
        lines, good, bad, line = ["who,order,thing,n,when"], [], [], 2
        for i in range(count):
            fields = [f"c{generator.randrange(9)}", f"{name}{i // 3}", f"t{generator.randrange(5)}",
                      str(generator.randrange(1, 9)), f"2020-01-{1 + i % 28:02d}"]
            broken = generator.random() < 0.1
            if broken:
                column, text = generator.choice([(3, "many"), (4, "soon"), (2, "two\" inches\" wide"),
                                                 (0, "\"two\nlines\",x"), (2, "a,b"), (1, "\"x\"y")])
                fields[column] = text
            row = ",".join(fields)
            (bad if broken else good).append((line, row) if broken else fields)
            lines.append(row)
            line += 1 + row.count("\n")
        path = self.file(name + ".csv", "\n".join(lines) + "\n")
        return path, good, [(str(path), *one) for one in bad]

    def ingest(self, ranks, *options, threads=1):
        return self.done("ingest", "--transactions", self.folder / "?.csv", "--customer", "who",
                         "--basket", "order", "--item", "thing", "--quantity", "n", "--time", "when",
                         "-o", self.out, "--force", "--max-bad", 0.5, *options, ranks=ranks,
                         threads=threads)

    def test_transactions(self):
        good, bad = [], []
        for seed, name in enumerate("abc"):
            _, some_good, some_bad = self.write(name, seed, 150)
            good += some_good
            bad += some_bad
        rejected, seen = self.folder / "bad.txt", set()
        os.umask(0o022)
        rejected.write_text("", encoding="utf-8")
        for ranks in RANKS:
            self.ingest(ranks, "--bad-rows", rejected, threads=1 + ranks % 2)
            self.assertEqual(stat.S_IMODE(rejected.stat().st_mode), 0o600)
            seen.add((self.verified_digest(self.out), rejected.read_bytes()))
        self.assertEqual(len(seen), 1)
        with open(rejected, newline="", encoding="utf-8") as file:
            header, *records = csv.reader(file)
        self.assertEqual(header, ["file", "line", "reason", "row"])
        self.assertEqual([(file, int(line), row) for file, line, _, row in records], bad)
        self.assertTrue(all(reason for _, _, reason, _ in records))
        with h5py.File(self.out) as file:
            self.assertEqual(file["quality/rows_rejected"][()], len(bad))
            self.assertEqual(file["quality/rows_read"][()], len(bad) + len(good))
            self.assertEqual(file["quality/rows_kept"][()], len(good))
            self.assertEqual(read_strings(file["baskets/id"]),
                             sorted({row[1] for row in good}, key=str.encode))
        self.ingest(2, "--bad-rows", "skip")
        self.assertEqual({self.verified_digest(self.out)}, {digest for digest, _ in seen})

    def test_share(self):
        _, good, bad = self.write("a", 3, 100)
        share = len(bad) / (len(bad) + len(good))
        options = ("--transactions", self.folder / "a.csv", "--basket", "order", "--item", "thing",
                   "--quantity", "n", "--time", "when", "--customer", "who", "-o", self.out)
        self.fails_alike(65, "ingest", *options, "--bad-rows", "skip", "--max-bad",
                         share - 1e-6, says=(f"{len(bad)} of 100", f"line {bad[0][1]}:", "--max-bad"))
        self.done("ingest", *options, "--bad-rows", "skip", "--max-bad", share + 1e-9)
        self.fails_alike(65, "ingest", *options[:-1], self.folder / "o.h5",
                         says=(f"line {bad[0][1]}",), ranks=(1, 2))
        rejected = self.folder / "bad.txt"
        process = run("ingest", *options[:-1], self.folder / "p.h5", "--bad-rows", rejected)
        self.assertEqual(process.returncode, 65)
        self.assertIn(str(rejected), process.stderr)
        self.assertTrue(rejected.exists())

    def test_table(self):
        lines = ["id,x,y"] + [f"c{i},{i},{i % 3}" for i in range(200)]
        broken = {7: "c6,many,1", 50: ",1,2", 51: "c50,1", 199: "c198,1e99,1"}
        for line, text in broken.items():
            lines[line - 1] = text
        path, rejected = self.file("t.csv", "\n".join(lines)), self.folder / "bad.txt"
        seen = set()
        for ranks in RANKS:
            self.done("ingest", "--features", path, "--id", "id", "--bad-rows", rejected, "--max-bad",
                      0.02, "-o", self.out, "--force", ranks=ranks)
            with open(rejected, newline="", encoding="utf-8") as file:
                records = list(csv.reader(file))[1:]
            self.assertEqual({int(line): row for _, line, _, row in records}, broken)
            seen.add(self.verified_digest(self.out))
        self.assertEqual(len(seen), 1)
        with h5py.File(self.out) as file:
            self.assertEqual(len(file["customers/id"]), 196)
            self.assertEqual(file["quality/rows_rejected"][()], 4)

    def test_ids_that_come_twice(self):
        text = "id,x\na,1\nb,2\nb\na,3\nb,4\n"
        path = self.file("t.csv", text)
        options = ("--features", path, "--id", "id", "-o", self.out)
        self.fails_alike(65, "ingest", *options, "--bad-rows", "skip", "--max-bad", 0.5,
                         says=("lines 2 and 5", "same id"))
        path.write_text(text.replace("b\n", ""), encoding="utf-8")
        self.fails_alike(65, "ingest", *options, says=("lines 2 and 4", "'id'", "same id"))

    def test_file_is_no_other(self):
        path, _, _ = self.write("a", 3, 10)
        for name, code in ((path, 73), (self.out, 64), (self.folder / "none" / "x", 73)):
            self.fails(code, "ingest", "--transactions", path, "--basket", "order", "--item", "thing",
                       "--bad-rows", name, "--force", "-o", self.out)


if __name__ == "__main__":
    unittest.main()
