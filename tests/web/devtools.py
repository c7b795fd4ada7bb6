"""Headless Chromium, driven over the DevTools protocol with nothing but the standard library.

    with Browser() as browser:
        page = browser.open("http://127.0.0.1:1234/")
        page.wait("document.title !== ''")
        page.key("n")
"""

import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

DEADLINE_S = 60.0  # machines that run tests are loaded


def status_of(url: str, data: bytes | None = None, **headers: str) -> int:
    """What a server answers without a browser: a GET, or a POST of `data`."""
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


class WebSocket:
    """The client's half of RFC 6455: text messages, one at a time."""

    def __init__(self, url: str):
        host, path = url.removeprefix("ws://").split("/", 1)
        name, port = host.split(":")
        self.socket = socket.create_connection((name, int(port)), timeout=DEADLINE_S)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.file = self.socket.makefile("rb")
        assert b" 101 " in self.file.readline()
        while self.file.readline().strip():
            pass

    def send(self, text: str):
        data = text.encode()
        mask = os.urandom(4)
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", 0x81, 0xFE, size)
        else:
            head = struct.pack("!BBQ", 0x81, 0xFF, size)
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        self.socket.sendall(head + mask + masked)

    def receive(self) -> str:
        parts = []
        while True:
            first, second = self.file.read(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self.file.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.file.read(8))
            data = self.file.read(size)
            if first & 0x0F == 8:
                raise ConnectionError("the browser closed the connection")
            if first & 0x0F in (0, 1):
                parts.append(data)
                if first & 0x80:
                    return b"".join(parts).decode()

    def close(self):
        self.file.close()
        self.socket.close()


KEYS = {
    " ": "Space", "Enter": "Enter", "Escape": "Escape", "Delete": "Delete", "Backspace": "Backspace",
    **{str(digit): f"Digit{digit}" for digit in range(10)},
}  # fmt: skip
CODES = {
    " ": 32, "Enter": 13, "Escape": 27, "Delete": 46, "Backspace": 8, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
    "ArrowDown": 40, "Home": 36, "End": 35, "PageUp": 33, "PageDown": 34,
}  # fmt: skip


class Page:
    def __init__(self, target: dict):
        self.socket = WebSocket(target["webSocketDebuggerUrl"])
        self.number = 0
        self.problems = []  # exceptions and errors on the page's console
        self.call("Runtime.enable")
        self.call("Log.enable")
        self.call("Page.enable")

    def call(self, method: str, **parameters) -> dict:
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.receive())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _note(self, message: dict):
        if message.get("method") == "Runtime.exceptionThrown":
            details = message["params"]["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        if message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.problems.append(message["params"]["entry"]["text"])

    def evaluate(self, expression: str):
        """The value of a JavaScript expression; promises are waited for."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']['exception'].get('description')}")
        return result["result"].get("value")

    def wait(self, expression: str, seconds: float = DEADLINE_S):
        """Returns the expression's value once it is true; fails after `seconds`."""
        end = time.monotonic() + seconds
        while True:
            value = self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not true within {seconds} s: {expression}; problems: {self.problems}")
            time.sleep(0.01)

    def key(self, key: str, shift: bool = False, control: bool = False, alt: bool = False):
        modifiers = (8 if shift else 0) | (2 if control else 0) | (1 if alt else 0)
        code = CODES.get(key, ord(key.upper()[0]))
        text = {} if control or alt or (len(key) > 1 and key != "Enter") else {"text": "\r" if key == "Enter" else key}
        both = {"key": key, "modifiers": modifiers, "windowsVirtualKeyCode": code, "code": KEYS.get(key, "")}
        self.call("Input.dispatchKeyEvent", type="keyDown", **both, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **both)

    def type(self, text: str):
        self.call("Input.insertText", text=text)

    def mouse(self, kind: str, x: float, y: float, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1, **more)

    def click(self, selector: str):
        box = self.evaluate(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        self.mouse("mousePressed", *box)
        self.mouse("mouseReleased", *box)

    def screenshot(self, path: str):
        pathlib.Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def goto(self, url: str):
        self.call("Page.navigate", url=url)


class Browser:
    def __init__(self, width: int = 1440, height: int = 900, dark: bool = False):
        program = shutil.which("chromium")
        if program is None:
            raise FileNotFoundError("chromium is not installed; run tools/setup.sh")
        self.folder = tempfile.mkdtemp(prefix="atoll-browser")
        arguments = [
            program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={self.folder}",
            f"--window-size={width},{height}", "--no-first-run", "--disable-gpu", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", "--mute-audio", "--hide-scrollbars",
            "--disable-dev-shm-usage",
        ]  # fmt: skip
        if os.getuid() == 0:
            arguments.append("--no-sandbox")
        if dark:
            arguments.append("--force-dark-mode")
        self.process = subprocess.Popen(
            [*arguments, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.pages = []
        port_file = pathlib.Path(self.folder, "DevToolsActivePort")
        end = time.monotonic() + DEADLINE_S
        while not (port_file.exists() and port_file.read_text().count("\n") > 0):
            if time.monotonic() > end or self.process.poll() is not None:
                self.close()
                raise RuntimeError("chromium did not start")
            time.sleep(0.02)
        self.port = int(port_file.read_text().split()[0])

    def open(self, url: str) -> Page:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            page = Page(json.load(answer))
        self.pages.append(page)
        page.goto(url)
        return page

    def close(self):
        for page in self.pages:
            page.socket.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
