#include "agent/action_codec.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>

namespace atl::agent {

MouseScale::MouseScale(double max, int bins, double mu) : max_(max), bins_(bins), mu_(mu), log_mu_(std::log1p(mu)) {
  if (bins < 3 || bins % 2 == 0)
    fail(ErrorKind::kContract, "mouse_bins = {}, expected an odd number of at least 3: the middle one is no motion",
         bins);
  if (!(max > 0) || !(mu > 0))
    fail(ErrorKind::kContract, "mouse_max = {} and mouse_mu = {}, expected both above 0", max, mu);
}

int MouseScale::bin_of(double value) const {
  if (value == 0) return middle();  // most steps of most games
  const double size = std::min(std::abs(value) / max_, 1.0);
  const double place = std::log1p(mu_ * size) / log_mu_ * middle();  // 0 .. middle, evenly spaced bins
  const int steps = static_cast<int>(std::lround(place));
  return value < 0 ? middle() - steps : middle() + steps;
}

double MouseScale::value_of(int bin) const {
  ATOLL_CHECK(bin >= 0 && bin < bins_, "mouse bin {}, expected 0 to {}", bin, bins_ - 1);
  const double place = static_cast<double>(std::abs(bin - middle())) / middle();
  const double value = std::expm1(place * log_mu_) / mu_ * max_;
  return bin < middle() ? -value : value;
}

namespace {

double counts_per_unit(const PolicyContract& contract, double counts_per_turn) {
  if (contract.mouse_unit == "counts") return 1.0;
  if (!(counts_per_turn > 0)) {
    fail(ErrorKind::kContract,
         "the contract speaks of degrees, but counts_per_turn is {}: give the mouse counts of one full turn "
         "(SourceFacts.counts_per_turn), or use mouse_unit = \"counts\"",
         counts_per_turn);
  }
  return counts_per_turn / 360.0;
}

std::int32_t to_counts(double value, double counts_per_unit) {
  return static_cast<std::int32_t>(std::lround(value * counts_per_unit));
}

void check_window(const PolicyContract& contract, FrameSize window) {
  if (!contract.has_pointer()) return;
  if (window.width_px <= 0 || window.height_px <= 0) {
    fail(ErrorKind::kContract,
         "the contract has a pointer, and the size of the window that its positions are in is not known: take "
         "recordings with video, or set contract.pointer = \"none\"");
  }
  if (window.width_px < contract.frame_width_px || window.height_px < contract.frame_height_px) {
    fail(ErrorKind::kContract,
         "the window that pointer positions are in is {}x{} px, expected at least the {}x{} px of the contract's "
         "pictures: take a smaller contract.frame_width_px and frame_height_px",
         window.width_px, window.height_px, contract.frame_width_px, contract.frame_height_px);
  }
}

}  // namespace

ActionSizes action_sizes(const PolicyContract& contract) {
  return {.controls = static_cast<int>(contract.controls.size()),
          .bins = contract.mouse_bins,
          .wheel = contract.wheel_max > 0 ? 2 * contract.wheel_max + 1 : 0,
          .pointer = PointerGrid(contract)};
}

ActionCodec::ActionCodec(const PolicyContract& contract, double counts_per_turn, FrameSize window)
    : mouse_(contract.mouse_max, contract.mouse_bins, contract.mouse_mu),
      counts_per_unit_(counts_per_unit(contract, counts_per_turn)),
      wheel_max_(contract.wheel_max),
      pointer_(contract),
      frame_(contract.frame_size()),
      window_(window) {
  check_window(contract, window);
  for (const std::string& name : contract.controls) {
    const Control control = control_named(name);
    if (std::find(controls_.begin(), controls_.end(), control) != controls_.end())
      fail(ErrorKind::kContract, "the contract names the control {} twice, expected each once", name);
    controls_.push_back(control);
  }
  for (int bin = 0; bin < mouse_.num_bins(); ++bin) {
    const std::int32_t counts = to_counts(mouse_.value_of(bin), counts_per_unit_);
    if (mouse_.bin_of(counts / counts_per_unit_) == bin) continue;
    fail(ErrorKind::kContract,
         "mouse bin {} is {:.3g} {}, which {:.3g} counts per unit round to {} counts, another bin: use fewer bins, a "
         "smaller mouse_mu, or a finer mouse",
         bin, mouse_.value_of(bin), contract.mouse_unit, counts_per_unit_, counts);
  }
}

ActionParts ActionCodec::encode(const Action& action) const {
  ActionParts parts;
  for (std::size_t i = 0; i < controls_.size(); ++i)
    parts.controls.set(i, action.is_held(controls_[i]) || action.num_presses(controls_[i]) > 0);
  parts.mouse_x = mouse_.bin_of(action.dx / counts_per_unit_);
  parts.mouse_y = mouse_.bin_of(action.dy / counts_per_unit_);
  parts.wheel = std::clamp(action.wheel, -wheel_max_, wheel_max_);
  if (action.pointer && pointer_.num_classes() > 0)
    parts.pointer = pointer_.class_of(scaled(*action.pointer, window_, frame_));
  return parts;
}

void ActionCodec::encode_steps(std::span<const Action> actions, std::span<ActionParts> parts) const {
  ATOLL_CHECK(actions.size() == parts.size(), "{} actions for {} places", actions.size(), parts.size());
  for (std::size_t step = 0; step < actions.size(); ++step) {
    parts[step] = encode(actions[step]);
    if (step == 0) continue;
    for (std::size_t i = 0; i < controls_.size(); ++i) {
      if (parts[step - 1].controls.test(i) && actions[step].num_presses(controls_[i]) > 0)
        parts[step].controls.reset(i);
    }
  }
}

std::vector<Action> ActionCodec::decode(std::span<const ActionParts> steps, const ControlSet& held_before) const {
  std::vector<Action> actions;
  ControlSet held = held_before;
  for (const ActionParts& parts : steps) {
    Action action;
    for (std::size_t i = 0; i < controls_.size(); ++i) {
      if (parts.controls.test(i)) action.held.set(static_cast<std::size_t>(index_of(controls_[i])));
    }
    action.dx = to_counts(mouse_.value_of(parts.mouse_x), counts_per_unit_);
    action.dy = to_counts(mouse_.value_of(parts.mouse_y), counts_per_unit_);
    action.wheel = parts.wheel;
    if (const auto position = pointer_.position_of(parts.pointer)) action.pointer = scaled(*position, frame_, window_);
    actions.push_back(normalise(action, held));
    held = actions.back().held;
  }
  return actions;
}

}  // namespace atl::agent
