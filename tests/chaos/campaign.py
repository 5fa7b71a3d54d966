# SPDX-License-Identifier: Apache-2.0
"""Runs that are killed, looked at, and started again.  A round is a job, some kills, and a run to its end; all that
it chooses comes from the campaign's seed and the round's number.  What a round meets must hold at every moment, or
it raises Damage."""
import collections
import contextlib
import functools
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import typing

from chaos_jobs import JOBS
from patron_test import LAUNCH, PATRON, run, streaming_memory
from processes import mpirun_of, ranks_of, that_name

HOLD = pathlib.Path(PATRON).parent / "tests/hold_call_preload.so"
PARTIAL = re.compile(r"\.partial\.[0-9a-f]{16}(\.old)?$")
VICTIMS = ("rank", "rank", "all", "mpirun")
LAST_CALLS = 12  # of a rank: those by which an output is synced and takes its name, and an old one goes
PATIENCE = 900  # seconds that a run may take on cores that others use
SOON = 20  # seconds; what is not gone then stays


class Damage(AssertionError):
    """What a kill must not do."""


class Plain(typing.NamedTuple):
    """A run that nobody disturbs: its outputs' contents, what it prints, its time, and each rank's calls that
    change something beside the outputs."""
    contents: dict
    printed: str
    seconds: float
    calls: list


class Choice(typing.NamedTuple):
    """A round's."""
    job: str
    ranks: int
    has_old: bool
    kills: int


def content(path):
    """What an output holds, in a word; None where there is none.  HDF5 files and folders of them are verified."""
    path = pathlib.Path(path)
    if not os.path.lexists(path):
        return None
    if path.suffix not in (".h5", ""):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    process = run("verify", "--digest", path, threads=1)
    if process.returncode != 0:
        raise Damage(f"{path} is neither whole nor absent: {process.stderr}")
    return process.stdout.strip()


def old_of(inputs, name):
    """What stands in the place of an output before."""
    return inputs / ("old" if "." not in name else "old.h5" if name.endswith(".h5") else "old.txt")


class Campaign:
    """Kills among `jobs`, whose inputs lie in `inputs`; works in `folder`."""

    def __init__(self, folder, inputs, seed, jobs=tuple(JOBS)):
        self.folder, self.inputs, self.seed, self.jobs = pathlib.Path(folder), inputs, seed, jobs
        self.plains = {}
        self.old = {name: content(old_of(inputs, name)) for name in ("x", "x.h5", "x.txt")}
        self.table = {job: collections.Counter() for job in jobs}

    # ---- running a job ----

    @functools.cached_property
    def memory(self):
        return streaming_memory(self.inputs / "shop")

    def words(self, job, out, force=False):
        places = {"in": self.inputs, "out": out, "stream": self.memory if "{stream}" in JOBS[job].words else ""}
        words = JOBS[job].words.format(**places).split()
        return [PATRON, *words, "--threads", "1", *(["--force"] if force else [])]

    @staticmethod
    def needs_force(choice, out):
        """Where an output is there; but not of a run of its own that its checkpoint tells of."""
        job = JOBS[choice.job]
        is_own = job.checkpoint and not choice.has_old and (out / job.checkpoint).exists()
        return not is_own and any(os.path.lexists(out / name) for name in job.outputs)

    def start(self, job, out, ranks, force=False, held=(0, 0)):
        """A process; rank held[0] is held before its call held[1]."""
        settings = {"LD_PRELOAD": HOLD, "HOLD_BELOW": out, "HOLD_REPORT": self.folder / "calls",
                    "HOLD_RANK": held[0], "HOLD_CALL": held[1]}
        command = ["env", *(f"{name}={value}" for name, value in settings.items()), *self.words(job, out, force)]
        if ranks > 1:
            command = [str(LAUNCH), str(ranks), *command]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env={**os.environ, "LAUNCH_TIMEOUT": str(PATIENCE)})

    def plain(self, job, ranks):
        """The undisturbed run on so many ranks, which is the same as on others."""
        if (job, ranks) not in self.plains:
            out = self.folder / "plain"
            out.mkdir()
            before = time.monotonic()
            with self.start(job, out, ranks) as process:
                printed, errors = process.communicate(timeout=PATIENCE + 60)
            seconds = time.monotonic() - before
            if process.returncode != 0:
                raise Damage(f"{job} on {ranks} ranks fails undisturbed: {errors}")
            if "{stream}" in JOBS[job].words and not json.loads(printed)["streamed"]:
                raise Damage(f"{job} on {ranks} ranks does not stream")
            calls = [int((self.folder / f"calls.{rank}").read_text()) for rank in range(ranks)]
            contents = {name: content(out / name) for name in JOBS[job].outputs}
            self.plains[job, ranks] = Plain(contents, printed.replace(str(out), "OUT"), seconds, calls)
            shutil.rmtree(out)
            first = next(plain for (name, _), plain in self.plains.items() if name == job)
            if first.contents != contents:
                raise Damage(f"{job} differs on {ranks} ranks undisturbed")
        return self.plains[job, ranks]

    # ---- killing it ----

    def moment(self, rng, plain):
        """(seconds, None), or (None, (rank, call)): half of them at a call, and half of those at one of the last."""
        able = [rank for rank, calls in enumerate(plain.calls) if calls > 0]
        if not able or rng.random() < 0.5:
            return rng.random() * plain.seconds, None
        rank = able[0] if rng.random() < 0.5 else rng.choice(able)
        calls = plain.calls[rank]
        return None, (rank, rng.randint(max(1, calls - LAST_CALLS) if rng.random() < 0.5 else 1, calls))

    def wait_for(self, process, moment):
        """Until the moment has come; false where the run ended before."""
        seconds, held = moment
        mark = self.folder / "calls.held"
        end = time.monotonic() + (seconds if held is None else PATIENCE)
        while process.poll() is None and time.monotonic() < end and not (held and mark.exists()):
            time.sleep(0.001)
        return process.poll() is None

    @staticmethod
    def victims(rng, process, ranks, whom):
        """Process numbers; the launcher of one rank is that rank."""
        alive = ranks_of(process, ranks)
        mpirun = mpirun_of(process)
        if ranks == 1:
            return alive
        if whom == "rank":
            return [rng.choice(alive)] if alive else mpirun
        return mpirun + alive if whom == "all" else mpirun

    def kill(self, rng, choice, out):
        """Starts the job and kills it; whether it was not over before."""
        plain = self.plain(choice.job, choice.ranks)
        moment, whom = self.moment(rng, plain), rng.choice(VICTIMS)
        (self.folder / "calls.held").unlink(missing_ok=True)
        force = self.needs_force(choice, out)
        process = self.start(choice.job, out, choice.ranks, force, moment[1] or (0, 0))
        with process:
            landed = self.wait_for(process, moment)
            for pid in self.victims(rng, process, choice.ranks, whom) if landed else ():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.table[choice.job]["stuck"] += landed and self.end_stuck(process, choice.ranks)
            errors = process.communicate(timeout=PATIENCE + 60)[1]
        self.none_stays(out)
        if not landed and process.returncode != 0:
            raise Damage(f"undisturbed, it ends with {process.returncode}: {errors}")
        self.table[choice.job][whom if choice.ranks > 1 else "alone"] += landed
        return landed

    @staticmethod
    def end_stuck(process, ranks):
        """Once in some hundreds of kills Open MPI 4.1's mpirun waits for a lock of its own (in PMIx_server_finalize)
        when all of its ranks are gone.  Then it is ended, and counted."""
        end = time.monotonic() + SOON
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        if process.poll() is not None or ranks_of(process, ranks):
            return False
        for pid in mpirun_of(process):
            os.kill(pid, signal.SIGKILL)
        return True

    @staticmethod
    def none_stays(out):
        """No process that names the outputs' folder stays."""
        end = time.monotonic() + SOON
        while (left := that_name(out)) and time.monotonic() < end:
            time.sleep(0.01)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if left:
            raise Damage(f"processes stay behind: {left}")

    # ---- what must hold ----

    def old_content(self, name):
        return self.old["x" + pathlib.Path(name).suffix.replace("csv", "txt").replace("html", "txt")]

    def look(self, choice, out):
        """Each output is absent (where nothing stood there), old, or new; beside them are only partial ones and the
        checkpoint."""
        job, plain = JOBS[choice.job], self.plain(choice.job, choice.ranks)
        for name in job.outputs:
            found = content(out / name)
            old = self.old_content(name) if choice.has_old else None
            if found not in (old, plain.contents[name]):
                raise Damage(f"{name} is neither as before nor as after")
            self.table[choice.job]["new" if found == plain.contents[name] else "old" if choice.has_old else "absent"] += 1
        for name in os.listdir(out):
            whole = PARTIAL.sub("", name)
            if whole not in (*job.outputs, job.checkpoint, *job.told):
                raise Damage(f"a kill left {name}")
            self.table[choice.job]["leftovers"] += whole != name
        if (out / "status.json").exists() and json.loads((out / "status.json").read_text())["job"] != "segment":
            raise Damage("the status is another one's")

    def finish(self, choice, out):
        """Started again it ends well: the same outputs, and nothing beside them."""
        plain = self.plain(choice.job, choice.ranks)
        force = self.needs_force(choice, out)
        with self.start(choice.job, out, choice.ranks, force) as process:
            printed, errors = process.communicate(timeout=PATIENCE + 60)
        if process.returncode != 0:
            raise Damage(f"started again it ends with {process.returncode}: {errors}")
        self.none_stays(out)
        if {name: content(out / name) for name in JOBS[choice.job].outputs} != plain.contents:
            raise Damage("started again it gives another result")
        told = JOBS[choice.job].told
        if told and json.loads((out / told[0]).read_text())["state"] != "done":
            raise Damage("the status does not tell of success")
        if sorted(os.listdir(out)) != sorted((*JOBS[choice.job].outputs, *told)):
            raise Damage(f"after success there are {sorted(os.listdir(out))}")
        if not JOBS[choice.job].outputs and printed.replace(str(out), "OUT") != plain.printed:
            raise Damage("started again it prints another result")

    # ---- rounds ----

    def choose(self, rng):
        return Choice(rng.choice(self.jobs), rng.choice((1, 2, 2, 3)), rng.random() < 0.5, rng.choice((1, 1, 2, 3)))

    def round(self, number):
        """The kills that a round made."""
        rng = random.Random(f"{self.seed} {number}")
        choice = self.choose(rng)
        out = self.folder / f"round-{number}"
        out.mkdir()
        try:
            if choice.has_old:
                for name in JOBS[choice.job].outputs:
                    source = old_of(self.inputs, name)
                    (shutil.copytree if source.is_dir() else shutil.copy)(source, out / name)
            kills = 0
            for _ in range(choice.kills):
                kills += self.kill(rng, choice, out)
                self.look(choice, out)
            self.finish(choice, out)
        except (Damage, subprocess.TimeoutExpired) as damage:
            raise Damage(f"seed {self.seed}, round {number}, {choice}: {damage}") from damage
        shutil.rmtree(out)
        return kills

    def report(self):
        """The table of kills by job: who was killed, what was found for each output, partial ones beside them, and
        how often mpirun had to be ended."""
        heads = ("rank", "all", "mpirun", "alone", "absent", "old", "new", "leftovers", "stuck")
        lines = [f"{'job':22}" + "".join(f"{head:>10}" for head in heads)]
        total = collections.Counter()
        for job, counts in (*self.table.items(), ("all", total)):
            lines.append(f"{job:22}" + "".join(f"{counts[head]:10}" for head in heads))
            total.update(counts)
        return "\n".join(lines)
