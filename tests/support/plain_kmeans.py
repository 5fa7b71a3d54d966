# SPDX-License-Identifier: Apache-2.0
"""K-means by its definitions: a plain float64 loop whose sums are math.fsum, the exact real sum
rounded once.  What `segment` computes must be this, bit for bit."""
import math

import numpy


def nearest(rows, centroids):
    """Each row's nearest centroid (the lowest of several) and its squared distance: squared
    differences in float64, summed in column order."""
    label, least = numpy.full(len(rows), -1), numpy.full(len(rows), math.inf)
    for index, centroid in enumerate(centroids):
        distance = numpy.zeros(len(rows))
        for column, value in enumerate(centroid):
            distance += (rows[:, column] - value) ** 2
        label[distance < least] = index
        least = numpy.minimum(least, distance)
    return label, least


def update(rows, weight, label, centroids):
    """Exact sums of weight times row over exact sums of weights, each rounded once."""
    means = centroids.copy()
    for index in set(label):
        own = label == index
        terms = weight[own, None] * rows[own]  # exact: both factors are float32 values
        means[index] = [math.fsum(column) / math.fsum(weight[own]) for column in terms.T]
    return means


def lloyd(rows, start, weight=None, max_iter=300, threshold=0.0):
    """(centroids, labels, squared distances, history of inertia, moved, shift) from a start."""
    weight = numpy.ones(len(rows)) if weight is None else weight
    centroids, label, history = start, numpy.full(len(rows), -1), []
    while len(history) < max_iter:
        before, (label, least) = label, nearest(rows, centroids)
        moved = int((label != before).sum())
        old, centroids = centroids, update(rows, weight, label, centroids)
        shift = math.fsum(((centroids - old) ** 2).ravel())
        history.append((math.fsum(weight * least), moved, shift))
        if moved == 0 or shift <= threshold:
            break
    return centroids, *nearest(rows, centroids), history


def threshold(rows, tolerance):
    """Tolerance times the mean variance of the columns."""
    n = len(rows)
    means = [math.fsum(column) / n for column in rows.T]
    variances = [math.fsum((column - mean) ** 2) / n for column, mean in zip(rows.T, means)]
    return tolerance * (math.fsum(variances) / len(variances))


def clustered(values, transform):
    """The values that are clustered, from a model's /transform: (float)((x' - offset) / scale) in
    double, x' the value after fill, then log1p.  As float64, which holds them exactly."""
    filled = numpy.where(numpy.isnan(values), transform["fill"], values.astype("float64"))
    logarithmic = transform["log1p"] != 0
    filled[:, logarithmic] = numpy.log1p(filled[:, logarithmic])
    return ((filled - transform["offset"]) / transform["scale"]).astype("float32").astype("float64")


def zscore(rows):
    """The transform that --scale zscore must find: mean and standard deviation of n."""
    n = len(rows)
    offset = [math.fsum(column) / n for column in rows.T.astype("float64")]
    deviations = (rows - numpy.array(offset)) ** 2
    scale = [math.sqrt(math.fsum(column) / n) for column in deviations.T]
    return {"fill": numpy.full(len(offset), math.nan), "log1p": numpy.zeros(len(offset)),
            "offset": numpy.array(offset), "scale": numpy.array(scale)}
