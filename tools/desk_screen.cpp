#include "tools/desk_screen.h"

#include "core/clock.h"
#include "core/log.h"
#include "input/source.h"
#include "x11/overlay.h"
#include "x11/window.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace atl::tools {
namespace {

constexpr Duration kLook = std::chrono::milliseconds(50);  // between looks at what is to be shown
constexpr Duration kRaise = std::chrono::seconds(1);       // between attempts to come above what covers the words
constexpr std::uint32_t kWhite = 0xf4f4f0;

std::uint32_t ground_of(DeskTone tone) {
  switch (tone) {
    case DeskTone::kRecording: return 0x7a1010;
    case DeskTone::kPaused: return 0x404040;
    case DeskTone::kWarning: return 0xb35900;
  }
  return 0;
}

std::unique_ptr<input::InputSource> listen_to(const DeskScreenConfig& config) {
  if (config.hears_devices) return input::create_evdev_source({.gamepads = false});
  return input::create_x11_source({.display = config.display});
}

class DeskThread final : public DeskScreen {
 public:
  explicit DeskThread(const DeskScreenConfig& config) : keys_(config.keys), input_(listen_to(config)) {
    if (config.has_indicator) {
      connection_.emplace(config.display);
      overlay_.emplace(*connection_);
    }
    thread_ = std::thread([this] { run(); });
  }

  ~DeskThread() override {
    done_ = true;
    thread_.join();
  }

  std::vector<Control> poll_presses() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(presses_, {});
  }

  void show(DeskWords words) override {
    const std::lock_guard lock(mutex_);
    words_ = std::move(words);
  }

 private:
  void run() {
    try {
      while (!done_) {
        listen();
        if (overlay_) draw();
      }
    } catch (const std::exception& error) {
      log_warning("the recorder's keys and its indicator are off: {}", error.what());
    }
  }

  void listen() {
    std::vector<InputEvent> events;
    input_->wait_events(MonotonicClock::now() + kLook, events);
    const std::lock_guard lock(mutex_);
    for (const InputEvent& event : events) {
      if (event.kind != InputKind::kControl || !event.pressed) continue;
      if (keys_.test(static_cast<std::size_t>(index_of(event.control)))) presses_.push_back(event.control);
    }
  }

  void draw() {
    while (const x11::Event event = connection_->poll_event()) static_cast<void>(overlay_->on_event(event));
    connection_->check();
    const DeskWords words = [this] {
      const std::lock_guard lock(mutex_);
      return words_;
    }();
    if (overlay_->is_covered() && MonotonicClock::now() >= next_raise_) {
      overlay_->raise();
      next_raise_ = MonotonicClock::now() + kRaise;
    }
    if (words == shown_ || words.lines.empty()) return;
    std::vector<x11::OverlayLine> lines;
    for (const std::string& line : words.lines) lines.push_back({line, kWhite});
    if (const auto screen = x11::client_area(*connection_, connection_->root()))
      overlay_->show(lines, ground_of(words.tone), *screen, x11::Corner::kBottomRight);
    shown_ = words;
  }

  const ControlSet keys_;
  const std::unique_ptr<input::InputSource> input_;
  std::optional<x11::Connection> connection_;
  std::optional<x11::Overlay> overlay_;
  DeskWords shown_;
  Timestamp next_raise_;
  std::atomic<bool> done_{false};
  std::mutex mutex_;
  std::vector<Control> presses_;  // guarded by mutex_
  DeskWords words_;               // guarded by mutex_
  std::thread thread_;
};

}  // namespace

std::unique_ptr<DeskScreen> create_desk_screen(const DeskScreenConfig& config) {
  return std::make_unique<DeskThread>(config);
}

}  // namespace atl::tools
