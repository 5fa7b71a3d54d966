# SPDX-License-Identifier: Apache-2.0
"""Several hosts on this one, for mpirun: network namespaces on a bridge, each with an address, a name
and a /dev/shm of its own; an agent in place of ssh.  Leaving the context ends what runs in them and
removes them."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

AGENT = """#!/bin/bash
# agent [-OPTION...] ADDRESS COMMAND...: as ssh, into the host of that address
while [[ $1 == -* ]]; do shift; done
number=${1##*.}
shift
exec nsenter --net=/run/netns/@-h$number unshare --uts --mount -- \\
    bash -c "hostname h$number; mount -t tmpfs shm /dev/shm; $*"
"""


def tool(*words, check=True):
    return subprocess.run(words, check=check, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=30)


def reason_against():
    """Why there can be no hosts here; None where they can be."""
    missing = [name for name in ("ip", "tc", "nsenter", "unshare", "mpirun")
               if shutil.which(name) is None]
    if missing:
        return f"no {missing[0]} here"
    name = f"patron{os.getpid()}-probe"
    probe = tool("ip", "netns", "add", name, check=False)
    if probe.returncode != 0:
        return f"network namespaces are not allowed here: {probe.stdout.strip()}"
    mounts = tool("nsenter", f"--net=/run/netns/{name}", "unshare", "--uts", "--mount", "mount", "-t",
                  "tmpfs", "shm", "/dev/shm", check=False)
    tool("ip", "netns", "delete", name)
    return f"no mounts are allowed here: {mounts.stdout.strip()}" if mounts.returncode != 0 else None


class PrivateHosts:
    """`with PrivateHosts(3) as hosts: ...`"""

    def __init__(self, count=3):
        self.count = count
        self.name = f"patron{os.getpid()}"
        self.root = None

    def host(self, number):
        return f"{self.name}-h{number}"

    def address(self, number):
        return f"10.99.0.{number}"

    def __enter__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="patron-hosts."))
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_):
        self._remove()

    def _make(self):
        switch = f"{self.name}-sw"
        tool("ip", "netns", "add", switch)
        tool("ip", "-n", switch, "link", "add", "br0", "type", "bridge")
        tool("ip", "-n", switch, "link", "set", "br0", "up")
        for number in range(1, self.count + 1):
            host = self.host(number)
            tool("ip", "netns", "add", host)
            tool("ip", "-n", host, "link", "set", "lo", "up")
            tool("ip", "-n", host, "link", "add", "eth0", "type", "veth", "peer", "name",
                 f"p{number}", "netns", switch)
            tool("ip", "-n", switch, "link", "set", f"p{number}", "master", "br0", "up")
            tool("ip", "-n", host, "addr", "add", f"{self.address(number)}/24", "dev", "eth0")
            tool("ip", "-n", host, "link", "set", "eth0", "up")
        agent = self.root / "agent"
        agent.write_text(AGENT.replace("@", self.name), encoding="utf-8")
        agent.chmod(0o755)

    def start(self, ranks, *command, environment):
        """mpirun on the first host, `ranks` on each; a process."""
        settings = {"plm": "rsh", "plm_rsh_agent": str(self.root / "agent"),
                    "btl": "self,vader,tcp", "btl_tcp_if_include": "eth0",
                    "oob_tcp_if_include": "eth0", "mpi_yield_when_idle": "1",
                    "orte_tmpdir_base": str(self.root)}
        words = [word for name, value in settings.items() for word in ("--mca", name, value)]
        places = ",".join(f"{self.address(number)}:{ranks}" for number in range(1, self.count + 1))
        return subprocess.Popen(
            [self.root / "agent", self.address(1), "mpirun", "-q", "--allow-run-as-root",
             "--oversubscribe", "--bind-to", "none", *words, "--host", places, "-n",
             str(ranks * self.count), *map(str, command)], env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    def cut(self, number):
        """Pulls the host's cable."""
        tool("ip", "-n", f"{self.name}-sw", "link", "set", f"p{number}", "down")

    def mend(self, number):
        """Puts it back.  Who was asked for in vain meanwhile would not be asked for again at once."""
        tool("ip", "-n", f"{self.name}-sw", "link", "set", f"p{number}", "up")
        for host in range(1, self.count + 1):
            tool("ip", "-n", self.host(host), "neigh", "flush", "dev", "eth0")

    def slow(self, number, rate):
        """Lets the host send `rate` ("2mbit") at most."""
        tool("tc", "-n", self.host(number), "qdisc", "add", "dev", "eth0", "root", "tbf", "rate",
             rate, "burst", "16kb", "latency", "400ms")

    def sent(self, number):
        """Bytes that the host has sent since it was slowed."""
        told = tool("tc", "-n", self.host(number), "-s", "qdisc", "show", "dev", "eth0").stdout
        return int(re.search(r"tbf .*?Sent (\d+) bytes", told, re.DOTALL)[1])

    def unslow(self, number):
        tool("tc", "-n", self.host(number), "qdisc", "del", "dev", "eth0", "root")

    def processes(self):
        """What runs on the hosts."""
        found = []
        for number in range(1, self.count + 1):
            pids = tool("ip", "netns", "pids", self.host(number), check=False).stdout.split()
            found += [int(pid) for pid in pids if pid.isdigit()]
        return found

    def end_processes(self, seconds=0):
        """Waits so long for what runs on the hosts to end by itself; kills the rest, and counts it."""
        end = time.monotonic() + seconds
        while self.processes() and time.monotonic() < end:
            time.sleep(0.1)
        left = self.processes()
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        return len(left)

    def _remove(self):
        self.end_processes()
        for name in [self.host(number) for number in range(1, self.count + 1)] + [f"{self.name}-sw"]:
            tool("ip", "netns", "delete", name, check=False)
        shutil.rmtree(self.root, ignore_errors=True)
