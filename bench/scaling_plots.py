# SPDX-License-Identifier: Apache-2.0
"""Plots of bench/scaling by gnuplot: one a job and kind of scaling, with the ideal line and one of
each of the machine's limits."""
import shutil
import subprocess

from commandline import tell
from median import told_as
from programs import Failed
from scaling_jobs import WEAK
from scaling_tables import lines_of

TITLES = {"products": "limit: all products at peak", "memory": "limit: rows from memory once a pass",
          "allreduce": "limit: latency of an allreduce an iteration",
          "file": "limit: reading the file, nothing else"}


def series_of(lines):
    """Lines by threads of a rank."""
    groups = {}
    for line in lines:
        groups.setdefault(line.threads, []).append(line)
    return dict(sorted(groups.items()))


def bars_of(lines):
    counts = sorted({len(line.samples) for line in lines})
    runs = f"n = {counts[0]}" + (f" to {counts[-1]}" if len(counts) > 1 else "")
    kind = told_as(counts)
    return f"bars: {kind}{' intervals of medians' if kind.startswith('95') else ''}, {runs}"


def limits_of(lines):
    """{limit: {cores: seconds}}; where layouts of as many cores differ, the least."""
    found = {}
    for line in lines:
        for name, seconds in line.limits.items():
            if seconds > 0.0:
                points = found.setdefault(name, {})
                points[line.cores()] = min(seconds, points.get(line.cores(), seconds))
    return found


def script_of(name, scaling, lines, target):
    base, groups = lines[0], series_of(lines)
    cores = sorted({line.cores() for line in lines})
    ideal = f"{base.median()}" if scaling == WEAK else f"{base.median()}*{base.cores()}/x"
    out = [f'set terminal svg size 640,480 background "white"; set output "{target}"',
           f'set title "{name}, {scaling} scaling; {bars_of(lines)}\\n'
           f'base: {base.ranks} x {base.threads}, {base.median():.3g} s"',
           'set xlabel "cores (ranks x threads)"; set ylabel "seconds"',
           "set logscale xy 2; set grid; set key outside bottom center horizontal",
           f"set xrange [{cores[0] / 1.3}:{cores[-1] * 1.3}]",
           f"set xtics ({', '.join(map(str, cores))})"]
    for threads, group in groups.items():
        out.append(f"$of{threads} << end")
        out += [f"{line.cores()} {line.median()} {line.ends()[0]} {line.ends()[1]}"
                for line in group]
        out.append("end")
    limits = limits_of(lines)
    for limit, points in limits.items():
        out += [f"${limit} << end",
                *(f"{count} {seconds}" for count, seconds in sorted(points.items())), "end"]
    plots = [f'{ideal} title "ideal" with lines dashtype 2 linecolor "gray"']
    for place, limit in enumerate(limits):
        plots.append(f'${limit} title "{TITLES[limit]}" with linespoints '
                     f'dashtype {3 + place} pointtype {8 + place} linecolor "black"')
    for threads in groups:
        plots.append(f'$of{threads} title "threads a rank: {threads}" with yerrorlines')
    return "\n".join([*out, "plot " + ", \\\n".join(plots), ""])


def draw(content, sizes, names, kinds, folder):
    """Writes scaling-JOB-KIND.svg, and the .gnuplot that made it."""
    if not shutil.which("gnuplot"):
        tell("no gnuplot, no plots")
        return
    folder.mkdir(parents=True, exist_ok=True)
    for scaling in kinds:
        for name in names:
            lines = lines_of(content, sizes, name, scaling)
            if not lines or lines[0].median() == 0.0:
                continue
            target = folder / f"scaling-{name}-{scaling}.svg"
            script = target.with_suffix(".gnuplot")
            script.write_text(script_of(name, scaling, lines, target.name), encoding="utf-8")
            done = subprocess.run(["gnuplot", script.name], cwd=folder, capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0 or done.stderr.strip():
                raise Failed(f"gnuplot: {script}: {done.stderr.strip()}")
