// Fields of JSON objects that protocol and tick log share; included by their sources only.
#pragma once

#include "core/error.h"
#include "core/text.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/task.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace atl::envs::desktop {

using Json = nlohmann::ordered_json;

/// Parses one line that has to be an object; `what` names it in messages.
inline Json parse_object(std::string_view line, std::string_view what) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) {
    fail(ErrorKind::kFormat, "{}: \"{}\" is no JSON object", what, line.substr(0, 80));
  }
  return json;
}

/// The field `name`; throws Error(kFormat) where it is missing or of another type.
template <class T>
T require_field(const Json& object, const char* name, std::string_view what) {
  try {
    return object.at(name).get<T>();
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::kFormat, "{}: field \"{}\": {}", what, name, error.what());
  }
}

inline std::uint64_t require_hash(const Json& object, const char* name, std::string_view what) {
  const auto text = require_field<std::string>(object, name, what);
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (problem != std::errc{} || end != text.data() + text.size()) {
    fail(ErrorKind::kFormat, "{}: field \"{}\" is \"{}\", expected hexadecimal digits", what, name, text);
  }
  return value;
}

inline Json to_json(const Task& task) {
  return {{"family", task.family},
          {"split", task.split},
          {"target", task.target},
          {"instruction", task.instruction},
          {"time_limit_s", task.time_limit_s}};
}

/// Fields left out keep their defaults; an unknown one throws Error(kFormat).
inline Task parse_task(const Json& object, std::string_view what) {
  Task task;
  if (!object.is_object()) fail(ErrorKind::kFormat, "{}: the task is no JSON object", what);
  for (const auto& [name, value] : object.items()) {
    if (name == "family")
      task.family = require_field<std::string>(object, "family", what);
    else if (name == "split")
      task.split = require_field<std::string>(object, "split", what);
    else if (name == "target")
      task.target = require_field<std::string>(object, "target", what);
    else if (name == "instruction")
      task.instruction = require_field<std::string>(object, "instruction", what);
    else if (name == "time_limit_s")
      task.time_limit_s = require_field<double>(object, "time_limit_s", what);
    else
      fail(ErrorKind::kFormat, "{}: unknown field \"{}\" of the task", what, name);
  }
  return task;
}

inline Json to_json(const KeyBindings& keys) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kKeyUseNames.size(); ++i)
    json[std::string(kKeyUseNames[i])] = keys.name_of(static_cast<KeyUse>(i));
  return json;
}

/// Each of the first `num_uses` uses with its key; throws Error(kFormat) where one is missing, and for a key that is
/// unknown.
inline KeyBindings parse_keys(const Json& object, std::string_view what, int num_uses = kNumKeyUses) {
  KeyBindings keys;
  for (std::size_t i = 0; i < static_cast<std::size_t>(num_uses); ++i) {
    const std::string use(kKeyUseNames[i]);
    const auto name = require_field<std::string>(object, use.c_str(), what);
    try {
      keys.bind(static_cast<KeyUse>(i), control_named(name));
    } catch (const Error& error) {
      fail(ErrorKind::kFormat, "{}: key of \"{}\": {}", what, use, error.what());
    }
  }
  return keys;
}

inline void add_outcome(Json& object, const Outcome& outcome) {
  object["verdict"] = to_string(outcome.verdict);
  object["terminated"] = outcome.terminated;
  object["truncated"] = outcome.truncated;
  object["reward"] = outcome.reward;
  object["reason"] = outcome.reason;
  object["object"] = outcome.object;
}

inline Outcome parse_outcome(const Json& object, std::string_view what) {
  Outcome outcome;
  const auto name = require_field<std::string>(object, "verdict", what);
  const std::optional<Verdict> verdict = find_verdict(name);
  if (!verdict) fail(ErrorKind::kFormat, "{}: unknown verdict \"{}\"", what, name);
  outcome.verdict = *verdict;
  outcome.terminated = require_field<bool>(object, "terminated", what);
  outcome.truncated = require_field<bool>(object, "truncated", what);
  outcome.reward = require_field<double>(object, "reward", what);
  outcome.reason = require_field<std::string>(object, "reason", what);
  outcome.object = require_field<std::string>(object, "object", what);
  return outcome;
}

}  // namespace atl::envs::desktop
