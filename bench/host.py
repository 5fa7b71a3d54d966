# SPDX-License-Identifier: Apache-2.0
"""What a timing was taken on and of: the machine, the build, the commit."""
import json
import os
import pathlib
import platform
import re
import socket
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def output_of(*command):
    """What a command prints, or nothing where it fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True,
                              cwd=ROOT).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def processor():
    """(model, instruction set flags), of the first processor."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*: (.*)$", text, re.MULTILINE)
    return model.group(1) if model else platform.machine(), flags.group(1) if flags else ""


def compiler_of(build):
    """The first line of the compiler's version, and what an engine's file is compiled with."""
    try:
        commands = json.loads(pathlib.Path(build, "compile_commands.json").read_text("utf-8"))
    except OSError:
        return output_of("cc", "--version").split("\n")[0], "unknown flags"
    words = next(entry["command"].split() for entry in commands
                 if entry["file"].endswith("src/kmeans/lloyd.c"))
    flags = [word for word in words if word.startswith(("-O", "-f", "-m"))]
    return output_of(words[0], "--version").split("\n")[0], " ".join(flags)


def commit():
    changed = "+" if output_of("git", "status", "--porcelain", "--untracked-files=no") else ""
    return output_of("git", "rev-parse", "HEAD") + changed


def cores():
    return len(os.sched_getaffinity(0))


def name():
    """Of this host, or of what a cluster takes for one."""
    return os.environ.get("SLURMD_NODENAME") or socket.gethostname()


def describe(build):
    model, flags = processor()
    compiler, compiled = compiler_of(build)
    variables = {name: value for name, value in os.environ.items()
                 if name.startswith(("OMP_", "GOMP_", "OPENBLAS_", "MKL_", "OMPI_MCA_"))}
    return {"processor": model, "flags": flags, "cores": cores(), "system": platform.platform(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "host": name(),
            "load": os.getloadavg(), "compiler": compiler, "compiled": compiled,
            "commit": commit(), "python": platform.python_version(), "environment": variables}


def print_heading(machine):
    print(f"{machine['processor']}, {machine['cores']} cores, {machine['system']}")
    print(f"{machine['compiler']}, {machine['compiled']}; commit {machine['commit'][:12]}"
          f"{machine['commit'][40:]}; load before {machine['load'][0]:.2f}")
