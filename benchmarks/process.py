"""A peer in its own process: its threads are fixed before it starts, and peers do not interfere."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from threading import Timer

WORKER = Path(__file__).with_name("worker.py")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SPIN = 0.25
"""Seconds after which the idle threads of a process have gone to sleep (LLVM's OpenMP: 0.2)."""


class PeerProcess:
    """Runs functions of the modules in this folder in another process."""

    def __init__(self, threads):
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def call(self, module, function, **arguments):
        """Result of ``module.function(**arguments)`` in that process, passed as JSON."""
        return self.call_within(None, module, function, **arguments)

    def call_within(self, limit, module, function, **arguments):
        """Like `call`; after ``limit`` seconds, end the process and raise TimeoutError."""
        time.sleep(SPIN)
        request = {"module": module, "function": function, "arguments": arguments}
        timer = Timer(limit or threading.TIMEOUT_MAX, self._process.kill)
        timer.daemon = True
        timer.start()
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        late = not timer.is_alive()
        timer.cancel()
        if not line and late:
            raise TimeoutError(f"{module}.{function} took more than {limit} s")
        if not line:
            raise RuntimeError(f"the process of {module}.{function} ended: {self._process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(f"{module}.{function} failed in its process:\n{reply['error']}")
        return reply["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
