#include "tools/playhouse_pictures.h"

#include "envs/playhouse/geometry.h"
#include "envs/playhouse/hands.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/screens.h"
#include "tools/house_views.h"
#include "tools/picture_sheet.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::tools {
namespace {

using namespace envs::playhouse;

constexpr FrameSize kFull{800, 600};
constexpr FrameSize kLarge{480, 360};
constexpr FrameSize kTile{320, 240};
constexpr FrameSize kSmallTile{240, 180};

Frame drawn(const House& house, const State& state, FrameSize size, std::size_t player = 0) {
  Frame frame = make_frame(size);
  Renderer(size, {.crosshair = false, .smooth = true}).draw(house, state, player, frame.pixels);
  return frame;
}

Frame drawn(const HouseView& view, FrameSize size) { return drawn(view.house, view.state, size); }

// An agent's picture, its pixels as blocks.
Frame drawn_for_agent(const HouseView& view, FrameSize size, int zoom) {
  Frame frame = make_frame(size);
  Renderer(size).draw(view.house, view.state, 0, frame.pixels);
  return enlarged(frame.view(), zoom);
}

// ---- Things: a big and a small one of each shape in each colour.

// A bare room with a floor that is light and has next to no colour.
House create_light_room() {
  const auto lightness = [](const House& house) {
    const std::uint32_t rgb = house.look.rooms[0].floor_colour;
    return static_cast<int>(std::min({rgb >> 16, rgb >> 8 & 255, rgb & 255})) * house.look.brightness;
  };
  House lightest = create_house(0, level_named("room"));
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    House house = create_house(seed, level_named("room"));
    if (lightness(house) > lightness(lightest)) lightest = std::move(house);
  }
  return lightest;
}

Frame draw_kind(const House& room, Shape shape, Colour colour) {
  House house = room;
  const std::int32_t heading = kTurn * 9 / 16;  // turned a little, so that one sees that they are solid
  house.things = {{{shape, colour, Size::kBig}, {from_cm(-24), from_cm(140), 0}, heading},
                  {{shape, colour, Size::kSmall}, {from_cm(42), from_cm(120), 0}, heading}};
  // What the renderer prepares it keeps by the hash.
  house.hash += static_cast<std::uint64_t>(colour) * 16 + static_cast<std::uint64_t>(shape) + 1;
  State state = start_state(house);
  state.players[0].position = {0, from_cm(-5)};
  look_at(state, {from_cm(2), from_cm(140), from_cm(30)});
  // The middle of a larger picture: a whole one would show the room around, too.
  constexpr FrameSize kWhole{224, 168};
  constexpr FrameSize kPart{104, 84};
  const Frame whole = drawn(house, state, kWhole);
  Frame part = make_frame(kPart);
  const ImageView middle{whole.view().row((kWhole.height_px - kPart.height_px) / 2) +
                             std::ptrdiff_t{(kWhole.width_px - kPart.width_px) / 2} * kBytesPerPixel,
                         kPart.width_px, kPart.height_px, whole.stride_bytes};
  paste(middle, 0, 0, part);
  return part;
}

Frame draw_things() {
  const House room = create_light_room();
  std::vector<Frame> pictures;
  for (std::size_t colour = 0; colour < kColourNames.size(); ++colour) {
    for (std::size_t shape = 0; shape < static_cast<std::size_t>(kNumToyShapes); ++shape)
      pictures.push_back(draw_kind(room, static_cast<Shape>(shape), static_cast<Colour>(colour)));
  }
  return tabled(pictures, std::span(kShapeNames).first(kNumToyShapes), kColourNames);
}

// ---- Furniture and rooms.

// The view of a fixture of this kind that shows it whole and large, with little before it.
HouseView best_fixture(FixtureKind kind, bool is_changed) {
  const bool needs_two = kind == FixtureKind::kButton || kind == FixtureKind::kPlate;
  std::size_t at = 0;  // of the last views
  std::vector<std::size_t> fixtures;
  const auto views = [&](const House& house) {
    std::vector<State> all;
    fixtures.clear();
    for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
      if (house.fixtures[i].kind != kind) continue;
      State start = start_state(house);
      light_up(house, start);
      FixtureState& state = start.fixtures[i];
      state.is_on = is_changed ? 1 : 0;
      state.angle = is_changed && is_hinged(kind) ? kOpenAngle : 0;
      state.ticks_left = is_changed && kind == FixtureKind::kButton ? kLitForGood : 0;
      for (const State& view : views_of_fixture(house, start, i)) {
        all.push_back(view);
        fixtures.push_back(i);
      }
    }
    at = 0;
    return all;
  };
  return best_view(needs_two ? "pair" : "house", 60, views, [&](const HouseView& view, const Seen& seen) {
    const Entity entity = fixture_entity(fixtures[at++]);
    if (!seen.is_whole[entity.id]) return 0;
    const int down = std::abs(view.state.players[0].pitch) / from_degrees(1);
    return std::min(seen.of(entity), 1000) * 100 / (20 + down);
  });
}

Frame draw_furniture() {
  struct Case {
    FixtureKind kind;
    bool is_changed;
    std::string_view label;
  };
  static constexpr std::array<Case, 16> kCases{{{FixtureKind::kTable, false, "table"},
                                                {FixtureKind::kShelf, false, "shelf"},
                                                {FixtureKind::kBed, false, "bed"},
                                                {FixtureKind::kPlant, false, "plant"},
                                                {FixtureKind::kDoor, false, "door"},
                                                {FixtureKind::kDoor, true, "door, open"},
                                                {FixtureKind::kBox, false, "box"},
                                                {FixtureKind::kBox, true, "box, open"},
                                                {FixtureKind::kBasket, false, "basket"},
                                                {FixtureKind::kLamp, true, "lamp, on"},
                                                {FixtureKind::kTv, true, "tv, on"},
                                                {FixtureKind::kSwitch, true, "light switch"},
                                                {FixtureKind::kButton, false, "button"},
                                                {FixtureKind::kButton, true, "button, pressed"},
                                                {FixtureKind::kPlate, false, "plate"},
                                                {FixtureKind::kPlate, true, "plate, down"}}};
  std::vector<Tile> tiles;
  for (const Case& c : kCases)
    tiles.push_back({drawn(best_fixture(c.kind, c.is_changed), kSmallTile), std::string(c.label)});
  return mounted(tiles, 4);
}

// Much to be seen, nothing that fills the view, and no large thing that is cut off.
int liveliness(const Seen& seen) {
  int rated = 0;
  for (std::size_t id = 0; id < seen.pixels.size(); ++id) {
    const int pixels = seen.pixels[id];
    const bool is_fixture = Entity{static_cast<std::uint8_t>(id)}.is_fixture();
    if (pixels < 8) continue;
    if (pixels > 800) return 0;
    if (!seen.is_whole[id] && pixels > 60) rated -= is_fixture ? pixels / 25 : 12;
    rated += 4 + std::min(pixels, 60) / 12 + (is_fixture ? 4 : 0);
  }
  return std::max(rated, 0);
}

HouseView best_room(RoomName name, std::uint64_t num_houses) {
  const auto views = [&](const House& house) {
    State start = start_state(house);
    light_up(house, start);
    for (std::size_t room = 0; room < static_cast<std::size_t>(house.num_rooms); ++room) {
      if (house.cells[room].name == name) return views_of_room(house, start, room);
    }
    return std::vector<State>{};
  };
  return best_view("house", num_houses, views, [](const HouseView&, const Seen& seen) { return liveliness(seen); });
}

Frame draw_rooms() {
  std::vector<Tile> tiles;
  for (std::size_t name = 0; name < kRoomNames.size(); ++name)
    tiles.push_back({drawn(best_room(static_cast<RoomName>(name), 120), kTile), std::string(kRoomNames[name])});
  return mounted(tiles, 3);
}

// The same state as it looks usually and reskinned.
Frame draw_looks(const HouseView& view) {
  std::vector<Tile> tiles;
  for (std::uint32_t reskin = 0; reskin < 6; ++reskin) {
    const House house = create_house(view.seed, *view.house.level, reskin);
    tiles.push_back({drawn(house, view.state, kTile), reskin == 0 ? "usual" : fmt::format("reskin={}", reskin)});
  }
  return mounted(tiles, 3);
}

// ---- What players see.

Frame draw_agent_views(const HouseView& view) {
  return mounted({{drawn_for_agent(view, {96, 72}, 5), "96 x 72"}, {drawn_for_agent(view, {160, 120}, 3), "160 x 120"}},
                 2);
}

// The bag with some things, and the menu.
Frame draw_screens(HouseView view) {
  PlayerState& self = view.state.players[0];
  self.pointer_x = kCanvasWidth * kCountsPerUnit * 2 / 5;
  self.pointer_y = kCanvasHeight * kCountsPerUnit * 2 / 5;
  for (std::size_t i = 0; i < 5; ++i) {
    take_into_hands(view.house, view.state, 0, thing_entity(i));
    view.state.things[i].place = Place::kStored;
    self.holding = {};
    self.bag[i] = static_cast<std::uint8_t>(i);
  }
  self.screen = Screen::kBag;
  const Frame bag = drawn(view, kLarge);
  self.screen = Screen::kMenu;
  return mounted({{bag, "bag (tab)"}, {drawn(view, kLarge), "menu (escape)"}}, 2);
}

bool is_toy(Shape shape) { return shape == Shape::kTeddy || shape == Shape::kDuck || shape == Shape::kBall; }

// Two players who look at each other, one of whom holds something out.
Frame draw_pair() {
  std::vector<Entity> held;  // in each of the last views
  std::size_t at = 0;
  const auto views = [&](const House& house) {
    std::vector<State> all;
    held.clear();
    at = 0;
    const auto toy = std::find_if(house.things.begin(), house.things.end(), [](const Thing& thing) {
      return is_toy(thing.kind.shape) && thing.kind.size == Size::kSmall;
    });
    if (toy == house.things.end()) return all;
    const Entity entity = thing_entity(static_cast<std::size_t>(toy - house.things.begin()));
    State start = start_state(house);
    light_up(house, start);
    for (std::size_t room = 0; room < static_cast<std::size_t>(house.num_rooms); ++room) {
      start.players[1].position = house.cells[room].floor.middle();
      for (State state : views_of_room(house, start, room)) {
        state.players[1].heading = wrap_turn(state.players[0].heading + kTurn / 2);
        state.players[1].pitch = kStartPitch / 2;
        take_into_hands(house, state, 1, entity);
        all.push_back(state);
        held.push_back(entity);
      }
    }
    return all;
  };
  const HouseView view = best_view("pair", 60, views, [&](const HouseView&, const Seen& seen) {
    const Entity toy = held[at++];
    return seen.of(player_entity(1)) > 120 && seen.of(toy) > 20 ? liveliness(seen) : 0;
  });
  return mounted({{drawn(view, kLarge), "player 1 sees"}, {drawn(view.house, view.state, kLarge, 1), "player 2 sees"}},
                 2);
}

}  // namespace

std::vector<NamedPicture> draw_playhouse_pictures() {
  const HouseView living_room = best_room(RoomName::kLivingRoom, 400);
  std::vector<NamedPicture> pictures;
  const auto add = [&](std::string name, Frame frame) { pictures.push_back({std::move(name), std::move(frame)}); };
  add("house", drawn(living_room, kFull));
  add("agent", draw_agent_views(living_room));
  add("things", draw_things());
  add("furniture", draw_furniture());
  add("rooms", draw_rooms());
  add("looks", draw_looks(living_room));
  add("screens", draw_screens(living_room));
  add("pair", draw_pair());
  return pictures;
}

}  // namespace atl::tools
