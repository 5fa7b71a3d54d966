# SPDX-License-Identifier: Apache-2.0
"""Tables of bench/scaling: medians with their intervals, against the base case and the bounds."""
import dataclasses
import statistics

import scaling_jobs
from median import interval, told
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
    bound: dict

    def median(self):
        return statistics.median(self.samples)

    def cores(self):
        return self.ranks * self.threads

    def ends(self):
        return interval(self.samples) or (min(self.samples), max(self.samples))


def lines_of(content, sizes, name, scaling):
    """Lines of a job, the base case first: the fewest cores, of these the fewest ranks."""
    job, groups = JOBS[name], {}
    for sample in content["samples"]:
        if sample["scaling"] == scaling and sample["job"] == job.program():
            groups.setdefault((sample["ranks"], sample["threads"]), []).append(sample)
    lines = []
    for (ranks, threads), samples in groups.items():
        summaries = [sample["summary"] for sample in samples]
        size = size_of({"scaling": scaling, "ranks": ranks, "threads": threads}, sizes)
        lines.append(Line(ranks, threads, [job.seconds(summary) for summary in summaries],
                          summaries, statistics.median(s["bytes_sent"] for s in samples),
                          scaling_jobs.bound(name, size, summaries[0],
                                             content["limits"][f"{ranks}x{threads}"])))
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
    table = [("job", "ranks", "threads", "seconds", "95 %", "n", "speed-up", "efficiency %",
              "bound s", "MB sent")]
    for name in names:
        lines = lines_of(content, sizes, name, scaling)
        for line in lines:
            median, spread = told(line.samples)
            table.append((name, str(line.ranks), str(line.threads), median, spread,
                          str(len(line.samples)),
                          f"{speed_up(line, lines[0], scaling):.2f}",
                          f"{100.0 * efficiency(line, lines[0], scaling):.0f}",
                          f"{scaling_jobs.least(line.bound):.3f}",
                          f"{line.bytes_sent / 1e6:.2f}"))
    print_aligned(table, 1)


def share_of(summary, kind):
    """Seconds of a kind of steps, the mean over ranks; waiting for others is a kind by itself."""
    steps = [step for step in summary["steps"]
             if (step["step"] in WAITING if kind == "wait" else
                 step["kind"] == kind and step["step"] not in WAITING)]
    return sum(step.get("seconds", {"mean": 0.0})["mean"] for step in steps)


def meter_share(line, limits):
    """What metering cost, by its steps, its collectives, its start and two reports, of the whole
    time; each as measured by itself, as the meter's own messages also wait for whoever is late."""
    network, shares = limits["network"], []
    for summary in line.summaries:
        calls = scaling_jobs.total(summary, "calls")
        collectives = sum(step["calls"]["mean"] for step in summary["steps"]
                          if step["kind"] == "transfer")
        spent = (calls * network["meter_step_nanoseconds"]
                 + collectives * max(network["meter_allreduce_nanoseconds"], 0.0)) / 1e9
        spent += 2.0 * network["meter_run_microseconds"] / 1e6
        shares.append(spent / summary["seconds"]["total"])
    return statistics.median(shares)


def print_shares(content, sizes, names, scaling):
    """Where all of a run's time goes: a whole run's, starting MPI included."""
    table = [("run of", "ranks", "threads", *(f"{kind} s" for kind in KINDS), "metering %")]
    for name in names:
        if JOBS[name].command:
            continue
        for line in lines_of(content, sizes, name, scaling):
            limits = content["limits"][f"{line.ranks}x{line.threads}"]
            table.append((name, str(line.ranks), str(line.threads),
                          *(f"{statistics.median(share_of(s, kind) for s in line.summaries):.3f}"
                            for kind in KINDS), f"{100.0 * meter_share(line, limits):.2f}"))
    print_aligned(table, 1)


def print_limits(content):
    table = [("ranks x threads", "GFLOP/s", "memory GB/s", "file read GB/s", "file write GB/s",
              "allreduce 8 B us", "256 KiB us", "meter: step ns", "allreduce ns", "run us")]
    for name, limits in content["limits"].items():
        machine, network = limits["machine"], limits["network"]
        sizes = list(network["allreduce_microseconds"].values())
        table.append((name, f"{machine['gflops']:.1f}", f"{machine['read_gbytes']:.1f}",
                      f"{machine['file_read_gbytes']:.2f}", f"{machine['file_write_gbytes']:.2f}",
                      f"{sizes[0]:.1f}", f"{sizes[-1]:.1f}",
                      f"{network['meter_step_nanoseconds']:.0f}",
                      f"{network['meter_allreduce_nanoseconds']:.0f}",
                      f"{network['meter_run_microseconds']:.0f}"))
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
    print("Limits, measured in this run\n")
    print_limits(content)
    for scaling in kinds:
        if not any(sample["scaling"] == scaling for sample in content["samples"]):
            continue
        print(f"\n{scaling.capitalize()} scaling; the base case of each job is its first line\n")
        print_times(content, sizes, names, scaling)
        print(f"\nWhole runs, {scaling}: seconds by kind of step, the mean over ranks; medians\n")
        print_shares(content, sizes, names, scaling)
