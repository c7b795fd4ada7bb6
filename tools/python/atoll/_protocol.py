"""The wire protocol of docs/remote.md: a 64-byte header, a MessagePack map, raw buffers. Nothing executable."""

from __future__ import annotations

import dataclasses
import enum
import ipaddress
import pathlib
import struct
from collections.abc import Sequence
from typing import Any

import msgpack

VERSION = 1
EVERYTHING = 0xFFFFFFFF  # env_id of a CLOSE for all that a client has
HEARTBEAT_S = 1.0
SILENCE_S = 5.0  # without a sign of life: the other side is dead
MAX_BODY_BYTES = 1 << 16  # of requests; answers may be larger
_HEADER = struct.Struct("<4sHHIIQQIIqII8x")
_MAGIC = b"ATLM"
assert _HEADER.size == 64


class Verb(enum.IntEnum):
    """What a message asks for or answers."""

    HELLO = 1
    SPEC = 2
    RESET = 3
    STEP = 4
    SEND = 5
    OBS = 6
    OUTCOME = 7
    SNAPSHOT = 8
    RESTORE = 9
    CLOSE = 10
    PING = 11
    ERROR = 12
    JOIN = 13  # from here on between islands and their syncer, not spoken here
    SEED = 14
    STATE = 15
    BEGIN = 16
    BEAT = 17
    PUSH = 18
    FETCH = 19
    LEAVE = 20
    LOG = 21
    PLAN = 22
    GIVE = 23


class Status(enum.IntEnum):
    """Why a request was refused."""

    OK = 0
    MALFORMED = 1
    VERSION = 2
    TOO_LARGE = 3
    UNKNOWN = 4
    ORDER = 5
    CREDIT = 6
    UNSUPPORTED = 7
    FAILED = 8
    LIMIT = 9


class ProtocolError(Exception):
    """A message that is not what the protocol says; carries the status that it is refused with."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclasses.dataclass(slots=True)
class Message:
    """One message, header fields and parts."""

    verb: Verb
    env_id: int = 0
    agent_id: int = 0
    request_id: int = 0
    tick: int = 0
    status: Status = Status.OK
    t_ns: int = 0
    episode: int = 0
    body: dict[str, Any] = dataclasses.field(default_factory=dict)
    buffers: Sequence[Any] = ()

    def to_parts(self) -> list[Any]:
        """The parts to send."""
        header = _HEADER.pack(
            _MAGIC, VERSION, self.verb, self.env_id, self.agent_id, self.request_id, self.tick, 0, self.status,
            self.t_ns, 2 + len(self.buffers), self.episode,
        )
        return [header, msgpack.packb(self.body), *self.buffers]


def peek_ids(header: Any) -> tuple[int, int]:
    """(env_id, request_id) of a header that may be bad, for the refusal; zeros where it has none."""
    if len(header) != _HEADER.size or bytes(header[:4]) != _MAGIC:
        return 0, 0
    fields = _HEADER.unpack(header)
    return fields[3], fields[5]


def parse(parts: Sequence[Any], max_body_bytes: int = 1 << 24) -> Message:
    """A message from its parts (bytes or buffers). Raises ProtocolError, which names what is wrong."""
    if not parts or len(parts[0]) != _HEADER.size:
        size = len(parts[0]) if parts else 0
        raise ProtocolError(Status.MALFORMED, f"the header has {size} bytes, expected {_HEADER.size}")
    if any(bytes(parts[0][56:64])):
        raise ProtocolError(Status.MALFORMED, "bytes 56 to 63 of the header are not zero")
    (magic, version, verb, env_id, agent_id, request_id, tick, flags, status, t_ns, n_parts, episode) = _HEADER.unpack(
        parts[0]
    )
    if magic != _MAGIC:
        raise ProtocolError(Status.MALFORMED, f"the header begins with {magic!r}, expected {_MAGIC!r}")
    if version != VERSION:
        raise ProtocolError(Status.VERSION, f"the message is of protocol version {version}, this side speaks {VERSION}")
    if verb not in Verb._value2member_map_:
        raise ProtocolError(Status.MALFORMED, f"verb {verb}, expected 1 to {max(Verb)}")
    if status not in Status._value2member_map_:
        raise ProtocolError(Status.MALFORMED, f"status {status}, expected 0 to {max(Status)}")
    if flags != 0:
        raise ProtocolError(Status.MALFORMED, f"flags {flags:#x}, none is known to this version")
    if n_parts != len(parts) or n_parts < 2:
        raise ProtocolError(Status.MALFORMED, f"the message has {len(parts)} parts, its header says {n_parts}")
    if len(parts[1]) > max_body_bytes:
        raise ProtocolError(Status.TOO_LARGE, f"the body has {len(parts[1])} bytes, expected at most {max_body_bytes}")
    try:
        body = msgpack.unpackb(parts[1], raw=False, strict_map_key=True) if len(parts[1]) else {}
    except Exception as error:  # msgpack raises half a dozen types
        raise ProtocolError(Status.MALFORMED, f"the body is no MessagePack: {error or type(error).__name__}") from error
    if not isinstance(body, dict):
        raise ProtocolError(Status.MALFORMED, f"the body is a {type(body).__name__}, expected a map")
    return Message(Verb(verb), env_id, agent_id, request_id, tick, Status(status), t_ns, episode, body, parts[2:])


def parse_address(text: str, has_keys: bool, for_bind: bool) -> str:
    """``HOST:PORT``, ``tcp://HOST:PORT`` or ``ipc://PATH`` in full.

    Raises ValueError for what is no address, and for one beyond this machine without keys.
    """
    text = text.removeprefix("remote:")
    if text.startswith("ipc://") and len(text) > 6:
        return text
    rest = text.removeprefix("tcp://")
    host, colon, port = rest.rpartition(":")
    if "://" in rest or not colon or not host or not (port.isdigit() or (for_bind and port == "*")):
        raise ValueError(f'"{text}" is no address: expected tcp://HOST:PORT, HOST:PORT or ipc://PATH')
    if not has_keys and not _is_loopback(host):
        raise ValueError(
            f"tcp://{rest} can be reached from other machines and no keys were given; make keys with "
            "`atoll serve --make-keys DIR` and give the folder as keys="
        )
    return f"tcp://{rest}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_key(file: pathlib.Path) -> bytes:
    """The key in a file that ``atoll serve --make-keys`` wrote."""
    for line in file.read_text().splitlines():
        if line and not line.startswith("#"):
            if len(line) != 40:
                raise ValueError(f"{file} holds a line of {len(line)} characters that is no key, expected 40")
            return line.encode()
    raise ValueError(f"{file} holds no key")
