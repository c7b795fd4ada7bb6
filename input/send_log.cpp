#include "input/send_log.h"

namespace atl::input {
namespace {

bool same_input(const InputEvent& a, const InputEvent& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == InputKind::kControl) return a.control == b.control && a.pressed == b.pressed;
  return a.dx == b.dx && a.dy == b.dy;
}

}  // namespace

void SendLog::add(std::uint32_t sequence, const InputEvent& event) { entries_.push_back({sequence, event}); }

bool SendLog::claim(std::uint32_t sequence, const InputEvent& event, std::vector<InputEvent>& out) {
  while (!entries_.empty() && is_before(entries_.front().sequence, sequence)) {
    out.push_back(entries_.front().event);
    entries_.pop_front();
  }
  if (entries_.empty() || entries_.front().sequence != sequence) return false;
  // A person's event that the display took in before it served the request; the echo is still to come.
  if (!same_input(entries_.front().event, event)) return false;
  out.push_back(entries_.front().event);
  entries_.pop_front();
  return true;
}

void SendLog::settle(std::uint32_t sequence, std::vector<InputEvent>& out) {
  while (!entries_.empty() && !is_before(sequence, entries_.front().sequence)) {
    out.push_back(entries_.front().event);
    entries_.pop_front();
  }
}

}  // namespace atl::input
