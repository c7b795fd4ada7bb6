"""Policies in Python, played by Atoll: ``atoll eval --policy remote:ADDRESS``, ``atoll play``, ``atoll record``."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Callable

from atoll._policy_server import PolicyServer
from atoll._policy_types import Action, Contract, Policy

__all__ = ["Action", "Contract", "Policy", "serve_policy"]


def serve_policy(
    create: Callable[[float], Policy],
    contract: Contract,
    address: str = "tcp://127.0.0.1:*",
    *,
    name: str = "python",
    keys: str | pathlib.Path | None = None,
    max_minds: int = 256,
    on_ready: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Serves a policy until ``should_stop``, or Ctrl-C.

    ``create`` makes one mind for a world that turns by so many mouse counts (0: unknown); minds are made and asked on
    the calling thread, one at a time. What they raise is the client's error, with its words.

    Args:
        address: ``tcp://HOST:PORT`` (port ``*``: any free one) or ``ipc://PATH``; beyond this machine with keys only.
        keys: folder ``DIR/server`` of ``atoll serve --make-keys``.
        on_ready: called with the address that clients connect to; by default it is printed.
    """
    with PolicyServer(create, contract, name, max_minds) as server:
        bound = server.bind(address, keys)
        (on_ready or (lambda where: print(f"serving the policy {name} at {where} (remote:{where})", flush=True)))(bound)
        with contextlib.suppress(KeyboardInterrupt):
            while not should_stop():
                server.work(timeout_s=0.1)
