"""The command ``kmeans-fast`` (extra ``cli``): cluster a file, get labels, centers and a summary.

This module imports only the standard library, so that a missing extra gives a one-line error.
"""

import sys
from importlib.util import find_spec

NEEDED = ("typer", "rich", "pyarrow")


def main() -> int:
    """Run the command with the arguments of the process and return its exit code."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(
            f"kmeans-fast: error: needs {', '.join(missing)}; install with: "
            'pip install "kmeans-fast[cli]"',
            file=sys.stderr,
        )
        return 2
    for stream in (sys.stdout, sys.stderr):
        # Column names come from files: if the terminal cannot show a character, print "?".
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        from .command import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        print("kmeans-fast: interrupted", file=sys.stderr)
        return 130
