#include "envs/desktop/judges/judge_profile.h"

#include "core/error.h"
#include "envs/desktop/judges/conditions.h"
#include "envs/desktop/judges/log_sensor.h"
#include "envs/desktop/judges/pixel_sensor.h"
#include "envs/desktop/judges/replay_sensor.h"

#include <fmt/format.h>

#include <set>

namespace atl::envs::desktop {
namespace {

// Which of the fields that say what is read each kind has.
const std::set<std::string>& fields_of(const std::string& kind) {
  static const std::map<std::string, std::set<std::string>> all = {
      {"none", {}},
      {"program", {}},
      {"log", {"file", "line"}},
      {"telemetry", {"file"}},
      {"replay", {"file", "fields"}},
      {"hud_glyphs", {"fields", "glyphs"}},
      {"message", {"wad"}},
      {"motion", {"region"}},
      {"pixels", {"fields"}},
  };
  static const std::set<std::string> none;
  const auto found = all.find(kind);
  return found == all.end() ? none : found->second;
}

template <class Body>
void note(std::vector<std::string>& problems, Body body) {
  try {
    body();
  } catch (const Error& error) {
    problems.emplace_back(error.what());
  }
}

}  // namespace

void describe(ConfigVisitor& v, JudgeProfile& judge) {
  v.field("name", &judge.name);
  v.field("kind", &judge.kind,
          {.one_of = {"none", "program", "log", "telemetry", "replay", "hud_glyphs", "message", "motion", "pixels"}});
  v.field("file", &judge.file);
  v.field("line", &judge.line);
  v.field("fields", &judge.fields);
  v.field("glyphs", &judge.glyphs);
  v.field("wad", &judge.wad);
  v.field("region", &judge.region, {.min = 0, .max = 16384});
  v.field("success", &judge.success);
  v.field("wrong", &judge.wrong);
  v.field("failure", &judge.failure);
  v.field("hold_s", &judge.hold_s, {.min = 0, .max = 600});
  v.field("object", &judge.object);
  v.field("says", &judge.says);
}

std::vector<std::string> problems_of(const JudgeProfile& judge) {
  std::vector<std::string> problems;
  const std::set<std::string>& known = fields_of(judge.kind);
  const auto check = [&](const char* name, bool is_given, bool is_needed) {
    if (is_given && !known.contains(name)) problems.push_back(fmt::format("kind {} has no {}", judge.kind, name));
    if (!is_given && is_needed && known.contains(name))
      problems.push_back(fmt::format("kind {} needs {}", judge.kind, name));
  };
  check("file", !judge.file.empty(), judge.kind != "log");
  check("line", !judge.line.empty(), true);
  check("fields", !judge.fields.empty(), true);
  check("glyphs", !judge.glyphs.empty(), true);
  check("wad", !judge.wad.empty(), true);
  check("region", !judge.region.empty(), false);
  if (!judge.region.empty() && judge.region.size() != 4)
    problems.push_back(fmt::format("region has {} numbers, expected x, y, width and height", judge.region.size()));
  const bool reads = judge.kind != "none" && judge.kind != "program";
  if (reads && judge.success.empty()) problems.emplace_back("success is empty, expected conditions");
  if (!reads && !(judge.success.empty() && judge.wrong.empty() && judge.failure.empty()))
    problems.push_back(fmt::format("kind {} reads nothing that conditions could be about", judge.kind));
  for (const auto* conditions : {&judge.success, &judge.wrong, &judge.failure})
    for (const std::string& text : *conditions)
      note(problems, [&] {
        const auto as_number = [](std::string_view name) {
          return name == "target" || name == "episode" ? std::optional<std::string>("1") : std::nullopt;
        };
        static_cast<void>(Condition(fill_names(text, as_number)));
      });
  if (judge.kind == "log") note(problems, [&] { static_cast<void>(NamedPattern(judge.line)); });
  for (const std::string& text : judge.fields) {
    if (judge.kind == "replay") note(problems, [&] { static_cast<void>(ReplayField(text)); });
    if (judge.kind == "pixels") note(problems, [&] { static_cast<void>(PixelField(text)); });
  }
  return problems;
}

}  // namespace atl::envs::desktop
