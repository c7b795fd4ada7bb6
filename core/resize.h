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
  // What a target row (or column) lies over: source rows begin .. end-1, all of them fully but the first and the last.
  struct Span {
    std::int32_t begin;
    std::int32_t end;
    std::uint32_t first_weight;
    std::uint32_t last_weight;  // 0 where the span has one row only
  };
  struct Axis {
    std::vector<Span> spans;
    std::uint32_t full_weight;   // of a source row that lies inside its target row
    std::uint32_t total_weight;  // of every span
  };
  static Axis make_axis(int source, int target);

  void prepare(FrameSize source);
  template <class Column, class Total>
  void resize_as(ImageView source, std::uint8_t* target, std::vector<Column>& columns);

  FrameSize target_;
  FrameSize source_{};
  Axis columns_axis_;
  Axis rows_axis_;
  // [source width, 4]: one target row before it is summed across; the narrow one wherever its sums fit.
  std::vector<std::uint16_t> narrow_columns_;
  std::vector<std::uint32_t> wide_columns_;
};

/// floor(n / divisor) as a multiplication and a shift, exact for every n < 256 * divisor, for divisors up to 2^23.
class ExactReciprocal {
 public:
  static constexpr std::uint32_t kMaxDivisor = std::uint32_t{1} << 23;

  explicit constexpr ExactReciprocal(std::uint32_t divisor)
      : factor_(((std::uint64_t{1} << kShift) + divisor - 1) / divisor) {}

  [[nodiscard]] constexpr std::uint32_t divide(std::uint32_t n) const {
    return static_cast<std::uint32_t>((n * factor_) >> kShift);
  }

 private:
  // With factor = (2^55 + e) / d, 0 <= e < d, the quotient is right while n * e < 2^55 (Granlund and Montgomery 1994,
  // theorem 4.2), and n * e < 256 * d * d <= 2^54; and n * factor < 256 * (2^55 + d) stays below 2^64.
  static constexpr int kShift = 55;
  std::uint64_t factor_;
};

}  // namespace atl
