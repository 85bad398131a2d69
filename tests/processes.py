"""Run scripts in processes of their own."""

import os
import signal
import subprocess
import sys


def heed_interrupts():
    """Handle Ctrl-C again: background jobs of a shell, and their children, ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def search_path(folder):
    """PYTHONPATH of this process, after ``folder``; an empty entry would be the current folder."""
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))


def run_script(script, *arguments, timeout=120, **environment):
    """Output of a script (text, or the path of a file), which must succeed within the time limit.

    Its standard error must be empty. ``environment`` overrides variables; None removes one.
    """
    program = ["-P", "-c", script] if isinstance(script, str) else [str(script)]
    env = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONFAULTHANDLER": "1", **environment}
    done = subprocess.run(
        [sys.executable, *program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={name: value for name, value in env.items() if value is not None},
        check=False,
    )
    said = f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    assert (done.returncode, done.stderr) == (0, ""), said
    return done.stdout
