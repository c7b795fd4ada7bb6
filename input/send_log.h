// What the guard sent and has not seen come back yet: tells its own input from a person's.
//
// The display echoes each injected event as a raw event that carries the number of the request it came from, and does
// so before it serves the next request. So an event is the guard's own exactly if it equals what the request of that
// number sent; device ids are not needed, and a person who injects through the same device is still a person.
#pragma once

#include "core/input_event.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace atl::input {

/// Of request numbers, which wrap around.
[[nodiscard]] inline bool is_before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

class SendLog {
 public:
  /// Notes that request `sequence` sends `event`. Sequences grow.
  void add(std::uint32_t sequence, const InputEvent& event);

  /// A raw event came that the display stamped with `sequence`. Appends to `out`, in the display's order: what was sent
  /// before it, then the event itself as sent if it is an echo. Returns false if it is not: a person's, told between
  /// the two.
  [[nodiscard]] bool claim(std::uint32_t sequence, const InputEvent& event, std::vector<InputEvent>& out);

  /// The display has served all requests up to `sequence`: appends what has no echo (positions of the pointer).
  void settle(std::uint32_t sequence, std::vector<InputEvent>& out);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t sequence;
    InputEvent event;
  };
  std::deque<Entry> entries_;
};

}  // namespace atl::input
