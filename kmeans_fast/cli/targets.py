"""What the command may write: no file that is read, and no results of other data unless forced."""

import glob
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..sources.writers import check_no_input
from .messages import UserError, one_line
from .results import FILES
from .text_input import is_stream


def data_path(data: Path | None) -> str | None:
    """What tells one data set from another: the path of the file or folder, or the pattern.

    None if there is no such name: an example, or a stream that is read once.
    """
    if data is None or is_stream(data):
        return None
    if data.is_file() or data.is_dir():
        return str(data.resolve())
    return None if data.exists() else str(Path.cwd() / data)


def check_targets(
    data: Path | None, example: str | None, out: Path | None, checkpoint: Path | None, force: bool
) -> None:
    """Raise a `UserError` if a file that would be written must not be.

    Parameters
    ----------
    data, example
        What is read.
    out, checkpoint
        The folder of the results, and the file of the state.
    force : bool
        Replace results of other data. A file that is read is never replaced.
    """
    results = [] if out is None else [out / name for name in FILES]
    if checkpoint is not None:
        for place in (*results, *([] if out is None else [out])):
            if checkpoint.resolve() == place.resolve():
                raise UserError(f"--checkpoint {checkpoint} is written by --out; choose another")
    for target in (*results, *([] if checkpoint is None else [checkpoint])):
        option = "--checkpoint" if target == checkpoint else "--out"
        for source in files_read(data):
            try:
                check_no_input(target, source)
            except ValueError as error:
                raise UserError(f"{option}: {error} Choose another.") from None
    if out is not None and not force:
        check_earlier(out, data, example)


def files_read(data: Path | None) -> Iterator[Path]:
    """The file; the folder and the files in it; or the files of a pattern."""
    if data is None:
        return
    if str(data) == "-":
        yield from (path for path in (Path("/dev/stdin"),) if path.exists())
        return
    if not data.exists():
        yield from map(Path, glob.glob(str(data), recursive=True))  # noqa: PTH207 - of any root
        return
    yield data
    if data.is_dir():
        yield from (path for path in data.rglob("*") if path.is_file())


def check_earlier(out: Path, data: Path | None, example: str | None) -> None:
    """Require that results in a folder, if there are any, are those of the same data."""
    found = [name for name in FILES if (out / name).exists()]
    if not found:
        return
    summary = read_summary(out / "summary.json")
    if summary is None:
        what = f"{found[0]}, and no summary of a fit tells what it is"
    elif is_summary_of(summary, data, example):
        return
    else:
        what = f"results of other data ({one_line(summary['data'])})"
    raise UserError(f"{out} has {what}; --force replaces it, or choose another --out")


def is_summary_of(summary: dict[str, Any], data: Path | None, example: str | None) -> bool:
    """Whether a summary is that of the same file, folder, pattern or example."""
    if example is not None:
        return (summary["data_path"], summary["data"]) == (None, f"example {example}")
    return summary["data_path"] is not None and summary["data_path"] == data_path(data)


def read_summary(path: Path) -> dict[str, Any] | None:
    """The summary of an earlier fit; None if the file is something else or does not exist."""
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    is_ours = isinstance(summary, dict) and {"kmeans_fast", "data", "data_path"} <= set(summary)
    return summary if is_ours else None
