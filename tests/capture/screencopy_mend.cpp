// Loaded into xdg-desktop-portal-wlr 0.7.0 (Debian 12) before its own libraries: that version shows nothing where the
// compositor has no GPU, because it insists on a dmabuf format that it then does not use. Adds the event that is
// missing where sway draws in memory; where there is a GPU, it comes by itself and nothing is changed. Listener of
// zwlr_screencopy_frame_v1, version 3: wlr-screencopy-unstable-v1.xml of wlroots.
#include <dlfcn.h>
#include <wayland-client-core.h>

#include <cstdint>
#include <cstring>

namespace {

constexpr std::uint32_t kXrgb8888 = 0x34325258;  // DRM fourcc XR24

struct Listener {
  void (*buffer)(void*, void*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t);
  void (*flags)(void*, void*, std::uint32_t);
  void (*ready)(void*, void*, std::uint32_t, std::uint32_t, std::uint32_t);
  void (*failed)(void*, void*);
  void (*damage)(void*, void*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t);
  void (*linux_dmabuf)(void*, void*, std::uint32_t, std::uint32_t, std::uint32_t);
  void (*buffer_done)(void*, void*);
};

// The program has one listener for all frames, and one thread.
const Listener* theirs = nullptr;
Listener ours;
std::uint32_t frame_width = 0;
std::uint32_t frame_height = 0;
bool has_dmabuf = false;

void on_buffer(void* data, void* frame, std::uint32_t format, std::uint32_t width, std::uint32_t height,
               std::uint32_t stride) {
  frame_width = width;
  frame_height = height;
  has_dmabuf = false;
  theirs->buffer(data, frame, format, width, height, stride);
}

void on_dmabuf(void* data, void* frame, std::uint32_t format, std::uint32_t width, std::uint32_t height) {
  has_dmabuf = true;
  theirs->linux_dmabuf(data, frame, format, width, height);
}

void on_buffer_done(void* data, void* frame) {
  if (!has_dmabuf) theirs->linux_dmabuf(data, frame, kXrgb8888, frame_width, frame_height);
  theirs->buffer_done(data, frame);
}

}  // namespace

extern "C" int wl_proxy_add_listener(wl_proxy* proxy, void (**implementation)(void), void* data) {
  using Add = int (*)(wl_proxy*, void (**)(void), void*);
  static const auto add = reinterpret_cast<Add>(dlsym(RTLD_NEXT, "wl_proxy_add_listener"));
  if (std::strcmp(wl_proxy_get_class(proxy), "zwlr_screencopy_frame_v1") != 0) return add(proxy, implementation, data);
  theirs = reinterpret_cast<const Listener*>(implementation);
  ours = *theirs;
  ours.buffer = on_buffer;
  ours.linux_dmabuf = on_dmabuf;
  ours.buffer_done = on_buffer_done;
  return add(proxy, reinterpret_cast<void (**)(void)>(&ours), data);
}
