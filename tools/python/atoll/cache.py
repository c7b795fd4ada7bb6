"""Training caches (datasets/cache.h): the pictures of recordings at training size, memory-mapped."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import struct

import numpy as np

_MAGIC = b"ATOLLPIX"
_VERSION = 1
_ALIGN = 4096
_MAX_HEADER_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class TrainingCache:
    """An open cache. ``pictures`` is mapped, not read: slices come from disk when they are looked at."""

    pictures: np.ndarray  # uint8 BGRA [count, height, width, 4], read-only memmap
    action_rate_hz: float
    content_hash: str  # of the recordings that it was made from


def read_cache(file: str | pathlib.Path) -> TrainingCache:
    """Opens a cache file. Raises ValueError, naming it, for what is none or is cut short."""
    path = pathlib.Path(file)
    with path.open("rb") as stream:
        prefix = stream.read(16)
        if len(prefix) < 16 or prefix[:8] != _MAGIC:
            raise ValueError(f"{path} begins with {prefix[:8]!r}, expected {_MAGIC!r}: it is no training cache")
        version, header_bytes = struct.unpack("<II", prefix[8:])
        if version != _VERSION:
            raise ValueError(f"{path} is of version {version}, this package reads version {_VERSION}")
        if header_bytes > _MAX_HEADER_BYTES:
            raise ValueError(f"{path} announces a header of {header_bytes} bytes, expected at most {_MAX_HEADER_BYTES}")
        header = json.loads(stream.read(header_bytes))
    offset = (16 + header_bytes + _ALIGN - 1) // _ALIGN * _ALIGN
    shape = (int(header["pictures"]), int(header["height_px"]), int(header["width_px"]), 4)
    expected = offset + int(np.prod(shape, dtype=np.int64))
    if path.stat().st_size != expected:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, its header says {expected}")
    pictures: np.ndarray = (
        np.memmap(path, np.uint8, "r", offset, shape) if shape[0] > 0 else np.empty(shape, np.uint8)
    )
    return TrainingCache(pictures, float(header["action_rate_hz"]), str(header["hash"]))
