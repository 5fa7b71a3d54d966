#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sales.py OUT.csv [--lines N] [--seed S]: writes a shop's export, a line an item bought, in the
order of time; about ninety bytes a line.  The same arguments give the same bytes."""
import argparse
import pathlib

import numpy

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
# Which of them is what, for patron ingest.
COLUMNS = ("--customer", "CustomerID", "--basket", "InvoiceNo", "--item", "StockCode", "--label",
           "Description", "--quantity", "Quantity", "--price", "UnitPrice", "--time", "InvoiceDate")
ITEMS, CHUNK = 20_000, 500_000  # lines
MEAN_BASKET = 11
WORDS = ("RED", "BLUE", "SMALL", "LARGE", "WOODEN", "HEART", "GARDEN", "KITCHEN", "PAPER", "SET OF 6",
         "LANTERN", "CANDLE", "BAG", "BOX", "MUG", "CLOCK", "FRAME", "RIBBON", "TRAY", "SIGN")
COUNTRIES = ("United Kingdom", "France", "Germany", "Spain", "Norway")


def item_texts(random):
    """"code,label,", every tenth label in quotes."""
    texts = []
    for item, choice in enumerate(random.integers(0, len(WORDS), (ITEMS, 4))):
        label = " ".join(WORDS[word] for word in choice)
        if item % 10 == 0:
            label = f'"{label}, ""{item}"""'
        texts.append(f"{20000 + item}{'ABC'[item % 3]},{label},")
    return texts


def draw_chunk(random, lines, first_basket, customers, started):
    """Lines of whole baskets; the number of the next basket."""
    sizes = random.geometric(1 / MEAN_BASKET, lines // MEAN_BASKET + 1)
    baskets = len(sizes)
    of_line = numpy.repeat(numpy.arange(baskets), sizes)[:lines]
    customer = 12000 + (customers * random.random(baskets) ** 2).astype(int)
    customer[random.random(baskets) < 0.05] = 0
    cancelled = random.random(baskets) < 0.02
    minutes = started + numpy.sort(random.integers(0, 1 + baskets // 4, baskets))
    times = (numpy.datetime64("2019-01-01T00:00") + minutes).astype("datetime64[s]")
    heads = [f"{'C' if off else ''}{500000 + first_basket + number},"
             for number, off in enumerate(cancelled.tolist())]
    tails = [f",{who or ''},{COUNTRIES[who % 5]}\n" for who in customer.tolist()]
    stamps = [f",{time.replace('T', ' ')}," for time in times.astype(str).tolist()]
    items = (ITEMS * random.random(len(of_line)) ** 2.5).astype(int).tolist()
    quantity = random.geometric(0.2, len(of_line))
    quantity[random.random(len(of_line)) < 0.02] *= -1
    price = numpy.char.mod("%.2f", random.integers(0, 2000, len(of_line)) / 100).tolist()
    rows = zip(of_line.tolist(), items, quantity.tolist(), price)
    return heads, tails, stamps, rows, first_basket + baskets, int(minutes[-1])


def write_sales(path, lines, seed):
    random = numpy.random.default_rng(seed)
    texts = item_texts(random)
    customers, basket, minute = max(1000, lines // 60), 0, 0
    with open(path, "w", encoding="ascii", newline="") as file:
        file.write(HEADER)
        for first in range(0, lines, CHUNK):
            heads, tails, stamps, rows, basket, minute = draw_chunk(
                random, min(CHUNK, lines - first), basket, customers, minute)
            file.write("".join([f"{heads[b]}{texts[i]}{q}{stamps[b]}{p}{tails[b]}"
                                for b, i, q, p in rows]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=pathlib.Path, metavar="OUT.csv")
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    write_sales(options.path, options.lines, options.seed)


if __name__ == "__main__":
    main()
