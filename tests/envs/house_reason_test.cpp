// What a verdict's reason says, for each verb and for two clauses: somebody is asked for one thing and does another, or
// the same.
#include "envs/playhouse/episode.h"
#include "envs/playhouse/expert.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/hands.h"
#include "tests/envs/small_house.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace atl::envs::playhouse {
namespace {

class HouseReason : public ::testing::Test {
 protected:
  HouseReason() {
    // Blocks enough for a tower.
    for (const std::int32_t x : {from_cm(300), from_cm(380)})
      house_.things.push_back({{Shape::kBlock, Colour::kRed, Size::kSmall}, {x, from_cm(240), 0}, 0});
    start_ = start_state(house_);
  }

  [[nodiscard]] Quest quest_of(const std::string& words) const {
    const Parsed parsed = parse(words);
    EXPECT_TRUE(parsed.mission) << words << ": " << parsed.problem;
    const Lookup lookup = look_up(house_, start_, *parsed.mission);
    EXPECT_TRUE(lookup.quest) << words << ": " << lookup.problem;
    return lookup.quest.value_or(Quest{});
  }

  /// The reason when somebody who is asked for `asked` does what is in `done`, one after the other.
  [[nodiscard]] std::string reason(const std::string& asked, const std::vector<std::string>& done) const {
    World world(house_, {quest_of(asked), start_});
    for (const std::string& deed : done) {
      World imagined = world;  // the same states, but asked for what is done
      imagined.ask_for(quest_of(deed));
      Mind mind(0);
      while (!imagined.is_over() && !world.is_over()) {
        const std::array<Action, kMaxPlayers> actions{mind.decide(imagined).action};
        step(world, actions, [&](std::span<const TickInput> inputs) {
          if (!imagined.is_over()) imagined.tick(inputs);
        });
      }
    }
    const std::array<Action, kMaxPlayers> nothing{};
    while (!world.is_over()) step(world, nothing);
    return outcome_of(world).reason;
  }
  [[nodiscard]] std::string reason(const std::string& asked) const { return reason(asked, {asked}); }

  void hold(Shape shape) { take_into_hands(house_, start_, 0, thing_entity(thing_of(house_, shape))); }
  void store(Shape shape, std::size_t slot) {
    hold(shape);
    start_.players[0].holding = {};
    start_.players[0].bag[slot] = thing_entity(thing_of(house_, shape)).id;
    start_.things[thing_of(house_, shape)].place = Place::kStored;
  }

  House house_ = create_small_house();
  State start_;
};

TEST_F(HouseReason, SaysWhatWasLookedAt) {
  EXPECT_EQ(reason("look at the duck"), "done: look at the duck (looked at the small yellow duck)");
  EXPECT_EQ(reason("look at the duck", {"look at the cube"}), "looked at the big blue cube, asked to look at the duck");
  EXPECT_EQ(reason("turn left"), "done: turn left");
  EXPECT_EQ(reason("turn left", {"turn right"}), "turned right, asked to turn left");
  EXPECT_EQ(reason("turn right", {"turn left"}), "turned left, asked to turn right");
}

TEST_F(HouseReason, SaysWhatWasGoneTo) {
  EXPECT_EQ(reason("go to the cone"), "done: go to the cone (went to the big orange cone)");
  EXPECT_EQ(reason("go to the cone", {"go to the cube"}), "went to the big blue cube, asked to go to the cone");
  start_.players[0].position.y += kMetre;
  EXPECT_EQ(reason("walk forward", {"walk back"}), "walked back, asked to walk forward");
  EXPECT_EQ(reason("walk back", {"walk forward"}), "walked forward, asked to walk back");
  EXPECT_EQ(reason("jump"), "done: jump");
  EXPECT_EQ(reason("find the duck in the living room"),
            "done: find the duck in the living room (found the small yellow duck)");
}

TEST_F(HouseReason, SaysWhereItWentTo) {
  house_.fixtures[fixture_of(house_, FixtureKind::kButton)].opens = kNoFixture;  // one player cannot pass a gate
  EXPECT_EQ(reason("go to the kitchen"), "done: go to the kitchen");
}

TEST_F(HouseReason, SaysWhatWasPickedUp) {
  EXPECT_EQ(reason("pick up the ball"), "done: pick up the ball (picked up the big red ball)");
  EXPECT_EQ(reason("pick up the ball", {"pick up the cube"}), "picked up the big blue cube, asked to pick up the ball");
}

TEST_F(HouseReason, SaysWhatWasPutDown) {
  hold(Shape::kCube);
  EXPECT_EQ(reason("drop it"), "done: drop it (put down the big blue cube)");
  EXPECT_EQ(reason("drop the ball", {"drop the cube"}), "put down the big blue cube, asked to drop the ball");
}

TEST_F(HouseReason, SaysWhatWasPutThere) {
  EXPECT_EQ(reason("put the cube next to the ball"),
            "done: put the cube next to the ball (put the big blue cube there)");
  EXPECT_EQ(reason("put the cube next to the ball", {"pick up the ball"}),
            "picked up the big red ball, asked to put the cube next to the ball");
  EXPECT_EQ(reason("stack the mug on the cube"), "done: stack the mug on the cube (put the small white mug there)");
  EXPECT_EQ(reason("build a tower of two blocks"), "done: build a tower of two blocks");
  EXPECT_EQ(reason("build a tower of two blocks", {"pick up the ball"}),
            "picked up the big red ball, asked to build a tower of two blocks");
}

TEST_F(HouseReason, SaysWhatWasOpenedOrSwitched) {
  EXPECT_EQ(reason("close the box"), "done: close the box (closed the box)");
  EXPECT_EQ(reason("close the box, then open the box"), "done: close the box, then open the box (opened the box)");
  EXPECT_EQ(reason("turn off the tv"), "done: turn off the tv (turned off the tv)");
  EXPECT_EQ(reason("turn on the lamp in the kitchen", {"turn off the lamp in the living room"}),
            "turned off the lamp, asked to turn on the lamp in the kitchen");
  EXPECT_EQ(reason("press the button"), "done: press the button (pressed the green button)");
}

TEST_F(HouseReason, SaysWhatWasPushedOrWhatWasDoneInstead) {
  EXPECT_EQ(reason("push the ball to the cube"), "done: push the ball to the cube (pushed the big red ball there)");
  EXPECT_EQ(reason("push the ball to the cube", {"pick up the ball"}),
            "picked up the big red ball, asked to push the ball to the cube");
  EXPECT_EQ(reason("push the ball to the cube", {"pick up the mug"}),
            "picked up the small white mug, asked to push the ball to the cube");
}

TEST_F(HouseReason, SaysWhatWasDoneOnScreens) {
  EXPECT_EQ(reason("open the menu"), "done: open the menu");
  EXPECT_EQ(reason("open the menu", {"open the bag"}), "opened the bag, asked to open the menu");
  EXPECT_EQ(reason("open the bag", {"open the menu"}), "opened the menu, asked to open your bag");
  EXPECT_EQ(reason("turn on the music", {"turn on the hints"}), "turned on hints, asked to turn on the music");
  EXPECT_EQ(reason("put the duck in the bag"),
            "done: put the duck in your bag (put the small yellow duck into the bag)");
}

TEST_F(HouseReason, SaysWhatCameOutOfTheBag) {
  store(Shape::kDuck, 2);
  store(Shape::kMug, 5);
  EXPECT_EQ(reason("take the duck out of the bag"),
            "done: take the duck out of your bag (took the small yellow duck out of the bag)");
  EXPECT_EQ(reason("take the duck out of the bag", {"take the mug out of the bag"}),
            "took the small white mug out of the bag, asked to take the duck out of your bag");
  EXPECT_EQ(reason("put the duck next to the ball", {"take the mug out of the bag"}),
            "took the small white mug out of the bag, asked to put the duck next to the ball");
}

TEST_F(HouseReason, SaysWhatWasHandedOver) {
  EXPECT_EQ(reason("give the ball to your friend"),
            "done: give the ball to your friend (handed over the big red ball)");
  hold(Shape::kCube);
  EXPECT_EQ(reason("give the ball to your friend", {"give the cube to your friend"}),
            "handed over the big blue cube, asked to give the ball to your friend");
}

TEST_F(HouseReason, NamesTheDeedOfTheClauseThatDecided) {
  EXPECT_EQ(reason("look at the duck and pick up the ball", {"pick up the cube"}),
            "picked up the big blue cube, asked to look at the duck and pick up the ball");
  EXPECT_EQ(reason("pick up the ball and look at the duck", {"pick up the ball", "look at the duck"}),
            "done: pick up the ball and look at the duck (looked at the small yellow duck)");
  EXPECT_EQ(reason("pick up the ball and look at the duck", {"look at the duck", "pick up the ball"}),
            "done: pick up the ball and look at the duck (picked up the big red ball)");
  EXPECT_EQ(reason("pick up the ball, then look at the duck", {"pick up the ball", "look at the cube"}),
            "looked at the big blue cube, asked to pick up the ball, then look at the duck");
}

TEST_F(HouseReason, SaysForHowLongNothingWasDone) {
  EXPECT_EQ(reason("open the menu", {}), "time ran out after 10.0 s, asked to open the menu");
  EXPECT_EQ(reason("pick up the ball, then open the menu", {"pick up the ball"}),
            "time ran out after 35.0 s, asked to pick up the ball, then open the menu");
}

TEST(Deed, EachHasAText) {
  for (int i = 0; i < kNumDeeds; ++i) EXPECT_FALSE(to_text(static_cast<Deed>(i), "red ball").empty()) << i;
  EXPECT_EQ(to_text(Deed::kHeldOpen, ""), "held the door open");
  EXPECT_EQ(to_text(Deed::kStored, "red ball"), "put the red ball into the bag");
}

}  // namespace
}  // namespace atl::envs::playhouse
