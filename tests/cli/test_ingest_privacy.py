# SPDX-License-Identifier: Apache-2.0
"""Privacy of ingest: pseudonyms that hashlib makes too, their key, consent, retention, and messages
that tell nothing personal."""
import collections
import csv
import datetime
import hashlib
import io
import os
import pathlib
import random
import stat
import subprocess
import unittest

import h5py
import numpy

from failure_test import FailureTest, needs_root
from patron_test import KEY, PATRON, digest, make_data_home, read_strings

HEADER = ("who", "bill", "item", "count", "price", "when", "agreed")
COLUMNS = ("--customer", "who", "--basket", "bill", "--item", "item", "--quantity", "count", "--price",
           "price", "--time", "when")
OTHER_KEY = bytes(range(100, 132))


def pseudonym(name, key=KEY):
    """As docs/privacy.md says."""
    return hashlib.blake2b(name.encode(), key=key, digest_size=16,
                           person=b"patron customer").hexdigest()


def draw(count, seed):
    """Lines of a shop, of customers with telling names; a bill has one customer."""
    draws = random.Random(seed)
    lines = []
    for _ in range(count):
        bill = draws.randrange(count // 4)
        name = f"Zoë Quartz {bill % 37}@mail.example"
        lines.append((name, f"b{bill}", f"i{draws.randrange(20)}", draws.choice((1, 2, -1)),
                      draws.choice((0.5, 2.25)),
                      f"2021-{1 + bill % 12:02d}-{1 + bill % 28:02d} {bill % 24:02d}:00:00",
                      draws.choice(("yes", "yes", "no", ""))))
    return lines


def as_csv(lines):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *lines])
    return text.getvalue()


def by_customer(path):
    """Features of each customer, and what lies in its baskets, by the id as it stands."""
    with h5py.File(path) as file:
        ids = read_strings(file["customers/id"])
        features = dict(zip(ids, file["customers/features"][()].tolist()))
        offsets = file["baskets/offsets"][()]
        baskets = collections.defaultdict(list)
        for basket, owner in enumerate(file["baskets/customer"][()].tolist()):
            items = file["baskets/items"][offsets[basket]:offsets[basket + 1]].tolist()
            baskets[ids[owner]].append((read_strings(file["baskets/id"])[basket],
                                        int(file["baskets/time"][basket]), items))
        return {name: (repr(features[name]), baskets[name]) for name in ids}


def renamed(found, key):
    return {pseudonym(name, key): value for name, value in found.items()}


class PrivacyTest(FailureTest):
    def shop(self, lines, name="lines.csv"):
        return self.file(name, as_csv(lines))

    def ingest(self, source, *options, name="shop.h5", **more):
        path = self.folder / name
        self.done("ingest", "--transactions", source, *COLUMNS, *options, "-o", path, "--force", **more)
        return path

    def key_file(self, content=KEY.hex() + "\n", mode=0o600, name="own.key"):
        path = self.folder / name
        path.write_text(content, encoding="ascii")
        path.chmod(mode)
        return path


class Pseudonyms(PrivacyTest):
    def test_transactions(self):
        source = self.shop(draw(400, 1))
        plain = by_customer(self.ingest(source, "--plain-ids", name="plain.h5"))
        for key, options in ((KEY, ()), (OTHER_KEY, ("--key-file", self.key_file(OTHER_KEY.hex())))):
            path = self.ingest(source, *options)
            with h5py.File(path) as file:
                ids = read_strings(file["customers/id"])
                self.assertEqual(ids, sorted(pseudonym(name, key) for name in plain))
                note = dict(file["customers/id"].attrs)
            self.assertEqual(note["form"].decode(), "pseudonym")
            self.assertEqual(note["key_name"].decode(), hashlib.blake2b(
                key=key, digest_size=16, person=b"patron key").hexdigest())
            self.assertEqual(by_customer(path), renamed(plain, key))
            self.done("verify", path)

    def test_plain_ids_are_noted(self):
        source = self.shop(draw(50, 2))
        with h5py.File(self.ingest(source, "--plain-ids")) as file:
            self.assertEqual({name: value.decode() for name, value in
                              file["customers/id"].attrs.items()}, {"form": "plain"})
            self.assertTrue(all("@mail.example" in name
                                for name in read_strings(file["customers/id"])))

    def test_table(self):
        source = self.file("table.csv", "id,x,ok\nann,1,y\nbob,2,n\ncid,3,y\n")
        path = self.folder / "table.h5"
        self.done("ingest", "--features", source, "--id", "id", "--exclude-columns", "ok", "-o", path)
        with h5py.File(path) as file:
            found = dict(zip(read_strings(file["customers/id"]),
                             file["customers/features"][:, 0].tolist()))
        self.assertEqual(found, {pseudonym("ann"): 1, pseudonym("bob"): 2, pseudonym("cid"): 3})
        self.fails(65, "ingest", "--features", self.file("twice.csv", "id,x\nann,1\nann,2\n"), "--id",
                   "id", "-o", self.out, says=("same id", "lines 2 and 3"))

    def test_numbers_of_rows_are_none(self):
        source = self.file("table.csv", "x\n1\n2\n")
        self.done("ingest", "--features", source, "-o", self.out, env={"XDG_DATA_HOME": "/nowhere"})
        with h5py.File(self.out) as file:
            self.assertEqual(read_strings(file["customers/id"]), ["0", "1"])
            self.assertEqual(list(file["customers/id"].attrs), [])

    def test_bits_depend_on_the_key_alone(self):
        source = self.shop(draw(3000, 3))
        expected = digest(self.ingest(source))
        for ranks, parts, threads in ((1, 3, 2), (2, 0, 1), (3, 2, 1), (4, 5, 1)):
            path = self.folder / f"by{ranks}"
            options = ("--parts", parts) if parts else ()
            self.done("ingest", "--transactions", source, *COLUMNS, *options, "-o", path, ranks=ranks,
                      threads=threads)
            self.assertEqual(digest(path), expected, (ranks, parts))
        again = self.ingest(source, "--key-file", self.key_file(), "--memory", "1M", name="again.h5")
        self.assertEqual(digest(again), expected)
        other = self.ingest(source, "--key-file", self.key_file(OTHER_KEY.hex()), name="other.h5")
        self.assertNotEqual(digest(other), expected)

    def test_rows_without_a_customer(self):
        source = self.shop([("", "b1", "i1", 1, 1, "2021-01-01", "yes"),
                            ("ann", "b2", "i2", 1, 1, "2021-01-02", "yes")])
        with h5py.File(self.ingest(source, "--keep-no-customer")) as file:
            self.assertEqual(read_strings(file["customers/id"]), [pseudonym("ann")])
            self.assertEqual(file["baskets/customer"][()].tolist(), [2**64 - 1, 0])

    def test_basket_ids_left_out(self):
        source = self.shop(draw(200, 4))
        whole, without = self.ingest(source, name="a.h5"), self.ingest(source, "--drop-basket-ids")
        with h5py.File(whole) as left, h5py.File(without) as right:
            self.assertIn("id", left["baskets"])
            self.assertNotIn("id", right["baskets"])
            for name in ("offsets", "items", "customer", "time"):
                numpy.testing.assert_array_equal(left["baskets"][name], right["baskets"][name])
        self.done("verify", without)
        self.done("itemsets", without, "--min-count", 2, "--count-only")


class Key(PrivacyTest):
    def first(self, home, *options, env=None, **more):
        """Ingest where there is no key yet."""
        source = self.shop(draw(40, 5))
        environment = {"XDG_DATA_HOME": str(home), **(env or {})}
        return self.done("ingest", "--transactions", source, *COLUMNS, *options, "-o", self.out, "--force",
                         env=environment, **more)

    def check_key(self, path):
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        text = path.read_text(encoding="ascii")
        self.assertRegex(text, r"\A[0-9a-f]{64}\n\Z")
        with h5py.File(self.out) as file:
            self.assertIn(pseudonym(draw(40, 5)[0][0], bytes.fromhex(text)),
                          read_strings(file["customers/id"]))

    def test_made_at_first_use(self):
        home = self.folder / "data"
        process = self.first(home, ranks=3)
        path = home / "patron/pseudonym.key"
        self.assertIn(str(path), process.stderr)
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)
        self.check_key(path)
        before = path.read_bytes()
        self.assertEqual(self.first(home).stderr, "")
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual([entry.name for entry in path.parent.iterdir()], ["pseudonym.key"])

    def test_in_the_home(self):
        for data in ("", "relative"):
            home = self.folder / f"home{data}"
            self.first(data, env={"HOME": str(home)})
            self.check_key(home / ".local/share/patron/pseudonym.key")

    def test_file_given(self):
        path = self.folder / "given.key"
        self.first("/nowhere", "--key-file", path)
        self.check_key(path)

    def test_no_place(self):
        source = self.shop(draw(40, 5))
        command = ("ingest", "--transactions", source, *COLUMNS, "-o", self.out)
        self.fails_alike(78, *command, env={"XDG_DATA_HOME": "", "HOME": ""}, says=("key", "HOME"),
                         ranks=(1,))
        self.fails_alike(73, *command, "--key-file", self.folder / "none/a.key", says=("none/a.key",),
                         ranks=(2,))

    def test_another_run_is_first(self):
        """Runs that start at once: one key, and all datasets are of it."""
        home, source = self.folder / "data", self.shop(draw(40, 5))
        runs = [subprocess.Popen([PATRON, "ingest", "--transactions", source, *COLUMNS, "-o",
                                  self.folder / f"{number}.h5"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE,
                                 env={**os.environ, "XDG_DATA_HOME": str(home)})
                for number in range(8)]
        notes = [run.communicate()[1] for run in runs]
        self.assertEqual([run.returncode for run in runs], [0] * 8, notes)
        self.assertEqual(sum(b"a new key" in note for note in notes), 1)
        self.assertEqual(len({digest(self.folder / f"{number}.h5") for number in range(8)}), 1)
        self.assertEqual(os.listdir(home / "patron"), ["pseudonym.key"])

    def refuses(self, code, path, *says, **options):
        source = self.shop(draw(40, 5))
        self.fails_alike(code, "ingest", "--transactions", source, *COLUMNS, "--key-file", path, "-o",
                         self.out, says=(str(path), *says), **options)

    def test_others_can_use_it(self):
        for mode in (0o644, 0o640, 0o604, 0o620, 0o601):
            self.refuses(77, self.key_file(mode=mode), f"{mode:04o}", "0600",
                         ranks=(1, 3) if mode == 0o644 else (1,))

    @needs_root
    def test_it_belongs_to_another(self):
        path = self.key_file()
        os.chown(path, 12345, -1)
        self.refuses(77, path, "12345", ranks=(1,))

    @needs_root
    def test_unreadable(self):
        path = self.key_file()
        self.folder.chmod(0o777)
        self.refuses(66, path, ranks=(1,), user="nobody")

    def test_no_key(self):
        for content in ("", "abc\n", KEY.hex()[:-1] + "\n", KEY.hex() + "00\n", "g" + KEY.hex()[1:],
                        KEY.hex() + "\n\n", KEY.hex()[:32] + "\n" + KEY.hex()[33:]):
            self.refuses(65, self.key_file(content), "64 hexadecimal", ranks=(1,))
        (self.folder / "folder").mkdir()
        self.refuses(66, self.folder / "folder", ranks=(1,))
        os.mkfifo(self.folder / "pipe", 0o600)
        self.refuses(66, self.folder / "pipe", "no file", ranks=(1,))

    def test_plain_and_a_key(self):
        self.fails(64, "ingest", "--transactions", "x", *COLUMNS, "--plain-ids", "--key-file", "k", "-o",
                   self.out, says=("--plain-ids",))


class Rules(PrivacyTest):
    def quality(self, path):
        with h5py.File(path) as file:
            return {name: value[()].item() for name, value in file["quality"].items()}

    def test_consent(self):
        lines = draw(500, 6)
        source = self.shop(lines)
        agreed = [line for line in lines if line[6] == "yes"]
        for ranks in (1, 3):
            path = self.ingest(source, "--consent", "agreed=yes", ranks=ranks)
            found = self.quality(path)
            self.assertEqual(found["rows_read"], len(lines))
            self.assertEqual(found["dropped_no_consent"], len(lines) - len(agreed))
            self.assertEqual(found["dropped_quantity"], sum(line[3] <= 0 for line in agreed))
            only = self.ingest(self.shop(agreed, "agreed.csv"), name="agreed.h5")
            self.assertEqual(by_customer(path), by_customer(only))

    def test_consent_of_a_table(self):
        source = self.file("table.csv", "id,x,ok\nann,1, y \nbob,2,n\ncid,3,y\ndan,no number,\n")
        path = self.folder / "table.h5"
        for options in ((), ("--id", "id")):
            table = source if options else self.file("t.csv", "x,ok\n1,y\n2,n\n3,y\n4,\n")
            self.done("ingest", "--features", table, *options, "--consent", "ok=y", "-o", path, "--force")
            self.assertEqual(self.quality(path), {"rows_read": 4, "dropped_no_consent": 2,
                                                  "customers": 2, "missing_values": 0})
            with h5py.File(path) as file:
                self.assertEqual(file["customers/features"].attrs["names"].tolist(), [b"x"])
                self.assertEqual(sorted(file["customers/features"][:, 0].tolist()), [1, 3])
        self.fails(65, "ingest", "--features", source, "--id", "id", "--consent", "ok=never", "-o",
                   self.out, says=("dropped_no_consent", "4"))

    def test_retention(self):
        lines = draw(600, 7)
        source = self.shop(lines)
        kept = [line for line in lines if line[3] > 0]
        times = [datetime.datetime.fromisoformat(line[5]) for line in kept]
        as_of = datetime.datetime(2022, 1, 15)
        for since, options in ((max(times), ()), (as_of, ("--as-of", "2022-01-15"))):
            young = [line for line, time in zip(kept, times)
                     if time >= since - datetime.timedelta(days=90)]
            only = self.ingest(self.shop(young, "young.csv"), *options, name="young.h5")
            for ranks in (1, 3):
                path = self.ingest(source, "--retain-days", 90, *options, ranks=ranks)
                found = self.quality(path)
                self.assertEqual(found["dropped_too_old"], len(kept) - len(young))
                self.assertEqual(found["rows_kept"], len(young))
                self.assertEqual(by_customer(path), by_customer(only))

    def test_a_day_exactly(self):
        source = self.shop([("a", "b1", "i", 1, 1, "2021-01-01 00:00:00", ""),
                            ("b", "b2", "i", 1, 1, "2020-12-31 23:59:59", ""),
                            ("c", "b3", "i", 1, 1, "2021-01-02 00:00:00", "")])
        found = self.quality(self.ingest(source, "--retain-days", 1))
        self.assertEqual((found["rows_kept"], found["dropped_too_old"]), (2, 1))

    def test_read_once_only(self):
        text = as_csv(draw(50, 8))
        command = ("ingest", "--transactions", "-", *COLUMNS, "--retain-days", 3000, "-o", self.out)
        self.fails(64, *command, stdin=text, says=("--as-of",))
        self.done(*command, "--as-of", "2022-01-01", stdin=text)

    def test_usage(self):
        wrong = (("--transactions", "x", *COLUMNS, "--consent", "agreed"),
                 ("--transactions", "x", *COLUMNS, "--consent", "=yes"),
                 ("--transactions", "x", *COLUMNS, "--consent", "agreed="),
                 ("--baskets", "x", "--consent", "a=b"),
                 ("--features", "x", "--retain-days", 3),
                 ("--transactions", "x", "--basket", "b", "--item", "i", "--retain-days", 3),
                 ("--transactions", "x", *COLUMNS, "--retain-days", 0),
                 ("--features", "x", "--drop-basket-ids"))
        for options in wrong:
            self.fails(64, "ingest", *options, "-o", self.out)
        self.fails(65, "ingest", "--transactions", self.shop(draw(9, 9)), *COLUMNS, "--consent", "no=1",
                   "-o", self.out, says=("'no'",))


class Silence(PrivacyTest):
    def tells_nothing(self, text, lines, key=KEY):
        for word in {part for line in lines for part in line[0].split()} | {key.hex(), key.hex()[:16]}:
            if not word.isdigit():
                self.assertNotIn(word, text)

    def test_messages(self):
        lines = draw(60, 10)
        bad = [(3, "two"), (4, "Zoë Quartz"), (5, "Quartz@mail.example")]
        for column, value in bad:
            line = list(lines[7])
            line[column] = value
            line[3] = 1 if column != 3 else value
            source = self.shop(lines[:7] + [line] + lines[8:])
            for options, shown in (((), False), (("--show-values",), True)):
                process = self.fails(65, "ingest", "--transactions", source, *COLUMNS, *options, "-o",
                                     self.out, says=("line 9", f"'{HEADER[column]}'"))
                self.assertEqual(value in process.stderr, shown, process.stderr)
                if not shown:
                    self.tells_nothing(process.stderr, lines)
                    self.assertIn("--show-values", process.stderr)

    def test_shapes(self):
        for value, shape in (("1,5", "'9,9'"), ("Ab c-9", "'Aa a-9'"), ("é9", "'a9'")):
            source = self.shop([("a", "b", "i", value, 1, "2021-01-01", "")])
            process = self.fails(65, "ingest", "--transactions", source, *COLUMNS, "-o", self.out,
                                 says=(f"found {shape}",))
            self.assertNotIn(f"'{value}'", process.stderr)

    def test_a_file_without_a_header(self):
        source = self.file("bare.csv", "Zoë Quartz,b1,i1,1,1,2021-01-01,yes\n" * 2)
        process = self.fails(65, "ingest", "--transactions", source, *COLUMNS, "-o", self.out,
                             says=("'who'", "7 columns"))
        self.assertNotIn("Quartz", process.stderr)
        process = self.fails(65, "ingest", "--transactions", self.shop(draw(9, 1)), *COLUMNS, "--item",
                             "ITEM", "-o", self.out, says=("did you mean 'item'?",))

    def test_outputs(self):
        """No name and no key in what is printed, logged, modelled or audited."""
        lines = draw(300, 11)
        source, audit = self.shop(lines), self.folder / "audit.jsonl"
        path, model = self.folder / "shop.h5", self.folder / "model.h5"
        common = ("--audit", audit, "--log-level", "debug", "--progress", "always")
        home = make_data_home(self.folder / "home")
        printed = ""
        for command in (("ingest", "--transactions", source, *COLUMNS, "-o", path),
                        ("segment", path, "--k", 2, "-o", model),
                        ("itemsets", path, "--min-count", 3, "-o", self.folder / "sets.h5"),
                        ("verify", path)):
            process = self.done(*command, *common, env={"XDG_DATA_HOME": home})
            printed += process.stdout + process.stderr
        self.tells_nothing(printed, lines)
        for name in (audit, path, model, self.folder / "sets.h5"):
            content = name.read_bytes()
            self.tells_nothing(content.decode("latin-1"), lines)
            self.tells_nothing(content.decode("utf-8", "ignore"), lines)
            self.assertNotIn(KEY, content)
        ids = [pseudonym(line[0]) for line in lines]
        self.assertFalse([one for one in ids if one in audit.read_text(encoding="utf-8") + printed])
        self.assertEqual([entry.name for entry in pathlib.Path(home, "patron").iterdir()],
                         ["pseudonym.key"])


if __name__ == "__main__":
    unittest.main()
