#include "envs/playhouse/draw_faces.h"

#include <algorithm>
#include <cstring>

namespace atl::envs::playhouse {
namespace {

constexpr std::int64_t kHalfPixel = 1 << (kSubpixelBits - 1);

std::int32_t first_pixel(std::int64_t q8) { return static_cast<std::int32_t>((q8 + kHalfPixel - 1) >> kSubpixelBits); }

// One side of a convex polygon on the way down, from corner to corner.
class Flank {
 public:
  Flank(std::span<const Corner> corners, std::size_t top, std::size_t step)
      : corners_(corners), at_(top), step_(step) {}

  // The first pixel of row `y` that lies right of this side; rows must come in order.
  std::int32_t column(std::int32_t y) {
    if (y >= end_) next_edge(y);
    const std::int32_t column = first_pixel(x_ >> 16);
    x_ += slope_;
    return column;
  }

 private:
  void next_edge(std::int32_t y) {
    for (std::size_t left = corners_.size(); left > 0; --left) {
      const Corner& from = corners_[at_];
      at_ += step_;
      if (at_ >= corners_.size()) at_ -= corners_.size();
      const Corner& to = corners_[at_];
      end_ = first_pixel(to.y);
      if (y >= end_) continue;
      const std::int64_t slope = (std::int64_t{to.x - from.x} * 65536) / (to.y - from.y);
      x_ = std::int64_t{from.x} * 65536 + ((std::int64_t{y} << kSubpixelBits) + kHalfPixel - from.y) * slope;
      slope_ = slope << kSubpixelBits;
      return;
    }
  }

  std::span<const Corner> corners_;
  std::size_t at_;
  std::size_t step_;              // 1: forward, size - 1: backward
  std::int32_t end_ = INT32_MIN;  // first row below the present edge
  std::int64_t x_ = 0;            // Q8 px, Q16
  std::int64_t slope_ = 0;
};

// Calls visit(y, begin, end) for the rows of a polygon within `clip`.
template <class Visit>
void for_each_row(std::span<const Corner> corners, const Region& clip, Visit visit) {
  std::size_t top = 0;
  std::int32_t lowest = corners[0].y;
  std::int32_t leftmost = corners[0].x;
  std::int32_t rightmost = corners[0].x;
  for (std::size_t i = 1; i < corners.size(); ++i) {
    if (corners[i].y < corners[top].y) top = i;
    lowest = std::max(lowest, corners[i].y);
    leftmost = std::min(leftmost, corners[i].x);
    rightmost = std::max(rightmost, corners[i].x);
  }
  const std::int32_t begin = std::max(first_pixel(corners[top].y), clip.top);
  const std::int32_t end = std::min(first_pixel(lowest), clip.bottom);
  if (begin >= end || first_pixel(leftmost) >= clip.right || first_pixel(rightmost) <= clip.left) return;
  Flank right(corners, top, 1);
  Flank left(corners, top, corners.size() - 1);
  for (std::int32_t y = begin; y < end; ++y) {
    const Interval limit = clip.rows[static_cast<std::size_t>(y)];
    const std::int32_t first = std::max<std::int32_t>(left.column(y), limit.begin);
    const std::int32_t last = std::min<std::int32_t>(right.column(y), limit.end);
    if (first < last) visit(y, first, last);
  }
}

// Nearness over a face: exact at three corners, clamped to those of all corners.
class Slope {
 public:
  // False: the corners are not clockwise, or the face has no area.
  bool set(std::span<const Corner> c) {
    const std::size_t third = std::max<std::size_t>(c.size() / 3, 1);
    const Corner& a = c[0];
    const Corner& b = c[third];
    const Corner& d = c[2 * third];
    const std::int64_t bx = b.x - a.x;
    const std::int64_t by = b.y - a.y;
    const std::int64_t dx = d.x - a.x;
    const std::int64_t dy = d.y - a.y;
    const std::int64_t area = bx * dy - dx * by;
    if (area <= 0) return false;
    const std::int64_t bn = (b.nearness - a.nearness) >> kDropped;
    const std::int64_t dn = (d.nearness - a.nearness) >> kDropped;
    x_ = bounded(((bn * dy - dn * by) << kSubpixelBits) / area);
    y_ = bounded(((dn * bx - bn * dx) << kSubpixelBits) / area);
    at_ = a;
    least_ = most_ = a.nearness;
    for (const Corner& corner : c) {
      least_ = std::min(least_, corner.nearness);
      most_ = std::max(most_, corner.nearness);
    }
    return true;
  }

  struct Line {
    std::uint32_t begin = 0;
    std::uint32_t step = 0;  // two's complement
  };
  // Along pixels begin .. end - 1 of row y.
  [[nodiscard]] Line along(std::int32_t y, std::int32_t begin, std::int32_t end) const {
    const std::int64_t right = (std::int64_t{begin} << kSubpixelBits) + kHalfPixel - at_.x;
    const std::int64_t down = (std::int64_t{y} << kSubpixelBits) + kHalfPixel - at_.y;
    const std::int64_t first = at_.nearness + ((x_ * right + y_ * down) >> kSubpixelBits);
    const std::int64_t last = first + x_ * (end - 1 - begin);
    if (first >= least_ && first <= most_ && last >= least_ && last <= most_)
      return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(x_)};
    const std::int64_t from = std::clamp<std::int64_t>(first, least_, most_);
    const std::int64_t to = std::clamp<std::int64_t>(last, least_, most_);
    return {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>((to - from) / std::max(end - 1 - begin, 1))};
  }

 private:
  // Corners may be 2^31 near and 2^30 px apart: gradients are computed with 7 bits less.
  static constexpr int kDropped = 7;
  static std::int64_t bounded(std::int64_t v) {
    return std::clamp<std::int64_t>(v, -(std::int64_t{1} << 24), std::int64_t{1} << 24) * (1 << kDropped);
  }

  Corner at_;
  std::int64_t x_ = 0;  // a px
  std::int64_t y_ = 0;
  std::int32_t least_ = 0;
  std::int32_t most_ = 0;
};

// Four pixels at once, in the compiler's own vectors: the same integers on every machine.
using Four = std::uint32_t __attribute__((vector_size(16)));
using SignedFour = std::int32_t __attribute__((vector_size(16)));

template <class Vector>
Vector load(const void* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

struct Ink {
  std::uint32_t pixel = 0;
  std::uint32_t number = 0;
};

void fill_one_by_one(std::uint32_t* pixels, std::int32_t* depths, std::int32_t count, Slope::Line line, Ink ink) {
  std::uint32_t nearness = line.begin;
  for (std::int32_t i = 0; i < count; ++i, nearness += line.step) {
    const auto word = static_cast<std::int32_t>((nearness & 0xffffff00u) | ink.number);
    if (word <= depths[i]) continue;
    depths[i] = word;
    pixels[i] = ink.pixel;
  }
}

// Touches up to 3 pixels beyond `count`, without changing them.
inline void fill_by_fours(std::uint32_t* pixels, std::int32_t* depths, std::int32_t count, Slope::Line line, Ink ink) {
  Four nearness{line.begin, line.begin + line.step, line.begin + 2 * line.step, line.begin + 3 * line.step};
  SignedFour left{count, count - 1, count - 2, count - 3};
  for (std::int32_t i = 0; i < count; i += 4, nearness += 4 * line.step, left -= 4) {
    const SignedFour word = reinterpret_cast<SignedFour>((nearness & 0xffffff00u) | ink.number);
    const auto old = load<SignedFour>(depths + i);
    const SignedFour is_nearer = (word > old) & (left > 0);
    const SignedFour depth = (word & is_nearer) | (old & ~is_nearer);
    std::memcpy(depths + i, &depth, sizeof depth);
    const auto mask = reinterpret_cast<Four>(is_nearer);
    const Four pixel = (ink.pixel & mask) | (load<Four>(pixels + i) & ~mask);
    std::memcpy(pixels + i, &pixel, sizeof pixel);
  }
}

}  // namespace

void Faces::fill(std::span<const Corner> corners, std::uint32_t pixel, std::uint8_t number) {
  Slope slope;
  if (!slope.set(corners)) return;
  num_triangles_ += static_cast<int>(corners.size()) - 2;
  for_each_row(corners, *clip_, [&](std::int32_t y, std::int32_t begin, std::int32_t end) {
    const std::ptrdiff_t at = std::ptrdiff_t{y} * canvas_.width + begin;
    // In the last row the pixels beyond may be nobody's.
    const bool has_room = y + 1 < canvas_.height || ((end - begin + 3) & ~3) + begin <= canvas_.width;
    const Slope::Line line = slope.along(y, begin, end);
    if (has_room) {
      fill_by_fours(canvas_.pixels + at, canvas_.depths + at, end - begin, line, {pixel, number});
    } else {
      fill_one_by_one(canvas_.pixels + at, canvas_.depths + at, end - begin, line, {pixel, number});
    }
  });
}

void Faces::darken(std::span<const Corner> corners, bool is_soft, std::uint8_t number) {
  for_each_row(corners, *clip_, [&](std::int32_t y, std::int32_t begin, std::int32_t end) {
    const std::ptrdiff_t row = std::ptrdiff_t{y} * canvas_.width;
    for (std::ptrdiff_t i = row + begin; i < row + end; ++i) {
      if (number != 0 && (canvas_.depths[i] & 255) != number) continue;
      const std::uint32_t pixel = canvas_.pixels[i];
      canvas_.pixels[i] = pixel - (is_soft ? (pixel >> 3) & 0x001f1f1f : (pixel >> 2) & 0x003f3f3f);
    }
  });
}

}  // namespace atl::envs::playhouse
