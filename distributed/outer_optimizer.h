// The outer step: what an averaged delta does to the global parameters. `delta` is global minus local (DiLoCo's D), so
// that a step goes against it. Plain loops over floats in a fixed order: the same bits wherever they run, which is what
// lets every island follow the global parameters by itself (distributed/global_state.h). Any thread, one at a time for
// a state.
#pragma once

#include "core/config.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::distributed {

struct OuterConfig {
  std::string kind = "nesterov";  // "nesterov": DiLoCo; "delayed_nesterov": asynchronous; "sgd": no momentum
  double learning_rate = 0.7;     // DiLoCo 2311.08105; Streaming DiLoCo 0.4; SparseLoCo ("sgd") 1, later 0.65
  double momentum = 0.9;          // not of "sgd"
  int delay = 4;                  // delayed_nesterov: steps between two uses of the momentum, at least the islands
  double share = 0.0;             // delayed_nesterov: of the momentum's part in the steps between, 0 .. 1 / delay
};

void describe(ConfigVisitor& v, OuterConfig& config);

/// What is wrong with it: empty if nothing.
[[nodiscard]] std::string problem_of(const OuterConfig& config);

/// Global parameters, or some of them, and what the outer optimiser knows of them.
struct OuterView {
  std::span<float> parameters;
  std::span<float> momentum;  // empty with "sgd"
  std::span<float> buffer;    // empty but with "delayed_nesterov": sum of the deltas since the momentum was used
};

/// The same, with memory of its own: one to three floats a parameter.
struct OuterState {
  std::vector<float> parameters;
  std::vector<float> momentum;
  std::vector<float> buffer;

  /// Of `size` parameters from `begin` on. Valid as long as the vectors are.
  [[nodiscard]] OuterView view(std::size_t begin, std::size_t size);
  [[nodiscard]] OuterView view() { return view(0, parameters.size()); }
};

/// The state before the first step.
[[nodiscard]] OuterState begin_outer(const OuterConfig& config, std::span<const float> parameters);

/// Makes step number `step` (from 0) with `delta`, a value for each parameter of `view`. Parameters know nothing of
/// each other: it may be made piece by piece.
///
///   nesterov          m <- b m + D;  th <- th - rate (D + b m)        as torch's SGD(nesterov=True) and optax's
///   delayed_nesterov  B <- B + D; each `delay`-th step: m <- b m + B / N; th <- th - rate ((1 - c N + c) b m + D / N);
///                     B <- 0; else th <- th - rate (c b m + D / N)    Async Local-SGD 2401.09135, algorithm 3;
///                     N is `delay` and c is `share`
///   sgd               th <- th - rate D
void outer_step(const OuterConfig& config, std::int64_t step, std::span<const float> delta, const OuterView& view);

}  // namespace atl::distributed
