#include "core/error.h"
#include "datasets/messages.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace atl::datasets {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(std::string_view topic, Timestamp time, std::string_view reason) {
  fail(ErrorKind::kFormat, "{} message at {:.6f} s of the recording's clock: {}", topic,
       std::chrono::duration<double>(time.time_since_epoch()).count(), reason);
}

// Runs `fill` over the parsed text; whatever does not fit becomes one Error that names topic and time.
template <class Fill>
void parse(std::string_view json, std::string_view topic, Timestamp time, const Fill& fill) {
  try {
    const Json parsed = Json::parse(json);
    fill(parsed);
  } catch (const Json::exception& error) {
    refuse(topic, time, error.what());
  } catch (const std::out_of_range& error) {
    refuse(topic, time, error.what());
  }
}

template <class T>
T get(const Json& json, const char* key) {
  const Json& value = json.at(key);
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if (!value.is_number_integer())
      throw std::out_of_range(fmt::format("{} is {}, expected a whole number", key, value.dump()));
    const bool fits = value.is_number_unsigned() ? std::in_range<T>(value.get<std::uint64_t>())
                                                 : std::in_range<T>(value.get<std::int64_t>());
    if (!fits) throw std::out_of_range(fmt::format("{} is {}, which is out of range", key, value.dump()));
  }
  return value.get<T>();
}

template <class T>
T get_or(const Json& json, const char* key, T otherwise) {
  return json.contains(key) ? get<T>(json, key) : otherwise;
}

std::uint64_t get_hex(const Json& json, const char* key) {
  const std::string text = get<std::string>(json, key);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.size() != 16)
    throw std::out_of_range(fmt::format("{} is \"{}\", expected 16 hexadecimal digits", key, text));
  return value;
}

template <class Find>
auto get_name(const Json& json, const char* key, const Find& find) {
  const std::string name = get<std::string>(json, key);
  const auto found = find(name);
  if (!found) throw std::out_of_range(fmt::format("{} \"{}\" is unknown", key, name));
  return *found;
}

std::size_t control_index(const std::string& name) {
  const auto control = find_control(name);
  if (!control) throw std::out_of_range(fmt::format("control \"{}\" is unknown", name));
  return static_cast<std::size_t>(index_of(*control));
}

}  // namespace

bool is_episode_start(std::string_view json) {
  bool start = false;
  parse(json, "atoll/episode", Timestamp{}, [&](const Json& j) {
    const std::string event = get<std::string>(j, "event");
    if (event != "start" && event != "end") throw std::out_of_range(fmt::format("event \"{}\" is unknown", event));
    start = event == "start";
  });
  return start;
}

void decode(std::string_view json, Timestamp time, FactsMessage& m) {
  parse(json, "atoll/facts", time, [&](const Json& j) {
    m.version = get<int>(j, "version");
    if (m.version > kRecordingVersion)
      fail(ErrorKind::kVersion, "the recording has version {}, this Atoll reads up to {}; use a newer Atoll", m.version,
           kRecordingVersion);
    m.log_offset_ns = get<std::int64_t>(j, "log_offset_ns");
    m.recording_toml = get<std::string>(j, "recording_toml");
  });
}

void decode(std::string_view json, Timestamp time, ClockMessage& m) {
  parse(json, "atoll/clock", time, [&](const Json& j) {
    m.monotonic = from_ns(get<std::int64_t>(j, "monotonic_ns"));
    m.wall_ns = get<std::int64_t>(j, "wall_ns");
  });
}

void decode(std::string_view json, Timestamp time, EpisodeStartMessage& m) {
  parse(json, "atoll/episode", time, [&](const Json& j) {
    EpisodeStart& s = m.start;
    s.time = time;
    s.episode = get<std::uint64_t>(j, "episode");
    m.log_offset_ns = get<std::int64_t>(j, "log_offset_ns");
    s.seed = get<std::uint64_t>(j, "seed");
    s.family = get<std::string>(j, "family");
    s.split = get<std::string>(j, "split");
    s.target = get<std::string>(j, "target");
    s.instruction = get<std::string>(j, "instruction");
    s.time_limit_s = get<double>(j, "time_limit_s");
    s.start_hash = get_hex(j, "start_hash");
    s.player = get<std::string>(j, "player");
    s.goes_on = j.contains("goes_on") && get<bool>(j, "goes_on");
  });
}

void decode(std::string_view json, Timestamp time, EpisodeEnd& m) {
  parse(json, "atoll/episode", time, [&](const Json& j) {
    m.time = time;
    m.episode = get<std::uint64_t>(j, "episode");
    m.num_steps = get<std::uint64_t>(j, "num_steps");
    m.verdict = get<std::string>(j, "verdict");
    m.reason = get<std::string>(j, "reason");
    m.object = get<std::string>(j, "object");
    m.judge = get<std::string>(j, "judge");
    m.end_hash = get_hex(j, "end_hash");
    m.discarded = j.contains("discarded") && get<bool>(j, "discarded");
  });
}

void decode(std::string_view json, Timestamp time, Instruction& m) {
  parse(json, "atoll/instruction", time, [&](const Json& j) {
    m.begin = time;
    m.text = get<std::string>(j, "text");
    m.source = get_name(j, "source", find_instruction_source);
    m.mark = get_name(j, "mark", find_success_mark);
    m.end.reset();
    if (j.contains("duration_ns")) m.end = time + Duration(get<std::int64_t>(j, "duration_ns"));
  });
}

void decode(std::string_view json, Timestamp time, InputEvent& m) {
  parse(json, "atoll/input", time, [&](const Json& j) {
    m = InputEvent{};
    m.time = time;
    m.origin = get_name(j, "origin", find_origin);
    const std::string kind = get<std::string>(j, "kind");
    if (kind == "control") {
      m.kind = InputKind::kControl;
      m.control = get_name(j, "control", find_control);
      m.pressed = get<bool>(j, "pressed");
    } else if (kind == "motion") {
      m.kind = InputKind::kRelativeMotion;
      m.dx = get<std::int32_t>(j, "dx");
      m.dy = get<std::int32_t>(j, "dy");
    } else if (kind == "pointer") {
      m.kind = InputKind::kAbsoluteMotion;
      m.dx = get<std::int32_t>(j, "x_px");
      m.dy = get<std::int32_t>(j, "y_px");
    } else if (kind == "wheel") {
      m.kind = InputKind::kWheel;
      m.dy = get<std::int32_t>(j, "detents");
    } else if (kind == "pad_button") {
      m.kind = InputKind::kPadButton;
      m.pad = get<std::uint8_t>(j, "pad");
      m.pad_button = get_name(j, "button", find_pad_button);
      m.pressed = get<bool>(j, "pressed");
    } else if (kind == "pad_axis") {
      m.kind = InputKind::kPadAxis;
      m.pad = get<std::uint8_t>(j, "pad");
      m.pad_axis = get_name(j, "axis", find_pad_axis);
      m.dx = get<std::int32_t>(j, "value");
    } else {
      throw std::out_of_range(fmt::format("kind \"{}\" is unknown", kind));
    }
  });
}

void decode(std::string_view json, Timestamp time, RecordedAction& m) {
  parse(json, "atoll/action", time, [&](const Json& j) {
    m = RecordedAction{};
    m.time = time;
    m.step = get<std::uint64_t>(j, "step");
    m.origin = get_name(j, "origin", find_origin);
    if (j.contains("held")) {
      for (const Json& name : j.at("held")) m.action.held.set(control_index(name.get<std::string>()));
    }
    if (j.contains("presses")) {
      for (const auto& [name, count] : j.at("presses").items()) {
        const auto presses = count.get<int>();
        if (presses < 1 || presses > kMaxPresses)
          throw std::out_of_range(fmt::format("{} presses of {}, expected 1 to {}", presses, name, kMaxPresses));
        m.action.presses[control_index(name)] = static_cast<std::uint8_t>(presses);
      }
    }
    m.action.dx = get_or<std::int32_t>(j, "dx", 0);
    m.action.dy = get_or<std::int32_t>(j, "dy", 0);
    m.action.wheel = get_or<std::int32_t>(j, "wheel", 0);
    if (j.contains("pointer")) {
      const Json& p = j.at("pointer");
      m.action.pointer = PointerPosition{p.at(0).get<std::int32_t>(), p.at(1).get<std::int32_t>()};
    }
    m.observed_frame = get_or<std::int64_t>(j, "frame", -1);
    m.latency_ns = get_or<std::int64_t>(j, "latency_ns", 0);
    m.missed = get_or(j, "missed", false);
    m.doing = get_or<std::string>(j, "doing", "");
  });
}

void decode(std::string_view json, Timestamp time, FrameEntry& m) {
  parse(json, "atoll/frame", time, [&](const Json& j) {
    m = FrameEntry{};
    const std::string kind = get<std::string>(j, "kind");
    if (kind == "video")
      m.kind = FrameKind::kVideo;
    else if (kind == "replay")
      m.kind = FrameKind::kReplay;
    else if (kind == "heartbeat")
      m.kind = FrameKind::kHeartbeat;
    else
      throw std::out_of_range(fmt::format("kind \"{}\" is unknown", kind));
    m.sequence = get<std::uint64_t>(j, "sequence");
    m.step = get<std::uint64_t>(j, "step");
    m.done = time;
    m.requested = time - Duration(get_or<std::int64_t>(j, "capture_ns", 0));
    m.video_pts_us = get_or<std::int64_t>(j, "pts_us", -1);
    if (m.kind != FrameKind::kHeartbeat) m.pixel_hash = get_hex(j, "hash");
    if (j.contains("window")) {
      const Json& w = j.at("window");
      m.window = {w.at(0).get<int>(), w.at(1).get<int>(), w.at(2).get<int>(), w.at(3).get<int>()};
    }
  });
}

void decode(std::string_view json, Timestamp time, DropNote& m) {
  parse(json, "atoll/drop", time, [&](const Json& j) {
    m.time = time;
    m.where = get<std::string>(j, "where");
    m.reason = get<std::string>(j, "reason");
    m.count = get<std::uint64_t>(j, "count");
  });
}

void decode(std::string_view json, Timestamp time, Mark& m) {
  parse(json, "atoll/mark", time, [&](const Json& j) {
    m.time = time;
    m.text = get<std::string>(j, "text");
  });
}

}  // namespace atl::datasets
