# SPDX-License-Identifier: Apache-2.0
"""ingest_peer.py FILE.csv ENGINE: what patron's ingest makes of an export, by pandas, in memory:
the same rows left out, the same features, the baskets as sorted item numbers with owner and time,
and labels.  Prints figures and seconds as JSON.  ENGINE is one that read_csv takes."""
import json
import sys
import time

import numpy
import pandas

TEXTS = ("InvoiceNo", "StockCode", "Description", "CustomerID")
DAY = pandas.Timedelta(days=1)


def read(path, engine):
    columns = [*TEXTS, "Quantity", "UnitPrice", "InvoiceDate"]
    return pandas.read_csv(path, usecols=columns, engine=engine, dtype=dict.fromkeys(TEXTS, str),
                           keep_default_na=False)


def clean(rows):
    keep = ((rows["CustomerID"] != "") & (rows["InvoiceNo"] != "") & (rows["StockCode"] != "")
            & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0))
    rows = rows[keep].copy()
    rows["time"] = pandas.to_datetime(rows["InvoiceDate"], format="%Y-%m-%d %H:%M:%S")
    rows["value"] = rows["Quantity"] * rows["UnitPrice"]
    for name in TEXTS:
        rows[name] = rows[name].astype("category")
    return rows


def features_of(rows):
    by = {"observed": True, "sort": True}
    as_of = rows["time"].max()
    customers = rows.groupby("CustomerID", **by)
    baskets = rows.groupby(["CustomerID", "InvoiceNo"], **by)
    starts = baskets["time"].min().groupby("CustomerID", **by)
    table = pandas.DataFrame({
        "recency_days": (as_of - customers["time"].max()) / DAY,
        "frequency": starts.size(),
        "monetary": customers["value"].sum(),
        "distinct_items": customers["StockCode"].nunique(),
        "mean_items_per_basket": baskets["StockCode"].nunique().groupby("CustomerID", **by).mean(),
        "tenure_days": (as_of - customers["time"].min()) / DAY})
    table["mean_basket_value"] = table["monetary"] / table["frequency"]
    gaps = (starts.max() - starts.min()) / DAY
    table["mean_days_between_baskets"] = (gaps / (table["frequency"] - 1)).where(
        table["frequency"] > 1)
    return table.astype("float32")


def baskets_of(rows):
    """Offsets and items, owners, times."""
    pairs = rows[["InvoiceNo", "StockCode"]].apply(lambda column: column.cat.codes)
    pairs = pairs.drop_duplicates().sort_values(["InvoiceNo", "StockCode"])
    offsets = numpy.concatenate([[0], pairs.groupby("InvoiceNo").size().cumsum()])
    first = rows.sort_values(["time", "CustomerID"]).groupby("InvoiceNo", observed=True)
    return offsets, pairs["StockCode"].to_numpy("uint32"), first[["CustomerID", "time"]].first()


def labels_of(rows):
    counts = rows.groupby(["StockCode", "Description"], observed=True).size().reset_index(name="n")
    return counts.sort_values(["n", "Description"], ascending=[False, True]).groupby(
        "StockCode", observed=True)["Description"].first()


def main():
    began = time.perf_counter()
    rows = read(*sys.argv[1:3])
    was_read = time.perf_counter()
    count = len(rows)
    rows = clean(rows)
    features = features_of(rows)
    offsets, items, _ = baskets_of(rows)
    labels = labels_of(rows)
    ended = time.perf_counter()
    print(json.dumps({"seconds": ended - began, "read": was_read - began, "rows_read": count,
                      "rows_kept": len(rows), "customers": len(features),
                      "baskets": len(offsets) - 1, "items": len(labels), "entries": len(items),
                      "revenue": float(rows["value"].sum()), "version": pandas.__version__}))


if __name__ == "__main__":
    main()
