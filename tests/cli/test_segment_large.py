# SPDX-License-Identifier: Apache-2.0
"""A hundred thousand rows of 32 columns in 100 segments, a million in the medium tier: the inertia of
`segment` is scikit-learn's."""
import unittest
import warnings

import numpy
from sklearn.cluster import KMeans

from customers import Model, mixture, write_with_start
from patron_test import PatronTest, by_tier

ROWS, ITERATIONS = by_tier((100000, 15), (1000000, 30))
COLUMNS, GROUPS, SEGMENTS = 32, 200, 100


class Large(PatronTest):
    def test_scikit_learn(self):
        rows, start = mixture(202, ROWS, COLUMNS, GROUPS, 0.6, SEGMENTS)
        init = write_with_start(self.folder / "data.h5", rows, start,
                                ids=numpy.arange(ROWS, dtype="uint64"))
        self.done("segment", self.folder / "data.h5", "-o", self.folder / "model.h5", "--k",
                  SEGMENTS, "--init", init, "--scale", "none", "--tol", 0, "--max-iter", ITERATIONS)
        model = Model(self.folder / "model.h5")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it has not converged
            peer = KMeans(SEGMENTS, init=start.astype("float64"), n_init=1, tol=0, copy_x=False,
                          max_iter=ITERATIONS, algorithm="lloyd").fit(rows.astype("float64"))
        self.assertEqual(model.figures["iterations"], ITERATIONS)
        self.assertLess(abs(model.figures["inertia"] / peer.inertia_ - 1), 1e-9)
        numpy.testing.assert_array_equal(model.labels, peer.labels_)
        numpy.testing.assert_allclose(model.centroids_scaled, peer.cluster_centers_, rtol=1e-7,
                                      atol=1e-9)


if __name__ == "__main__":
    unittest.main()
