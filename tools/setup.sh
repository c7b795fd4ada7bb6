#!/usr/bin/env bash
# Installs what Atoll needs on Debian 12: packages from apt, LibTorch and the independent readers of the tests from PyPI.
# Idempotent: what is there already is left alone. Works as root or with sudo.
#
#   tools/setup.sh            everything
#   tools/setup.sh --cluster  only what a training node needs (preset `cluster`: no screen, no video)
#
# The Python environment is shared by all checkouts of a user: $ATOLL_HOME/venv, by default ~/.local/share/atoll/venv. Beside
# it, in guest/, lies Debian's kernel with two modules, which the tests of kernel devices boot in a virtual machine.
set -euo pipefail

mode=full
case "${1:-}" in
  "") ;;
  --cluster) mode=cluster ;;
  *) echo "setup.sh: unknown argument '$1'; expected nothing or --cluster" >&2; exit 2 ;;
esac

atoll_home="${ATOLL_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/atoll}"
venv="$atoll_home/venv"

cluster_packages=(
  build-essential cmake ninja-build ccache mold pkg-config git ca-certificates python3 python3-venv
  libfmt-dev libspdlog-dev libtomlplusplus-dev libcli11-dev nlohmann-json3-dev libzstd-dev zlib1g-dev
  libsentencepiece-dev libzmq3-dev libgtest-dev libgmock-dev
)
desktop_packages=(
  clang-format clang-tidy clang-14 libclang-rt-14-dev
  libavcodec-dev libavformat-dev libavutil-dev libswscale-dev ffmpeg libopencv-core-dev libopencv-imgproc-dev
  libturbojpeg0-dev libcpp-httplib-dev chromium
  libsdl2-dev libxcb1-dev libxcb-shm0-dev libxcb-composite0-dev libxcb-damage0-dev libxcb-xtest0-dev
  libxcb-xinput-dev libxcb-res0-dev libxcb-xfixes0-dev x11-xkb-utils xvfb xauth openbox valgrind dsda-doom freedoom freedm
  minetest neverball openarena chromium-bsu
  qemu-system-x86 busybox-static xz-utils
  libpipewire-0.3-dev libdbus-1-dev libwayland-dev dbus sway pipewire wireplumber xdg-desktop-portal xdg-desktop-portal-wlr
  libfuse3-dev fuse3 xdotool xterm
)
python_packages=("torch==2.11.*" "numpy" "safetensors")
desktop_python_packages=("mcap==1.*" "mcap-owa-support" "zstandard" "pyzmq" "msgpack" "gymnasium==1.*" "pyarrow" "tensorboard==2.*")

packages=("${cluster_packages[@]}")
if [ "$mode" = full ]; then
  packages+=("${desktop_packages[@]}")
  python_packages+=("${desktop_python_packages[@]}")
fi

say() { printf 'setup: %s\n' "$*" >&2; }

# --- Debian packages ---------------------------------------------------------------------------------------------
as_root=()
[ "$(id -u)" -eq 0 ] || ! command -v sudo >/dev/null || as_root=(sudo)
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] && [ ${#as_root[@]} -eq 0 ]; then
    say "not root and no sudo; ask an administrator to install: ${missing[*]}"
    exit 1
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  say "all ${#packages[@]} Debian packages are installed"
fi

# --- Python packages ---------------------------------------------------------------------------------------------
# One lock, so that two checkouts that set up at once do not write one environment together.
mkdir -p "$atoll_home"
exec 9>"$atoll_home/setup.lock"
flock 9
wanted="$(printf '%s\n' "${python_packages[@]}")"
if [ ! -x "$venv/bin/python" ]; then
  say "creating $venv"
  /usr/bin/python3 -m venv "$venv"
fi
if [ "$(cat "$venv/atoll-packages" 2>/dev/null)" != "$wanted" ]; then
  say "installing from PyPI: ${python_packages[*]} (LibTorch is 4.6 GB on disk, a few minutes)"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${python_packages[@]}"
  printf '%s\n' "$wanted" >"$venv/atoll-packages"
else
  say "Python packages are installed in $venv"
fi

# --- a kernel for the guest in which uinput and evdev are tested ---------------------------------------------------
# Only unpacked, never installed: this machine keeps its own.
install_guest_kernel() {
  local guest="$atoll_home/guest" package folder module
  package="$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends:/ { print $2; exit }')"
  if [ -z "$package" ] && [ ! -e "$guest/version" ]; then
    apt-get update -qq 2>/dev/null || "${as_root[@]}" apt-get update -qq
    package="$(apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')"
  fi
  if [ -z "$package" ] || [ "$(cat "$guest/version" 2>/dev/null)" = "$package" ]; then
    say "the guest's kernel is in $guest"
    return
  fi
  say "unpacking $package (71 MB) into $guest"
  folder="$(mktemp -d)"
  (cd "$folder" && apt-get download -qq "$package" 2>/dev/null && dpkg-deb -x ./*.deb unpacked)
  mkdir -p "$guest"
  rm -f "$guest/version"
  cp "$folder"/unpacked/boot/vmlinuz-* "$guest/vmlinuz"
  for module in evdev uinput; do
    find "$folder/unpacked" -name "$module.ko*" -exec cp {} "$guest" \;
    [ ! -e "$guest/$module.ko.xz" ] || xz -df "$guest/$module.ko.xz"
  done
  rm -r "$folder"
  printf '%s\n' "$package" >"$guest/version"
}
[ "$mode" = cluster ] || install_guest_kernel
say "done"
