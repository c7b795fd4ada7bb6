// What hands do, tick by tick, in the small house: blocks that snap, buttons, lamps, clicks on a screen.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/hands.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/screens.h"
#include "tests/envs/small_house.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace atl::envs::playhouse {
namespace {

class HouseHands : public ::testing::Test {
 protected:
  /// One tick of the first player; the other one stands still.
  std::vector<Event> tick(const TickInput& input) {
    Events events;
    const std::array<TickInput, kMaxPlayers> inputs{input, {}};
    advance(house_, state_, inputs, events);
    return {events.all().begin(), events.all().end()};
  }
  std::vector<Event> press(KeyBit key) { return tick({.pressed = key}); }

  void stand(std::int32_t x_cm, std::int32_t y_cm, Vec3 look_at) {
    PlayerState& self = state_.players[0];
    self.position = {from_cm(x_cm), from_cm(y_cm)};
    const Vec2 way = look_at.flat() - self.position;
    self.heading = heading_of(way);
    self.pitch = wrap_signed(heading_of({look_at.z - kEyeHeight, length(way)}));
  }

  static bool has(const std::vector<Event>& events, EventKind kind, Entity entity) {
    return std::any_of(events.begin(), events.end(),
                       [&](const Event& e) { return e.kind == kind && e.entity == entity; });
  }

  House house_ = create_small_house();
  State state_ = start_state(house_);
};

TEST_F(HouseHands, ABlockSnapsToTheGridAndOntoAnother) {
  const std::array<std::size_t, 2> blocks{thing_of(house_, Shape::kKey), thing_of(house_, Shape::kBlock)};
  house_.things[blocks[0]].kind = {Shape::kBlock, Colour::kBlue, Size::kSmall};
  take_into_hands(house_, state_, 0, thing_entity(blocks[0]));
  const Vec3 somewhere{from_cm(313), from_cm(227), 0};
  stand(313, 120, somewhere);
  EXPECT_TRUE(has(press(kTake), EventKind::kPutDown, thing_entity(blocks[0])));
  const ThingState& lower = state_.things[blocks[0]];
  EXPECT_EQ(lower.position, snapped_to_blocks(lower.position)) << "in the middle of a cell";
  EXPECT_LE(length(lower.position.flat() - somewhere.flat()), kBlockSide) << "of the one that was pointed at";
  EXPECT_EQ(lower.position.z, 0);

  take_into_hands(house_, state_, 0, thing_entity(blocks[1]));
  stand(313, 120, {lower.position.x + from_cm(7), lower.position.y - from_cm(5), kBlockSide});
  EXPECT_TRUE(has(press(kTake), EventKind::kPutDown, thing_entity(blocks[1])));
  const ThingState& upper = state_.things[blocks[1]];
  EXPECT_EQ(upper.position, (Vec3{lower.position.x, lower.position.y, kBlockSide}));
  EXPECT_EQ(upper.support, thing_entity(blocks[0]));
}

TEST_F(HouseHands, AGateIsOpenWhileItsButtonIsLit) {
  const std::size_t gate = fixture_of(house_, FixtureKind::kDoor);
  const std::size_t button = fixture_of(house_, FixtureKind::kButton);
  const Rect& post = house_.fixtures[button].floor;
  state_.fixtures[gate] = {};
  stand(490, 75, {post.middle().x, post.middle().y, from_cm(90)});
  EXPECT_TRUE(has(press(kUse), EventKind::kPressed, fixture_entity(button)));
  int lit = 0;
  int opened_at = 0;
  int closed_at = 0;
  for (int t = 1; t <= 300 && closed_at == 0; ++t) {
    const auto events = tick({});
    lit += is_on(state_, button) ? 1 : 0;
    if (has(events, EventKind::kOpened, fixture_entity(gate))) opened_at = t;
    if (has(events, EventKind::kClosed, fixture_entity(gate))) closed_at = t;
  }
  EXPECT_EQ(lit, kButtonTicks - 1) << "besides the tick of the press";
  EXPECT_EQ(opened_at, (kPassAngle + kDoorPerTick - 1) / kDoorPerTick) << "at 60 degrees";
  EXPECT_GE(closed_at, kButtonTicks + 23);
  EXPECT_LE(closed_at, kButtonTicks + 25);
}

TEST_F(HouseHands, AButtonThatIsHeldStaysLit) {
  const std::size_t button = fixture_of(house_, FixtureKind::kButton);
  const Rect& post = house_.fixtures[button].floor;
  stand(490, 75, {post.middle().x, post.middle().y, from_cm(90)});
  tick({.held = kUse, .pressed = kUse});
  for (int t = 0; t < 2 * kButtonTicks; ++t) {
    tick({.held = kUse});
    ASSERT_TRUE(is_on(state_, button)) << t;
  }
  for (int t = 0; t < kButtonTicks; ++t) tick({});
  EXPECT_FALSE(is_on(state_, button));
}

TEST_F(HouseHands, AButtonWithoutADoorSwitchesItsLampWithEachPress) {
  const std::size_t button = fixture_of(house_, FixtureKind::kButton);
  const std::size_t lamp = fixture_of(house_, FixtureKind::kLamp);
  house_.fixtures[button].opens = kNoFixture;
  house_.fixtures[button].lights = static_cast<std::uint8_t>(lamp);
  state_.fixtures[lamp].is_on = 1;
  const Rect& post = house_.fixtures[button].floor;
  stand(490, 75, {post.middle().x, post.middle().y, from_cm(90)});
  auto events = press(kUse);
  EXPECT_TRUE(has(events, EventKind::kPressed, fixture_entity(button)));
  EXPECT_TRUE(has(events, EventKind::kTurnedOff, fixture_entity(lamp)));
  EXPECT_FALSE(is_on(state_, lamp));
  EXPECT_TRUE(has(press(kUse), EventKind::kTurnedOn, fixture_entity(lamp)));
  EXPECT_TRUE(is_on(state_, lamp));
  for (int t = 0; t < 2 * kButtonTicks; ++t) tick({});
  EXPECT_TRUE(is_on(state_, lamp)) << "the button goes out, the lamp does not";
}

TEST_F(HouseHands, AClickDoesWhatIsUnderThePointer) {
  PlayerState& self = state_.players[0];
  press(kMenu);
  ASSERT_EQ(self.screen, Screen::kMenu);
  for (const Item& item : items_of(Screen::kMenu)) {
    if (item.kind != ItemKind::kSetting) continue;
    const int x = (item.left + item.right) * kCountsPerUnit / 2;
    const int y = (item.top + item.bottom) * kCountsPerUnit / 2;
    tick({.dx = x - self.pointer_x, .dy = y - self.pointer_y});
    const auto setting = static_cast<Setting>(item.index);
    EXPECT_FALSE(is_set(self, setting)) << item.label << ": pointing alone does nothing";
    EXPECT_TRUE(has(press(kClick), EventKind::kSetting, {}));
    EXPECT_TRUE(is_set(self, setting)) << item.label;
  }
  tick({.dx = -10000, .dy = -10000});
  EXPECT_EQ(self.pointer_x, 0);
  EXPECT_EQ(self.pointer_y, 0);
  EXPECT_TRUE(press(kClick).empty()) << "nothing is there";
  const Item& resume = items_of(Screen::kMenu).front();
  ASSERT_EQ(resume.kind, ItemKind::kResume);
  tick({.dx = resume.left * kCountsPerUnit, .dy = resume.top * kCountsPerUnit});
  press(kTake);
  EXPECT_EQ(self.screen, Screen::kWorld) << "the corner of an item belongs to it";
}

}  // namespace
}  // namespace atl::envs::playhouse
