"""Configuration of this installation: backend, instruction set, threads and versions."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, TypedDict, overload

from . import _backend
from ._threads import default_threads


class Build(TypedDict):
    """How the backend was built."""

    isa: str | None
    available_isas: tuple[str, ...]
    openmp: bool
    compiler: str | None


class Config(Build):
    """What `show_config` returns."""

    backend: Literal["core", "reference"]
    threads: int
    versions: dict[str, str | None]


def package_version(distribution: str) -> str | None:
    """Installed version of a distribution, without importing it; None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def get_include() -> str:
    """Return the folder of the files that C and Cython code needs to call kmeans_fast.

    It contains ``kmeans_fast.h`` and ``kmeans_fast/c_api.pxd``; the latter is for a Cython that
    does not search the installed packages by itself. The page ``docs/c_api.md`` has examples.

    Returns
    -------
    folder : str
        For the option ``-I`` of a C compiler and of Cython.

    Examples
    --------
    >>> import os, kmeans_fast
    >>> sorted(os.listdir(kmeans_fast.get_include()))
    ['kmeans_fast', 'kmeans_fast.h']
    """
    return str(Path(__file__).with_name("include"))


@overload
def show_config(mode: Literal["stdout"] = "stdout") -> None: ...
@overload
def show_config(mode: Literal["dicts"]) -> Config: ...
def show_config(mode: Literal["stdout", "dicts"] = "stdout") -> Config | None:
    """Print or return the configuration of this installation.

    Parameters
    ----------
    mode : {"stdout", "dicts"}, default="stdout"
        Whether to print the configuration or to return it.

    Returns
    -------
    config : dict or None
        With ``mode="dicts"``: ``backend`` ("core" or "reference"), ``isa`` (the instruction set
        in use, None for the reference), ``available_isas``, ``openmp`` (whether the core can use
        several threads), ``threads`` (the default number for large work), ``compiler`` and
        ``versions``.

    Raises
    ------
    ValueError
        ``mode`` is neither "stdout" nor "dicts".

    Examples
    --------
    >>> import kmeans_fast
    >>> sorted(kmeans_fast.show_config(mode="dicts"))
    ['available_isas', 'backend', 'compiler', 'isa', 'openmp', 'threads', 'versions']
    """
    if mode not in ("stdout", "dicts"):
        raise ValueError(f"mode must be 'stdout' or 'dicts', got {mode!r}.")
    config: Config = {
        "backend": _backend.name,
        **_build(),
        "threads": default_threads(),
        "versions": {
            "kmeans-fast": package_version("kmeans-fast"),
            "python": platform.python_version(),
            "numpy": package_version("numpy"),
            "scikit-learn": package_version("scikit-learn"),
        },
    }
    if mode == "dicts":
        return config
    for key, value in config.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {number}" for name, number in value.items())
        elif isinstance(value, tuple):
            value = ", ".join(value)
        print(f"{key:<15} {value}")
    return None


def _build() -> Build:
    if _backend.name == "reference":
        return {"isa": None, "available_isas": (), "openmp": False, "compiler": None}
    from ._core import config

    return {
        "isa": config.isa(),
        "available_isas": tuple(config.available_isas()),
        "openmp": config.openmp(),
        "compiler": config.compiler(),
    }
