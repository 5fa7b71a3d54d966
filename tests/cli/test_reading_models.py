# SPDX-License-Identifier: Apache-2.0
"""The snippets of docs/reading-models.md, run as they stand there, against what the data hold; in R
the same tables as in Python, in the medium tier, whose packages hold it."""
import json
import os
import re
import subprocess
import unittest

import numpy

from patron_test import MEDIUM, SOURCE, PatronTest, must, write_dataset

BASKETS = [[0, 1], [0, 1, 2], [0, 2], [1], [0, 1]] * 4
LABELS = ["bread & butter", "na\u00efve tea", "caf\u00e9"]


TABLES = ("segments", "labels", "itemsets", "rules", "contrasts", "scores", "offers")
# Tables as JSON: a member a column.
TELL_IN_R = """
cat(jsonlite::toJSON(list(%s), dataframe = "columns", digits = NA, na = "string"))
""" % ", ".join(f"{name} = {name}" for name in TABLES)


def snippets(language):
    text = (SOURCE / "docs/reading-models.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


class ReadingModels(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        cls.rows = numpy.array([[i % 3 * 10 + i / 100, i % 3] for i in range(30)], "float32")
        cls.ids = [f"customer {i:02}" for i in range(30)]
        data = write_dataset(folder / "retail", features=cls.rows, names=["spend", "visits"], ids=cls.ids,
                             baskets=BASKETS, item_names=["a", "b", "c"], item_labels=LABELS, parts=3, basket_customer=range(20))
        must("segment", data, "-o", folder / "segments.h5", "--k", 3, "--n-init", 5)
        must("itemsets", data, "-o", folder / "itemsets.h5", "--min-count", 2, "--rules",
             "--min-confidence", 0.1)
        must("itemsets", data, "--by-segment", folder / "segments.h5", "-o", folder / "by_segment.h5",
             "--min-count", 1)
        must("score", data, folder / "segments.h5", "--rules", folder / "itemsets.h5", "-o",
             folder / "scores.h5")
        cls.where = folder
        cls.found = {}
        before = os.getcwd()
        os.chdir(folder)
        try:
            for snippet in snippets("python"):
                exec(compile(snippet, "docs/reading-models.md", "exec"), cls.found)
        finally:
            os.chdir(before)

    def test_segments_and_labels(self):
        segments, labels = self.found["segments"], self.found["labels"]
        self.assertEqual(list(segments.columns), ["size", "spend", "visits"])
        self.assertEqual(list(labels.index), self.ids)
        for segment, row in segments.iterrows():
            own = self.rows[labels["segment"].to_numpy() == segment].astype("float64")
            self.assertEqual(row["size"], len(own))
            numpy.testing.assert_allclose([row["spend"], row["visits"]], own.mean(axis=0), rtol=1e-5, atol=1e-5)

    def test_itemsets(self):
        table = self.found["itemsets"]
        for items, count, support in zip(table["items"], table["count"], table["support"]):
            held = sum(set(map(LABELS.index, items)) <= set(basket) for basket in BASKETS)
            self.assertEqual((count, support), (held, held / len(BASKETS)))
        self.assertIn((LABELS[0], LABELS[1]), list(table["items"]))

    def test_rules(self):
        table = self.found["rules"]
        self.assertGreater(len(table), 3)
        for rule in table.itertuples():
            left, right = (set(map(LABELS.index, side)) for side in (rule.antecedent, rule.consequent))
            have_left = [set(basket) for basket in BASKETS if left <= set(basket)]
            both = sum(right <= basket for basket in have_left)
            self.assertEqual((rule.count, rule.confidence), (both, both / len(have_left)))
        self.assertEqual(self.found["best"]["lift"].max(), table["lift"].max())

    def test_contrasts(self):
        table, labels = self.found["contrasts"], self.found["labels"]["segment"].to_numpy()
        self.assertEqual(len(table), 9)
        for row in table.itertuples():
            held = sum(LABELS.index(row.item) in basket and labels[customer] == row.segment
                       for customer, basket in enumerate(BASKETS))
            self.assertEqual(row.count, held)

    def test_scores(self):
        scores, offers = self.found["scores"], self.found["offers"]
        self.assertEqual(scores["segment"].tolist(), self.found["labels"]["segment"].tolist())
        self.assertGreater(len(offers), 5)
        for offer in offers.itertuples():
            has = {LABELS[item] for item in BASKETS[self.ids.index(offer.customer)]}
            self.assertNotIn(offer.item, has)
            self.assertLessEqual(set(offer.antecedent), has)

    @unittest.skipUnless(MEDIUM, "R is of the medium tier")
    def test_tables_of_r_are_those_of_python(self):
        script = self.where / "snippets.R"
        script.write_text("\n".join(snippets("r")) + TELL_IN_R, "utf-8")
        process = subprocess.run(["Rscript", "--vanilla", script], cwd=self.where, capture_output=True,
                                 text=True, env=dict(os.environ, LC_ALL="C.UTF-8"), check=False)
        self.assertEqual(process.returncode, 0, process.stderr)
        told = json.loads(process.stdout)
        for name in TABLES:
            table = self.found[name].reset_index()
            if name == "contrasts":  # R has columns after columns
                table = table.sort_values("segment", kind="stable")
            if name == "offers":
                table = table.sort_values(["place", "customer"], kind="stable")
            for column in told[name]:
                found, expected = told[name][column], table[column].tolist()
                if isinstance(expected[0], tuple):
                    self.assertEqual([one if isinstance(one, list) else [one] for one in found],
                                     [list(one) for one in expected], f"{name} {column}")
                elif isinstance(expected[0], str):
                    self.assertEqual(found, expected, f"{name} {column}")
                else:
                    infinite = {"Inf": numpy.inf, "-Inf": -numpy.inf, "NaN": numpy.nan}
                    numpy.testing.assert_allclose([infinite.get(one, one) for one in found], expected,
                                                  rtol=1e-12, err_msg=f"{name} {column}")


if __name__ == "__main__":
    unittest.main()
