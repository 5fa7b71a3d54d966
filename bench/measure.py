# SPDX-License-Identifier: Apache-2.0
"""measure.py COMMAND...: runs a command, and prints as JSON its seconds from start to end, those of
processors, the peak memory in bytes of the largest process among it and its children, its exit
code, and what it printed.

This is a process of its own, and a small one, because Linux counts what a parent holds when it
starts a child to the child's peak: below some eleven MiB nothing can be told apart."""
import json
import os
import subprocess
import sys
import tempfile
import time


def main():
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        printed = [file.seek(0) or file.read().decode(errors="replace") for file in (out, err)]
    print(json.dumps({"whole": seconds, "processor": usage.ru_utime + usage.ru_stime,
                      "peak_memory": 1024 * usage.ru_maxrss,
                      "exit_code": os.waitstatus_to_exitcode(status),
                      "output": printed[0], "messages": printed[1]}))


if __name__ == "__main__":
    main()
