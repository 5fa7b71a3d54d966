# SPDX-License-Identifier: Apache-2.0
"""Baskets by segment in plain Python, and itemset models by segment read and held against them."""
import itertools
import math
import random

import h5py
import numpy

from patron_test import NO_CUSTOMER, PatronTest, digest, write_dataset
from plain_itemsets import Counter, Model, in_order, lists, p_value, random_baskets

ITEMS = 8
NAMES = [f"item {item}" for item in range(ITEMS)]


def write_segments(path, labels, k, kind="segment", dtype="int32"):
    """A segment model with no more in it than labels."""
    with h5py.File(path, "w") as file:
        file.attrs["format"], file.attrs["format_version"] = "patron-model", 1
        file.attrs["kind"] = kind
        group = file.create_group("segments")
        group.attrs["k"] = k
        group["labels"] = numpy.asarray(labels, dtype=dtype)
    return path


def lift(baskets, both, antecedent, consequent):
    if antecedent == 0 or consequent == 0:
        return math.nan
    return both / antecedent / (consequent / baskets)


def is_same(found, expected):
    return found == expected or (math.isnan(found) and math.isnan(expected))


def least_count(support, baskets):
    return next(count for count in itertools.count(1)
                if not baskets or count / baskets >= support)


class Segments:
    """Baskets by segment, and what is expected of them."""

    def __init__(self, baskets, customer, labels, k):
        self.baskets = [[] for _ in range(k)]
        self.customers = [set() for _ in range(k)]
        self.without = 0
        for basket, who in zip(baskets, customer):
            label = -1 if who == NO_CUSTOMER else labels[who]
            if label < 0:
                self.without += 1
            else:
                self.baskets[label].append(basket)
                self.customers[label].add(who)
        self.sizes = [len(baskets) for baskets in self.baskets]
        self.total = sum(self.sizes)
        self.counters = [Counter(baskets) for baskets in self.baskets]

    def counts(self, items):
        """Of a set, by segment."""
        return [counter.count(items) for counter in self.counters]

    def frequent_items(self, least, item_count):
        return [item for item in range(item_count)
                if any(count >= enough for count, enough in zip(self.counts((item,)), least))]


class Tables:
    """What a model says of all segments."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            group = file["by_segment"]
            self.figures = dict(group.attrs)
            self.baskets = group["baskets"][:].tolist()
            self.customers = group["customers"][:].tolist()
            self.items = {name: array[:] for name, array in group["items"].items()}
            self.rules = None
            if "rules" in group:
                self.rules = {name: array[:] for name, array in group["rules"].items()}
                self.sides = list(zip(*(lists(self.rules[f"{side}_offsets"],
                                              self.rules[f"{side}_items"])
                                        for side in ("antecedent", "consequent"))))
            self.has_all = "itemsets" in file
        self.parts = [Model(path, f"by_segment/{s}") for s in range(int(self.figures["k"]))]


class BySegmentTest(PatronTest):
    K = 5  # segment 3 is empty, segment 4 has one basket

    def draw(self, seed, customers=30, count=150, density=0.5, parts=0):
        """Customers of no segment, baskets of no customer, an empty segment, one of one basket."""
        draw = random.Random(seed)
        labels = [draw.choice((-1, 0, 0, 1, 2)) for _ in range(customers - 1)] + [4]
        baskets = random_baskets(seed, count, ITEMS, density)
        customer = [NO_CUSTOMER if draw.random() < 0.1 else draw.randrange(customers - 1)
                    for _ in baskets]
        customer[draw.randrange(count)] = customers - 1
        for basket, who in zip(baskets, customer):  # segment 1 buys both of two items, or neither
            if who != NO_CUSTOMER and labels[who] == 1:
                basket[:] = sorted({*basket} - {0, 5} | ({0, 5} if draw.random() < 0.5 else set()))
        write_segments(self.segments, labels, self.K)
        data = write_dataset(self.folder / f"data-{seed}-{parts}", features=[[0.0]] * customers,
                             baskets=baskets, basket_customer=customer, item_names=NAMES,
                             parts=parts)
        return data, Segments(baskets, customer, labels, self.K)

    def setUp(self):
        super().setUp()
        self.path = self.folder / "model.h5"
        self.segments = self.folder / "segments.h5"

    def mine(self, data, *options, **run):
        self.done("itemsets", data, "--by-segment", self.segments, "-o", self.path, "--force",
                  *options, **run)
        self.done("verify", self.path)
        return Tables(self.path)

    def assert_items(self, tables, expected, least, item_count, excluded=(), step=1):
        """The whole table; of every step-th item also the chance, which takes its time here."""
        wanted = [item for item in expected.frequent_items(least, item_count)
                  if item not in excluded]
        self.assertEqual(tables.items["item"].tolist(), wanted)
        for row, item in enumerate(wanted):
            counts = expected.counts((item,))
            self.assertEqual(tables.items["count"][row].tolist(), counts)
            for segment, (count, size) in enumerate(zip(counts, expected.sizes)):
                self.assertTrue(is_same(tables.items["lift"][row, segment],
                                        lift(expected.total, count, size, sum(counts))))
                if row % step > 0:
                    continue
                chance = float(p_value(expected.total, count, size, sum(counts)))
                found = tables.items["p_value"][row, segment]
                self.assertLessEqual(abs(found - chance), 1e-11 * chance)

    def assert_rules(self, tables, expected, rules_by_segment):
        sides = {rule[:2] for rules in rules_by_segment for rule in rules}
        wanted = in_order(sides)
        self.assertEqual(tables.sides, wanted)
        for row, (antecedent, consequent) in enumerate(wanted):
            counts = [expected.counts(items)
                      for items in (antecedent + consequent, antecedent, consequent)]
            for name, by_segment in zip(("count", "antecedent_count", "consequent_count"), counts):
                self.assertEqual(tables.rules[name][row].tolist(), by_segment)
            for segment, size in enumerate(expected.sizes):
                found = tables.rules["lift"][row, segment]
                self.assertTrue(is_same(found, lift(size, *(by[segment] for by in counts))))
            self.assertEqual(tables.rules["lift_in_all"][row],
                             lift(expected.total, *map(sum, counts)))

    def assert_figures(self, tables, expected):
        self.assertFalse(tables.has_all)
        self.assertEqual(tables.baskets, expected.sizes)
        self.assertEqual(tables.customers, [len(who) for who in expected.customers])
        self.assertEqual(tables.figures["n_baskets"], expected.total)
        self.assertEqual(tables.figures["n_baskets_without"], expected.without)
        self.assertEqual(tables.figures["segments_digest"].decode(),
                         digest(self.segments))
