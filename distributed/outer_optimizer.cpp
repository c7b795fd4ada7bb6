#include "distributed/outer_optimizer.h"

#include "core/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::distributed {

void describe(ConfigVisitor& v, OuterConfig& config) {
  v.field("kind", &config.kind, {.one_of = {"nesterov", "delayed_nesterov", "sgd"}});
  v.field("learning_rate", &config.learning_rate, {.min = 0, .max = 10});
  v.field("momentum", &config.momentum, {.min = 0, .max = 0.9999});
  v.field("delay", &config.delay, {.min = 1, .max = 100'000});
  v.field("share", &config.share, {.min = 0, .max = 1});
}

std::string problem_of(const OuterConfig& config) {
  if (config.kind == "delayed_nesterov" && config.share * config.delay > 1)
    return fmt::format("share is {}, expected at most 1 / delay = {}", config.share, 1.0 / config.delay);
  return {};
}

OuterView OuterState::view(std::size_t begin, std::size_t size) {
  const auto part = [&](std::vector<float>& all) {
    return all.empty() ? std::span<float>() : std::span(all).subspan(begin, size);
  };
  return {.parameters = part(parameters), .momentum = part(momentum), .buffer = part(buffer)};
}

OuterState begin_outer(const OuterConfig& config, std::span<const float> parameters) {
  OuterState state;
  state.parameters.assign(parameters.begin(), parameters.end());
  if (config.kind != "sgd") state.momentum.resize(parameters.size());
  if (config.kind == "delayed_nesterov") state.buffer.resize(parameters.size());
  return state;
}

namespace {

void step_nesterov(float rate, float momentum, std::span<const float> delta, const OuterView& view) {
  for (std::size_t i = 0; i < delta.size(); ++i) {
    const float m = momentum * view.momentum[i] + delta[i];
    view.momentum[i] = m;
    view.parameters[i] -= rate * (delta[i] + momentum * m);
  }
}

void step_delayed(const OuterConfig& config, std::int64_t step, std::span<const float> delta, const OuterView& view) {
  const auto rate = static_cast<float>(config.learning_rate);
  const auto momentum = static_cast<float>(config.momentum);
  const auto part = static_cast<float>(1.0 / config.delay);
  const bool is_due = (step + 1) % config.delay == 0;
  const auto share = static_cast<float>(is_due ? 1.0 - config.share * config.delay + config.share : config.share);
  for (std::size_t i = 0; i < delta.size(); ++i) {
    const float sum = view.buffer[i] + delta[i];
    if (is_due) view.momentum[i] = momentum * view.momentum[i] + sum * part;
    view.buffer[i] = is_due ? 0.0F : sum;
    view.parameters[i] -= rate * (share * momentum * view.momentum[i] + delta[i] * part);
  }
}

}  // namespace

void outer_step(const OuterConfig& config, std::int64_t step, std::span<const float> delta, const OuterView& view) {
  ATOLL_CHECK(delta.size() == view.parameters.size(), "a delta of {} values for {} parameters", delta.size(),
              view.parameters.size());
  const auto rate = static_cast<float>(config.learning_rate);
  if (config.kind == "nesterov") {
    step_nesterov(rate, static_cast<float>(config.momentum), delta, view);
  } else if (config.kind == "delayed_nesterov") {
    step_delayed(config, step, delta, view);
  } else {
    for (std::size_t i = 0; i < delta.size(); ++i) view.parameters[i] -= rate * delta[i];
  }
}

}  // namespace atl::distributed
