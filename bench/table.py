#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""table.py SAMPLES RESULT.json: medians of scaling.sh's samples as a table; all samples as JSON."""
import json
import os
import platform
import statistics
import sys

PHASES = ("read", "transform", "compute", "write", "total")


def seconds_of(sample):
    """Seconds by phase; `fit` and `mine` are both called compute."""
    seconds = dict(sample["summary"]["seconds"])
    seconds["compute"] = seconds.pop("fit", seconds.pop("mine", 0.0))
    return {phase: float(seconds.get(phase, 0.0)) for phase in PHASES}


def rows_of(samples):
    """(job, ranks, threads) -> the seconds of each run, in the order of the first runs."""
    rows = {}
    for sample in samples:
        key = (sample["job"], sample["ranks"], sample["threads"])
        rows.setdefault(key, []).append(seconds_of(sample))
    return rows


def print_aligned(lines, left):
    """Lines of texts as columns, the first `left` of them aligned to the left."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        cells = [cell.ljust(width) if column < left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())


def print_table(rows):
    header = ("job", "ranks", "threads", *(f"{phase} s" for phase in PHASES),
              "compute min..max", "speed-up")
    lines = [header]
    first = {}
    for (job, ranks, threads), runs in rows.items():
        median = {phase: statistics.median(run[phase] for run in runs) for phase in PHASES}
        compute = [run["compute"] for run in runs]
        base = first.setdefault(job, median["compute"])
        speed_up = f"{base / median['compute']:.2f}" if median["compute"] > 0 else "-"
        lines.append((job, str(ranks), str(threads), *(f"{median[phase]:.3f}" for phase in PHASES),
                      f"{min(compute):.3f}..{max(compute):.3f}", speed_up))
    print_aligned(lines, 1)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        samples = [json.loads(line) for line in file]
    print_table(rows_of(samples))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump({"host": platform.node(), "cores": os.cpu_count(), "samples": samples}, file,
                  indent=1)
        file.write("\n")
    print(f"\nAll samples: {sys.argv[2]}")


if __name__ == "__main__":
    main()
