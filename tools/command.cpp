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

ConfigDocument config_document(const CommonFlags& flags) {
  if (flags.config.empty()) return config_document(flags.overrides);
  ConfigDocument document = ConfigDocument::from_file(flags.config);
  for (const std::string& assignment : flags.overrides) document.set(assignment);
  return document;
}

ConfigDocument config_document(std::span<const std::string> overrides) {
  ConfigDocument document = ConfigDocument::from_text("", "the command line");
  for (const std::string& assignment : overrides) document.set(assignment);
  return document;
}

}  // namespace atl::tools
