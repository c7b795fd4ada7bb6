#include "trainer/optimizer.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace atl::trainer {

void describe(ConfigVisitor& v, OptimizerConfig& config) {
  v.field("learning_rate", &config.learning_rate, {.min = 0});
  v.field("warmup_steps", &config.warmup_steps, {.min = 0});
  v.field("final_learning_rate", &config.final_learning_rate, {.min = 0, .max = 1});
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
  const double done =
      static_cast<double>(step - config.warmup_steps) / static_cast<double>(total_steps - config.warmup_steps);
  const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  return config.learning_rate * (config.final_learning_rate + (1.0 - config.final_learning_rate) * cosine);
}

void adamw_update(const OptimizerConfig& config, std::int64_t step, double learning_rate,
                  std::span<const float> gradient, std::span<float> parameters, AdamState& state) {
  ATOLL_CHECK(gradient.size() == parameters.size() && state.mean.size() == parameters.size(),
              "{} gradients and {} moments for {} parameters", gradient.size(), state.mean.size(), parameters.size());
  const double updates = static_cast<double>(step + 1);
  const auto beta1 = static_cast<float>(config.beta1);
  const auto beta2 = static_cast<float>(config.beta2);
  const auto mean_scale = static_cast<float>(1.0 / (1.0 - std::pow(config.beta1, updates)));
  const auto square_scale = static_cast<float>(1.0 / (1.0 - std::pow(config.beta2, updates)));
  const auto rate = static_cast<float>(learning_rate);
  const auto keep = static_cast<float>(1.0 - learning_rate * config.weight_decay);
  const auto epsilon = static_cast<float>(config.epsilon);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float g = gradient[i];
    state.mean[i] = beta1 * state.mean[i] + (1.0F - beta1) * g;
    state.square[i] = beta2 * state.square[i] + (1.0F - beta2) * g * g;
    const float direction = state.mean[i] * mean_scale / (std::sqrt(state.square[i] * square_scale) + epsilon);
    parameters[i] = keep * parameters[i] - rate * direction;
  }
}

double clip_gradient(std::span<float> gradient, double max_norm) {
  double sum = 0.0;
  for (const float g : gradient) sum += static_cast<double>(g) * static_cast<double>(g);
  const double norm = std::sqrt(sum);
  if (max_norm > 0 && norm > max_norm && std::isfinite(norm)) {
    const auto scale = static_cast<float>(max_norm / norm);
    for (float& g : gradient) g *= scale;
  }
  return norm;
}

void update_average(double decay, std::int64_t step, std::span<const float> parameters, std::span<float> average) {
  ATOLL_CHECK(parameters.size() == average.size(), "average of {} values for {} parameters", average.size(),
              parameters.size());
  const double warm = static_cast<double>(1 + step) / static_cast<double>(10 + step);
  const auto rate = static_cast<float>(1.0 - std::min(decay, warm));
  for (std::size_t i = 0; i < average.size(); ++i) average[i] += rate * (parameters[i] - average[i]);
}

}  // namespace atl::trainer
