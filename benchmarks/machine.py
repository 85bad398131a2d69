"""Description of the machine and of the versions that the figures belong to."""

import os
import platform
from pathlib import Path

import numpy as np

from peers import MODULES, available
from process import PeerProcess


def describe_machine(threads):
    """One line: processor, compiler, versions."""
    with PeerProcess(threads) as process:
        build = process.call("peers", "build")
    versions = []
    for peer in available(MODULES):
        with PeerProcess(threads) as process:
            versions.append(f"{peer} {process.call('peers', 'version', peer=peer)}")
    return (
        f"{processor()}, {os.cpu_count()} CPUs, {platform.system()}; {build}; "
        f"NumPy {np.__version__}, {', '.join(versions)}\n"
    )


def processor():
    """Name of the processor as the system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
