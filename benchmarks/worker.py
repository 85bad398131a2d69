"""A process that runs one peer: reads requests on stdin, one line of JSON each, and answers them.

A request names a function of a module in this folder and its arguments.
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
    """Answer until stdin ends. Whatever libraries print goes to stderr."""
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
