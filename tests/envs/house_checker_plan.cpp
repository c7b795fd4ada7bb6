// Rooms, doorways, windows and looks of a house.
#include "house_checker_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

namespace atl::envs::playhouse::checker {
namespace {

class Plan final : public Part {
 public:
  using Part::Part;

  void check() {
    check_rooms();
    for (std::size_t i = 0; i < house().cells.size(); ++i) check_portals(i);
    for (std::size_t i = 0; i < num_rooms(); ++i) check_windows(i);
    check_look();
  }

 private:
  void check_rooms() {
    const Level& level = *house().level;
    require(house().num_rooms >= level.rooms_low && house().num_rooms <= level.rooms_high, "{} rooms",
            house().num_rooms);
    require(house().cells.size() >= num_rooms() && num_rooms() <= kMaxRooms, "{} cells", house().cells.size());
    std::set<RoomName> names;
    for (std::size_t i = 0; i < house().cells.size(); ++i) {
      const Rect& floor = house().cells[i].floor;
      for (const std::int32_t edge : {floor.low.x, floor.low.y, floor.high.x, floor.high.y}) {
        require(edge % kGrid == 0, "cell {} is off the grid", i);
      }
      if (i >= num_rooms()) continue;
      names.insert(house().cells[i].name);
      const Box box = floor_of(i);
      for (const double side : {box.x1 - box.x0, box.y1 - box.y0}) {
        require(num_rooms() == 1 ? side == 8.0 : side >= 3.5 && side <= 6.0, "room {} is {} m long", i, side);
      }
      for (std::size_t j = 0; j < i; ++j) {  // walls between: 0.25 m
        const Box wide{box.x0 - 0.24, box.y0 - 0.24, box.x1 + 0.24, box.y1 + 0.24};
        require(!overlap(wide, floor_of(j)), "rooms {} and {} have no wall between them", i, j);
      }
    }
    require(names.size() == num_rooms(), "names of rooms are not unique");
    if (level.furniture) require(names.count(RoomName::kBedroom) == 1, "no bedroom");
  }

  void check_portals(std::size_t index) {
    const Cell& cell = house().cells[index];
    const Box box = floor_of(index);
    const bool is_doorway = index >= num_rooms();
    if (is_doorway) {
      require(cell.portals.size() == 2, "doorway {} has {} portals", index, cell.portals.size());
      require(std::abs((box.x1 - box.x0) * (box.y1 - box.y0) - 0.25) < kTolerance, "doorway {} has a wrong size",
              index);
    }
    for (const Portal& p : cell.portals) {
      const double begin = metres(p.begin);
      const double end = metres(p.end);
      const double low = is_along_x(p.side) ? box.x0 : box.y0;
      const double high = is_along_x(p.side) ? box.x1 : box.y1;
      const double corner = is_doorway ? 0 : 0.5;
      require(std::abs(end - begin - 1) < kTolerance, "a portal of {} is {} m wide", index, end - begin);
      require(begin >= low + corner - kTolerance && end <= high - corner + kTolerance, "a portal of {} is at a corner",
              index);
      require(p.height == kDoorwayHeight && p.cell < house().cells.size(), "a portal of {} is wrong", index);
      require((p.cell < num_rooms()) == is_doorway, "a portal of {} leads to {}", index, int{p.cell});
      const auto& back = house().cells[p.cell].portals;
      const bool is_mutual = std::any_of(back.begin(), back.end(), [&](const Portal& q) {
        return q.cell == index && q.begin == p.begin && q.end == p.end && q.side == opposite(p.side);
      });
      require(is_mutual, "the portal from {} to {} has no other side", index, int{p.cell});
      const Box other = floor_of(p.cell);
      const double gap = p.side == Side::kNorth   ? other.y0 - box.y1
                         : p.side == Side::kSouth ? box.y0 - other.y1
                         : p.side == Side::kEast  ? other.x0 - box.x1
                                                  : box.x0 - other.x1;
      require(gap == 0, "cells {} and {} do not meet", index, int{p.cell});
    }
  }

  void check_windows(std::size_t room) {
    const Box box = floor_of(room);
    for (const Window& w : house().cells[room].windows) {
      const double begin = metres(w.begin);
      const double end = metres(w.end);
      const double low = is_along_x(w.side) ? box.x0 : box.y0;
      const double high = is_along_x(w.side) ? box.x1 : box.y1;
      require(begin >= low + 0.25 && end <= high - 0.25 && end - begin >= 0.75, "a window of room {} does not fit",
              room);
      require(w.sill > 0 && w.top > w.sill && w.top < kRoomHeight, "a window of room {} has wrong heights", room);
      const Box outside = before_wall(box, w.side, begin, end, -0.5);
      for (std::size_t cell = 0; cell < house().cells.size(); ++cell) {
        require(!overlap(outside, floor_of(cell)), "a window of room {} looks into cell {}", room, cell);
      }
    }
    if (longest_outer_wall(box) >= 2.25) {
      require(!house().cells[room].windows.empty(), "room {} has no window", room);
    }
  }

  /// The longest stretch of the walls of a room behind which there is nothing.
  [[nodiscard]] double longest_outer_wall(const Box& box) const {
    double longest = 0;
    for (const Side side : {Side::kNorth, Side::kEast, Side::kSouth, Side::kWest}) {
      double stretch = 0;
      const double low = is_along_x(side) ? box.x0 : box.y0;
      const double high = is_along_x(side) ? box.x1 : box.y1;
      for (double begin = low; begin < high - kTolerance; begin += 0.25) {
        const Box outside = before_wall(box, side, begin, begin + 0.25, -0.5);
        const bool is_outer = std::none_of(house().cells.begin(), house().cells.end(),
                                           [&](const Cell& cell) { return overlap(outside, to_box(cell.floor)); });
        stretch = is_outer ? stretch + 0.25 : 0;
        longest = std::max(longest, stretch);
      }
    }
    return longest;
  }

  void require_muted(std::uint32_t colour, std::string_view what) {
    const std::array<int, 3> channels{static_cast<int>(colour >> 16), static_cast<int>(colour >> 8 & 255),
                                      static_cast<int>(colour & 255)};
    const auto [low, high] = std::minmax_element(channels.begin(), channels.end());
    require(*high - *low <= 60 && *high <= 210 && *low >= 20, "the {} colour {:06x} is like a thing's", what, colour);
  }

  void check_look() {
    const Look& look = house().look;
    require(look.brightness >= 205 && look.brightness <= 282, "brightness {}", look.brightness);
    require(look.light_heading >= 0 && look.light_heading < kTurn, "light from {}", look.light_heading);
    for (std::size_t i = 0; i < num_rooms(); ++i) {
      const Look::Room& room = look.rooms[i];
      require_muted(room.wall_colour, "wall's");
      require_muted(room.floor_colour, "floor's");
      require_muted(room.ceiling_colour, "ceiling's");
      require(room.wall_texture < kNumWallTextures && room.floor_texture < kNumFloorTextures, "textures of room {}", i);
    }
  }
};

}  // namespace

void check_plan(const House& house, std::vector<std::string>& problems) { Plan(house, problems).check(); }

}  // namespace atl::envs::playhouse::checker
