# SPDX-License-Identifier: Apache-2.0
"""report.py SUMMARY LEAST: prints gcovr's summary as shares of lines that were run, by folder of src/ and in
total, and the files with the most lines that were not; fails where the total is below LEAST percent."""
import collections
import json
import pathlib
import sys

MOST_FILES = 10


def line(name, covered, total):
    return f"{name:28} {covered:6} of {total:6} lines, {100 * covered / max(total, 1):5.1f} %"


def main(summary, least):
    files = json.loads(pathlib.Path(summary).read_text(encoding="utf-8"))["files"]
    folders = collections.Counter(), collections.Counter()
    for file in files:
        folder = str(pathlib.PurePath(file["filename"]).parent)
        folders[0][folder] += file["line_covered"]
        folders[1][folder] += file["line_total"]
    for folder in sorted(folders[1]):
        print(line(folder, folders[0][folder], folders[1][folder]))
    covered, total = (sum(counts.values()) for counts in folders)
    print(line("src, in total", covered, total))
    print("Least covered:")
    for file in sorted(files, key=lambda file: file["line_covered"] - file["line_total"])[:MOST_FILES]:
        print("  " + line(file["filename"], file["line_covered"], file["line_total"]))
    if total == 0 or 100 * covered < float(least) * total:
        print(f"Fewer than {least} % of the lines of src/ were run.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
