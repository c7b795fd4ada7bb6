"""The checksums of a recording's video: uuid boxes that ``datasets/video/seal.h`` describes."""

import functools
import pathlib
import struct
import subprocess
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

SEAL_TYPE = b"atoll-seal-of-v1"
VERSION = 1


def prove_video(path: pathlib.Path) -> int:
    """Holds every picture of a video against its checksum and returns how many it has.

    Raises ValueError that names the first place that is not what was recorded. Recordings before version 3 have no
    checksums (0), and of one that was cut everything before the cut is proven.
    """
    first, proven = None, 0  # the first picture that has one: what an older recording was gone on with
    seal, sizes = None, []
    with path.open("rb") as file:
        for at, kind, size in _boxes(file):
            if kind == b"uuid":
                seal = _seal(path, at, _bytes(file, at, size))
                if first is None and not seal[2]:
                    _expect(path, at, "the header", _bytes(file, 0, at), seal[1])
                first = seal[0] if first is None else first
                if seal[0] != first + proven:
                    raise ValueError(f"{path}: at byte {at}: a seal for picture {seal[0]}, expected {first + proven}")
            elif kind == b"moof" and first is not None:
                if seal is None:
                    raise ValueError(f"{path}: at byte {at}: a fragment without its seal; the video was damaged")
                index = _bytes(file, at, size)
                _expect(path, at, "an index", index, seal[1])
                sizes = _sizes(index)
            elif kind == b"mdat" and seal is not None:
                begin = at + 8
                for length, crc in zip(sizes, seal[2], strict=True):
                    picture = _bytes(file, begin, length)
                    if len(picture) < length:
                        return proven  # cut
                    _expect(path, begin, f"picture {first + proven}", picture, crc)
                    proven, begin = proven + 1, begin + length
                seal = None
    return proven


@functools.cache
def video_times_us(path: pathlib.Path) -> np.ndarray:
    """When each picture of a video is shown, rising. Of a repaired recording it may hold more than the index knows."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return np.array([int(line.strip(",")) for line in done.stdout.split()], np.int64)


def _boxes(file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    at = 0
    while len(head := _bytes(file, at, 16)) >= 8:
        size, kind = struct.unpack(">I4s", head[:8])
        if size == 1 and len(head) == 16:
            size = struct.unpack(">Q", head[8:])[0]
        if size < 8 or (kind in (b"uuid", b"moof") and len(_bytes(file, at + size - 1, 1)) == 0):
            return  # torn there
        yield at, kind, size
        at += size


def _bytes(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _expect(path: pathlib.Path, at: int, what: str, data: bytes, expected: int) -> None:
    if (found := zlib.crc32(data)) != expected:
        raise ValueError(
            f"{path}: at byte {at}: {what} has the CRC-32 {found:08x}, expected {expected:08x}; it was damaged since it "
            "was recorded, `atoll check` says more and `atoll repair` takes it out"
        )


def _seal(path: pathlib.Path, at: int, box: bytes) -> tuple[int, int, tuple[int, ...]]:
    if box[8:24] != SEAL_TYPE:
        raise ValueError(f"{path}: at byte {at}: a uuid box that is no seal of Atoll's; the video was damaged or made anew")
    _expect(path, at, "a seal", box[:-4], struct.unpack(">I", box[-4:])[0])
    version, first, index_crc, count = struct.unpack_from(">IQII", box, 24)
    if version > VERSION:
        raise ValueError(f"{path}: a seal of version {version}, this package reads up to {VERSION}")
    return first, index_crc, struct.unpack_from(f">{count}I", box, 44)


def _children(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    while len(content) >= 8:
        size, kind = struct.unpack(">I4s", content[:8])
        if size < 8:
            return
        yield kind, content[8:size]
        content = content[size:]


def _sizes(moof: bytes) -> list[int]:
    """Of the pictures in a fragment (ISO/IEC 14496-12, 8.8.7 and 8.8.8)."""
    sizes: list[int] = []
    for kind, traf in _children(moof[8:]):
        otherwise = 0
        for inner, content in _children(traf) if kind == b"traf" else ():
            flags = struct.unpack(">I", content[:4])[0] & 0xFFFFFF
            if inner == b"tfhd" and flags & 0x10:
                before = 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0) + (4 if flags & 0x8 else 0)
                otherwise = struct.unpack_from(">I", content, before)[0]
            if inner == b"trun":
                count = struct.unpack_from(">I", content, 4)[0]
                at = 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
                fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
                if 0x200 not in fields:  # all of one size, as in a fragment of one picture
                    sizes += [otherwise] * count
                    continue
                for row in struct.iter_unpack(f">{len(fields)}I", content[at : at + 4 * len(fields) * count]):
                    sizes.append(row[fields.index(0x200)])
    return sizes
