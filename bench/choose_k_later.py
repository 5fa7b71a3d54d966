# SPDX-License-Identifier: Apache-2.0
"""More sets for bench/choose_k, of kinds that the rule was neither made nor looked at with: their
seeds and options were fixed before any was swept."""
import numpy

SEED = 60000


def placed(dice, clusters, columns, apart):
    """Centres in a box, no two nearer than `apart`."""
    width, centres = apart * max(1.5, 1.4 * clusters ** (1 / columns)), []
    while len(centres) < clusters:
        centre = dice.uniform(0, width, columns)
        if all(numpy.linalg.norm(centre - other) >= apart for other in centres):
            centres.append(centre)
        else:
            width *= 1.001
    return numpy.array(centres)


def shared(dice, rows, clusters, ratio):
    """A label a row; the largest cluster has `ratio` times the rows of the smallest."""
    shares = ratio ** numpy.linspace(0, 1, clusters)
    return dice.choice(clusters, size=rows, p=shares / shares.sum())


def mixture(number, rows, columns, clusters, apart, ratio=1.0, spread=1.0, draw=None):
    """Clusters of unequal sizes and spreads; `draw` gives the rows about a centre."""
    dice = numpy.random.default_rng(SEED + number)
    centres = placed(dice, clusters, columns, apart)
    labels = shared(dice, rows, clusters, ratio)
    deviations = dice.permutation(spread ** numpy.linspace(-0.5, 0.5, clusters))
    noise = (draw or dice_normal)(dice, (rows, columns))
    return centres[labels] + noise * deviations[labels, None]


def dice_normal(dice, shape):
    return dice.standard_normal(shape)


def laplace(dice, shape):
    return dice.laplace(0, 0.5 ** 0.5, shape)


def student(dice, shape):
    return dice.standard_t(4, shape) / 2 ** 0.5


def elliptical_t(dice, shape, freedom):
    """Multivariate Student's t."""
    return dice.standard_normal(shape) / numpy.sqrt(dice.chisquare(freedom, shape[0])
                                                    / freedom)[:, None]


def anisotropic(number, rows, columns, clusters, apart):
    """Each cluster with a covariance of its own, standard deviations from 0.4 to 1.6."""
    dice = numpy.random.default_rng(SEED + number)
    centres = placed(dice, clusters, columns, apart)
    labels = dice.integers(0, clusters, rows)
    made = numpy.empty((rows, columns))
    for cluster in range(clusters):
        own = labels == cluster
        turn = numpy.linalg.qr(dice.standard_normal((columns, columns)))[0]
        scales = 4 ** numpy.linspace(-0.66, 0.34, columns)
        made[own] = dice.standard_normal((own.sum(), columns)) * scales @ turn
    return centres[labels] + made


def idle_columns(number):
    """Six clusters in six columns, and ten columns that tell nothing."""
    dice = numpy.random.default_rng(SEED + number)
    rows = mixture(number, 6000, 6, 6, 7.0, ratio=3.0)
    return numpy.concatenate([rows, dice.standard_normal((len(rows), 10))], axis=1)


def unbalanced(number):
    """Three large dense clusters, five small wide ones, both columns of about one width."""
    dice = numpy.random.default_rng(SEED + number)
    centres = numpy.array([(0, 0), (0, 60), (40, 30), (160, -40), (160, 90), (220, 25), (280, -40),
                           (280, 90)], dtype=float)
    labels = numpy.repeat(numpy.arange(8), [2000] * 3 + [100] * 5)
    deviations = numpy.array([5.0] * 3 + [9.0] * 5)
    noise = dice.standard_normal((len(labels), 2))
    return dice.permutation(centres[labels] + noise * deviations[labels, None])


WITH = {
    "sizes-20-2": (8, lambda: mixture(1, 10000, 2, 8, 6.0, ratio=20.0, spread=2.0)),
    "sizes-10-8": (12, lambda: mixture(2, 20000, 8, 12, 6.0, ratio=10.0, spread=2.0)),
    "spreads-4-3": (10, lambda: mixture(3, 5000, 3, 10, 8.0, ratio=2.0, spread=4.0)),
    "own-shapes-2": (6, lambda: anisotropic(4, 4000, 2, 6, 6.0)),
    "own-shapes-5": (7, lambda: anisotropic(5, 6000, 5, 7, 6.0)),
    "own-shapes-16": (10, lambda: anisotropic(6, 10000, 16, 10, 7.0)),
    "many-rows-32": (24, lambda: mixture(7, 50000, 32, 24, 8.0, ratio=4.0, spread=2.0)),
    "many-rows-2": (28, lambda: mixture(8, 50000, 2, 28, 6.0, ratio=2.0, spread=1.5)),
    "few-rows-2": (4, lambda: mixture(9, 1000, 2, 4, 5.0)),
    "few-rows-32": (6, lambda: mixture(10, 1000, 32, 6, 7.0, ratio=3.0)),
    "blobs-4": (15, lambda: mixture(11, 3000, 4, 15, 5.0)),
    "laplace-4": (6, lambda: mixture(12, 5000, 4, 6, 7.0, draw=laplace)),
    "t4-8": (5, lambda: mixture(13, 8000, 8, 5, 8.0, draw=student)),
    "idle-16": (6, lambda: idle_columns(14)),
    "unbalanced-square": (8, lambda: unbalanced(15)),
    "three-3": (3, lambda: mixture(16, 2000, 3, 3, 4.0, ratio=5.0)),
    "two-32": (2, lambda: mixture(17, 3000, 32, 2, 6.0)),
}


def cloud(number, rows, columns, draw):
    return draw(numpy.random.default_rng(SEED + 100 + number), (rows, columns))


def correlated(dice, shape):
    return dice.standard_normal(shape) @ dice.standard_normal((shape[1], shape[1]))


def stretched(dice, shape):
    return dice.standard_normal(shape) * 30 ** numpy.linspace(0, 1, shape[1])


def contaminated(dice, shape):
    """One row of ten is of three times the deviation."""
    return dice.standard_normal(shape) * numpy.where(dice.uniform(size=shape[0]) < 0.1, 3.0,
                                                     1.0)[:, None]


def ball(dice, shape):
    direction = dice.standard_normal(shape)
    direction /= numpy.linalg.norm(direction, axis=1)[:, None]
    return direction * dice.uniform(size=shape[0])[:, None] ** (1 / shape[1])


WITHOUT = {
    "uniform-3": lambda: cloud(1, 1000, 3, lambda dice, shape: dice.uniform(size=shape)),
    "uniform-16": lambda: cloud(2, 50000, 16, lambda dice, shape: dice.uniform(size=shape)),
    "correlated-32": lambda: cloud(3, 20000, 32, correlated),
    "correlated-2": lambda: cloud(4, 1000, 2, correlated),
    "stretched-5": lambda: cloud(5, 10000, 5, stretched),
    "contaminated-4": lambda: cloud(6, 5000, 4, contaminated),
    "ball-5": lambda: cloud(7, 5000, 5, ball),
    "laplace-3": lambda: cloud(8, 5000, 3, laplace),
    "t4-6": lambda: cloud(9, 5000, 6, student),
    "t3-2": lambda: cloud(10, 5000, 2, lambda dice, shape: dice.standard_t(3, shape)),
    "t3-16": lambda: cloud(11, 10000, 16, lambda dice, shape: dice.standard_t(3, shape)),
    "elliptical-t3-2": lambda: cloud(12, 5000, 2, lambda d, s: elliptical_t(d, s, 3)),
    "elliptical-t3-8": lambda: cloud(13, 5000, 8, lambda d, s: elliptical_t(d, s, 3)),
    "elliptical-t5-4": lambda: cloud(14, 50000, 4, lambda d, s: elliptical_t(d, s, 5)),
}
