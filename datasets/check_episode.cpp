#include "datasets/check_episode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace atl::datasets {
namespace {

using Problems = std::vector<std::string>;

double seconds_into(const EpisodeContent& content, Timestamp time) {
  return to_seconds(time - content.episode.start.time);
}

// Times that never go back, all inside the episode.
template <class Item, class TimeOf>
void check_order(const EpisodeContent& content, const std::vector<Item>& items, std::string_view name,
                 const TimeOf& time_of, Problems& problems) {
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (time_of(items[i]) >= time_of(items[i - 1])) continue;
    problems.push_back(fmt::format("{} {} at {:.6f} s is older than the one before it ({:.6f} s)", name, i,
                                   seconds_into(content, time_of(items[i])),
                                   seconds_into(content, time_of(items[i - 1]))));
    return;  // one is enough; the rest often follows from it
  }
}

void check_actions(const EpisodeContent& content, Problems& problems) {
  for (std::size_t i = 0; i < content.actions.size(); ++i) {
    if (content.actions[i].step == i) continue;
    problems.push_back(fmt::format("action {} has step {}, expected {}", i, content.actions[i].step, i));
    break;
  }
  if (content.episode.end && content.episode.end->num_steps != content.actions.size())
    problems.push_back(
        fmt::format("{} actions, but it ended after {} steps", content.actions.size(), content.episode.end->num_steps));
  if (!content.actions.empty() && content.actions.front().time < content.episode.start.time)
    problems.push_back(fmt::format("its first action is {:.6f} s older than its start",
                                   -seconds_into(content, content.actions.front().time)));
}

// What each origin holds, as far as its events tell.
struct KeyState {
  ControlSet known;  // controls that had an event
  ControlSet down;
  std::array<Timestamp, kNumControls> changed{};
};

void check_presses(const EpisodeContent& content, Problems& problems) {
  std::array<KeyState, 3> states;  // by origin
  for (const InputEvent& event : content.inputs) {
    if (event.kind != InputKind::kControl) continue;
    KeyState& state = states.at(static_cast<std::size_t>(event.origin));
    const auto index = static_cast<std::size_t>(index_of(event.control));
    if (state.known.test(index) && state.down.test(index) == event.pressed)
      problems.push_back(fmt::format("\"{}\" is {} by {} at {:.6f} s although it already was",
                                     info_of(event.control).name, event.pressed ? "pressed" : "released",
                                     to_string(event.origin), seconds_into(content, event.time)));
    state.known.set(index);
    state.down.set(index, event.pressed);
    if (problems.size() >= 5) return;
  }
}

// Actions say what is held at their end; events say when it changed. A change nearer to the border of two steps than
// half a step may count for either.
void check_held(const EpisodeContent& content, const SourceFacts& facts, Problems& problems) {
  if (content.inputs.empty()) return;  // stepped recordings may hold actions alone
  const Duration period = period_of(facts.action_rate_hz);
  std::array<KeyState, 3> states;
  std::size_t next = 0;
  std::uint64_t wrong = 0;
  std::string first;
  for (const RecordedAction& action : content.actions) {
    const Timestamp end = action.time + period;
    if (content.episode.end && end > content.episode.end->time) break;  // cut inside the step: events may be missing
    for (; next < content.inputs.size() && content.inputs[next].time < end + period / 2; ++next) {
      const InputEvent& event = content.inputs[next];
      if (event.kind != InputKind::kControl) continue;
      KeyState& state = states.at(static_cast<std::size_t>(event.origin));
      const auto index = static_cast<std::size_t>(index_of(event.control));
      state.known.set(index);
      state.down.set(index, event.pressed);
      state.changed[index] = event.time;
    }
    for (std::size_t i = 0; i < kNumControls; ++i) {
      bool known = false;
      bool down = false;
      bool settled = true;
      for (const KeyState& state : states) {
        known |= state.known.test(i);
        down |= state.down.test(i);
        settled &= !state.known.test(i) || state.changed[i] < end - period / 2;
      }
      if (!known || !settled || down == action.action.held.test(i)) continue;
      if (wrong++ == 0)
        first = fmt::format("at step {} \"{}\" is {} in the action and {} by the events", action.step,
                            control_table()[i].name, down ? "up" : "down", down ? "down" : "up");
    }
  }
  if (wrong > 0) problems.push_back(fmt::format("held keys of actions and events differ {} times; {}", wrong, first));
}

void check_pictures(const EpisodeContent& content, Problems& problems) {
  std::optional<std::uint64_t> last;
  for (const FrameEntry& frame : content.frames) {
    if (frame.kind == FrameKind::kHeartbeat) continue;
    if (last && frame.sequence <= *last) {
      problems.push_back(fmt::format("picture {} comes after picture {}", frame.sequence, *last));
      return;
    }
    last = frame.sequence;
  }
}

// A policy cannot act on a picture that is not there yet.
void check_causality(const EpisodeContent& content, const SourceFacts& facts, Problems& problems) {
  if (facts.clock != "monotonic") return;
  for (const RecordedAction& action : content.actions) {
    if (action.observed_frame < 0 || action.latency_ns <= 0) continue;
    const auto frame = std::find_if(content.frames.begin(), content.frames.end(), [&](const FrameEntry& f) {
      return f.kind != FrameKind::kHeartbeat && f.sequence == static_cast<std::uint64_t>(action.observed_frame);
    });
    if (frame == content.frames.end() || frame->done <= action.time) continue;
    problems.push_back(fmt::format("action {} acts on picture {}, which was complete {:.3f} ms after it began",
                                   action.step, frame->sequence, to_ms(frame->done - action.time)));
    return;
  }
}

}  // namespace

std::uint64_t count_missing_pictures(const EpisodeContent& content) {
  std::uint64_t missing = 0;
  std::optional<std::uint64_t> last;
  for (const FrameEntry& frame : content.frames) {
    if (frame.kind == FrameKind::kHeartbeat) continue;
    if (last && frame.sequence > *last) missing += frame.sequence - *last - 1;
    last = frame.sequence;
  }
  return missing;
}

std::vector<std::string> check_episode(const EpisodeContent& content, const SourceFacts& facts) {
  Problems problems;
  if (content.episode.end && content.episode.end->time < content.episode.start.time)
    problems.push_back(
        fmt::format("ends {:.6f} s before it begins", -seconds_into(content, content.episode.end->time)));
  for (const Instruction& instruction : content.episode.instructions) {
    if (instruction.end && *instruction.end < instruction.begin)
      problems.push_back(fmt::format("instruction \"{}\" ends before it begins", instruction.text));
  }
  check_actions(content, problems);
  check_order(
      content, content.actions, "action", [](const RecordedAction& a) { return a.time; }, problems);
  check_order(
      content, content.inputs, "input event", [](const InputEvent& e) { return e.time; }, problems);
  check_order(
      content, content.frames, "picture", [](const FrameEntry& f) { return f.done; }, problems);
  check_pictures(content, problems);
  check_presses(content, problems);
  check_held(content, facts, problems);
  check_causality(content, facts, problems);
  return problems;
}

}  // namespace atl::datasets
