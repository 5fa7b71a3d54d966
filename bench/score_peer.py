# SPDX-License-Identifier: Apache-2.0
"""score_peer.py segments DATASET MODEL SCORES
   score_peer.py offers DATASET RULES SCORES BASKETS

What Python's libraries do for the same question, timed from rows in memory; then what they found is
compared with patron's file, and of segments a part of it with a plain float64 loop, too."""
import json
import sys
import time

import h5py
import numpy
import scipy.sparse
from sklearn.cluster import KMeans

EXACT_ROWS = 20_000  # that the loop in float64 takes
CHUNK = 1_000  # baskets whose product with the rules is held at a time


# ---- segments ----

def nearest_by_definition(rows, centroids):
    """Squared differences in float64, summed in the order of columns; ties to the lowest."""
    distance = numpy.zeros((len(rows), len(centroids)))
    for column in range(rows.shape[1]):
        distance += (rows[:, column, None].astype("float64") - centroids[:, column]) ** 2
    return distance.argmin(axis=1)


def segments(data, model, scores):
    with h5py.File(data) as file:
        rows = file["customers/features"][()]
    with h5py.File(model) as file:
        centroids = file["segments/centroids"][()].astype("float64")
    with h5py.File(scores) as file:
        found = file["scores/segment"][()]
    means = KMeans(len(centroids), n_init=1, max_iter=1)
    means.fit(rows[:len(centroids)])
    means.cluster_centers_ = centroids.astype("float32")
    begin = time.perf_counter()
    labels = means.predict(rows)
    seconds = time.perf_counter() - begin
    exact = nearest_by_definition(rows[:EXACT_ROWS], centroids)
    if (exact != found[:EXACT_ROWS]).any():
        sys.exit("patron's segments are not those of the definition")
    # scikit-learn computes in float32
    return {"rows": len(rows), "seconds": seconds, "differ": int((labels != found).sum()),
            "may_differ": len(rows) // 10_000}


# ---- offers ----

def read_side(file, side):
    return file[f"rules/{side}_offsets"][()].astype("int64"), file[f"rules/{side}_items"][()]


def offer_chunk(has, rules, most):
    """(basket, place, item, rule) of a chunk of baskets, by one product of sparse matrices."""
    meets = (has @ rules["antecedents"]).tocoo()
    applies = meets.data == rules["length"][meets.col]
    basket, rule = meets.row[applies], meets.col[applies]
    item = rules["consequent"][rule]
    new = numpy.asarray(has[basket, item]).ravel() == 0
    basket, rule, item = basket[new], rule[new], item[new]
    order = numpy.lexsort((rules["rank"][rule], basket))
    basket, rule, item = basket[order], rule[order], item[order]
    _, first = numpy.unique(basket.astype("int64") * has.shape[1] + item, return_index=True)
    first.sort()  # of each item the best rule, still in order
    basket, rule, item = basket[first], rule[first], item[first]
    place = numpy.arange(len(basket)) - numpy.searchsorted(basket, basket)
    best = place < most
    return basket[best], place[best], item[best], rule[best]


def read_rules(path, items):
    with h5py.File(path) as file:
        offsets, antecedents = read_side(file, "antecedent")
        ends, consequent = read_side(file, "consequent")
        confidence, lift = file["rules/confidence"][()], file["rules/lift"][()]
    count = len(confidence)
    if (numpy.diff(ends) != 1).any():
        sys.exit("rules of one item as consequent are expected")
    rank = numpy.empty(count, "int64")
    rank[numpy.lexsort((numpy.arange(count), -lift, -confidence))] = numpy.arange(count)
    matrix = scipy.sparse.csr_matrix((numpy.ones(len(antecedents), "int32"), antecedents, offsets),
                                     shape=(count, items))
    return {"antecedents": matrix.T.tocsr(), "length": numpy.diff(offsets),
            "consequent": consequent.astype("int64"), "rank": rank}


def offers(data, model, scores, baskets):
    count = int(baskets)
    with h5py.File(data) as file:
        offsets = file["baskets/offsets"][:count + 1].astype("int64")
        items = file["baskets/items"][:offsets[-1]]
        width = len(file["items/name"])
    with h5py.File(scores) as file:
        found = numpy.stack([file["scores/offer_item"][:count], file["scores/offer_rule"][:count]])
    count = len(offsets) - 1
    has = scipy.sparse.csr_matrix((numpy.ones(len(items), "int32"), items, offsets),
                                  shape=(count, width))
    rules = read_rules(model, width)
    made = numpy.full_like(found, -1)
    begin = time.perf_counter()
    for start in range(0, count, CHUNK):
        basket, place, item, rule = offer_chunk(has[start:start + CHUNK], rules, found.shape[2])
        made[0, start + basket, place], made[1, start + basket, place] = item, rule
    seconds = time.perf_counter() - begin
    return {"rows": count, "seconds": seconds, "may_differ": 0,
            "differ": int((made != found).any(axis=(0, 2)).sum())}


if __name__ == "__main__":
    print(json.dumps({"segments": segments, "offers": offers}[sys.argv[1]](*sys.argv[2:])))
