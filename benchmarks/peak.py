"""Peak rate of fused multiply-adds of this machine, measured in the same run as the kernels."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_name("fma_peak.c")
WIDTHS = (32, 64)
SECONDS = 0.3
SIZE_OF_MATRIX = 3000


class Peak:
    """Measures GFLOP/s of all threads together; ``method`` describes the measurement."""

    def __init__(self, folder, threads):
        self.threads = threads
        self.compiler = shutil.which(os.environ.get("CC", "cc"))
        self.programs = {}
        if self.compiler is None:
            self.method = "matrix product (no C compiler was found)"
            return
        self.method = "chains of fused multiply-adds in registers"
        for real in ("float", "double"):
            self.programs[real] = [self._compiled(Path(folder), real, width) for width in WIDTHS]

    def measure(self, dtype):
        """Peak GFLOP/s for the element type."""
        if self.compiler is None:
            return matrix_product_rate(dtype)
        real = "float" if np.dtype(dtype) == np.float32 else "double"
        return max(self._rate(program) for program in self.programs[real])

    def _compiled(self, folder, real, width):
        program = folder / f"fma_peak_{real}_{width}"
        flags = ["-O3", "-march=native", "-ffast-math", f"-DREAL={real}", f"-DBYTES={width}"]
        command = [self.compiler, *flags, SOURCE, "-o", program, "-pthread"]
        subprocess.run(command, check=True)
        return program

    def _rate(self, program):
        command = [program, str(self.threads), str(SECONDS)]
        return float(subprocess.run(command, check=True, capture_output=True).stdout)


def matrix_product_rate(dtype):
    """GFLOP/s of NumPy's matrix product."""
    a = np.ones((SIZE_OF_MATRIX, SIZE_OF_MATRIX), dtype=dtype)
    start = time.perf_counter()
    np.matmul(a, a)
    return 2e-9 * SIZE_OF_MATRIX**3 / (time.perf_counter() - start)
