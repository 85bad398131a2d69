"""Compare kmeans_fast with its peers: ``python benchmarks/run.py``.

Every library runs in its own process, with the number of threads fixed before it starts, from the
same start centers; repeats are interleaved and ratios are medians, so that a busy machine disturbs
both sides. Prints tables in Markdown.
"""

import argparse
import os
import platform
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import assignment
import far_blobs
import fits
import memory
import seeding
import small_work
from peers import MODULES, available
from process import PeerProcess

PARTS = {
    "fit": fits.compare,
    "assignment": assignment.compare,
    "seeding": seeding.compare,
    "small-work": small_work.compare,
    "memory": memory.compare,
    "far-blobs": far_blobs.compare,
}
DTYPES = ("float32", "float64")
QUICK_PART = 10
"""A quick run takes one row in ten."""


@dataclass(frozen=True)
class Settings:
    """What the command line asked for, and a folder for the arrays that processes share."""

    folder: Path
    threads: int
    dtypes: list
    repeats: int
    seeds: int
    quick: bool
    shape: str

    def chosen(self, shapes):
        """Those of the shapes whose name contains what was asked for."""
        return [shape for shape in shapes if self.shape in str(shape)]

    def sized(self, shape):
        """The shape, or its quick version."""
        return replace(shape, n=shape.n // QUICK_PART) if self.quick else shape

    def path(self, name):
        """Path of an array."""
        return str(self.folder / f"{name}.npy")

    def save(self, name, array):
        """Save an array where the other processes find it."""
        path = self.path(name)
        np.save(path, array)
        return path

    def warn(self, message):
        """Tell the reader of the terminal, not of the table."""
        print(message, file=sys.stderr)


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--quick", action="store_true", help="a tenth of the rows and fewer repeats")
    add(
        "--only",
        choices=PARTS,
        nargs="+",
        default=list(PARTS),
        metavar="PART",
        help=", ".join(PARTS),
    )
    add("--shape", default="", help="only shapes whose name contains this, as 'blobs' or '200k, 8'")
    add("--dtype", choices=DTYPES, nargs="+", default=list(DTYPES))
    add("--threads", type=int, default=2)
    add("--repeats", type=int, help="of fits and assignments (5; quick: 3)")
    add("--seeds", type=int, help="of seeding (50; quick: 5)")
    add("--output", type=Path, help="write the tables to this file as well")
    return parser.parse_args()


def main():
    """Run the chosen parts, one after the other, and print their tables."""
    arguments = parse()
    tables = [describe_machine(arguments.threads)]
    print(tables[0], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            folder=Path(folder),
            threads=arguments.threads,
            dtypes=[np.dtype(name) for name in arguments.dtype],
            repeats=arguments.repeats or (3 if arguments.quick else 5),
            seeds=arguments.seeds or (5 if arguments.quick else 50),
            quick=arguments.quick,
            shape=arguments.shape,
        )
        for name in arguments.only:
            tables.append(PARTS[name](settings))
            print(tables[-1], flush=True)
    if arguments.output:
        arguments.output.write_text("\n".join(tables))


def describe_machine(threads):
    """What the figures are measured on, and with what."""
    with PeerProcess(threads) as process:
        build = process.call("peers", "build")
    versions = []
    for peer in available(MODULES):
        with PeerProcess(threads) as process:
            versions.append(f"{peer} {process.call('peers', 'version', peer=peer)}")
    return (
        f"{processor()}, {os.cpu_count()} CPUs, {platform.system()}; {build}; "
        f"NumPy {np.__version__}, {', '.join(versions)}\n"
    )


def processor():
    """Name of the processor, as well as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
