"""Nearest centers of sparse rows by the defining sum, zeros included."""

from .assign import assign_rows as assign_dense
from .distances import distance_rows as distances_dense
from .sparse_rows import dense_rows


def assign_rows(data, indices, indptr, squares, centers, labels, n_threads):
    """Write the index of each row's nearest center, ties to the lowest, to ``labels`` (int32).

    ``squares`` (n,) are the squared norms of the rows, within rounding.
    """
    x = dense_rows(data, indices, indptr, centers.shape[1])
    assign_dense(x, centers, labels, n_threads)


def distance_rows(data, indices, indptr, centers, out, n_threads):
    """Write the Euclidean distances of all rows to all centers to ``out`` (n, k)."""
    distances_dense(dense_rows(data, indices, indptr, centers.shape[1]), centers, out, n_threads)
