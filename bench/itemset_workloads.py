# SPDX-License-Identifier: Apache-2.0
"""Baskets and least counts to compare itemset programs on, as plain FIMI text that all of them
read."""
import dataclasses
import gzip
import pathlib
import shutil

import host
from baskets import Dense, Quest, write_fimi
from commandline import positive

TINY = "1 2 5\n2 4\n2 3\n1 2 4\n1 3\n2 3\n1 3\n1 2 3 5\n1 2 3\n"


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    source: object  # what baskets.py draws, a file, or lines
    min_count: int
    sets: int = None  # as independent programs found them; None: only that all agree is known

    def base(self):
        """Workloads of the same baskets share files."""
        if isinstance(self.source, pathlib.Path):
            return self.source.name.partition(".")[0]
        return self.name


RETAIL = host.ROOT / "data/fimi_retail.dat.gz"
T10I4 = host.ROOT / "data/fimi_T10I4D100K.dat.gz"
MUSHROOM = host.ROOT / "data/fimi_mushroom.dat.gz"

KNOWN = {workload.name: workload for workload in (
    Workload("tiny", TINY, 2, 13),
    Workload("retail-89", RETAIL, 89),
    Workload("retail-18", RETAIL, 18, 67_186),
    Workload("retail-9", RETAIL, 9, 240_852),
    Workload("T10I4-100", T10I4, 100, 27_532),
    Workload("T10I4-10", T10I4, 10, 411_365),
    Workload("T40I10", Quest(100_000, 40, 10, 1), 1_000),
    Workload("T10I4-1M", Quest(1_000_000, 10, 4, 2), 1_000),
    Workload("mushroom-82", MUSHROOM, 82, 23_176_275),
    Workload("dense", Dense(10_000, 43, 0.7, 3), 2_400),
)}


def own(file, count):
    path = pathlib.Path(file)
    return Workload(f"{path.name.partition('.')[0]}-{count}", path, positive(count))


def write(workload, folder):
    """The workload's plain text, where it is not there yet."""
    path = pathlib.Path(folder) / f"{workload.base()}.dat"
    if path.is_file():
        return path
    part = path.with_suffix(".part")  # what is cut off is not taken for the whole, later
    if isinstance(workload.source, str):
        part.write_text(workload.source, encoding="ascii")
    elif isinstance(workload.source, pathlib.Path):
        unpacked = gzip.open if workload.source.suffix == ".gz" else open
        with unpacked(workload.source, "rb") as source, open(part, "wb") as target:
            shutil.copyfileobj(source, target)
    else:
        write_fimi(part, workload.source.draw())
    return part.rename(path)
