#include "core/resize.h"

#include "core/error.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

namespace atl {
namespace {

constexpr std::uint64_t kMaxByte = 255;

// target = weight * row, or target += weight * row. Plain loops over whole rows: the compiler makes vectors of them.
template <class Column>
void set_row(const std::uint8_t* row, std::uint32_t weight, std::size_t size, Column* target) {
  const auto w = static_cast<Column>(weight);
  for (std::size_t i = 0; i < size; ++i) target[i] = static_cast<Column>(w * row[i]);
}

template <class Column>
void add_row(const std::uint8_t* row, std::uint32_t weight, std::size_t size, Column* target) {
  const auto w = static_cast<Column>(weight);
  for (std::size_t i = 0; i < size; ++i) target[i] = static_cast<Column>(target[i] + w * row[i]);
}

// Four rows at once, so that sums travel to memory and back a quarter as often.
template <class Column>
void add_four_rows(const std::uint8_t* row, std::ptrdiff_t stride, std::uint32_t weight, std::size_t size,
                   Column* target) {
  const std::uint8_t* row1 = row + stride;
  const std::uint8_t* row2 = row1 + stride;
  const std::uint8_t* row3 = row2 + stride;
  const auto w = static_cast<Column>(weight);
  for (std::size_t i = 0; i < size; ++i) {
    const auto four = static_cast<std::uint16_t>(row[i] + row1[i] + row2[i] + row3[i]);
    target[i] = static_cast<Column>(target[i] + w * four);
  }
}

// Division by the area under a target pixel.
template <class Total>
struct Divider {
  explicit Divider(Total divisor) : divisor_(divisor) {}
  Total operator()(Total n) const { return n / divisor_; }
  Total divisor_;
};
template <>
struct Divider<std::uint32_t> {
  explicit Divider(std::uint32_t divisor) : reciprocal_(divisor) {}
  std::uint32_t operator()(std::uint32_t n) const { return reciprocal_.divide(n); }
  ExactReciprocal reciprocal_;
};

}  // namespace

Resizer::Resizer(FrameSize target) : target_(target) {
  ATOLL_CHECK(target.width_px > 0 && target.height_px > 0, "resize to {}x{} px, expected positive sides",
              target.width_px, target.height_px);
}

// Source cell i covers [i*target, (i+1)*target), target cell j covers [j*source, (j+1)*source) on one common ruler; the
// weight of i in j is the length of their overlap. Dividing the ruler by the common divisor changes no mean.
Resizer::Axis Resizer::make_axis(int source, int target) {
  const int divisor = std::gcd(source, target);
  const std::int64_t source_cell = target / divisor;
  const std::int64_t target_cell = source / divisor;
  Axis axis{{}, static_cast<std::uint32_t>(source_cell), static_cast<std::uint32_t>(target_cell)};
  for (std::int64_t j = 0; j < target; ++j) {
    const std::int64_t begin = j * target_cell;
    const std::int64_t end = begin + target_cell;
    const std::int64_t first = begin / source_cell;
    const std::int64_t last = (end - 1) / source_cell;
    const auto overlap = [&](std::int64_t i) {
      return static_cast<std::uint32_t>(std::min(end, (i + 1) * source_cell) - std::max(begin, i * source_cell));
    };
    axis.spans.push_back({static_cast<std::int32_t>(first), static_cast<std::int32_t>(last + 1), overlap(first),
                          last > first ? overlap(last) : 0});
  }
  return axis;
}

void Resizer::prepare(FrameSize source) {
  ATOLL_CHECK(source.width_px > 0 && source.height_px > 0, "resize from {}x{} px, expected positive sides",
              source.width_px, source.height_px);
  if (source == source_) return;
  source_ = source;
  columns_axis_ = make_axis(source.width_px, target_.width_px);
  rows_axis_ = make_axis(source.height_px, target_.height_px);
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
  // The narrowest numbers that hold every sum: the same picture, sooner.
  const std::uint64_t area = std::uint64_t{rows_axis_.total_weight} * columns_axis_.total_weight;
  if (area > ExactReciprocal::kMaxDivisor) {
    resize_as<std::uint32_t, std::uint64_t>(source, target.data(), wide_columns_);
  } else if (kMaxByte * rows_axis_.total_weight > std::numeric_limits<std::uint16_t>::max()) {
    resize_as<std::uint32_t, std::uint32_t>(source, target.data(), wide_columns_);
  } else {
    resize_as<std::uint16_t, std::uint32_t>(source, target.data(), narrow_columns_);
  }
}

template <class Column, class Total>
void Resizer::resize_as(ImageView source, std::uint8_t* target, std::vector<Column>& columns) {
  const std::size_t size = static_cast<std::size_t>(source.width_px) * kBytesPerPixel;
  columns.resize(size);
  const Total area = static_cast<Total>(rows_axis_.total_weight) * columns_axis_.total_weight;
  const Divider<Total> divide_by_area(area);
  for (const Span& down : rows_axis_.spans) {
    // Down: the weighted sum of the rows under this target row.
    set_row(source.row(down.begin), down.first_weight, size, columns.data());
    const int last = down.end - 1;
    int y = down.begin + 1;
    for (; y + 4 <= last; y += 4)
      add_four_rows(source.row(y), source.stride_bytes, rows_axis_.full_weight, size, columns.data());
    for (; y < last; ++y) add_row(source.row(y), rows_axis_.full_weight, size, columns.data());
    if (down.last_weight > 0) add_row(source.row(last), down.last_weight, size, columns.data());

    // Across: the weighted sum of those columns, then the mean.
    for (const Span& across : columns_axis_.spans) {
      Total sum[kBytesPerPixel] = {};
      for (int x = across.begin + 1; x < across.end - 1; ++x) {
        const Column* column = &columns[static_cast<std::size_t>(x) * kBytesPerPixel];
        for (int c = 0; c < kBytesPerPixel; ++c) sum[c] += column[c];
      }
      const Column* first = &columns[static_cast<std::size_t>(across.begin) * kBytesPerPixel];
      const Column* final = &columns[static_cast<std::size_t>(across.end - 1) * kBytesPerPixel];
      for (int c = 0; c < kBytesPerPixel; ++c) {
        sum[c] = sum[c] * columns_axis_.full_weight + first[c] * static_cast<Total>(across.first_weight) +
                 final[c] * static_cast<Total>(across.last_weight) + area / 2;
        *target++ = static_cast<std::uint8_t>(divide_by_area(sum[c]));
      }
    }
  }
}

}  // namespace atl
