"""Columns of a Parquet file made of their buffers.

`pyarrow.array` looks for pandas first, and importing that takes longer than writing the files of a small run.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def numbers(values: npt.NDArray[Any], kind: Any) -> Any:
    """A column without gaps of the (n,) values, as Arrow's type `kind` of the same width in bytes."""
    import pyarrow as pa

    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def words(codes: npt.NDArray[np.integer[Any]], known: Sequence[str]) -> Any:
    """A column of words by their (n,) places among those known."""
    import pyarrow as pa

    texts = [word.encode() for word in known]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    dictionary = pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))
    return pa.DictionaryArray.from_arrays(numbers(codes.astype(np.int32), pa.int32()), dictionary)
