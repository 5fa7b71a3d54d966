# SPDX-License-Identifier: Apache-2.0
"""The engines on a simulated cluster: building them for MPI and for SimGrid's SMPI, platforms, and
one run of either."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import host
from programs import Failed, environment

ENGINES = {"kmeans_weak": ("src/rows", "src/kmeans"), "itemset_strong": ("src/itemset",)}
SHARED = ("src/generate", "src/runtime", "include", "bench/cluster")
RUNTIME = ("status memory exactsum blocksum random elementary normal progress gather "
           "gather_bytes checkpoint stop grow log comm comm_pieces exchange routed agree "
           "texts usage radix meter meter_clock meter_reduce meter_wait").split()
FLAGS = ["-std=gnu17", "-O3", "-D_GNU_SOURCE", "-ffp-contract=off", "-fno-math-errno"]
# Itemsets: memory that was freed is used again.  A virtual machine may have to ask its host for new
# pages, which takes ten times as long as clearing one: where all ranks are one process, that is
# much of what is measured.
# On huge pages, as all ranks together use far more memory than a processor has small ones at hand.
KEPT_MEMORY = {"GLIBC_TUNABLES": "glibc.malloc.mmap_max=0:glibc.malloc.hugetlb=1:"
                                 f"glibc.malloc.trim_threshold={1 << 40}"}
HOST_SPEED = "1Gf"  # of the platforms' hosts and of this one, so that a second stays a second

# What the linker puts in the place of engines' functions, by program: (files, functions).
SEAMS = {
    "real": {"kmeans_weak": (["passes_recorded"], ["patron_rows_pass"]),
             "itemset_strong": ([], []),
             "links": ([], [])},
    "simulated": {
        "kmeans_weak": (["passes_replayed", "cells_shared", "reductions"],
                        ["patron_rows_pass", "kmeans_cells_cluster",
                         "patron_comm_reduce_i64", "patron_comm_reduce_u64"]),
        "itemset_strong": (["reductions", "gates", "notes"],
                           ["patron_comm_reduce_i64", "patron_comm_reduce_u64",
                            "patron_comm_come", "patron_comm_is_open",
                            "patron_comm_note", "patron_comm_noted"])}}

CLUSTER = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="c" prefix="n" suffix="" radical="0-{last}" speed="{speed}" bw="{bandwidth:.0f}Bps"
           lat="{latency}s" {topology}/>
</platform>
"""


def missing():
    """Why nothing can be simulated here; None: it can."""
    needed = ("smpicc", "smpirun", "mpicc", "mpirun")
    return next((f"no {name} (Debian: libsimgrid-dev, libopenmpi-dev)" for name in needed
                 if not shutil.which(name)), None)


def sources(*programs):
    """What the programs are made of, headers too."""
    return sorted(path for place in (*SHARED, *(engine for name in programs
                                                for engine in ENGINES[name]))
                  for path in (host.ROOT / place).rglob("*.[ch]"))


def newest_source():
    """When something that a program is made of was changed last."""
    return max(path.stat().st_mtime for path in sources(*ENGINES))


def hash_of(program):
    """Of what a program is made of, and of how it is run."""
    sum_of_all = hashlib.sha256()
    for path in (*sources(program), pathlib.Path(__file__)):
        sum_of_all.update(path.read_bytes())
    return sum_of_all.hexdigest()


def version():
    """SimGrid's."""
    return host.output_of("smpirun", "--version").split("\n")[0]


def compile_all(compiler, sources, target):
    """Objects of the sources, in the folder `target`."""
    flags = [*FLAGS, *(f"-I{host.ROOT}/{place}" for place in ("include", "src", "bench"))]

    def compile_one(source):
        made = target / f"{source.parent.name}_{source.stem}.o"
        done = subprocess.run([*compiler, *flags, "-c", source, "-o", made], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{source}: {done.stderr}")
        return made

    with concurrent.futures.ThreadPoolExecutor(host.cores()) as pool:
        return list(pool.map(compile_one, sources))


def engine_sources():
    return [path for path in sources(*ENGINES) if path.suffix == ".c" and
            path.parent.name != "cluster" and
            (path.parent.name != "runtime" or path.stem in RUNTIME)]


def build(folder, kind, library):
    """The programs of a kind, in folder/kind, where they are not there yet: real ones with the
    library of the build, simulated ones from the engines' sources."""
    target = pathlib.Path(folder) / kind
    target.mkdir(parents=True, exist_ok=True)
    programs = [target / program for program in SEAMS[kind]]
    if all(path.is_file() and path.stat().st_mtime > newest_source() for path in programs):
        return
    if kind == "real":
        compiler, engine = ["mpicc", "-fopenmp"], [library]
        if not library.is_file():
            raise Failed(f"{library} is not built")
    else:
        compiler = ["smpicc", f"-I{host.ROOT}/bench/cluster"]
        engine = compile_all(compiler, engine_sources(), target)
    for program, (files, functions) in SEAMS[kind].items():
        own = compile_all(compiler, [host.ROOT / f"bench/cluster/{name}.c"
                                     for name in (program, *files)], target)
        subprocess.run([*compiler, "-o", target / program, *own, *engine,
                        *(f"-Wl,--wrap={name}" for name in functions), "-lm", "-lpthread"],
                       check=True)


def tree_of(ranks):
    """A fat tree of full bisection, of switches with 16 ports down."""
    if ranks <= 256:
        return 256, "2;16,16;1,16;1,1"
    upper = -(-ranks // 256)
    return 256 * upper, f"3;16,16,{upper};1,16,16;1,1,1"


def write_platform(folder, network, ranks, links=None):
    """The platform's file and that of its hosts."""
    folder = pathlib.Path(folder)
    last, latency, bandwidth, topology = ranks, 25e-6 / 2, 1.25e9, ""  # a route has two links
    if network == "tree":
        last, parameters = tree_of(ranks)
        latency, bandwidth = 1e-6, 12.5e9
        topology = f'topology="FAT_TREE" topo_parameters="{parameters}"'
    elif network == "here":
        latency, bandwidth = links["latency"] / 2, links["bandwidth"]
    name = f"{network}-{ranks}"
    (folder / f"{name}.xml").write_text(CLUSTER.format(
        last=last - 1, speed=HOST_SPEED, bandwidth=bandwidth, latency=latency, topology=topology))
    (folder / f"{name}.hosts").write_text("".join(f"n{i}\n" for i in range(ranks)))
    return folder / f"{name}.xml", folder / f"{name}.hosts"


def lines_of(command, seconds, variables=None):
    """The JSON lines that a command prints."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              check=False, timeout=seconds,
                              env={**environment(1), **(variables or {})})
    except subprocess.TimeoutExpired as expired:
        raise Failed(f"{command[0]} took more than {seconds} s") from expired
    lines = [json.loads(line) for line in done.stdout.split("\n") if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise Failed(f"{' '.join(map(str, command))}: exit code {done.returncode}: "
                     f"{done.stderr[-2000:]}")
    return lines


def memory_of(program):
    return KEPT_MEMORY if program == "itemset_strong" else {}


def options_of(program):
    """SMPI's.  What itemsets compute is measured by the simulator; k-means tells it itself."""
    return {"smpi/host-speed": HOST_SPEED, "smpi/coll-selector": "mpich",
            "smpi/simulate-computation": "yes" if program == "itemset_strong" else "no",
            "smpi/shared-malloc": "local", "smpi/iprobe": "1e-6", "smpi/test": "1e-6",
            "smpi/wtime": "0",  # a look at the clock takes what it takes
            "smpi/grow-injected-times": "no",  # who waits looks as often as it would
            # but notes: SimGrid looks for a detached message among those of all ranks
            "smpi/send-is-detached-thresh": "1",
            # links are what the platform says, not what SimGrid's authors' Ethernet made of TCP
            "smpi/bw-factor": "0:1", "smpi/lat-factor": "0:1", "network/bandwidth-factor": "1"}


def run_real(folder, ranks, program, *arguments, before=(), seconds=600):
    launch = [*before, "mpirun", "-q", "--oversubscribe", "--bind-to", "none", "-n",
              str(ranks)]
    return lines_of([*launch, pathlib.Path(folder) / "real" / program, *arguments], seconds,
                    {"OMPI_MCA_mpi_yield_when_idle": "1", **memory_of(program)})


def run_simulated(folder, platform, ranks, adding, program, *arguments, seconds=3600):
    xml, hosts = platform
    command = ["smpirun", "-np", str(ranks), "-platform", xml, "-hostfile", hosts,
               *(f"--cfg={name}:{value}" for name, value in options_of(program).items()),
               "--log=root.thres:warning", pathlib.Path(folder) / "simulated" / program, *arguments]
    return lines_of(command, seconds, {"CLUSTER_ADD_BYTES_PER_SECOND": str(adding),
                                       "LC_ALL": "C", "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
                                       **memory_of(program)})
