"""Records a real game for long: recorder_soak.py FOLDER COMMAND SECONDS."""

from __future__ import annotations

import pathlib
import sys
import tempfile
import threading
import time

import recorder_parts as parts
from figures import figure, write_figures

WORDS = """Minetest at 640x480 in a window of its own display, a person who turns and walks, `atoll record` at 30 pictures a
second. Memory is what the system says is resident, every second; the first minute, in which queues and encoder take
what they need, is the measure for the rest."""
RATE = 30


def main() -> int:
    folder, command, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="atoll-soak") as name, parts.display(640, 480) as screen:
        with parts.minetest(screen, 640, 480):
            parts.run(["xdotool", "search", "--class", "Minetest", "windowfocus", "mousemove", "320", "240"], DISPLAY=screen)
            player = parts.Player(screen)
            player.start()
            out = pathlib.Path(name) / "soak"
            recorder = parts.Recorder(screen, "Minetest", out, f"record.frame_rate_hz={RATE}")
            if not recorder.wait_begun():
                raise RuntimeError(recorder.said())
            begin, cpu = time.monotonic(), recorder.cpu_s()
            memory: list[float] = []
            while time.monotonic() < begin + seconds and recorder.process.poll() is None:
                time.sleep(1)
                memory.append(recorder.resident_mib())
            took, cpu = time.monotonic() - begin, recorder.cpu_s() - cpu
            found = recorder.stop()
            player.done.set()
        checked = parts.check(out)
        num_pictures = len(parts.pictures(out))
        size_mib = sum(path.stat().st_size for path in out.iterdir()) / 2**20
    first = max(memory[: max(1, min(60, len(memory) // 2))])
    growth_mb = (max(memory[len(memory) // 2 :]) - first) * 2**20 / 1e6
    good = found["code"] == 0 and checked["verdict"] == "ok"
    figures = [
        figure("length", took, "s", bar="3,600 s", met=took >= 3599),
        figure("memory grew", growth_mb, "MB", low=min(memory), high=max(memory), n=len(memory), bar="< 5 MB", met=growth_mb < 5),
        figure("undeclared losses, or `atoll check` not ok", 0 if good else 1, "", n=num_pictures, bar="0", met=good),
        figure("declared drops", checked["drops"], "pictures", n=num_pictures),
        figure("pictures recorded", num_pictures / took, "/s", bar=f"{RATE} a second", met=num_pictures / took >= 0.95 * RATE),
        figure("the recorder's share of a core", 100 * cpu / took, "%"),
        figure("on the disk", size_mib / took * 3600, "MiB an hour"),
    ]
    return 0 if write_figures(folder, command, "An hour of recording", WORDS, figures, memory_mib=memory[:: max(1, len(memory) // 200)]) else 1


if __name__ == "__main__":
    threading.excepthook = lambda args: None  # a player whose display is gone
    sys.exit(main())
