"""The parameters of mini-batch k-means: one declaration, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from .. import _validate as check
from .._names import INITS

METHODS = ("sampled", "nested")
RATES = ("count", "adaptive")
UNITS = ("rows", "batches")


@dataclass(frozen=True, eq=False)
class BatchOptions:
    """What a caller may ask of a fit; `kmeans_fast.MiniBatchKMeans` describes each."""

    n_clusters: int
    init: Any = "k-means++"
    n_init: Any = "auto"
    max_iter: int = 100
    batch_size: int = 1024
    tol: float = 0.0
    max_no_improvement: int | None = 10
    init_size: int | None = None
    reassignment_ratio: float = 0.01
    verbose: int = 0
    method: str = "sampled"
    learning_rate: str = "count"
    decay: float | None = None
    half_life: tuple[float, str] | None = None
    n_threads: int | None = None

    def check(self, caller: str) -> None:
        """Refuse a wrong type or value, in scikit-learn's words; ``caller`` is named in them."""
        check.check_integer(caller, "n_clusters", self.n_clusters)
        check.check_init(caller, self.init, INITS)
        if not isinstance(self.n_init, str) or self.n_init != "auto":
            check.check_integer(caller, "n_init", self.n_init, or_option="auto")
        check.check_integer(caller, "max_iter", self.max_iter)
        check.check_integer(caller, "batch_size", self.batch_size)
        check.check_real(caller, "tol", self.tol)
        most = self.max_no_improvement
        if most is not None and (
            not isinstance(most, Integral) or isinstance(most, bool) or most < 0
        ):
            expected = "an int in the range [0, inf) or None"
            check.reject(caller, "max_no_improvement", most, expected)
        check.check_integer(caller, "init_size", self.init_size, optional=True)
        check.check_real(caller, "reassignment_ratio", self.reassignment_ratio)
        check.check_option(caller, "method", self.method, METHODS)
        check.check_option(caller, "learning_rate", self.learning_rate, RATES)
        check.check_integer(caller, "n_threads", self.n_threads, optional=True)
        self._check_decay(caller)

    def _check_decay(self, caller: str) -> None:
        if self.decay is not None and not (_is_real(self.decay) and 0 <= self.decay <= 1):
            check.reject(caller, "decay", self.decay, "a float in the range [0.0, 1.0] or None")
        if self.half_life is not None and not _is_half_life(self.half_life):
            expected = 'a pair (value, "rows") or (value, "batches") with value > 0, or None'
            check.reject(caller, "half_life", self.half_life, expected)
        if self.decay is not None and self.half_life is not None:
            raise ValueError("decay and half_life say the same thing: pass one of them, got both.")
        if self.decay is None and self.half_life is None:
            return
        for name, plain in (("learning_rate", "count"), ("method", "sampled")):
            if getattr(self, name) != plain:
                raise ValueError(
                    f"decay and half_life need {name}={plain!r}, got {getattr(self, name)!r}."
                )

    def kept(self, total_weight: float) -> float:
        """Part of the weight so far that is kept when a batch of this weight comes."""
        if self.half_life is not None:
            value, unit = self.half_life
            return float(0.5 ** ((total_weight if unit == "rows" else 1.0) / value))
        return 1.0 if self.decay is None else float(self.decay)


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_half_life(value: object) -> bool:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return False
    length, unit = value
    return _is_real(length) and length > 0 and isinstance(unit, str) and unit in UNITS
