# SPDX-License-Identifier: Apache-2.0
"""What the benches' command lines share."""
import argparse
import pathlib
import sys

import host


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def add_places(parser, output="JSON file for all samples"):
    """Where a bench finds and leaves what it needs."""
    add = parser.add_argument
    add("--build", type=lambda text: pathlib.Path(text).resolve(),
        default=host.ROOT / "build/release", help="folder of the build (default build/release)")
    add("--work", type=pathlib.Path, help="folder for data (default: one that is removed)")
    add("--output", type=pathlib.Path, help=output)


def tell(text):
    print(text, file=sys.stderr, flush=True)
