# SPDX-License-Identifier: Apache-2.0
"""The processes of a run: its ranks, and what is left of it."""
import os
import pathlib

from patron_test import PATRON


def parents():
    """{pid: its parent's} of all processes, by pid."""
    found = {}
    for place in sorted(pathlib.Path("/proc").glob("[0-9]*"), key=lambda place: int(place.name)):
        try:
            found[int(place.name)] = int((place / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    return found


def program_of(pid):
    """The path of a process's program; None where it is gone."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def below(pid):
    """The processes that came from `pid`, itself not among them."""
    found = {pid}
    for child, parent in parents().items():
        if parent in found:
            found.add(child)
    return sorted(found - {pid})


def ranks_of(process, ranks):
    """The processes of the ranks below a launcher."""
    if ranks == 1:
        return [process.pid]
    return [pid for pid in below(process.pid) if program_of(pid) == os.path.realpath(PATRON)]


def mpirun_of(process):
    """The mpirun below a launcher."""
    return [pid for pid in below(process.pid) if os.path.basename(program_of(pid) or "") in ("mpirun", "orterun")]


def that_name(word):
    """The processes whose command line holds a word."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(str(word)) in command and int(place.name) != os.getpid():
            found.append(int(place.name))
    return found
