# SPDX-License-Identifier: Apache-2.0
"""Tables as text."""


def print_aligned(lines, left):
    """Lines of texts as columns, the first `left` of them aligned to the left."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        cells = [cell.ljust(width) if column < left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())
