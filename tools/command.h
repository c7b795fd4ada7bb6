// The commands of the `atoll` program: each lives in a file of its own, parses its flags, loads, builds and runs.
#pragma once

#include "core/config.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace atl::tools {

/// One line of `atoll --help` and the function behind it. `run` gets what follows the command's name and returns the
/// exit code: 0 success, 1 failure, 2 usage.
struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(std::vector<std::string> arguments);
};

/// The flags that commands share; each adds those that mean something to it.
struct CommonFlags {
  std::filesystem::path config;
  std::vector<std::string> overrides;  // --set section.key=value
  std::filesystem::path out;
  std::optional<std::uint64_t> seed;
  bool json = false;
};

/// Parses `arguments`. Returns nothing when the command should run, else the exit code (0 after --help, 2 for bad
/// usage, which was printed).
[[nodiscard]] std::optional<int> parse_flags(CLI::App& app, std::vector<std::string> arguments);

/// The file of --config (an empty document without it) with each --set applied. Throws Error(kFile) or Error(kConfig).
[[nodiscard]] ConfigDocument config_document(const CommonFlags& flags);
/// The same without a file.
[[nodiscard]] ConfigDocument config_document(std::span<const std::string> overrides);

int run_bench(std::vector<std::string> arguments);
int run_check(std::vector<std::string> arguments);
int run_dataset(std::vector<std::string> arguments);
int run_eval(std::vector<std::string> arguments);
int run_import(std::vector<std::string> arguments);
int run_label(std::vector<std::string> arguments);
int run_play(std::vector<std::string> arguments);
int run_record(std::vector<std::string> arguments);
int run_repair(std::vector<std::string> arguments);
int run_serve(std::vector<std::string> arguments);
int run_show(std::vector<std::string> arguments);
int run_sync(std::vector<std::string> arguments);
int run_train(std::vector<std::string> arguments);
int run_worlds(std::vector<std::string> arguments);

}  // namespace atl::tools
