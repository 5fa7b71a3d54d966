# SPDX-License-Identifier: Apache-2.0
"""A small shop with unruly names, and models of it, for tests of the report."""
import numpy

from patron_test import must, write_dataset

SCRIPT = "<script>alert(1)</script>"
NAMES = [SCRIPT, "\"quoted\" & 'so'", "\u05e9\u05dc\u05d5\u05dd \u202eabc", "\U0001f9e6 socks", "</td><b>bold",
         "plain", "tea", "cups"]
COLUMNS = ["monetary", "visits", "<i>odd</i> DAYS BETWEEN BASKETS"]
SIZES = (120, 80, 60, 4)


def make_shop(folder):
    """The dataset and models of it, by name; segment 3 of 4 has only 4 customers."""
    dice = numpy.random.default_rng(11)
    place = dice.permutation(numpy.repeat(numpy.arange(4), SIZES))
    centres = numpy.array([[10, 2, 0], [100, 3, 5], [20, 30, 1], [900, 90, 40]], "float64")
    rows = centres[place] * dice.normal(1, 0.05, (len(place), 3)) + dice.normal(0, 0.1, (len(place), 3))
    owner = dice.integers(0, len(place), 900)
    baskets = []
    for customer in owner:
        likes = 0.2 + 0.6 * ((numpy.arange(8) % 4) == place[customer])
        held = dice.random(8) < likes
        held[7] |= held[6] and dice.random() < 0.9
        baskets.append(numpy.flatnonzero(held).tolist())
    data = write_dataset(folder / "shop.h5", features=rows.astype("float32"), names=COLUMNS,
                         baskets=baskets, basket_customer=owner.astype("uint64"), item_names=NAMES,
                         item_labels=NAMES)
    made = {"data": data, "place": place, "rows": rows, "baskets": baskets}
    for name, options in (("segments", ("--k-range", "2..5", "--k-rule", "silhouette", "--validate")),
                          ("four", ("--k", 4, "--n-init", 5)), ("old", ("--k", 3, "--seed", 2))):
        made[name] = folder / f"{name}.h5"
        must("segment", data, "-o", made[name], *options)
    made["itemsets"] = folder / "itemsets.h5"
    must("itemsets", data, "-o", made["itemsets"], "--min-count", 5, "--rules", "--min-confidence", 0.3)
    made["by_segment"] = folder / "by_segment.h5"
    must("itemsets", data, "--by-segment", made["four"], "--min-support", 0.1, "--rules", "--min-confidence", 0.3,
         "-o", made["by_segment"])
    return made
