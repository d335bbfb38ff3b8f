"""Named arrays as one string of bytes and back: a line of JSON that says what follows, then it."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]


def pack(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return numbers of any kind and shape as bytes, the same on every machine."""
    little = {name: np.asarray(a, a.dtype.newbyteorder("<")) for name, a in arrays.items()}
    head = json.dumps([(name, a.dtype.str, a.shape) for name, a in little.items()])
    return b"\n".join([head.encode("ascii"), b"".join(a.tobytes() for a in little.values())])


def unpack(octets: bytes) -> Arrays:
    """Return the arrays of `pack`."""
    head, _, body = octets.partition(b"\n")
    found: Arrays = {}
    start = 0
    for name, kind, shape in json.loads(head):
        count = int(np.prod(shape, dtype=np.int64))
        dtype = np.dtype(kind)
        values = np.frombuffer(body, dtype, count, start).reshape(shape)
        found[name] = values.astype(dtype.newbyteorder("="))
        start += count * dtype.itemsize
    return found
