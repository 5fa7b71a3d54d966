# SPDX-License-Identifier: Apache-2.0
"""Tables of bench/scaling: medians with their intervals, against the base case and the machine's
limits."""
import dataclasses
import statistics

import scaling_jobs
import scaling_limits
from median import interval, told, told_as
from scaling_jobs import JOBS, WEAK
from scaling_samples import size_of
from table import print_aligned

WAITING = ("wait", "idle")
KINDS = ("file", "packing", "kernel", "transfer", "wait", "other")


@dataclasses.dataclass
class Line:
    """What is known of one layout of a job."""
    ranks: int
    threads: int
    samples: list  # seconds
    summaries: list
    bytes_sent: float
    limits: dict   # seconds by each limit of the machine alone

    def median(self):
        return statistics.median(self.samples)

    def cores(self):
        return self.ranks * self.threads

    def ends(self):
        return interval(self.samples) or (min(self.samples), max(self.samples))


def lines_of(content, sizes, name, scaling):
    """Lines of a job, the base case first: the fewest cores, of these the fewest ranks."""
    job, groups = JOBS[name], {}
    limits = scaling_limits.Limits(content["limits"])
    for sample in content["samples"]:
        if sample["scaling"] == scaling and sample["job"] == job.program():
            groups.setdefault((sample["ranks"], sample["threads"]), []).append(sample)
    lines = []
    for (ranks, threads), samples in groups.items():
        summaries = [sample["summary"] for sample in samples]
        size = size_of({"scaling": scaling, "ranks": ranks, "threads": threads}, sizes)
        lines.append(Line(ranks, threads, [job.seconds(summary) for summary in summaries],
                          summaries, statistics.median(s["bytes_sent"] for s in samples),
                          scaling_limits.times(name, size, summaries[0], limits,
                                               (ranks, threads))))
    return sorted(lines, key=lambda line: (line.cores(), line.ranks))


def efficiency(line, base, scaling):
    """Of the base case's, per core."""
    if line.median() == 0.0:
        return 0.0
    ratio = base.median() / line.median()
    return ratio if scaling == WEAK else ratio * base.cores() / line.cores()


def speed_up(line, base, scaling):
    return efficiency(line, base, scaling) * line.cores() / base.cores()


def print_times(content, sizes, names, scaling):
    groups = {name: lines_of(content, sizes, name, scaling) for name in names}
    spreads = told_as([len(line.samples) for lines in groups.values() for line in lines])
    table = [("job", "ranks", "threads", "seconds", spreads, "n", "speed-up", "efficiency %",
              "limit s", "of", "MB sent")]
    for name, lines in groups.items():
        for line in lines:
            median, spread = told(line.samples)
            limit, which = scaling_limits.longest(line.limits)
            table.append((name, str(line.ranks), str(line.threads), median, spread,
                          str(len(line.samples)),
                          f"{speed_up(line, lines[0], scaling):.2f}",
                          f"{100.0 * efficiency(line, lines[0], scaling):.0f}",
                          f"{limit:.3f}", which, f"{line.bytes_sent / 1e6:.2f}"))
    print_aligned(table, 1)


def share_of(summary, kind):
    """Seconds of a kind of steps, the mean over ranks; waiting for others is a kind by itself."""
    steps = [step for step in summary["steps"]
             if (step["step"] in WAITING if kind == "wait" else
                 step["kind"] == kind and step["step"] not in WAITING)]
    return sum(step.get("seconds", {"mean": 0.0})["mean"] for step in steps)


def meter_share(line, networks):
    """What metering cost, by its steps, its collectives, its start and two reports, of the whole
    time; each as measured by itself, as the meter's own messages also wait for whoever is late."""
    step, allreduce, run = (statistics.median(network[f"meter_{name}"] for network in networks)
                            for name in ("step_nanoseconds", "allreduce_nanoseconds",
                                         "run_microseconds"))
    shares = []
    for summary in line.summaries:
        calls = scaling_jobs.total(summary, "calls")
        collectives = sum(step["calls"]["mean"] for step in summary["steps"]
                          if step["kind"] == "transfer")
        spent = (calls * step + collectives * max(allreduce, 0.0)) / 1e9 + 2.0 * run / 1e6
        shares.append(spent / summary["seconds"]["total"])
    return statistics.median(shares)


def limits_by_layout(content):
    """Samples of the machine's limits, {(ranks, threads): [...]}, as they were taken."""
    groups = {}
    for sample in content["limits"]:
        groups.setdefault((sample["ranks"], sample["threads"]), []).append(sample)
    return groups


def print_shares(content, sizes, names, scaling):
    """Where all of a run's time goes: a whole run's, starting MPI included."""
    table = [("run of", "ranks", "threads", *(f"{kind} s" for kind in KINDS), "metering %")]
    measured = limits_by_layout(content)
    for name in names:
        if JOBS[name].command:
            continue
        for line in lines_of(content, sizes, name, scaling):
            networks = [sample["network"] for sample in measured[line.ranks, line.threads]]
            table.append((name, str(line.ranks), str(line.threads),
                          *(f"{statistics.median(share_of(s, kind) for s in line.summaries):.3f}"
                            for kind in KINDS), f"{100.0 * meter_share(line, networks):.2f}"))
    print_aligned(table, 1)


def best_and_median(lists, best, digits):
    """The best of all samples, and in parentheses their median, of lists of them."""
    samples = [value for values in lists for value in values]
    return f"{best(samples):.{digits}f} ({statistics.median(samples):.{digits}f})"


def print_limits(content):
    table = [("ranks x threads", "n", "GFLOP/s", "memory GB/s", "file read GB/s",
              "file write GB/s", "allreduce 8 B us", "256 KiB us", "meter: step ns",
              "allreduce ns", "run us")]
    for (ranks, threads), samples in limits_by_layout(content).items():
        machines, networks = ([sample[part] for sample in samples]
                              for part in ("machine", "network"))
        table.append((
            f"{ranks}x{threads}", str(len(samples)),
            *(best_and_median([machine[figure] for machine in machines], max, digits)
              for figure, digits in zip(scaling_limits.FIGURES, (1, 1, 2, 2))),
            *(best_and_median([network["allreduce_microseconds"][size] for network in networks],
                              min, 1) if ranks > 1 else "-" for size in ("8", "262144")),
            *(f"{statistics.median(network[f'meter_{name}'] for network in networks):.0f}"
              for name in ("step_nanoseconds", "allreduce_nanoseconds", "run_microseconds"))))
    print_aligned(table, 1)


def print_against(content, other, sizes, names, scaling):
    """Medians over those of another record of the same data."""
    table = [("job", "ranks", "threads", "seconds", "before", "over before")]
    for name in names:
        before = {(line.ranks, line.threads): line
                  for line in lines_of(other, sizes, name, scaling)}
        for line in lines_of(content, sizes, name, scaling):
            old = before.get((line.ranks, line.threads))
            if old is not None and old.median() > 0.0:
                table.append((name, str(line.ranks), str(line.threads), f"{line.median():.3f}",
                              f"{old.median():.3f}", f"{line.median() / old.median():.2f}"))
    print_aligned(table, 1)


def print_all(content, sizes, names, kinds):
    print("Limits, each the best of all samples (their median), of n times some; the meter's: medians\n")
    print_limits(content)
    for scaling in kinds:
        if not any(sample["scaling"] == scaling for sample in content["samples"]):
            continue
        print(f"\n{scaling.capitalize()} scaling; the base case of each job is its first line\n")
        print_times(content, sizes, names, scaling)
        print(f"\nWhole runs, {scaling}: seconds by kind of step, the mean over ranks; medians\n")
        print_shares(content, sizes, names, scaling)
