#include "capture/pipewire_audio.h"

#include "capture/audio_ring.h"
#include "capture/pipewire_client.h"
#include "capture/pipewire_nodes.h"
#include "core/error.h"

#include <poll.h>
#include <spa/param/audio/format-utils.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>

namespace atl::capture {
namespace {

// Blocks follow each other when the server's count says so, or its clock: the count jumps when the device is changed
// that drives the server, and a clock has jitter.
constexpr std::int64_t kCountSlack = 32;
constexpr Duration kTimeSlack = std::chrono::milliseconds(2);

std::string socket_name() {
  const char* remote = std::getenv("PIPEWIRE_REMOTE");
  const std::string name = remote != nullptr && *remote != '\0' ? remote : "pipewire-0";
  for (const char* variable : {"PIPEWIRE_RUNTIME_DIR", "XDG_RUNTIME_DIR"}) {
    const char* folder = std::getenv(variable);
    if (folder != nullptr && *folder != '\0' && name.front() != '/') return fmt::format("{}/{}", folder, name);
  }
  return name;
}

struct ServerState : PipeWireState {
  std::vector<AudioNode> nodes;
};

// PipeWire's own objects; all are ended with this one.
struct Connection {
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    pw_thread_loop_stop(client.loop);  // nothing is called back from here on
    if (registry != nullptr) pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry));
    if (wake >= 0) close(wake);
  }

  int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);  // something has come
  PipeWireClient client{"atoll sound"};
  pw_registry* registry = nullptr;
  spa_hook registry_hook{};
};

// Owned by PipeWire's real-time thread while the stream runs.
struct Continuity {
  bool has_begun = false;
  std::int64_t next_count = 0;  // of the server, at its rate
  std::int64_t next_ns = 0;

  // Samples that are missing before a block of `length` that the server says began at `time`.
  std::int64_t missing_before(const pw_time& time, std::int64_t length, const AudioFormat& format) {
    std::int64_t missing = 0;
    const auto count = static_cast<std::int64_t>(time.ticks);
    const bool follows =
        std::abs(count - next_count) <= kCountSlack || std::abs(time.now - next_ns) <= kTimeSlack.count();
    if (has_begun && !follows)
      missing = std::max<std::int64_t>(1, num_samples_in(Duration(time.now - next_ns), format));
    has_begun = true;
    const std::int64_t num = std::max<std::int64_t>(1, time.rate.num);
    next_count = count + length * time.rate.denom / (num * format.rate_hz);
    next_ns = time.now + duration_of(length, format).count();
    return missing;
  }
};

class PipeWireAudio final : public AudioSource {
 public:
  explicit PipeWireAudio(const PipeWireAudioConfig& config);

  AudioStatus wait_block(Timestamp deadline, AudioBlock& block) override;
  AudioSourceInfo info() const override { return info_; }

 private:
  void connect();
  [[nodiscard]] std::vector<AudioNode> ask_for_nodes();
  [[nodiscard]] std::optional<AudioNode> choose(const std::vector<AudioNode>& nodes) const;
  void open_stream(const std::optional<AudioNode>& target);
  void wait_sound(const std::vector<AudioNode>& nodes);
  void wait_signal(Timestamp deadline) const;
  void take(const spa_buffer& buffer);
  void end(const std::string& why);
  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(pw_.wake, &one, sizeof one);
  }

  static void on_global(void* data, std::uint32_t, std::uint32_t, const char* type, std::uint32_t,
                        const spa_dict* properties);
  static void on_state(void* data, pw_stream_state old, pw_stream_state now, const char* error);
  static void on_process(void* data);

  const PipeWireAudioConfig config_;
  AudioSourceInfo info_;
  ServerState server_;
  std::atomic<bool> ended_{false};
  AudioRing ring_;
  bool is_monitor_ = false;  // set before the stream runs
  Continuity continuity_;
  Connection pw_;  // last: its threads use all of the above
};

void PipeWireAudio::on_global(void* data, std::uint32_t, std::uint32_t, const char* type, std::uint32_t,
                              const spa_dict* properties) {
  if (std::strcmp(type, PW_TYPE_INTERFACE_Node) != 0) return;
  ServerState& server = static_cast<PipeWireAudio*>(data)->server_;
  const std::lock_guard lock(server.mutex);
  add_node(properties, server.nodes);
}

void PipeWireAudio::on_state(void* data, pw_stream_state old, pw_stream_state now, const char* error) {
  auto* audio = static_cast<PipeWireAudio*>(data);
  const bool was_connected = old == PW_STREAM_STATE_PAUSED || old == PW_STREAM_STATE_STREAMING;
  if (now == PW_STREAM_STATE_ERROR) audio->end(error != nullptr ? error : "unknown");
  if (now == PW_STREAM_STATE_UNCONNECTED && was_connected) audio->end("the server cut the connection");
}

void PipeWireAudio::on_process(void* data) {
  auto* audio = static_cast<PipeWireAudio*>(data);
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(audio->pw_.client.stream)) {
    audio->take(*buffer->buffer);
    pw_stream_queue_buffer(audio->pw_.client.stream, buffer);
  }
  audio->wake();
}

// PipeWire's real-time thread.
void PipeWireAudio::take(const spa_buffer& buffer) {
  if (buffer.n_datas < 1 || buffer.datas[0].data == nullptr) return;
  const spa_data& data = buffer.datas[0];
  const std::uint32_t offset = std::min(data.chunk->offset, data.maxsize);
  const std::uint32_t size = std::min(data.chunk->size, data.maxsize - offset);
  const auto channels = static_cast<std::uint32_t>(config_.format.num_channels);
  const std::int64_t length = size / (sizeof(std::int16_t) * channels);
  if (length == 0) return;
  pw_time time{};
  if (pw_stream_get_time_n(pw_.client.stream, &time, sizeof time) < 0 || time.now == 0) return;
  const std::int64_t missing = continuity_.missing_before(time, length, config_.format);
  // What the resampler still holds, where the server runs at another rate, comes before what it got now. And an output
  // that drives the server is heard a cycle late: the cycle begins with what its monitor got in the one before.
  const std::int64_t late = static_cast<std::int64_t>(time.buffered) + (is_monitor_ ? length : 0);
  const Duration held = duration_of(late, config_.format);
  const auto* samples = reinterpret_cast<const std::int16_t*>(static_cast<const std::uint8_t*>(data.data) + offset);
  ring_.put(from_ns(time.now) - held, {samples, static_cast<std::size_t>(length) * channels}, missing);
}

void PipeWireAudio::end(const std::string& why) {
  server_.end(why);
  ended_ = true;
  wake();
}

PipeWireAudio::PipeWireAudio(const PipeWireAudioConfig& config) : config_(config), ring_(config.format) {
  info_.format = config.format;
  connect();
  const std::vector<AudioNode> nodes = ask_for_nodes();
  const std::optional<AudioNode> target = choose(nodes);
  info_.name = target ? target->text() : "the desktop's output";
  open_stream(target);
  wait_sound(nodes);
}

void PipeWireAudio::connect() {
  static const auto registry_events = make_events<pw_registry_events>([](pw_registry_events& e) {
    e.version = PW_VERSION_REGISTRY_EVENTS;
    e.global = on_global;
  });
  ATOLL_CHECK(pw_.wake >= 0, "cannot make an eventfd: {}", std::strerror(errno));
  pw_.client.core = pw_context_connect(pw_.client.context, nullptr, 0);
  if (pw_.client.core == nullptr)
    fail(ErrorKind::kDevice,
         "no sound server: PipeWire does not answer at {} ({}); start it (`systemctl --user start pipewire "
         "wireplumber`), or record without sound",
         socket_name(), std::strerror(errno));
  pw_.client.listen(server_, [this](const std::string& why) { end(why); });
  pw_.registry = pw_core_get_registry(pw_.client.core, PW_VERSION_REGISTRY, 0);
  ATOLL_CHECK(pw_.registry != nullptr, "out of memory for PipeWire's registry");
  pw_registry_add_listener(pw_.registry, &pw_.registry_hook, &registry_events, this);
  pw_.client.start();
}

std::vector<AudioNode> PipeWireAudio::ask_for_nodes() {
  const int question = pw_.client.ask();
  std::unique_lock lock(server_.mutex);
  const auto is_answered = [&] { return server_.answered == question || server_.ended; };
  const bool answered =
      server_.changed.wait_until(lock, MonotonicClock::now() + config_.answer_within, is_answered) && !server_.ended;
  if (!answered)
    fail(ErrorKind::kDevice, "PipeWire at {} does not answer: {}; start it anew (`systemctl --user restart pipewire`)",
         socket_name(),
         server_.ended ? server_.problem : fmt::format("{} s passed", to_seconds(config_.answer_within)));
  return server_.nodes;
}

// Nothing: the session manager finds the desktop's output, and follows it when the person chooses another.
std::optional<AudioNode> PipeWireAudio::choose(const std::vector<AudioNode>& nodes) const {
  if (config_.target.empty()) {
    if (std::any_of(nodes.begin(), nodes.end(), [](const AudioNode& n) { return n.kind == AudioNodeKind::kOutput; }))
      return std::nullopt;
    fail(ErrorKind::kDevice,
         "no sound to record: PipeWire at {} has no output, expected one (Audio/Sink); found {}; connect a sound "
         "device, or have its session manager make a silent one (`pactl load-module module-null-sink`)",
         socket_name(), text_of(nodes));
  }
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const AudioNode& n) { return n.is_called(config_.target); });
  if (found == nodes.end())
    fail(ErrorKind::kDevice,
         "no sound to record: nothing at PipeWire is called \"{}\", found {}; name one of these (a program is there "
         "while it plays)",
         config_.target, text_of(nodes));
  return *found;
}

void PipeWireAudio::open_stream(const std::optional<AudioNode>& target) {
  static const auto stream_events = make_events<pw_stream_events>([](pw_stream_events& e) {
    e.version = PW_VERSION_STREAM_EVENTS;
    e.state_changed = on_state;
    e.process = on_process;
  });
  const PipeWireLock lock(pw_.client);
  pw_properties* properties = pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Capture",
                                                PW_KEY_MEDIA_ROLE, "Production", PW_KEY_NODE_NAME, "atoll", nullptr);
  is_monitor_ = !target || target->kind == AudioNodeKind::kOutput;
  if (is_monitor_) pw_properties_set(properties, PW_KEY_STREAM_CAPTURE_SINK, "true");
  if (target) {
    pw_properties_set(properties, PW_KEY_TARGET_OBJECT, target->serial.c_str());
    pw_properties_set(properties, PW_KEY_NODE_DONT_RECONNECT, "true");
  }
  pw_.client.stream = pw_stream_new(pw_.client.core, "atoll", properties);
  ATOLL_CHECK(pw_.client.stream != nullptr, "out of memory for a PipeWire stream");
  pw_stream_add_listener(pw_.client.stream, &pw_.client.stream_hook, &stream_events, this);
  std::array<std::uint8_t, 1024> memory{};
  spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory.data(), static_cast<std::uint32_t>(memory.size()));
  spa_audio_info_raw raw{};
  raw.format = SPA_AUDIO_FORMAT_S16;
  raw.rate = static_cast<std::uint32_t>(config_.format.rate_hz);
  raw.channels = static_cast<std::uint32_t>(config_.format.num_channels);
  if (raw.channels == 1) raw.position[0] = SPA_AUDIO_CHANNEL_MONO;
  if (raw.channels == 2) std::copy_n(std::array{SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR}.begin(), 2, raw.position);
  const spa_pod* format = spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &raw);
  const int connected = pw_stream_connect(
      pw_.client.stream, PW_DIRECTION_INPUT, PW_ID_ANY,
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS),
      &format, 1);
  if (connected < 0)
    fail(ErrorKind::kDevice, "cannot connect to {} through PipeWire: {}", info_.name, std::strerror(-connected));
}

void PipeWireAudio::wait_sound(const std::vector<AudioNode>& nodes) {
  const Timestamp deadline = MonotonicClock::now() + config_.answer_within;
  while (ring_.is_empty() && !ended_ && MonotonicClock::now() < deadline) wait_signal(deadline);
  if (!ring_.is_empty()) return;
  const std::lock_guard lock(server_.mutex);
  fail(ErrorKind::kDevice,
       "no sound comes from {}: {}; found {}; expected a session manager that links the recorder to it (package "
       "wireplumber), and a program that is asked for to play",
       info_.name, server_.ended ? server_.problem : fmt::format("none for {} s", to_seconds(config_.answer_within)),
       text_of(nodes));
}

void PipeWireAudio::wait_signal(Timestamp deadline) const {
  const double left_ms = std::max(0.0, to_ms(deadline - MonotonicClock::now()));
  pollfd waiting{pw_.wake, POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(std::ceil(left_ms))) <= 0) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t read_bytes = read(pw_.wake, &count, sizeof count);
}

AudioStatus PipeWireAudio::wait_block(Timestamp deadline, AudioBlock& block) {
  while (!ring_.take(block, info_.num_lost)) {
    if (ended_) {
      const std::lock_guard lock(server_.mutex);
      info_.problem = server_.problem;
      return AudioStatus::kGone;
    }
    if (MonotonicClock::now() >= deadline) return AudioStatus::kTimeout;
    wait_signal(deadline);
  }
  if (info_.num_samples == 0) block.lost.clear();  // nothing comes before the first
  info_.num_samples += static_cast<std::uint64_t>(block.num_samples());
  return AudioStatus::kBlock;
}

}  // namespace

std::unique_ptr<AudioSource> create_pipewire_audio(const PipeWireAudioConfig& config) {
  ATOLL_CHECK(config.format.rate_hz > 0 && (config.format.num_channels == 1 || config.format.num_channels == 2),
              "sound of {} Hz and {} channels, expected > 0 and 1 or 2", config.format.rate_hz,
              config.format.num_channels);
  return std::make_unique<PipeWireAudio>(config);
}

}  // namespace atl::capture
