// The one resize of Atoll: recorder, trainer and live loop all call it, so a policy sees the same bits everywhere.
//
// A box filter in integers: every target pixel is the area-weighted mean of the source pixels under it, rounded half
// up. Whole-number enlargements shrink back to exactly the picture they came from. No floating point, no tables that
// depend on the machine.
#pragma once

#include "core/frame.h"

#include <cstdint>
#include <span>
#include <vector>

namespace atl {

/// Resizes BGRA8 pictures from one size to another; keeps its scratch memory, so make one per thread and stream.
class Resizer {
 public:
  explicit Resizer(FrameSize target);

  /// Writes `source` at the target size, tightly packed, to `target` ([height, width, 4], exactly that many bytes).
  /// The alpha byte is filtered like the others. Throws Error(kInternal) if `target` has another size.
  void resize(ImageView source, std::span<std::uint8_t> target);

  [[nodiscard]] FrameSize target_size() const { return target_; }

 private:
  void prepare(FrameSize source);

  struct Tap {  // one source row or column that a target row or column lies over
    std::int32_t index;
    std::uint32_t weight;
  };
  struct Span {  // the taps of one target row or column
    std::uint32_t begin;
    std::uint32_t end;
  };
  struct Axis {
    std::vector<Tap> taps;
    std::vector<Span> spans;
  };
  static Axis make_axis(int source, int target);

  FrameSize target_;
  FrameSize source_{};
  Axis columns_;
  Axis rows_;
  std::vector<std::uint32_t> row_sums_;  // [target width, 4] of one source row
  std::vector<std::uint64_t> sums_;      // [target width, 4] of one target row
};

}  // namespace atl
