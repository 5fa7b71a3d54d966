# SPDX-License-Identifier: Apache-2.0
"""What `inspect --json` tells of a dataset, worked out by numpy and math.fsum from their
definitions."""
import collections
import math

import numpy

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 16
DISTINCT = 10000


def quantiles(values):
    """Of a sequence without NaN; the median is the mean of two."""
    if len(values) == 0:
        return {f"{level:g}": None for level in LEVELS}
    wide = numpy.asarray(values, dtype="float64")
    return {f"{level:g}": float(numpy.median(wide) if level == 0.5 else
                                numpy.quantile(wide, level, method="linear")) for level in LEVELS}


def moments(values):
    """Mean, standard deviation, skewness of float64 numbers: exact sums, rounded once."""
    if not values:
        return None, None, None
    mean = math.fsum(values) / len(values)
    if min(values) == max(values):
        return mean, 0.0, None
    second = math.fsum((x - mean) * (x - mean) for x in values) / len(values)
    third = math.fsum((x - mean) * (x - mean) * (x - mean) for x in values) / len(values)
    return mean, math.sqrt(second), third / (second * math.sqrt(second))


def histogram(values):
    if not values or min(values) == max(values):
        return None
    counts, edges = numpy.histogram(numpy.array(values), BINS, (min(values), max(values)))
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def beyond(values, fences, ranges):
    low, high = fences["0.25"], fences["0.75"]
    if low is None:
        return 0
    reach = ranges * (high - low)
    return sum(1 for x in values if x < low - reach or x > high + reach)


def feature(column):
    """The figures of one column, a float32 array."""
    values = [float(x) + 0.0 for x in column[~numpy.isnan(column)]]
    mean, deviation, skewness = moments(values)
    found = quantiles(values)
    distinct = len(set(values))
    missing = len(column) - len(values)
    return {"missing": missing, "missing_share": missing / len(column) if len(column) else 0.0,
            "distinct": distinct if distinct <= DISTINCT else None,
            "distinct_above": None if distinct <= DISTINCT else DISTINCT,
            "constant": distinct == 1, "zeros": values.count(0.0),
            "negatives": sum(1 for x in values if x < 0), "outliers": beyond(values, found, 1.5),
            "far_outliers": beyond(values, found, 3.0), "mean": mean,
            "standard_deviation": deviation, "skewness": skewness,
            "min": min(values, default=None), "max": max(values, default=None),
            "quantiles": found, "histogram": histogram(values)}


def duplicates(features):
    """Rows equal to an earlier one; NaN equals NaN, and -0 equals 0."""
    rows = numpy.where(numpy.isnan(features), numpy.float32("nan"), features + numpy.float32(0))
    return len(rows) - len({row.tobytes() for row in rows})


def basket_lengths(baskets):
    lengths = [len(basket) for basket in baskets]
    return {"mean": sum(lengths) / len(lengths) if lengths else None,
            "min": min(lengths, default=0), "max": max(lengths, default=0),
            "quantiles": quantiles(lengths)}


def top_items(baskets, names, labels, most, least):
    """The most frequent items in at least `least` baskets, and how many items are in fewer."""
    counts = collections.Counter(item for basket in baskets for item in basket)
    shown = sorted((-count, item) for item, count in counts.items() if count >= least)[:most]
    return [{"name": names[item], "label": labels[item] if labels else None, "baskets": -count,
             "share": -count / len(baskets)}
            for count, item in shown], sum(1 for count in counts.values() if count < least)


def withheld_groups(sizes, least):
    """Those that are not told beside their total: the small ones, and from the smallest on others, those
    of one size together, until they are two at least, of `least` members in all.  Empty ones hide nobody."""
    hidden = set()
    for size in sorted({int(size) for size in sizes if size > 0}):
        members = sum(int(sizes[group]) for group in hidden)
        if size >= least and (not hidden or (len(hidden) > 1 and members >= least)):
            break
        hidden |= {group for group, other in enumerate(sizes) if other == size}
    return hidden | {group for group, size in enumerate(sizes) if size < least}
