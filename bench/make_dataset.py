#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_dataset.py OUTPUT.h5 [--rows N] [--columns D] [--clusters K] [--baskets M] ...

A synthetic dataset for timing: rows from a mixture of Gaussian clusters, baskets that share
patterns of items (after the generator of Agrawal and Srikant, "Fast algorithms for mining
association rules", VLDB 1994).  The same arguments give the same values."""
import argparse

import h5py
import numpy

CHUNK_ROWS = 65536


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=16)
    parser.add_argument("--clusters", type=int, default=10)
    parser.add_argument("--baskets", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--patterns", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def write_rows(file, options, random):
    centres = random.normal(scale=0.5, size=(options.clusters, options.columns))
    group = file.create_group("customers")
    group["id"] = numpy.arange(options.rows, dtype="uint64")
    features = group.create_dataset("features", (options.rows, options.columns), "float32",
                                    chunks=(min(CHUNK_ROWS, options.rows), options.columns))
    features.attrs["names"] = [f"f{column}" for column in range(options.columns)]
    for first in range(0, options.rows, CHUNK_ROWS):
        count = min(CHUNK_ROWS, options.rows - first)
        which = random.integers(0, options.clusters, size=count)
        noise = random.standard_normal((count, options.columns))
        features[first:first + count] = (centres[which] + noise).astype("float32")


def pattern_items(options, random):
    """A CSR of patterns: popular items come into many of them."""
    sizes = 1 + random.poisson(3, size=options.patterns)
    popularity = random.exponential(size=options.items)
    items = random.choice(options.items, size=sizes.sum(), p=popularity / popularity.sum())
    return numpy.concatenate([[0], numpy.cumsum(sizes)]), items


def draw_baskets(options, random):
    """(basket, item) pairs, ascending and unique: some patterns a basket, each somewhat spoilt."""
    offsets, items = pattern_items(options, random)
    popularity = random.exponential(size=options.patterns)
    drawn = 1 + random.poisson(2, size=options.baskets)
    pattern = random.choice(options.patterns, size=drawn.sum(), p=popularity / popularity.sum())
    basket = numpy.repeat(numpy.arange(options.baskets), drawn)
    sizes = offsets[pattern + 1] - offsets[pattern]
    starts = numpy.repeat(offsets[pattern] - (numpy.cumsum(sizes) - sizes), sizes)
    item = items[starts + numpy.arange(sizes.sum())]
    kept = random.random(len(item)) < 0.8
    pairs = numpy.repeat(basket, sizes)[kept] * options.items + item[kept]
    pairs = numpy.unique(pairs)
    return pairs // options.items, pairs % options.items


def write_baskets(file, options, random):
    basket, item = draw_baskets(options, random)
    group = file.create_group("baskets")
    counts = numpy.bincount(basket, minlength=options.baskets)
    group["offsets"] = numpy.concatenate([[0], numpy.cumsum(counts)]).astype("uint64")
    group["items"] = item.astype("uint32")
    width = len(str(options.items - 1))
    file["items/name"] = numpy.array([f"{i:0{width}d}" for i in range(options.items)], dtype="S")


def main():
    options = arguments()
    random = numpy.random.default_rng(options.seed)
    with h5py.File(options.output, "w") as file:
        file.attrs["format"] = "patron-dataset"
        file.attrs["format_version"] = 1
        if options.rows > 0:
            write_rows(file, options, random)
        if options.baskets > 0:
            write_baskets(file, options, random)


if __name__ == "__main__":
    main()
