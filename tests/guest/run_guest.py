#!/usr/bin/env python3
"""Runs test programs inside a small virtual machine, because uinput and evdev need a kernel with those modules.

usage: run_guest.py --kernel DIR [--deadline S] [--env NAME=VALUE]... [--filter GTEST] [--own-time] PROGRAM [OTHER...]

DIR holds vmlinuz, evdev.ko and uinput.ko (tools/setup.sh puts them into $ATOLL_HOME/guest). The first PROGRAM is a
GoogleTest program; it is run twice: first its tests WithoutUinput.*, before the modules are loaded, then the others.
All programs lie in one folder of the guest, with their shared libraries; Xvfb is there too. What they print comes over
the serial line.
With --own-time the guest's clock counts its instructions, 250 million a second, so that what it times does not depend on
what else this machine does. Exit code: that of the tests; 77 (skipped) when qemu or kernel are missing and this is no
CI; 1 when the guest hangs.
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading

SKIPPED = 77
QEMU = "qemu-system-x86_64"
BUSYBOX = "/bin/busybox"
XVFB = "/usr/bin/Xvfb"  # keeps its keyboard's description beside it, compiled by xkbcomp
XVFB_NEEDS = ["/usr/bin/xkbcomp", "/usr/share/X11/xkb"]
MARKER = "ATOLL-GUEST-EXIT"
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin HOME=/tmp LD_LIBRARY_PATH=/lib
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/shm /tmp
mount -t tmpfs tmpfs /tmp
echo 0 >/proc/sys/kernel/ctrl-alt-del  # random keys are pressed: those three must not restart the guest
trap '' INT
{environment}
cd /programs
code=0
./{program} --gtest_filter='WithoutUinput.*' || code=$?
insmod /modules/evdev.ko
insmod /modules/uinput.ko
./{program} --gtest_filter='{filter}' || code=$?
echo "{marker} $code"
reboot -f
"""


class Archive:
    """A cpio archive in the format "newc", as the kernel unpacks it."""

    def __init__(self, file):
        self.file = file
        self.folders = set()
        self.inode = 0

    def add(self, name, mode, data=b""):
        self.inode += 1
        path = name.encode() + b"\0"
        fields = [self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0]
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        for part in (header + path, data):
            self.file.write(part + b"\0" * (-len(part) % 4))

    def folder(self, path):
        if path in self.folders or path == "":
            return
        self.folder(path.rpartition("/")[0])
        self.folders.add(path)
        self.add(path, stat.S_IFDIR | 0o755)

    def put(self, path, data, mode=0o755):
        self.folder(path.rpartition("/")[0])
        self.add(path, stat.S_IFREG | mode, data)

    def close(self):
        self.add("TRAILER!!!", 0)


def shared_libraries(program):
    """Files that the program needs, by the paths under which its loader looks for them."""
    listing = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    missing = re.findall(r"^\s*(\S+) => not found", listing, re.MULTILINE)
    if missing:
        raise RuntimeError(f"{program} needs {', '.join(missing)}, which ldd does not find")
    return set(re.findall(r"(/\S+) \(0x", listing))


def build_initramfs(path, kernel, programs, environment, gtest_filter):
    with open(path, "wb") as file:
        archive = Archive(file)
        for folder in ("bin", "dev", "lib", "lib64", "proc", "sys", "tmp"):
            archive.folder(folder)
        archive.put("bin/busybox", pathlib.Path(BUSYBOX).read_bytes())
        for module in ("evdev.ko", "uinput.ko"):
            archive.put(f"modules/{module}", (kernel / module).read_bytes())
        libraries = set()
        for program in programs:
            archive.put(f"programs/{pathlib.Path(program).name}", pathlib.Path(program).read_bytes())
            libraries |= shared_libraries(program)
        for place in (XVFB, *XVFB_NEEDS):
            for file_path in [pathlib.Path(place), *pathlib.Path(place).rglob("*")]:
                if file_path.is_file():
                    archive.put(str(file_path).lstrip("/"), file_path.read_bytes())
            if place.startswith("/usr/bin/"):
                libraries |= shared_libraries(place)
        for library in sorted(libraries):
            # The loader has its place in every program; the others are found through LD_LIBRARY_PATH.
            name = pathlib.Path(library).name
            archive.put(library.lstrip("/") if name.startswith("ld-linux") else f"lib/{name}",
                        pathlib.Path(library).read_bytes())
        lines = "\n".join(f"export {name}='{value}'" for name, value in environment)
        init = INIT.format(environment=lines, program=pathlib.Path(programs[0]).name,
                           filter=excluding_first(gtest_filter), marker=MARKER)
        archive.put("init", init.encode())
        archive.close()


def excluding_first(gtest_filter):
    """The filter without the tests that ran before the modules were loaded."""
    return gtest_filter + (":" if "-" in gtest_filter else "-") + "WithoutUinput.*"


def run(kernel, initramfs, deadline_s, own_time):
    """The guest's output, line by line, as it comes; returns the exit code that it tells, or None."""
    command = [QEMU, "-machine", "pc,i8042=off", "-accel", "tcg", "-cpu", "max", "-m", "512", "-nographic",
               "-nodefaults", "-no-reboot", "-serial", "stdio", "-monitor", "none", "-kernel", str(kernel / "vmlinuz"), "-initrd", str(initramfs),
               "-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on"]
    command += ["-smp", "1", "-icount", "shift=2,sleep=off"] if own_time else ["-smp", "2"]
    guest = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    hung = threading.Timer(deadline_s, guest.kill)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: guest.kill())
    hung.start()
    code = None
    for raw in guest.stdout:
        line = raw.decode(errors="replace").rstrip()
        found = re.search(MARKER + r" (\d+)", line)
        if found:
            code = int(found[1])
        else:
            print(re.sub(r"\x1b(c|\[[?0-9;]*[A-Za-z])", "", line), flush=True)
    guest.wait()
    was_running = hung.is_alive()
    hung.cancel()
    if code is None:
        what = "ended without a verdict" if was_running else f"hung: no verdict after {deadline_s:.0f} s"
        print(f"the guest {what}")
    return code


def missing_parts(kernel):
    missing = [name for name in (QEMU,) if shutil.which(name) is None]
    missing += [path for path in (BUSYBOX, XVFB, *XVFB_NEEDS) if not os.path.exists(path)]
    missing += [str(kernel / name) for name in ("vmlinuz", "evdev.ko", "uinput.ko") if not (kernel / name).exists()]
    return missing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernel", type=pathlib.Path, required=True)
    parser.add_argument("--deadline", type=float, default=150.0)
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--filter", default="*", help="of GoogleTest, for the second run")
    parser.add_argument("--own-time", action="store_true")
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    missing = missing_parts(arguments.kernel)
    if missing:
        print(f"skipped: {', '.join(missing)} missing; tools/setup.sh installs it")
        return 1 if os.environ.get("CI") else SKIPPED
    environment = [setting.split("=", 1) for setting in arguments.env]
    with tempfile.TemporaryDirectory() as folder:
        initramfs = pathlib.Path(folder) / "initramfs"
        build_initramfs(initramfs, arguments.kernel, arguments.programs, environment, arguments.filter)
        code = run(arguments.kernel, initramfs, arguments.deadline, arguments.own_time)
    return 1 if code is None else code


if __name__ == "__main__":
    sys.exit(main())
