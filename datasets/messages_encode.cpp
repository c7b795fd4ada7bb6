#include "core/error.h"
#include "core/text.h"
#include "datasets/messages.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iterator>

namespace atl::datasets {
namespace {

// Text that people or worlds wrote, as a JSON string.
std::string json_text(std::string_view text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::kFormat, "text \"{}\" cannot be recorded: {}", text, error.what());
  }
}

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

std::string_view name_of_control(std::size_t index) { return control_table()[index].name; }

void put_held(const ControlSet& held, std::string& out) {
  if (held.none()) return;
  char separator = '[';
  out += ",\"held\":";
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (!held.test(i)) continue;
    put(out, "{}\"{}\"", separator, name_of_control(i));
    separator = ',';
  }
  out += ']';
}

void put_presses(const Action& action, std::string& out) {
  char separator = '{';
  for (std::size_t i = 0; i < action.presses.size(); ++i) {
    if (action.presses[i] == 0) continue;
    if (separator == '{') out += ",\"presses\":";
    put(out, "{}\"{}\":{}", separator, name_of_control(i), action.presses[i]);
    separator = ',';
  }
  if (separator == ',') out += '}';
}

}  // namespace

void encode(const FactsMessage& m, std::string& out) {
  put(out, R"({{"version":{},"log_offset_ns":{},"recording_toml":{}}})", m.version, m.log_offset_ns,
      json_text(m.recording_toml));
}

void encode(const ClockMessage& m, std::string& out) {
  put(out, R"({{"monotonic_ns":{},"wall_ns":{}}})", to_ns(m.monotonic), m.wall_ns);
}

void encode(const EpisodeStartMessage& m, std::string& out) {
  const EpisodeStart& s = m.start;
  put(out, R"({{"event":"start","episode":{},"log_offset_ns":{},"seed":{},"family":{},"split":{},"target":{})",
      s.episode, m.log_offset_ns, s.seed, json_text(s.family), json_text(s.split), json_text(s.target));
  put(out, R"(,"instruction":{},"time_limit_s":{},"start_hash":"{}","player":{})", json_text(s.instruction),
      nlohmann::json(s.time_limit_s).dump(), to_hex(s.start_hash), json_text(s.player));
  if (s.goes_on) out += R"(,"goes_on":true)";
  out += '}';
}

void encode(const EpisodeEnd& m, std::string& out) {
  put(out, R"({{"event":"end","episode":{},"num_steps":{},"verdict":{},"reason":{},"object":{},"judge":{})", m.episode,
      m.num_steps, json_text(m.verdict), json_text(m.reason), json_text(m.object), json_text(m.judge));
  if (m.discarded) out += R"(,"discarded":true)";
  put(out, R"(,"end_hash":"{}"}})", to_hex(m.end_hash));
}

void encode(const Instruction& m, std::string& out) {
  put(out, R"({{"text":{},"source":"{}","mark":"{}")", json_text(m.text), to_string(m.source), to_string(m.mark));
  if (m.end) put(out, R"(,"duration_ns":{})", (*m.end - m.begin).count());
  out += '}';
}

void encode(const InputEvent& m, std::string& out) {
  put(out, R"({{"origin":"{}")", to_string(m.origin));
  switch (m.kind) {
    case InputKind::kControl:
      put(out, R"(,"kind":"control","control":"{}","pressed":{}}})", info_of(m.control).name, m.pressed);
      break;
    case InputKind::kRelativeMotion: put(out, R"(,"kind":"motion","dx":{},"dy":{}}})", m.dx, m.dy); break;
    case InputKind::kAbsoluteMotion: put(out, R"(,"kind":"pointer","x_px":{},"y_px":{}}})", m.dx, m.dy); break;
    case InputKind::kWheel: put(out, R"(,"kind":"wheel","detents":{}}})", m.dy); break;
    case InputKind::kPadButton:
      put(out, R"(,"kind":"pad_button","pad":{},"button":"{}","pressed":{}}})", m.pad, info_of(m.pad_button).name,
          m.pressed);
      break;
    case InputKind::kPadAxis:
      put(out, R"(,"kind":"pad_axis","pad":{},"axis":"{}","value":{}}})", m.pad, info_of(m.pad_axis).name, m.dx);
      break;
  }
}

void encode(const RecordedAction& m, std::string& out) {
  const Action& a = m.action;
  put(out, R"({{"step":{},"origin":"{}")", m.step, to_string(m.origin));
  put_held(a.held, out);
  put_presses(a, out);
  if (a.dx != 0) put(out, R"(,"dx":{})", a.dx);
  if (a.dy != 0) put(out, R"(,"dy":{})", a.dy);
  if (a.wheel != 0) put(out, R"(,"wheel":{})", a.wheel);
  if (a.pointer) put(out, R"(,"pointer":[{},{}])", a.pointer->x_px, a.pointer->y_px);
  if (m.observed_frame != -1) put(out, R"(,"frame":{})", m.observed_frame);
  if (m.latency_ns != 0) put(out, R"(,"latency_ns":{})", m.latency_ns);
  if (m.missed) out += R"(,"missed":true)";
  if (!m.doing.empty()) put(out, R"(,"doing":{})", json_text(m.doing));
  out += '}';
}

void encode(const FrameEntry& m, std::string& out) {
  constexpr std::array<std::string_view, 3> kKinds{"video", "replay", "heartbeat"};
  put(out, R"({{"kind":"{}","sequence":{},"step":{})", kKinds.at(static_cast<std::size_t>(m.kind)), m.sequence, m.step);
  if (m.requested != m.done) put(out, R"(,"capture_ns":{})", (m.done - m.requested).count());
  if (m.video_pts_us != -1) put(out, R"(,"pts_us":{})", m.video_pts_us);
  if (m.kind != FrameKind::kHeartbeat) put(out, R"(,"hash":"{}")", to_hex(m.pixel_hash));
  const WindowGeometry& w = m.window;
  if (w != WindowGeometry{}) put(out, R"(,"window":[{},{},{},{}])", w.x_px, w.y_px, w.width_px, w.height_px);
  out += '}';
}

void encode(const DropNote& m, std::string& out) {
  put(out, R"({{"where":{},"reason":{},"count":{}}})", json_text(m.where), json_text(m.reason), m.count);
}

void encode(const Mark& m, std::string& out) { put(out, R"({{"text":{}}})", json_text(m.text)); }

}  // namespace atl::datasets
