"""The parameters of a fit: one declaration, checked once, for functions and estimators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import ArrayLike

from .. import _validate as check
from .._names import ALGORITHMS, EMPTY_CLUSTERS, INITS, ON_INTERRUPT, InitName
from .._sizes import as_bytes
from .history import Iteration

Init: TypeAlias = InitName | ArrayLike | Callable[..., ArrayLike]
Callback: TypeAlias = Callable[[Iteration], object]


@dataclass(frozen=True, eq=False)
class Options:
    """What a caller may ask of a fit; `kmeans_fast.kmeans` describes each.

    ``init`` is a name, an array-like of centers, or a callable (x, n_clusters, rng). ``seeded``
    says whether the caller chose the random state.
    """

    n_clusters: int
    init: Any = "k-means++"
    n_init: Any = "auto"
    max_iter: int = 300
    tol: float = 1e-4
    inertia_tol: float = 0.0
    time_limit: float | None = None
    algorithm: str = "auto"
    max_memory: int | None = None
    n_threads: int | None = None
    callback: Callback | None = None
    progress: bool = False
    verbose: int = 0
    memory_limit: int | str | None = None
    scratch_dir: str | PathLike[str] | None = None
    checkpoint: str | PathLike[str] | None = None
    checkpoint_seconds: float = 60.0
    resume: bool = False
    empty_cluster: str = "relocate"
    on_interrupt: str = "raise"
    label_order: str | None = None
    align_to: Any = None
    seeded: bool = True

    def check(self, caller: str) -> None:
        """Refuse a wrong type or value, in scikit-learn's words; ``caller`` is named in them."""
        check.check_integer(caller, "n_clusters", self.n_clusters)
        check.check_init(caller, self.init, INITS)
        if not isinstance(self.n_init, str) or self.n_init != "auto":
            check.check_integer(caller, "n_init", self.n_init, or_option="auto")
        check.check_integer(caller, "max_iter", self.max_iter)
        check.check_real(caller, "tol", self.tol)
        check.check_real(caller, "inertia_tol", self.inertia_tol)
        check.check_real(caller, "time_limit", self.time_limit, optional=True)
        check.check_option(caller, "algorithm", self.algorithm, ALGORITHMS)
        check.check_integer(caller, "max_memory", self.max_memory, optional=True)
        check.check_integer(caller, "n_threads", self.n_threads, optional=True)
        if self.callback is not None and not callable(self.callback):
            check.reject(caller, "callback", self.callback, "a callable or None")
        check.check_boolean(caller, "progress", self.progress)
        if self.memory_limit is not None and as_bytes(self.memory_limit) is None:
            expected = "a number of bytes, a size such as '2GiB', or None"
            check.reject(caller, "memory_limit", self.memory_limit, expected)
        check.check_path(caller, "scratch_dir", self.scratch_dir)
        check.check_path(caller, "checkpoint", self.checkpoint)
        check.check_real(caller, "checkpoint_seconds", self.checkpoint_seconds)
        check.check_boolean(caller, "resume", self.resume)
        check.check_option(caller, "empty_cluster", self.empty_cluster, EMPTY_CLUSTERS)
        check.check_option(caller, "on_interrupt", self.on_interrupt, ON_INTERRUPT)
        if self.label_order is not None:
            check.check_option(caller, "label_order", self.label_order, ("size",))
        if self.align_to is not None:
            if not check.is_array_like(self.align_to):
                check.reject(caller, "align_to", self.align_to, "an array-like or None")
            if self.label_order is not None:
                raise ValueError(
                    "label_order must be None where align_to gives the numbers of the clusters, "
                    f"got {self.label_order!r}."
                )
        if self.resume and self.checkpoint is None:
            raise ValueError("resume=True needs the path of a checkpoint, checkpoint is None.")
        if self.checkpoint is not None:
            _check_checkpoint(Path(self.checkpoint), self.resume)

    def watched_by(self, callback: Callback | None) -> Options:
        """The same options with another callback."""
        return self if callback is self.callback else replace(self, callback=callback)


def _check_checkpoint(path: Path, resume: bool) -> None:
    """Require a file that can be made, or gone on from."""
    if path.exists() and not path.is_dir() and not resume:
        raise ValueError(
            f"checkpoint={str(path)!r} exists: resume=True goes on from it; remove the file to "
            "begin anew."
        )
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"checkpoint={str(path)!r} must be a file in a folder that exists.")
