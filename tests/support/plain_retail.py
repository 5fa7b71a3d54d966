# SPDX-License-Identifier: Apache-2.0
"""What ingest makes of transactions, worked out a second time with csv, datetime and math.fsum."""
import collections
import csv
import datetime
import functools
import gzip
import math

import numpy

NONE = numpy.uint64(2**64 - 1)
DAY = 86400.0
RULES = ("no_customer", "no_basket", "no_item", "cancelled", "quantity", "price")
Row = collections.namedtuple("Row", "customer basket item label quantity price time")


@functools.lru_cache(maxsize=None)
def seconds(text):
    """Seconds since 1970 of a time as the export writes it."""
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp())


def online_retail(path):
    """The lines of the export as texts and numbers."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        records = csv.reader(file)
        next(records)
        return [Row(customer.strip(), basket.strip(), item.strip(), label.strip(), float(quantity),
                    float(price), seconds(time.strip()))
                for basket, item, label, quantity, time, price, customer, _ in records]


def judge(row, rules, prefix):
    """The first of `rules` that leaves the row out; None where it is kept."""
    hits = {"no_customer": not row.customer, "no_basket": not row.basket, "no_item": not row.item,
            "cancelled": prefix and row.basket.startswith(prefix),
            "quantity": row.quantity <= 0, "price": row.price <= 0}
    return next((rule for rule in RULES if rule in rules and hits[rule]), None)


def grouped(rows, key):
    """Lists of rows by `key`, in bytewise order of the key; rows without one are left out."""
    groups = collections.defaultdict(list)
    for row in rows:
        if getattr(row, key):
            groups[getattr(row, key)].append(row)
    return {name: groups[name] for name in sorted(groups, key=lambda name: name.encode("utf-8"))}


def features(rows, as_of):
    """The features of one customer, from the rows kept."""
    baskets = grouped(rows, "basket").values()
    starts = [min(row.time for row in basket) for basket in baskets]
    monetary = math.fsum(row.quantity * row.price for row in rows)
    last = max(row.time for row in rows)
    between = math.nan
    if len(baskets) > 1:
        between = (max(starts) - min(starts)) / (len(baskets) - 1) / DAY
    return {
        "recency_days": (as_of - last) / DAY,
        "frequency": len(baskets),
        "monetary": monetary,
        "mean_basket_value": monetary / len(baskets),
        "distinct_items": len({row.item for row in rows}),
        "mean_items_per_basket":
            sum(len({row.item for row in basket}) for basket in baskets) / len(baskets),
        "tenure_days": (as_of - min(starts)) / DAY,
        "mean_days_between_baskets": between,
    }


def label_of(rows):
    """The most frequent label that is not empty; of several the bytewise least."""
    counts = collections.Counter(row.label for row in rows if row.label)
    return min(counts, key=lambda label: (-counts[label], label.encode("utf-8")), default="")


def owner(rows):
    """The customer of the earliest row that has one; of several the bytewise least."""
    named = [(row.time, row.customer.encode("utf-8")) for row in rows if row.customer]
    return min(named)[1].decode("utf-8") if named else None


class Expected:
    """The dataset that ingest must make of `rows`."""

    def __init__(self, rows, rules=RULES, prefix=None, as_of=None):
        verdicts = [judge(row, rules, prefix) for row in rows]
        kept = [row for row, verdict in zip(rows, verdicts) if verdict is None]
        dropped = collections.Counter(verdicts)
        by_customer, by_basket = grouped(kept, "customer"), grouped(kept, "basket")
        by_item = grouped(kept, "item")
        if as_of is None:
            as_of = max(row.time for row in kept)
        self.kept = kept
        self.customer_id = list(by_customer)
        self.features = [features(group, as_of) for group in by_customer.values()]
        self.basket_id = list(by_basket)
        self.item_name = list(by_item)
        self.item_label = [label_of(group) for group in by_item.values()]
        self.basket_time = [min(row.time for row in group) for group in by_basket.values()]
        customer = {name: index for index, name in enumerate(by_customer)}
        self.basket_customer = [customer.get(owner(group), NONE) for group in by_basket.values()]
        item = {name: index for index, name in enumerate(by_item)}
        self.baskets = [sorted({item[row.item] for row in group}) for group in by_basket.values()]
        self.quality = {f"dropped_{rule}": dropped[rule] for rule in RULES
                        if rule in rules and (rule != "cancelled" or prefix)}
        named = [row for row in kept if row.customer]
        self.quality.update({
            "rows_read": len(rows), "rows_kept": len(kept),
            "duplicate_rows": len(named) - len(set(named)), "customers": len(by_customer),
            "baskets": len(by_basket), "items": len(by_item),
            "revenue": math.fsum(row.quantity * row.price for row in kept),
            "missing_mean_days_between_baskets":
                sum(one["frequency"] < 2 for one in self.features)})
