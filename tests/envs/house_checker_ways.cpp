// Walking through a house: a raster of 0.1 m, the body a disc of 0.25 m.
#include "house_checker_parts.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

namespace atl::envs::playhouse::checker {
namespace {

constexpr double kBody = 0.25;
constexpr double kNear = 0.75;
constexpr double kRaster = 0.1;

class Ways final : public Part {
 public:
  using Part::Part;

  void check() {
    const std::vector<Point> places = walk();
    const auto any = [&](const Box& room, auto near) {
      return std::any_of(places.begin(), places.end(), [&](Point p) { return distance(room, p) == 0 && near(p); });
    };
    for (std::size_t i = 0; i < house().cells.size(); ++i) {
      require(any(floor_of(i), [](Point) { return true; }), "cell {} cannot be reached", i);
    }
    for (std::size_t i = 0; i < house().fixtures.size(); ++i) {
      const Fixture& f = house().fixtures[i];
      const Box box = to_box(f.floor);
      const double near = f.kind == FixtureKind::kPlate ? 0 : kNear;
      require(any(floor_of(f.cell), [&](Point p) { return distance(box, p) <= near; }), "{} {} cannot be walked up to",
              kFixtureNames[static_cast<std::size_t>(f.kind)], i);
    }
    for (std::size_t i = 0; i < house().things.size(); ++i) {
      const Thing& t = house().things[i];
      const Point p = to_point(t.position.flat());
      const double near = kNear + metres(body_of(t.kind).radius);
      const int room = house().cell_at(t.position.flat());
      require(
          room >= 0 && any(floor_of(static_cast<std::size_t>(room)), [&](Point q) { return distance(p, q) <= near; }),
          "thing {} cannot be walked up to", i);
    }
    if (house().level->players == 2) {
      const Point second = to_point(house().starts[1].position);
      require(std::any_of(places.begin(), places.end(), [&](Point p) { return distance(p, second) < kRaster; }),
              "the second player cannot be reached");
    }
  }

 private:
  [[nodiscard]] static bool is_body(const Fixture& f) { return !is_passable(f.kind) && f.kind != FixtureKind::kDoor; }

  [[nodiscard]] Point at(int column, int row) const {
    return {origin_.x + column * kRaster, origin_.y + row * kRaster};
  }

  [[nodiscard]] bool body_fits(Point p) const {
    const auto in_house = [&](Point q) {
      return house().cell_at(
          {static_cast<std::int32_t>(std::lround(q.x * 65536)), static_cast<std::int32_t>(std::lround(q.y * 65536))});
    };
    const int cell = in_house(p);
    if (cell < 0) return false;
    const Box box = floor_of(static_cast<std::size_t>(cell));
    if (std::min({p.x - box.x0, box.x1 - p.x, p.y - box.y0, box.y1 - p.y}) < kBody) {
      for (int i = 0; i < 32; ++i) {
        const double angle = i * 0.19634954;
        if (in_house({p.x + (kBody - kTolerance) * std::sin(angle), p.y + (kBody - kTolerance) * std::cos(angle)}) < 0)
          return false;
      }
    }
    for (const Fixture& f : house().fixtures) {
      if (is_body(f) && distance(to_box(f.floor), p) < kBody) return false;
    }
    return std::all_of(house().things.begin(), house().things.end(), [&](const Thing& t) {
      return t.position.z > 0 || distance(to_point(t.position.flat()), p) >= kBody + metres(body_of(t.kind).radius);
    });
  }

  /// All places that can be walked to from the first start.
  std::vector<Point> walk() {
    const Box all = to_box(house().bounds());
    origin_ = {all.x0, all.y0};
    const int columns = static_cast<int>((all.x1 - all.x0) / kRaster) + 1;
    const int rows = static_cast<int>((all.y1 - all.y0) / kRaster) + 1;
    std::vector<char> seen(static_cast<std::size_t>(columns * rows));
    const Point start = to_point(house().starts[0].position);
    std::deque<std::pair<int, int>> queue{{static_cast<int>(std::lround((start.x - origin_.x) / kRaster)),
                                           static_cast<int>(std::lround((start.y - origin_.y) / kRaster))}};
    std::vector<Point> places;
    while (!queue.empty()) {
      const auto [column, row] = queue.front();
      queue.pop_front();
      if (column < 0 || row < 0 || column >= columns || row >= rows) continue;
      char& mark = seen[static_cast<std::size_t>(row * columns + column)];
      if (mark != 0) continue;
      mark = 1;
      if (!body_fits(at(column, row))) continue;
      places.push_back(at(column, row));
      for (const auto& [dx, dy] : {std::pair{1, 0}, std::pair{-1, 0}, std::pair{0, 1}, std::pair{0, -1}}) {
        queue.emplace_back(column + dx, row + dy);
      }
    }
    return places;
  }

  Point origin_;
};

}  // namespace

void check_ways(const House& house, std::vector<std::string>& problems) { Ways(house, problems).check(); }

}  // namespace atl::envs::playhouse::checker
