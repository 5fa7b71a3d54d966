# SPDX-License-Identifier: Apache-2.0
"""Ingest of events: features of each kind against plain Python, on any ranks, threads and parts;
kinds that are joined; rows left out, rejected, twice."""
import csv
import datetime
import gzip
import hashlib
import io
import json
import random
import unittest

import h5py
import numpy

from failure_test import FailureTest
from patron_test import DATA, KEY, read_strings
from plain_events import Event, ExpectedEvents

HEADER = ("who", "at", "what", "amount", "agreed")
COLUMNS = ("--event-customer", "who", "--event-time", "at", "--event-kind", "what", "--event-value",
           "amount")
SETTINGS = ((1, 1, 0), (2, 1, 3), (3, 2, 0), (4, 1, 5))  # ranks, threads, parts
START = 1_600_000_000


def as_time(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def as_csv(events, header=HEADER, agreed="yes"):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for event in events:
        writer.writerow((event.customer, as_time(event.time), event.kind,
                         "" if event.value is None else repr(event.value), agreed))
    return text.getvalue()


def draw(count, seed):
    """Events of few customers; kinds of very different numbers of rows, some without any value,
    values whose sum depends on its order, rows that are there twice."""
    draws = random.Random(seed)
    kinds = ["call", "visit", "click", "mail, opened", "é", "other", "rare a", "rare b", "x" * 200]
    weights = [30, 25, 20, 10, 6, 4, 2, 1, 2]
    events = []
    for _ in range(count):
        kind = draws.choices(kinds, weights)[0]
        value = draws.choice((None, 0.1, -0.0, 1e16, -1e16, 3.25)) if kind in ("call", "é", "rare a") \
            else None
        events.append(Event(f"c{draws.randrange(count // 12)}", START + 3600 * draws.randrange(9000), kind,
                            value))
        if draws.random() < 0.05:
            events.append(draws.choice(events))
    draws.shuffle(events)
    return events


class EventsTest(FailureTest):
    def ingest(self, *sources, options=(), name="events.h5", columns=COLUMNS, **more):
        path = self.folder / name
        inputs = [word for source in sources for word in ("--events", source)]
        summary = self.summary("ingest", *inputs, *columns, "--plain-ids", *options, "-o", path, **more)
        return path, summary

    def assert_holds(self, path, expected, **quality):
        with h5py.File(path) as file:
            names = read_strings(file["customers/id"])
            columns = [name.decode() for name in file["customers/features"].attrs["names"]]
            found = file["customers/features"][()]
            figures = {name: value[()].item() for name, value in file["quality"].items()}
        self.assertEqual(names, list(expected.features))
        self.assertEqual(columns, list(next(iter(expected.features.values()))))
        wanted = numpy.array([list(one.values()) for one in expected.features.values()])
        numpy.testing.assert_array_equal(found, wanted.astype("float32"))
        self.assertEqual(figures, {**expected.quality, **quality})


class Features(EventsTest):
    def test_ranks_threads_parts(self):
        events = draw(1500, 1)
        source = self.file("events.csv", as_csv(events))
        expected = ExpectedEvents(events, most=4)
        digests = set()
        for ranks, threads, parts in SETTINGS:
            options = ["--max-kinds", 4, *(("--parts", parts) if parts else ())]
            name = f"events-{ranks}-{threads}" + ("" if parts else ".h5")
            path, summary = self.ingest(source, options=options, name=name, ranks=ranks, threads=threads)
            self.done("verify", path)
            digests.add(summary["digest"])
            if not parts:
                self.assert_holds(path, expected, rows_read=len(events), dropped_no_customer=0,
                                  dropped_no_kind=0)
        self.assertEqual(len(digests), 1)

    def test_order_of_rows_and_files(self):
        events = draw(600, 2)
        first = self.ingest(self.file("one.csv", as_csv(events)))[1]["digest"]
        random.Random(3).shuffle(events)
        halves = [self.file(f"half{part}.csv", as_csv(events[part::2])) for part in (0, 1)]
        self.assertEqual(self.ingest(*halves, name="two.h5", ranks=2)[1]["digest"], first)
        pattern = self.ingest(self.folder / "half*.csv", options=("--memory", "1M"), name="three.h5")
        self.assertEqual(pattern[1]["digest"], first)

    def test_definitions(self):
        """By hand: a day is 86400 s, a rate is of a day at least, one customer lacks a kind."""
        text = ("who,at,what,amount\n"
                "ann,2020-01-01,call,2\nann,2020-01-05,call,4\nann,2020-01-05 12:00,visit,\n"
                "bob,2020-01-10 18:00,visit,\nbob,2020-01-11,visit,\nbob,2020-01-10 18:00,visit,\n")
        path, _ = self.ingest(self.file("events.csv", text), options=("--min-level", 1))
        with h5py.File(path) as file:
            features = file["customers/features"]
            self.assertEqual([name.decode() for name in features.attrs["names"]],
                             ["call.count", "call.per_day", "call.recency_days", "call.sum", "call.mean",
                              "visit.count", "visit.per_day", "visit.recency_days"])
            self.assertEqual({name.decode() for name in features.attrs["source"]}, {"events"})
            numpy.testing.assert_array_equal(features[()], numpy.array(
                [[2, 0.2, 6, 6, 3, 1, 0.1, 5.5], [0, 0, 10, 0, numpy.nan, 3, 3, 0]], dtype="float32"))
            self.assertEqual(file["quality/duplicate_rows"][()], 1)
            self.assertEqual(file["quality/filled_recency_days"][()], 1)
            self.assertEqual(file["quality/missing_means"][()], 1)

    def test_as_of(self):
        events = draw(200, 4)
        source = self.file("events.csv", as_csv(events))
        as_of = START + 3600 * 10000
        path, _ = self.ingest(source, options=("--as-of", as_time(as_of)))
        self.assert_holds(path, ExpectedEvents(events, as_of=as_of), rows_read=len(events),
                          dropped_no_customer=0, dropped_no_kind=0)
        self.fails_alike(65, "ingest", "--events", source, *COLUMNS, "--as-of", as_time(START), "-o",
                         self.out, ranks=(1, 3), says=("lies before the last time",))

    def test_without_kind_and_value(self):
        events = [event._replace(kind="events", value=None) for event in draw(200, 5)]
        path, summary = self.ingest(self.file("events.csv", as_csv(events)), columns=COLUMNS[:4])
        self.assert_holds(path, ExpectedEvents(events), rows_read=len(events), dropped_no_customer=0)
        self.assertEqual(summary["columns"], 3)

    def test_retail(self):
        """Of the shop's own export, lines of which are events without a value."""
        with gzip.open(DATA / "online_retail.csv.gz", "rt", encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file)][:5000]
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        events = [Event(row["CustomerID"], int(datetime.datetime.fromisoformat(
            row["InvoiceDate"] + "+00:00").timestamp()), row["Country"], float(row["Quantity"]))
            for row in rows if row["CustomerID"]]
        path, _ = self.ingest(self.file("shop.csv", text.getvalue()), ranks=2, columns=(
            "--event-customer", "CustomerID", "--event-time", "InvoiceDate", "--event-kind", "Country",
            "--event-value", "Quantity"), options=("--max-kinds", 3))
        self.assert_holds(path, ExpectedEvents(events, most=3), rows_read=len(rows), dropped_no_kind=0,
                          dropped_no_customer=len(rows) - len(events))


class Kinds(EventsTest):
    def kinds(self, counts, *options, **more):
        """The kinds with features, of so many rows each."""
        events = [Event(f"c{row % 3}", START + row, kind, None)
                  for kind, count in counts.items() for row in range(count)]
        path, _ = self.ingest(self.file("kinds.csv", as_csv(events)), options=("--force", *options), **more)
        with h5py.File(path) as file:
            return [name.decode()[:-6] for name in file["customers/features"].attrs["names"]
                    if name.decode().endswith(".count")]

    def test_rare_ones(self):
        self.assertEqual(self.kinds({"b": 10, "a": 10, "z": 9, "y": 1}), ["a", "b", "other"])
        self.assertEqual(self.kinds({"b": 10, "a": 10, "z": 8, "y": 1}), ["a", "b"])
        self.assertEqual(self.kinds({"b": 12, "a": 11, "c": 11}, "--max-kinds", 2), ["a", "b", "other"])
        self.assertEqual(self.kinds({"other": 12, "a": 11}), ["a", "other"])
        self.assertEqual(self.kinds({"other": 12, "a": 11, "c": 3}, ranks=2), ["a", "other"])
        self.assertEqual(self.kinds({"b": 1, "a": 2}, "--min-level", 1), ["a", "b"])

    def test_dry_run(self):
        """What kinds would become, by themselves and beside a table's columns; nothing is written."""
        events = [Event("ann", START, kind, value) for kind, value, count in
                  (("a", 1.5, 12), ("b", None, 11), ("c", None, 7), ("d", 1.0, 6)) for _ in range(count)]
        arguments = ("--events", self.file("events.csv", as_csv(events)), *COLUMNS, "--dry-run")
        table = ("--features", self.file("table.csv", "id,age\nann,3\n"), "--id", "id")
        expected = [{"name": "a", "rows": 12, "kinds": 1, "has_values": True},
                    {"name": "b", "rows": 11, "kinds": 1, "has_values": False},
                    {"name": "other", "rows": 13, "kinds": 2, "has_values": False}]
        for ranks, more in ((1, ()), (3, table)):
            summary = self.summary("ingest", *arguments, *more, ranks=ranks)
            self.assertEqual(summary["events"], expected)
            self.assertEqual([column["name"] for column in summary.get("columns", ())],
                             ["id", "age"] if more else [])
        shown = self.done("ingest", *arguments, *table).stdout
        self.assertRegex(shown, r"age +number(.|\n)*\nother +13 +2 +count, rate, recency\n")
        few = self.done("ingest", *arguments, "--min-level", 12).stdout
        self.assertRegex(few, r"\na +12 +1 +count, rate, recency, sum, mean\nother +24 +3 ")
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"events.csv", "table.csv"})
        self.fails(64, "ingest", *arguments, "--write-plan", self.out, says=("--write-plan",))

    def test_none(self):
        source = self.file("few.csv", as_csv(draw(2000, 6)[:5]))
        self.fails_alike(65, "ingest", "--events", source, *COLUMNS, "-o", self.out, ranks=(1, 2),
                         says=("few.csv: no kind of event has 10 rows (--min-level)",))


class Rules(EventsTest):
    def test_left_out(self):
        """By the first rule that hits, in their order; what follows is not looked at."""
        text = ("who,at,what,amount,agreed\nann,2020-01-01,call,1,yes\n,never,call,much,yes\n"
                "bob,never,call,much,no\nann,never,,much,yes\nann,2019-12-01,call,1,yes\n"
                "NIL,never,call,much,yes\n")
        path, summary = self.ingest(self.file("events.csv", text), options=(
            "--consent", "agreed=yes", "--as-of", "2020-01-02", "--retain-days", 10, "--min-level", 1,
            "--missing-words", "NIL"))
        quality = summary["quality"]
        self.assertEqual({name: quality[name] for name in quality if name.startswith(("rows", "drop"))},
                         {"rows_read": 6, "rows_kept": 1, "dropped_no_consent": 1,
                          "dropped_no_customer": 2, "dropped_no_kind": 1, "dropped_too_old": 1})
        shown = json.loads(self.done("inspect", path, "--json").stdout)
        self.assertEqual(shown["quality"], quality)

    def test_pseudonyms(self):
        path = self.folder / "events.h5"
        self.done("ingest", "--events", self.file("events.csv", as_csv(draw(100, 7))), *COLUMNS, "-o", path)
        with h5py.File(path) as file:
            ids = read_strings(file["customers/id"])
        self.assertEqual(ids, sorted(hashlib.blake2b(name.encode(), key=KEY, digest_size=16,
                                                     person=b"patron customer").hexdigest()
                                     for name in {event.customer for event in draw(100, 7)}))

    def test_bad_rows(self):
        events = draw(300, 8)
        lines = as_csv(events).splitlines(keepends=True)
        bad = ["c1,yesterday,call,1,yes\n", "c1,2020-01-01,call,much,yes\n", "c1,2020-01-01,call,1e999,yes\n",
               f"c1,2020-01-01,{'k' * 201},1,yes\n"]
        for place, line in zip((7, 90, 200, 250), bad):
            lines.insert(place, line)
        source = self.file("events.csv", "".join(lines))
        self.fails_alike(65, "ingest", "--events", source, *COLUMNS, "-o", self.out, ranks=(1, 3),
                         says=("events.csv, line 8, column 'at': found 'aaaaaaaaa'", "expected a time",))
        rejects = self.folder / "bad.csv"
        for ranks in (1, 3):
            path, _ = self.ingest(source, ranks=ranks, options=("--force", "--bad-rows", rejects, "--max-bad",
                                                                0.5))
            self.assert_holds(path, ExpectedEvents(events), rows_read=len(events) + 4, rows_rejected=4,
                              dropped_no_customer=0, dropped_no_kind=0)
            with open(rejects, encoding="utf-8", newline="") as file:
                self.assertEqual([(int(row["line"]), row["row"] + "\n") for row in csv.DictReader(file)],
                                 list(zip((8, 91, 201, 251), bad)))
        self.fails(65, "ingest", "--events", source, *COLUMNS, "--bad-rows", "skip", "-o", self.out,
                   says=("--max-bad",))

    def test_too_large(self):
        text = "who,at,what,amount\n" + "ann,2020-01-01,call,3e38\n" * 12
        self.fails_alike(65, "ingest", "--events", self.file("events.csv", text), *COLUMNS, "-o", self.out,
                         ranks=(1, 2), says=("events.csv: the sum of a customer's values is more than float32 holds",))

    def test_wrong_use(self):
        events = draw(50, 9)
        source = self.file("events.csv", as_csv(events))
        use = ("ingest", "--events", source)
        for code, arguments, says in (
                (64, (*use, "--event-time", "at", "-o", self.out), "--event-customer and --event-time"),
                (64, (*use, *COLUMNS), "--output is required"),
                (64, (*use, *COLUMNS, "--retain-days", 3, "-o", self.out), "--as-of"),
                (65, (*use, *COLUMNS[:5], "kind", "-o", self.out), "'kind'"),
                (65, (*use, *COLUMNS, "--consent", "agreed=no", "-o", self.out),
                 f"no event is kept of {len(events)} read (dropped_no_consent {len(events)})"),
                (66, ("ingest", "--events", self.folder / "none.csv", *COLUMNS, "-o", self.out), "none.csv")):
            with self.subTest(says=says):
                self.fails(code, *arguments, says=(says,))
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
