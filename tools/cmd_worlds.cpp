// `atoll worlds`: what can be played here, and how to get what is missing.
#include "core/error.h"
#include "tools/command.h"
#include "tools/world_check.h"
#include "tools/worlds.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace atl::tools {
namespace {

struct ListedWorld {
  WorldEntry world;
  std::optional<WorldTrial> trial;  // with --check, of worlds that are available
  bool with_judges = false;
};

// Instructions that no trial of the profile tells how to carry out.
std::vector<std::string> untried(const ListedWorld& listed) {
  std::vector<std::string> left;
  for (const std::string& instruction : listed.world.instructions) {
    const auto is_it = [&](const JudgeTrial& trial) { return trial.instruction == instruction; };
    const std::vector<JudgeTrial>& judges = listed.trial->judges;
    if (std::none_of(judges.begin(), judges.end(), is_it)) left.push_back(instruction);
  }
  return left;
}

nlohmann::ordered_json to_json(const JudgeTrial& judge) {
  return {{"instruction", judge.instruction}, {"start", judge.start},     {"tries", judge.tries},
          {"yes_seen", judge.yes_seen},       {"no_seen", judge.no_seen}, {"when_done", judge.when_done},
          {"when_not_done", judge.when_not}};
}

nlohmann::ordered_json to_json(const ListedWorld& listed) {
  const WorldEntry& world = listed.world;
  nlohmann::ordered_json json = {{"name", world.name},
                                 {"interfaces", world.interfaces},
                                 {"available", world.missing.empty()},
                                 {"missing", world.missing},
                                 {"tasks", world.tasks},
                                 {"splits", world.splits},
                                 {"instructions", world.instructions}};
  if (!listed.trial) return json;
  const WorldTrial& trial = *listed.trial;
  json["check"] = trial.problem.empty() ? "ok" : trial.problem;
  if (!world.is_live) return json;
  json["trial"] = {{"start_s", trial.start_s},
                   {"reset_s", trial.reset_s},
                   {"pictures", trial.pictures},
                   {"picture_change", trial.picture_change},
                   {"still_change", trial.still_change},
                   {"inputs", trial.inputs},
                   {"instruction", trial.instruction},
                   {"verdict", trial.verdict},
                   {"left", trial.left}};
  if (!listed.with_judges) return json;
  json["judges"] = nlohmann::ordered_json::array();
  for (const JudgeTrial& judge : trial.judges) json["judges"].push_back(to_json(judge));
  json["untried"] = untried(listed);
  return json;
}

void print_judges(const ListedWorld& listed) {
  for (const JudgeTrial& judge : listed.trial->judges) {
    fmt::print("    \"{}\" from start {}: {}, {}\n", judge.instruction, judge.start,
               judge.yes_seen ? "yes seen" : fmt::format("NO YES after {} tries ({})", judge.tries, judge.when_done),
               judge.no_seen ? "no seen" : fmt::format("NO NO ({})", judge.when_not));
  }
  for (const std::string& instruction : untried(listed)) fmt::print("    \"{}\": no trial\n", instruction);
}

void print(const ListedWorld& listed) {
  const WorldEntry& world = listed.world;
  fmt::print("{:<18} {:<36} {}\n", world.name, fmt::format("{}", fmt::join(world.interfaces, ", ")),
             world.missing.empty() ? "available" : "missing here");
  fmt::print("  tasks: {}\n", fmt::join(world.tasks, ", "));
  if (!world.instructions.empty()) fmt::print("  instructions: {}\n", world.instructions.size());
  for (const std::string& line : world.missing) fmt::print("  missing: {}\n", line);
  if (!listed.trial) return;
  const WorldTrial& trial = *listed.trial;
  fmt::print("  check: {}\n", trial.problem.empty() ? "ok" : trial.problem);
  if (world.is_live && listed.with_judges) print_judges(listed);
  if (!world.is_live || !trial.problem.empty()) return;
  fmt::print(
      "    started in {:.1f} s, the next episode in {:.1f} s; \"{}\": {}; {} inputs arrived, {} pictures came, "
      "{:.1f} of 255 away from the first ({:.1f} before there was input)\n",
      trial.start_s, trial.reset_s, trial.instruction, trial.verdict, trial.inputs, trial.pictures,
      trial.picture_change, trial.still_change);
}

}  // namespace

int run_worlds(std::vector<std::string> arguments) {
  CLI::App app{"Lists the worlds, and what each lacks on this machine", "atoll worlds"};
  std::vector<std::string> names;
  bool check = false;
  bool judges = false;
  bool json = false;
  app.add_option("world", names, "only these, by name or by the path of a profile (NAME.toml); default: all");
  app.add_flag("--check", check,
               "start every available world, send it input, see its picture change, ask its judge, and look for\n"
               "processes that it left; exit 1 if one fails or a world that was named is missing something");
  app.add_flag(
      "--judges", judges,
      "with --check, of games: also play the [[trials]] of their profiles, which carry out instructions and do\n"
      "not, and tell whether the judge said yes to what was done and no to what was not; minutes a game");
  app.add_flag("--json", json, "one JSON object on stdout");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  if (judges && !check) fail(ErrorKind::kUsage, "--judges tries the judges of games that are tried: give --check, too");
  std::vector<WorldEntry> worlds;
  for (const std::string& name : names) worlds.push_back(find_world(name));
  if (names.empty()) worlds = list_worlds();
  bool any_failed = false;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const WorldEntry& world : worlds) {
    ListedWorld listed{world, std::nullopt, judges};
    if (check && world.missing.empty()) listed.trial = try_world(world, judges);
    any_failed |= listed.trial ? !listed.trial->problem.empty() : check && !names.empty();
    if (json) {
      list.push_back(to_json(listed));
    } else {
      print(listed);
    }
  }
  if (json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"worlds", list}}.dump());
  } else if (names.empty()) {
    fmt::print(
        "\nplayhouse-window shows the level \"room\"; the others: playhouse-window/flat, and so on. Each Playhouse, "
        "stepped\n"
        "or in its window, is drawn another way with a number behind its name: playhouse,reskin=3. In a world for two\n"
        "an expert plays the second one: playhouse/pair,partner=expert. A world behind a server (`atoll serve`) is\n"
        "called remote:ADDRESS; a game of your own by the path of its profile (docs/add-a-game.md).\n");
  }
  return any_failed ? 1 : 0;
}

}  // namespace atl::tools
