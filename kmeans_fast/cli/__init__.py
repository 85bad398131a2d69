"""The command ``kmeans-fast`` (extra ``cli``): cluster a file, get labels, centers and a summary.

This module imports only the standard library, so that a missing extra gives a one-line error.
"""

import sys
from importlib.util import find_spec

from .streams import safe_streams

NEEDED = ("typer", "rich", "pyarrow")


def main() -> int:
    """Run the command with the arguments of the process and return its exit code."""
    with safe_streams() as (out, err):
        code = _run(sys.argv[1:])
        out.flush()
        if out.error is None or code != 0:
            return code
        print(f"kmeans-fast: error: standard output: {out.error.strerror}", file=err)
        return 2


def _run(arguments: list[str]) -> int:
    """Run the command if its packages are there."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(
            f"kmeans-fast: error: needs {', '.join(missing)}; install with: "
            'pip install "kmeans-fast[cli]"',
            file=sys.stderr,
        )
        return 2
    try:
        from .command import run

        return run(arguments)
    except KeyboardInterrupt:
        print("kmeans-fast: interrupted", file=sys.stderr)
        return 130
