#include "envs/playhouse/room_draft.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kEntryDepth = kMetre;           // before doorways
constexpr std::int32_t kWindowDepth = from_cm(50);     // before windows
constexpr std::int32_t kWindowSill = from_cm(90);      // what is higher stands beside windows
constexpr std::int32_t kFrontDepth = from_cm(65);      // before things that have a front
constexpr std::int32_t kSideDepth = from_cm(50);       // around things that can be walked up to from any side
constexpr std::int32_t kPlateClearance = from_cm(30);  // others stay away from plates

// The free bits that are connected with `seed` along a row: doubling steps, to either side.
std::uint64_t spread(std::uint64_t seed, std::uint64_t free) {
  std::uint64_t reached = seed & free;
  std::uint64_t up = free;
  std::uint64_t down = free;
  for (int step = 1; step < 64; step *= 2) {
    reached |= up & (reached << step);
    up &= up << step;
    reached |= down & (reached >> step);
    down &= down >> step;
  }
  return reached;
}

// Where a body stands that uses the fixture.
Rect zone_of(const Fixture& f) {
  switch (f.kind) {
    case FixtureKind::kTable:
    case FixtureKind::kShelf:
    case FixtureKind::kBox:
    case FixtureKind::kTv: return beyond(f.floor, f.facing, kFrontDepth);
    case FixtureKind::kSwitch: return beyond(grown(f.floor, from_cm(20)), f.facing, kFrontDepth - from_cm(20));
    case FixtureKind::kPlate: return grown(f.floor, from_cm(-10));
    default: return grown(f.floor, kSideDepth);
  }
}

}  // namespace

FreeFloor::FreeFloor(const Rect& room)
    : low_(room.low), num_columns_((room.high.x - room.low.x) / kStep), num_rows_((room.high.y - room.low.y) / kStep) {
  const Rect inner = grown(room, -kWayRadius);
  const std::uint64_t row = bits(run(inner.low.x - low_.x, inner.high.x - low_.x, num_columns_));
  const Run rows = run(inner.low.y - low_.y, inner.high.y - low_.y, num_rows_);
  for (int y = rows.first; y <= rows.last; ++y) free_[static_cast<std::size_t>(y)] = row;
}

// The places of the grid (at half steps) from low to high, of `count`.
FreeFloor::Run FreeFloor::run(std::int32_t low, std::int32_t high, int count) {
  const std::int32_t first = low <= kStep / 2 ? 0 : (low - kStep / 2 + kStep - 1) / kStep;
  const std::int32_t last = high < kStep / 2 ? -1 : (high - kStep / 2) / kStep;
  return {first, std::min(last, count - 1)};
}

std::uint64_t FreeFloor::bits(Run run) {
  if (run.last < run.first) return 0;
  return (~std::uint64_t{0} >> (63 - (run.last - run.first))) << run.first;
}

void FreeFloor::block(const Rect& solid) {
  const Rect area = grown(solid, kWayRadius);
  const std::uint64_t row = bits(run(area.low.x - low_.x, area.high.x - low_.x, num_columns_));
  const Run rows = run(area.low.y - low_.y, area.high.y - low_.y, num_rows_);
  for (int y = rows.first; y <= rows.last; ++y) free_[static_cast<std::size_t>(y)] &= ~row;
}

void FreeFloor::block(Vec2 middle, std::int32_t radius) {
  const std::int32_t reach = radius + kWayRadius;
  const Vec2 at = middle - low_;
  const Run rows = run(at.y - reach, at.y + reach, num_rows_);
  for (int y = rows.first; y <= rows.last; ++y) {
    const std::int32_t dy = y * kStep + kStep / 2 - at.y;
    const auto dx = static_cast<std::int32_t>(square_root(square(reach) - square(dy)));
    free_[static_cast<std::size_t>(y)] &= ~bits(run(at.x - dx, at.x + dx, num_columns_));
  }
}

void FreeFloor::walk_from(const Rect& entry) {
  reached_.fill(0);
  const std::uint64_t seed = bits(run(entry.low.x - low_.x, entry.high.x - low_.x, num_columns_));
  const Run rows = run(entry.low.y - low_.y, entry.high.y - low_.y, num_rows_);
  for (int y = rows.first; y <= rows.last; ++y) {
    reached_[static_cast<std::size_t>(y)] = seed & free_[static_cast<std::size_t>(y)];
  }
  // Up and down over all rows until nothing is new.
  for (bool is_new = true; is_new;) {
    is_new = false;
    for (int sweep = 0; sweep < 2; ++sweep) {
      std::uint64_t before = 0;
      for (int i = 0; i < num_rows_; ++i) {
        const auto y = static_cast<std::size_t>(sweep == 0 ? i : num_rows_ - 1 - i);
        const std::uint64_t seeds = reached_[y] | (before & free_[y]);
        if (seeds != reached_[y] || (sweep == 0 && seeds != 0)) {
          const std::uint64_t grown_row = spread(seeds, free_[y]);
          is_new |= grown_row != reached_[y];
          reached_[y] = grown_row;
        }
        before = reached_[y];
      }
    }
  }
}

bool FreeFloor::reaches(const Rect& zone) const {
  const std::uint64_t row = bits(run(zone.low.x - low_.x, zone.high.x - low_.x, num_columns_));
  const Run rows = run(zone.low.y - low_.y, zone.high.y - low_.y, num_rows_);
  for (int y = rows.first; y <= rows.last; ++y) {
    if (reached_[static_cast<std::size_t>(y)] & row) return true;
  }
  return false;
}

bool FreeFloor::reaches(Vec2 middle, std::int32_t radius) const {
  const Vec2 at = middle - low_;
  const Run rows = run(at.y - radius, at.y + radius, num_rows_);
  for (int y = rows.first; y <= rows.last; ++y) {
    const std::int32_t dy = y * kStep + kStep / 2 - at.y;
    const auto dx = static_cast<std::int32_t>(square_root(square(radius) - square(dy)));
    if (reached_[static_cast<std::size_t>(y)] & bits(run(at.x - dx, at.x + dx, num_columns_))) return true;
  }
  return false;
}

RoomDraft::RoomDraft(const House& house, int room)
    : floor_(house.cells[static_cast<std::size_t>(room)].floor), ways_(floor_) {
  const Cell& cell = house.cells[static_cast<std::size_t>(room)];
  for (const Portal& portal : cell.portals) keep_free_for(house.cells[portal.cell], portal, house);
  if (entries_.empty()) {
    const Vec2 middle = floor_.middle();
    entries_.push_back(grown({middle, middle}, kEntryDepth / 2));
    kept_free_.push_back(entries_.back());
  }
  for (const Window& w : cell.windows) {
    low_only_.push_back(with_extent(strip_along(floor_, w.side, kWindowDepth), w.side, w.begin, w.end));
  }
  ways_.walk_from(entries_.front());
}

void RoomDraft::keep_free_for(const Cell& doorway, const Portal& portal, const House& house) {
  entries_.push_back(with_extent(strip_along(floor_, portal.side, kEntryDepth), portal.side, portal.begin, portal.end));
  kept_free_.push_back(entries_.back());
  for (const std::uint8_t door : doorway.fixtures) {
    const Rect swept = swept_by(house.fixtures[door]);
    if (overlap(swept, floor_)) kept_free_.push_back(swept);
  }
}

bool RoomDraft::is_clear(const Rect& floor) const {
  const auto meets = [&](const Rect& other) { return overlap(floor, other); };
  const Rect wide = grown(floor, kFixtureGap);
  return std::none_of(kept_free_.begin(), kept_free_.end(), meets) &&
         std::none_of(solids_.begin(), solids_.end(), [&](const Rect& other) { return overlap(wide, other); });
}

bool RoomDraft::take_over(FreeFloor& ways) {
  ways.walk_from(entries_.front());
  const auto reached = [&](const Rect& zone) { return ways.reaches(zone); };
  const auto near = [&](const Circle& target) { return ways.reaches(target.middle, target.radius + kReach); };
  if (!std::all_of(entries_.begin(), entries_.end(), reached) || !std::all_of(zones_.begin(), zones_.end(), reached) ||
      !std::all_of(targets_.begin(), targets_.end(), near)) {
    return false;
  }
  ways_ = ways;
  return true;
}

bool RoomDraft::try_fixture(const Fixture& fixture) {
  if (!holds(floor_, fixture.floor) || !is_clear(fixture.floor)) return false;
  if (fixture.height > kWindowSill && !is_passable(fixture.kind) &&
      std::any_of(low_only_.begin(), low_only_.end(), [&](const Rect& r) { return overlap(fixture.floor, r); })) {
    return false;
  }
  FreeFloor ways = ways_;
  if (!is_passable(fixture.kind)) ways.block(fixture.floor);
  zones_.push_back(zone_of(fixture));
  if (!take_over(ways)) {
    zones_.pop_back();
    return false;
  }
  solids_.push_back(fixture.floor);
  if (fixture.kind == FixtureKind::kPlate) kept_free_.push_back(grown(fixture.floor, kPlateClearance));
  // One sees into a box from right before it alone.
  if (fixture.kind == FixtureKind::kSwitch || has_lid(fixture.kind)) kept_free_.push_back(zones_.back());
  return true;
}

bool RoomDraft::try_thing(const Circle& thing) {
  const auto clear = [&](std::int32_t by) {
    return [&thing, by](const Rect& r) { return distance_squared(r, thing.middle) >= square(thing.radius + by); };
  };
  if (!grown(floor_, -thing.radius - kSolidClearance).contains(thing.middle) ||
      !std::all_of(kept_free_.begin(), kept_free_.end(), clear(0)) ||
      !std::all_of(solids_.begin(), solids_.end(), clear(kSolidClearance))) {
    return false;
  }
  for (const Circle& other : things_) {
    const std::int32_t apart = thing.radius + other.radius + kThingClearance;
    if (length_squared(other.middle - thing.middle) < square(apart)) return false;
  }
  for (const Vec2 start : starts_) {
    if (length_squared(start - thing.middle) < square(thing.radius + kStartClearance)) return false;
  }
  FreeFloor ways = ways_;
  ways.block(thing.middle, thing.radius);
  targets_.push_back(thing);
  if (!take_over(ways)) {
    targets_.pop_back();
    return false;
  }
  things_.push_back(thing);
  return true;
}

bool RoomDraft::try_start(Vec2 start) {
  const auto clear = [&](const Rect& r) { return distance_squared(r, start) >= square(kStartClearance); };
  const Rect spot = grown({start, start}, kGrid / 2);
  if (!grown(floor_, -kStartClearance).contains(start) || !std::all_of(solids_.begin(), solids_.end(), clear) ||
      std::any_of(kept_free_.begin(), kept_free_.end(), [&](const Rect& r) { return overlap(spot, r); }) ||
      !ways_.reaches(spot)) {
    return false;
  }
  for (const Vec2 other : starts_) {
    if (length_squared(other - start) < square(2 * kStartClearance)) return false;
  }
  for (const Circle& thing : things_) {
    if (length_squared(thing.middle - start) < square(thing.radius + kStartClearance)) return false;
  }
  starts_.push_back(start);
  zones_.push_back(spot);
  return true;
}

bool RoomDraft::try_raised(const Circle& thing) {
  if (!ways_.reaches(thing.middle, thing.radius + kReach)) return false;
  targets_.push_back(thing);
  return true;
}

}  // namespace atl::envs::playhouse
