# SPDX-License-Identifier: Apache-2.0
"""generate: the rows are those of a second program and of any ranks, threads and parts, and their
statistics are those that were asked for."""
import itertools
import unittest

import h5py
import numpy
from sklearn.metrics import adjusted_rand_score

import plain_generate as plain
from patron_test import PatronTest, digest, read_strings

CUSTOMERS = ("--rows", 3000, "--columns", 6, "--clusters", 5, "--imbalance", 4, "--spread", 3,
             "--noise", 0.1, "--missing", 0.05, "--lognormal", 2, "--weights")
BASKETS = ("--baskets", 5000, "--items", 300, "--patterns", 100, "--affinity", 0.5)
SIGMAS = 5  # of what is drawn; the draws are always the same, so this never fails by chance


def baskets_of(path):
    with h5py.File(path) as file:
        offsets, items = file["baskets/offsets"][()], file["baskets/items"][()]
    return [items[first:last].tolist() for first, last in itertools.pairwise(offsets)]


class GenerateTest(PatronTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out.h5"

    def generated(self, *options, **more):
        """The file that is generated, open."""
        self.done("generate", *options, "-o", self.out, **more)
        file = h5py.File(self.out)
        self.addCleanup(file.close)
        return file

    def assert_share(self, found, count, expected):
        deviation = (expected * (1 - expected) / count) ** 0.5
        self.assertLess(abs(found / count - expected), SIGMAS * deviation)


class SameBits(GenerateTest):
    def test_ranks_threads_parts(self):
        csv, found, texts = self.folder / "sales.csv", set(), set()
        options = (*CUSTOMERS, *BASKETS, "--dirt", 0.05, "--transactions", csv, "--seed", 3)
        for ranks, threads, parts in ((1, 1, 0), (2, 1, 1), (1, 2, 4), (3, 1, 4), (4, 1, 7),
                                      (2, 2, 3), (3, 1, 0)):
            path = self.folder / f"data.{ranks}.{threads}.{parts}"
            self.done("generate", *options, "--force", "-o", path, ranks=ranks, threads=threads,
                      *(("--parts", parts) if parts else ()))
            found |= {digest(path), self.verified_digest(path)}
            texts.add(csv.read_bytes())
        self.assertEqual((len(found), len(texts)), (1, 1))
        self.done("verify", path, ranks=2)
        other = self.folder / "other.h5"
        self.done("generate", *options[:-1], 4, "--force", "-o", other)
        self.assertNotIn(digest(other), found)

    def test_more_parts_than_rows(self):
        path = self.folder / "parts"
        self.done("generate", "--rows", 3, "--baskets", 2, "--parts", 5, "-o", path, ranks=4)
        self.done("generate", "--rows", 3, "--baskets", 2, "-o", self.out)
        self.assertEqual(digest(path), digest(self.out))
        self.done("verify", path)

    def test_many_chunks(self):
        """More rows than a chunk or a piece holds."""
        first = self.summary("generate", "--rows", 400_000, "--columns", 3, "-o", self.out)
        path = self.folder / "parts"
        second = self.summary("generate", "--rows", 400_000, "--columns", 3, "--parts", 2, "-o", path,
                              ranks=2)
        self.assertEqual(first["digest"], second["digest"])
        self.assertEqual(first["digest"], digest(self.out))
        with h5py.File(self.out) as file:
            self.assertLess(file["customers/features"].chunks[0], 400_000)
            self.assertEqual(file["customers/id"][()].tolist(), list(range(400_000)))


class Customers(GenerateTest):
    def test_as_a_second_program(self):
        seed = 2**63 + 5
        file = self.generated(*CUSTOMERS, "--seed", seed)
        truth, values = file["customers/truth"][()], file["customers/features"][()]
        shares = file["truth/shares"][()]
        centroids, deviations = file["truth/centroids"][()], file["truth/deviations"][()]
        for row in (0, 1, 17, 1234, 2999):
            label = plain.cluster_of(seed, row, shares, 0.1)
            self.assertEqual(truth[row], label)
            missing = plain.missing_of(seed, row, 6, 0.05)
            self.assertEqual(numpy.isnan(values[row]).tolist(), missing)
            self.assertAlmostEqual(file["customers/weight"][row], plain.weight_of(seed, row), 5)
            if label >= 0:
                expected = plain.values_of(seed, row, centroids[label][:4], deviations[label][0])
                numpy.testing.assert_allclose(values[row][:4], numpy.where(missing[:4], numpy.nan,
                                                                           expected), rtol=1e-6)

    def test_noise_alone(self):
        """Evenly in the box that reaches three deviations beyond the centroids."""
        file = self.generated("--rows", 20000, "--columns", 3, "--noise", 1, "--seed", 1)
        self.assertEqual(set(file["customers/truth"][()]), {-1})
        centroids, rows = file["truth/centroids"][()], file["customers/features"][()]
        low, high = centroids.min(axis=0) - 3, centroids.max(axis=0) + 3
        places = (rows - low) / (high - low)
        self.assertTrue(((places > -1e-6) & (places < 1 + 1e-6)).all())
        for column in places.T:
            counts = numpy.histogram(column, bins=20, range=(0, 1))[0]
            self.assertLess(((counts - 1000) ** 2 / 1000).sum(), 60)  # 19 degrees of freedom

    def test_statistics(self):
        rows = 60000
        file = self.generated("--rows", rows, "--columns", 4, "--clusters", 6, "--imbalance", 10,
                              "--spread", 4, "--noise", 0.07, "--missing", 0.02, "--lognormal", 1,
                              "--weights", threads=2)
        truth, values = file["customers/truth"][()], file["customers/features"][()]
        shares = file["truth/shares"][()]
        numpy.testing.assert_allclose(shares[:-1] / shares[1:], 10 ** 0.2)
        self.assertAlmostEqual(shares.sum(), 1.0)
        self.assert_share((truth == -1).sum(), rows, 0.07)
        self.assert_share(numpy.isnan(values).sum(), values.size, 0.02)
        counts, expected = numpy.bincount(truth[truth >= 0]), (truth >= 0).sum() * shares
        self.assertLess(((counts - expected) ** 2 / expected).sum(), 30)  # 5 degrees of freedom
        weight = file["customers/weight"][()]
        self.assertLess(abs(weight.mean(dtype=float) - 1), SIGMAS / rows ** 0.5)
        self.assertLess(abs(weight.std(dtype=float) - 1), SIGMAS * (8 / rows) ** 0.5)
        for cluster, count in enumerate(counts):
            own = values[truth == cluster].astype(float)
            own[:, 3] = numpy.log(own[:, 3])
            mean, deviation = (file[f"truth/{name}"][cluster] for name in ("centroids", "deviations"))
            self.assertTrue((deviation[:3] == deviation[0]).all())
            normal = deviation[0]
            self.assertAlmostEqual(deviation[3] / mean[3], (numpy.expm1(normal ** 2)) ** 0.5)
            mean = numpy.append(mean[:3], numpy.log(mean[3]) - normal ** 2 / 2)
            error = SIGMAS * normal / (0.9 * count) ** 0.5
            self.assertLess(abs(numpy.nanmean(own, axis=0) - mean).max(), error)
            self.assertLess(abs(numpy.nanstd(own, axis=0) - normal).max(), error)

    def test_normal_distribution(self):
        """The values of one cluster, by their quantiles, and no column hangs on another."""
        file = self.generated("--rows", 100000, "--columns", 5, "--clusters", 1)
        values = (file["customers/features"][()] - file["truth/centroids"][0]).astype(float)
        cuts = [plain.QUANTILE(i / 50) for i in range(1, 50)]
        for column in values.T:
            counts = numpy.bincount(numpy.searchsorted(cuts, column), minlength=50)
            self.assertLess(((counts - 2000) ** 2 / 2000).sum(), 100)  # 49 degrees of freedom
        self.assertLess(abs(numpy.corrcoef(values.T) - numpy.eye(5)).max(), SIGMAS / 100000 ** 0.5)

    def test_separation(self):
        for columns, clusters, separation, spread in ((1, 5, 3, 1), (3, 40, 1.5, 5), (30, 30, 4, 1)):
            self.done("generate", "--rows", 1, "--columns", columns, "--clusters", clusters,
                      "--separation", separation, "--spread", spread, "--force", "-o", self.out)
            with h5py.File(self.out) as file:
                centroids = file["truth/centroids"][()]
                deviations = file["truth/deviations"][:, 0]
            self.assertLessEqual(deviations.max() / deviations.min(), spread * 1.0001)
            distance = numpy.linalg.norm(centroids[:, None] - centroids[None], axis=2)
            apart = distance / (deviations[:, None] + deviations[None])
            nearest = (apart + 1e9 * numpy.eye(clusters)).min()
            self.assertGreaterEqual(nearest, separation)
            self.assertLess(nearest, 3 * separation)

    def test_segment_finds_the_clusters(self):
        model = self.folder / "model.h5"
        for options in (("--columns", 4), ("--columns", 12, "--imbalance", 5, "--missing", 0.01)):
            file = self.generated("--rows", 20000, "--clusters", 8, "--separation", 5, *options,
                                  "--force")
            self.done("segment", self.out, "--k", 8, "--n-init", 10, "--scale", "none", "-o", model,
                      "--force")
            with h5py.File(model) as found:
                score = adjusted_rand_score(file["customers/truth"][()],
                                            found["segments/labels"][()])
            self.assertGreater(score, 0.99)
            file.close()


class Baskets(GenerateTest):
    def test_quest_as_a_second_program(self):
        """More baskets than a piece, so that pieces begin where the one before ended."""
        quest = plain.Quest(7, 60, 40, 5, 3)
        self.generated("--quest", "T5I3D4300N60L40", "--seed", 7, threads=2)
        self.assertEqual(baskets_of(self.out), list(quest.baskets(4300)))

    def test_quest_of_clusters_as_a_second_program(self):
        file = self.generated("--rows", 500, "--clusters", 4, "--baskets", 700, "--items", 90,
                              "--basket-length", 8, "--pattern-length", 2.5, "--patterns", 30,
                              "--correlation", 0.3, "--corruption", 0.2, "--corruption-variance",
                              0.05, "--affinity", 0.7, "--noise", 0.1, "--start", "2020-02-28 12:00",
                              "--days", 3)
        truth, customer = file["customers/truth"][()], file["baskets/customer"][()]
        quest = plain.Quest(0, 90, 30, 8, 2.5, 0.3, 0.2, 0.05, 4, 0.7)
        expected = quest.baskets(700, lambda basket: int(truth[customer[basket]]))
        self.assertEqual(baskets_of(self.out), list(expected))
        self.assertEqual(customer.tolist(), [plain.customer_of(0, b, 500) for b in range(700)])
        start = 1582891200  # 2020-02-28 12:00
        self.assertEqual(file["baskets/time"][()].tolist(),
                         [plain.time_of(0, b, 700, start, 3) for b in range(700)])

    def test_dense_as_a_second_program(self):
        self.generated("--dense", "--baskets", 200, "--items", 37, "--density", 0.3,
                       "--density-spread", 0.8, "--seed", 2)
        self.assertEqual(baskets_of(self.out), [plain.dense(2, b, 37, 0.3, 0.8) for b in range(200)])

    def test_dense_statistics(self):
        self.generated("--dense", "--baskets", 20000, "--items", 20, "--density", 0.7)
        counts = numpy.bincount(numpy.concatenate([*map(numpy.array, baskets_of(self.out))]),
                                minlength=20)
        for count in counts:
            self.assert_share(count, 20000, 0.7)

    def test_quest_shape(self):
        """Lengths, and sets of three that are far more frequent than their items would make them."""
        file = self.generated("--quest", "T10I4D20K")
        baskets = baskets_of(self.out)
        lengths = numpy.array([len(basket) for basket in baskets])
        self.assertLess(abs(lengths.mean() - 10), 0.5)
        self.assertGreater(lengths.min(), 0)
        self.assertTrue(all(a < b for basket in baskets for a, b in itertools.pairwise(basket)))
        self.assertEqual(read_strings(file["items/name"]), [f"{i:03d}" for i in range(1000)])
        single = numpy.bincount(numpy.concatenate([*map(numpy.array, baskets)])) / 20000
        model = self.folder / "sets.h5"
        self.done("itemsets", self.out, "--min-support", 0.005, "--min-length", 3, "-o", model)
        with h5py.File(model) as sets:
            offsets, items = sets["itemsets/offsets"][()], sets["itemsets/items"][()]
            support = sets["itemsets/count"][()] / 20000
        chance = [single[items[first:last]].prod() for first, last in itertools.pairwise(offsets)]
        self.assertGreater(len(chance), 20)
        self.assertGreater(numpy.median(support / chance), 20)

    def test_affinity(self):
        """Clusters buy other items with it, and the same without."""
        found = {}
        for affinity in (0, 0.8):
            options = ("--affinity", affinity) if affinity else ()
            file = self.generated("--rows", 1000, "--clusters", 2, "--baskets", 8000, "--items", 200,
                                  "--patterns", 40, *options, "--force")
            bought = numpy.zeros((2, 200))
            which = file["customers/truth"][()][file["baskets/customer"][()]]
            for cluster, basket in zip(which, baskets_of(self.out)):
                bought[cluster][basket] += 1
            bought /= bought.sum(axis=1, keepdims=True)
            found[affinity] = abs(bought[0] - bought[1]).sum() / 2
            file.close()
        self.assertLess(found[0], 0.1)
        self.assertGreater(found[0.8], 0.3)


class Export(GenerateTest):
    def setUp(self):
        super().setUp()
        self.csv, self.back = self.folder / "sales.csv", self.folder / "back.h5"

    def ingest(self, *more):
        self.done("ingest", "--transactions", self.csv, "--customer", "customer", "--basket",
                  "invoice", "--item", "item", "--label", "description", "--quantity", "quantity",
                  "--price", "price", "--time", "time", "--plain-ids", "-o", self.back, *more)
        file = h5py.File(self.back)
        self.addCleanup(file.close)
        return file

    def compare(self, file, back):
        """The dataset read back is that which was generated, but for what nobody bought."""
        names = [int(name) for name in read_strings(back["items/name"])]
        ids = [int(name) for name in read_strings(back["customers/id"])]
        self.assertEqual([[names[item] for item in basket] for basket in baskets_of(self.back)],
                         baskets_of(self.out))
        self.assertEqual([ids[row] for row in back["baskets/customer"][()]],
                         file["baskets/customer"][()].tolist())
        self.assertEqual(back["baskets/time"][()].tolist(), file["baskets/time"][()].tolist())
        self.assertEqual(read_strings(back["items/label"]), [f"item {name}" for name in names])

    def test_clean(self):
        file = self.generated(*CUSTOMERS, *BASKETS, "--transactions", self.csv)
        back = self.ingest()
        self.compare(file, back)
        self.assertEqual(back["quality/rows_read"][()], back["quality/rows_kept"][()])

    def test_dirt_is_what_ingest_leaves_out(self):
        summary = self.summary("generate", *CUSTOMERS, *BASKETS, "--transactions", self.csv, "--dirt",
                               0.1, "-o", self.out)["transactions"]
        self.assertEqual(summary["bytes"], self.csv.stat().st_size)
        back = self.ingest("--cancelled-prefix", "C")
        with h5py.File(self.out) as file:
            self.compare(file, back)
            entries = len(file["baskets/items"])
        quality = {name: value[()] for name, value in back["quality"].items()}
        self.assertEqual(quality["rows_read"], summary["lines"])
        self.assertEqual(quality["rows_kept"], entries)
        self.assertEqual(quality["dropped_price"], summary["lines_without_price"])
        text = self.csv.read_text(encoding="utf-8").splitlines()[1:]
        invoices = {line.split(",")[1] for line in text}
        self.assertEqual(sum(name[0] == "C" for name in invoices), summary["cancelled_invoices"])
        self.assertEqual(sum(name[0] == "A" for name in invoices),
                         summary["invoices_without_customer"])
        for name in ("cancelled_invoices", "invoices_without_customer"):
            self.assert_share(summary[name], 5000, 0.1)
        self.assert_share(summary["lines_without_price"], entries, 0.1)
        self.assertEqual(quality["dropped_cancelled"],
                         sum(line.split(",")[1][0] == "C" for line in text))

    def test_alone_and_without_customers(self):
        self.done("generate", "--baskets", 300, "--transactions", self.csv)
        self.assertFalse(self.out.exists())
        lines = self.csv.read_text(encoding="utf-8").splitlines()
        self.assertEqual(lines[0], "customer,invoice,item,description,quantity,price,time")
        self.assertTrue(all(line.startswith(",") for line in lines[1:]))
        self.done("ingest", "--transactions", self.csv, "--basket", "invoice", "--item", "item", "-o",
                  self.back)
        self.assertEqual(len(baskets_of(self.back)), 300)

    def test_quantities_and_prices(self):
        self.done("generate", "--quest", "T10I4D2K", "--transactions", self.csv)
        records = numpy.genfromtxt(self.csv, delimiter=",", skip_header=1, usecols=(2, 4, 5))
        counts = numpy.bincount(records[:, 1].astype(int))
        for quantity in (1, 2, 3):
            self.assert_share(counts[quantity], len(records), 0.5 ** quantity)
        prices = {}
        for item, _, price in records:
            self.assertEqual(prices.setdefault(item, price), price)
        logs = numpy.log(list(prices.values()))
        self.assertLess(abs(logs.mean() - 1), SIGMAS / len(logs) ** 0.5)
        self.assertLess(abs(logs.std() - 1), SIGMAS / len(logs) ** 0.5)


class Wrong(GenerateTest):
    def test_options(self):
        for options, says in (
                ((), ("--rows",)), (("--rows", 0), ("--rows",)), (("--columns", 3), ("--rows",)),
                (("--rows", 5, "--columns", 0), ("--columns",)),
                (("--rows", 5, "--clusters", 0), ("--clusters",)),
                (("--rows", 5, "--lognormal", 9), ("--lognormal", "9", "8")),
                (("--rows", 5, "--lognormal", 2, "--separation", 900), ("lognormal",)),
                (("--rows", 5, "--noise", 1.5), ("--noise",)),
                (("--rows", 5, "--spread", 0.5), ("--spread",)),
                (("--rows", -5), ("--rows",)),
                (("--rows", 5, "--items", 10), ("--items", "--baskets")),
                (("--rows", 5, "--dirt", 0.1), ("--dirt", "--transactions")),
                (("--rows", 5, "--transactions", "x.csv"), ("--transactions", "--baskets")),
                (("--baskets", 5, "--affinity", 0.5), ("--affinity", "--rows")),
                (("--rows", 5, "--baskets", 5, "--affinity", 0.5, "--patterns", 3), ("--affinity",)),
                (("--baskets", 5, "--density", 0.5), ("--density", "--dense")),
                (("--baskets", 5, "--dense", "--patterns", 5), ("--patterns",)),
                (("--baskets", 5, "--start", "yesterday"), ("--start", "yesterday")),
                (("--baskets", 5, "--start", "9999-01-01", "--days", 400), ("9999",)),
                (("--quest", "T10I4"), ("--quest", "T10I4")),
                (("--quest", "T10I0D5"), ("--quest",)), (("--quest", "T10I4D5X"), ("--quest",)),
                (("--quest", "T10I4D5", "--baskets", 7), ("--quest", "--baskets"))):
            with self.subTest(options=options):
                self.fails(64, "generate", *options, "-o", self.out, says=says)
                self.assertEqual(list(self.folder.iterdir()), [])

    def test_outputs(self):
        self.fails(64, "generate", "--baskets", 5, says=("--output", "--transactions"))
        self.fails(64, "generate", "--baskets", 5, "--transactions", self.out, "-o", self.out)
        self.fails(64, "generate", "--baskets", 5, "--transactions", self.out, "--parts", 2)
        self.fails(64, "generate", "--baskets", 5, "--transactions", "-", says=("'-'",))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_existing(self):
        csv, none = self.folder / "sales.csv", self.folder / "none.h5"
        for path in (self.out, csv):
            path.write_text("mine\n", encoding="ascii")
        for options in (("-o", self.out), ("-o", self.out, "--parts", 2),
                        ("-o", none, "--transactions", csv)):
            for ranks in (1, 3):
                self.fails(73, "generate", "--rows", 5, "--baskets", 5, *options, ranks=ranks,
                           says=("exists",))
        self.assertEqual(self.out.read_text(encoding="ascii"), "mine\n")
        self.assertEqual(len(list(self.folder.iterdir())), 2)
        self.done("generate", "--rows", 5, "--baskets", 5, "-o", self.out, "--transactions", csv,
                  "--force", ranks=2)
        self.done("verify", self.out)

    def test_missing_folder(self):
        self.fails(73, "generate", "--rows", 5, "-o", self.folder / "none" / "out.h5")


if __name__ == "__main__":
    unittest.main()
