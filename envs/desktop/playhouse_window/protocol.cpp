#include "envs/desktop/playhouse_window/protocol.h"

#include "envs/desktop/playhouse_window/json_fields.h"

#include <algorithm>
#include <array>

namespace atl::envs::desktop {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

constexpr std::string_view kCommand = "command to playhouse's window";
constexpr std::string_view kEvent = "event of playhouse's window";

OpenedEvent parse_opened(const Json& json) {
  OpenedEvent event;
  event.version = require_field<int>(json, "version", kEvent);
  if (event.version != kWindowProtocolVersion) {
    fail(ErrorKind::kVersion, "playhouse's window speaks version {} of its protocol, this Atoll {}: build both alike",
         event.version, kWindowProtocolVersion);
  }
  event.window = require_field<std::uint32_t>(json, "window", kEvent);
  event.frame.width_px = require_field<int>(json, "frame_width_px", kEvent);
  event.frame.height_px = require_field<int>(json, "frame_height_px", kEvent);
  event.world.level = require_field<std::string>(json, "level", kEvent);
  event.world.reskin = require_field<std::uint32_t>(json, "reskin", kEvent);
  event.scale = require_field<int>(json, "scale", kEvent);
  event.agent_view = require_field<bool>(json, "agent_view", kEvent);
  const auto area = require_field<std::array<int, 4>>(json, "area_px", kEvent);
  event.area = {area[0], area[1], area[2], area[3]};
  return event;
}

ReadyEvent parse_ready(const Json& json) {
  ReadyEvent event;
  event.seed = require_field<std::uint64_t>(json, "seed", kEvent);
  event.task = parse_task(require_field<Json>(json, "task", kEvent), kEvent);
  event.state_hash = require_hash(json, "state_hash", kEvent);
  event.start = from_ns(require_field<std::int64_t>(json, "start_ns", kEvent));
  return event;
}

VerdictEvent parse_verdict(const Json& json) {
  VerdictEvent event;
  event.outcome = parse_outcome(json, kEvent);
  event.num_ticks = require_field<int>(json, "num_ticks", kEvent);
  event.late_ticks = require_field<int>(json, "late_ticks", kEvent);
  event.state_hash = require_hash(json, "state_hash", kEvent);
  event.time = from_ns(require_field<std::int64_t>(json, "time_ns", kEvent));
  return event;
}

WishEvent parse_wish(const Json& json) {
  WishEvent event{.again = require_field<bool>(json, "again", kEvent)};
  if (json.contains("task")) event.task = parse_task(json["task"], kEvent);
  return event;
}

StartFrom parse_from(const std::string& name) {
  const auto it = std::find(kStartFromNames.begin(), kStartFromNames.end(), name);
  if (it == kStartFromNames.end())
    fail(ErrorKind::kFormat, "{}: from \"{}\", expected seed, here or again", kCommand, name);
  return static_cast<StartFrom>(it - kStartFromNames.begin());
}

Json verdict_json(const VerdictEvent& event) {
  Json json{{"event", "verdict"}};
  add_outcome(json, event.outcome);
  json["num_ticks"] = event.num_ticks;
  json["late_ticks"] = event.late_ticks;
  json["state_hash"] = to_hex(event.state_hash);
  json["time_ns"] = to_ns(event.time);
  return json;
}

}  // namespace

std::string to_line(const WindowCommand& command) {
  const Json json = std::visit(Overloaded{[](const ResetCommand& c) {
                                            return Json{{"command", "reset"},
                                                        {"seed", c.seed},
                                                        {"task", to_json(c.task)},
                                                        {"from", kStartFromNames[static_cast<std::size_t>(c.from)]}};
                                          },
                                          [](const PauseCommand&) {
                                            return Json{{"command", "pause"}};
                                          },
                                          [](const ResumeCommand&) {
                                            return Json{{"command", "resume"}};
                                          },
                                          [](const QuitCommand&) {
                                            return Json{{"command", "quit"}};
                                          }},
                               command);
  return json.dump();
}

std::string to_line(const WindowEvent& event) {
  const Json json =
      std::visit(Overloaded{[](const OpenedEvent& e) {
                              return Json{{"event", "opened"},
                                          {"version", e.version},
                                          {"window", e.window},
                                          {"frame_width_px", e.frame.width_px},
                                          {"frame_height_px", e.frame.height_px},
                                          {"level", e.world.level},
                                          {"reskin", e.world.reskin},
                                          {"scale", e.scale},
                                          {"agent_view", e.agent_view},
                                          {"area_px", {e.area.x_px, e.area.y_px, e.area.width_px, e.area.height_px}}};
                            },
                            [](const ReadyEvent& e) {
                              return Json{{"event", "ready"},
                                          {"seed", e.seed},
                                          {"task", to_json(e.task)},
                                          {"state_hash", to_hex(e.state_hash)},
                                          {"start_ns", to_ns(e.start)}};
                            },
                            [](const VerdictEvent& e) { return verdict_json(e); },
                            [](const KeysEvent& e) {
                              return Json{{"event", "keys"}, {"keys", to_json(e.keys)}};
                            },
                            [](const WishEvent& e) {
                              Json wish{{"event", "wish"}, {"again", e.again}};
                              if (e.task) wish["task"] = to_json(*e.task);
                              return wish;
                            },
                            [](const ErrorEvent& e) {
                              return Json{{"event", "error"}, {"message", e.message}};
                            }},
                 event);
  // Words may come from a command; whatever bytes they hold, a line goes out.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

WindowCommand parse_command(std::string_view line) {
  const Json json = parse_object(line, kCommand);
  const auto name = require_field<std::string>(json, "command", kCommand);
  if (name == "pause") return PauseCommand{};
  if (name == "resume") return ResumeCommand{};
  if (name == "quit") return QuitCommand{};
  if (name != "reset") {
    fail(ErrorKind::kFormat, "{}: unknown command \"{}\", expected reset, pause, resume or quit", kCommand, name);
  }
  ResetCommand reset{.seed = require_field<std::uint64_t>(json, "seed", kCommand), .task = {}};
  if (json.contains("task")) reset.task = parse_task(json["task"], kCommand);
  if (json.contains("from")) reset.from = parse_from(require_field<std::string>(json, "from", kCommand));
  return reset;
}

WindowEvent parse_event(std::string_view line) {
  const Json json = parse_object(line, kEvent);
  const auto name = require_field<std::string>(json, "event", kEvent);
  if (name == "opened") return parse_opened(json);
  if (name == "ready") return parse_ready(json);
  if (name == "verdict") return parse_verdict(json);
  if (name == "keys") return KeysEvent{parse_keys(require_field<Json>(json, "keys", kEvent), kEvent)};
  if (name == "wish") return parse_wish(json);
  if (name == "error") return ErrorEvent{require_field<std::string>(json, "message", kEvent)};
  fail(ErrorKind::kFormat, "{}: unknown event \"{}\"", kEvent, name);
}

}  // namespace atl::envs::desktop
