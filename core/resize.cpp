#include "core/resize.h"

#include "core/error.h"

#include <algorithm>
#include <cstring>

namespace atl {

Resizer::Resizer(FrameSize target) : target_(target) {
  ATOLL_CHECK(target.width_px > 0 && target.height_px > 0, "resize to {}x{} px, expected positive sides",
              target.width_px, target.height_px);
}

// Source cell i covers [i*target, (i+1)*target), target cell j covers [j*source, (j+1)*source) on one common ruler; the
// weight of i in j is the length of their overlap, and the weights of one j add up to `source`.
Resizer::Axis Resizer::make_axis(int source, int target) {
  Axis axis;
  for (std::int64_t j = 0; j < target; ++j) {
    Span span{static_cast<std::uint32_t>(axis.taps.size()), 0};
    const std::int64_t begin = j * source;
    const std::int64_t end = begin + source;
    for (std::int64_t i = begin / target; i * target < end; ++i) {
      const std::int64_t overlap = std::min(end, (i + 1) * target) - std::max(begin, i * target);
      if (overlap > 0) axis.taps.push_back({static_cast<std::int32_t>(i), static_cast<std::uint32_t>(overlap)});
    }
    span.end = static_cast<std::uint32_t>(axis.taps.size());
    axis.spans.push_back(span);
  }
  return axis;
}

void Resizer::prepare(FrameSize source) {
  if (source == source_) return;
  ATOLL_CHECK(source.width_px > 0 && source.height_px > 0, "resize from {}x{} px, expected positive sides",
              source.width_px, source.height_px);
  source_ = source;
  columns_ = make_axis(source.width_px, target_.width_px);
  rows_ = make_axis(source.height_px, target_.height_px);
  row_sums_.resize(static_cast<std::size_t>(target_.width_px) * kBytesPerPixel);
  sums_.resize(row_sums_.size());
}

void Resizer::resize(ImageView source, std::span<std::uint8_t> target) {
  const std::size_t row_bytes = static_cast<std::size_t>(target_.width_px) * kBytesPerPixel;
  ATOLL_CHECK(target.size() == row_bytes * static_cast<std::size_t>(target_.height_px),
              "resize target of {} bytes, expected {}", target.size(),
              row_bytes * static_cast<std::size_t>(target_.height_px));
  if (source.size() == target_) {
    for (int y = 0; y < target_.height_px; ++y) {
      std::memcpy(target.data() + row_bytes * static_cast<std::size_t>(y), source.row(y), row_bytes);
    }
    return;
  }
  prepare(source.size());

  const std::uint64_t area = static_cast<std::uint64_t>(source.width_px) * static_cast<std::uint64_t>(source.height_px);
  std::int32_t summed_row = -1;  // which source row row_sums_ holds: neighbours in target often share one
  for (std::size_t y = 0; y < rows_.spans.size(); ++y) {
    std::fill(sums_.begin(), sums_.end(), 0);
    for (std::uint32_t t = rows_.spans[y].begin; t < rows_.spans[y].end; ++t) {
      // Across: weighted sums of one source row.
      if (rows_.taps[t].index != summed_row) {
        summed_row = rows_.taps[t].index;
        const std::uint8_t* row = source.row(summed_row);
        for (std::size_t x = 0; x < columns_.spans.size(); ++x) {
          std::uint32_t b = 0, g = 0, r = 0, a = 0;
          for (std::uint32_t c = columns_.spans[x].begin; c < columns_.spans[x].end; ++c) {
            const std::uint8_t* pixel = row + static_cast<std::ptrdiff_t>(columns_.taps[c].index) * kBytesPerPixel;
            const std::uint32_t weight = columns_.taps[c].weight;
            b += weight * pixel[0];
            g += weight * pixel[1];
            r += weight * pixel[2];
            a += weight * pixel[3];
          }
          std::uint32_t* sum = &row_sums_[x * kBytesPerPixel];
          sum[0] = b;
          sum[1] = g;
          sum[2] = r;
          sum[3] = a;
        }
      }
      // Down: add the row with its own weight.
      const std::uint64_t weight = rows_.taps[t].weight;
      for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += weight * row_sums_[i];
    }
    std::uint8_t* out = target.data() + row_bytes * y;
    for (std::size_t i = 0; i < sums_.size(); ++i) out[i] = static_cast<std::uint8_t>((sums_[i] + area / 2) / area);
  }
}

}  // namespace atl
