// The program: finds the command, runs it, turns errors into one line and an exit code.
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "core/text.h"
#include "core/version.h"
#include "tools/command.h"
#include "tools/command_table.h"

#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

void print_help() {
  fmt::print("Atoll {} ({}): agents that see a screen, read an instruction, and press keys and move the mouse.\n\n",
             atl::version(), atl::git_revision());
  fmt::print(
      "usage: atoll <command> [target] [--config FILE] [--set section.key=value] [--out PATH] [--seed N] [--json]\n\n");
  for (const atl::tools::Command& command : atl::tools::command_table()) {
    fmt::print("  {:<8} {}\n", command.name, command.summary);
  }
  fmt::print("\n`atoll <command> --help` shows a command's flags and defaults.\n");
}

int run(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return arguments.empty() ? 2 : 0;
  }
  if (arguments[0] == "--version") {
    fmt::print("atoll {} ({})\n", atl::version(), atl::git_revision());
    return 0;
  }
  const std::string name = arguments[0];
  std::vector<std::string> known;
  for (const atl::tools::Command& command : atl::tools::command_table()) {
    if (command.name == name) {
      arguments.erase(arguments.begin());
      return command.run(std::move(arguments));
    }
    known.emplace_back(command.name);
  }
  fmt::print(stderr, "atoll: unknown command \"{}\"; the nearest is \"{}\"; `atoll --help` lists them\n", name,
             atl::nearest_name(name, known));
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  atl::install_stop_signals();
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const atl::Error& error) {
    atl::end_progress();
    fmt::print(stderr, "atoll: {}\n", error.what());
    return error.kind() == atl::ErrorKind::kUsage ? 2 : 1;
  } catch (const std::exception& error) {
    atl::end_progress();
    fmt::print(stderr, "atoll: internal error: {}\n", error.what());
    return 1;
  }
}
