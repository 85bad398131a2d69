"""A peer in its own process: threads are fixed before it starts, and no peer disturbs another."""

import json
import os
import subprocess
import sys
from pathlib import Path

WORKER = Path(__file__).with_name("worker.py")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class PeerProcess:
    """Runs functions of the modules in this folder in another process."""

    def __init__(self, threads):
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
        environment["OMP_WAIT_POLICY"] = "passive"
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def call(self, module, function, **arguments):
        """Result of ``module.function(**arguments)`` over there; everything goes as JSON."""
        request = {"module": module, "function": function, "arguments": arguments}
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {module}.{function} ended: {self._process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(f"{module}.{function} failed over there:\n{reply['error']}")
        return reply["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
