# SPDX-License-Identifier: Apache-2.0
"""lengths.py ROOT: no file and no function is longer than one can hold in the head."""
import ast
import pathlib
import sys

LONGEST_FILE = 450
LONGEST_FUNCTION = 80
FOLDERS = ("include", "src", "jobs", "tests", "bench", "scripts", "slurm")
TOP_SCRIPTS = ("check", "quickstart", ".ci/run", "CMakeLists.txt")
SUFFIXES = {".c", ".h", ".py", ".sh", ".sbatch", ".txt", ""}


def c_functions(lines):
    """(first line, length) of each function: clang-format puts its braces into column 0."""
    opened = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            opened = number
        elif line == "}" and opened is not None:
            yield opened, number - opened + 1
            opened = None


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def faults_of_file(root, path):
    text = (root / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > LONGEST_FILE:
        yield f"{path}: {len(lines)} lines, more than {LONGEST_FILE}"
    functions = ()
    if path.suffix in (".c", ".h"):
        functions = c_functions(lines)
    elif path.suffix == ".py":
        functions = python_functions(text)
    for line, length in functions:
        if length > LONGEST_FUNCTION:
            yield f"{path}:{line}: a function of {length} lines, more than {LONGEST_FUNCTION}"


def files(root):
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.is_file() and file.suffix in SUFFIXES:
                yield file.relative_to(root)
    for name in TOP_SCRIPTS:
        if (root / name).is_file():
            yield pathlib.PurePosixPath(name)


def faults(root):
    root = pathlib.Path(root)
    for path in files(root):
        yield from faults_of_file(root, path)


if __name__ == "__main__":
    found = list(faults(sys.argv[1]))
    print("\n".join(found) if found else "no file or function is too long")
    sys.exit(1 if found else 0)
