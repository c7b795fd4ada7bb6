#include "envs/playhouse/clear_line.h"

#include "envs/playhouse/geometry.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

__extension__ using Int128 = __int128;

// A part of a line's length: num / den, den > 0. Both below 2^23, so that products of two and a length fit 64 bits.
struct Fraction {
  std::int64_t num = 0;
  std::int64_t den = 1;
  friend bool operator<(Fraction a, Fraction b) { return a.num * b.den < b.num * a.den; }
};

// One coordinate of a line.
struct Axis {
  std::int32_t from = 0;
  std::int32_t to = 0;
  [[nodiscard]] std::int64_t step() const { return std::int64_t{to} - from; }
  // Whether it lies in low .. high, borders included, at a fraction of the line.
  [[nodiscard]] bool is_within(Fraction at, std::int32_t low, std::int32_t high) const {
    const std::int64_t value = from * at.den + step() * at.num;
    return value >= low * at.den && value <= high * at.den;
  }
};
Axis x_of(const Segment& line) { return {line.from.x, line.to.x}; }
Axis y_of(const Segment& line) { return {line.from.y, line.to.y}; }
Axis z_of(const Segment& line) { return {line.from.z, line.to.z}; }

// An open stretch of a line; empty unless begin < end.
struct Stretch {
  Fraction begin{0, 1};
  Fraction end{1, 1};

  // What of it lies between two planes; false: nothing.
  bool clip(Axis axis, std::int32_t low, std::int32_t high) {
    const std::int64_t step = axis.step();
    if (std::max(axis.from, axis.to) <= low || std::min(axis.from, axis.to) >= high) return false;
    if (step == 0) return true;
    const std::int64_t length = std::abs(step);
    begin = std::max(begin, {step > 0 ? std::int64_t{low} - axis.from : std::int64_t{axis.from} - high, length});
    end = std::min(end, {step > 0 ? std::int64_t{high} - axis.from : std::int64_t{axis.from} - low, length});
    return begin < end;
  }
  bool clip_to_box(const Segment& line, const Rect& floor, std::int32_t bottom, std::int32_t top) {
    return clip(x_of(line), floor.low.x, floor.high.x) && clip(y_of(line), floor.low.y, floor.high.y) &&
           clip(z_of(line), bottom, top);
  }
};

// Where a line leaves the stretch low .. high; behind its end if it goes no way along this axis.
Fraction way_out(Axis axis, std::int32_t low, std::int32_t high) {
  const std::int64_t step = axis.step();
  if (step == 0) return {2, 1};
  return {step > 0 ? std::int64_t{high} - axis.from : std::int64_t{axis.from} - low, std::abs(step)};
}

// The portal through which a line that is at a wall of the cell goes on; nothing: it meets the wall.
const Portal* portal_at(const Segment& line, const Cell& cell, Side side, Fraction at) {
  const Axis along = runs_along_x(side) ? x_of(line) : y_of(line);
  const auto portal = std::find_if(cell.portals.begin(), cell.portals.end(), [&](const Portal& p) {
    return p.side == side && along.is_within(at, p.begin, p.end) && z_of(line).is_within(at, 0, p.height);
  });
  return portal == cell.portals.end() ? nullptr : &*portal;
}

}  // namespace

bool stays_in_cells(const Segment& line, const House& house) {
  int index = house.cell_at(line.from.flat());
  if (index < 0) return false;
  const Fraction end{1, 1};
  for (std::size_t crossed = 0; crossed < house.cells.size(); ++crossed) {
    const Cell& cell = house.cells[static_cast<std::size_t>(index)];
    const Fraction x = way_out(x_of(line), cell.floor.low.x, cell.floor.high.x);
    const Fraction y = way_out(y_of(line), cell.floor.low.y, cell.floor.high.y);
    const Fraction z = way_out(z_of(line), 0, cell.height);
    const Fraction out = std::min({x, y, z});
    if (!(out < end)) return true;
    if (z < x && z < y) return false;
    const Portal* portal = nullptr;
    if (!(out < x)) portal = portal_at(line, cell, x_of(line).step() > 0 ? Side::kEast : Side::kWest, out);
    if (portal == nullptr && !(out < y)) {
      portal = portal_at(line, cell, y_of(line).step() > 0 ? Side::kNorth : Side::kSouth, out);
    }
    if (portal == nullptr) return false;
    index = portal->cell;
  }
  return false;
}

bool meets_box(const Segment& line, const Rect& floor, std::int32_t bottom, std::int32_t top) {
  return Stretch{}.clip_to_box(line, floor, bottom, top);
}

bool meets_open_container(const Segment& line, const Rect& floor, std::int32_t bottom, std::int32_t top) {
  Stretch inside;
  if (!inside.clip_to_box(line, floor, bottom, top)) return false;
  // What is between two points of the hollow is in the hollow.
  const auto is_in_hollow = [&](Fraction at) {
    return x_of(line).is_within(at, floor.low.x + kContainerWall, floor.high.x - kContainerWall) &&
           y_of(line).is_within(at, floor.low.y + kContainerWall, floor.high.y - kContainerWall) &&
           z_of(line).is_within(at, bottom + kContainerBottom, top);
  };
  return !is_in_hollow(inside.begin) || !is_in_hollow(inside.end);
}

bool meets_cylinder(const Segment& line, Vec3 position, Body body) {
  // The squared level distance from the axis, less that of the surface, is a t^2 + 2 b t + c along the line.
  const std::int64_t x = std::int64_t{line.from.x} - position.x;
  const std::int64_t y = std::int64_t{line.from.y} - position.y;
  const std::int64_t dx = x_of(line).step();
  const std::int64_t dy = y_of(line).step();
  const std::int64_t a = dx * dx + dy * dy;
  const std::int64_t b = x * dx + y * dy;
  const std::int64_t c = x * x + y * y - square(body.radius);
  if (c >= 0 && (b >= 0 || Int128{b} * b <= Int128{a} * c)) return false;  // it leads away, or passes
  Stretch inside;
  if (!inside.clip(z_of(line), position.z, position.z + body.height)) return false;
  // It is least in the stretch at one of its ends, or where -b / a is, if that is between them.
  const auto is_less_at = [&](Fraction t) {
    return Int128{a} * (t.num * t.num) + Int128{2 * b} * (t.num * t.den) + Int128{c} * (t.den * t.den) < 0;
  };
  if (is_less_at(inside.begin) || is_less_at(inside.end)) return true;
  const bool is_between = Int128{a} * inside.begin.num < Int128{-b} * inside.begin.den &&
                          Int128{-b} * inside.end.den < Int128{a} * inside.end.num;
  return is_between && Int128{b} * b > Int128{a} * c;
}

}  // namespace atl::envs::playhouse
