// Between actions and what a network answers: per step one bit per control of the contract, a bin of the mu-law scale
// for mouse x and for mouse y, detents of the wheel, and where the pointer is set to. Used by trainers (encode) and
// policies (decode). Immutable: any thread.
//
// The scale is VPT's (arXiv 2206.11795, appendix C): fine near 0, coarse far off; the middle bin is exactly 0. What it
// cannot say is lost on the way: a tap inside a step becomes a step held, a second press without a release in between
// is one press, motion is rounded to its bin, a position to its cell, and the wheel is cut at the contract's most.
#pragma once

#include "agent/pointer_grid.h"
#include "core/action.h"
#include "core/contract.h"

#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

namespace atl::agent {

/// One step as a network sees it.
struct ActionParts {
  std::bitset<kNumControls> controls;  // bit i: contract.controls[i] was held at the end of the step or pressed in it
  int mouse_x = 0;                     // bin, 0 .. mouse_bins - 1
  int mouse_y = 0;
  int wheel = 0;                      // detents, -wheel_max .. wheel_max
  int pointer = PointerGrid::kStays;  // class of PointerGrid
  friend bool operator==(const ActionParts&, const ActionParts&) = default;
};

/// VPT's mu-law scale with an odd number of bins over -max .. max.
class MouseScale {
 public:
  /// Throws Error(kContract) unless `bins` is odd and at least 3.
  MouseScale(double max, int bins, double mu);

  /// The bin whose place on the scale is nearest to `value`; values beyond the ends are cut.
  [[nodiscard]] int bin_of(double value) const;
  /// The value that `bin` stands for; exactly 0 for the middle one, and bin_of(value_of(bin)) == bin.
  [[nodiscard]] double value_of(int bin) const;
  [[nodiscard]] int num_bins() const { return bins_; }
  [[nodiscard]] int middle() const { return bins_ / 2; }

 private:
  double max_;
  int bins_;
  double mu_;
  double log_mu_;  // log(1 + mu)
};

/// How many values each part of an action has in a contract's terms; 0: the contract has no such part.
struct ActionSizes {
  int controls = 0;
  int bins = 0;   // of each mouse axis
  int wheel = 0;  // classes: detents from -wheel_max to wheel_max
  PointerGrid pointer{};

  [[nodiscard]] int wheel_max() const { return wheel / 2; }
};
/// Throws Error(kContract) as PointerGrid does.
[[nodiscard]] ActionSizes action_sizes(const PolicyContract& contract);

class ActionCodec {
 public:
  /// `counts_per_turn`: mouse counts per 360 degrees of the world or recording (SourceFacts); used when the contract's
  /// mouse unit is degrees. Throws Error(kContract) when it is unknown then, when two bins fall on one count, or for an
  /// unknown or repeated control. `window`: of the client area in which actions have their pointer positions; used when
  /// the contract has a pointer, and refused in the same way when it is not known or smaller than the contract's
  /// picture. Policies speak of the picture itself (agent/policy.h).
  ActionCodec(const PolicyContract& contract, double counts_per_turn, FrameSize window = {});

  [[nodiscard]] ActionParts encode(const Action& action) const;

  /// Encodes consecutive actions to `parts`, of equal length. A control that is pressed anew right after a step in
  /// which it was on is left out of this step, for decoding would make one long press of both: taps in every step
  /// become taps in every second one.
  void encode_steps(std::span<const Action> actions, std::span<ActionParts> parts) const;

  /// One action per element of `steps`. A control that is on is held; it is pressed where it was not held before.
  /// `held_before`: what is held when the first step begins; controls outside the contract are let go.
  [[nodiscard]] std::vector<Action> decode(std::span<const ActionParts> steps, const ControlSet& held_before) const;

  [[nodiscard]] int num_controls() const { return static_cast<int>(controls_.size()); }
  [[nodiscard]] const MouseScale& mouse() const { return mouse_; }

 private:
  std::vector<Control> controls_;  // in the contract's order
  MouseScale mouse_;
  double counts_per_unit_;
  int wheel_max_;
  PointerGrid pointer_;
  FrameSize frame_;   // of the contract
  FrameSize window_;  // of pointer positions
};

}  // namespace atl::agent
