#include "envs/playhouse/draw_shell.h"

#include "envs/playhouse/geometry.h"

#include <algorithm>
#include <array>

namespace atl::envs::playhouse {
namespace {

// Places on a surface are kept in Q20 metres from its corner.
constexpr int kPlaceBits = 20;
constexpr int kTexelBits = kPlaceBits + 1 - kTextureBits;  // a texel of the finest level: 1 << this
constexpr int kRampBits = kPlaceBits - 6;
constexpr int kLeastSegment = 4;

// How far a ray goes until it has come `distance` (Q16) closer, where it comes closer by `rate`: Q28 of its length.
std::int64_t reach(std::int64_t distance, std::int64_t rate) {
  constexpr std::int64_t kFarthest = std::int64_t{1} << 33;  // more would overflow, and is nowhere in a house
  return std::min((distance << 28) / std::max<std::int64_t>(rate, 1), kFarthest);
}
// Metres in Q16 a pixel, there.
std::int64_t pixel_at(std::int64_t reach) { return reach >> 12; }

std::int32_t place(std::int64_t origin, std::int64_t direction, std::int64_t reach) {
  constexpr std::int64_t kMost = 1 << 29;  // 512 m: nothing that is seen
  return static_cast<std::int32_t>(std::clamp((origin << 4) + (direction * reach >> 24), -kMost, kMost));
}

// A place that goes over `count` pixels from `at` by `step`, and stays within 0 .. most.
struct Walk {
  std::int32_t at = 0;
  std::int32_t step = 0;

  void keep_within(std::int64_t most, int count) {
    const std::int64_t last = at + std::int64_t{step} * (count - 1);
    if (at >= 0 && at <= most && last >= 0 && last <= most) return;
    const auto from = std::clamp<std::int64_t>(at, 0, most);
    const auto to = std::clamp<std::int64_t>(last, 0, most);
    at = static_cast<std::int32_t>(from);
    step = static_cast<std::int32_t>((to - from) / std::max(count - 1, 1));
  }
};

template <int kLevel>
std::uint32_t texel_at(std::uint32_t x, std::uint32_t y) {
  constexpr int kBits = kTextureBits - kLevel;
  constexpr std::uint32_t kMask = (1u << kBits) - 1;
  return (y >> (kTexelBits + kLevel - kBits) & kMask << kBits) | (x >> (kTexelBits + kLevel) & kMask);
}

struct FloorRow {
  Walk x;
  Walk y;
  const std::uint8_t* texture = nullptr;
  const RoomPaint* paint = nullptr;
};

template <int kLevel>
void fill_floor(const FloorRow& row, std::uint32_t* pixels, int count) {
  const std::uint8_t* const texture = row.texture;
  const std::uint8_t* const levels = row.paint->floor_levels.data();
  const std::uint32_t* const table = row.paint->floor.data();
  const int shift = row.paint->square_shift + kPlaceBits - 16;
  const auto stride = static_cast<std::uint32_t>(row.paint->stride);
  auto x = static_cast<std::uint32_t>(row.x.at);
  auto y = static_cast<std::uint32_t>(row.y.at);
  const auto step_x = static_cast<std::uint32_t>(row.x.step);
  const auto step_y = static_cast<std::uint32_t>(row.y.step);
  for (std::uint32_t* const end = pixels + count; pixels != end; ++pixels, x += step_x, y += step_y) {
    const std::uint32_t level = levels[(y >> shift) * stride + (x >> shift)];
    *pixels = table[level << 4 | texture[texel_at<kLevel>(x, y)]];
  }
}

struct WallSegment {
  Walk along;
  Walk height;
  const std::uint8_t* texture = nullptr;
  const std::int16_t* along_levels = nullptr;
  const std::int16_t* height_levels = nullptr;
  const std::uint32_t* table = nullptr;
};

template <int kLevel>
void fill_wall(const WallSegment& segment, std::uint32_t* pixels, int count) {
  // Copies, because the pixels might lie anywhere for all that the compiler knows. Places are never negative.
  const WallSegment s = segment;
  auto x = static_cast<std::uint32_t>(s.along.at);
  auto y = static_cast<std::uint32_t>(s.height.at);
  const auto step_x = static_cast<std::uint32_t>(s.along.step);
  const auto step_y = static_cast<std::uint32_t>(s.height.step);
  for (std::uint32_t* const end = pixels + count; pixels != end; ++pixels, x += step_x, y += step_y) {
    const std::ptrdiff_t level = s.along_levels[x >> kRampBits] + std::ptrdiff_t{s.height_levels[y >> kRampBits]};
    *pixels = s.table[level + s.texture[texel_at<kLevel>(x, y)]];
  }
}

// `whole` / `count`, rounded down a little: without a division where segments are short.
std::int32_t part_of(std::int32_t whole, int count) {
  static constexpr auto kParts = [] {
    std::array<std::int32_t, 65> parts{};
    for (std::size_t i = 1; i < parts.size(); ++i) parts[i] = (1 << 24) / static_cast<std::int32_t>(i);
    return parts;
  }();
  if (static_cast<std::size_t>(count) >= kParts.size()) return whole / count;
  return static_cast<std::int32_t>(std::int64_t{whole} * kParts[static_cast<std::size_t>(count)] >> 24);
}

template <class Function>
using ByLevel = std::array<Function, kTextureLevels>;
constexpr ByLevel<void (*)(const FloorRow&, std::uint32_t*, int)> kFillFloor{
    fill_floor<0>, fill_floor<1>, fill_floor<2>, fill_floor<3>, fill_floor<4>, fill_floor<5>};
constexpr ByLevel<void (*)(const WallSegment&, std::uint32_t*, int)> kFillWall{
    fill_wall<0>, fill_wall<1>, fill_wall<2>, fill_wall<3>, fill_wall<4>, fill_wall<5>};

}  // namespace

Shell::Shell(const View& view, Canvas canvas) : view_(&view), canvas_(canvas) {
  // Where distance changes by a part r over some pixels, a straight line is off by r^2 / 8 of it in their middle: by
  // half a pixel if r^2 = 4 / focal length.
  bend_ = square_root((std::int64_t{4} << (32 + kSubpixelBits)) / view.focal());
}

void Shell::floor(const Rect& cell, const RoomPaint& paint, const Texture& texture, const Region& region) const {
  const Vec3 eye = view_->eye();
  const Vec3 right = view_->right();
  const std::int64_t most_x = std::int64_t{cell.high.x - cell.low.x} << 4;
  const std::int64_t most_y = std::int64_t{cell.high.y - cell.low.y} << 4;
  for (int y = region.top; y < region.bottom; ++y) {
    const Interval row = region.rows[static_cast<std::size_t>(y)];
    const int count = row.end - row.begin;
    if (count <= 0) continue;
    const View::Ray ray = view_->ray(row.begin, y);
    const std::int64_t far = reach(eye.z, -ray.z);
    FloorRow line;
    line.paint = &paint;
    line.x = {place(eye.x - cell.low.x, ray.x, far), static_cast<std::int32_t>(right.x * far >> 24)};
    line.y = {place(eye.y - cell.low.y, ray.y, far), static_cast<std::int32_t>(right.y * far >> 24)};
    line.x.keep_within(most_x, count);
    line.y.keep_within(most_y, count);
    const auto level = static_cast<std::size_t>(texture_level(pixel_at(far)));
    line.texture = texture.levels[level].data();
    kFillFloor[level](line, canvas_.pixels + std::ptrdiff_t{y} * canvas_.width + row.begin, count);
  }
}

void Shell::ceiling(const Cell& cell, const RoomPaint& paint, const Region& region) const {
  const Vec3 eye = view_->eye();
  const Vec3 right = view_->right();
  const Rect& floor = cell.floor;
  for (int y = region.top; y < region.bottom; ++y) {
    const Interval row = region.rows[static_cast<std::size_t>(y)];
    const int count = row.end - row.begin;
    if (count <= 0) continue;
    const View::Ray ray = view_->ray(row.begin, y);
    const std::int64_t far = reach(cell.height - eye.z, ray.z);
    Walk x{place(eye.x - floor.low.x, ray.x, far), static_cast<std::int32_t>(right.x * far >> 24)};
    Walk along_y{place(eye.y - floor.low.y, ray.y, far), static_cast<std::int32_t>(right.y * far >> 24)};
    x.keep_within(std::int64_t{floor.high.x - floor.low.x} << 4, count);
    along_y.keep_within(std::int64_t{floor.high.y - floor.low.y} << 4, count);
    std::uint32_t* pixels = canvas_.pixels + std::ptrdiff_t{y} * canvas_.width + row.begin;
    for (int i = 0; i < count; ++i, x.at += x.step, along_y.at += along_y.step) {
      const int lost = paint.along[0][static_cast<std::size_t>(x.at >> kRampBits)] +
                       paint.along[1][static_cast<std::size_t>(along_y.at >> kRampBits)];
      pixels[i] = paint.ceiling[static_cast<std::size_t>(paint.level + (lost >> 4))];
    }
  }
}

struct Shell::Line {
  Side side = Side::kNorth;
  std::int64_t distance = 0;  // of the eye from the wall
  std::int64_t along = 0;     // of the eye, from the wall's southern or western end
  std::int64_t most_along = 0;
  std::int64_t most_height = 0;
  std::int64_t straightness = 0;  // pixels of a segment, over how fast it comes closer there; Q32
  const Texture* texture = nullptr;
  WallSegment segment;
};

void Shell::wall_row(const Line& line, int y, Interval row) const {
  const bool along_x = runs_along_x(line.side);
  const bool is_low = line.side == Side::kSouth || line.side == Side::kWest;
  const View::Ray ray = view_->ray(row.begin, y);
  const Vec3 right = view_->right();
  std::int64_t closer = along_x ? ray.y : ray.x;
  std::int64_t closer_step = along_x ? right.y : right.x;
  if (is_low) {
    closer = -closer;
    closer_step = -closer_step;
  }
  std::int64_t aside = along_x ? ray.x : ray.y;
  const std::int64_t aside_step = along_x ? right.x : right.y;
  const std::int64_t eye_z = view_->eye().z;

  std::uint32_t* pixels = canvas_.pixels + std::ptrdiff_t{y} * canvas_.width;
  WallSegment segment = line.segment;
  std::int64_t far = reach(line.distance, closer);
  segment.along.at = place(line.along, aside, far);
  segment.height.at = place(eye_z, ray.z, far);
  for (int begin = row.begin; begin < row.end;) {
    // Few pixels where the wall runs into the distance, many where one looks straight at it.
    const std::int64_t straight = std::max<std::int64_t>(closer * line.straightness >> 32, kLeastSegment);
    const int count = static_cast<int>(std::min<std::int64_t>(straight, row.end - begin));
    const auto level = static_cast<std::size_t>(texture_level(pixel_at(far)));
    closer += closer_step * count;
    aside += aside_step * count;
    far = reach(line.distance, closer);
    const std::int32_t next_along = place(line.along, aside, far);
    const std::int32_t next_height = place(eye_z, ray.z, far);
    segment.along.step = part_of(next_along - segment.along.at, count);
    segment.height.step = part_of(next_height - segment.height.at, count);
    segment.along.keep_within(line.most_along, count);
    segment.height.keep_within(line.most_height, count);
    segment.texture = line.texture->levels[level].data();
    kFillWall[level](segment, pixels + begin, count);
    segment.along.at = next_along;
    segment.height.at = next_height;
    begin += count;
  }
}

void Shell::wall(const Cell& cell, Side side, const RoomPaint& paint, const Texture& texture, const Region& region,
                 std::span<const Region* const> holes) const {
  const Vec3 eye = view_->eye();
  const Rect& floor = cell.floor;
  const bool along_x = runs_along_x(side);
  Line line;
  line.side = side;
  switch (side) {
    case Side::kNorth: line.distance = floor.high.y - eye.y; break;
    case Side::kEast: line.distance = floor.high.x - eye.x; break;
    case Side::kSouth: line.distance = eye.y - floor.low.y; break;
    case Side::kWest: line.distance = eye.x - floor.low.x; break;
  }
  line.along = along_x ? eye.x - floor.low.x : eye.y - floor.low.y;
  line.most_along = std::int64_t{along_x ? floor.high.x - floor.low.x : floor.high.y - floor.low.y} << 4;
  line.most_height = std::int64_t{cell.height} << 4;
  const Vec3 right = view_->right();
  line.straightness = (bend_ << 16) / std::max(std::abs(along_x ? right.y : right.x), 1);
  line.texture = &texture;
  line.segment.along_levels = paint.along[along_x ? 0 : 1].data();
  line.segment.height_levels = paint.height[static_cast<std::size_t>(side)].data();
  line.segment.table = paint.wall.data();

  for (int y = region.top; y < region.bottom; ++y) {
    const Interval row = region.rows[static_cast<std::size_t>(y)];
    int begin = row.begin;
    // From the leftmost hole to the rightmost.
    while (begin < row.end) {
      Interval next{row.end, row.end};
      for (const Region* hole : holes) {
        const Interval h = hole->row(y);
        if (h.begin < h.end && h.end > begin && h.begin < next.begin) next = h;
      }
      const int end = std::min<int>(next.begin, row.end);
      if (begin < end) wall_row(line, y, {static_cast<std::int16_t>(begin), static_cast<std::int16_t>(end)});
      begin = std::max<int>(next.end, begin + 1);
    }
  }
}

void Shell::flat(std::uint32_t pixel, const Region& region) const {
  for (int y = region.top; y < region.bottom; ++y) {
    const Interval row = region.rows[static_cast<std::size_t>(y)];
    if (row.begin >= row.end) continue;
    const std::ptrdiff_t at = std::ptrdiff_t{y} * canvas_.width;
    std::fill(canvas_.pixels + at + row.begin, canvas_.pixels + at + row.end, pixel);
    std::fill(canvas_.depths + at + row.begin, canvas_.depths + at + row.end, 0);
  }
}

void Shell::outdoors(std::uint32_t sky_colour, bool is_night, const Region& region) const {
  constexpr std::uint32_t kLand = 0x6d8c4e;
  constexpr std::uint32_t kHaze = 0xe4ecee;
  for (int y = region.top; y < region.bottom; ++y) {
    const Interval row = region.rows[static_cast<std::size_t>(y)];
    if (row.begin >= row.end) continue;
    // How steeply the middle of the row looks up, Q8.
    const View::Ray ray = view_->ray((row.begin + row.end) / 2, y);
    const std::int64_t flat = square_root(ray.x * ray.x + ray.y * ray.y);
    const auto slope =
        static_cast<std::int32_t>(std::clamp<std::int64_t>((ray.z << 8) / std::max<std::int64_t>(flat, 1), -255, 255));
    const std::uint32_t colour = slope < 0 ? mixed(kHaze, kLand, std::min(120 - 3 * slope, 256))
                                           : mixed(kHaze, sky_colour, std::min(60 + slope * 2, 256));
    const std::uint32_t pixel = lit(colour, is_night ? 40 : 250);
    std::uint32_t* pixels = canvas_.pixels + std::ptrdiff_t{y} * canvas_.width;
    std::fill(pixels + row.begin, pixels + row.end, pixel);
  }
}

}  // namespace atl::envs::playhouse
