# SPDX-License-Identifier: Apache-2.0
"""`score --policy` against a plain greedy list of all offers: who is withheld, caps a customer and an
item, what is counted; the same on any ranks; and what a policy may not hold."""
import csv
import hashlib
import io
import unittest

import h5py
import numpy

from patron_test import (KEY, NO_CUSTOMER, PatronTest, by_tier, digest, make_data_home, must,
                         write_dataset)
from test_score import rules_of

K, ITEMS, CUSTOMERS = 4, 14, 240
REASONS = ("excluded_segment", "quiet_list", "quiet_column", "excluded_item", "customer_cap",
           "item_cap")


def pseudonym(customer, key=KEY):
    """As docs/privacy.md says it."""
    return hashlib.blake2b(customer.encode(), key=key, digest_size=16,
                           person=b"patron customer").hexdigest()


def key_name(key=KEY):
    return hashlib.blake2b(key=key, digest_size=16, person=b"patron key").hexdigest()


def all_offers(rules, has):
    """(confidence, lift, rule, item, row) of every rule and item for every row, best first."""
    found = []
    for row, items in enumerate(has):
        for number, (antecedent, consequent, confidence, lift) in enumerate(rules):
            if set(antecedent) <= items:
                found += [(-confidence, -lift, number, item, row) for item in consequent
                          if item not in items]
    return sorted(found)


def greedy(offers, most, cap=None, withheld=frozenset(), excluded=frozenset()):
    """{row: [(item, rule, score)]}: one list, read once."""
    made, times = {}, {}
    for score, _, rule, item, row in offers:
        mine = made.setdefault(row, [])
        if row in withheld or item in excluded or item in [offer[0] for offer in mine] \
                or len(mine) >= most or (cap is not None and times.get(item, 0) >= cap):
            continue
        mine.append((item, rule, -score))
        times[item] = times.get(item, 0) + 1
    return made


class Policy(PatronTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = cls.shared_folder()
        dice = numpy.random.default_rng(17)
        rows = dice.random((CUSTOMERS, 3)).astype("float32")
        rows[:, 2] = dice.integers(0, 60, CUSTOMERS)
        rows[::9, 2] = numpy.nan
        cls.days = rows[:, 2]
        baskets = [sorted(set((dice.integers(0, ITEMS, dice.integers(0, 6)) //
                               dice.integers(1, 4)).tolist())) for _ in range(700)]
        owners = dice.integers(0, CUSTOMERS, 700).astype("uint64")
        owners[::40] = NO_CUSTOMER
        cls.baskets = baskets
        cls.names = ["tea, green" if number == 3 else f"item{number}" for number in range(ITEMS)]
        cls.has = [set() for _ in range(CUSTOMERS)]
        for basket, owner in zip(baskets, owners):
            if owner != NO_CUSTOMER:
                cls.has[int(owner)] |= set(basket)
        more = dict(names=["a", "b", "days_since_contact"], baskets=baskets,
                    basket_customer=owners, item_names=cls.names)
        cls.ids = [f"c{row:08d}" for row in range(CUSTOMERS)]
        cls.data = write_dataset(cls.shared / "shop.h5", rows, **more)
        cls.parts = write_dataset(cls.shared / "shop", rows, parts=3, **more)
        # the same shop, whose ids are pseudonyms
        cls.hidden = write_dataset(cls.shared / "hidden.h5", rows,
                                   ids=[pseudonym(one) for one in cls.ids], **more)
        with h5py.File(cls.hidden, "r+") as file:
            file["customers/id"].attrs["key_name"] = key_name()
        cls.model, cls.rules = cls.shared / "segments.h5", cls.shared / "rules.h5"
        must("segment", cls.data, "-o", cls.model, "--k", K, "--columns", "a,b")
        must("itemsets", cls.data, "-o", cls.rules, "--min-count", 8, "--rules",
             "--min-confidence", 0.1, "--max-consequent", 2)
        scored = cls.shared / "plain.h5"
        must("score", cls.data, cls.model, "-o", scored)
        with h5py.File(scored) as file:
            cls.segment = file["scores/segment"][()]
        cls.offers = all_offers(rules_of(cls.rules), cls.has)

    def policy(self, text, name="policy.ini"):
        path = self.folder / name
        path.write_text("[policy]\n" + text, encoding="utf-8")
        return path

    def score(self, data, policy, *more, **options):
        """(summary, {row: offers}, the file's policy) of a run that verifies."""
        out = self.folder / "out.h5"
        summary = self.summary("score", data, self.model, "--rules", self.rules, "--policy", policy,
                               "-o", out, "--force", *more, **options)
        self.done("verify", out)
        with h5py.File(out) as file:
            item, rule, score = (file[f"scores/offer_{name}"][()]
                                 for name in ("item", "rule", "score"))
            told = dict(file["scores/policy"].attrs)
        made = {row: [(int(item[row, i]), int(rule[row, i]), float(score[row, i]))
                      for i in range(item.shape[1]) if item[row, i] >= 0]
                for row in range(len(item))}
        return summary, made, told

    def check(self, found, most, max_offers, cap=None, marks=None, excluded=frozenset()):
        """Offers and counts, against the greedy list; marks: {row: reason} of who gets none."""
        summary, made, told = found
        marks = marks or {}
        expected = greedy(self.offers, most, cap, set(marks), excluded)
        before = greedy(self.offers, max_offers)
        for row in range(CUSTOMERS):
            self.assertEqual(made[row], expected.get(row, []), row)
        times = [item for row in expected.values() for item, _, _ in row]
        counts = {reason: [0, set()] for reason in REASONS}
        for row, offers in before.items():
            mine = {offer[0] for offer in expected.get(row, [])}
            for item, _, _ in offers:
                if item in mine:
                    continue
                reason = marks.get(row) or ("excluded_item" if item in excluded else None)
                if reason is None:
                    # a customer with better ones only, or an item that others took
                    better = len(mine) >= most and self.is_worse_than_all(row, item, expected[row])
                    full = cap is not None and times.count(item) >= cap
                    reason = "item_cap" if full and not self.would_get(row, item, expected, cap) \
                        else "customer_cap"
                    self.assertTrue(better or full)
                counts[reason][0] += 1
                counts[reason][1].add(row)
        instead = sum(len({offer[0] for offer in offers} -
                          {offer[0] for offer in before.get(row, [])})
                      for row, offers in expected.items())
        self.assertEqual({one["reason"]: (one["offers"], one["customers"])
                          for one in summary["offers_withheld"]},
                         {reason: (number, len(rows)) for reason, (number, rows) in counts.items()})
        total = sum(map(len, before.values()))
        self.assertEqual((summary["offers_before_policy"], summary["offers_instead"]),
                         (total, instead))
        self.assertEqual(summary["offers"], len(times))
        for reason in REASONS:
            self.assertEqual(told[f"withheld_{reason}"], counts[reason][0])
            self.assertEqual(told[f"rows_{reason}"], len(counts[reason][1]))
        self.assertEqual((told["offers_before"], told["offers_instead"]), (total, instead))
        return counts

    def key_of(self, row, item):
        return next(offer for offer in self.offers if offer[4] == row and offer[3] == item)

    def is_worse_than_all(self, row, item, made):
        return all(self.key_of(row, item) > self.key_of(row, other) for other, _, _ in made)

    def would_get(self, row, item, expected, cap):
        """Whether the item has room before this offer's turn comes."""
        own = self.key_of(row, item)
        taken = [other for other, offers in expected.items()
                 if item in [offer[0] for offer in offers] and self.key_of(other, item) < own]
        return len(taken) < cap

    def test_caps_against_the_greedy_list(self):
        for most, cap, ranks in by_tier(((3, 7, 3), (2, 1, 1), (2, 20, 4)),
                                        ((3, 7, 3), (2, 1, 1), (2, 20, 4), (5, 2, 2), (3, 60, 1),
                                         (1, 5, 3))):
            text = f"item-cap = {cap}\ncustomer-cap = {most}\n"
            found = self.score(self.data, self.policy(text), "--max-offers", 3, ranks=ranks)
            counts = self.check(found, min(most, 3), 3, cap)
            self.assertGreater(counts["item_cap"][0], 0)

    def test_customer_cap_alone(self):
        found = self.score(self.data, self.policy("customer-cap = 1\n"))
        counts = self.check(found, 1, 3)
        self.assertGreater(counts["customer_cap"][0], 100)

    def test_all_together_on_any_ranks(self):
        listed = [self.ids[row] for row in range(0, CUSTOMERS, 7)]
        quiet = self.folder / "quiet.txt"
        quiet.write_text("\r\n".join(listed) + "\r\n\n  nobody \n", encoding="utf-8")
        policy = self.policy("exclude-segments = 1, 3\nexclude-items =\n    tea, green\n    item5\n"
                             f"customer-cap = 2\nitem-cap = 9\nquiet-list = {quiet}\n"
                             "quiet-column = days_since_contact\nquiet-below = 10\n")
        marks = {}
        for row in range(CUSTOMERS):
            if self.segment[row] in (1, 3):
                marks[row] = "excluded_segment"
            elif row % 7 == 0:
                marks[row] = "quiet_list"
            elif self.days[row] < 10:
                marks[row] = "quiet_column"
        found = self.score(self.data, policy)
        counts = self.check(found, 2, 3, 9, marks, {3, 5})
        self.assertTrue(all(counts[reason][0] > 0 for reason in REASONS), counts)
        self.assertEqual((found[0]["quiet_listed"], found[0]["quiet_unknown"]),
                         (len(listed) + 1, 1))
        out = self.folder / "out.h5"
        expected = digest(out)
        for ranks, threads, data in by_tier(((4, 1, self.parts),),
                                            ((2, 2, self.parts), (3, 1, self.data),
                                             (4, 1, self.parts))):
            self.score(data, policy, ranks=ranks, threads=threads)
            self.assertEqual(digest(out), expected)
        text = self.done("score", self.data, self.model, "--rules", self.rules, "--policy",
                         policy).stdout
        for reason, (number, rows) in counts.items():
            self.assertRegex(text, rf"{reason.replace('_', ' ')} +{number} +{len(rows)}\n")
        self.assertIn("withheld_item_cap", self.done("inspect", out, "--json").stdout)
        self.assertIn("item cap", self.done("inspect", out).stdout)
        rows = list(csv.reader(io.StringIO(
            self.done("score", self.data, self.model, "--rules", self.rules, "--policy", policy,
                      "--csv").stdout)))
        told = {tuple(row) for row in rows}
        for reason, (number, owners) in counts.items():
            self.assertTrue(any(reason in row and str(number) in row and str(len(owners)) in row
                                for row in told), rows)

    def test_quiet_lists_and_pseudonyms(self):
        listed = [self.ids[row] for row in range(0, CUSTOMERS, 5)]
        marks = {row: "quiet_list" for row in range(0, CUSTOMERS, 5)}
        shop, stored = self.folder / "shop.txt", self.folder / "stored.txt"
        shop.write_text("\n".join(listed), encoding="utf-8")
        stored.write_text("\n".join(pseudonym(one) for one in listed), encoding="utf-8")
        for text in (f"quiet-list = {shop}\n",
                     f"quiet-list = {stored}\nquiet-ids = dataset\n"):
            self.check(self.score(self.hidden, self.policy(text), ranks=2), 3, 3, marks=marks)
        home = make_data_home(self.folder / "other", bytes(range(1, 33)))
        policy = self.policy(f"quiet-list = {shop}\n")
        arguments = ("score", self.hidden, self.model, "--rules", self.rules, "--policy", policy)
        self.fails(65, *arguments, env={"XDG_DATA_HOME": home},
                   says=("pseudonyms of key", key_name(), "quiet-ids = dataset"))
        empty = self.folder / "empty"
        self.fails(66, *arguments, env={"XDG_DATA_HOME": str(empty)}, says=("no key",))
        self.assertFalse(empty.exists())
        policy = self.policy(f"quiet-list = {shop}\nkey-file = {home}/patron/pseudonym.key\n")
        self.fails(65, *arguments, says=("pseudonyms of key",), ranks=2)

    def test_what_a_policy_may_not_hold(self):
        arguments = ("score", self.data, self.model, "--rules", self.rules, "--policy")
        for text, line, says in (
                ("item-cpa = 3\n", 2, "did you mean 'item-cap'?"),
                ("nonsense = 3\n", 2, "expected one of exclude-segments, exclude-items"),
                ("\nitem-cap = 0\n", 3, "a whole number of at least 1"),
                ("customer-cap = two\n", 2, "found 'two'"),
                ("item-cap = 1\nitem-cap = 2\n", 3, "a second time"),
                (f"exclude-segments = 1, {K}\n", 2, f"found '{K}', expected segments from 0 to 3"),
                ("exclude-items = item0\n  itm5\n", 2, "no item 'itm5'; did you mean 'item5'?"),
                ("quiet-column = days\nquiet-below = 3\n", 2, "no column 'days'"),
                ("item-cap = 2\nquiet-below = 3\n", 3, "goes with quiet-column only"),
                ("quiet-ids = shop\n", 2, "goes with quiet-list only"),
                ("quiet-list = x\nquiet-ids = mine\n", 3, "one of shop, dataset")):
            path = self.policy(text)
            self.fails(78, *arguments, path, says=(f"{path}:{line}: ", says))
        self.fails(78, *arguments, self.folder / "none.ini", says=("none.ini", "policy"), ranks=2)
        path = self.policy("")
        path.write_text("[polcy]\nitem-cap = 2\n", encoding="utf-8")
        self.fails(78, *arguments, path, says=("did you mean [policy]",))
        self.fails(66, *arguments, self.policy(f"quiet-list = {self.folder}/gone\n"),
                   says=("gone",), ranks=2)
        self.fails(64, "score", self.data, self.model, "--policy", path,
                   says=("--policy goes with --rules",))

    def test_damage_is_found(self):
        out = self.folder / "out.h5"
        for name, value in (("item_cap", 1), ("customer_cap", 1), ("offers_instead", 10 ** 6)):
            self.score(self.data, self.policy("item-cap = 20\ncustomer-cap = 2\n"))
            with h5py.File(out, "r+") as file:
                file["scores/policy"].attrs.modify(name, numpy.uint64(value))
            self.fails(65, "verify", out)


class Baskets(PatronTest):
    """Offers to baskets, whose customers nobody knows."""

    def setUp(self):
        super().setUp()
        dice = numpy.random.default_rng(3)
        self.names = [f"i{number}" for number in range(12)]
        self.baskets = [sorted(set((dice.integers(0, 12, dice.integers(0, 6)) //
                                    dice.integers(1, 4)).tolist())) for _ in range(500)]
        self.data = write_dataset(self.folder / "carts.h5", baskets=self.baskets,
                                  item_names=self.names)
        self.rules = self.folder / "rules.h5"
        must("itemsets", self.data, "-o", self.rules, "--min-count", 8, "--rules",
             "--min-confidence", 0.1)
        self.offers = all_offers(rules_of(self.rules), [set(one) for one in self.baskets])

    def offered(self, lines):
        return {row: [line[f"offer_{i}"] for i in (1, 2) if line[f"offer_{i}"]]
                for row, line in enumerate(csv.DictReader(io.StringIO(lines)))}

    def test_against_the_greedy_list(self):
        out, policy = self.folder / "out.h5", self.folder / "policy.ini"
        policy.write_text("[policy]\nitem-cap = 11\n", encoding="utf-8")
        arguments = ("--baskets", "--rules", self.rules, "--max-offers", 2, "-o", out, "--force",
                     "--text")
        for cap, more in ((None, ()), (11, ("--policy", policy))):
            expected = greedy(self.offers, 2, cap)
            lines = self.done("score", self.data, *arguments, "-", *more).stdout
            self.assertEqual(self.offered(lines),
                             {row: [self.names[one[0]] for one in expected.get(row, [])]
                              for row in range(500)})
            found = self.verified_digest(out)
            parts = self.folder / f"parts{cap}"
            write_dataset(parts, baskets=self.baskets, item_names=self.names, parts=3)
            again = self.done("score", parts, *arguments, "-", *more, ranks=3).stdout
            self.assertEqual((again, digest(out)), (lines, found))
        with h5py.File(out) as file:
            self.assertEqual(file["scores"].attrs["rows"].decode(), "baskets")
            self.assertNotIn("segment", file["scores"])
        self.assertIn("offers to baskets", self.done("inspect", out).stdout)
        summary = self.summary("score", self.data, "--baskets", "--rules", self.rules)
        self.assertEqual(summary["baskets"], 500)
        self.assertNotIn("segments", summary)

    def told(self, *arguments, **options):
        """What is told of a run of many rules: of offers, to baskets and by reason; lines."""
        out, text = self.folder / "blocks.h5", self.folder / "blocks.csv"
        summary = self.summary("score", self.data, "--baskets", "--rules", self.folder / "many.h5",
                               "-o", out, "--force", "--text", text, *arguments, **options)
        return (digest(out), text.read_text(encoding="utf-8"),
                {name: value for name, value in summary.items()
                 if name.startswith(("offers", "baskets"))})

    def test_rules_in_blocks(self):
        """More rules than --memory lets a block have, which caps and reasons go over."""
        many, policy = self.folder / "many.h5", self.folder / "policy.ini"
        must("itemsets", self.data, "-o", many, "--min-count", 1, "--rules", "--min-confidence", 0,
             "--max-consequent", 4)
        rules = rules_of(many)
        self.assertGreater(len(rules), 4 * 256)
        offers = all_offers(rules, [set(one) for one in self.baskets])
        for most, cap, text in ((3, None, ""), (2, 9, "item-cap = 9\ncustomer-cap = 2\n"),
                                (3, 40, "item-cap = 40\nexclude-items = i2\n"),
                                *by_tier((), ((1, 1, "item-cap = 1\ncustomer-cap = 1\n"),
                                              (3, 120, "item-cap = 120\n")))):
            policy.write_text(f"[policy]\n{text}", encoding="utf-8")
            arguments = ("--policy", policy) if text else ()
            whole = self.told(*arguments)
            excluded = {2} if "exclude" in text else frozenset()
            expected = greedy(offers, most, cap, excluded=excluded)
            self.assertEqual(whole[2]["offers"], sum(map(len, expected.values())))
            for row, line in enumerate(csv.DictReader(io.StringIO(whole[1]))):
                for i, (item, rule, _) in enumerate(expected.get(row, []), 1):
                    self.assertEqual((line[f"offer_{i}"], line[f"offer_{i}_because"]),
                                     (self.names[item],
                                      " + ".join(self.names[one] for one in rules[rule][0])))
            for ranks, threads in by_tier(((1, 2), (3, 1)), ((1, 1), (1, 2), (2, 1), (3, 2), (4, 1))):
                self.assertEqual(self.told(*arguments, "--memory", "64K", ranks=ranks,
                                           threads=threads), whole)

    def test_ids(self):
        ids = [f'bill "{number}"' for number in range(500)]
        named = write_dataset(self.folder / "named.h5", baskets=self.baskets, basket_ids=ids,
                              item_names=self.names)
        for data, expected in ((named, ids), (self.data, list(map(str, range(500))))):
            lines = self.done("score", data, "--baskets", "--rules", self.rules, "--text", "-",
                              ranks=2).stdout
            self.assertEqual([line["basket"] for line in csv.DictReader(io.StringIO(lines))],
                             expected)

    def test_what_does_not_go_together(self):
        arguments = ("score", self.data, "--baskets", "--rules", self.rules)
        self.fails(64, "score", self.data, "--baskets", says=("--baskets goes with --rules",))
        self.fails(64, *arguments, self.rules, says=("a dataset alone",))
        self.fails(64, "score", self.data, says=("a dataset and a segment model",))
        policy = self.folder / "policy.ini"
        for key in ("exclude-segments = 1", "quiet-list = x",
                    "quiet-below = 1\nquiet-column = x"):
            policy.write_text(f"[policy]\n{key}\n", encoding="utf-8")
            self.fails(78, *arguments, "--policy", policy, says=("is of customers", "--baskets"))
        rows = write_dataset(self.folder / "rows.h5", numpy.zeros((4, 2), "float32"))
        self.fails(65, "score", rows, "--baskets", "--rules", self.rules, says=("no baskets",))


if __name__ == "__main__":
    unittest.main()
