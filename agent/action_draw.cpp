#include "agent/action_draw.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>

namespace atl::agent {
namespace {

std::vector<float> values_of(const at::Tensor& tensor) {
  const float* data = tensor.const_data_ptr<float>();
  return {data, data + tensor.numel()};
}

std::span<const float> row_of(std::span<const float> table, std::size_t row, std::size_t width) {
  return table.subspan(row * width, width);
}

void add(std::span<const float> row, std::span<float> sums) {
  std::transform(row.begin(), row.end(), sums.begin(), sums.begin(), [](float a, float b) { return b + a; });
}

}  // namespace

ActionDraw::ActionDraw(const Model& model, const PolicyContract& contract, double temperature)
    : num_controls_(contract.controls.size()),
      num_bins_(static_cast<std::size_t>(contract.mouse_bins)),
      num_steps_(static_cast<std::size_t>(contract.chunk_actions)),
      temperature_(temperature) {
  if (!model.config().autoregressive) return;
  const ConditionTables tables = model.condition_tables();
  keys_ = values_of(tables.keys_CC);
  mouse_x_ = values_of(tables.mouse_x_CM);
  mouse_y_ = values_of(tables.mouse_y_CM);
  mouse_y_of_x_ = values_of(tables.mouse_y_MM);
}

std::vector<ActionParts> ActionDraw::operator()(const AnswerLogits& logits, Random& random) const {
  ATOLL_CHECK(logits.keys_SC.size() == num_steps_ * num_controls_ &&
                  logits.mouse_x_SM.size() == num_steps_ * num_bins_ &&
                  logits.mouse_y_SM.size() == num_steps_ * num_bins_,
              "logits of {} keys and {} and {} bins, expected {} steps of {} and {}", logits.keys_SC.size(),
              logits.mouse_x_SM.size(), logits.mouse_y_SM.size(), num_steps_, num_controls_, num_bins_);
  std::vector<ActionParts> steps(num_steps_);
  for (std::size_t s = 0; s < num_steps_; ++s) draw_keys(row_of(logits.keys_SC, s, num_controls_), steps[s], random);
  std::vector<float> given(num_bins_);
  std::vector<float> conditioned(num_bins_);
  const auto draw_mouse = [&](std::span<const float> row) {
    std::copy(row.begin(), row.end(), conditioned.begin());
    add(given, conditioned);
    return draw_bin(conditioned, random);
  };
  for (std::size_t s = 0; s < num_steps_; ++s) {
    add_rows(mouse_x_, steps[s], given);
    steps[s].mouse_x = draw_mouse(row_of(logits.mouse_x_SM, s, num_bins_));
  }
  for (std::size_t s = 0; s < num_steps_; ++s) {
    add_rows(mouse_y_, steps[s], given);
    if (!mouse_y_of_x_.empty())
      add(row_of(mouse_y_of_x_, static_cast<std::size_t>(steps[s].mouse_x), num_bins_), given);
    steps[s].mouse_y = draw_mouse(row_of(logits.mouse_y_SM, s, num_bins_));
  }
  return steps;
}

void ActionDraw::draw_keys(std::span<const float> logits, ActionParts& parts, Random& random) const {
  std::vector<float> given(num_controls_);
  for (std::size_t i = 0; i < num_controls_; ++i) {
    const bool is_on = draw_key(static_cast<double>(logits[i]) + static_cast<double>(given[i]), random);
    parts.controls.set(i, is_on);
    if (is_on && !keys_.empty()) add(row_of(keys_, i, num_controls_), given);
  }
}

// Sets `sums` to what the controls that are on add.
void ActionDraw::add_rows(const std::vector<float>& table, const ActionParts& parts, std::span<float> sums) const {
  std::fill(sums.begin(), sums.end(), 0.0F);
  if (table.empty()) return;
  for (std::size_t i = 0; i < num_controls_; ++i) {
    if (parts.controls.test(i)) add(row_of(table, i, num_bins_), sums);
  }
}

bool ActionDraw::draw_key(double logit, Random& random) const {
  if (temperature_ == 0.0) return logit > 0.0;
  return random.uniform() < 1.0 / (1.0 + std::exp(-logit / temperature_));
}

int ActionDraw::draw_bin(std::span<const float> logits, Random& random) const {
  const auto best = std::max_element(logits.begin(), logits.end());
  if (temperature_ == 0.0) return static_cast<int>(best - logits.begin());
  std::vector<double> weights;
  weights.reserve(logits.size());
  double sum = 0.0;
  for (const float logit : logits) {
    weights.push_back(std::exp((logit - *best) / temperature_));
    sum += weights.back();
  }
  double place = random.uniform() * sum;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    place -= weights[i];
    if (place < 0.0) return static_cast<int>(i);
  }
  return static_cast<int>(weights.size()) - 1;
}

}  // namespace atl::agent
