"""Fits to files larger than the memory limit: each iteration against the disk and against memory.

An iteration can be no faster than reading the parts of the file that have an unsettled row, nor
than the same iteration on rows in memory. All are measured in the same run, in turns: iterations on
files and in memory from the same start, and the bandwidth with the page cache dropped.
"""

import os
import shutil
import time
from pathlib import Path

import numpy as np

from memory import CLEAR, kibibytes
from process import PeerProcess
from table import markdown

N_ROWS, N_FEATURES, N_CLUSTERS = 20_000_000, 32, 100
LIMIT = "1GiB"
N_ITER = 10
AT_MOST = 1.2
IN_MEMORY = "in memory"
CHUNK = 500_000
"""Rows that are made at a time; a Parquet file has two chunks."""

PORTION = 8 << 20
"""Bytes of one system call while the bandwidth is measured."""


def compare(settings):
    """Measure all of them and return the table."""
    if not CLEAR.exists():
        return "### Rows that do not fit in memory\n\nOnly measured on Linux.\n"
    folder = settings.folder / "stream"
    n = N_ROWS // (10 if settings.quick else 1)
    best = {}
    try:
        array, tables = make_files(folder, n)
        sources = {IN_MEMORY: array, ".npy": array, "Parquet": tables}
        for _ in range(settings.repeats):
            for name, source in sources.items():
                with PeerProcess(settings.threads) as process:
                    function = "fit_memory" if name == IN_MEMORY else "fit_stream"
                    found = process.call("stream", function, path=str(source), array=str(array))
                best[name] = better(best.get(name), found)
                settings.warn(
                    f"{name}: {sum(found['seconds']):.1f} s, {found['rate'] / 1e9:.2f} GB/s"
                )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    expected = best.pop(IN_MEMORY)
    rate = max(found["rate"] for found in [expected, *best.values()])
    rows, notes = [], []
    for name, fit in best.items():
        if fit["inertia"] != expected["inertia"]:
            raise RuntimeError(f"{name}: {fit['inertia']} instead of {expected['inertia']}")
        rows += lines(name, fit, expected, rate)
        first = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in fit["before"].items())
        notes.append(
            f"{name}: before the first iteration, {first}. Peak memory beyond the interpreter with "
            f"its modules: {fit['peak'] / 2**20:.0f} MiB."
        )
    return markdown(
        f"Rows that do not fit in memory: {n // 10**6}M x {N_FEATURES} float32, "
        f"{N_CLUSTERS} clusters, {LIMIT}",
        [
            "file",
            "iteration",
            "GB read",
            "seconds",
            "reading alone",
            "in memory",
            "ratio",
            "at most",
        ],
        rows,
        f"Fastest of {settings.repeats} interleaved repeats. Ratio: seconds over the larger of the "
        "next two columns; in the last line, over the sum of the larger ones. Reading alone: at "
        f"{rate / 1e9:.2f} GB/s, with the page cache dropped.",
        *notes,
    )


def lines(name, fit, expected, rate):
    """Lines of the table for one file: each iteration, and all of them."""
    seconds, read = np.array(fit["seconds"]), np.array(fit["bytes"])
    alone, memory = read / rate, np.array(expected["seconds"])
    bounds = np.maximum(alone, memory)
    for i, values in enumerate(zip(read / 1e9, seconds, alone, memory, strict=True)):
        yield cells(name, str(i), *values, seconds[i] / bounds[i])
    sums = (values.sum() for values in (read / 1e9, seconds, alone, memory))
    yield cells(name, "all", *sums, seconds.sum() / bounds.sum())


def cells(name, iteration, read, seconds, alone, memory, ratio):
    """Cells of one line."""
    times = (f"{value:.2f}" for value in (read, seconds, alone, memory, ratio))
    return [name, iteration, *times, f"{AT_MOST}"]


def make_files(folder, n):
    """An .npy file, and a folder of Parquet files with the same rows: blobs that overlap."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = folder / "tables"
    tables.mkdir(parents=True)
    rng = np.random.default_rng(0)
    means = rng.standard_normal((N_CLUSTERS, N_FEATURES), dtype=np.float32)
    names = [f"f{i}" for i in range(N_FEATURES)]
    path = folder / "x.npy"
    x = np.lib.format.open_memmap(path, "w+", np.float32, (n, N_FEATURES))
    writer = None
    for i, start in enumerate(range(0, n, CHUNK)):
        rows = rng.standard_normal((CHUNK, N_FEATURES), dtype=np.float32)
        rows += means[rng.integers(0, N_CLUSTERS, CHUNK)]
        x[start : start + CHUNK] = rows
        columns = [pa.array(np.ascontiguousarray(column)) for column in rows.T]
        batch = pa.RecordBatch.from_arrays(columns, names)
        if i % 2 == 0:
            if writer is not None:
                writer.close()
            writer = pq.ParquetWriter(tables / f"{i:04}.parquet", batch.schema)
        writer.write_batch(batch)
    writer.close()
    x.flush()
    os.sync()
    return path, tables


def bandwidth(path):
    """Bytes per second of reading a file that is not in the page cache."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        buffer, offset = bytearray(PORTION), 0
        begin = time.perf_counter()
        while got := os.preadv(descriptor, [buffer], offset):
            os.posix_fadvise(descriptor, offset, got, os.POSIX_FADV_DONTNEED)
            offset += got
        return offset / (time.perf_counter() - begin)
    finally:
        os.close(descriptor)


def better(old, new):
    """The faster of two repeats, iteration by iteration."""
    if old is None:
        return new
    seconds = np.minimum(old["seconds"], new["seconds"]).tolist()
    before = {what: min(old["before"][what], new["before"][what]) for what in new["before"]}
    largest = {what: max(old[what], new[what]) for what in ("rate", "peak")}
    return {**new, "seconds": seconds, "before": before, **largest}


def fit_memory(path, array):
    """A fit to rows in memory. Runs in a process of its own."""
    return _fit(np.load(path), array, algorithm="hamerly")


def fit_stream(path, array):
    """A fit to a file. Runs in a process of its own."""
    from kmeans_fast.algorithms import source_fitting
    from kmeans_fast.executors import row_file, stream

    steps, passes = [], {}

    class Watched(stream.Stream):
        """Notes how many bytes each step reads."""

        def step(self, centers, sums):
            before = self.bytes_read
            work = super().step(centers, sums)
            steps.append(self.bytes_read - before)
            return work

    class Watching(row_file.RowFile):
        """Notes how long each kind of pass takes."""

        def blocks(self, what, ranges=None):
            begin = time.perf_counter()
            yield from super().blocks(what, ranges)
            passes[what] = passes.get(what, 0) + time.perf_counter() - begin

    source_fitting.Stream = Watched
    row_file.RowFile = Watching
    warm_up(path)
    CLEAR.write_text("5")
    before = kibibytes("VmRSS")
    found = _fit(path, array, memory_limit=LIMIT, scratch_dir=str(Path(array).parent))
    found["peak"] = 1024 * (kibibytes("VmHWM") - before)
    found["bytes"] = steps[:N_ITER]
    moments = passes["moments"]
    found["before"] = {"reading it first": found["before"]["all"] - moments, "moments": moments}
    return found


def warm_up(path):
    """Load all modules that the fit uses."""
    from kmeans_fast import kmeans
    from kmeans_fast.sources import open_source

    next(open_source(path).blocks(10))
    kmeans(np.zeros((9000, 2), dtype=np.float32), 1)


def _fit(x, array, **options):
    """Seconds before the first iteration and of each iteration, inertia, and the disk's rate."""
    from kmeans_fast import kmeans

    start = np.load(array, mmap_mode="r")[:N_CLUSTERS].copy()
    rate = bandwidth(array)
    ends = []
    begin = time.perf_counter()
    result = kmeans(
        *(x, N_CLUSTERS),
        **{"init": start, "tol": 0, "max_iter": N_ITER, **options},
        callback=lambda _: ends.append(time.perf_counter()),
    )
    seconds = result.history.seconds.tolist()
    return {
        "seconds": seconds,
        "before": {"all": ends[0] - seconds[0] - begin},
        "inertia": result.inertia,
        "rate": rate,
        "peak": 0,
    }
