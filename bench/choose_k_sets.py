# SPDX-License-Identifier: Apache-2.0
"""The sets that bench/choose_k sweeps: published ones, mixtures of `patron generate` whose options
are drawn from a fixed seed, and others of known numbers of clusters, or of none."""
import dataclasses
import gzip
import random
import subprocess
import typing

import numpy

import choose_k_later
import host
from workloads import write_dataset

MIXTURES, MIXTURE_SEED = 40, 2026


@dataclasses.dataclass(frozen=True)
class Set:
    """`draw` gives rows; or `generate` has the options of that job."""
    name: str
    group: str
    clusters: int
    rows: int
    draw: typing.Optional[typing.Callable] = None
    generate: tuple = ()
    options: tuple = ()

    def write(self, path, patron):
        if self.draw is None:
            subprocess.run([patron, "generate", *map(str, self.generate), "-o", path, "--force",
                            "--log-level", "error"], check=True, stdout=subprocess.DEVNULL)
        else:
            write_dataset(path, self.draw().astype("float32"))
        return path


# ---- published ----

def published():
    made = {f"s{n}": (15, 5000) for n in (1, 2, 3, 4)}
    made |= {"a1": (20, 3000), "a2": (35, 5250), "a3": (50, 7500)}

    def reader(name):
        def read():
            with gzip.open(host.ROOT / f"data/{name}.data.gz", "rt") as file:
                return numpy.loadtxt(file)
        return read
    return [Set(name, "S and A", clusters, rows, draw=reader(name))
            for name, (clusters, rows) in made.items()]


# ---- mixtures ----

def mixtures():
    """2 to 30 clusters of unequal sizes and spreads."""
    dice, sets = random.Random(MIXTURE_SEED), []
    for number in range(MIXTURES):
        clusters, rows = dice.randint(2, 30), dice.choice([3000, 5000, 10000, 20000])
        options = ["--clusters", clusters, "--rows", rows,
                   "--columns", dice.choice([2, 3, 4, 8, 16]),
                   "--separation", dice.choice([1.5, 2, 2.5, 3]),
                   "--spread", dice.choice([1.5, 2, 3]), "--imbalance", dice.choice([2, 4, 8]),
                   "--noise", dice.choice([0, 0, 0, 0.02]), "--seed", 1000 + number]
        sets.append(Set(f"mixture-{number:02}", "mixtures", clusters, rows,
                        generate=tuple(options)))
    return sets


# ---- others ----

def about(centres, sizes, deviations, seed):
    """Gaussians: deviations are one number a cluster, or a matrix."""
    dice = numpy.random.default_rng(seed)
    centres = numpy.asarray(centres, dtype=float)
    rows = []
    for centre, size, deviation in zip(centres, sizes, deviations):
        noise = dice.standard_normal((size, centres.shape[1]))
        rows.append(centre + (noise @ deviation if numpy.ndim(deviation) else noise * deviation))
    return dice.permutation(numpy.concatenate(rows))


def grid():
    return about([(x, y) for x in range(5) for y in range(5)], [200] * 25, [0.16] * 25, 1)


def unbalanced():
    """As Rezaei and Fränti's set "unbalance": three large dense clusters, five small wide ones."""
    centres = [(209, 350), (179, 379), (150, 350), (411, 350), (440, 379), (440, 321), (491, 379),
               (491, 321)]
    return about(centres, [2000] * 3 + [100] * 5, [5.5] * 3 + [8.0] * 5, 2)


def high(columns):
    """As Fränti's sets "dim": 16 clusters far apart."""
    centres = numpy.random.default_rng(columns).uniform(50, 200, (16, columns))
    return about(centres, [64] * 16, [4.0] * 16, 3)


def elongated(clusters, seed):
    """In the plane, each stretched its own way."""
    dice = numpy.random.default_rng(seed)
    centres = []
    while len(centres) < clusters:
        centre = dice.uniform(0, 6 * clusters ** 0.5, 2)
        if all(numpy.hypot(*(centre - other)) > 5.5 for other in centres):
            centres.append(centre)
    shapes = []
    for angle in dice.uniform(0, numpy.pi, clusters):
        turn = numpy.array([[numpy.cos(angle), numpy.sin(angle)],
                            [-numpy.sin(angle), numpy.cos(angle)]])
        shapes.append(numpy.diag([1.0, 0.35]) @ turn)
    return about(centres, [400] * clusters, shapes, seed)


def heavy(clusters, freedom, seed):
    """Student's t in five columns."""
    dice = numpy.random.default_rng(seed)
    centres = dice.uniform(-12, 12, (clusters, 5))
    labels = dice.integers(0, clusters, 4000)
    return centres[labels] + dice.standard_t(freedom, (4000, 5))


def pair(distance):
    """Two Gaussians in two columns, so many deviations apart."""
    return about([(0, 0), (distance, 0)], [1000] * 2, [1.0] * 2, 4)


def close(clusters, columns, seed):
    """Customers as they are: correlated columns, segments of very unequal size that overlap."""
    dice = numpy.random.default_rng(seed)
    mix = numpy.eye(columns) + 0.4 * dice.standard_normal((columns, columns))
    centres = dice.standard_normal((clusters, columns)) * 3.2
    sizes = (8000 * dice.dirichlet([2.0] * clusters)).astype(int) + 60
    rows = about(centres, sizes, dice.uniform(0.6, 1.2, clusters), seed)
    return rows @ mix


def discs():
    """Uniform in eight discs, a shape that is not Gaussian."""
    dice = numpy.random.default_rng(5)
    labels, angle = dice.integers(0, 8, 4000), dice.uniform(0, 2 * numpy.pi, 4000)
    radius = dice.uniform(0, 1, 4000) ** 0.5
    centres = numpy.array([(3 * (n % 4), 3 * (n // 4)) for n in range(8)], dtype=float)
    return centres[labels] + radius[:, None] * numpy.stack([numpy.cos(angle), numpy.sin(angle)], 1)


def others():
    drawn = {"grid": (25, grid), "unbalanced": (8, unbalanced), "dim-32": (16, lambda: high(32)),
             "dim-64": (16, lambda: high(64)), "pair-4": (2, lambda: pair(4)),
             "pair-6": (2, lambda: pair(6)), "discs": (8, discs),
             "elongated-4": (4, lambda: elongated(4, 6)),
             "elongated-12": (12, lambda: elongated(12, 7)),
             "elongated-25": (25, lambda: elongated(25, 8)),
             "t5-6": (6, lambda: heavy(6, 5, 9)), "t3-10": (10, lambda: heavy(10, 3, 10)),
             "close-5": (5, lambda: close(5, 6, 11)), "close-9": (9, lambda: close(9, 10, 12)),
             "close-14": (14, lambda: close(14, 12, 13))}
    return [Set(name, "others", clusters, len(draw()), draw=draw)
            for name, (clusters, draw) in drawn.items()]


# ---- none ----

def none():
    dice = numpy.random.default_rng
    drawn = {}
    for columns in 2, 8, 32:
        drawn[f"gaussian-{columns}"] = lambda d=columns: dice(d).standard_normal((4000, d))
        drawn[f"uniform-{columns}"] = lambda d=columns: dice(d + 1).uniform(0, 1, (4000, d))
    drawn["correlated-8"] = lambda: (dice(40).standard_normal((4000, 8))
                                     @ dice(41).standard_normal((8, 8)))
    drawn["t5-4"] = lambda: dice(42).standard_t(5, (4000, 4))
    drawn["t3-4"] = lambda: dice(43).standard_t(3, (4000, 4))
    drawn["few-6"] = lambda: dice(44).standard_normal((300, 6))
    return [Set(f"none-{name}", "none", 1, len(draw()), draw=draw) for name, draw in drawn.items()]


# ---- later ----

def later():
    """Of other kinds, with and without clusters."""
    drawn = [(name, "later", clusters, draw) for name, (clusters, draw) in choose_k_later.WITH.items()]
    drawn += [(f"none-{name}", "none later", 1, draw) for name, draw in choose_k_later.WITHOUT.items()]
    return [Set(name, group, clusters, len(draw()), draw=draw) for name, group, clusters, draw in drawn]


SETS = [*published(), *others(), *none(), *later(), *mixtures()]
