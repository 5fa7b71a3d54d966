# SPDX-License-Identifier: Apache-2.0
"""floors.py ROOT: includes run downward only, and some things are done on some floors only."""
import pathlib
import re
import sys

FLOOR = {
    "runtime": 0,
    "rows": 1,
    "shuffle": 1,
    "store": 1,
    "kmeans": 2,
    "itemset": 2,
    "generate": 2,
    "quality": 2,
    "score": 2,
    "sweep": 3,
    "data": 3,
    "model": 4,
    "ingest": 5,
    "cli": 6,
    "page": 7,
    "jobs": 8,
}
# Engines take rows or arrays and a communicator; they see these floors and themselves.
ENGINES = {"kmeans": ("runtime", "rows"), "itemset": ("runtime",),
           "generate": ("runtime",), "quality": ("runtime", "rows"),
           "score": ("runtime", "rows")}
RUNTIME_HEADERS = {"status", "comm", "memory", "exactsum", "random", "elementary", "progress",
                   "texts", "checkpoint"}

# (pattern in the code without comments and texts, who may, what is wrong)
RESTRICTED = [
    (r"\bMPI_COMM_WORLD\b", ("jobs/patron.c",), "MPI_COMM_WORLD: take a communicator"),
    (r"\bMPI_(?!(?:Abort|Get_processor_name)\b)[A-Z][a-z]\w*\s*\(",
     tuple(f"src/runtime/{name}.c" for name in ("comm", "comm_pieces", "exchange", "routed", "agree", "threads", "meter_clock",
                                                "meter_wait")) + ("jobs/patron.c",),
     "calls MPI where the meter does not see it: use patron/comm.h"),
    (r"#\s*include\s*<(hdf5|H5\w*|hdf5_hl)\.h>",
     ("src/store/", "src/data/", "src/model/", "jobs/patron.c"), "HDF5 belongs to lower floors"),
    (r"\b(exit|_exit|_Exit|quick_exit|abort|MPI_Abort|assert)\s*\(", ("src/cli/", "jobs/"),
     "ends the process: return a status"),
    (r"\b(printf|vprintf|puts|putchar)\s*\(|\bstdout\b", ("src/cli/", "jobs/"),
     "prints to standard output: that is the jobs' to do"),
    (r"\b(stderr|perror)\b",
     ("src/runtime/log.c", "src/runtime/progress.c", "src/cli/", "jobs/"),
     "prints to standard error: use patron_fail or patron_log"),
]

TOKENS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<(patron/[^>]+)>)')


def without_comments(text, keep_strings):
    def replace(match):
        token = match.group()
        if token[0] in "\"'":
            return token if keep_strings else token[0] * 2
        return "\n" * token.count("\n") or " "
    return TOKENS.sub(replace, text)


def floor_of_public_header(name):
    return "runtime" if name in RUNTIME_HEADERS else name


def floor_of_file(path):
    """The floor's name of a path relative to the root."""
    if path.parts[0] == "include":
        return floor_of_public_header(path.stem)
    return path.parts[1] if path.parts[0] == "src" else "jobs"


def floor_of_include(path, included):
    parts = pathlib.PurePosixPath(included).parts
    if parts[0] == "patron":
        return floor_of_public_header(pathlib.PurePosixPath(included).stem)
    return parts[0] if len(parts) > 1 else floor_of_file(path)


def wrong_include(path, included):
    """What is wrong with this include, or None."""
    mine, other = floor_of_file(path), floor_of_include(path, included)
    for name in (mine, other):
        if name not in FLOOR:
            return f"no floor is known for '{name}': give it one in tests/house/floors.py"
    if mine == other:
        return None
    if mine in ENGINES and other not in ENGINES[mine]:
        return f"{mine} is an engine: it includes {', '.join(ENGINES[mine])} and {mine}, not {other}"
    if FLOOR[other] >= FLOOR[mine]:
        return f"{mine} must not include {other}, which is no lower floor"
    return None


def faults_of_file(root, path):
    text = (root / path).read_text(encoding="utf-8")
    for number, line in enumerate(without_comments(text, True).split("\n"), 1):
        match = INCLUDE.match(line)
        fault = wrong_include(path, match.group(1) or match.group(2)) if match else None
        if fault:
            yield f"{path}:{number}: {fault}"
    code = without_comments(text, False).split("\n")
    for pattern, allowed, fault in RESTRICTED:
        if str(path).startswith(allowed):
            continue
        for number, line in enumerate(code, 1):
            if re.search(pattern, line):
                yield f"{path}:{number}: {fault}"


def faults(root):
    root = pathlib.Path(root)
    files = sorted(file for folder in ("include/patron", "src", "jobs")
                   for file in (root / folder).rglob("*.[ch]"))
    if not files:
        yield f"{root}: no sources"
    for file in files:
        yield from faults_of_file(root, file.relative_to(root))


if __name__ == "__main__":
    found = list(faults(sys.argv[1]))
    print("\n".join(found) if found else "all includes run downward")
    sys.exit(1 if found else 0)
