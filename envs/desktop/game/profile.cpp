#include "envs/desktop/game/profile.h"

#include "core/controls.h"
#include "core/error.h"
#include "core/files.h"
#include "core/version.h"
#include "envs/desktop/game/child_process.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace atl::envs::desktop {

void describe(ConfigVisitor& v, ProgramProfile& program) {
  v.field("command", &program.command);
  v.field("search", &program.search);
  v.field("environment", &program.environment);
  v.field("needs", &program.needs);
  v.field("packages", &program.packages);
  v.field("talks", &program.talks);
  v.field("start_timeout_s", &program.start_timeout_s, {.min = 0.1, .max = 600});
}

void describe(ConfigVisitor& v, ProfileFile& file) {
  v.field("name", &file.name);
  v.field("text", &file.text);
}

void describe(ConfigVisitor& v, WindowProfile& window) {
  v.field("class", &window.window_class);
  v.field("title", &window.title);
  v.field("width_px", &window.width_px, {.min = 16, .max = 16384});
  v.field("height_px", &window.height_px, {.min = 16, .max = 16384});
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
}

void describe(ConfigVisitor& v, TaskProfile& tasks) {
  v.field("families", &tasks.families);
  v.field("judge", &tasks.judge, {.one_of = {"none", "doom_pickups", "program"}});
  v.field("time_limit_s", &tasks.time_limit_s, {.min = 0.1});
}

void describe(ConfigVisitor& v, GameProfile& profile) {
  v.field("version", &profile.version, {.min = 1});
  v.field("name", &profile.name);
  v.field("title", &profile.title);
  v.table("program", profile.program);
  v.list("files", profile.files);
  v.table("window", profile.window);
  v.table("game", profile.game);
  v.table("tasks", profile.tasks);
}

GameProfile load_profile(const std::string& name_or_path) {
  const bool is_path = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml");
  const std::filesystem::path path =
      is_path ? std::filesystem::path(name_or_path) : shipped_file("profiles", name_or_path + ".toml");
  auto profile = load_config<GameProfile>(path);
  if (profile.version > kProfileVersion)
    fail(ErrorKind::kVersion, "{}: profile version {}, this Atoll reads up to {}; update Atoll", path.string(),
         profile.version, kProfileVersion);
  if (const auto problems = validate(profile); !problems.empty())
    fail(ErrorKind::kConfig, "{}:\n  {}", path.string(), fmt::join(problems, "\n  "));
  return profile;
}

std::vector<std::string> validate(const GameProfile& profile) {
  std::vector<std::string> problems;
  if (profile.name.empty()) problems.emplace_back("name is empty, expected the world's name");
  if (profile.program.command.empty())
    problems.emplace_back("program.command is empty, expected program and arguments");
  for (const std::string& control : profile.game.controls) {
    try {
      (void)control_named(control);
    } catch (const Error& e) {
      problems.push_back(fmt::format("game.controls: {}", e.what()));
    }
  }
  for (const std::string& entry : profile.program.environment) {
    if (entry.find('=') == std::string::npos)
      problems.push_back(fmt::format("program.environment: \"{}\", expected NAME=value", entry));
  }
  for (const ProfileFile& file : profile.files) {
    const std::filesystem::path name(file.name);
    const bool leaves = std::find(name.begin(), name.end(), "..") != name.end();
    if (file.name.empty() || name.is_absolute() || leaves)
      problems.push_back(fmt::format("files: name \"{}\", expected a path below {{home}}", file.name));
  }
  if (profile.tasks.judge == "program" && !profile.program.talks)
    problems.emplace_back("tasks.judge is program, but program.talks is false: it tells nothing");
  return problems;
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
  const std::string program = fill_placeholders(profile.program.command.front(), "");
  if (!find_program(program, profile.program.search)) missing.push_back(fmt::format("program {} is missing", program));
  for (const std::string& file : profile.program.needs) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) missing.push_back(fmt::format("file {} is missing", file));
  }
  if (!missing.empty() && !profile.program.packages.empty())
    missing.push_back(fmt::format("install: apt-get install {}", fmt::join(profile.program.packages, " ")));
  return missing;
}

std::string fill_placeholders(std::string text, const std::filesystem::path& home) {
  const auto replace = [&](std::string_view mark, const std::string& value) {
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
      text.replace(at, mark.size(), value);
  };
  replace("{home}", home.string());
  replace("{bin}", program_folder().string());
  return text;
}

void write_profile_files(const GameProfile& profile, const std::filesystem::path& home) {
  for (const ProfileFile& file : profile.files) {
    const std::filesystem::path path = home / file.name;
    std::filesystem::create_directories(path.parent_path());
    write_file_atomically(path, fill_placeholders(file.text, home));
  }
}

}  // namespace atl::envs::desktop
