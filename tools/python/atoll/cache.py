"""Training caches (datasets/cache.h), the pictures of recordings at training size, and files of features of them
(datasets/feature_cache.h): memory-mapped."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import struct
from typing import Any

import numpy as np

_MAGIC = b"ATOLLPIX"
_FEATURES_MAGIC = b"ATOLLFEA"
_VERSION = 1  # of both
_ALIGN = 4096
_MAX_HEADER_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class TrainingCache:
    """An open cache. ``pictures`` is mapped, not read: slices come from disk when they are looked at."""

    pictures: np.ndarray  # uint8 BGRA [count, height, width, 4], read-only memmap
    action_rate_hz: float
    content_hash: str  # of the recordings that it was made from


@dataclasses.dataclass(frozen=True)
class FeatureFile:
    """What a frozen image encoder makes of the pictures of a training cache, one for one; mapped likewise."""

    features: np.ndarray  # float16 [pictures, patch rows, patch columns, channels], read-only memmap
    facts: dict[str, Any]  # what they were made from: encoder, weights_sha256, pictures_hash, ...


def read_cache(file: str | pathlib.Path) -> TrainingCache:
    """Opens a cache file. Raises ValueError, naming it, for what is none or is cut short."""
    path = pathlib.Path(file)
    header, offset = _read_header(path, _MAGIC, "training cache")
    shape = (int(header["pictures"]), int(header["height_px"]), int(header["width_px"]), 4)
    pictures = _map(path, np.uint8, offset, shape)
    return TrainingCache(pictures, float(header["action_rate_hz"]), str(header["hash"]))


def read_features(file: str | pathlib.Path) -> FeatureFile:
    """Opens a file of features. Raises ValueError, naming it, for what is none or is cut short."""
    path = pathlib.Path(file)
    header, offset = _read_header(path, _FEATURES_MAGIC, "file of features")
    shape = tuple(int(header[name]) for name in ("rows", "patch_rows", "patch_columns", "channels"))
    if header["precision"] != "float16":
        raise ValueError(f"{path} holds {header['precision']}, this package reads float16")
    return FeatureFile(_map(path, np.float16, offset, shape), header)


def _read_header(path: pathlib.Path, magic: bytes, kind: str) -> tuple[dict[str, Any], int]:
    with path.open("rb") as stream:
        prefix = stream.read(16)
        if len(prefix) < 16 or prefix[:8] != magic:
            raise ValueError(f"{path} begins with {prefix[:8]!r}, expected {magic!r}: it is no {kind}")
        version, header_bytes = struct.unpack("<II", prefix[8:])
        if version != _VERSION:
            raise ValueError(f"{path} is of version {version}, this package reads version {_VERSION}")
        if header_bytes > _MAX_HEADER_BYTES:
            raise ValueError(f"{path} announces a header of {header_bytes} bytes, expected at most {_MAX_HEADER_BYTES}")
        header = json.loads(stream.read(header_bytes))
    return header, (16 + header_bytes + _ALIGN - 1) // _ALIGN * _ALIGN


def _map(path: pathlib.Path, dtype: type, offset: int, shape: tuple[int, ...]) -> np.ndarray:
    expected = offset + int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if path.stat().st_size != expected:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, its header says {expected}")
    return np.memmap(path, dtype, "r", offset, shape) if shape[0] > 0 else np.empty(shape, dtype)
