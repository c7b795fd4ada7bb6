// A program as games are that flashes and beeps at the same moments: beep_program COUNT PERIOD_MS LOG [pipewire|sdl]
// shows a black SDL window (none without a display), and at each of COUNT moments, about PERIOD_MS apart, turns it
// white for 100 ms and sounds for 20 ms. LOG gets a line for each: when the beep was meant to begin, and between which
// two moments the window's white picture was presented, in ns of CLOCK_MONOTONIC.
//   pipewire  the beep begins at the very sample whose time at the sound server is the meant one
//   sdl       it begins, as of a game, with the next buffer that SDL asks for after the meant moment
// It prints "up" when both run, and ends by itself.
#include "core/clock.h"
#include "core/random.h"

#include <SDL.h>
#include <fmt/core.h>
#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

using atl::Timestamp;

constexpr int kRate_hz = 48'000;
constexpr std::int64_t kBeep = kRate_hz / 50;      // samples
constexpr std::int64_t kPeriod = kRate_hz / 1000;  // of its square wave, in samples
constexpr std::int16_t kLoudness = 16'000;

// The moments; the sound's thread reads those that lie ahead.
std::vector<std::int64_t> moments_ns;

// PipeWire's real-time thread: sound of the buffer whose first sample has the time `begin_ns`.
void fill(std::int16_t* samples, std::int64_t count, std::int64_t begin_ns) {
  std::memset(samples, 0, static_cast<std::size_t>(count) * 2 * sizeof(std::int16_t));
  for (const std::int64_t moment : moments_ns) {
    // Rounded to the nearest sample.
    const std::int64_t first =
        ((moment - begin_ns) * kRate_hz + (moment > begin_ns ? 500'000'000 : -500'000'000)) / 1'000'000'000;
    for (std::int64_t i = std::max<std::int64_t>(0, first); i < std::min(count, first + kBeep); ++i) {
      const bool is_high = (i - first) % kPeriod < kPeriod / 2;
      samples[2 * i] = samples[2 * i + 1] = is_high ? kLoudness : static_cast<std::int16_t>(-kLoudness);
    }
  }
}

class PipeWireBeeps {
 public:
  PipeWireBeeps() {
    pw_init(nullptr, nullptr);
    loop_ = pw_thread_loop_new("beep", nullptr);
    events_.version = PW_VERSION_STREAM_EVENTS;
    events_.process = [](void* data) { static_cast<PipeWireBeeps*>(data)->process(); };
    pw_thread_loop_lock(loop_);
    stream_ = pw_stream_new_simple(pw_thread_loop_get_loop(loop_), "beep",
                                   pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Playback",
                                                     PW_KEY_MEDIA_ROLE, "Game", PW_KEY_NODE_NAME, "beep", nullptr),
                                   &events_, this);
    std::array<std::uint8_t, 1024> memory{};
    spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory.data(), static_cast<std::uint32_t>(memory.size()));
    spa_audio_info_raw raw{};
    raw.format = SPA_AUDIO_FORMAT_S16;
    raw.rate = kRate_hz;
    raw.channels = 2;
    raw.position[0] = SPA_AUDIO_CHANNEL_FL;
    raw.position[1] = SPA_AUDIO_CHANNEL_FR;
    const spa_pod* format = spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &raw);
    if (stream_ == nullptr ||
        pw_stream_connect(stream_, PW_DIRECTION_OUTPUT, PW_ID_ANY,
                          static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS |
                                                       PW_STREAM_FLAG_RT_PROCESS),
                          &format, 1) < 0) {
      fmt::print(stderr, "beep_program: no PipeWire\n");
      std::exit(1);
    }
    pw_thread_loop_unlock(loop_);
    pw_thread_loop_start(loop_);
  }
  PipeWireBeeps(const PipeWireBeeps&) = delete;
  PipeWireBeeps& operator=(const PipeWireBeeps&) = delete;
  ~PipeWireBeeps() {
    pw_thread_loop_stop(loop_);
    pw_stream_destroy(stream_);
    pw_thread_loop_destroy(loop_);
  }

  [[nodiscard]] bool runs() const { return num_buffers_ > 0; }

 private:
  void process() {
    pw_buffer* buffer = pw_stream_dequeue_buffer(stream_);
    if (buffer == nullptr) return;
    spa_data& data = buffer->buffer->datas[0];
    pw_time time{};
    pw_stream_get_time_n(stream_, &time, sizeof time);
    const std::int64_t room = data.maxsize / 4;
    const std::int64_t count =
        buffer->requested > 0 ? std::min<std::int64_t>(room, static_cast<std::int64_t>(buffer->requested)) : room;
    fill(static_cast<std::int16_t*>(data.data), count, time.now);
    data.chunk->offset = 0;
    data.chunk->stride = 4;
    data.chunk->size = static_cast<std::uint32_t>(count * 4);
    pw_stream_queue_buffer(stream_, buffer);
    ++num_buffers_;
  }

  pw_thread_loop* loop_ = nullptr;
  pw_stream* stream_ = nullptr;
  pw_stream_events events_{};
  std::atomic<int> num_buffers_{0};
};

// As games mix: what is asked for begins at the start of the next buffer.
class SdlBeeps {
 public:
  SdlBeeps() {
    SDL_AudioSpec wanted{};
    wanted.freq = kRate_hz;
    wanted.format = AUDIO_S16SYS;
    wanted.channels = 2;
    wanted.samples = 512;
    wanted.userdata = this;
    wanted.callback = [](void* self, Uint8* bytes, int size) {
      static_cast<SdlBeeps*>(self)->mix(reinterpret_cast<std::int16_t*>(bytes), size / 4);
    };
    device_ = SDL_InitSubSystem(SDL_INIT_AUDIO) == 0 ? SDL_OpenAudioDevice(nullptr, 0, &wanted, nullptr, 0) : 0;
    if (device_ == 0) {
      fmt::print(stderr, "beep_program: {}\n", SDL_GetError());
      std::exit(1);
    }
    SDL_PauseAudioDevice(device_, 0);
  }
  SdlBeeps(const SdlBeeps&) = delete;
  SdlBeeps& operator=(const SdlBeeps&) = delete;
  ~SdlBeeps() { SDL_CloseAudioDevice(device_); }

  [[nodiscard]] bool runs() const { return num_buffers_ > 0; }
  void beep() { is_asked_ = true; }

 private:
  void mix(std::int16_t* samples, std::int64_t count) {
    ++num_buffers_;
    std::memset(samples, 0, static_cast<std::size_t>(count) * 4);
    if (is_asked_.exchange(false)) at_ = 0;
    for (std::int64_t i = 0; i < count && at_ < kBeep; ++i, ++at_)
      samples[2 * i] = samples[2 * i + 1] =
          at_ % kPeriod < kPeriod / 2 ? kLoudness : static_cast<std::int16_t>(-kLoudness);
  }

  SDL_AudioDeviceID device_ = 0;
  std::atomic<int> num_buffers_{0};
  std::atomic<bool> is_asked_{false};
  std::int64_t at_ = kBeep;  // SDL's thread's
};

class Flashes {
 public:
  Flashes() {
    if (std::getenv("DISPLAY") == nullptr || SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) return;
    window_ = SDL_CreateWindow("beeps", 0, 0, 160, 120, 0);
    show(false);
  }
  void show(bool white) {
    if (window_ == nullptr) return;
    SDL_Event event;
    while (SDL_PollEvent(&event) != 0) {
    }
    SDL_Surface* surface = SDL_GetWindowSurface(window_);
    SDL_FillRect(surface, nullptr, white ? 0xffffffU : 0xff000000U);
    SDL_UpdateWindowSurface(window_);
  }

 private:
  SDL_Window* window_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const int count = std::atoi(argv[1]);
  const int period_ms = std::atoi(argv[2]);
  const bool by_sdl = argc > 4 && std::strcmp(argv[4], "sdl") == 0;
  std::FILE* log = std::fopen(argv[3], "w");
  if (log == nullptr || count < 1 || period_ms < 200) return 2;
  SDL_Init(0);
  atl::SystemClock clock;
  Flashes flashes;
  atl::Random random(1);
  const auto plan = [&](Timestamp begin) {
    for (int i = 0; i < count; ++i)
      moments_ns.push_back(atl::to_ns(begin + std::chrono::milliseconds(static_cast<std::int64_t>(i) * period_ms)) +
                           static_cast<std::int64_t>(random.below(50'000'000)));
  };
  // Its window must be found and the recording run before the first of them.
  plan(clock.now() + std::chrono::seconds(argc > 5 ? std::atoi(argv[5]) : 4));
  std::unique_ptr<PipeWireBeeps> pipewire;
  std::unique_ptr<SdlBeeps> sdl;
  by_sdl ? void(sdl = std::make_unique<SdlBeeps>()) : void(pipewire = std::make_unique<PipeWireBeeps>());
  while (!(by_sdl ? sdl->runs() : pipewire->runs())) clock.sleep_until(clock.now() + std::chrono::milliseconds(5));
  fmt::print("up\n");
  std::fflush(stdout);
  for (const std::int64_t moment : moments_ns) {
    clock.sleep_until(atl::from_ns(moment));
    if (sdl) sdl->beep();
    const std::int64_t before = atl::to_ns(clock.now());
    flashes.show(true);
    fmt::print(log, "{} {} {}\n", moment, before, atl::to_ns(clock.now()));
    std::fflush(log);
    clock.sleep_until(clock.now() + std::chrono::milliseconds(100));
    flashes.show(false);
  }
  clock.sleep_until(clock.now() + std::chrono::milliseconds(500));
  std::fclose(log);
  return 0;
}
