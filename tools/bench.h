// Benches: what `atoll bench NAME` measures, and how its figures are printed.
#pragma once

#include "core/config.h"

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::tools {

struct BenchOptions {
  int repeats = 5;                     // timed repeats of each figure, after one that is not counted
  std::filesystem::path config{};      // TOML file, for benches that take a config; empty: their defaults
  std::vector<std::string> overrides;  // section.key=value, likewise
  std::string only;                    // only figures with this in their names; empty: all
  bool json = false;
};

/// One measured number: the median and the spread (smallest and largest) over the repeats.
struct Figure {
  std::string name;
  std::string unit;
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

struct Bench {
  std::string_view name;
  std::string_view summary;
  bool takes_config;  // whether options.overrides mean something to it
  std::vector<Figure> (*run)(const BenchOptions&);
};

/// The benches that this build has, in the order of the tree.
[[nodiscard]] std::span<const Bench> bench_table();

/// The file of the options, if any, with each override applied. Throws Error(kFile) or Error(kConfig).
[[nodiscard]] ConfigDocument config_document(const BenchOptions& options);

/// Throws Error(kEnvironment) if the process was asked to stop: for what lasts longer than people wait.
void end_if_stopped(std::string_view figure);

/// Calls `measure` once to warm up and `repeats` times for the figure.
[[nodiscard]] Figure repeat_figure(std::string name, std::string unit, int repeats,
                                   const std::function<double()>& measure);

/// Adds the figure, measured, unless `options.only` leaves it out.
void add_figure(std::vector<Figure>& figures, const BenchOptions& options, std::string name, std::string unit,
                const std::function<double()>& measure);

/// The figure of values that were measured otherwise; at least one.
[[nodiscard]] Figure make_figure(std::string name, std::string unit, std::vector<double> values);

/// A table for people, or with options.json one object: {"bench", "figures", "config", "machine", "commit"}.
void print_figures(std::string_view bench, std::span<const Figure> figures, const BenchOptions& options);

// One source file each: tools/bench_NAME.cpp.
std::vector<Figure> bench_world(const BenchOptions& options);
std::vector<Figure> bench_pool(const BenchOptions& options);
std::vector<Figure> bench_loader(const BenchOptions& options);
std::vector<Figure> bench_steps(const BenchOptions& options);
std::vector<Figure> bench_train(const BenchOptions& options);
std::vector<Figure> bench_features(const BenchOptions& options);
std::vector<Figure> bench_infer(const BenchOptions& options);
std::vector<Figure> bench_live(const BenchOptions& options);
std::vector<Figure> bench_record(const BenchOptions& options);
std::vector<Figure> bench_remote(const BenchOptions& options);
std::vector<Figure> bench_resize(const BenchOptions& options);
std::vector<Figure> bench_window(const BenchOptions& options);

}  // namespace atl::tools
