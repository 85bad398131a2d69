"""Objects in another process: their methods are called here and run there.

A result that is plain data is sent; any other object stays there, and is called in the same way.
"""

import multiprocessing
import traceback
import weakref

import numpy as np

from kmeans_fast.assigners.base import Work
from kmeans_fast.assigners.frame import Moments, Ranges
from kmeans_fast.assigners.sums import Sums
from kmeans_fast.executors.base import Farthest
from partitions import OnePart

PLAIN = (type(None), int, float, str, list, np.ndarray, np.generic, Work, Ranges, Moments, Farthest)


def is_plain(value):
    """Whether a result travels."""
    if type(value) is tuple:
        return all(map(is_plain, value))
    return isinstance(value, (*PLAIN, Sums))


def serve(connection, parts):
    """Answer calls ``(number of the object, name, arguments)`` until there is None."""
    objects = dict(enumerate(OnePart(*part) for part in parts))
    n_made = len(objects)
    while (call := connection.recv()) is not None:
        number, name, arguments = call
        if name == "let go":
            del objects[number]
            continue
        try:
            found = getattr(objects[number], name)
            result = found(*arguments) if callable(found) else found
            if not is_plain(result):
                objects[n_made], result, n_made = result, Kept(n_made), n_made + 1
            connection.send((True, result))
        except Exception:
            connection.send((False, traceback.format_exc()))


class Kept(int):
    """The number of an object that stays in its process."""


class Remote:
    """An object in another process."""

    VALUES = ("n_present",)
    """Attributes that are not methods."""

    def __init__(self, connection, number):
        self._connection, self._number = connection, number
        weakref.finalize(self, let_go, connection, number)

    def _call(self, name, arguments=()):
        self._connection.send((self._number, name, arguments))
        is_good, result = self._connection.recv()
        assert is_good, result
        return Remote(self._connection, result) if isinstance(result, Kept) else result

    def __getattr__(self, name):
        if name in self.VALUES:
            return self._call(name)
        return lambda *arguments: self._call(name, arguments)


def let_go(connection, number):
    """Say that nobody calls an object any more."""
    if not connection.closed:
        connection.send((number, "let go", ()))


class OtherProcess:
    """A process with some parts; use it in a ``with`` statement."""

    def __init__(self, parts):
        self.n_parts = len(parts)
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, parts), daemon=True)
        self.process.start()
        other.close()

    def __enter__(self):
        return [Remote(self.connection, i) for i in range(self.n_parts)]

    def __exit__(self, *_):
        self.connection.send(None)
        self.process.join()
        self.connection.close()
