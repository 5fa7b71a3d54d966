# SPDX-License-Identifier: Apache-2.0
"""A Slurm of one's own: munged, slurmctld and some slurmd on this host, on free ports, in a temporary
folder; as root or as an ordinary user.  Leaving the context ends every process and removes the
folder, whatever happened."""
import contextlib
import getpass
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

CONFIGURATION = """\
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
# MPI names its processes by job and step: two such Slurms on one host must not number alike.
FirstJobId={first_job}
AuthType=auth/munge
AuthInfo=socket={root}/run/munge.sock,cred_expire=5
CredType=cred/munge
SlurmctldPort={port}
SlurmctldPidFile={root}/run/slurmctld.pid
SlurmdPidFile={root}/run/slurmd-%n.pid
SlurmctldLogFile={root}/log/slurmctld.log
SlurmdLogFile={root}/log/slurmd-%n.log
StateSaveLocation={root}/spool/ctld
SlurmdSpoolDir={root}/spool/d-%n
# A folder for each node: ranks that start through pmix on two nodes of one host need it.
TmpFS={root}/tmp/%n
ProctrackType=proctrack/linuxproc
TaskPlugin={task_plugin}
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
MpiDefault=pmix
MailProg={root}/mail
# Jobs of the partition urgent send others back into the queue, who have a minute for it.
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmdTimeout=20
SlurmctldTimeout=30
MinJobAge=600
KillWait=5
InactiveLimit=0
Waittime=0
MessageTimeout=10
JobRequeue=1
OverTimeLimit=0
SlurmdParameters=config_overrides
"""
ENDED = ("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT")
NODE = ("NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cores} Boards=1 "
        "SocketsPerBoard=1 CoresPerSocket={cores} ThreadsPerCore=1 RealMemory=4000 State=UNKNOWN\n")
PARTITIONS = ("PartitionName=batch Nodes={names} Default=YES PriorityTier=1 GraceTime=60 MaxTime=INFINITE State=UP "
              "OverSubscribe=NO\n"
              "PartitionName=urgent Nodes={names} PriorityTier=2 MaxTime=INFINITE State=UP OverSubscribe=NO\n")


def free_ports(count):
    """Ports that nobody listens on, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class PrivateSlurm:
    """`with PrivateSlurm(nodes=2) as slurm: ...`"""

    def __init__(self, nodes=2, cores=2, task_plugin="task/none"):
        self.nodes = [f"n{number + 1}" for number in range(nodes)]
        self.cores = cores
        self.task_plugin = task_plugin
        self.daemons = []
        self.root = None
        self.environment = None

    def __enter__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="patron-slurm."))
        try:
            self._write_files()
            self._start_daemons()
            self._wait_for_nodes()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def _write_files(self):
        for name in ("run", "log", "spool/ctld", *(f"spool/d-{node}" for node in self.nodes),
                     *(f"tmp/{node}" for node in self.nodes)):
            (self.root / name).mkdir(parents=True)
        # munge wants the way to its socket open and that to its log closed.
        self.root.chmod(0o755)
        (self.root / "run").chmod(0o755)
        (self.root / "log").chmod(0o700)
        key = self.root / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        host = socket.gethostname().split(".")[0]
        port, *node_ports = free_ports(1 + len(self.nodes))
        text = CONFIGURATION.format(host=host, user=getpass.getuser(), root=self.root, port=port,
                                    first_job=secrets.randbelow(60_000_000) + 1,
                                    task_plugin=self.task_plugin)
        for node, node_port in zip(self.nodes, node_ports):
            text += NODE.format(name=node, host=host, port=node_port, cores=self.cores)
        text += PARTITIONS.format(names=",".join(self.nodes))
        configuration = self.root / "slurm.conf"
        configuration.write_text(text, encoding="utf-8")
        mail = self.root / "mail"
        mail.write_text(f'#!/bin/sh\necho "$@" >>{self.root}/log/mail.out\n', encoding="utf-8")
        mail.chmod(0o755)
        # Nothing here uses control groups; named so, slurmd starts where the machine has none.
        (self.root / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n", encoding="utf-8")
        self.environment = {**os.environ, "SLURM_CONF": str(configuration)}
        self.environment["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

    def _start_daemons(self):
        run, log = self.root / "run", self.root / "log"
        self._start("munged", "--foreground", f"--key-file={self.root}/munge.key",
                    f"--socket={run}/munge.sock", f"--pid-file={run}/munged.pid",
                    f"--log-file={log}/munged.log", f"--seed-file={run}/munged.seed",
                    "--num-threads=2")
        self._wait("munged", (run / "munge.sock").exists)
        self._start("slurmctld", "-D", "-c")
        for node in self.nodes:
            self._start("slurmd", "-D", "-N", node)

    def kill_node(self, node):
        """The node is gone, as when its power fails: its daemon and all that ran on it."""
        daemon = next(each for each in self.daemons if each.args[-1] == node)
        self.daemons.remove(daemon)
        daemon.kill()
        daemon.wait()
        mark = f"SLURMD_NODENAME={node}\0".encode()
        tasks = [process for process in self._left_over()
                 if mark in (process / "environ").read_bytes() + b"\0"]
        parents = {int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
                   for process in tasks}
        stepds = [each for each in parents
                  if pathlib.Path(f"/proc/{each}/comm").read_text().startswith("slurmstepd")]
        for process in stepds + [int(task.name) for task in tasks]:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)

    def _start(self, *command):
        with open(self.root / "log" / f"{command[0]}.out", "ab") as output:
            self.daemons.append(subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, cwd=self.root, start_new_session=True))

    def _wait_for_nodes(self):
        def idle():
            states = self.command("sinfo", "-h", "-N", "-p", "batch", "-o", "%T", check=False).stdout.split()
            return states == ["idle"] * len(self.nodes)
        self._wait("nodes to be idle", idle)

    def _wait(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            gone = [daemon.args[0] for daemon in self.daemons if daemon.poll() is not None]
            if gone:
                raise RuntimeError(f"{gone} ended while waiting for {what}\n{self.logs()}")
            if time.monotonic() > end:
                raise TimeoutError(f"waited {seconds} s for {what}\n{self.logs()}")
            time.sleep(0.05)

    def mail(self):
        """The mail that Slurm has sent: a line a mail, its arguments."""
        path = self.root / "log/mail.out"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def logs(self):
        return "\n".join(f"--- {file.name}\n" + file.read_text(errors="replace")[-4000:]
                         for file in sorted((self.root / "log").iterdir()))

    def command(self, *arguments, check=True, **options):
        """Runs a Slurm command (or another) against this Slurm; the process ends as text."""
        environment = {**self.environment, **options.pop("env", {})}
        return subprocess.run(arguments, env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=check, timeout=60, **options)

    def submit(self, *arguments, **options):
        """sbatch; the number of the job."""
        process = self.command("sbatch", "--parsable", *arguments, check=False, **options)
        if process.returncode != 0:
            raise RuntimeError(f"sbatch: {process.stderr}")
        return process.stdout.strip().split(";")[0]

    def wait_for_job(self, job, seconds=300):
        """(state, exit code) of a job, once it has ended.  On busy cores Slurm may not answer in its time, and is
        asked again; a job that goes on has states for moments, such as SIGNALING."""
        state, code = "", ""

        def ended():
            nonlocal state, code
            text = self.command("scontrol", "-o", "show", "job", job, check=False).stdout
            fields = dict(pair.split("=", 1) for pair in text.split() if "=" in pair)
            state, code = fields.get("JobState", ""), fields.get("ExitCode", "")
            return state in ENDED
        try:
            self._wait(f"job {job}", ended, seconds)
        except TimeoutError:
            self.command("scancel", "--full", job, check=False)
            raise
        return state, int(code.split(":")[0])

    def _stop(self):
        if self.environment is not None and len(self.daemons) > 1:
            with contextlib.suppress(Exception):
                self._end_jobs()
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in reversed(self.daemons):
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self._end_left_over()
        shutil.rmtree(self.root, ignore_errors=True)

    def _end_jobs(self):
        self.command("scancel", "--full", "-u", getpass.getuser(), check=False)
        self._wait("jobs to end", lambda: not self.command("squeue", "-h").stdout.strip(), 15)

    def _left_over(self):
        """What daemons and jobs started: it carries our SLURM_CONF in its environment."""
        mark = f"SLURM_CONF={self.root}/slurm.conf\0".encode()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (process / "environ").read_bytes() + b"\0":
                    yield process

    def _end_left_over(self):
        for process in self._left_over():
            with contextlib.suppress(OSError):
                os.kill(int(process.name), signal.SIGKILL)
