# SPDX-License-Identifier: Apache-2.0
"""The snippets of docs/reading-models.md, run as they stand there, against what the data hold."""
import os
import re
import unittest

import numpy

from patron_test import SOURCE, PatronTest, must, write_dataset

BASKETS = [[0, 1], [0, 1, 2], [0, 2], [1], [0, 1]] * 4
LABELS = ["bread & butter", "na\u00efve tea", "caf\u00e9"]


def snippets():
    text = (SOURCE / "docs/reading-models.md").read_text("utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


class ReadingModels(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        cls.rows = numpy.array([[i % 3 * 10 + i / 100, i % 3] for i in range(30)], "float32")
        cls.ids = [f"customer {i:02}" for i in range(30)]
        data = write_dataset(folder / "retail", features=cls.rows, names=["spend", "visits"], ids=cls.ids,
                             baskets=BASKETS, item_names=["a", "b", "c"], item_labels=LABELS, parts=3)
        must("segment", data, "-o", folder / "segments.h5", "--k", 3, "--n-init", 5)
        must("itemsets", data, "-o", folder / "itemsets.h5", "--min-count", 2, "--rules",
             "--min-confidence", 0.1)
        cls.found = {}
        before = os.getcwd()
        os.chdir(folder)
        try:
            for snippet in snippets():
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


if __name__ == "__main__":
    unittest.main()
