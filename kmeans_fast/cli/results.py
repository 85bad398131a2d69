"""Write results as a set of files that appears in a folder completely or not at all.

The files are first written and flushed to disk in a hidden folder inside the target folder, and
then moved. If a move fails, all moves are undone. If the process is killed between two moves,
``summary.json`` is missing: it is the first old file to be removed and the last new one to appear.
So if ``summary.json`` exists, the set is complete.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from .messages import UserError

FILES = ("labels.csv", "centers.csv", "summary.json")
PIECE_ROWS = 1 << 20


@contextmanager
def result_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder whose files appear in ``folder`` when the block ends without an error.

    ``folder`` is created if it does not exist (its parents are not). Files of the same names are
    replaced; other files stay.
    """
    is_new = not folder.exists()
    for name in FILES:
        if (folder / name).is_dir():
            raise UserError(f"cannot write to {folder}: {name} is a folder there")
    try:
        if is_new:
            folder.mkdir()
        staging = Path(tempfile.mkdtemp(prefix=".kmeans-fast-", dir=folder))
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}") from None
    try:
        yield staging
        publish(staging, folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise
    shutil.rmtree(staging, ignore_errors=True)


def publish(staging: Path, folder: Path) -> None:
    """Move the files of ``staging`` to ``folder``; first move old files of these names away."""
    backup = staging / "replaced"
    backup.mkdir()
    moves = [(folder / name, backup / name) for name in reversed(FILES) if (folder / name).exists()]
    moves += [(staging / name, folder / name) for name in FILES]
    done = []
    try:
        for source, target in moves:
            os.replace(source, target)
            done.append((source, target))
    except BaseException:
        for source, target in reversed(done):
            os.replace(target, source)
        raise


def write_results(
    staging: Path,
    labels: np.ndarray[Any, Any],
    centers: np.ndarray[Any, Any],
    columns: tuple[str, ...],
    summary: dict[str, Any],
) -> None:
    """Write the `FILES` to ``staging``, with all digits, so that numbers are read back exactly.

    Raises
    ------
    UserError
        If the system cannot write them: the disk is full, for example.
    """
    try:
        clusters = np.arange(len(centers), dtype=np.int32)
        write_csv(staging / "labels.csv", ["label"], [labels])
        write_csv(staging / "centers.csv", ["cluster", *columns], [clusters, *centers.T])
        text = json.dumps(summary, indent=2) + "\n"
        (staging / "summary.json").write_text(text, encoding="utf-8")
        for name in FILES:
            with (staging / name).open("rb") as file:
                os.fsync(file.fileno())
    except OSError as error:  # Arrow's have no file name, and its own words in place of strerror
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise UserError(f"cannot write to {staging.parent}: {reason}") from error


def write_csv(path: Path, names: list[str], columns: list[Any]) -> None:
    """Write columns of numbers as a text table with a header, in pieces."""
    arrays = [pa.array(np.ascontiguousarray(column)) for column in columns]
    table = pa.Table.from_arrays(arrays, names=names)
    with pa.csv.CSVWriter(path, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=PIECE_ROWS):  # Ctrl-C works between two
            writer.write_batch(batch)
