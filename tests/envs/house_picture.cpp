#include "house_picture.h"

#include "envs/playhouse/geometry.h"

namespace atl::envs::playhouse {

std::string picture_of(const House& house) {
  constexpr std::string_view kFixtureLetters = "%TSBXAL!VPU_";
  constexpr std::string_view kThingLetters = "oqyvdmhktn";
  const Rect all = house.bounds();
  const int columns = (all.high.x - all.low.x) / kGrid + 2;
  const int rows = (all.high.y - all.low.y) / kGrid + 2;
  std::vector<std::string> text(static_cast<std::size_t>(rows), std::string(static_cast<std::size_t>(columns), ' '));
  // The middle of a square of the picture, and the letter there; row 0 is the southern wall.
  const auto middle = [&](int column, int row) {
    return Vec2{all.low.x + column * kGrid - kGrid / 2, all.low.y + row * kGrid - kGrid / 2};
  };
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const Vec2 p = middle(column, row);
      char& letter = text[static_cast<std::size_t>(rows - 1 - row)][static_cast<std::size_t>(column)];
      const int cell = house.cell_at(p);
      letter = cell < 0 ? '#' : cell < house.num_rooms ? '.' : '+';
      for (const Cell& room : house.cells) {
        for (const Window& w : room.windows) {
          const Rect outside = with_extent(beyond(room.floor, w.side, kGrid), w.side, w.begin, w.end);
          if (outside.contains(p) && cell < 0) letter = '=';
        }
      }
      for (const Fixture& f : house.fixtures) {
        const bool is_thin = is_passable(f.kind) || f.kind == FixtureKind::kDoor;
        if (!grown(f.floor, is_thin ? kGrid / 2 - 1 : 0).contains(p)) continue;
        letter = f.kind == FixtureKind::kDoor && f.starts_on ? '/' : kFixtureLetters[static_cast<std::size_t>(f.kind)];
      }
    }
  }
  const auto put = [&](Vec2 at, char letter) {
    const auto row = static_cast<std::size_t>(rows - 2 - (at.y - all.low.y) / kGrid);
    text[row][static_cast<std::size_t>((at.x - all.low.x) / kGrid + 1)] = letter;
  };
  for (const Thing& t : house.things) put(t.position.flat(), kThingLetters[static_cast<std::size_t>(t.kind.shape)]);
  for (int i = 0; i < house.level->players; ++i) {
    put(house.starts[static_cast<std::size_t>(i)].position, static_cast<char>('1' + i));
  }
  std::string picture;
  for (const std::string& line : text) picture += line + "\n";
  return picture;
}

}  // namespace atl::envs::playhouse
