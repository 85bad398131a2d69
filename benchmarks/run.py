"""Compare kmeans_fast with its peers: ``python benchmarks/run.py``.

Every library runs in its own process, with the number of threads fixed before it starts, and from
the same start centers. Repeats are interleaved and figures are medians, so that a busy machine
affects both sides alike. The tables go to standard output in Markdown. Most parts also print each
row to standard error as soon as it is measured.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

import against_superkmeans
import assignment
import converge
import elkan
import far_blobs
import fits
import memory
import predict
import real
import scaling
import seeding
import small_work
import stream
from kmeans_fast import ALGORITHMS
from machine import describe_machine
from peers import MODULES, OURS
from settings import Settings

PARTS = {
    "fit": fits.compare,
    "converge": converge.compare,
    "real": real.compare,
    "elkan": elkan.compare,
    "superkmeans": against_superkmeans.compare,
    "assignment": assignment.compare,
    "seeding": seeding.compare,
    "predict": predict.compare,
    "scaling": scaling.compare,
    "small-work": small_work.compare,
    "memory": memory.compare,
    "far-blobs": far_blobs.compare,
    "stream": stream.compare,
}
DTYPES = ("float32", "float64")
OTHERS = [peer for peer in MODULES if peer != OURS]


def parse():
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--quick", action="store_true", help="a tenth of the rows and fewer repeats")
    several = {"nargs": "*", "metavar": "NAME"}
    add("--only", choices=PARTS, default=list(PARTS), help=", ".join(PARTS), **several)
    add("--shape", default="", help="only shapes whose name contains this, as 'blobs' or '200k, 8'")
    add("--dtype", choices=DTYPES, nargs="+", help="(both; long parts: float32)")
    add("--peers", choices=OTHERS, default=OTHERS, help=", ".join(OTHERS), **several)
    add(
        "--algorithms",
        choices=ALGORITHMS,
        default=list(ALGORITHMS),
        help=f"our algorithms besides auto in the part converge: {', '.join(ALGORITHMS)}",
        **several,
    )
    add("--threads", type=int, default=2)
    add("--repeats", type=int, help="of fits and assignments (5; quick: 3)")
    add("--seeds", type=int, help="of seeding (50; quick: 5)")
    add("--budget", type=float, help="seconds after which a fit is not repeated (10; quick: 1)")
    add("--limit", type=float, help="seconds after which a peer's fit is ended (150; quick: 20)")
    add("--plot", type=Path, help="draw time against k of the part scaling to this .svg or .png")
    add("--output", type=Path, help="also write the tables to this file")
    return parser.parse_args()


def main():
    """Run the chosen parts, one after the other, and print their tables."""
    arguments = parse()
    quick = arguments.quick
    tables = [describe_machine(arguments.threads)]
    print(tables[0], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            folder=Path(folder),
            threads=arguments.threads,
            dtypes=[np.dtype(name) for name in arguments.dtype or DTYPES],
            long_dtypes=[np.dtype(name) for name in arguments.dtype or DTYPES[:1]],
            repeats=arguments.repeats or (3 if quick else 5),
            seeds=arguments.seeds or (5 if quick else 50),
            quick=quick,
            shape=arguments.shape,
            peers=arguments.peers,
            algorithms=arguments.algorithms,
            budget=arguments.budget or (1 if quick else 10),
            limit=arguments.limit or (20 if quick else 150),
            plot=arguments.plot,
        )
        for name in arguments.only:
            tables.append(PARTS[name](settings))
            print(tables[-1], flush=True)
            if arguments.output:
                arguments.output.write_text("\n".join(tables))


if __name__ == "__main__":
    main()
