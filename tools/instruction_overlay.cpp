#include "tools/instruction_overlay.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "x11/connection.h"
#include "x11/overlay.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

namespace atl::tools {
namespace {

constexpr std::size_t kLineLetters = 44;
constexpr std::uint32_t kGround = 0x1f3a5f;
constexpr std::uint32_t kNewGround = 0x8a5a00;  // for a moment, so that a new one is noticed
constexpr Duration kNewTime = std::chrono::seconds(2);
constexpr Duration kLook = std::chrono::milliseconds(50);
constexpr Duration kRaiseEvery = std::chrono::milliseconds(500);

std::vector<x11::OverlayLine> lines_of(const std::string& text) {
  std::vector<x11::OverlayLine> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (lines.empty() || lines.back().text.size() + 1 + word.size() > kLineLetters)
      lines.push_back({word});
    else
      lines.back().text += " " + word;
  }
  return lines;
}

}  // namespace

struct InstructionOverlay::State {
  explicit State(const std::string& display) : connection(display), overlay(connection) {}

  x11::Connection connection;  // the thread's
  x11::Overlay overlay;        // likewise
  std::mutex mutex;
  std::string text;          // guarded by mutex
  WindowGeometry window;     // guarded by mutex
  std::uint64_t number = 0;  // guarded by mutex; of what is to be shown
  std::atomic<bool> ending = false;
  std::thread thread;

  void draw(const std::string& words, const WindowGeometry& place, std::uint32_t ground) {
    const std::vector<x11::OverlayLine> lines = lines_of(words);
    if (lines.empty())
      overlay.hide();
    else
      overlay.show(lines, ground, place, x11::Corner::kTopLeft);
  }

  void serve() {
    std::uint64_t shown = 0;
    Timestamp calm = Timestamp::max();  // when it is new no more
    Timestamp raised;
    std::string words;
    WindowGeometry place;
    while (!ending && !connection.is_lost()) {
      const Timestamp now = MonotonicClock::now();
      bool is_new = false;
      {
        const std::lock_guard lock(mutex);
        is_new = shown != number;
        shown = number;
        words = text;
        place = window;
      }
      if (is_new) {
        draw(words, place, kNewGround);
        calm = now + kNewTime;
      } else if (calm <= now) {
        draw(words, place, kGround);
        calm = Timestamp::max();
      }
      while (const x11::Event event = connection.poll_event()) overlay.on_event(event);
      if (overlay.is_covered() && now >= raised + kRaiseEvery) {
        overlay.raise();
        raised = now;
      }
      connection.wait_readable(now + kLook);
    }
  }
};

InstructionOverlay::InstructionOverlay(const std::string& display) : state_(std::make_unique<State>(display)) {
  state_->thread = std::thread([this] {
    try {
      state_->serve();
    } catch (const Error& error) {
      if (!state_->ending && !state_->connection.is_lost())
        log_warning("the player sees no instructions: {}", error.what());
    }
  });
}

InstructionOverlay::~InstructionOverlay() {
  state_->ending = true;
  state_->thread.join();
}

void InstructionOverlay::show(const std::string& text, const WindowGeometry& window) {
  const std::lock_guard lock(state_->mutex);
  state_->text = text;
  state_->window = window;
  ++state_->number;
}

}  // namespace atl::tools
