# SPDX-License-Identifier: Apache-2.0
"""Frequent itemsets and rules by their definitions: every set of items is counted; and itemset
models read into plain Python."""
import gzip
import itertools
import math

import h5py
import numpy

from patron_test import read_strings

MEASURES = ("support", "confidence", "lift", "leverage", "conviction", "zhangs_metric", "jaccard")


def read_fimi(path):
    """Baskets of a gzip FIMI file as sets of numbers."""
    with gzip.open(path, "rt") as file:
        return [frozenset(map(int, line.split())) for line in file]


class Counter:
    """Counts of sets among baskets: one bit a basket and item."""

    def __init__(self, baskets):
        members = {}
        for number, basket in enumerate(baskets):
            for item in basket:
                members.setdefault(item, bytearray(len(baskets) // 8 + 1))
                members[item][number // 8] |= 1 << number % 8
        self.bits = {item: int.from_bytes(bits, "little") for item, bits in members.items()}

    def count(self, items):
        items = iter(items)
        bits = self.bits.get(next(items), 0)
        for item in items:
            bits &= self.bits.get(item, 0)
        return bits.bit_count()


def frequent(baskets, item_count, min_count):
    """All frequent sets, as ascending tuples, with their counts."""
    counter = Counter(baskets)
    sets = (items for length in range(1, item_count + 1)
            for items in itertools.combinations(range(item_count), length))
    counts = ((items, counter.count(items)) for items in sets)
    return {items: count for items, count in counts if count >= min_count}


def of_kind(sets, kind):
    """Those that are closed (no frequent superset has their count) or maximal (none is there)."""
    def is_kept(items, count):
        above = [other for other in sets if len(other) > len(items) and set(items) < set(other)]
        return not above if kind == "maximal" else all(sets[other] < count for other in above)
    return {items: count for items, count in sets.items() if kind == "all" or is_kept(items, count)}


def measures(baskets, count, antecedent_count, consequent_count):
    """A rule's measures as mlxtend defines them."""
    support, antecedent = count / baskets, antecedent_count / baskets
    consequent = consequent_count / baskets
    confidence = count / antecedent_count
    leverage = support - antecedent * consequent
    larger = max(support * (1 - antecedent), antecedent * (consequent - support))
    return {"support": support, "confidence": confidence, "lift": confidence / consequent,
            "leverage": leverage,
            "conviction": math.inf if count == antecedent_count
            else (1 - consequent) / (1 - confidence),
            "zhangs_metric": leverage / larger if larger else 0.0,
            "jaccard": support / (antecedent + consequent - support)}


def rules_of(sets, baskets, min_confidence, min_lift=0.0):
    """(antecedent, consequent, count, antecedent's, consequent's) in the order of the format."""
    found = []
    for items, count in sets.items():
        for item in items if len(items) > 1 else ():
            antecedent = tuple(other for other in items if other != item)
            rule = antecedent, (item,), count, sets[antecedent], sets[(item,)]
            worth = measures(baskets, *rule[2:])
            if worth["confidence"] >= min_confidence and worth["lift"] >= min_lift:
                found.append(rule)
    return sorted(found, key=lambda rule: (len(rule[0]), rule[0], rule[1]))


def lists(offsets, items):
    """The lists of a CSR pair, as tuples."""
    items, offsets = items.tolist(), offsets.tolist()
    return [tuple(items[first:last]) for first, last in zip(offsets, offsets[1:])]


class Model:
    """An itemset model: `sets` (item indices and counts, in the file's order), `names`, `labels`
    (None where there are none), `figures` of /itemsets, and `rules` as rules_of gives them, with
    `worth`, a dict of arrays (both None where there are none)."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            group = file["itemsets"]
            self.sets = list(zip(lists(group["offsets"][:], group["items"][:]),
                                 group["count"][:].tolist()))
            self.figures = dict(group.attrs)
            self.names = read_strings(file["items/name"])
            self.labels = read_strings(file["items/label"]) if "label" in file["items"] else None
            self.run = dict(file["run"].attrs)
            self.rules = self.worth = None
            if "rules" in file:
                self.read_rules(file["rules"])

    def read_rules(self, group):
        sides = [lists(group[f"{side}_offsets"][:], group[f"{side}_items"][:])
                 for side in ("antecedent", "consequent")]
        counts = [group[name][:].tolist()
                  for name in ("count", "antecedent_count", "consequent_count")]
        self.rules = list(zip(*sides, *counts))
        self.worth = {name: group[name][:] for name in MEASURES}


def largest_difference(worth, rules, baskets):
    """The greatest difference, relative above 1, of a model's measures from their definitions."""
    worst = 0.0
    for index, rule in enumerate(rules):
        for name, expected in measures(baskets, *rule[2:]).items():
            found = worth[name][index]
            if math.isinf(expected) or math.isinf(found):
                worst = max(worst, 0.0 if found == expected else math.inf)
            else:
                worst = max(worst, abs(found - expected) / max(1.0, abs(expected)))
    return worst


def random_baskets(seed, count, item_count, density):
    """Baskets of item indices, some of them empty."""
    random = numpy.random.default_rng(seed)
    chance = density * random.random(item_count) * 2
    table = random.random((count, item_count)) < chance
    return [numpy.flatnonzero(row).tolist() for row in table]
