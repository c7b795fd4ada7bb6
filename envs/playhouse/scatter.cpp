#include "envs/playhouse/scatter.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kTopClearance = from_cm(12);  // between things on one top or in one container
constexpr std::int32_t kTopEdge = from_cm(1);
constexpr std::int32_t kTopSlack = from_cm(4);  // to the next thing that will be put there
// In a house that is a single room of toys: between middles; from walls; from the start.
constexpr std::int32_t kToySpacing = from_cm(170);
constexpr std::int32_t kToyFromWall = kMetre;
constexpr std::int32_t kToyFromStart = from_cm(160);
constexpr std::int32_t kStartFromWall = from_cm(60);
constexpr std::int32_t kStartAside = from_degrees(9);  // nothing is looked at when the episode starts

Kind draw_kind(const Level& level, Random& random) {
  Kind kind;
  kind.shape = static_cast<Shape>(random.below(kNumToyShapes));
  kind.colour = static_cast<Colour>(random.below(kColourNames.size()));
  kind.size = level.small_things && random.chance(3, 5) ? Size::kSmall : Size::kBig;
  return kind;
}

bool has(const std::vector<Kind>& kinds, Kind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Half of the toys share a colour or a shape with an earlier one, an eighth both; twins in all are rare.
Kind draw_like(const std::vector<Kind>& earlier, const Level& level, Random& random) {
  const auto way = random.below(8);
  for (int tries = 0;; ++tries) {
    Kind kind = draw_kind(level, random);
    const Kind model = earlier.empty() ? kind : earlier[random.below(static_cast<std::uint32_t>(earlier.size()))];
    if (way < 2 || way == 4) kind.colour = model.colour;
    if (way == 2 || way == 3 || way == 4) kind.shape = model.shape;
    if (!has(earlier, kind) || (way == 4 && tries > 0) || tries > 20) return kind;
  }
}

std::vector<Kind> draw_kinds(const Level& level, Random& random) {
  const int count = random.between(level.things_low, level.things_high);
  std::vector<Kind> kinds;
  kinds.reserve(static_cast<std::size_t>(count));
  const int num_blocks = std::min(level.blocks, count);
  for (int i = num_blocks; i < count; ++i) kinds.push_back(draw_like(kinds, level, random));
  // At least half of the blocks have one colour.
  const auto colour = static_cast<Colour>(random.below(kColourNames.size()));
  const int alike = random.between((num_blocks + 1) / 2, num_blocks);
  for (int i = 0; i < num_blocks; ++i) {
    const auto other = static_cast<Colour>(random.below(kColourNames.size()));
    kinds.push_back({Shape::kBlock, i < alike ? colour : other, Size::kSmall});
  }
  return kinds;
}

// Five toys that differ; in half of the houses the second shares the first's colour and the third its shape.
std::vector<Kind> draw_toys(const Level& level, Random& random) {
  const int count = random.between(level.things_low, level.things_high);
  const bool confusable = random.chance(1, 2);
  std::vector<Kind> kinds;
  while (static_cast<int>(kinds.size()) < count) {
    Kind kind = draw_kind(level, random);
    if (confusable && kinds.size() == 1) kind.colour = kinds[0].colour;
    if (confusable && kinds.size() == 2) kind.shape = kinds[0].shape;
    if (!has(kinds, kind)) kinds.push_back(kind);
  }
  return kinds;
}

// Five toys of which two share a shape, and two others a shape or a colour; nobody else has what they share. So there
// are two nouns that mean two things each: "the ball", "the red thing".
std::vector<Kind> draw_pairs(const Level& level, Random& random) {
  std::vector<Kind> kinds(5);
  for (;;) {
    for (Kind& kind : kinds) kind = draw_kind(level, random);
    const bool by_colour = random.chance(1, 2);
    kinds[1].shape = kinds[0].shape;
    if (by_colour) kinds[3].colour = kinds[2].colour;
    if (!by_colour) kinds[3].shape = kinds[2].shape;
    const auto num_alike = [&](Kind model, auto member) {
      return std::count_if(kinds.begin(), kinds.end(), [&](Kind k) { return k.*member == model.*member; });
    };
    const bool are_pairs = num_alike(kinds[0], &Kind::shape) == 2 &&
                           (by_colour ? num_alike(kinds[2], &Kind::colour) : num_alike(kinds[2], &Kind::shape)) == 2;
    std::vector<Kind> different;
    for (const Kind kind : kinds) {
      if (!has(different, kind)) different.push_back(kind);
    }
    if (are_pairs && different.size() == kinds.size()) return kinds;
  }
}

Vec2 draw_in(const Rect& rect, Random& random) {
  return {random.between(rect.low.x, rect.high.x), random.between(rect.low.y, rect.high.y)};
}
std::int32_t draw_heading(Random& random) { return static_cast<std::int32_t>(random.below(kTurn)); }

// Neither right behind the front of a container, where its wall hides things, nor out of reach at its back.
Rect middle_strip(const Rect& rect, Side front) {
  constexpr std::int32_t kHalf = from_cm(7);
  const Vec2 middle = rect.middle();
  return runs_along_x(front) ? Rect{{rect.low.x, middle.y - kHalf}, {rect.high.x, middle.y + kHalf}}
                             : Rect{{middle.x - kHalf, rect.low.y}, {middle.x + kHalf, rect.high.y}};
}

// ---- Houses

class Scatterer {
 public:
  Scatterer(House& house, std::span<RoomDraft> rooms, Random& random)
      : house_(house), rooms_(rooms), random_(random), on_top_(house.fixtures.size()) {}

  bool scatter() {
    if (!place_starts()) return false;
    std::vector<Kind> kinds = draw_kinds(*house_.level, random_);
    // Big ones first, while there is room; blocks, of which none may be missing, before small toys.
    const auto rank = [](Kind kind) { return kind.size == Size::kBig ? 0 : kind.shape == Shape::kBlock ? 1 : 2; };
    std::stable_sort(kinds.begin(), kinds.end(), [&](Kind a, Kind b) { return rank(a) < rank(b); });
    house_.things.reserve(kinds.size());
    for (Kind kind : kinds) {
      if (place(kind)) continue;
      // A crowded house gets smaller toys, then fewer.
      const bool was_big = kind.size == Size::kBig && house_.level->small_things;
      kind.size = was_big ? Size::kSmall : kind.size;
      if (was_big && place(kind)) continue;
      if (kind.shape == Shape::kBlock) return false;
    }
    if (static_cast<int>(house_.things.size()) < house_.level->things_low) return false;
    shuffle(house_.things, random_);  // a thing's number says nothing about it
    return true;
  }

 private:
  enum class Where { kFloor, kTop, kContainer };

  // Larger rooms get more.
  std::size_t draw_room() {
    const auto area = [&](std::size_t room) {
      const Rect& floor = rooms_[room].floor();
      return static_cast<std::uint32_t>((floor.high.x - floor.low.x) / kGrid * ((floor.high.y - floor.low.y) / kGrid));
    };
    std::uint32_t total = 0;
    for (std::size_t room = 0; room < rooms_.size(); ++room) total += area(room);
    std::uint32_t left = random_.below(total);
    std::size_t room = 0;
    while (left >= area(room)) left -= area(room++);
    return room;
  }

  bool place_starts() {
    std::size_t room = 0;
    for (int player = 0; player < house_.level->players; ++player) {
      bool placed = false;
      const bool together = player > 0 && random_.chance(1, 2);
      for (int tries = 0; tries < 200 && !placed; ++tries) {
        if (!together || tries > 100) room = draw_room();
        Start& start = house_.starts[static_cast<std::size_t>(player)];
        start = {draw_in(grown(rooms_[room].floor(), -kStartFromWall), random_), draw_heading(random_)};
        placed = rooms_[room].try_start(start.position);
      }
      if (!placed) return false;
    }
    return true;
  }

  Where draw_where(Kind kind) {
    const auto percent = random_.below(100);
    if (percent < 66) return Where::kFloor;
    return percent < 88 || kind.size == Size::kBig ? Where::kTop : Where::kContainer;
  }

  // Where the dice say, in some room; when that is full, anywhere.
  bool place(Kind kind) {
    const Where where = draw_where(kind);
    for (int i = 0; i < 80; ++i) {
      const std::size_t room = draw_room();
      const Where now = i < 12 || where == Where::kFloor ? where : Where::kFloor;
      if (now == Where::kFloor ? place_on_floor(kind, room) : place_raised(kind, room, now)) return true;
    }
    for (std::size_t room = 0; room < rooms_.size(); ++room) {
      if (place_raised(kind, room, Where::kTop) || search_floor(kind, room)) return true;
    }
    return false;
  }

  bool place_on_floor(Kind kind, std::size_t room) {
    return stand(kind, room, draw_in(grown(rooms_[room].floor(), -body_of(kind).radius - kSolidClearance), random_));
  }

  bool stand(Kind kind, std::size_t room, Vec2 at) {
    if (!rooms_[room].try_thing({at, body_of(kind).radius})) return false;
    house_.things.push_back({kind, {at.x, at.y, 0}, draw_heading(random_)});
    return true;
  }

  // All over the room, when chance has found nothing.
  bool search_floor(Kind kind, std::size_t room) {
    const Rect middles = grown(rooms_[room].floor(), -body_of(kind).radius - kSolidClearance);
    for (std::int32_t y = middles.low.y; y <= middles.high.y; y += kGrid / 2) {
      for (std::int32_t x = middles.low.x; x <= middles.high.x; x += kGrid / 2) {
        if (stand(kind, room, {x, y})) return true;
      }
    }
    return false;
  }

  bool place_raised(Kind kind, std::size_t room, Where where) {
    const auto& fixtures = house_.cells[room].fixtures;
    const auto first = random_.below(static_cast<std::uint32_t>(fixtures.size()));
    for (std::size_t i = 0; i < fixtures.size(); ++i) {
      const std::size_t index = fixtures[(i + first) % fixtures.size()];
      const Fixture& fixture = house_.fixtures[index];
      // Nothing lies on lids: they can be opened at once.
      const bool fits = where == Where::kTop ? has_top(fixture.kind) && !has_lid(fixture.kind)
                                             : is_container(fixture.kind) && on_top_[index].empty();
      if (fits && place_at(kind, room, index)) return true;
    }
    return false;
  }

  bool place_at(Kind kind, std::size_t room, std::size_t index) {
    const Fixture& fixture = house_.fixtures[index];
    const bool inside = is_container(fixture.kind);
    const std::int32_t radius = body_of(kind).radius;
    const Rect space = grown(fixture.floor, inside ? -kContainerWall : 0);
    Rect middles = grown(space, -radius - kTopEdge);
    if (inside) middles = middle_strip(middles, fixture.facing);
    if (middles.low.x > middles.high.x || middles.low.y > middles.high.y) return false;
    std::vector<Circle>& others = on_top_[index];
    const std::int32_t next = body_of({Shape::kBall, Colour::kRed, inside ? Size::kSmall : Size::kBig}).radius;
    for (int tries = 0; tries < 6; ++tries) {
      const Circle spot{draw_in(middles, random_), radius};
      const bool is_free = std::all_of(others.begin(), others.end(), [&](const Circle& other) {
        return length_squared(other.middle - spot.middle) >= square(other.radius + radius + kTopClearance);
      });
      if (!is_free) continue;
      others.push_back(spot);
      if (has_room(space, others, next) && rooms_[room].try_raised(spot)) {
        const std::int32_t z = inside ? fixture.bottom + kContainerBottom : fixture.height;
        house_.things.push_back({kind, {spot.middle.x, spot.middle.y, z}, draw_heading(random_)});
        return true;
      }
      others.pop_back();
    }
    return false;
  }

  // Whether one more thing of this radius can be put there without great care, on a raster of 5 cm.
  static bool has_room(const Rect& space, const std::vector<Circle>& others, std::int32_t radius) {
    const Rect middles = grown(space, -radius);
    for (std::int32_t y = middles.low.y; y <= middles.high.y; y += from_cm(5)) {
      for (std::int32_t x = middles.low.x; x <= middles.high.x; x += from_cm(5)) {
        if (std::all_of(others.begin(), others.end(), [&](const Circle& other) {
              return length_squared(other.middle - Vec2{x, y}) >= square(other.radius + radius + kTopSlack);
            })) {
          return true;
        }
      }
    }
    return false;
  }

  House& house_;
  std::span<RoomDraft> rooms_;
  Random& random_;
  std::vector<std::vector<Circle>> on_top_;  // by fixture
};

// ---- One room of toys

bool place_toys(House& house, const std::vector<Kind>& kinds, Random& random) {
  const Rect inner = grown(house.cells[0].floor, -kToyFromWall);
  house.things.clear();
  for (const Kind kind : kinds) {
    bool placed = false;
    for (int tries = 0; tries < 40 && !placed; ++tries) {
      const Vec2 at = draw_in(inner, random);
      placed = std::all_of(house.things.begin(), house.things.end(), [&](const Thing& other) {
        return length_squared(at - other.position.flat()) >= square(kToySpacing);
      });
      if (placed) house.things.push_back({kind, {at.x, at.y, 0}, draw_heading(random)});
    }
    if (!placed) return false;
  }
  return true;
}

bool place_toy_start(House& house, Random& random) {
  for (int tries = 0; tries < 200; ++tries) {
    Start& start = house.starts[0];
    start = {draw_in(grown(house.cells[0].floor, -kStartFromWall), random), draw_heading(random)};
    if (std::all_of(house.things.begin(), house.things.end(), [&](const Thing& thing) {
          const Vec2 away = thing.position.flat() - start.position;
          const std::int32_t bearing = wrap_signed(heading_of(away) - start.heading);
          return length_squared(away) >= square(kToyFromStart) && std::abs(bearing) > kStartAside;
        })) {
      return true;
    }
  }
  return false;
}

bool scatter_toys(House& house, Random& random) {
  const std::vector<Kind> kinds =
      house.level->remembers ? draw_pairs(*house.level, random) : draw_toys(*house.level, random);
  for (int tries = 0; tries < 40; ++tries) {
    if (place_toys(house, kinds, random) && place_toy_start(house, random)) {
      shuffle(house.things, random);
      return true;
    }
  }
  return false;
}

}  // namespace

bool scatter(House& house, std::span<RoomDraft> rooms, Random& random) {
  if (house.num_rooms == 1 && !house.level->furniture && house.level->players == 1) return scatter_toys(house, random);
  return Scatterer(house, rooms, random).scatter();
}

}  // namespace atl::envs::playhouse
