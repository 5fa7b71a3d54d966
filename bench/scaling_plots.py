# SPDX-License-Identifier: Apache-2.0
"""Plots of bench/scaling by gnuplot: one a job and kind of scaling, with the ideal line and the
bound by the machine's limits."""
import math
import shutil
import subprocess

from commandline import tell
from programs import Failed
from scaling_jobs import WEAK, least
from scaling_tables import lines_of


def series_of(lines):
    """Lines by threads of a rank."""
    groups = {}
    for line in lines:
        groups.setdefault(line.threads, []).append(line)
    return dict(sorted(groups.items()))


def script_of(name, scaling, lines, target):
    base, groups = lines[0], series_of(lines)
    cores = sorted({line.cores() for line in lines})
    ideal = f"{base.median()}" if scaling == WEAK else f"{base.median()}*{base.cores()}/x"
    out = [f'set terminal svg size 640,480 background "white"; set output "{target}"',
           f'set title "{name}, {scaling} scaling; bars: 95 % intervals of medians\\n'
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
    bounds = {}
    for line in lines:
        if least(line.bound) > 0.0:
            bounds[line.cores()] = min(least(line.bound), bounds.get(line.cores(), math.inf))
    out += ["$bound << end", *(f"{count} {bound}" for count, bound in sorted(bounds.items())),
            "end"]
    plots = [f'{ideal} title "ideal" with lines dashtype 2 linecolor "gray"']
    if bounds:
        plots.append('$bound title "bound by the machine" with linespoints dashtype 3 '
                     'linecolor "black"')
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
