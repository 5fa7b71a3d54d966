# SPDX-License-Identifier: Apache-2.0
"""Runs that are stopped in the middle, at a checkpoint."""
import os
import pathlib
import subprocess
import time

from patron_test import LAUNCH, PATRON


def stamp(path):
    """What tells one checkpoint from the next; None where there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def ranks_of(process, ranks):
    """The processes of the ranks below a launcher."""
    if ranks == 1:
        return [process.pid]
    found, below = [], {process.pid}
    for place in sorted(pathlib.Path("/proc").glob("[0-9]*"), key=lambda place: int(place.name)):
        try:
            parent = int((place / "stat").read_text().rsplit(")", 1)[1].split()[1])
            program = os.readlink(place / "exe")
        except OSError:
            continue
        if parent in below:
            below.add(int(place.name))
            if program == os.path.realpath(PATRON):
                found.append(int(place.name))
    return found


def interrupt(command, checkpoint, number, ranks=1, threads=1, all_ranks=True, holds=b""):
    """Runs a job until a checkpoint is written that holds these bytes, sends a signal; the exit code
    and errors."""
    def is_written():
        try:
            return stamp(checkpoint) not in (before, None) and holds in checkpoint.read_bytes()
        except FileNotFoundError:
            return False


    words = [PATRON, *map(str, command), "--threads", str(threads)]
    if ranks > 1:
        words = [str(LAUNCH), str(ranks), *words]
    before = stamp(checkpoint)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True) as process:
        while process.poll() is None and not is_written():
            time.sleep(0.001)
        pids = ranks_of(process, ranks) if process.poll() is None else []
        for pid in pids if all_ranks else pids[-1:]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        errors = process.communicate()[1]
    return process.returncode, errors
