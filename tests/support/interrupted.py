# SPDX-License-Identifier: Apache-2.0
"""Runs that are stopped in the middle, at a checkpoint."""
import json
import os
import signal
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


def send(number, pids):
    """A signal, to those that are still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


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
        if process.poll() is None:
            send(number, pids or told(process, ranks, to))
        errors = process.communicate()[1]
    return process.returncode, errors


def phase_of(status):
    """What --status names as at work; None where it is not there yet."""
    try:
        return json.loads(status.read_text(encoding="utf-8"))["phase"]
    except FileNotFoundError:
        return None


def stop_in(phase, command, status, ranks=1, threads=1):
    """Runs a job with --status until it is at this phase, and asks one rank to stop; the exit code and errors.
    The ranks stand still while they are asked, so that it is still at work there."""
    words = [PATRON, *map(str, command), "--threads", str(threads), "--status", str(status)]
    if ranks > 1:
        words = [str(LAUNCH), str(ranks), *words]
    status.unlink(missing_ok=True)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and phase_of(status) != phase:
            time.sleep(0.001)
        pids = ranks_of(process, ranks)
        send(signal.SIGSTOP, pids)
        send(signal.SIGUSR1, pids[-1:])
        send(signal.SIGCONT, pids)
        errors = process.communicate()[1]
    return process.returncode, errors
