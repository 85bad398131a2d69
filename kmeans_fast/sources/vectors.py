"""Columns of lists of numbers: a vector per row, as Arrow and Parquet hold embeddings."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def storage_type(kind: Any) -> Any:
    """The list that holds an Arrow tensor of fixed shape; any other type itself."""
    import pyarrow as pa

    return kind.storage_type if isinstance(kind, pa.FixedShapeTensorType) else kind


def is_vector(kind: Any) -> bool:
    """Whether an Arrow type is a list, of any length or of a fixed one, or a tensor."""
    import pyarrow as pa

    kind = storage_type(kind)
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(test(kind) for test in tests)


def number_type(kind: Any) -> Any:
    """Arrow type of the numbers in a column: that of the values of its lists, or its own."""
    return storage_type(kind).value_type if is_vector(kind) else kind


def find_width(kind: Any, first_value: Callable[[], Any]) -> int:
    """Length of the lists of an Arrow type: that of the type, or that of the first list.

    Raises
    ------
    ValueError
        If the first row has no list, or an empty one; the message is the end of a sentence.
    """
    import pyarrow as pa

    kind = storage_type(kind)
    if pa.types.is_fixed_size_list(kind):
        width = int(kind.list_size)
    else:
        first = first_value().as_py()
        if first is None:
            raise ValueError("no value (null)")
        width = len(first)
    if width == 0:
        raise ValueError("an empty list")
    return width


def find_flaw(array: Any, width: int) -> tuple[int, str] | None:
    """The first row that is no list of ``width`` numbers, and what it has instead; else None."""
    import pyarrow.compute as pc

    array = getattr(array, "storage", array)
    if array.null_count:
        return array.is_null().index(True).as_py(), "no value (null)"
    lengths = pc.list_value_length(array)
    row = pc.index(pc.not_equal(lengths, width), True).as_py()
    if row >= 0:
        return row, f"a list of length {lengths[row].as_py()}, where the first has length {width}"
    values = array.flatten()
    if values.null_count:
        place = values.is_null().index(True).as_py()
        return place // width, f"no value (null) at position {place % width} of its list"
    return None


def as_matrix(array: Any, width: int) -> NDArray[Any]:
    """The lists of an Arrow array without flaws as rows (m, width); a view where Arrow allows."""
    import pyarrow as pa

    values = getattr(array, "storage", array).flatten()
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    matrix: NDArray[np.generic] = values.to_numpy(zero_copy_only=False).reshape(-1, width)
    return matrix


def feature_names(name: str, width: int) -> list[str]:
    """Names of the features of a vector."""
    return [f"{name}[{f}]" for f in range(width)]
