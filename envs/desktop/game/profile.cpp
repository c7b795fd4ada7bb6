#include "envs/desktop/game/profile.h"

#include "core/controls.h"
#include "core/error.h"
#include "core/files.h"
#include "core/version.h"
#include "envs/desktop/game/child_process.h"
#include "envs/desktop/game/profile_files.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace atl::envs::desktop {

void describe(ConfigVisitor& v, ProgramProfile& program) {
  v.field("command", &program.command);
  v.field("search", &program.search);
  v.field("environment", &program.environment);
  v.field("needs", &program.needs);
  v.field("packages", &program.packages);
  v.field("folder", &program.folder);
  v.field("talks", &program.talks);
  v.field("start_timeout_s", &program.start_timeout_s, {.min = 0.1, .max = 600});
  v.field("max_file_mb", &program.max_file_mb, {.min = 1, .max = 1048576});
}

void describe(ConfigVisitor& v, ProfileFile& file) {
  v.field("name", &file.name);
  v.field("text", &file.text);
  v.field("from", &file.from);
}

void describe(ConfigVisitor& v, ScriptStep& step) {
  v.field("log", &step.log);
  v.field("file", &step.file);
  v.field("pixels", &step.pixels);
  v.field("still_s", &step.still_s, {.min = 0, .max = 60});
  v.field("press", &step.press);
  v.field("pointer", &step.pointer, {.min = 0, .max = 16384});
  v.field("hold_s", &step.hold_s, {.min = 0, .max = 10});
  v.field("again_s", &step.again_s, {.min = 0, .max = 60});
  v.field("timeout_s", &step.timeout_s, {.min = 0.1, .max = 600});
}

void describe(ConfigVisitor& v, StartPlace& place) { v.field("arguments", &place.arguments); }

void describe(ConfigVisitor& v, ResetProfile& reset) {
  v.field("how", &reset.how, {.one_of = {"restart", "keys", "request"}});
  v.list("steps", reset.steps);
  v.field("request", &reset.request);
  v.field("answers", &reset.answers);
  v.field("ready", &reset.ready);
  v.field("timeout_s", &reset.timeout_s, {.min = 0.1, .max = 600});
  v.field("restart_every", &reset.restart_every, {.min = 0});
  v.list("starts", reset.starts);
}

void describe(ConfigVisitor& v, InstructionProfile& instruction) {
  v.field("task", &instruction.task);
  v.field("text", &instruction.text);
  v.field("phrasings", &instruction.phrasings);
  v.field("targets", &instruction.targets);
  v.field("any_target", &instruction.any_target);
  v.field("count", &instruction.count, {.min = 1, .max = 1000});
  v.field("time_limit_s", &instruction.time_limit_s, {.min = 0, .max = 3600});
  v.field("judge", &instruction.judge);
  v.field("scene", &instruction.scene);
}

void describe(ConfigVisitor& v, TrialProfile& trial) {
  v.field("instruction", &trial.instruction);
  v.field("starts", &trial.starts, {.min = 0});
  v.field("yes", &trial.yes);
  v.field("no", &trial.no);
  v.field("wait_s", &trial.wait_s, {.min = 0, .max = 600});
  v.field("tries", &trial.tries, {.min = 1, .max = 10});
}

void describe(ConfigVisitor& v, WindowProfile& window) {
  v.field("class", &window.window_class);
  v.field("title", &window.title);
  v.field("width_px", &window.width_px, {.min = 16, .max = 16384});
  v.field("height_px", &window.height_px, {.min = 16, .max = 16384});
  v.field("settle_ms", &window.settle_ms, {.min = 0, .max = 1000});
}

void describe(ConfigVisitor& v, GameFacts& game) {
  v.field("world_version", &game.world_version);
  v.field("frame_rate_hz", &game.frame_rate_hz, {.min = 1, .max = 1000});
  v.field("action_rate_hz", &game.action_rate_hz, {.min = 1, .max = 1000});
  v.field("field_of_view_deg", &game.field_of_view_deg, {.min = 0, .max = 360});
  v.field("counts_per_turn", &game.counts_per_turn, {.min = 0});
  v.field("cursor", &game.cursor, {.one_of = {"hidden", "drawn", "not drawn"}});
  v.field("controls", &game.controls);
  v.field("key_bindings", &game.key_bindings);
  v.field("key_repeat", &game.key_repeat);
}

void describe(ConfigVisitor& v, TaskProfile& tasks) {
  v.field("families", &tasks.families);
  v.field("judge", &tasks.judge);
  v.field("expert", &tasks.expert, {.one_of = {"", "minetest"}});
  v.field("time_limit_s", &tasks.time_limit_s, {.min = 0.1});
}

void describe(ConfigVisitor& v, GameProfile& profile) {
  v.field("version", &profile.version, {.min = 1});
  v.field("name", &profile.name);
  v.field("title", &profile.title);
  v.table("program", profile.program);
  v.list("files", profile.files);
  v.table("window", profile.window);
  v.list("start", profile.start);
  v.table("reset", profile.reset);
  v.table("game", profile.game);
  v.table("tasks", profile.tasks);
  v.list("judges", profile.judges);
  v.list("instructions", profile.instructions);
  v.list("trials", profile.trials);
}

GameProfile load_profile(const std::string& name_or_path) {
  const bool is_path = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml");
  std::string file = name_or_path;
  std::replace(file.begin(), file.end(), '-', '_');
  const std::filesystem::path path =
      is_path ? std::filesystem::path(name_or_path) : shipped_file("profiles", file + ".toml");
  auto profile = load_config<GameProfile>(path);
  if (profile.version > kProfileVersion)
    fail(ErrorKind::kVersion, "{}: profile version {}, this Atoll reads up to {}; update Atoll", path.string(),
         profile.version, kProfileVersion);
  profile.folder = std::filesystem::absolute(path).replace_extension();
  for (JudgeProfile& judge : profile.judges) judge.field_of_view_deg = profile.game.field_of_view_deg;
  if (const auto problems = validate(profile); !problems.empty())
    fail(ErrorKind::kConfig, "{}:\n  {}", path.string(), fmt::join(problems, "\n  "));
  return profile;
}

std::vector<std::string> shipped_profiles() {
  std::vector<std::string> names;
  const std::filesystem::path folder = shipped_file("profiles", "doom.toml").parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> families_of(const GameProfile& profile) {
  std::vector<std::string> families;
  const auto add = [&](const std::string& family) {
    if (std::find(families.begin(), families.end(), family) == families.end()) families.push_back(family);
  };
  for (const InstructionProfile& instruction : profile.instructions) add(instruction.task);
  for (const std::string& family : profile.tasks.families) add(family);
  return families;
}

JudgeProfile judge_named(const GameProfile& profile, const std::string& name) {
  if (name == "none") return {.name = "none"};
  const auto found =
      std::find_if(profile.judges.begin(), profile.judges.end(), [&](const JudgeProfile& j) { return j.name == name; });
  if (found == profile.judges.end())
    fail(ErrorKind::kConfig, "profile {} has no judge \"{}\" among its [[judges]]", profile.name, name);
  return *found;
}

SourceFacts source_facts(const GameProfile& profile) {
  SourceFacts facts;
  facts.world = profile.name;
  facts.world_version = profile.game.world_version;
  facts.field_of_view_deg = profile.game.field_of_view_deg;
  facts.counts_per_turn = profile.game.counts_per_turn;
  facts.key_bindings = profile.game.key_bindings;
  facts.cursor = profile.game.cursor;
  facts.recorder_version = std::string(version());
  return facts;
}

std::vector<std::string> missing_parts(const GameProfile& profile) {
  std::vector<std::string> missing;
  const std::string program = Placeholders(profile, {}).fill(profile.program.command.front());
  if (!find_program(program, profile.program.search)) missing.push_back(fmt::format("program {} is missing", program));
  for (const std::string& file : profile.program.needs) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) missing.push_back(fmt::format("file {} is missing", file));
  }
  if (!missing.empty() && !profile.program.packages.empty())
    missing.push_back(fmt::format("install: apt-get install {}", fmt::join(profile.program.packages, " ")));
  return missing;
}

}  // namespace atl::envs::desktop
