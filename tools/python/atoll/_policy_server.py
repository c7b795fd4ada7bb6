"""The server behind serve_policy: one thread for the socket, the caller's for the minds."""

from __future__ import annotations

import dataclasses
import pathlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import zmq
import zmq.auth.thread

from atoll._controls import CONTROLS, INDEX_OF
from atoll._policy_types import Action, Contract, Policy
from atoll._protocol import (
    EVERYTHING,
    HEARTBEAT_S,
    MAX_BODY_BYTES,
    SILENCE_S,
    Message,
    ProtocolError,
    Status,
    Verb,
    parse,
    parse_address,
    peek_ids,
    read_key,
)

MAX_PRESSES = 3


@dataclasses.dataclass
class _Mind:
    policy: Policy
    episode: int = 0
    tick: int = 0
    last: Message | None = None


class PolicyServer:
    """A thread that owns the socket and answers pings, and the caller's thread that asks minds."""

    def __init__(self, create: Callable[[float], Policy], contract: Contract, name: str, max_minds: int) -> None:
        self._create, self._contract, self._name, self._max_minds = create, contract, name, max_minds
        self._wire_contract = contract.to_wire()
        self._allowed = frozenset(INDEX_OF[control] for control in contract.controls)
        self._minds: dict[tuple[bytes, int], _Mind] = {}  # the caller's thread
        self._requests: queue.Queue[tuple[bytes, Message | None]] = queue.Queue()
        self._context = zmq.Context()
        self._auth: Any = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._answers = self._context.socket(zmq.PAIR)  # the caller's thread; its other end is the socket's thread's
        self._answers.bind("inproc://answers")

    def __enter__(self) -> PolicyServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._answers.close(linger=0)
        if self._auth is not None:
            self._auth.stop()
        self._context.term()

    def bind(self, address: str, keys: str | pathlib.Path | None) -> str:
        full = parse_address(address, keys is not None, for_bind=True)
        router = self._context.socket(zmq.ROUTER)
        try:
            for option, value in (
                (zmq.ROUTER_MANDATORY, 1),
                (zmq.HEARTBEAT_IVL, int(HEARTBEAT_S * 1000)),
                (zmq.HEARTBEAT_TIMEOUT, int(SILENCE_S * 1000)),
                (zmq.HEARTBEAT_TTL, int(SILENCE_S * 1000)),
                (zmq.LINGER, 200),
                (zmq.MAXMSGSIZE, self._picture_bytes() + (1 << 20)),
                (zmq.IPV6, int("[" in full)),
            ):
                router.setsockopt(option, value)
            if keys is not None:
                self._guard(router, pathlib.Path(keys))
            router.bind(full)
        except BaseException:
            router.close(linger=0)
            raise
        bound: str = router.getsockopt_string(zmq.LAST_ENDPOINT)
        self._thread = threading.Thread(target=self._serve_socket, args=(router,), name="atoll policy socket")
        self._thread.start()
        return bound

    def _guard(self, router: zmq.Socket, folder: pathlib.Path) -> None:
        allowed = {read_key(file) for file in sorted((folder / "clients").glob("*.public"))}
        if not allowed:
            raise ValueError(f"{folder / 'clients'} holds no client's key: nobody could connect")

        class AllowList:
            def callback(self, domain: str, key: bytes) -> bool:
                return key in allowed

        self._auth = zmq.auth.thread.ThreadAuthenticator(self._context)
        self._auth.start()
        self._auth.configure_curve_callback(domain="*", credentials_provider=AllowList())
        router.curve_secretkey = read_key(folder / "server.secret")
        router.curve_publickey = read_key(folder / "server.public")
        router.curve_server = True

    def _picture_bytes(self) -> int:
        return self._contract.frame_width_px * self._contract.frame_height_px * 4

    # --- the socket's thread -------------------------------------------------------------------------------------

    def _serve_socket(self, router: zmq.Socket) -> None:
        answers = self._context.socket(zmq.PAIR)
        answers.connect("inproc://answers")
        poller = zmq.Poller()
        poller.register(router, zmq.POLLIN)
        poller.register(answers, zmq.POLLIN)
        heard: dict[bytes, float] = {}
        next_probe: dict[bytes, float] = {}
        try:
            while not self._stop.is_set():
                ready = dict(poller.poll(100))
                if router in ready:
                    peer, *parts = router.recv_multipart()
                    if peer in heard:
                        heard[peer] = time.monotonic()
                    answer = self._receive(peer, parts, peer in heard)
                    if answer is not None:
                        if answer.verb == Verb.HELLO:
                            heard[peer] = next_probe[peer] = time.monotonic()
                        if not self._send(router, peer, answer):
                            self._forget(peer, heard, next_probe)
                if answers in ready:
                    peer, *parts = answers.recv_multipart()
                    if peer in heard and not self._send_parts(router, peer, parts):
                        self._forget(peer, heard, next_probe)
                self._probe(router, heard, next_probe)
        finally:
            answers.close(linger=0)
            router.close()

    def _receive(self, peer: bytes, parts: list[bytes], is_known: bool) -> Message | None:
        """What can be answered at once; else the request goes to the caller's thread."""
        try:
            request = parse(parts, MAX_BODY_BYTES)
        except ProtocolError as error:
            env_id, request_id = peek_ids(parts[0]) if parts else (0, 0)
            return _refusal(Message(Verb.ERROR, env_id, request_id=request_id), error.status, error.reason)
        if request.verb == Verb.PING:
            return dataclasses.replace(request, body={}, buffers=())
        if request.verb == Verb.HELLO:
            hello = {"kind": "policy", "name": self._name, "software": "atoll python", "credit": 2, "environments": 64}
            return _reply(request, Verb.HELLO, hello)
        if not is_known:
            return _refusal(request, Status.UNKNOWN, f"{request.verb.name} from a client that is not known; say HELLO first")
        self._requests.put((peer, request))
        return None

    def _forget(self, peer: bytes, heard: dict[bytes, float], next_probe: dict[bytes, float]) -> None:
        heard.pop(peer, None)
        next_probe.pop(peer, None)
        self._requests.put((peer, None))

    def _probe(self, router: zmq.Socket, heard: dict[bytes, float], next_probe: dict[bytes, float]) -> None:
        """Finds out who is gone: the transport tells when nobody is there to get a ping."""
        now = time.monotonic()
        for peer in [peer for peer, due in next_probe.items() if now >= due]:
            silence = now - heard[peer]
            next_probe[peer] = now + min(max(silence / 4, HEARTBEAT_S), 60.0)
            if silence >= HEARTBEAT_S and not self._send(router, peer, Message(Verb.PING)):
                self._forget(peer, heard, next_probe)

    @classmethod
    def _send(cls, router: zmq.Socket, peer: bytes, message: Message) -> bool:
        return cls._send_parts(router, peer, message.to_parts())

    @staticmethod
    def _send_parts(router: zmq.Socket, peer: bytes, parts: list[Any]) -> bool:
        """False when the client is gone; one that does not read loses the message."""
        try:
            router.send_multipart([peer, *parts], flags=zmq.DONTWAIT)
        except zmq.Again:
            return True
        except zmq.ZMQError as error:
            if error.errno == zmq.EHOSTUNREACH:
                return False
            raise
        return True

    # --- the caller's thread -------------------------------------------------------------------------------------

    def work(self, timeout_s: float) -> None:
        """Answers one request, if one comes in time."""
        if self._thread is not None and not self._thread.is_alive():
            raise RuntimeError("the thread that serves the socket has ended")
        try:
            peer, request = self._requests.get(timeout=timeout_s)
        except queue.Empty:
            return
        if request is None:
            self._close(peer, EVERYTHING)
            return
        try:
            answer = self._answer(peer, request)
        except ProtocolError as error:
            answer = _refusal(request, error.status, error.reason)
        except Exception as error:  # the policy's own: its client is told, others go on
            answer = _refusal(request, Status.FAILED, f"{type(error).__name__}: {error}")
        self._answers.send_multipart([peer, *answer.to_parts()])

    def _close(self, peer: bytes, env_id: int) -> None:
        for key in [key for key in self._minds if key[0] == peer and env_id in (EVERYTHING, key[1])]:
            del self._minds[key]

    def _answer(self, peer: bytes, request: Message) -> Message:
        if request.verb == Verb.CLOSE:
            self._close(peer, request.env_id)
            return _reply(request, Verb.CLOSE, {})
        if request.agent_id != 0:
            raise ProtocolError(Status.UNKNOWN, f"agent_id {request.agent_id}, expected 0")
        key = (peer, request.env_id)
        if request.verb == Verb.SPEC:
            if key not in self._minds and len(self._minds) >= self._max_minds:
                raise ProtocolError(Status.LIMIT, f"all {self._max_minds} minds of the server are taken (max_minds)")
            self._minds[key] = _Mind(self._create(float(request.body.get("counts_per_turn", 0.0))))
            return _reply(request, Verb.SPEC, {"name": self._name, "contract": self._wire_contract})
        mind = self._minds.get(key)
        if mind is None:
            raise ProtocolError(Status.ORDER, f"{request.verb.name} before SPEC")
        if request.verb == Verb.RESET:
            mind.policy.reset(int(request.body.get("seed", 0)))
            mind.episode, mind.tick, mind.last = mind.episode + 1, 0, None
            return _reply(request, Verb.RESET, {}, episode=mind.episode)
        if request.verb == Verb.OBS:
            return self._act(mind, request)
        raise ProtocolError(
            Status.UNSUPPORTED, f"{request.verb.name} is not offered by a policy, expected SPEC, RESET, OBS or CLOSE"
        )

    def _act(self, mind: _Mind, request: Message) -> Message:
        if request.episode != mind.episode or mind.episode == 0:
            raise ProtocolError(Status.ORDER, f"OBS in episode {request.episode}, the present one is {mind.episode}")
        if mind.last is not None and request.tick + 1 == mind.tick:  # the same question again
            return dataclasses.replace(mind.last, request_id=request.request_id)
        if request.tick != mind.tick:
            raise ProtocolError(Status.ORDER, f"OBS at tick {request.tick}, expected {mind.tick}")
        if len(request.buffers) != 1 or len(request.buffers[0]) != self._picture_bytes():
            sizes = [len(buffer) for buffer in request.buffers]
            raise ProtocolError(Status.MALFORMED, f"OBS with pictures of {sizes} bytes, expected one of {self._picture_bytes()}")
        held = request.body.get("held", [])
        if not isinstance(held, list) or any(not isinstance(i, int) or not 0 <= i < len(CONTROLS) for i in held):
            raise ProtocolError(Status.MALFORMED, f"held is {held!r:.60}, expected indices of controls")
        shape = (self._contract.frame_height_px, self._contract.frame_width_px, 4)
        image = np.ascontiguousarray(np.frombuffer(request.buffers[0], np.uint8).reshape(shape)[:, :, 2::-1])
        actions = mind.policy.act(image, str(request.body.get("instruction", "")), [CONTROLS[i] for i in held])
        if len(actions) != self._contract.chunk_actions:
            raise ValueError(f"act returned {len(actions)} actions, the contract says {self._contract.chunk_actions}")
        body = {"actions": self._to_wire(actions, frozenset(held)), "goal_probability": 0.0}
        mind.last = _reply(request, Verb.SEND, body, tick=mind.tick, episode=mind.episode)
        mind.tick += 1
        return mind.last

    def _check_motion(self, action: Action) -> None:
        contract = self._contract
        if abs(action.wheel) > contract.wheel_max:
            raise ValueError(f"act turns the wheel by {action.wheel}, the contract says wheel_max={contract.wheel_max}")
        if action.pointer is None:
            return
        x, y = action.pointer
        size = (contract.frame_width_px, contract.frame_height_px)
        if contract.pointer == "none" or not (0 <= x < size[0] and 0 <= y < size[1]):
            raise ValueError(
                f"act sets the pointer to {x}, {y}; the contract says pointer={contract.pointer!r} and pictures of {size} px"
            )

    def _to_wire(self, actions: Sequence[Action], held_before: frozenset[int]) -> list[dict[str, Any]]:
        wire = []
        for action in actions:
            held = frozenset(INDEX_OF[name] for name in action.held)
            taps = [INDEX_OF[name] for name in action.taps]
            if not (held | set(taps)) <= self._allowed:
                names = [CONTROLS[i] for i in sorted((held | set(taps)) - self._allowed)]
                raise ValueError(f"act presses {names}, which the contract does not name")
            self._check_motion(action)
            # A control that is held now and was not before has been pressed.
            presses = {i: 1 for i in held - held_before}
            for i in taps:
                presses[i] = min(presses.get(i, 0) + 1, MAX_PRESSES)
            wire.append(
                {
                    "held": sorted(held),
                    "presses": [n for i in sorted(presses) for n in (i, presses[i])],
                    "dx": int(action.mouse[0]),
                    "dy": int(action.mouse[1]),
                    "wheel": int(action.wheel),
                    "pointer": [] if action.pointer is None else [int(action.pointer[0]), int(action.pointer[1])],
                }
            )
            held_before = held
        return wire


def _reply(request: Message, verb: Verb, body: dict[str, Any], tick: int = 0, episode: int = 0) -> Message:
    return Message(
        verb, request.env_id, request.agent_id, request.request_id, tick, Status.OK, 0, episode, body
    )


def _refusal(request: Message, status: Status, reason: str) -> Message:
    return Message(Verb.ERROR, request.env_id, request.agent_id, request.request_id, status=status, body={"reason": reason})
