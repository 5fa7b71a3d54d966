# SPDX-License-Identifier: Apache-2.0
"""What the machine can do, as bench/scaling measures it, and how long a job takes at each such limit."""
from commandline import tell
from programs import run_json
from scaling_jobs import launch, total
from scaling_record import sampled

MEMORY_MEBIBYTES, OF_A_THREAD = 256, 64  # of all ranks, and at least: more than caches hold
FIGURES = ("gflops", "read_gbytes", "file_read_gbytes", "file_write_gbytes")
FILE = "file"
SMALLEST = "8"  # bytes of an allreduce


def measure(options, record, folder, layouts, run):
    """A sample of each layout: what its cores compute and read side by side, and its allreduce."""
    for ranks, threads in layouts:
        case = {"ranks": ranks, "threads": threads}
        if record.has("limits", case, run):
            continue
        tell(f"run {run + 1} of {options.runs}: limits of {ranks} ranks x {threads} threads")
        about, before = sampled(), launch(options, ranks, threads)
        memory = max(-(-MEMORY_MEBIBYTES // ranks), OF_A_THREAD * threads)
        machine = run_json([*before, options.build / "machine", threads, memory,
                            -(-options.file_mebibytes // ranks), folder / "rate"], threads)
        network = run_json([*before, options.build / "network"], 1)
        record.keep("limits", {**case, "run": run, **about, "machine": machine, "network": network})


class Limits:
    """The best that was ever seen with so many cores or fewer: more cores can do what fewer can, so
    that no limit becomes lower, and no time at it longer, because one sample was."""

    def __init__(self, samples):
        self.samples = samples

    def of_at_most(self, cores):
        return [sample for sample in self.samples if sample["ranks"] * sample["threads"] <= cores]

    def rate(self, figure, cores):
        """Per second; of bytes or operations."""
        return 1e9 * max(max(sample["machine"][figure]) for sample in self.of_at_most(cores))

    def latency(self, cores):
        """Seconds of an allreduce of two ranks or more; None where there was none."""
        seen = [min(sample["network"]["allreduce_microseconds"][SMALLEST])
                for sample in self.of_at_most(cores) if sample["ranks"] > 1]
        return min(seen) / 1e6 if seen else None


def times(name, sizes, summary, limits, layout):
    """{limit: seconds} of what a job must do at least by each limit alone.  Of segment and score:
    `products`, all of rows and centroids; `memory`, the packed rows once a pass; `allreduce`, one an
    iteration.  Of the others what they read, and nothing of what they do with it."""
    ranks, threads = layout
    cores, iterations = ranks * threads, sizes.iterations
    packed = 4.0 * sizes.rows * sizes.columns
    if name in ("segment", "score"):
        passes = iterations + 1 if name == "segment" else 1
        found = {"products": 2.0 * sizes.rows * sizes.columns * sizes.k * passes
                 / limits.rate("gflops", cores),
                 "memory": packed * passes / limits.rate("read_gbytes", cores)}
        if name == "segment" and ranks > 1:
            found["allreduce"] = iterations * limits.latency(cores)
        return found
    read = packed if name == "load" else total(summary, "bytes_in", ("read",)) * ranks
    return {FILE: read / limits.rate("file_read_gbytes", cores)}


def longest(found):
    """(seconds, the limit's name), which says where it is the only one that is counted."""
    name = max(found, key=found.get)
    return found[name], "file only" if list(found) == [FILE] else name
