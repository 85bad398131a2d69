"""Blocks: rows from a callable of the user's that starts again whenever it is called."""

from collections.abc import Callable, Iterable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._containers import check_container
from .assemble import Piece
from .checks import check_real, float_type
from .row_source import RowSource

FIX = "Blocks(lambda: ...)"


class Blocks:
    """Rows in blocks, from a callable that starts a new pass over them whenever it is called.

    For data that fit in no array and lie in no file that is read directly: whatever can be
    iterated again can be clustered. The rows are asked for several times, and every pass must
    give the same rows in the same order; a pass that does not is an error.

    Parameters
    ----------
    factory : callable
        Takes nothing and returns an iterable of arrays (rows, n_features), each time a new one.
        A generator function is such a callable; a generator is not.
    n_features : int, optional
        Number of columns; that of the first block by default.
    dtype : float32 or float64, optional
        Type to compute in; by default float32 if the first block is float32, else float64.
    n_rows : int, optional
        Number of all rows, if it is known; only then can the size of files be told beforehand.
    weighted : bool, default False
        Whether the iterable gives pairs ``(array, weights)`` with one weight per row.

    Notes
    -----
    A block is copied when it arrives, so the factory may fill the same array again.

    Examples
    --------
    >>> import numpy as np
    >>> from kmeans_fast import Blocks
    >>> def read():
    ...     for start in range(0, 6, 2):
    ...         yield np.arange(start, start + 2.0).reshape(2, 1)
    >>> Blocks(read, n_features=1)
    Blocks(read, n_features=1)
    """

    def __init__(
        self,
        factory: Callable[[], Iterable[Any]],
        n_features: int | None = None,
        dtype: DTypeLike | None = None,
        n_rows: int | None = None,
        *,
        weighted: bool = False,
    ) -> None:
        if not callable(factory):
            raise TypeError(
                "factory must be a callable that returns a new iterable whenever it is called, "
                f"got {type(factory).__name__}. Write {FIX} around what makes it."
            )
        for name, value in (("n_features", n_features), ("n_rows", n_rows)):
            is_integer = isinstance(value, Integral) and not isinstance(value, bool)
            if value is not None and not (is_integer and value >= 1):
                raise ValueError(f"{name} must be an int of at least 1 or None, got {value!r}.")
        self.factory = factory
        self.n_features = n_features
        self.dtype = None if dtype is None else float_type(dtype, np.dtype(np.float64))
        self.n_rows = n_rows
        self.weighted = weighted

    def __repr__(self) -> str:
        facts = {"n_features": self.n_features, "n_rows": self.n_rows}
        given = "".join(f", {name}={value}" for name, value in facts.items() if value is not None)
        return f"Blocks({getattr(self.factory, '__name__', self.factory)}{given})"


class BlocksSource(RowSource):
    """The passes over `Blocks`; what was not given is learnt from the first block."""

    is_query = True

    def __init__(self, blocks: Blocks, dtype: DTypeLike | None = None) -> None:
        self.factory = blocks.factory
        self.given_dtype = blocks.dtype if dtype is None else float_type(dtype, np.dtype("f8"))
        self.weighted = blocks.weighted
        self.description = repr(blocks)
        self._last_iterator: Iterator[Any] | None = None
        n_features, row_type = blocks.n_features, self.given_dtype
        if n_features is None or row_type is None:
            first = self._first_block()
            n_features = n_features or first.shape[1]
            row_type = row_type or float_type(None, first.dtype)
        super().__init__(self.description, range(n_features), row_type, weighted=self.weighted)
        self.n_rows = blocks.n_rows

    def _first_block(self) -> np.ndarray[Any, Any]:
        """The first block of a pass that is not gone on with."""
        iterator = self._start()
        try:
            for block in iterator:
                return self._split(block, 0)[0]
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
        raise ValueError(f"{self.description} gave no block, expected at least 1.")

    def _start(self) -> Iterator[Any]:
        """A new iterator; the same one as before has no more rows, or continues an older pass."""
        made = self.factory()
        try:
            iterator = iter(made)
        except TypeError:
            raise TypeError(
                f"The factory of {self.description} must return an iterable of 2-D arrays, got "
                f"{type(made).__name__}."
            ) from None
        if iterator is self._last_iterator:
            raise ValueError(
                f"The factory of {self.description} returned the same iterator twice, and it is "
                f"used up after one pass. It must make a new one in each call: write {FIX} "
                "around what makes the iterator, or give a generator function."
            )
        # Kept, so that no other iterator gets its identity.
        self._last_iterator = iterator
        return iterator

    def _split(self, block: Any, number: int) -> tuple[np.ndarray[Any, Any], Any]:
        """Array and weights of a block, as they came."""
        name = f"Block {number} of {self.description}"
        weight = None
        if self.weighted:
            if not isinstance(block, tuple) or len(block) != 2:
                raise TypeError(
                    f"{name} must be a pair (array, weights), for weighted=True; got "
                    f"{type(block).__name__}."
                )
            block, weight = block
            check_container(weight, f"{name}, its weights,")
            weight = np.asarray(weight)
            check_real(weight.dtype, f"{name}, its weights,")
        elif isinstance(block, tuple):
            raise TypeError(f"{name} must be an array, got a tuple; for weights: weighted=True.")
        if hasattr(block, "toarray"):
            raise TypeError(f"{name} must be dense, got {type(block).__name__}: use '.toarray()'.")
        check_container(block, name)
        x = np.asarray(block)
        check_real(x.dtype, name)
        if x.ndim != 2 or x.shape[1] == 0:
            raise ValueError(f"{name} has shape {x.shape}, expected (rows, features).")
        if weight is not None and weight.shape != (len(x),):
            raise ValueError(f"{name} has weights of shape {weight.shape}, expected ({len(x)},).")
        return x, weight

    def _pieces(self, _rows: int) -> Iterator[Piece]:
        iterator = self._start()
        try:
            for number, block in enumerate(iterator):
                x, weight = self._split(block, number)
                if x.shape[1] != self.n_features:
                    raise ValueError(
                        f"Block {number} of {self.description} has {x.shape[1]} columns, "
                        f"expected {self.n_features}."
                    )
                fits = self.dtype == np.float64 or float_type(None, x.dtype) == self.dtype
                if self.given_dtype is None and not fits:
                    raise ValueError(
                        f"Block {number} of {self.description} is {x.dtype}, expected "
                        f"{self.dtype} as in block 0; choose with Blocks(..., dtype=...)."
                    )
                yield Piece(x, weight, len(x))
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    def fingerprint(self) -> dict[str, Any]:
        """Shape and checksum of the first whole pass, which is made now if there was none."""
        checksum = self._checksum()
        shape = [self.n_rows, self.n_features]
        return {**self._facts("blocks"), "shape": shape, "checksum": checksum}
