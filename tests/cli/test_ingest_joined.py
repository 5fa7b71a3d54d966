# SPDX-License-Identifier: Apache-2.0
"""Transactions, a table and events in one call: one row a customer that any source has, against
plain Python that joins what it makes of each; on any ranks, threads and parts."""
import csv
import hashlib
import json
import math
import random
import unittest

import h5py
import numpy

import test_ingest_events as events_test
import test_ingest_rules as rules_test
from failure_test import FailureTest
from patron_test import KEY, NO_CUSTOMER, ONLINE_RETAIL_COLUMNS, read_strings
from plain_events import Event, ExpectedEvents, by_name
from plain_retail import Expected, Row

SETTINGS = ((1, 1, 0), (2, 1, 3), (3, 2, 0), (4, 1, 5))  # ranks, threads, parts
ZERO_WITHOUT_ROWS = ("frequency", "monetary", "distinct_items")
START = events_test.START


def draw_rows(count, seed):
    """Lines of a shop, some without a customer, some bills of two customers."""
    draws = random.Random(seed)
    return [Row("" if draws.random() < 0.1 else f"c{draws.randrange(60)}", f"b{draws.randrange(count // 4)}",
                f"i{draws.randrange(30)}", "tea", float(draws.choice((1, 2, -1))),
                draws.choice((0.1, 2.55, 1e15)), START + 3600 * draws.randrange(8000)) for _ in range(count)]


def draw_table(count, seed):
    """customer -> a number that may be missing, and one that is not."""
    draws = random.Random(seed)
    return {f"c{draws.randrange(120)}": {"age": draws.choice((math.nan, 20.0, 35.5, 0.1)),
                                         "score": draws.random()} for _ in range(count)}


def draw_events(count, seed):
    draws = random.Random(seed)
    return [Event(f"c{draws.randrange(40, 100)}", START + 3600 * draws.randrange(9000),
                  draws.choice(("call", "visit")), draws.choice((None, 0.1, 7.5))) for _ in range(count)]


class OneView:
    """The join, from its definition: `sources` is name -> (customer -> features, features of a
    customer without rows)."""

    def __init__(self, sources, fill):
        self.sources = sources
        customers = by_name({customer for known, _ in sources.values() for customer in known})
        defaults = {name: self.default(known, absent, fill) for name, (known, absent) in sources.items()}
        self.columns = [column for default in defaults.values() for column in default]
        self.customers = customers
        self.table = numpy.array([[value for name, (known, _) in sources.items()
                                   for value in known.get(customer, defaults[name]).values()]
                                  for customer in customers]).astype("float32")
        holders = {customer: [name for name, (known, _) in sources.items() if customer in known]
                   for customer in customers}
        self.quality = {f"unmatched_{name}": sum(holder == [name] for holder in holders.values())
                        for name in sources}
        self.quality["customers"] = len(customers)
        self.quality["missing_values"] = int(numpy.isnan(self.table).sum())
        self.quality["filled_values"] = sum(
            not math.isnan(value) for customer in customers for name in sources
            if name not in holders[customer] for value in defaults[name].values())

    @staticmethod
    def default(known, absent, fill):
        found = {}
        for column in next(iter(known.values())):
            found[column] = absent.get(column, math.nan)
            values = [float(numpy.float32(one[column])) for one in known.values()
                      if not math.isnan(one[column])]
            if math.isnan(found[column]) and fill != "none":
                found[column] = 0.0 if fill == "zero" else math.fsum(values) / len(values)
        return found


def absent_of_events(expected, window):
    """What a customer without any event has."""
    return {column: window if column.endswith("recency_days") else
            math.nan if column.endswith("mean") else 0.0
            for column in next(iter(expected.features.values()))}


class JoinedTest(FailureTest):
    def arguments(self, rows=None, table=None, events=None):
        """The options of the sources, which are written to files."""
        options = []
        if rows is not None:
            lines = [(*row[:6], events_test.as_time(row.time)) for row in rows]
            options += ["--transactions", self.file("shop.csv", rules_test.as_csv(lines)),
                        *ONLINE_RETAIL_COLUMNS]
        if table is not None:
            text = "number,age,score\n" + "".join(
                f"{name},{'' if math.isnan(one['age']) else one['age']},{one['score']!r}\n"
                for name, one in table.items())
            options += ["--features", self.file("table.csv", text), "--id", "number"]
        if events is not None:
            options += ["--events", self.file("events.csv", events_test.as_csv(events)),
                        *events_test.COLUMNS]
        return options

    def sources(self, rows=None, table=None, events=None):
        """What plain Python makes of each, with one time that ages count to; the shop's dataset."""
        shop = None if rows is None else Expected(rows, rules_test.ALWAYS + tuple(rules_test.KEEP))
        times = ([row.time for row in shop.kept] if shop else []) + [event.time for event in events or ()]
        as_of = max(times, default=None)
        found = {}
        if shop:
            shop = Expected(rows, rules_test.ALWAYS + tuple(rules_test.KEEP), as_of=as_of)
            found["transactions"] = (dict(zip(shop.customer_id, shop.features)),
                                     {name: 0.0 for name in ZERO_WITHOUT_ROWS})
        if table is not None:
            found["features"] = (table, {})
        if events is not None:
            expected = ExpectedEvents(events, as_of=as_of)
            window = (as_of - min(event.time for event in events)) / 86400
            found["events"] = (expected.features, absent_of_events(expected, window))
        return found, shop

    def ingest(self, arguments, *options, name="joined.h5", **more):
        path = self.folder / name
        return path, self.summary("ingest", *arguments, "--plain-ids", *options, "-o", path, **more)

    def assert_holds(self, path, view, shop):
        with h5py.File(path) as file:
            attributes = file["customers/features"].attrs
            self.assertEqual([name.decode() for name in attributes["names"]], view.columns)
            self.assertEqual(read_strings(file["customers/id"]), view.customers)
            numpy.testing.assert_array_equal(file["customers/features"][()], view.table)
            quality = {name: value[()].item() for name, value in file["quality"].items()}
            self.assertEqual({name: quality[name] for name in view.quality}, view.quality)
            self.assertEqual(quality["rows_read"],
                             sum(quality[f"{name}_rows_read"] for name in view.sources))
            for name, (known, _) in view.sources.items():
                self.assertEqual(quality[f"{name}_customers"], len(known))
            if shop:
                owners = [None if owner == NO_CUSTOMER else view.customers[owner]
                          for owner in file["baskets/customer"][()]]
                self.assertEqual(owners, [shop.customer_id[owner] for owner in shop.basket_customer])
                self.assertEqual(read_strings(file["baskets/id"]), shop.basket_id)
                self.assertEqual(file["baskets/time"][()].tolist(), shop.basket_time)
                self.assertEqual(read_strings(file["items/name"]), shop.item_name)
                offsets, items = file["baskets/offsets"][()], file["baskets/items"][()]
                self.assertEqual([items[first:end].tolist() for first, end in zip(offsets, offsets[1:])],
                                 shop.baskets)


class Views(JoinedTest):
    def test_three_sources(self):
        kinds = {"rows": draw_rows(900, 1), "table": draw_table(90, 2), "events": draw_events(700, 3)}
        arguments, (sources, shop) = self.arguments(**kinds), self.sources(**kinds)
        digests = set()
        for ranks, threads, parts in SETTINGS:
            options = ("--parts", parts) if parts else ("--memory", "1M")
            path, summary = self.ingest(arguments, *options, name=f"view{ranks}" + ("" if parts else ".h5"),
                                        ranks=ranks, threads=threads)
            self.done("verify", path)
            digests.add(summary["digest"])
            if not parts:
                self.assert_holds(path, OneView(sources, "none"), shop)
        self.assertEqual(len(digests), 1)
        shown = json.loads(self.done("inspect", path, "--json").stdout)
        self.assertEqual(shown["quality"], summary["quality"])
        with h5py.File(self.folder / "view1.h5") as file:
            attributes = file["customers/features"].attrs
            found = {name.decode(): (unit.decode(), source.decode()) for name, unit, source in
                     zip(attributes["names"], attributes["units"], attributes["source"])}
        self.assertEqual(found["recency_days"], ("days", "transactions"))
        self.assertEqual(found["age"], ("", "features"))
        self.assertEqual(found["call.count"], ("events", "events"))

    def test_two_sources_and_fill(self):
        rows, table, events = draw_rows(300, 4), draw_table(60, 5), draw_events(300, 6)
        for kinds, fill, ranks in (({"rows": rows, "table": table}, "mean", 2),
                                   ({"table": table, "events": events}, "zero", 3),
                                   ({"rows": rows, "events": events}, "mean", 1),
                                   ({"table": table, "events": events}, "mean", 2)):
            with self.subTest(sources=list(kinds), fill=fill):
                sources, shop = self.sources(**kinds)
                path, _ = self.ingest(self.arguments(**kinds), "--fill", fill, "--force", ranks=ranks)
                self.assert_holds(path, OneView(sources, fill), shop)
                self.done("verify", path)

    def test_pseudonyms(self):
        """Ids of all sources become the same ones."""
        table, events = draw_table(20, 7), draw_events(100, 8)
        path = self.folder / "names.h5"
        self.done("ingest", *self.arguments(table=table, events=events), "-o", path)
        with h5py.File(path) as file:
            self.assertEqual(file["customers/id"].attrs["form"], b"pseudonym")
            self.assertEqual(read_strings(file["customers/id"]), sorted(
                hashlib.blake2b(name.encode(), key=KEY, digest_size=16, person=b"patron customer").hexdigest()
                for name in {*table, *(event.customer for event in events)}))

    def test_segments_of_it(self):
        """The dataset goes on to other jobs."""
        kinds = {"rows": draw_rows(300, 9), "events": draw_events(300, 10)}
        path, _ = self.ingest(self.arguments(**kinds))
        self.done("segment", path, "--k", 3, "-o", self.folder / "model.h5")
        self.done("itemsets", path, "--min-count", 3, "-o", self.folder / "sets.h5")


class Rules(JoinedTest):
    def consenting(self, text, name, refusing):
        """The lines of a source with a column more, "y" but of some lines of those who refuse."""
        header, *lines = text.strip().split("\n")
        draws = random.Random(name)
        seen = set()
        marked = []
        for line in lines:
            who = next((one for one in refusing if one in line.split(",")), None)
            refuses = who is not None and (who not in seen or draws.random() < 0.5)
            seen.add(who)
            marked.append(f"{line},{'n' if refuses else 'y'}")
        return "\n".join([f"{header},ok", *marked]) + "\n"

    def test_consent(self):
        """Who refuses in one row of one source is in none: no feature, basket or item comes of him."""
        kinds = {"rows": draw_rows(300, 5), "table": draw_table(90, 6), "events": draw_events(300, 7)}
        refusing = {"shop.csv": ("c3", "c41"), "table.csv": ("c7", "c119"), "events.csv": ("c50", "c99")}
        left_out = {one for some in refusing.values() for one in some}
        kept = {"rows": [row for row in kinds["rows"] if row.customer not in left_out],
                "table": {name: one for name, one in kinds["table"].items() if name not in left_out},
                "events": [event for event in kinds["events"] if event.customer not in left_out]}
        arguments = self.arguments(**kinds)
        for name, some in refusing.items():
            path = self.folder / name
            path.write_text(self.consenting(path.read_text(encoding="utf-8"), name, some), encoding="utf-8")
        sources, shop = self.sources(**kept)
        known = {row.customer for row in kinds["rows"]} | set(kinds["table"]) | {
            event.customer for event in kinds["events"]}
        piped = ["-" if str(word).endswith("events.csv") else word for word in arguments]
        text = (self.folder / "events.csv").read_text(encoding="utf-8")
        digests = set()
        for ranks, threads, words, stdin in ((1, 2, arguments, None), (3, 1, piped, text)):
            path, summary = self.ingest(words, "--consent", "ok=y", "--exclude-columns", "ok", "--threads",
                                        threads, "--force", ranks=ranks, stdin=stdin)
            self.assert_holds(path, OneView(sources, "none"), shop)
            quality = summary["quality"]
            self.assertEqual(quality["customers_without_consent"], len(left_out & known))
            self.assertEqual([quality[f"{name}_dropped_no_consent"] for name in sources],
                             [len(kinds[kind]) - len(kept[kind]) for kind in kinds])
            digests.add(summary["digest"])
        self.assertEqual(len(digests), 1)

    def test_age(self):
        """Of events and of transactions, by each row's own time."""
        shop = self.file("shop.csv", "who,bill,what,at\nann,1,tea,2020-01-05\nann,2,tea,2020-01-04\n"
                                     "cid,3,tea,2019-12-31\n")
        events = self.file("events.csv", "who,at,what\nann,2020-01-09,call\nann,2020-01-04T23:59:59,call\n"
                                         "bob,2020-01-05,call\ncid,2019-12-01,call\n")
        path, summary = self.ingest(
            ("--transactions", shop, "--customer", "who", "--basket", "bill", "--item", "what", "--time", "at",
             "--events", events, "--event-customer", "who", "--event-time", "at", "--event-kind", "what"),
            "--as-of", "2020-01-10", "--retain-days", 5, "--min-level", 1)
        with h5py.File(path) as file:
            self.assertEqual(read_strings(file["customers/id"]), ["ann", "bob"])
            names = [name.decode() for name in file["customers/features"].attrs["names"]]
            table = file["customers/features"][()]
            self.assertEqual(table[:, names.index("call.count")].tolist(), [1, 1])
            self.assertEqual(table[:, names.index("frequency")].tolist(), [1, 0])
        self.assertEqual((summary["quality"]["transactions_dropped_too_old"],
                          summary["quality"]["events_dropped_too_old"]), (2, 2))

    def test_bad_rows_of_all(self):
        """Those of events, of transactions, of the table, in one file."""
        kinds = {"rows": draw_rows(200, 11), "table": draw_table(30, 12), "events": draw_events(200, 13)}
        arguments, (sources, shop) = self.arguments(**kinds), self.sources(**kinds)
        bad = {"shop.csv": "b1,i1,tea,many,2020-01-01,1,c1", "table.csv": "c999,old,1",
               "events.csv": "c1,never,call,,yes"}
        for name, line in bad.items():
            path = self.folder / name
            path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
        rejects = self.folder / "bad.csv"
        for ranks in (1, 3):
            path, _ = self.ingest(arguments, "--bad-rows", rejects, "--max-bad", 0.2, "--force", ranks=ranks)
            self.assert_holds(path, OneView(sources, "none"), shop)
            with open(rejects, encoding="utf-8", newline="") as file:
                found = [(row["file"].rsplit("/", 1)[1], row["row"]) for row in csv.DictReader(file)]
            self.assertEqual(found, [(name, bad[name]) for name in ("events.csv", "shop.csv", "table.csv")])
            self.assertEqual(rejects.stat().st_mode & 0o777, 0o600)
        self.fails(65, "ingest", *arguments, "-o", self.out, says=("events.csv, line 202",))
        self.fails(65, "ingest", *arguments, "--bad-rows", "skip", "--max-bad", 0.001, "-o", self.out,
                   says=("events.csv",))

    def test_same_column(self):
        table = self.file("table.csv", "id,monetary\nc1,3\n")
        shop = self.arguments(rows=draw_rows(100, 14))
        arguments = ("ingest", *shop, "--features", table, "--id", "id", "-o", self.out)
        self.fails_alike(65, *arguments, says=("shop.csv and", "table.csv both give a feature 'monetary'",
                                               "--exclude-columns"))

    def test_wrong_use(self):
        shop = self.arguments(rows=draw_rows(50, 15))
        table = self.arguments(table=draw_table(10, 16))
        events = self.arguments(events=draw_events(50, 17))
        plan = self.file("plan.ini", "[columns]\nnumber = ignore\n")
        for code, arguments, says in (
                (64, (*shop, *table[:2]), "--features needs --id"),
                (64, (*shop[:2], *shop[4:], *events), "--transactions needs --customer"),
                (64, (*shop, *events, self.folder / "more.csv"), "more.csv: with several sources"),
                (64, (*shop, "--events", "-", "--transactions", "-", *events[2:]), "standard input"),
                (64, (*table, "--fill", "mean"), "--fill"),
                (64, (*table, *events, "--fill", "most"), "--fill"),
                (64, (*shop, *table, "--baskets", table[1]), "one kind of input"),
                (64, (*shop, *events, "--retain-days", 3), "--as-of"),
                (65, (*events, *table[:2], "--plan", plan), "table.csv: without a column of customers' ids"),
                (65, (*shop, *table, "--consent", "agreed=yes"), "agreed"),
                (66, (*shop, "--features", self.folder / "none.csv", "--id", "x"), "none.csv")):
            with self.subTest(says=says):
                self.fails(code, "ingest", *arguments, "--plain-ids", "-o", self.out, says=(says,))
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
