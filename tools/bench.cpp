#include "tools/bench.h"

#include "core/error.h"
#include "core/stop.h"
#include "core/version.h"
#include "tools/command.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace atl::tools {
namespace {

constexpr Bench kBenches[] = {
    {"world", "Playhouse on one core: steps, resets, expert", false, bench_world},
    {"pool", "Playhouse in an EnvironmentPool", false, bench_pool},
    {"record", "recordings: messages written and read, bytes on disk", false, bench_record},
    {"remote", "Playhouse through a server on loopback: 8 requests in flight, and ping-pong", false, bench_remote},
    {"resize", "the integer resize of recorder, trainer and live loop", false, bench_resize},
#if ATOLL_HAS_DESKTOP
    {"live", "the live loop in real windows: jitter, cost, misses, keys left down", true, bench_live},
    {"window", "what a person sees of the full house: pictures a second at three sizes", false, bench_window},
#endif
#if ATOLL_HAS_TORCH
    {"loader", "pictures a second of processor time: fresh, replayed, from video to the cache, from there to batches",
     false, bench_loader},
    {"steps", "training steps on batches that are there: forward, losses, backward, update", true, bench_steps},
    {"train", "optimiser steps of the recipe configs/playhouse.toml", true, bench_train},
#if ATOLL_HAS_DESKTOP
    {"features", "training on a recording: from scratch, and with a frozen encoder, on pictures and on kept features",
     true, bench_features},
#endif
    {"infer", "one incremental step of a policy: its answer to a picture, as in live play", true, bench_infer},
#endif
};

}  // namespace

std::span<const Bench> bench_table() { return kBenches; }

ConfigDocument config_document(const BenchOptions& options) {
  CommonFlags flags;
  flags.config = options.config;
  flags.overrides = options.overrides;
  return config_document(flags);
}

void end_if_stopped(std::string_view figure) {
  if (stop_requested()) fail(ErrorKind::kEnvironment, "stopped while it measured {}", figure);
}

Figure repeat_figure(std::string name, std::string unit, int repeats, const std::function<double()>& measure) {
  ATOLL_CHECK(repeats > 0, "{} repeats of {}, expected at least 1", repeats, name);
  static_cast<void>(measure());
  std::vector<double> values;
  for (int i = 0; i < repeats; ++i) {
    end_if_stopped(name);
    values.push_back(measure());
  }
  return make_figure(std::move(name), std::move(unit), std::move(values));
}

Figure make_figure(std::string name, std::string unit, std::vector<double> values) {
  ATOLL_CHECK(!values.empty(), "no values of {}", name);
  std::sort(values.begin(), values.end());
  return {std::move(name), std::move(unit), values[values.size() / 2], values.front(), values.back()};
}

void add_figure(std::vector<Figure>& figures, const BenchOptions& options, std::string name, std::string unit,
                const std::function<double()>& measure) {
  if (name.find(options.only) == std::string::npos) return;
  figures.push_back(repeat_figure(std::move(name), std::move(unit), options.repeats, measure));
}

void print_figures(std::string_view bench, std::span<const Figure> figures, const BenchOptions& options) {
  if (!options.json) {
    for (const Figure& f : figures)
      fmt::print("{:<78} {:>10.4g} {:<10} [{:.4g} .. {:.4g}]\n", f.name, f.value, f.unit, f.low, f.high);
    return;
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Figure& f : figures) {
    list.push_back({{"name", f.name}, {"value", f.value}, {"unit", f.unit}, {"low", f.low}, {"high", f.high}});
  }
  const nlohmann::ordered_json result = {
      {"bench", bench},
      {"figures", list},
      {"config", {{"repeats", options.repeats}, {"file", options.config.string()}, {"set", options.overrides}}},
      {"machine", machine_description()},
      {"commit", git_revision()}};
  fmt::print("{}\n", result.dump());
}

}  // namespace atl::tools
