# SPDX-License-Identifier: Apache-2.0
"""Frequent itemsets and rules by their definitions: every set of items is counted; and itemset
models read into plain Python."""
import gzip
import itertools
import math
from fractions import Fraction

import h5py
import numpy

from patron_test import read_strings

MEASURES = ("support", "confidence", "lift", "leverage", "conviction", "zhangs_metric", "jaccard",
            "chi_squared")


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
    """A rule's measures as mlxtend defines them, and chi-squared as arules does."""
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
            "jaccard": support / (antecedent + consequent - support),
            "chi_squared": chi_squared(baskets, count, antecedent_count, consequent_count)}


def chi_squared(baskets, count, antecedent_count, consequent_count):
    """The sum of (observed - expected)^2 / expected over the four cells, in whole numbers over a
    common denominator; 0 / 0 is NaN."""
    total, denominator = 0, baskets
    for rows, has_antecedent in ((antecedent_count, True), (baskets - antecedent_count, False)):
        for columns, has_both in ((consequent_count, True), (baskets - consequent_count, False)):
            together = count if has_antecedent else consequent_count - count
            observed = together if has_both else rows - together
            # expected is rows * columns / baskets
            total += (observed * baskets - rows * columns) ** 2 \
                * (baskets - rows) * (baskets - columns)
    for rows in (antecedent_count, consequent_count):
        denominator *= rows * (baskets - rows)
    return float(total / denominator) if denominator else math.nan


def in_order(rules):
    """By antecedent, then consequent, each by length, then items."""
    return sorted(rules, key=lambda rule: (len(rule[0]), rule[0], len(rule[1]), rule[1]))


def rules_of(sets, baskets, min_confidence, min_lift=0.0, most=1):
    """(antecedent, consequent, count, antecedent's, consequent's) in the order of the format; every
    split of every set is looked at."""
    found = []
    for items, count in sets.items():
        for length in range(1, min(most, len(items) - 1) + 1):
            for consequent in itertools.combinations(items, length):
                antecedent = tuple(item for item in items if item not in consequent)
                rule = antecedent, consequent, count, sets[antecedent], sets[consequent]
                confidence = count / sets[antecedent]
                if confidence >= min_confidence and \
                        confidence / (sets[consequent] / baskets) >= min_lift:
                    found.append(rule)
    return in_order(found)


def without_redundant(rules):
    """The rules beside which there is no more general one, of the same consequent, that is as
    confident: arules' is.redundant."""
    def confidence(rule):
        return Fraction(rule[2], rule[3])
    by_sides = {rule[:2]: confidence(rule) for rule in rules}
    def is_redundant(rule):
        parts = (part for length in range(1, len(rule[0]))
                 for part in itertools.combinations(rule[0], length))
        return any(by_sides.get((part, rule[1]), -1) >= confidence(rule) for part in parts)
    return [rule for rule in rules if not is_redundant(rule)]


def p_value(baskets, count, antecedent_count, consequent_count):
    """Fisher's exact test, greater, in whole numbers."""
    tables = sum(math.comb(antecedent_count, both)
                 * math.comb(baskets - antecedent_count, consequent_count - both)
                 for both in range(count, min(antecedent_count, consequent_count) + 1))
    return Fraction(tables, math.comb(baskets, consequent_count))


def significant(rules, baskets, level):
    """What Holm's correction leaves at `level`, in the order of the format."""
    cache = {}
    def chance(rule):
        if rule[2:] not in cache:
            cache[rule[2:]] = p_value(baskets, *rule[2:])
        return cache[rule[2:]]
    kept = []
    for step, rule in enumerate(sorted(rules, key=chance)):
        if (len(rules) - step) * chance(rule) > Fraction(level):
            break
        kept.append(rule)
    return in_order(kept)


def best_of(rules, baskets, wanted, by):
    """The rules whose measure is not below that of the wanted-th; NaN is below all."""
    def value(rule):
        worth = measures(baskets, *rule[2:])[by]
        return -math.inf if math.isnan(worth) else worth
    values = [value(rule) for rule in rules]
    least = sorted(values, reverse=True)[wanted - 1] if wanted <= len(rules) else -math.inf
    return [rule for rule, own in zip(rules, values) if own >= least]


def lists(offsets, items):
    """The lists of a CSR pair, as tuples."""
    items, offsets = items.tolist(), offsets.tolist()
    return [tuple(items[first:last]) for first, last in zip(offsets, offsets[1:])]


class Model:
    """An itemset model: `sets` (item indices and counts, in the file's order), `names`, `labels`
    (None where there are none), `figures` of /itemsets, and `rules` as rules_of gives them, with
    `worth`, a dict of arrays, and `rule_figures` of /rules (all None where there are none); of a
    model by segment, those below the group `part`."""

    def __init__(self, path, part="/"):
        with h5py.File(path, "r") as file:
            group = file[part]["itemsets"]
            self.sets = list(zip(lists(group["offsets"][:], group["items"][:]),
                                 group["count"][:].tolist()))
            self.figures = dict(group.attrs)
            self.names = read_strings(file["items/name"])
            self.labels = read_strings(file["items/label"]) if "label" in file["items"] else None
            self.run = dict(file["run"].attrs)
            self.rules = self.worth = self.rule_figures = None
            if "rules" in file[part]:
                self.read_rules(file[part]["rules"])

    def read_rules(self, group):
        sides = [lists(group[f"{side}_offsets"][:], group[f"{side}_items"][:])
                 for side in ("antecedent", "consequent")]
        counts = [group[name][:].tolist()
                  for name in ("count", "antecedent_count", "consequent_count")]
        self.rules = list(zip(*sides, *counts))
        self.worth = {name: group[name][:] for name in (*MEASURES, "p_value") if name in group}
        self.rule_figures = dict(group.attrs)


def largest_difference(worth, rules, baskets):
    """The greatest difference, relative above 1, of a model's measures from their definitions."""
    worst = 0.0
    for index, rule in enumerate(rules):
        for name, expected in measures(baskets, *rule[2:]).items():
            found = worth[name][index]
            if math.isnan(expected) or math.isnan(found):
                worst = max(worst, 0.0 if math.isnan(expected) and math.isnan(found) else math.inf)
            elif math.isinf(expected) or math.isinf(found):
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
