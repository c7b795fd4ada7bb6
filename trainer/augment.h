// Changes examples so that a data set is seen in more ways: in a mirror, a little moved, in other light and colours.
// Used by sources, when data is cut. Free of LibTorch. Const functions: any thread.
#pragma once

#include "agent/pointer_grid.h"
#include "core/contract.h"
#include "core/random.h"
#include "trainer/config.h"
#include "trainer/example.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atl::trainer {

/// The text with each word "left" as "right" and the other way, in the case it has: "Turn Left" is "Turn Right".
[[nodiscard]] std::string mirrored(std::string_view text);

class Augmenter {
 public:
  /// Throws Error(kConfig) when examples are to be mirrored and the contract has only one of two controls that are each
  /// other's mirror image (a and d, left and right).
  Augmenter(const DataConfig& config, const PolicyContract& contract);

  /// Draws what to do with a whole example, all of its pictures alike, and does it. A mirrored example has its pictures
  /// (and patches) flipped, mouse x and turns negated, pointers set to the other side, mirrored controls swapped, and
  /// the words "left" and "right" of its instructions, too. A shift moves pointers along; what comes into view at an
  /// edge repeats that edge; patches stay. Colours are turned about the axis of greys, then spread from or drawn to it,
  /// then scaled, and cut at 0 and 255.
  void apply(Example& example, const ExampleShape& shape, Random& random) const;

 private:
  void mirror(Example& example, const ExampleShape& shape) const;
  void mirror(std::span<agent::ActionParts> actions) const;

  double mirror_share_;
  int shift_px_;
  double brightness_;
  double saturation_;
  double hue_deg_;
  int num_bins_;
  agent::PointerGrid pointer_;
  std::vector<std::pair<std::size_t, std::size_t>> swapped_;  // controls of the contract
};

}  // namespace atl::trainer
