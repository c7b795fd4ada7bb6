"""A connection to ``atoll serve``: requests with rising ids, replies, and the certainty that waiting ends."""

from __future__ import annotations

import contextlib
import pathlib
import time
from collections.abc import Sequence
from typing import Any

import zmq

from atoll._protocol import EVERYTHING, HEARTBEAT_S, SILENCE_S, Message, ProtocolError, Status, Verb, parse, parse_address, read_key


class RemoteError(RuntimeError):
    """A server that is silent, slow or gone, or that refused a request (then ``status`` says why)."""

    def __init__(self, text: str, status: Status | None = None) -> None:
        super().__init__(text)
        self.status = status


class Connection:
    """One client of one server. One thread.

    Args:
        address: ``HOST:PORT``, ``tcp://HOST:PORT`` or ``ipc://PATH``.
        kind: what must be served there, ``"world"`` or ``"policy"``.
        keys: folder that ``atoll serve --make-keys`` wrote for this client; needed beyond this machine.
        silence_s: without a sign of life for so long while waiting, the server is dead.
        patience_s: for one reply of a server that is alive.
    """

    def __init__(
        self,
        address: str,
        kind: str,
        *,
        keys: str | pathlib.Path | None = None,
        silence_s: float = SILENCE_S,
        patience_s: float = 120.0,
    ) -> None:
        self.address = parse_address(address, keys is not None, for_bind=False)
        self._silence_s = silence_s
        self._patience_s = patience_s
        self._next_id = 1
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._is_open = True
        try:
            self._set_up(keys)
            hello = self.ask(Verb.HELLO, Verb.HELLO, body={"name": "atoll python"}).body
            if hello.get("kind") != kind:
                raise RemoteError(f"{self.address} serves the {hello.get('kind')} {hello.get('name')!r}, expected a {kind}")
            self.server: dict[str, Any] = hello
        except BaseException:
            self._release()
            raise

    def _set_up(self, keys: str | pathlib.Path | None) -> None:
        for option, value in (
            (zmq.HEARTBEAT_IVL, int(HEARTBEAT_S * 1000)),
            (zmq.HEARTBEAT_TIMEOUT, int(SILENCE_S * 1000)),
            (zmq.HEARTBEAT_TTL, int(SILENCE_S * 1000)),
            (zmq.LINGER, 200),
            (zmq.IPV6, int("[" in self.address)),
        ):
            self._socket.setsockopt(option, value)
        if keys is not None:
            folder = pathlib.Path(keys)
            self._socket.curve_serverkey = read_key(folder / "server.public")
            self._socket.curve_publickey = read_key(folder / "client.public")
            self._socket.curve_secretkey = read_key(folder / "client.secret")
        self._socket.connect(self.address)

    def send(
        self,
        verb: Verb,
        *,
        env_id: int = 0,
        tick: int = 0,
        episode: int = 0,
        body: dict[str, Any] | None = None,
        buffers: Sequence[Any] = (),
    ) -> int:
        """Sends a request and returns its id. Never blocks."""
        if not self._is_open:
            raise RemoteError(f"the connection to {self.address} is closed")
        request_id = self._next_id
        self._next_id += 1
        message = Message(verb, env_id, request_id=request_id, tick=tick, episode=episode, body=body or {}, buffers=buffers)
        try:
            self._socket.send_multipart(message.to_parts(), flags=zmq.DONTWAIT, copy=True)
        except zmq.Again:
            self._lose(f"is not connected, or does not read: {verb.name} could not be sent")
        return request_id

    def _frames(self, deadline: float) -> list[zmq.Frame]:
        """The parts of the next message, none if it has not come by ``deadline``."""
        with contextlib.suppress(zmq.Again):  # often it is there already, and polling takes longer than this
            return self._socket.recv_multipart(flags=zmq.DONTWAIT, copy=False)
        wait_s = deadline - time.monotonic()
        if not self._socket.poll(max(0, int(wait_s * 1000 + 0.999))):
            return []
        return self._socket.recv_multipart(copy=False)

    def receive(self) -> Message:
        """The next reply, of whatever request, ERROR included.

        Raises:
            RemoteError: when the server is dead or too slow; then the connection is closed.
        """
        begin = heard = time.monotonic()
        next_ping = begin + HEARTBEAT_S
        while True:
            frames = self._frames(min(next_ping, heard + self._silence_s))
            if frames:
                heard = time.monotonic()
                try:
                    message = parse([memoryview(frame) for frame in frames])
                except ProtocolError as error:
                    self._lose(f"sent a message that is none of the protocol's: {error.reason}")
                if message.verb != Verb.PING:
                    return message
            now = time.monotonic()
            if now - heard >= self._silence_s:
                self._lose(f"has been silent for {now - heard:.1f} s")
            if now - begin >= self._patience_s:
                self._lose(f"is alive but has not answered for {now - begin:.0f} s")
            if now >= next_ping:
                with contextlib.suppress(zmq.Again):  # a server that refused us has no connection: silence will tell
                    self._socket.send_multipart(
                        Message(Verb.PING, t_ns=time.monotonic_ns()).to_parts(), flags=zmq.DONTWAIT
                    )
                next_ping = now + HEARTBEAT_S

    def ask(self, verb: Verb, expected: Verb, **request: Any) -> Message:
        """One request and its reply, with nothing else under way."""
        request_id = self.send(verb, **request)
        while True:
            message = self.receive()
            if message.request_id != request_id:
                continue  # of an earlier request that was given up
            self.check(message, expected)
            return message

    def check(self, message: Message, expected: Verb) -> None:
        """Raises RemoteError for a refusal, in the server's words, or for another verb."""
        if message.verb == Verb.ERROR:
            reason = message.body.get("reason", "")
            raise RemoteError(f"{self.address} refused ({message.status.name.lower()}): {reason}", message.status)
        if message.verb != expected:
            raise RemoteError(f"{self.address} answered {message.verb.name}, expected {expected.name}")

    def _lose(self, reason: str) -> None:
        self._release()
        raise RemoteError(f"the server at {self.address} {reason}")

    def _release(self) -> None:
        if self._is_open:
            self._is_open = False
            self._socket.close()
            self._context.term()

    def close(self) -> None:
        """Frees everything at the server. May be called twice."""
        if self._is_open:
            with contextlib.suppress(zmq.Again):  # it finds out by itself
                self._socket.send_multipart(Message(Verb.CLOSE, EVERYTHING).to_parts(), flags=zmq.DONTWAIT)
            self._release()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
