#include "tests/envs/house_referee_geometry.h"

#include "envs/playhouse/physics.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace atl::envs::playhouse::referee {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kCountsPerRadian = kTurn / (2 * kPi);

__extension__ using Int128 = __int128;

/// A length in 65536ths of a metre: a whole number.
std::int64_t whole(double metres) { return std::llround(metres * 65536); }
double from_whole(std::int64_t length) { return static_cast<double>(length) / 65536; }

/// The whole part of a square root.
std::int64_t root_of(std::int64_t value) {
  auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(value)));
  while (root * root > value) root -= 1;
  while ((root + 1) * (root + 1) <= value) root += 1;
  return root;
}

/// A fraction of a line's length.
struct Share {
  Int128 over = 0, under = 1;  // under > 0
  friend bool operator<(const Share& a, const Share& b) { return a.over * b.under < b.over * a.under; }
};

/// The part of a line that lies in something.
struct Stretch {
  Share begin{0, 1}, end{1, 1};
};
std::optional<Stretch> both(const std::optional<Stretch>& a, const std::optional<Stretch>& b) {
  if (!a || !b) return std::nullopt;
  const Stretch common{std::max(a->begin, b->begin), std::min(a->end, b->end)};
  if (!(common.begin < common.end)) return std::nullopt;
  return common;
}

/// A straight line between two points.
class Line {
 public:
  Line(Point3 from, Point3 to)
      : from_{whole(from.x), whole(from.y), whole(from.z)},
        step_{whole(to.x) - from_[0], whole(to.y) - from_[1], whole(to.z) - from_[2]} {}

  [[nodiscard]] std::optional<Stretch> inside_box(Point low, Point high, double bottom, double top) const {
    return both(both(between(0, low.x, high.x), between(1, low.y, high.y)), between(2, bottom, top));
  }

  [[nodiscard]] bool meets(const Solid& s) const {
    if (!s.is_round) return inside_box(s.low, s.high, s.bottom, s.top).has_value();
    const auto level = both(between(2, s.bottom, s.top), Stretch{});
    return level && is_in_circle(*level, s.low, s.radius);
  }

 private:
  [[nodiscard]] std::optional<Stretch> between(std::size_t axis, double low, double high) const {
    const Int128 to_low = whole(low) - from_[axis];
    const Int128 to_high = whole(high) - from_[axis];
    const std::int64_t step = step_[axis];
    if (step == 0) return to_low < 0 && to_high > 0 ? std::optional<Stretch>(Stretch{}) : std::nullopt;
    if (step > 0) return both(Stretch{{to_low, step}, {to_high, step}}, Stretch{});
    return both(Stretch{{-to_high, -step}, {-to_low, -step}}, Stretch{});
  }

  /// Whether a part of the line has a part between the two points where it crosses a circle: those where
  /// a t^2 + 2 b t + c = 0.
  [[nodiscard]] bool is_in_circle(const Stretch& part, Point middle, double radius) const {
    const Int128 x = from_[0] - whole(middle.x);
    const Int128 y = from_[1] - whole(middle.y);
    const Int128 a = Int128{step_[0]} * step_[0] + Int128{step_[1]} * step_[1];
    const Int128 b = x * step_[0] + y * step_[1];
    const Int128 c = x * x + y * y - Int128{whole(radius)} * whole(radius);
    if (a == 0) return c < 0;
    if (b * b - a * c <= 0) return false;
    const auto is_between = [&](const Share& t) {
      return a * t.over * t.over + 2 * b * t.over * t.under + c * t.under * t.under < 0;
    };
    const auto beyond_middle = [&](const Share& t) { return a * t.over + b * t.under; };
    const bool begins_before_last = is_between(part.begin) || beyond_middle(part.begin) < 0;
    const bool ends_after_first = is_between(part.end) || beyond_middle(part.end) > 0;
    return begins_before_last && ends_after_first;
  }

  std::array<std::int64_t, 3> from_, step_;
};

bool is_shut(const State& state, std::size_t fixture) { return state.fixtures[fixture].angle < counts_of(60); }

/// The parts of a container: four walls, a bottom and, of a shut box, a lid.
std::vector<Solid> parts_of_container(const Solid& whole, bool has_lid_on) {
  const double wall = metres(kContainerWall);
  const auto box = [](double x0, double y0, double x1, double y1, double bottom, double top) {
    return Solid{.low = {x0, y0}, .high = {x1, y1}, .bottom = bottom, .top = top};
  };
  const auto [x0, y0] = whole.low;
  const auto [x1, y1] = whole.high;
  std::vector<Solid> parts{
      box(x0, y0, x0 + wall, y1, whole.bottom, whole.top), box(x1 - wall, y0, x1, y1, whole.bottom, whole.top),
      box(x0, y0, x1, y0 + wall, whole.bottom, whole.top), box(x0, y1 - wall, x1, y1, whole.bottom, whole.top),
      box(x0, y0, x1, y1, whole.bottom, whole.bottom + metres(kContainerBottom))};
  if (has_lid_on) parts.push_back(box(x0, y0, x1, y1, whole.top - wall, whole.top));
  return parts;
}

/// What a line cannot pass: all but plates, the looker, what they hold, what they look for and what is on or in that.
std::vector<Solid> obstacles_of(const House& house, const State& state, std::size_t player, Entity sought) {
  std::vector<Solid> obstacles;
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    const FixtureKind kind = house.fixtures[i].kind;
    const bool is_open_door = kind == FixtureKind::kDoor && !is_shut(state, i);
    if (fixture_entity(i) == sought || is_open_door || kind == FixtureKind::kPlate) continue;
    const Solid body = solid_of(house, state, fixture_entity(i));
    const std::vector<Solid> parts =
        is_container(kind) ? parts_of_container(body, has_lid(kind) && is_shut(state, i)) : std::vector<Solid>{body};
    obstacles.insert(obstacles.end(), parts.begin(), parts.end());
  }
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& thing = state.things[i];
    const bool is_carried_by_looker = thing.place == Place::kHeld && thing.owner == player;
    const bool is_load = thing.place == Place::kResting && thing.support == sought;
    if (thing_entity(i) == sought || thing.place == Place::kStored || is_carried_by_looker || is_load) continue;
    obstacles.push_back(solid_of(house, state, thing_entity(i)));
  }
  for (std::size_t p = 0; p < static_cast<std::size_t>(house.level->players); ++p) {
    if (p != player && player_entity(p) != sought) obstacles.push_back(solid_of(house, state, player_entity(p)));
  }
  return obstacles;
}

/// Whether all of the line lies in rooms and doorways.
bool is_in_cells(const House& house, const Line& line) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < house.cells.size(); ++i) {
    const Cell& cell = house.cells[i];
    double height = metres(cell.height);
    if (static_cast<int>(i) >= house.num_rooms) {
      for (const Portal& portal : cell.portals) height = std::min(height, metres(portal.height));
    }
    const auto stretch = line.inside_box(to_point(cell.floor.low), to_point(cell.floor.high), 0, height);
    if (stretch) stretches.push_back(*stretch);
  }
  std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) { return a.begin < b.begin; });
  Share covered{0, 1};
  for (const Stretch& s : stretches) {
    if (covered < s.begin) break;
    covered = std::max(covered, s.end);
  }
  return !(covered < Share{1, 1});
}

bool is_clear(const House& house, Point3 eye, Point3 point, const std::vector<Solid>& obstacles) {
  const std::array<std::int64_t, 3> way{whole(point.x - eye.x), whole(point.y - eye.y), whole(point.z - eye.z)};
  const std::int64_t length = root_of(way[0] * way[0] + way[1] * way[1] + way[2] * way[2]);
  const std::int64_t kept = length - whole(metres_of_cm(4));  // what hangs on a wall ends in it
  if (kept <= 0) return true;
  const auto part = [&](std::size_t axis) { return from_whole(way[axis] * kept / length); };
  const Line line(eye, {eye.x + part(0), eye.y + part(1), eye.z + part(2)});
  const auto is_met = [&](const Solid& solid) { return line.meets(solid); };
  return is_in_cells(house, line) && std::none_of(obstacles.begin(), obstacles.end(), is_met);
}

}  // namespace

double metres_of_cm(double cm) { return std::floor(cm * 65536 / 100) / 65536; }

double distance_squared(Point a, Point b) { return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y); }

Point3 Solid::middle() const {
  const auto half = [](double sum) { return std::trunc(sum * 65536 / 2) / 65536; };
  return {half(low.x + high.x), half(low.y + high.y), half(bottom + top)};
}

Solid solid_of(const House& house, const State& state, Entity entity) {
  const auto cylinder = [](Point3 foot, double radius, double height) {
    return Solid{true, radius, foot.flat(), foot.flat(), foot.z, foot.z + height};
  };
  if (entity.is_fixture()) {
    const Fixture& f = house.fixtures[entity.fixture()];
    return {false, 0, to_point(f.floor.low), to_point(f.floor.high), metres(f.bottom), metres(f.height)};
  }
  if (entity.is_thing()) {
    const Body body = body_of(house.things[entity.thing()].kind);
    return cylinder(to_point(state.things[entity.thing()].position), metres(body.radius), metres(body.height));
  }
  const PlayerState& player = state.players[entity.player()];
  return cylinder({metres(player.position.x), metres(player.position.y), metres(player.z)}, metres(kBodyRadius),
                  metres(kBodyHeight));
}

bool is_nearer(const Solid& a, const Solid& b, double limit) {
  const auto apart = [](double low, double high, double other_low, double other_high) {
    return std::max({other_low - high, low - other_high, 0.0});
  };
  const double x = apart(a.low.x, a.high.x, b.low.x, b.high.x);
  const double y = apart(a.low.y, a.high.y, b.low.y, b.high.y);
  const double reach = a.radius + b.radius + limit;
  return x * x + y * y < reach * reach;
}

bool is_nearer(const Solid& a, Point p, double limit) { return is_nearer(a, Solid{.low = p, .high = p}, limit); }

bool overlap(const Solid& a, const Solid& b) { return is_nearer(a, b, 0); }

int cell_of(const House& house, Point p) {
  for (std::size_t i = 0; i < house.cells.size(); ++i) {  // rooms come first
    const Rect& floor = house.cells[i].floor;
    if (p.x >= metres(floor.low.x) && p.x <= metres(floor.high.x) && p.y >= metres(floor.low.y) &&
        p.y <= metres(floor.high.y)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

int counts_of(double degrees) { return static_cast<int>(std::lround(degrees * kTurn / 360)); }

int heading_towards(Point from, Point to) {
  const double x = std::abs(to.x - from.x);
  const double y = std::abs(to.y - from.y);
  // The last count in the quadrant that does not lie beyond: a guess, then exactly.
  const auto is_beyond = [&](int angle) {
    const Point axis = sine_and_cosine(angle);
    return axis.x * y > axis.y * x;
  };
  int angle = static_cast<int>(std::atan2(x, y) * kCountsPerRadian);
  while (angle > 0 && is_beyond(angle)) angle -= 1;
  while (angle < kTurn / 4 && x > 0 && !is_beyond(angle + 1)) angle += 1;
  if (to.y < from.y) angle = kTurn / 2 - angle;
  return to.x < from.x ? -angle : angle;
}

int relative_to(int heading, int axis) { return ((heading - axis) % kTurn + kTurn + kTurn / 2) % kTurn - kTurn / 2; }

int elevation(Point3 from, Point3 to, int pitch) {
  // A heading away from the level one, towards which it is rounded.
  const std::int64_t x = whole(to.x - from.x);
  const std::int64_t y = whole(to.y - from.y);
  const double level = from_whole(std::max<std::int64_t>(root_of(x * x + y * y), 1));
  return heading_towards({0, 0}, {to.z - from.z, level}) - pitch;
}

bool within(int angle, double degrees) { return std::abs(angle) <= counts_of(degrees); }

Point sine_and_cosine(int heading) {
  const double radians = heading / kCountsPerRadian;
  return {std::round(std::sin(radians) * 65536) / 65536, std::round(std::cos(radians) * 65536) / 65536};
}

Point3 eye_of_player(const State& state, std::size_t player) {
  const PlayerState& p = state.players[player];
  constexpr double kEyeAboveFeet = 1.5;
  return {metres(p.position.x), metres(p.position.y), metres(p.z) + kEyeAboveFeet};
}

bool in_sight(const House& house, const State& state, std::size_t player, Entity entity) {
  if (entity.is_thing() && state.things[entity.thing()].place == Place::kStored) return false;
  const Solid sought = solid_of(house, state, entity);
  const std::vector<Solid> obstacles = obstacles_of(house, state, player, entity);
  const Point3 eye = eye_of_player(state, player);
  const Point3 middle = sought.middle();
  Point3 higher = middle;
  higher.z += from_whole(whole(sought.top - sought.bottom) / 4);
  return is_clear(house, eye, middle, obstacles) || is_clear(house, eye, higher, obstacles);
}

}  // namespace atl::envs::playhouse::referee
