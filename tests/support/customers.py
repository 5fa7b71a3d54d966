# SPDX-License-Identifier: Apache-2.0
"""Customers to cluster: the tables in data/, a large one made by numpy, and segment models read."""
import gzip

import h5py
import numpy

from patron_test import DATA, read_strings, write_dataset


def wholesale():
    """Yearly spending of 440 clients in 6 categories, float32."""
    table = numpy.loadtxt(DATA / "wholesale_customers.csv", delimiter=",", skiprows=1)
    return table[:, 2:].astype("float32")


def table_of(name):
    """The points of a set, "s1" to "s4" or "a1" to "a3"."""
    with gzip.open(DATA / f"{name}.data.gz", "rt") as file:
        return numpy.loadtxt(file).astype("float32")


def points(name):
    """5,000 points of a set ("s1" to "s4") and its 15 published centres."""
    return table_of(name), numpy.loadtxt(DATA / f"{name}.centroids.txt")


def true_labels(name):
    """The published labels of the points of a set, from 0."""
    with gzip.open(DATA / f"{name}.labels0.gz", "rt") as file:
        return numpy.loadtxt(file, dtype=int) - 1


def mixture(seed, count, columns, groups, spread, k):
    """Gaussians of unit variance about `groups` centres, and `k` of the rows as a start."""
    random = numpy.random.default_rng(seed)
    centres = (random.standard_normal((groups, columns)) * spread).astype("float32")
    group = random.choice(groups, size=count, p=random.dirichlet(numpy.full(groups, 5.0)))
    rows, piece = numpy.empty((count, columns), "float32"), 250000
    for first in range(0, count, piece):
        chosen = group[first:first + piece]
        noise = random.standard_normal((len(chosen), columns), dtype="float32")
        rows[first:first + len(chosen)] = noise + centres[chosen]
    return rows, rows[numpy.sort(random.choice(count, k, replace=False))]


def spread_rows(rows, k):
    """`k` distinct rows from all over the data."""
    distinct = numpy.unique(rows, axis=0)
    return distinct[numpy.linspace(0, len(distinct) - 1, k).astype(int)]


def write_with_start(path, rows, start, **table):
    """A dataset that also holds a start; what --init takes for it."""
    write_dataset(path, features=numpy.asarray(rows, dtype="float32"), **table)
    with h5py.File(path, "r+") as file:
        file["start/centroids"] = start
    return f"{path}:/start/centroids"


class Model:
    """A segment model in memory: arrays, attributes of /segments as `figures`, /transform and
    /run."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            segments = file["segments"]
            for name in ("centroids_scaled", "centroids", "size", "weight_sum", "inertia", "labels",
                         "history"):
                setattr(self, name, segments[name][:])
            self.names = [name.decode() for name in segments["centroids"].attrs["names"]]
            self.figures = dict(segments.attrs)
            self.transform = {name: file["transform"][name][:]
                              for name in ("fill", "log1p", "offset", "scale")}
            self.transform_names = read_strings(file["transform/names"])
            self.run = dict(file["run"].attrs)
