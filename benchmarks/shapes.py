"""The shapes we measure: rows, features, centers, and the kind of data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """Rows, features, centers, kind of data, and our target for the speed-up over scikit-learn."""

    n: int
    d: int
    k: int
    kind: str
    at_least: float | None = None

    def __str__(self):
        return f"{thousands(self.n)}, {self.d}, {self.k} ({self.kind})"


def thousands(n):
    """Short text of a number: 1.5M for 1500000, 36.9k for 36859."""
    return f"{n / 1e6:.3g}M" if n >= 999_500 else f"{n / 1e3:.3g}k" if n >= 1000 else str(n)


FIT = (
    Shape(1_000_000, 2, 100, "blobs", 6),
    Shape(500_000, 3, 64, "pixels", 4),
    Shape(500_000, 16, 64, "blobs", 2.5),
    Shape(200_000, 8, 256, "uniform", 3.5),
    Shape(200_000, 32, 1000, "normal", 2.2),
    Shape(200_000, 128, 1024, "normal", 1.5),
    Shape(50_000, 768, 256, "normal", 1.3),
)

CONVERGE = (
    Shape(1_000_000, 2, 100, "grid", 10),
    Shape(500_000, 3, 64, "pixels", 10),
    Shape(500_000, 16, 64, "mixture", 6),
    Shape(200_000, 8, 256, "uniform", 6),
    Shape(200_000, 32, 1000, "normal", 6),
    Shape(200_000, 128, 1024, "clustered", 4),
    Shape(50_000, 768, 256, "embedding", 3),
    Shape(100_000, 32, 200, "blobs"),
    Shape(100_000, 64, 64, "digits"),
    Shape(50_000, 192, 200, "patches"),
)

REAL = (
    Shape(70_000, 192, 100, "patches", 12),
    Shape(30_000, 384, 1000, "sentences"),
    Shape(36_000, 128, 256, "tfidf"),
    Shape(273_280, 3, 64, "pixels"),
    Shape(50_000, 768, 256, "embedding", 15),
    Shape(50_000, 768, 256, "modeled"),
    Shape(100_000, 128, 1024, "blobs"),
)

ELKAN = (
    Shape(200_000, 2, 100, "grid", 4),
    Shape(100_000, 3, 64, "pixels", 4),
    Shape(100_000, 16, 64, "mixture", 4),
    Shape(50_000, 8, 256, "uniform", 4),
    Shape(50_000, 32, 1000, "normal", 4),
    Shape(50_000, 64, 64, "digits", 4),
    Shape(20_000, 192, 200, "patches", 4),
    Shape(50_000, 128, 1024, "clustered", 4),
    Shape(20_000, 768, 256, "embedding", 4),
)

SUPERKMEANS = (
    Shape(100_000, 384, 1000, "embedding", 1.3),
    Shape(50_000, 768, 1000, "embedding", 1.3),
)

PREDICT = (
    Shape(1_000_000, 16, 64, "blobs", 4),
    Shape(1_000_000, 2, 100, "grid"),
    Shape(1_000_000, 3, 256, "pixels"),
    Shape(1_000_000, 32, 1000, "normal"),
    Shape(500_000, 128, 256, "clustered"),
    Shape(100_000, 768, 256, "embedding"),
)

SEEDING = (
    Shape(100_000, 32, 200, "blobs", 15),
    Shape(270_000, 3, 256, "pixels", 15),
    Shape(200_000, 32, 1000, "normal", 15),
)

MEMORY = (Shape(2_000_000, 4, 20, "normal"), Shape(500_000, 32, 100, "normal"))
