# SPDX-License-Identifier: Apache-2.0
"""Baskets to compare itemset programs on, drawn; (basket, item) pairs ascend.  The same arguments
give the same baskets."""
import dataclasses

import numpy

CHUNK_BASKETS = 100_000


@dataclasses.dataclass(frozen=True)
class Quest:
    """Baskets after the generator that is known as IBM Quest: Agrawal and Srikant, "Fast algorithms
    for mining association rules" (VLDB 1994).

    As there: patterns of exponential weight that share items with the one before; baskets of
    Poisson length, filled with patterns, each spoilt by its own corruption level; of patterns that
    are too large for what is left, half are taken anyway.  Unlike there, the others are not kept
    for the next basket, so that baskets can be drawn many at a time."""
    baskets: int
    basket_length: int  # mean
    pattern_length: int  # mean
    seed: int
    patterns: int = 2_000
    items: int = 1_000
    correlation: float = 0.5  # mean share of a pattern's items that come from the one before
    corruption: float = 0.5  # mean level, of variance 0.1

    def draw(self):
        """Yields (basket, item) of a hundred thousand baskets at a time."""
        random = numpy.random.default_rng(self.seed)
        patterns = draw_patterns(self, random)
        weights = random.exponential(size=self.patterns)
        levels = random.normal(self.corruption, 0.1 ** 0.5, self.patterns).clip(0.0, 0.999)
        for first in range(0, self.baskets, CHUNK_BASKETS):
            count = min(CHUNK_BASKETS, self.baskets - first)
            yield fill_baskets(self, count, patterns, weights / weights.sum(), levels, random)


def draw_patterns(quest, random):
    popularity = random.exponential(size=quest.items)
    popularity /= popularity.sum()
    patterns = [numpy.empty(0, int)]
    for size in 1 + random.poisson(quest.pattern_length - 1, size=quest.patterns):
        before = patterns[-1]
        share = min(random.exponential(quest.correlation), 1.0)
        shared = random.permutation(before)[:round(share * size)]
        drawn = random.choice(quest.items, quest.items, replace=False, p=popularity)
        fresh = drawn[~numpy.isin(drawn, shared)]
        patterns.append(numpy.concatenate([shared, fresh[:size - len(shared)]]))
    return patterns[1:]


def fill_baskets(quest, count, patterns, weights, levels, random):
    lengths = numpy.array([len(pattern) for pattern in patterns])
    room = random.poisson(quest.basket_length, count).clip(1)
    tries = 16 + 4 * quest.basket_length // quest.pattern_length  # more than a basket holds
    which = random.choice(quest.patterns, (count, tries), p=weights)
    left = (lengths[which] - random.geometric(1.0 - levels[which]) + 1).clip(0)
    before = numpy.cumsum(left, axis=1) - left
    too_large = before + left > room[:, None]
    taken = (before < room[:, None]) & (~too_large | (random.random((count, 1)) < 0.5))
    basket, at = numpy.nonzero(taken)
    item, instance = some_of(patterns, lengths, which[basket, at], left[basket, at], random)
    pairs = numpy.unique(basket[instance] * quest.items + item)
    return pairs // quest.items, pairs % quest.items


def some_of(patterns, lengths, which, left, random):
    """`left` random items of each pattern: (item, which of the patterns it is of)."""
    sizes = lengths[which]
    firsts = numpy.cumsum(sizes) - sizes
    instance = numpy.repeat(numpy.arange(len(which)), sizes)
    place = numpy.arange(sizes.sum()) - firsts[instance]
    starts = numpy.cumsum(lengths) - lengths
    item = numpy.concatenate(patterns)[starts[which][instance] + place]
    order = numpy.lexsort((random.random(len(item)), instance))  # shuffles within each
    kept = place < left[instance]
    return item[order][kept], instance[kept]


@dataclasses.dataclass(frozen=True)
class Dense:
    """Each basket holds each item with the same probability."""
    baskets: int
    items: int
    share: float
    seed: int

    def draw(self):
        random = numpy.random.default_rng(self.seed)
        yield numpy.nonzero(random.random((self.baskets, self.items)) < self.share)


def write_fimi(path, chunks):
    """A line a basket; baskets without items have none."""
    with open(path, "wb") as file:
        for basket, item in chunks:
            last = numpy.append(basket[1:] != basket[:-1], True)
            words = [b"%d " % number for number in range(item.max() + 1)]
            words += [b"%d\n" % number for number in range(item.max() + 1)]
            file.writelines(map(words.__getitem__, (item + last * (item.max() + 1)).tolist()))
