#include "tests/envs/house_referee_geometry.h"

#include "envs/playhouse/physics.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace atl::envs::playhouse::referee {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kCountsPerRadian = kTurn / (2 * kPi);

/// The stretch of a line, as fractions of its length, that lies in something.
struct Stretch {
  double begin = 0, end = 0;
};
std::optional<Stretch> both(const std::optional<Stretch>& a, const std::optional<Stretch>& b) {
  if (!a || !b) return std::nullopt;
  const Stretch common{std::max(a->begin, b->begin), std::min(a->end, b->end)};
  if (common.end <= common.begin) return std::nullopt;
  return common;
}

/// A straight line between two points.
class Line {
 public:
  Line(Point3 from, Point3 to) : from_(from), step_{to.x - from.x, to.y - from.y, to.z - from.z} {}

  [[nodiscard]] std::optional<Stretch> inside_box(Point low, Point high, double bottom, double top) const {
    return both(both(between(from_.x, step_.x, low.x, high.x), between(from_.y, step_.y, low.y, high.y)),
                between(from_.z, step_.z, bottom, top));
  }

  [[nodiscard]] std::optional<Stretch> inside(const Solid& s) const {
    if (!s.is_round) return inside_box(s.low, s.high, s.bottom, s.top);
    return both(inside_circle(s.low, s.radius), between(from_.z, step_.z, s.bottom, s.top));
  }

 private:
  static std::optional<Stretch> between(double from, double step, double low, double high) {
    if (step == 0) return from > low && from < high ? std::optional<Stretch>({0, 1}) : std::nullopt;
    const double a = (low - from) / step;
    const double b = (high - from) / step;
    return both(Stretch{std::min(a, b), std::max(a, b)}, Stretch{0, 1});
  }

  [[nodiscard]] std::optional<Stretch> inside_circle(Point middle, double radius) const {
    const double x = from_.x - middle.x;
    const double y = from_.y - middle.y;
    const double a = step_.x * step_.x + step_.y * step_.y;
    const double half_b = x * step_.x + y * step_.y;
    const double c = x * x + y * y - radius * radius;
    if (a == 0) return c < 0 ? std::optional<Stretch>({0, 1}) : std::nullopt;
    const double discriminant = half_b * half_b - a * c;
    if (discriminant <= 0) return std::nullopt;
    const double root = std::sqrt(discriminant);
    return both(Stretch{(-half_b - root) / a, (-half_b + root) / a}, Stretch{0, 1});
  }

  Point3 from_, step_;
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

/// What a line cannot pass. What rests on or in the sought belongs to it: `is_own`.
struct Obstacle {
  Solid solid;
  bool is_own = false;
};

/// All of them but for the looker, what they hold and what they look for.
std::vector<Obstacle> obstacles_of(const House& house, const State& state, std::size_t player, Entity sought) {
  std::vector<Obstacle> obstacles;
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    const FixtureKind kind = house.fixtures[i].kind;
    if (fixture_entity(i) == sought || (kind == FixtureKind::kDoor && !is_shut(state, i))) continue;
    const Solid whole = solid_of(house, state, fixture_entity(i));
    if (!is_container(kind)) {
      obstacles.push_back({whole});
      continue;
    }
    for (const Solid& part : parts_of_container(whole, has_lid(kind) && is_shut(state, i))) obstacles.push_back({part});
  }
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& thing = state.things[i];
    const bool is_carried_by_looker = thing.place == Place::kHeld && thing.owner == player;
    if (thing_entity(i) == sought || thing.place == Place::kStored || is_carried_by_looker) continue;
    const bool is_own = thing.place == Place::kResting && thing.support == sought;
    obstacles.push_back({solid_of(house, state, thing_entity(i)), is_own});
  }
  for (std::size_t p = 0; p < static_cast<std::size_t>(house.level->players); ++p) {
    if (p == player || player_entity(p) == sought) continue;
    obstacles.push_back({solid_of(house, state, player_entity(p))});
  }
  return obstacles;
}

/// How much of the line lies in rooms and doorways, from its start to where it leaves them.
double share_in_cells(const House& house, const Line& line) {
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
  double covered = 0;
  for (const Stretch& s : stretches) {
    if (s.begin > covered + 1e-9) break;
    covered = std::max(covered, s.end);
  }
  return covered;
}

/// Whether the first that the line meets is what is sought, or what rests on or in it.
bool is_clear(const House& house, const Line& line, const std::vector<Obstacle>& obstacles) {
  double free = share_in_cells(house, line);
  bool ends_well = free >= 1 - 1e-9;
  for (const Obstacle& o : obstacles) {
    const auto met = line.inside(o.solid);
    if (!met || met->begin >= free) continue;
    free = met->begin;
    ends_well = o.is_own;
  }
  return ends_well;
}

/// The line and its neighbours on all four sides, a margin away: if they differ, rounding may, too.
Truth is_clear(const House& house, Point3 eye, Point3 point, const std::vector<Obstacle>& obstacles) {
  const double level = distance(eye.flat(), point.flat());
  const double length = std::hypot(level, point.z - eye.z);
  constexpr double kBefore = 0.04;  // metres: what hangs on a wall ends in it
  if (length <= kBefore) return sure(true);
  const double share = 1 - kBefore / length;
  const Point3 end{eye.x + (point.x - eye.x) * share, eye.y + (point.y - eye.y) * share,
                   eye.z + (point.z - eye.z) * share};
  const double x = -(point.y - eye.y) / std::max(level, 1e-6) * kSightMargin;
  const double y = (point.x - eye.x) / std::max(level, 1e-6) * kSightMargin;
  int num_clear = 0;
  const std::array<Point3, 5> shifts{Point3{}, {x, y, 0}, {-x, -y, 0}, {0, 0, kSightMargin}, {0, 0, -kSightMargin}};
  for (const Point3& by : shifts) {
    const Line line({eye.x + by.x, eye.y + by.y, eye.z + by.z}, {end.x + by.x, end.y + by.y, end.z + by.z});
    num_clear += is_clear(house, line, obstacles) ? 1 : 0;
  }
  if (num_clear == 0 || num_clear == 5) return sure(num_clear == 5);
  return {Truth::Kind::kUndecided, "a line of sight past an edge", kSightMargin};
}

}  // namespace

Truth operator!(const Truth& a) {
  Truth opposite = a;
  if (!a.is_undecided()) opposite.kind = a.is_yes() ? Truth::Kind::kNo : Truth::Kind::kYes;
  return opposite;
}

std::string to_text(const Truth& undecided) {
  return fmt::format("{}: {:.3g} from the border", undecided.border, undecided.margin);
}

Truth less(double value, double limit, const char* border, double margin) {
  const double missed = std::abs(value - limit);
  if (missed < margin) return {Truth::Kind::kUndecided, border, missed};
  return sure(value < limit);
}

double distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

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

double gap(const Solid& a, const Solid& b) {
  const auto apart = [](double low, double high, double other_low, double other_high) {
    return std::max({other_low - high, low - other_high, 0.0});
  };
  const double between =
      std::hypot(apart(a.low.x, a.high.x, b.low.x, b.high.x), apart(a.low.y, a.high.y, b.low.y, b.high.y));
  return std::max(between - a.radius - b.radius, 0.0);
}

double gap(const Solid& a, Point p) { return gap(a, Solid{.low = p, .high = p}); }

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

Counts heading_towards(Point from, Point to) {
  const double x = to.x - from.x;
  const double y = to.y - from.y;
  // Down to a whole count, away from north or south (fixed.h, heading_of).
  const double exact = std::atan2(std::abs(x), std::abs(y)) * kCountsPerRadian;
  const auto in_quadrant = [&](int angle) {
    if (y < 0) angle = kTurn / 2 - angle;
    return x < 0 ? -angle : angle;
  };
  constexpr double kMargin = 0.02;  // of the world's sines, in counts
  const int down = static_cast<int>(std::floor(exact));
  const int low = static_cast<int>(std::floor(exact - kMargin));
  const int high = static_cast<int>(std::floor(exact + kMargin));
  return {in_quadrant(down), in_quadrant(low == down ? std::min(high, kTurn / 4) : std::max(low, 0))};
}

Counts relative_to(Counts heading, int axis) {
  const auto wrapped = [&](int counts) { return ((counts - axis) % kTurn + kTurn + kTurn / 2) % kTurn - kTurn / 2; };
  return {wrapped(heading.one), wrapped(heading.other)};
}

Counts elevation(Point3 from, Point3 to, int pitch) {
  // Measured as a heading away from the level one: down to a whole count, towards the level.
  const Counts angle = heading_towards({0, 0}, {to.z - from.z, std::max(distance(from.flat(), to.flat()), 1e-5)});
  return {angle.one - pitch, angle.other - pitch};
}

Truth within(Counts angle, double degrees, const char* border) {
  const int limit = counts_of(degrees);
  const bool one = std::abs(angle.one) <= limit;
  if (one == (std::abs(angle.other) <= limit)) return sure(one);
  return {Truth::Kind::kUndecided, border, 360.0 / kTurn};
}

Point3 eye_of_player(const State& state, std::size_t player) {
  const PlayerState& p = state.players[player];
  constexpr double kEyeAboveFeet = 1.5;
  return {metres(p.position.x), metres(p.position.y), metres(p.z) + kEyeAboveFeet};
}

Truth in_sight(const House& house, const State& state, std::size_t player, Entity entity) {
  if (entity.is_thing() && state.things[entity.thing()].place == Place::kStored) return sure(false);
  const Solid sought = solid_of(house, state, entity);
  const std::vector<Obstacle> obstacles = obstacles_of(house, state, player, entity);
  const Point3 eye = eye_of_player(state, player);
  const Point3 middle = sought.middle();
  const Point3 higher{middle.x, middle.y, sought.bottom + 0.75 * (sought.top - sought.bottom)};
  const Truth first = is_clear(house, eye, middle, obstacles);
  return first.is_yes() ? first : first | is_clear(house, eye, higher, obstacles);
}

}  // namespace atl::envs::playhouse::referee
