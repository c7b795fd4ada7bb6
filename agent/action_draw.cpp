#include "agent/action_draw.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>

namespace atl::agent {
namespace {

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

std::span<const float> row_of(std::span<const float> table, std::size_t row, std::size_t width) {
  return table.subspan(row * width, width);
}

void add(std::span<const float> row, std::span<float> sums) {
  std::transform(row.begin(), row.end(), sums.begin(), sums.begin(), [](float a, float b) { return b + a; });
}

}  // namespace

ActionDraw::Table ActionDraw::table_of(const at::Tensor& values) {
  if (!values.defined()) return {};
  const float* data = values.const_data_ptr<float>();
  return {{data, data + values.numel()}, static_cast<std::size_t>(values.size(1))};
}

void ActionDraw::Table::add_row(std::size_t index, std::span<float> sums) const {
  if (!values.empty()) add(row_of(values, index, width), sums);
}

ActionDraw::ActionDraw(const Model& model, const PolicyContract& contract, Temperatures temperatures)
    : sizes_(action_sizes(contract)), num_steps_(as_size(contract.chunk_actions)), temperatures_(temperatures) {
  if (!model.config().autoregressive) return;
  const ConditionTables tables = model.condition_tables();
  keys_ = table_of(tables.keys_CC);
  mouse_x_ = table_of(tables.mouse_x_CM);
  mouse_y_ = table_of(tables.mouse_y_CM);
  mouse_y_of_x_ = table_of(tables.mouse_y_MM);
  wheel_ = table_of(tables.wheel_CW);
  wheel_of_x_ = table_of(tables.wheel_of_x_MW);
  wheel_of_y_ = table_of(tables.wheel_of_y_MW);
  pointer_ = table_of(tables.pointer_CQ);
  pointer_of_x_ = table_of(tables.pointer_of_x_MQ);
  pointer_of_y_ = table_of(tables.pointer_of_y_MQ);
  pointer_of_wheel_ = table_of(tables.pointer_of_wheel_WQ);
}

void ActionDraw::check(const AnswerLogits& logits) const {
  const auto expect = [&](const char* part, std::size_t found, std::size_t rows, int width) {
    ATOLL_CHECK(found == rows * as_size(width), "{} values of {}, expected {} rows of {}", found, part, rows, width);
  };
  expect("keys", logits.keys_SC.size(), num_steps_, sizes_.controls);
  expect("mouse x", logits.mouse_x_SM.size(), num_steps_, sizes_.bins);
  expect("mouse y", logits.mouse_y_SM.size(), num_steps_, sizes_.bins);
  expect("the wheel", logits.wheel_SW.size(), num_steps_, sizes_.wheel);
  expect("the pointer", logits.pointer_SL.size(), num_steps_, sizes_.pointer.num_classes());
  expect("the pointer's keys", logits.pointer_keys_QL.size(), pointer_.width, sizes_.pointer.num_classes());
}

std::vector<ActionParts> ActionDraw::operator()(const AnswerLogits& logits, Random& random) const {
  check(logits);
  std::vector<ActionParts> steps(num_steps_);
  std::vector<float> given;
  std::vector<float> conditioned;
  // The class of one part: `condition` adds what was drawn before to zeros.
  const auto draw = [&](std::span<const float> all, std::size_t step, int width, const auto& condition) {
    const std::span<const float> row = row_of(all, step, as_size(width));
    conditioned.assign(row.begin(), row.end());
    given.assign(row.size(), 0.0F);
    condition(std::span<float>(given));
    add(given, conditioned);
    return draw_class(conditioned, random);
  };
  for (std::size_t s = 0; s < num_steps_; ++s)
    draw_keys(row_of(logits.keys_SC, s, as_size(sizes_.controls)), steps[s], random);
  for (std::size_t s = 0; s < num_steps_; ++s)
    steps[s].mouse_x =
        draw(logits.mouse_x_SM, s, sizes_.bins, [&](std::span<float> sums) { add_controls(mouse_x_, steps[s], sums); });
  for (std::size_t s = 0; s < num_steps_; ++s) {
    steps[s].mouse_y = draw(logits.mouse_y_SM, s, sizes_.bins, [&](std::span<float> sums) {
      add_controls(mouse_y_, steps[s], sums);
      mouse_y_of_x_.add_row(as_size(steps[s].mouse_x), sums);
    });
  }
  for (std::size_t s = 0; s < num_steps_ && sizes_.wheel > 0; ++s)
    steps[s].wheel =
        draw(logits.wheel_SW, s, sizes_.wheel, [&](std::span<float> sums) { add_to_wheel(steps[s], sums); }) -
        sizes_.wheel_max();
  const int places = sizes_.pointer.num_classes();
  for (std::size_t s = 0; s < num_steps_ && places > 0; ++s)
    steps[s].pointer = draw(logits.pointer_SL, s, places,
                            [&](std::span<float> sums) { add_to_pointer(steps[s], logits.pointer_keys_QL, sums); });
  return steps;
}

void ActionDraw::draw_keys(std::span<const float> logits, ActionParts& parts, Random& random) const {
  std::vector<float> given(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const bool is_on = draw_key(static_cast<double>(logits[i]) + static_cast<double>(given[i]), random);
    parts.controls.set(i, is_on);
    if (is_on) keys_.add_row(i, given);
  }
}

void ActionDraw::add_controls(const Table& table, const ActionParts& parts, std::span<float> sums) const {
  for (std::size_t i = 0; i < as_size(sizes_.controls); ++i) {
    if (parts.controls.test(i)) table.add_row(i, sums);
  }
}

void ActionDraw::add_to_wheel(const ActionParts& parts, std::span<float> sums) const {
  add_controls(wheel_, parts, sums);
  wheel_of_x_.add_row(as_size(parts.mouse_x), sums);
  wheel_of_y_.add_row(as_size(parts.mouse_y), sums);
}

// The query of what was drawn before, times the keys.
void ActionDraw::add_to_pointer(const ActionParts& parts, std::span<const float> keys_QL, std::span<float> sums) const {
  std::vector<float> query(pointer_.width);
  add_controls(pointer_, parts, query);
  pointer_of_x_.add_row(as_size(parts.mouse_x), query);
  pointer_of_y_.add_row(as_size(parts.mouse_y), query);
  pointer_of_wheel_.add_row(as_size(parts.wheel + sizes_.wheel_max()), query);
  for (std::size_t q = 0; q < query.size(); ++q) {
    const float factor = query[q];
    const std::span<const float> keys = row_of(keys_QL, q, sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += factor * keys[i];
  }
}

bool ActionDraw::draw_key(double logit, Random& random) const {
  if (temperatures_.keys == 0.0) return logit > 0.0;
  return random.uniform() < 1.0 / (1.0 + std::exp(-logit / temperatures_.keys));
}

int ActionDraw::draw_class(std::span<const float> logits, Random& random) const {
  const auto best = std::max_element(logits.begin(), logits.end());
  if (temperatures_.rest == 0.0) return static_cast<int>(best - logits.begin());
  std::vector<double> weights;
  weights.reserve(logits.size());
  double sum = 0.0;
  for (const float logit : logits) {
    weights.push_back(std::exp((logit - *best) / temperatures_.rest));
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
