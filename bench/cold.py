# SPDX-License-Identifier: Apache-2.0
"""Reading that comes from the device, although the machine has memory for the whole file."""
import contextlib
import os
import pathlib
import threading


def drop(path):
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextlib.contextmanager
def memory_group(limit):
    """This process and what it starts share `limit` bytes with the files that they read, as in a
    batch job; OSError where control groups aren't ours to make."""
    version_1 = pathlib.Path("/sys/fs/cgroup/memory")
    parent = version_1 if version_1.is_dir() else pathlib.Path("/sys/fs/cgroup")
    group = parent / f"patron-bench-{os.getpid()}"
    own = next(line.split(":")[2] for line in
               pathlib.Path("/proc/self/cgroup").read_text("ascii").splitlines()
               if line.split(":")[1] == ("memory" if parent == version_1 else ""))
    group.mkdir()
    try:
        name = "memory.limit_in_bytes" if parent == version_1 else "memory.max"
        (group / name).write_text(str(limit), "ascii")
        (group / "cgroup.procs").write_text(str(os.getpid()), "ascii")
        try:
            yield
        finally:
            (parent / own.lstrip("/") / "cgroup.procs").write_text(str(os.getpid()), "ascii")
    finally:
        group.rmdir()


@contextlib.contextmanager
def dropped_again_and_again(path):
    done = threading.Event()

    def drop_all():
        while not done.wait(0.02):
            drop(path)

    dropper = threading.Thread(target=drop_all)
    dropper.start()
    try:
        yield
    finally:
        done.set()
        dropper.join()


def can_group():
    try:
        with memory_group(1 << 30):
            return True
    except OSError:
        return False


def from_device(path, limit):
    """A context in which no more than `limit` bytes of a file stay in the page cache."""
    drop(path)
    return memory_group(limit) if can_group() else dropped_again_and_again(path)
