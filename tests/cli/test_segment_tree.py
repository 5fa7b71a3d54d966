# SPDX-License-Identifier: Apache-2.0
"""The tree of a model's segments: SciPy's Ward linkage of points repeated by weight, the definition
worked out bit for bit in plain Python, cuts, and damaged trees."""
import math
import unittest

import h5py
import numpy
from scipy.cluster import hierarchy

from customers import wholesale
from patron_test import PatronTest, must, write_dataset

K = 9


def plain_tree(centroids, weight):
    """The joins by trying all pairs each time."""
    nodes = {number: (list(centroid), float(mass), 1)
             for number, (centroid, mass) in enumerate(zip(centroids.tolist(), weight))}
    joins, height = [], 0.0
    while len(nodes) > 1:
        pairs = []
        for a, (x, w, _) in nodes.items():
            for b, (y, v, _) in nodes.items():
                if a < b:
                    total = 0.0
                    for s, t in zip(x, y):
                        total += (s - t) * (s - t)
                    pairs.append((2.0 * (w * v / (w + v)) * total, a, b))
        least, a, b = min(pairs)
        (x, w, n), (y, v, m) = nodes.pop(a), nodes.pop(b)
        height = max(height, math.sqrt(least))
        made = len(centroids) + len(joins)
        nodes[made] = ([(w * s + v * t) / (w + v) for s, t in zip(x, y)], w + v, n + m)
        joins.append((a, b, height, n + m))
    return numpy.array(joins)


def partition(labels):
    """Labels by which rows are together, whatever their numbers."""
    return [labels.index(label) for label in labels]


class Trees(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        cls.data = write_dataset(folder / "data.h5", features=wholesale(), parts=0)
        cls.weights = numpy.random.default_rng(1).integers(0, 4, 440)
        cls.weighted = write_dataset(folder / "weighted.h5", features=wholesale(),
                                     weight=cls.weights)
        cls.model, cls.heavy = folder / "model.h5", folder / "heavy.h5"
        options = ("--k", K, "--log1p", "f0,f1,f2,f3,f4,f5", "--seed", 3)
        cls.options = options
        must("segment", cls.data, "-o", cls.model, *options)
        must("segment", cls.weighted, "-o", cls.heavy, *options)

    def test_the_definition(self):
        for path in self.model, self.heavy:
            with h5py.File(path) as file:
                found = file["tree/linkage"][:]
                self.assertEqual(found.dtype, "float64")
                expected = plain_tree(file["segments/centroids_scaled"][:],
                                      file["segments/weight_sum"][:])
            numpy.testing.assert_array_equal(found, expected)

    def test_scipy(self):
        """Points repeated by weight join at height 0 first, then as ours."""
        with h5py.File(self.heavy) as file:
            found, segments = file["tree/linkage"][:], file["segments/centroids_scaled"][:]
            weight = file["segments/weight_sum"][:].astype(int)
            inertia = file["segments"].attrs["inertia"]
        self.assertTrue(hierarchy.is_valid_linkage(found) and hierarchy.is_monotonic(found))
        theirs = hierarchy.ward(numpy.repeat(segments, weight, axis=0))
        numpy.testing.assert_allclose(found[:, 2], theirs[1 - K:, 2], rtol=1e-9)
        first = numpy.cumsum(weight) - weight
        for groups in range(1, K + 1):
            cut = hierarchy.fcluster(theirs, groups, "maxclust")[first].tolist()
            summary = self.summary("inspect", self.heavy, "--cut", groups, "--min-group", 0)
            ours = [segment["group"] for segment in summary["segments"]]
            self.assertEqual(partition(ours), partition(cut))
            self.assertEqual(len(set(ours)), groups)
            self.assertEqual(list(dict.fromkeys(ours)), list(range(groups)))
        # what all joins add is what segments explain
        one = self.folder / "one.h5"
        self.done("segment", self.weighted, "-o", one, *self.options[2:], "--k", 1)
        with h5py.File(one) as file:
            self.assertEqual(file["tree/linkage"].shape, (0, 4))
            total = file["segments"].attrs["inertia"]
        self.assertAlmostEqual((found[:, 2] ** 2).sum() / 2 / (total - inertia), 1, 9)
        self.done("verify", one)
        self.assertEqual(self.summary("inspect", one, "--cut", 1)["segments"][0]["group"], 0)

    def test_any_ranks(self):
        digest = self.verified_digest(self.heavy)
        for ranks, threads in ((2, 2), (3, 1), (4, 1)):
            again = self.folder / f"{ranks}.h5"
            self.done("segment", self.weighted, "-o", again, *self.options, ranks=ranks,
                      threads=threads)
            self.assertEqual(self.verified_digest(again), digest)

    def test_inspect(self):
        with h5py.File(self.model) as file:
            tree, size = file["tree/linkage"][:], file["segments/size"][:]
        summary = self.summary("inspect", self.model, "--min-group", 0, ranks=2)
        self.assertEqual([(join["a"], join["b"], join["height"], join["segments"])
                          for join in summary["tree"]], [tuple(join) for join in tree])
        self.assertEqual([join["inertia_added"] for join in summary["tree"]],
                         (tree[:, 2] * tree[:, 2] / 2).tolist())
        self.assertNotIn("group", summary["segments"][0])
        text = self.done("inspect", self.model, "--top", 3, "--cut", 4, "--min-group", 0,
                         env={"COLUMNS": "200", "LC_ALL": "C"}).stdout
        table = text[text.index("How segments join"):].split("\n\n")[1].splitlines()
        self.assertEqual([line.split()[0] for line in table[1:]], ["1", "2", "3"])
        self.assertIn(f" {size.sum()} ", table[1])
        groups = [line.split()[1:] for line in text.splitlines() if line.startswith("group  ")]
        self.assertEqual(len(set(groups[0])), 4)

    def test_small_joins_are_withheld(self):
        """Segments of 3 and 4 customers; what joins them has 7."""
        rows = numpy.repeat([[0.0], [1.0], [50.0]], [3, 4, 30], axis=0)
        data, model = self.folder / "data.h5", self.folder / "model.h5"
        write_dataset(data, features=rows)
        self.done("segment", data, "-o", model, "--k", 3)
        for least, shown in ((10, 1), (7, 2), (8, 1)):
            text = self.done("inspect", model, "--min-group", least).stdout
            table = text[text.index("How segments join"):].split("\n\n")[1].splitlines()
            self.assertEqual(len(table) - 1, shown)
        # the total would tell how many the small ones are: the third is withheld with them
        self.assertEqual(self.summary("inspect", model, "--cut", 2)["segments"], [])

    def test_what_cannot_be_cut(self):
        self.fails(65, "inspect", self.model, "--cut", K + 1, ranks=2,
                   says=("--cut", f"{K + 1} groups", f"{K} segments"))
        self.fails(64, "inspect", self.model, "--cut", 0, says=("--cut",))
        self.fails(65, "inspect", self.data, "--cut", 2, says=("--cut", "no segment model"))
        old = self.folder / "old.h5"
        old.write_bytes(self.model.read_bytes())
        with h5py.File(old, "a") as file:
            del file["tree"]
        self.done("verify", old)
        self.assertNotIn("How segments join", self.done("inspect", old).stdout)
        self.fails(65, "inspect", old, "--cut", 2, says=("--cut", "/tree"))

    def test_damaged_trees(self):
        damaged = self.folder / "damaged.h5"
        for place, value in (((0, 0), 99), ((0, 0), 0.5), ((1, 1), -1), ((K - 2, 2), math.nan),
                             ((K - 2, 2), math.inf), ((0, 2), 1e9), ((3, 3), 1), ((2, 0), 2 * K)):
            damaged.write_bytes(self.model.read_bytes())
            with h5py.File(damaged, "a") as file:
                file["tree/linkage"][place] = value
            self.fails(65, "verify", damaged, says=("damaged.h5", "/tree/linkage"))
        damaged.write_bytes(self.model.read_bytes())
        with h5py.File(damaged, "a") as file:
            joins = file["tree/linkage"][1:]
            del file["tree/linkage"]
            file["tree/linkage"] = joins
        self.fails(65, "verify", damaged, says=("/tree/linkage", "7 found, 8 expected"))


if __name__ == "__main__":
    unittest.main()
