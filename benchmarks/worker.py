"""A process that runs one peer: it reads requests from stdin, one JSON line each, and answers them.

A request names a module in this folder, a function of the module, and the arguments.
"""

import importlib
import json
import os
import sys
import traceback


def answer(request):
    """The result of the function that the request asks for."""
    module = importlib.import_module(request["module"])
    return getattr(module, request["function"])(**request["arguments"])


def main():
    """Answer requests until stdin ends. All output of the libraries goes to stderr."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        try:
            reply = {"result": answer(json.loads(line))}
        except Exception:
            reply = {"error": traceback.format_exc()}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
