"""The command ``kmeans-fast`` (extra ``cli``): cluster a file, get labels, centers and a summary.

Only the standard library is needed to import this module, so that a missing extra is one line.
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
        # Names of columns come from files: a terminal that cannot show one is no reason to fail.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        from .command import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        print("kmeans-fast: interrupted", file=sys.stderr)
        return 130
