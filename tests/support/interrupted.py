# SPDX-License-Identifier: Apache-2.0
"""Runs that are stopped in the middle, at a checkpoint."""
import os
import subprocess
import time

from patron_test import LAUNCH, PATRON
from processes import mpirun_of, ranks_of


def stamp(path):
    """What tells one checkpoint from the next; None where there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def told(process, ranks, to):
    """Whom a signal to "all" ranks, to "one" of them or to "mpirun" goes to; nobody until all are there."""
    if to == "mpirun":
        return mpirun_of(process)
    pids = ranks_of(process, ranks)
    if len(pids) < ranks:
        return []
    return pids if to == "all" else pids[-1:]


def interrupt(command, checkpoint, number, ranks=1, threads=1, to="all", holds=b""):
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
        pids = []  # looked for early, as a run may be over soon after the checkpoint
        while process.poll() is None and not is_written():
            pids = pids or told(process, ranks, to)
            time.sleep(0.001)
        for pid in (pids or told(process, ranks, to)) if process.poll() is None else ():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        errors = process.communicate()[1]
    return process.returncode, errors
