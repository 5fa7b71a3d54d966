# SPDX-License-Identifier: Apache-2.0
"""What `segment --k-range` tells of a fit, worked out a second time from docs/choosing-k.md in plain
NumPy: silhouettes, description, draws without clusters, halves, and overlaps."""
import math

import numpy

from plain_generate import philox, unit

SAMPLE, REFERENCE, HALF = 8, 9, 10
LEAST_SHARE = 1e-4


def distances(rows, centroids):
    """Squared, float64."""
    return ((rows[:, None, :].astype("float64") - centroids[None, :, :]) ** 2).sum(axis=2)


def silhouettes(rows, centroids):
    ordered = numpy.sqrt(numpy.sort(distances(rows, centroids), axis=1))
    return (ordered[:, 1] - ordered[:, 0]) / ordered[:, 1]


def description(rows, centroids, weight=None):
    """Nats a row: classification likelihood less half of the BIC's penalty."""
    count, columns = rows.shape
    weight = numpy.ones(count) if weight is None else weight.astype("float64")
    exact = rows.astype("float64")
    labels = distances(rows, centroids).argmin(axis=1)
    total = weight.sum()
    mean = numpy.average(exact, axis=0, weights=weight)
    variance = numpy.average((exact - mean) ** 2, axis=0, weights=weight).mean()
    deviation = numpy.empty_like(exact)
    for c in set(labels):
        own = labels == c
        deviation[own] = exact[own] - numpy.average(exact[own], axis=0, weights=weight[own])
    shape = (deviation * weight[:, None]).T @ deviation / total
    shape += LEAST_SHARE * variance * numpy.eye(columns)
    spread = numpy.einsum("ij,jk,ik->i", deviation, numpy.linalg.inv(shape), deviation)
    bic = -0.5 * numpy.linalg.slogdet(shape)[1] - 0.5 * columns * math.log(2 * math.pi)
    for c in set(labels):
        own = labels == c
        share = weight[own].sum() / total
        rows_own = share * count
        mean_spread = (spread[own] * weight[own]).sum() / weight[own].sum()
        size = (mean_spread * rows_own + columns) / (columns * (rows_own + 1))
        bic += share * (math.log(share) - 0.5 * columns * math.log(size) - 0.5 * mean_spread / size)
    parameters = len(centroids) * (columns + 2) - 1
    return bic - 0.5 * parameters * math.log(count) / count


def gain(rows, centroids, weight=None):
    """Over one segment, of the rows of segments that are not tiny."""
    weight = numpy.ones(len(rows)) if weight is None else weight.astype("float64")
    labels = distances(rows, centroids).argmin(axis=1)
    held = numpy.bincount(labels, weight, len(centroids))
    large = numpy.flatnonzero(held >= held.sum() * min(1 / 100, 1 / (2 * len(centroids))))
    kept = numpy.isin(labels, large)
    if len(large) < 2:
        return 0
    some = rows[kept], weight[kept]
    return description(some[0], centroids[large], some[1]) - description(some[0], centroids[large[:1]], some[1])


def reference_column(values, seed, draw):
    """A draw without clusters for rows of one column, float32."""
    exact = values.astype("float64")
    mean = sum(exact.tolist()) / len(exact)
    low, high = (exact - mean).min(), (exact - mean).max()
    return numpy.array([mean + (low + unit(seed, REFERENCE, (draw << 32) + i, 0) * (high - low))
                        for i in range(len(exact))], dtype="float32")


def half(rows, seed, pair, which):
    """One half of the rows: of rows 2 i and 2 i + 1 one goes to either."""
    return rows[[2 * i + (philox(seed, HALF, i, pair)[0] & 1 ^ which)
                 for i in range(len(rows) // 2)]]


def sampled_numbers(rows, most, seed, stream):
    """Numbers of the rows that are drawn for a sample."""
    if rows <= most:
        return numpy.arange(rows)
    begins = [i * rows // most for i in range(most + 1)]
    return numpy.array([begin + int(unit(seed, SAMPLE, i, stream) * (end - begin))
                        for i, (begin, end) in enumerate(zip(begins, begins[1:]))])


def jaccard(labels, other, segment):
    """The greatest overlap of a segment with one of another labelling."""
    own = labels == segment
    return max((own & (other == c)).sum() / (own | (other == c)).sum() for c in set(other))
