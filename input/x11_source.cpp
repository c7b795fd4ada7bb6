#include "input/desk_gamepads.h"
#include "input/focus_filter.h"
#include "input/source.h"
#include "input/x11_focus.h"
#include "input/x11_raw_input.h"
#include "x11/connection.h"

#include <algorithm>

namespace atl::input {
namespace {

class X11Source final : public InputSource {
 public:
  explicit X11Source(const X11SourceConfig& config)
      : connection_(config.display),
        focus_(connection_, config.window),
        raw_(connection_, config.window),
        gamepads_(connection_, config.gamepads, config.origin),
        origin_(config.origin) {
    std::vector<InputEvent> none;
    filter_.set_focused(focus_.is_focused(), MonotonicClock::now(), none);
  }

  void poll_events(std::vector<InputEvent>& events) override {
    const std::size_t first = events.size();
    while (const x11::Event event = connection_.poll_event()) {
      if (focus_.on_event(event)) {
        filter_.set_focused(focus_.is_focused(), MonotonicClock::now(), events);
      } else if (auto input = raw_.decode(event)) {
        input->event.origin = origin_;
        filter_.apply(input->event, events);
      }
    }
    connection_.check();
    read_gamepads(events);
    for (std::size_t i = first; i < events.size(); ++i) events[i].time = last_ = std::max(last_, events[i].time);
  }

  void wait_events(Timestamp deadline, std::vector<InputEvent>& events) override {
    const std::size_t before = events.size();
    do {
      poll_events(events);
    } while (events.size() == before && connection_.wait_readable(deadline, gamepads_.fd()));
  }

  std::vector<InputLoss> take_losses() override { return gamepads_.take_losses(); }

 private:
  void read_gamepads(std::vector<InputEvent>& events) {
    std::vector<InputEvent> heard;
    gamepads_.read(heard);
    for (const InputEvent& event : heard) filter_.apply(event, events);
  }

  x11::Connection connection_;
  X11Focus focus_;
  X11RawInput raw_;
  FocusFilter filter_;
  DeskGamepads gamepads_;
  const Origin origin_;
  Timestamp last_;  // times never go back
};

}  // namespace

std::unique_ptr<InputSource> create_x11_source(const X11SourceConfig& config) {
  return std::make_unique<X11Source>(config);
}

}  // namespace atl::input
