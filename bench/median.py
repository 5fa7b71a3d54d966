# SPDX-License-Identifier: Apache-2.0
"""Medians with confidence intervals that assume no distribution: order statistics, as Hoefler &
Belli, "Scientific benchmarking of parallel computing systems", SC'15, rule 5, ask for."""
import math
import statistics

CONFIDENCE = 0.95
LEAST = 6  # fewer samples have no interval of 95 %


def interval(samples):
    """(low, high) of the median's 95 % confidence interval; None for fewer than six samples.  Of n
    samples in order the i-th from below and from above enclose it unless fewer than i lie on one
    side of it, which are coin tosses."""
    count, ordered = len(samples), sorted(samples)
    outside, best = 0.0, None
    for low in range(count // 2):
        outside += 2.0 * math.comb(count, low) / 2.0 ** count
        if 1.0 - outside < CONFIDENCE:
            break
        best = ordered[low], ordered[count - 1 - low]
    return best


def told(samples, digits=3):
    """(median, interval) as texts; without enough samples the interval is "least..greatest" in
    parentheses."""
    found = interval(samples)
    low, high = found or (min(samples), max(samples))
    text = f"{low:.{digits}f}..{high:.{digits}f}"
    return f"{statistics.median(samples):.{digits}f}", text if found else f"({text})"


def told_as(counts):
    """What intervals are, of so many samples each."""
    enough = [count >= LEAST for count in counts]
    if all(enough):
        return "95 %"
    return "95 % or (least..greatest)" if any(enough) else "least..greatest"
