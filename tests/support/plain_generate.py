# SPDX-License-Identifier: Apache-2.0
"""What generate draws, worked out a second time in plain Python from docs/generate.md: Philox4x32-10
by its definition (Salmon et al., SC'11), choices by bisection, baskets item by item."""
import bisect
import itertools
import math
import statistics

MASK = 0xFFFFFFFF
CLUSTER, CUSTOMER, FEATURE, MISSING, ITEM, PATTERN, BASKET, VISIT, LINE = range(16, 25)
RUN = 64  # baskets among which patterns are handed on
TRIES = 1000
QUANTILE = statistics.NormalDist().inv_cdf


def philox(seed, purpose, index, draw):
    """Four words of 32 bits."""
    x = [index & MASK, index >> 32, draw, purpose]
    key = [seed & MASK, seed >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(second >> 32) ^ x[1] ^ key[0], second & MASK,
             (first >> 32) ^ x[3] ^ key[1], first & MASK]
        key = [(key[0] + 0x9E3779B9) & MASK, (key[1] + 0xBB67AE85) & MASK]
    return x


def unit_of(low, high):
    return ((high << 32 | low) // 4096 + 0.5) / 2**52


def unit_of_word(word):
    return (word + 0.5) / 2**32


def unit(seed, purpose, index, draw):
    return unit_of(*philox(seed, purpose, index, draw)[:2])


class Draws:
    """Units one after the other, two of a block."""

    def __init__(self, seed, purpose, index):
        words = itertools.chain.from_iterable(philox(seed, purpose, index, draw)
                                              for draw in itertools.count())
        self.units = map(unit_of, words, words)

    def unit(self):
        return next(self.units)

    def below(self, count):
        return int(self.unit() * count)

    def exponential(self):
        return -math.log(self.unit())


class Choice:
    def __init__(self, weights):
        self.sums = list(itertools.accumulate(weights))
        self.sums = [value / self.sums[-1] for value in self.sums]

    def draw(self, value):
        return bisect.bisect_right(self.sums, value)


def poisson(mean):
    terms = [math.exp(-mean)]
    while len(terms) < int(mean + 10 * math.sqrt(mean)) + 40:
        terms.append(terms[-1] * mean / len(terms))
    return Choice(terms)


# ---- customers ----

def cluster_of(seed, row, shares, noise):
    words = philox(seed, CUSTOMER, row, 0)
    if unit_of_word(words[2]) < noise:
        return -1
    return Choice(shares).draw(unit_of(*words[:2]))


def weight_of(seed, row):
    return -math.log(unit(seed, CUSTOMER, row, 1))


def words_of(seed, purpose, row, count):
    return [philox(seed, purpose, row, j // 4)[j % 4] for j in range(count)]


def values_of(seed, row, centroid, deviation):
    """A row of a cluster, none missing or lognormal."""
    words = words_of(seed, FEATURE, row, len(centroid))
    return [centre + deviation * QUANTILE(unit_of_word(word))
            for centre, word in zip(centroid, words)]


def missing_of(seed, row, columns, share):
    return [word < share * 2**32 for word in words_of(seed, MISSING, row, columns)]


# ---- baskets ----

def dense(seed, basket, items, density, spread=0.0):
    width = spread * min(density, 1 - density)
    chances = [density + (2 * unit(seed, ITEM, i, 0) - 1) * width for i in range(items)]
    words = words_of(seed, BASKET, basket, items)
    return [i for i in range(items) if words[i] < chances[i] * 2**32]


def customer_of(seed, basket, customers):
    return int(unit(seed, VISIT, basket, 0) * customers)


def time_of(seed, basket, baskets, start, days):
    return start + int((basket + unit(seed, VISIT, basket, 1)) / baskets * days * 86400)


class Quest:
    def __init__(self, seed, items, patterns, length, pattern_length, correlation=0.5,
                 corruption=0.5, variance=0.1, clusters=0, affinity=0.0):
        self.seed, self.items, self.affinity = seed, items, affinity
        self.correlation, self.corruption, self.deviation = correlation, corruption, variance**0.5
        self.popularity = Choice([-math.log(unit(seed, ITEM, i, 0)) for i in range(items)])
        self.pattern_lengths, self.lengths = poisson(pattern_length - 1), poisson(length)
        self.patterns, self.levels, weights = [], [], []
        for p in range(patterns):
            draws = Draws(seed, PATTERN, p)
            size = min(1 + self.pattern_lengths.draw(draws.unit()), items)
            weights.append(draws.exponential())
            level = corruption + self.deviation * QUANTILE(draws.unit())
            self.levels.append(min(max(level, 0.0), 0.999))
            self.patterns.append(self.pattern(draws, size))
        self.all = Choice(weights)
        self.classes = [Choice(weights[c::clusters]) for c in range(clusters)]

    def pattern(self, draws, size):
        wanted = int(min(self.correlation * draws.exponential(), 1.0) * size + 0.5)
        before = self.patterns[-1] if self.patterns else []
        pattern = []
        for place, item in enumerate(before):
            if len(pattern) == wanted:
                break
            if draws.below(len(before) - place) < wanted - len(pattern):
                pattern.append(item)
        while len(pattern) < size:
            for _ in range(65):
                item = self.popularity.draw(draws.unit())
                if item not in pattern:
                    break
            while item in pattern:
                item = (item + 1) % self.items
            pattern.append(item)
        return pattern

    def some_pattern(self, draws, cluster):
        if cluster >= 0 and draws.unit() < self.affinity:
            which = cluster + len(self.classes) * self.classes[cluster].draw(draws.unit())
        else:
            which = self.all.draw(draws.unit())
        left = list(self.patterns[which])
        while left and draws.unit() < self.levels[which]:
            drop = draws.below(len(left))
            left[drop] = left[-1]
            left.pop()
        return left

    def basket(self, number, carried, cluster=-1):
        """The basket, sorted, and what it hands on."""
        draws = Draws(self.seed, BASKET, number)
        room, basket = max(self.lengths.draw(draws.unit()), 1), set()
        for _ in range(TRIES):
            if len(basket) >= room:
                break
            left, carried = carried or self.some_pattern(draws, cluster), []
            too_large = len(basket) > 0 and len(left) > room - len(basket)
            if too_large and draws.unit() < 0.5:
                carried = left
                break
            basket.update(left)
            if too_large:
                break
        return sorted(basket or {self.patterns[0][0]}), carried

    def baskets(self, count, cluster_of_basket=lambda number: -1):
        carried = []
        for number in range(count):
            if number % RUN == 0:
                carried = []
            basket, carried = self.basket(number, carried, cluster_of_basket(number))
            yield basket
