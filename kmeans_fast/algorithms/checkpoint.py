"""The state of a fit in a file, from which a fit that was killed goes on to the same result.

A checkpoint holds the centers of the last two iterations, the records of all, the random state and
the best run so far. Labels are not kept: they are the nearest of centers, so one pass over the rows
finds them again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from hashlib import file_digest
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .._typing import Rng
from ..executors.base import Executor
from .history import History, Record, make_history
from .options import Options
from .random_state import restored, rng_from, state_of
from .state import Ended, Progress, State

MAGIC = b"kmeans_fast checkpoint 1\n"
"""Begin of the file, with the version of its format; a digest of all that follows comes next."""

DIGEST, DIGEST_BYTES = "sha256", 32
HEADER_BYTES = len(MAGIC) + DIGEST_BYTES


class Checkpoint:
    """A checkpoint file, written at most every ``seconds``.

    ``settings`` describe the data and the parameters on which the result depends: plain values by
    their names. A checkpoint with other settings is refused.
    """

    def __init__(self, path: Path, seconds: float, settings: Mapping[str, Any]) -> None:
        self.path = path
        self.seconds = seconds
        self.settings = json.loads(json.dumps(settings))
        self.saved = -np.inf

    @property
    def is_due(self) -> bool:
        """Whether the last state was saved long enough ago."""
        return perf_counter() - self.saved >= self.seconds

    def save(self, state: State) -> None:
        """Replace the file, as a whole: a crash leaves the file before or this one."""
        meta = {
            "settings": self.settings,
            "run": state.run,
            "rng": state_of(state.rng),
            "generators": [state_of(rng) for rng in state.generators],
            "best": None,
        }
        arrays: dict[str, NDArray[Any]] = {}
        if state.progress is not None:
            arrays["centers"] = state.progress.centers
            if state.progress.before is not None:
                arrays["before"] = state.progress.before
            arrays |= _columns("record", state.progress.records)
        if state.best is not None:
            best = state.best
            meta["best"] = {
                "inertia": best.inertia.hex(),
                "stop_reason": best.stop_reason,
                "n_found": best.n_found,
                "decisions": best.decisions,
                "number": best.number,
            }
            arrays["best_centers"] = best.centers
            arrays |= _columns("best", best.records)
        arrays["meta"] = np.array(json.dumps(meta))
        self._write(arrays)
        self.saved = perf_counter()

    def _write(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        temporary = self.path.with_name(f".{self.path.name}.tmp")
        try:
            with temporary.open("w+b") as file:
                file.write(MAGIC + bytes(DIGEST_BYTES))
                np.savez(file, **arrays)  # type: ignore[arg-type]
                file.seek(HEADER_BYTES)
                digest = file_digest(file, DIGEST).digest()
                file.seek(len(MAGIC))
                file.write(digest)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except BaseException as error:
            with suppress(OSError):
                temporary.unlink()
            if isinstance(error, OSError):
                raise OSError(
                    error.errno,
                    f"The checkpoint cannot be written ({error.strerror}); what was saved before "
                    "is kept",
                    str(self.path),
                ) from error
            raise

    def _read(self) -> dict[str, NDArray[Any]]:
        """Arrays of the file; ValueError where a bit of it is not as it was written."""
        name = f"checkpoint={str(self.path)!r}"
        with self.path.open("rb") as file:
            magic, digest = file.read(len(MAGIC)), file.read(DIGEST_BYTES)
            if magic != MAGIC:
                raise ValueError(
                    f"{name} is damaged, or no checkpoint of this version of kmeans_fast: it "
                    f"begins with {magic!r}, expected {MAGIC!r}."
                )
            if file_digest(file, DIGEST).digest() != digest:
                raise ValueError(f"{name} is damaged: its checksum is not that of its content.")
            file.seek(HEADER_BYTES)
            with np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}

    def load(self, rng: Rng) -> State:
        """State of the file; ValueError where it is damaged or of another fit.

        Its random state is that of ``rng`` from now on, if they are of one kind.
        """
        arrays = self._read()
        meta = json.loads(str(arrays["meta"]))
        self._check_settings(meta["settings"])
        progress = best = None
        if "centers" in arrays:
            records = _records("record", arrays)
            progress = Progress(arrays["centers"], arrays.get("before"), records)
        if meta["best"] is not None:
            own = meta["best"]
            best = Ended(
                centers=arrays["best_centers"],
                inertia=float.fromhex(own["inertia"]),
                stop_reason=own["stop_reason"],
                n_found=own["n_found"],
                decisions=tuple(own["decisions"]),
                number=own["number"],
                records=_records("best", arrays),
            )
        generators = [rng_from(data) for data in meta["generators"]]
        self.saved = perf_counter()
        return State(meta["run"], restored(rng, meta["rng"]), generators, progress, best)

    def _check_settings(self, found: Mapping[str, Any]) -> None:
        for name in [*self.settings, *found]:
            own, other = self.settings.get(name), found.get(name)
            if own != other:
                raise ValueError(
                    f"checkpoint={str(self.path)!r} is of another fit: its {name} is {other!r}, "
                    f"here it is {own!r}. Remove the file to begin anew."
                )


def _columns(prefix: str, records: Sequence[Record]) -> dict[str, NDArray[Any]]:
    """Arrays of records, one for each field."""
    if not records:
        return {}
    history = make_history(records)
    return {f"{prefix}_{f.name}": getattr(history, f.name) for f in fields(History)}


def _records(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> list[Record]:
    """Records of the arrays that `_columns` gave."""
    if f"{prefix}_{Record._fields[0]}" not in arrays:
        return []
    columns = (arrays[f"{prefix}_{name}"].tolist() for name in Record._fields)
    return [Record(*values) for values in zip(*columns, strict=True)]


def checkpoint_of(
    path: str | PathLike[str],
    options: Options,
    executor: Executor,
    start: Any,
    n_init: int,
    rng: Rng,
) -> Checkpoint:
    """The checkpoint at ``path`` of a fit with these options to these rows from this start."""
    if isinstance(start, np.ndarray):
        start = f"centers with checksum {crc32(start.tobytes()):08x}"
    elif callable(start):
        start = "a callable"
    settings = {
        "number of rows": executor.frame.n_rows,
        "number of features": len(executor.frame.mean),
        "dtype": executor.dtype.name,
        "checksum of the rows and weights": executor.checksum(),
        "unit of the weights": executor.frame.weight_unit,
        "n_clusters": int(options.n_clusters),
        "init": start,
        "n_init": int(n_init),
        "max_iter": int(options.max_iter),
        "tol": float(options.tol),
        "inertia_tol": float(options.inertia_tol),
        "empty_cluster": options.empty_cluster,
        "checksum of the random state": (
            crc32(json.dumps(state_of(rng)).encode()) if options.seeded else None
        ),
    }
    return Checkpoint(Path(path), options.checkpoint_seconds, settings)
