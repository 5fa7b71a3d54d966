# SPDX-License-Identifier: Apache-2.0
"""The record of bench/scaling: the file that keeps all samples, from which an interrupted run goes on,
and what must be the same for two runs to be compared."""
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess

import host
import scaling_jobs
from programs import Failed, run_json

FORMAT = 2
PARTS = {"identity", "starts", "data", "limits", "samples"}
OF_A_SAMPLE = {"job", "scaling", "ranks", "threads", "run", "data", "result", "summary"}
# Settings that change how ranks and threads run; the number of threads is the bench's own.
SETTINGS = ("OMP_", "GOMP_", "OMPI_MCA_", "UCX_")
OWN = "OMP_NUM_THREADS"


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def differences(old, new, name=""):
    """What differs, as texts."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [text for key in {**old, **new}
                for text in differences(old.get(key), new.get(key), f"{name}.{key}".strip("."))]
    return [] if old == new else [f"{name} {old!r}, now {new!r}".strip()]


def check_same(what, old, new):
    """Runs that differ in anything but their layout are not compared."""
    found = differences(old, new)
    if found:
        raise Failed(f"{what}: not comparable: {'; '.join(found)}")


def read_record(path):
    """A record's content, refused unless it is whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        raise Failed(f"{path}: {reason}") from reason
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise Failed(f"{path}: a record of format {found}, {FORMAT} expected: not comparable")
    if PARTS - content.keys() or any(OF_A_SAMPLE - sample.keys() for sample in content["samples"]):
        raise Failed(f"{path}: not a whole record")
    measured = {(sample["ranks"], sample["threads"]) for sample in content["limits"]}
    for sample in content["samples"]:
        if (sample["ranks"], sample["threads"]) not in measured:
            raise Failed(f"{path}: no limits of {sample['ranks']} x {sample['threads']}")
        unknown = set(sample["data"]) - content["data"].keys()
        if unknown:
            raise Failed(f"{path}: no digest of {', '.join(sorted(unknown))}, so not comparable")
    check_results(path, content["samples"])
    return content


def check_results(path, samples, others=()):
    """Whatever the layout, the same data give the same result, as in other samples, too."""
    seen = {}
    for sample in (*others, *samples):
        key = sample["job"], *sample["data"]
        first = seen.setdefault(key, sample)
        check_same(f"{path}: {' of '.join(key[:2])} at {sample['ranks']} ranks x "
                   f"{sample['threads']} threads has another result than before",
                   first["result"], sample["result"])


def hosts_of(options):
    """The kinds of hosts that ranks run on, and how many hosts."""
    before = scaling_jobs.launch(options, options.ranks[-1], 1)
    known = run_json([*before, options.build / "machine"], 1)["of_ranks"]
    names = {one.pop("host") for one in known}
    kinds = sorted({json.dumps(one, sort_keys=True) for one in known})
    return {"count": len(names), "kinds": [json.loads(kind) for kind in kinds]}


def settings():
    return {name: value for name, value in sorted(os.environ.items())
            if name.startswith(SETTINGS) and name != OWN}


def identity_of(options, sizes):
    """All that must be the same for a run to go on; to be compared, too, but the programs."""
    program = options.build / "patron"
    versions = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return {"program": {"hash": scaling_jobs.hash_of(program), "commit": host.commit(),
                        "versions": versions.stdout.strip().split("\n")[0:3]},
            "probes": {"file_mebibytes": options.file_mebibytes,
                       **{name: scaling_jobs.hash_of(options.build / name)
                          for name in ("machine", "network")}},
            "sizes": vars(sizes), "hosts": hosts_of(options), "cores": host.cores(),
            "settings": settings(), "launcher": options.launcher}


def default_path(identity):
    """In a folder here named by the day, and by what must be the same to go on: so the same command
    finds it again, and another one does not meet it."""
    text = json.dumps(identity, sort_keys=True).encode()
    mark = hashlib.blake2b(text, digest_size=4).hexdigest()
    there = sorted(pathlib.Path().glob(f"scaling-????-??-??-{mark}"))
    folder = there[-1] if there else pathlib.Path(f"scaling-{now()[:10]}-{mark}")
    return folder / "scaling.json"


def told(options):
    """Options as JSON."""
    return {name: str(value) if isinstance(value, pathlib.Path) else value
            for name, value in vars(options).items()}


class Other:
    """The record that --against names: of the same data and machine, read before anything is run."""

    def __init__(self, path, identity, wanted):
        self.path, self.content = path, read_record(path)
        for part in identity.keys() - {"program", "probes"}:
            check_same(f"{path} holds other runs", {part: self.content["identity"].get(part)},
                       {part: identity[part]})
        there = [{key: sample[key] for key in ("job", "scaling", "ranks", "threads")}
                 for sample in self.content["samples"]]
        if not any(case in there for case in wanted):
            raise Failed(f"{path}: none of the jobs and layouts that are to be run")


class Record:
    """The JSON file, whole at any time."""

    def __init__(self, path, identity, other=None):
        self.path, self.other = path, other
        self.content = {"format": FORMAT, "identity": identity, "starts": [], "data": {},
                        "limits": [], "samples": []}
        if path.exists():
            self.content = read_record(path)
            check_same(f"{path} holds other runs", self.content["identity"], identity)
        for name, found in self.content["data"].items():
            self.note_data(name, found)
        self.check_results()
        path.parent.mkdir(parents=True, exist_ok=True)

    def start(self, options):
        """Notes by whom it is gone on with."""
        self.content["starts"].append({"time": now(), "options": told(options),
                                       "machine": host.describe(options.build)})

    def save(self):
        partial = self.path.with_name(self.path.name + ".partial")
        text = json.dumps(self.content, indent=1)
        numbers = re.compile(r"\[\n([-+.e\d,\s]*)\]")  # each list of them on a line
        text = numbers.sub(lambda found: f"[{' '.join(found.group(1).split())}]", text)
        partial.write_text(text + "\n", encoding="utf-8")
        os.replace(partial, self.path)

    def has(self, kind, case, run):
        return any(sample["run"] == run and all(sample[key] == value for key, value in case.items())
                   for sample in self.content[kind])

    def keep(self, kind, sample):
        self.content[kind].append(sample)
        self.save()

    def note_data(self, name, found):
        """Refuses data that are not those of the runs there are."""
        known = self.content["data"].setdefault(name, found)
        check_same(f"{self.path}: {name} was of other data", known, found)
        if self.other and name in self.other.content["data"]:
            check_same(f"{self.other.path}: {name} was of other data",
                       self.other.content["data"][name], found)

    def check_results(self):
        check_results(self.path, self.content["samples"],
                      self.other.content["samples"] if self.other else ())


def sampled():
    """What stands beside each sample: when, where, and what else the host had to do before it."""
    return {"time": now(), "host": host.name(), "load": os.getloadavg()[0]}
