"""Writes an OWAMcap recording with the package that open-world-agents' tools use: write_owamcap.py FILE FILM N.

N pictures at 30 Hz, of which the index names every second one; keys as Windows repeats them; a raw mouse.
"""

import sys
from typing import ClassVar

from mcap_owa.highlevel.writer import OWAMcapWriter
from owa.core import OWAMessage

START_NS = 1_760_000_000_000_000_000


class KeyboardEvent(OWAMessage):
    _type: ClassVar[str] = "desktop/KeyboardEvent"
    event_type: str
    vk: int
    timestamp: int | None = None


class RawMouseEvent(OWAMessage):
    _type: ClassVar[str] = "desktop/RawMouseEvent"
    last_x: int
    last_y: int
    us_flags: int = 0
    button_flags: int = 0
    button_data: int = 0
    timestamp: int | None = None


class MouseEvent(OWAMessage):
    _type: ClassVar[str] = "desktop/MouseEvent"
    event_type: str
    x: int
    y: int
    button: str | None = None
    pressed: bool | None = None
    dx: int | None = None
    dy: int | None = None


class WindowInfo(OWAMessage):
    _type: ClassVar[str] = "desktop/WindowInfo"
    title: str
    rect: list[int]
    hWnd: int


class ScreenCaptured(OWAMessage):
    _type: ClassVar[str] = "desktop/ScreenCaptured"
    utc_ns: int
    source_shape: list[int]
    shape: list[int]
    media_ref: dict


def main() -> None:
    file, film, count, mouse = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    with OWAMcapWriter(file) as writer:

        def at(ms: float) -> int:
            return START_NS + int(ms * 1e6)

        def key(ms: float, event_type: str, vk: int) -> None:
            writer.write_message(KeyboardEvent(event_type=event_type, vk=vk), topic="keyboard", timestamp=at(ms))

        def raw(ms: float, **fields: int) -> None:
            writer.write_message(RawMouseEvent(**{"last_x": 0, "last_y": 0, **fields}), topic="mouse/raw", timestamp=at(ms))

        def cooked(ms: float, **fields: object) -> None:
            writer.write_message(MouseEvent(**fields), topic="mouse", timestamp=at(ms))

        writer.write_message(WindowInfo(title="a game", rect=[0, 0, 640, 480], hWnd=7), topic="window", timestamp=at(0))
        key(-50, "press", 0x51)  # q, before the first picture
        for i in range(0, count, 2):
            pts_ns = round(i * 1000 / 30) * 1_000_000
            screen = ScreenCaptured(
                utc_ns=at(i * 1000 / 30),
                source_shape=[640, 480],
                shape=[640, 480],
                media_ref={"uri": film, "pts_ns": pts_ns},
            )
            writer.write_message(screen, topic="screen", timestamp=at(i * 1000 / 30))
        key(100, "press", 0x57)  # w, repeated by the keyboard
        key(130, "press", 0x57)
        key(160, "press", 0x57)
        key(420, "release", 0x57)
        key(430, "press", 0xAD)  # volume mute: no key of games
        key(440, "press", 0x10)  # shift of either hand
        key(450, "release", 0x10)
        cooked(200, event_type="move", x=320, y=240)
        cooked(300, event_type="click", x=320, y=240, button="left", pressed=True)
        cooked(310, event_type="click", x=320, y=240, button="left", pressed=False)
        cooked(500, event_type="scroll", x=320, y=240, dx=0, dy=-1)
        if mouse == "raw":
            raw(205, last_x=30, last_y=-4)
            raw(206, last_x=5, last_y=0)
            raw(300, button_flags=0x0001)
            raw(310, button_flags=0x0002)
            raw(500, button_flags=0x0400, button_data=65536 - 120)
            raw(510, last_x=30000, last_y=20000, us_flags=1)  # a tablet


main()
