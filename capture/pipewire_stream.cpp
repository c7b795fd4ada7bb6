#include "capture/pipewire_stream.h"

#include "capture/pipewire_client.h"
#include "core/error.h"

#include <spa/param/video/format-utils.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace atl::capture {
namespace {

constexpr std::uint32_t kMostSide_px = 16384;
constexpr Duration kOldest = std::chrono::seconds(1);  // a picture's time that lies further back is of another clock

// Copies `height` rows of `width` pixels to tightly packed BGRA8.
void copy_pixels(const std::uint8_t* from, std::ptrdiff_t stride, FrameSize size, bool is_rgb,
                 std::vector<std::uint8_t>& to) {
  copy_packed({from, size.width_px, size.height_px, stride}, to);
  if (!is_rgb) return;
  for (std::size_t i = 0; i + 3 < to.size(); i += 4) std::swap(to[i], to[i + 2]);
}

struct Plane {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride = 0;
};

// Where the picture lies in the buffer; nothing if the compositor failed to fill it.
Plane plane_of(const spa_buffer& buffer, FrameSize size) {
  const auto* header =
      static_cast<const spa_meta_header*>(spa_buffer_find_meta_data(&buffer, SPA_META_Header, sizeof(spa_meta_header)));
  if (header != nullptr && (header->flags & SPA_META_HEADER_FLAG_CORRUPTED) != 0) return {};
  if (buffer.n_datas < 1 || buffer.datas[0].data == nullptr) return {};
  const spa_data& data = buffer.datas[0];
  if ((data.chunk->flags & SPA_CHUNK_FLAG_CORRUPTED) != 0 || data.chunk->size == 0) return {};
  const std::int64_t row = std::int64_t{size.width_px} * kBytesPerPixel;
  const std::int64_t stride = data.chunk->stride != 0 ? data.chunk->stride : row;
  if (stride < row || data.chunk->offset + stride * (size.height_px - 1) + row > data.maxsize) return {};
  return {static_cast<const std::uint8_t*>(data.data) + data.chunk->offset, stride};
}

Timestamp time_of(const spa_buffer& buffer, Timestamp now) {
  const auto* header =
      static_cast<const spa_meta_header*>(spa_buffer_find_meta_data(&buffer, SPA_META_Header, sizeof(spa_meta_header)));
  if (header == nullptr || header->pts <= 0) return now;
  const Timestamp told = from_ns(header->pts);
  return told <= now && now - told < kOldest ? told : now;
}

}  // namespace

struct PipeWireStream::Parts {
  StreamState state;
  FrameSize size;       // PipeWire's thread's
  bool is_rgb = false;  // PipeWire's thread's: red first
  std::vector<std::uint8_t> spare;

  static void on_state(void* data, pw_stream_state, pw_stream_state now, const char* error) {
    auto* parts = static_cast<Parts*>(data);
    if (now == PW_STREAM_STATE_ERROR) return parts->state.end(error != nullptr ? error : "unknown");
    StreamState& state = parts->state;
    const std::lock_guard lock(state.mutex);
    const bool is_connected = now == PW_STREAM_STATE_PAUSED || now == PW_STREAM_STATE_STREAMING;
    if (now == PW_STREAM_STATE_UNCONNECTED && state.connected) state.ended = true;
    state.connected |= is_connected;
    state.paused = now != PW_STREAM_STATE_STREAMING;
    state.changed.notify_all();
  }

  static void on_param(void* data, std::uint32_t id, const spa_pod* param) {
    if (param == nullptr || id != SPA_PARAM_Format) return;
    auto* parts = static_cast<Parts*>(data);
    spa_video_info_raw info{};
    if (spa_format_video_raw_parse(param, &info) < 0) return;
    parts->size = {static_cast<int>(info.size.width), static_cast<int>(info.size.height)};
    parts->is_rgb = info.format == SPA_VIDEO_FORMAT_RGBx || info.format == SPA_VIDEO_FORMAT_RGBA;
    std::array<std::uint8_t, 1024> memory{};
    spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory.data(), static_cast<std::uint32_t>(memory.size()));
    const int types = (1 << SPA_DATA_MemPtr) | (1 << SPA_DATA_MemFd);
    const spa_pod* params[2] = {
        static_cast<const spa_pod*>(spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_ParamBuffers,
                                                               SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_dataType,
                                                               SPA_POD_CHOICE_FLAGS_Int(types))),
        static_cast<const spa_pod*>(spa_pod_builder_add_object(
            &builder, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta, SPA_PARAM_META_type, SPA_POD_Id(SPA_META_Header),
            SPA_PARAM_META_size, SPA_POD_Int(static_cast<int>(sizeof(spa_meta_header)))))};
    pw_stream_update_params(parts->client.stream, params, 2);
  }

  // Only the newest picture counts: those before it are given back.
  static void on_process(void* data) {
    auto* parts = static_cast<Parts*>(data);
    pw_buffer* newest = nullptr;
    while (pw_buffer* next = pw_stream_dequeue_buffer(parts->client.stream)) {
      if (newest != nullptr) pw_stream_queue_buffer(parts->client.stream, newest);
      newest = next;
    }
    if (newest == nullptr) return;
    parts->take(*newest->buffer);
    pw_stream_queue_buffer(parts->client.stream, newest);
  }

  void take(const spa_buffer& buffer) {
    const Timestamp now = MonotonicClock::now();
    const Plane plane = plane_of(buffer, size);
    if (plane.data == nullptr || size.width_px <= 0 || size.height_px <= 0) return;
    copy_pixels(plane.data, plane.stride, size, is_rgb, spare);
    const std::lock_guard lock(state.mutex);
    std::swap(state.picture.pixels, spare);
    state.picture.size = size;
    state.picture.taken = time_of(buffer, now);
    state.picture.done = MonotonicClock::now();
    state.has_picture = true;
    state.changed.notify_all();
  }

  void connect(int remote_fd, std::uint32_t node, const std::string& name);

  PipeWireClient client{"atoll capture"};  // last: its thread uses all of the above
};

void PipeWireStream::Parts::connect(int remote_fd, std::uint32_t node, const std::string& name) {
  static const auto stream_events = make_events<pw_stream_events>([](pw_stream_events& e) {
    e.version = PW_VERSION_STREAM_EVENTS;
    e.state_changed = on_state;
    e.param_changed = on_param;
    e.process = on_process;
  });
  client.core = remote_fd >= 0 ? pw_context_connect_fd(client.context, remote_fd, nullptr, 0)
                               : pw_context_connect(client.context, nullptr, 0);
  if (client.core == nullptr) {
    fail(ErrorKind::kDevice,
         "cannot connect to PipeWire for {}: {}; expected its daemon to run for this user (package pipewire)", name,
         std::strerror(errno));
  }
  client.listen(state, [this](const std::string& why) { state.end(why); });
  client.stream =
      pw_stream_new(client.core, "atoll",
                    pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture", PW_KEY_MEDIA_ROLE,
                                      "Screen", PW_KEY_NODE_DONT_RECONNECT, "true", nullptr));
  ATOLL_CHECK(client.stream != nullptr, "out of memory for a PipeWire stream");
  pw_stream_add_listener(client.stream, &client.stream_hook, &stream_events, this);
  std::array<std::uint8_t, 1024> memory{};
  spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory.data(), static_cast<std::uint32_t>(memory.size()));
  const spa_rectangle usual{1280, 720}, least{1, 1}, most{kMostSide_px, kMostSide_px};
  const spa_fraction rate{60, 1}, least_rate{0, 1}, most_rate{1000, 1};
  const auto* format = static_cast<const spa_pod*>(spa_pod_builder_add_object(
      &builder, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
      SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format,
      SPA_POD_CHOICE_ENUM_Id(5, SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRA,
                             SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_RGBA),
      SPA_FORMAT_VIDEO_size, SPA_POD_CHOICE_RANGE_Rectangle(&usual, &least, &most), SPA_FORMAT_VIDEO_framerate,
      SPA_POD_CHOICE_RANGE_Fraction(&rate, &least_rate, &most_rate)));
  const int connected = pw_stream_connect(
      client.stream, PW_DIRECTION_INPUT, node,
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS), &format, 1);
  if (connected < 0)
    fail(ErrorKind::kDevice, "cannot connect to PipeWire's node {} of {}: {}", node, name, std::strerror(-connected));
}

PipeWireStream::PipeWireStream(int remote_fd, std::uint32_t node, const std::string& name) {
  try {
    parts_ = std::make_unique<Parts>();
  } catch (const Error&) {
    if (remote_fd >= 0) close(remote_fd);
    throw;
  }
  const PipeWireLock lock(parts_->client);
  parts_->connect(remote_fd, node, name);
  parts_->client.start();
}

PipeWireStream::~PipeWireStream() = default;

int PipeWireStream::ask() { return parts_->client.ask(); }

StreamState& PipeWireStream::state() { return parts_->state; }

}  // namespace atl::capture
