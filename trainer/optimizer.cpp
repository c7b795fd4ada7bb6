#include "trainer/optimizer.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace atl::trainer {

void describe(ConfigVisitor& v, OptimizerConfig& config) {
  v.field("learning_rate", &config.learning_rate, {.min = 0});
  v.field("warmup_steps", &config.warmup_steps, {.min = 0});
  v.field("final_learning_rate", &config.final_learning_rate, {.min = 0, .max = 1});
  v.field("decay_share", &config.decay_share, {.min = 0.001, .max = 1});
  v.field("weight_decay", &config.weight_decay, {.min = 0});
  v.field("beta1", &config.beta1, {.min = 0, .max = 0.99999});
  v.field("beta2", &config.beta2, {.min = 0, .max = 0.99999999});
  v.field("epsilon", &config.epsilon, {.min = 1e-30});
  v.field("clip_norm", &config.clip_norm, {.min = 0});
  v.field("average_decay", &config.average_decay, {.min = 0, .max = 0.9999999});
}

double learning_rate_at(const OptimizerConfig& config, std::int64_t step, std::int64_t total_steps) {
  if (step < config.warmup_steps) return config.learning_rate * static_cast<double>(step + 1) / config.warmup_steps;
  ATOLL_CHECK(step < total_steps, "learning rate of step {} of {}", step, total_steps);
  const auto decaying = config.decay_share * static_cast<double>(total_steps - config.warmup_steps);
  const double done = std::max(0.0, 1.0 - static_cast<double>(total_steps - step) / decaying);
  const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  return config.learning_rate * (config.final_learning_rate + (1.0 - config.final_learning_rate) * cosine);
}

AdamState create_adam_state(const at::Tensor& parameters) {
  return {.mean = at::zeros_like(parameters), .square = at::zeros_like(parameters)};
}

void adamw_update(const OptimizerConfig& config, std::int64_t step, double learning_rate, const at::Tensor& gradient,
                  at::Tensor& parameters, AdamState& state) {
  ATOLL_CHECK(gradient.numel() == parameters.numel() && state.mean.numel() == parameters.numel(),
              "{} gradients and {} moments for {} parameters", gradient.numel(), state.mean.numel(),
              parameters.numel());
  // The kernel reads the number of this update, counted from 1.
  const at::Tensor updates = at::full({}, static_cast<double>(step + 1), parameters.options());
  at::_fused_adamw_({parameters}, {gradient}, {state.mean}, {state.square}, {}, {updates}, learning_rate, config.beta1,
                    config.beta2, config.weight_decay, config.epsilon, /*amsgrad=*/false, /*maximize=*/false);
}

at::Tensor clip_gradient(at::Tensor& gradient, double max_norm) {
  at::Tensor norm = at::linalg_vector_norm(gradient, 2, {}, false, at::kDouble);
  if (max_norm <= 0) return norm;
  const at::Tensor is_too_long = norm.gt(max_norm).logical_and(norm.isfinite());
  gradient.mul_(at::where(is_too_long, max_norm / norm, at::ones_like(norm)));
  return norm;
}

void update_average(double decay, std::int64_t step, const at::Tensor& parameters, at::Tensor& average) {
  ATOLL_CHECK(parameters.numel() == average.numel(), "average of {} values for {} parameters", average.numel(),
              parameters.numel());
  const double warm = static_cast<double>(1 + step) / static_cast<double>(10 + step);
  average.lerp_(parameters, 1.0 - std::min(decay, warm));
}

}  // namespace atl::trainer
