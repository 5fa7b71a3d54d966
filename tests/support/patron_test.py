# SPDX-License-Identifier: Apache-2.0
"""What tests through the command line share: running jobs, writing datasets by h5py as the format
describes them, and the digest."""
import atexit
import functools
import json
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile
import unittest

import h5py
import numpy

from patron_digest import digest  # noqa: F401  (for the tests that import this module)

SOURCE = pathlib.Path(os.environ.get("PATRON_SOURCE", pathlib.Path(__file__).parents[2])).resolve()
PATRON = os.environ.get("PATRON", str(SOURCE / "build/release/patron"))
LAUNCH = SOURCE / "tests/support/launch"
DATA = SOURCE / "data"
# The export of Online Retail, its columns named.
ONLINE_RETAIL_COLUMNS = ("--customer", "CustomerID", "--basket", "InvoiceNo", "--item", "StockCode",
                         "--label", "Description", "--quantity", "Quantity", "--price", "UnitPrice",
                         "--time", "InvoiceDate")
ONLINE_RETAIL = ("--transactions", DATA / "online_retail.csv.gz") + ONLINE_RETAIL_COLUMNS
# The key of pseudonyms in these tests, which never look into the user's own data.
KEY = bytes(range(32))


def make_data_home(folder, key=KEY, owner=None):
    """A folder for XDG_DATA_HOME with a key in it."""
    place = pathlib.Path(folder) / "patron"
    place.mkdir(parents=True, exist_ok=True)
    file = place / "pseudonym.key"
    file.touch(mode=0o600)
    file.write_text(key.hex() + "\n", encoding="ascii")
    for path in (pathlib.Path(folder), place, file):
        if owner is not None:
            os.chown(path, owner, -1)
    return str(folder)


DATA_HOME = tempfile.mkdtemp(prefix="patron-data.")
atexit.register(shutil.rmtree, DATA_HOME)
os.environ["XDG_DATA_HOME"] = make_data_home(DATA_HOME)
os.chmod(DATA_HOME, 0o755)
# As in LAUNCH: a process that runs alone need not look for devices or load plugins for them either, and
# its threads do not wait in a loop, on cores that other tests use.
os.environ.setdefault("HWLOC_COMPONENTS", "-pci,-linuxio")
os.environ.setdefault("HWLOC_PLUGINS_PATH", DATA_HOME)
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# `./check --medium` sets it; see by_tier.
MEDIUM = os.environ.get("PATRON_CHECK_MEDIUM") == "1"
# What a summary tells of the run, not of its result.
OF_THE_RUN = frozenset(("seconds", "steps", "memory"))
# Lines on standard error that are no message of failure: warnings, what gcov says in a build that counts
# lines where a limit keeps it from writing its counts, and what the libevent of mpirun says of a pipe that
# it closed before it forgot it.
ASIDES = ("patron: warning:", "profiling:", "[warn] Epoll ")
# On cores that others use, any run may take so long that it tells how far it is.
PROGRESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [^:]+: \d")
# What may follow a message about wrong usage.
HINTS = ("Try 'patron ", "Usage: patron ")
NO_CUSTOMER = numpy.uint64(2**64 - 1)


def without_run(summary):
    """A summary without what differs from run to run."""
    return {name: value for name, value in summary.items() if name not in OF_THE_RUN}


def by_tier(short, medium):
    """What `./check` tries, or what `./check --medium` does, which holds the former."""
    return medium if MEDIUM else short


@functools.cache
def programs_for_all():
    """Copies of the program and its launcher that every user may run: the tree may lie in a folder
    that is closed to others."""
    folder = tempfile.mkdtemp(prefix="patron-programs.")
    atexit.register(shutil.rmtree, folder)
    os.chmod(folder, 0o755)
    copies = [shutil.copy(program, folder) for program in (PATRON, LAUNCH)]
    for copy in copies:
        os.chmod(copy, 0o755)
    return copies


def run(job, *arguments, ranks=1, threads=None, launcher=None, env=None, stdin=None, user=None,
        timeout=300, prefix=(), cwd=None):
    """Runs a job; one rank without a launcher unless `launcher` is true.  `job` may be None, for
    options alone; `stdin` is a text or an open file; `user` is taken when the tests run as root;
    `prefix` are words before the program, on every rank; `cwd` is where it runs.  The process
    ends as text."""
    as_other = user and os.getuid() == 0
    patron, launch = programs_for_all() if as_other else (PATRON, str(LAUNCH))
    command = [*prefix, patron] + ([job] if job else []) + [str(argument) for argument in arguments]
    if threads is not None:
        command += ["--threads", str(threads)]
    if launcher or (launcher is None and ranks > 1):
        command = [launch, str(ranks)] + command
    environment = {**os.environ, **(env or {})}
    extra = {"cwd": cwd}
    if as_other:
        identity = pwd.getpwnam(user)
        extra = {"user": identity.pw_uid, "group": identity.pw_gid, "extra_groups": [], "cwd": "/"}
        environment["HOME"] = "/"
        environment["XDG_DATA_HOME"] = make_data_home(f"{DATA_HOME}/{user}",
                                                      owner=identity.pw_uid)
        # in a build that counts lines: where it may write its counts, and so needs not tell that it cannot
        environment["GCOV_PREFIX"] = environment["XDG_DATA_HOME"]
    stdin = subprocess.DEVNULL if stdin is None else stdin
    extra["input" if isinstance(stdin, str) else "stdin"] = stdin
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment, timeout=timeout, check=False, **extra)


def must(job, *arguments, **options):
    """Runs a job that must end well, where there is no test to ask."""
    process = run(job, *arguments, **options)
    if process.returncode != 0:
        raise AssertionError(process.stderr)
    return process


def streaming_memory(data, **options):
    """A --memory that `segment` streams these rows with: little above what it says that it needs."""
    process = run("segment", data, "--k", 2, "--memory", "1M", "-o", f"{data}.none", **options)
    return f"{int(re.search('at least ([0-9]+)M are needed', process.stderr)[1]) + 4}M"


def texts(values, variable=False):
    """Strings as fixed-length or as variable-length UTF-8."""
    values = [str(value) for value in values]
    if variable:
        return numpy.array(values, dtype=h5py.string_dtype("utf-8"))
    raw = [value.encode("utf-8") for value in values]
    width = max([len(value) for value in raw] + [1])
    return numpy.array(raw, dtype=h5py.string_dtype("utf-8", width))


def write_customers(file, rows, columns, table, variable):
    group = file.create_group("customers")
    group["id"] = table["ids"][rows] if isinstance(table["ids"], numpy.ndarray) else \
        texts(table["ids"][rows], variable)
    features = group.create_dataset("features", data=table["features"][rows],
                                    chunks=table["chunks"] and (table["chunks"], columns))
    features.attrs["names"] = texts(table["names"], variable)
    if table["units"] is not None:
        features.attrs["units"] = texts(table["units"], variable)
    if table["weight"] is not None:
        group["weight"] = numpy.asarray(table["weight"][rows], dtype="float32")


def write_baskets(file, which, table, variable):
    baskets = table["baskets"][which]
    group = file.create_group("baskets")
    group["offsets"] = numpy.cumsum([0] + [len(basket) for basket in baskets]).astype("uint64")
    group["items"] = numpy.array([item for basket in baskets for item in basket], dtype="uint32")
    if table["basket_ids"] is not None:
        group["id"] = texts(table["basket_ids"][which], variable)
    if table["basket_customer"] is not None:
        group["customer"] = numpy.asarray(table["basket_customer"][which], dtype="uint64")
    if table["basket_time"] is not None:
        group["time"] = numpy.asarray(table["basket_time"][which], dtype="int64")
    items = file.create_group("items")
    items["name"] = texts(table["item_names"], variable)
    if table["item_labels"] is not None:
        items["label"] = texts(table["item_labels"], variable)


def part_slice(total, part, parts):
    return slice(total * part // parts, total * (part + 1) // parts)


def write_part(path, table, part, parts, in_set, variable):
    rows = part_slice(len(table["features"]), part, parts) if table["features"] is not None else None
    which = part_slice(len(table["baskets"]), part, parts) if table["baskets"] is not None else None
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "patron-dataset"
        file.attrs["format_version"] = 1
        if in_set:
            file.attrs["part"], file.attrs["parts"] = part, parts
        for kind, cut, total in (("row", rows, table["features"]),
                                 ("basket", which, table["baskets"])):
            if in_set:
                file.attrs[f"{kind}s_total"] = 0 if cut is None else len(total)
                file.attrs[f"first_{kind}"] = 0 if cut is None else cut.start
        if rows is not None:
            write_customers(file, rows, table["features"].shape[1], table, variable)
        if which is not None:
            write_baskets(file, which, table, variable)


def write_dataset(path, features=None, names=None, units=None, ids=None, weight=None, chunks=None,
                  baskets=None, basket_ids=None, basket_customer=None, basket_time=None,
                  item_names=None, item_labels=None, parts=0, variable=False):
    """Writes a dataset by the format's table: the file `path`, or with `parts` a folder of parts.
    `features` is n x d (float32 unless it is an array of another type), `ids` are strings, or an
    array of uint64; `baskets` is a list of lists of item indices; `chunks` counts rows."""
    if features is not None:
        features = features if isinstance(features, numpy.ndarray) else \
            numpy.asarray(features, dtype="float32")
        if ids is None:
            ids = [f"c{row:08d}" for row in range(len(features))]
        if names is None:
            names = [f"f{column}" for column in range(features.shape[1])]
    if baskets is not None and item_names is None:
        size = 1 + max([item for basket in baskets for item in basket], default=-1)
        item_names = [str(item) for item in range(size)]
    table = dict(features=features, names=names, units=units, ids=ids, weight=weight,
                 chunks=chunks, baskets=baskets, basket_ids=basket_ids,
                 basket_customer=basket_customer, basket_time=basket_time,
                 item_names=item_names, item_labels=item_labels)
    path = pathlib.Path(path)
    if not parts:
        write_part(path, table, 0, 1, False, variable)
        return path
    path.mkdir()
    for part in range(parts):
        write_part(path / f"part-{part:05d}.h5", table, part, parts, True, variable)
    return path


def read_strings(dataset):
    """The strings of an HDF5 dataset, as a list of str."""
    return [value.decode("utf-8") if isinstance(value, bytes) else str(value)
            for value in dataset[()]]


class PatronTest(unittest.TestCase):
    """A test with a folder of its own, removed at the end."""

    @classmethod
    def shared_folder(cls):
        """A folder for what the tests of a class share, removed after the last."""
        folder = tempfile.TemporaryDirectory(prefix="patron-test.")
        cls.addClassCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="patron-test.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def done(self, job, *arguments, **options):
        """Runs a job that must end well."""
        process = run(job, *arguments, **options)
        self.assertEqual(process.returncode, 0, process.stderr)
        return process

    def summary(self, job, *arguments, **options):
        """Runs a job with --json that must end well; its summary."""
        return json.loads(self.done(job, *arguments, "--json", **options).stdout)

    def fails(self, code, job, *arguments, says=(), **options):
        """Runs a job that must end with `code` and one message that holds each of `says`."""
        process = run(job, *arguments, **options)
        self.check_failure(process, code, says)
        return process

    def check_failure(self, process, code, says=()):
        """One message, and the code."""
        self.assertEqual(process.returncode, code, process.stderr)
        lines = [line for line in process.stderr.splitlines()
                 if line.strip() and not line.startswith(ASIDES) and not PROGRESS.match(line)]
        messages = [line for line in lines if not line.startswith(HINTS)]
        self.assertEqual(len(messages), 1, process.stderr)
        self.assertTrue(messages[0].startswith("patron: "), process.stderr)
        for words in says:
            self.assertIn(words, messages[0])

    def verified_digest(self, path, **options):
        """The digest that the program prints."""
        return self.done("verify", "--digest", path, **options).stdout.strip()
