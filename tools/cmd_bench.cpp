// `atoll bench`: measures parts of Atoll on this machine; every figure with its spread over at least five repeats.
#include "core/error.h"
#include "core/text.h"
#include "tools/bench.h"
#include "tools/command.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace atl::tools {
namespace {

std::vector<Figure> run_of(const Bench& bench, const BenchOptions& options) {
  std::vector<Figure> figures = bench.run(options);
  std::erase_if(figures, [&](const Figure& figure) { return figure.name.find(options.only) == std::string::npos; });
  if (figures.empty())
    fail(ErrorKind::kUsage, "bench {} has no figure with \"{}\" in its name; without --only it shows them all",
         bench.name, options.only);
  return figures;
}

}  // namespace

int run_bench(std::vector<std::string> arguments) {
  CLI::App app{"Measures parts of Atoll on this machine", "atoll bench"};
  BenchOptions options;
  std::string name;
  app.add_option("name", name, "which bench; without one, all are listed");
  app.add_option("--repeats", options.repeats, "repeats of each figure")
      ->check(CLI::Range(5, 1000))
      ->capture_default_str();
  app.add_option("--config", options.config, "TOML file, of the benches live, steps, train, features and infer");
  app.add_option("--set", options.overrides, "section.key=value, of the benches live, steps, train, features and infer")
      ->take_all();
  app.add_option("--only", options.only, "only the figures with this text in their names");
  app.add_flag("--json", options.json, "one JSON object on stdout");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  std::vector<std::string> known;
  for (const Bench& bench : bench_table()) {
    if (bench.name == name) {
      if (!bench.takes_config && !options.config.empty())
        fail(ErrorKind::kUsage, "bench {} has no config, so --config {} would change nothing; leave it out", name,
             options.config.string());
      if (!bench.takes_config && !options.overrides.empty())
        fail(ErrorKind::kUsage, "bench {} has no config, so --set {} would change nothing; leave it out", name,
             options.overrides.front());
      print_figures(name, run_of(bench, options), options);
      return 0;
    }
    known.emplace_back(bench.name);
    if (name.empty()) fmt::print("{:<8} {}\n", bench.name, bench.summary);
  }
  if (name.empty()) return 0;
  fail(ErrorKind::kUsage, "unknown bench \"{}\"; the nearest is \"{}\"", name, nearest_name(name, known));
}

}  // namespace atl::tools
