#include "tools/command.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace atl::tools {

std::optional<int> parse_flags(CLI::App& app, std::vector<std::string> arguments) {
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
    app.parse(arguments);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
}

}  // namespace atl::tools
