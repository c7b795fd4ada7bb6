// `atoll worlds`: what can be played here, and how to get what is missing.
#include "tools/command.h"
#include "tools/worlds.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace atl::tools {
namespace {

// What --check found: empty if all is well.
struct CheckedWorld {
  WorldEntry world;
  bool was_tried = false;
  std::string problem;
};

nlohmann::ordered_json to_json(const CheckedWorld& checked) {
  const WorldEntry& world = checked.world;
  nlohmann::ordered_json json = {{"name", world.name},
                                 {"interfaces", world.interfaces},
                                 {"available", world.missing.empty()},
                                 {"missing", world.missing},
                                 {"tasks", world.tasks},
                                 {"splits", world.splits},
                                 {"instructions", world.instructions}};
  if (checked.was_tried) json["check"] = checked.problem.empty() ? "ok" : checked.problem;
  return json;
}

void print(const CheckedWorld& checked) {
  const WorldEntry& world = checked.world;
  fmt::print("{:<18} {:<36} {}\n", world.name, fmt::format("{}", fmt::join(world.interfaces, ", ")),
             world.missing.empty() ? "available" : "missing here");
  fmt::print("  tasks: {}\n", fmt::join(world.tasks, ", "));
  for (const std::string& line : world.missing) fmt::print("  missing: {}\n", line);
  if (checked.was_tried) fmt::print("  check: {}\n", checked.problem.empty() ? "ok" : checked.problem);
}

}  // namespace

int run_worlds(std::vector<std::string> arguments) {
  CLI::App app{"Lists the worlds, and what each lacks on this machine", "atoll worlds"};
  bool check = false;
  bool json = false;
  app.add_flag("--check", check, "start every available world and try it; exit 1 if one fails");
  app.add_flag("--json", json, "one JSON object on stdout");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  bool any_failed = false;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const WorldEntry& world : list_worlds()) {
    CheckedWorld checked{world, check && world.missing.empty(), {}};
    if (checked.was_tried) checked.problem = try_world(world);
    any_failed |= !checked.problem.empty();
    if (json) {
      list.push_back(to_json(checked));
    } else {
      print(checked);
    }
  }
  if (json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"worlds", list}}.dump());
  } else {
    fmt::print(
        "\nplayhouse-window shows the level \"room\"; the others: playhouse-window/flat, and so on. Each Playhouse, "
        "stepped\n"
        "or in its window, is drawn another way with a number behind its name: playhouse,reskin=3. In a world for two\n"
        "an expert plays the second one: playhouse/pair,partner=expert. A world behind a server (`atoll serve`) is\n"
        "called remote:ADDRESS.\n");
  }
  return any_failed ? 1 : 0;
}

}  // namespace atl::tools
