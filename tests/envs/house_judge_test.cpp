// Rules of the judge that seldom decide an episode, on states and events made by hand in the small house.
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/judge.h"
#include "tests/envs/small_house.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace atl::envs::playhouse {
namespace {

class HouseJudge : public ::testing::Test {
 protected:
  void ask(std::string_view words) {
    const Parsed parsed = parse(words);
    ASSERT_TRUE(parsed.mission) << parsed.problem;
    const Lookup lookup = look_up(house_, start_, *parsed.mission);
    ASSERT_TRUE(lookup.quest) << lookup.problem;
    quest_ = *lookup.quest;
    judge_ = begin_judging(house_, start_);
    now_ = start_;
  }

  /// A tick that ends in `after`.
  void tick(const State& after, const std::vector<Event>& events = {}) {
    const State before = now_;
    now_ = after;
    now_.num_ticks = before.num_ticks + 1;
    judge_tick({house_, start_, before, now_, events}, quest_, judge_);
  }
  void wait(int ticks) {
    for (int i = 0; i < ticks; ++i) tick(now_);
  }

  /// The player walks into a thing, which moves east with each tick.
  void push(std::size_t thing, std::int32_t cm_a_tick, int ticks) {
    for (int i = 0; i < ticks; ++i) {
      State after = now_;
      after.things[thing].position.x += from_cm(cm_a_tick);
      tick(after, {{EventKind::kPushed, 0, thing_entity(thing), {}}});
    }
  }

  void stand(Vec2 position, std::int32_t heading) {
    start_.players[0].position = position;
    start_.players[0].heading = heading;
    start_.players[0].pitch = 0;
  }

  [[nodiscard]] std::size_t thing(Shape shape) const { return thing_of(house_, shape); }

  House house_ = create_small_house();
  State start_ = start_state(house_);
  State now_;
  Quest quest_;
  JudgeState judge_;
};

TEST_F(HouseJudge, WhatWasCarriedInAClauseBeforeHasNotBeenPushed) {
  ask("pick up the red ball, then push the cube to the table");
  State taken = start_;
  taken.things[thing(Shape::kBall)].position.x += 2 * kMetre;
  taken.things[thing(Shape::kBall)].place = Place::kHeld;
  taken.things[thing(Shape::kBall)].owner = 0;
  taken.players[0].holding = thing_entity(thing(Shape::kBall));
  tick(taken, {{EventKind::kTook, 0, thing_entity(thing(Shape::kBall)), {}}});
  State put_down = now_;
  put_down.things[thing(Shape::kBall)].place = Place::kResting;
  put_down.players[0].holding = {};
  tick(put_down, {{EventKind::kPutDown, 0, thing_entity(thing(Shape::kBall)), {}}});
  wait(5);
  push(thing(Shape::kBall), 2, 10);
  EXPECT_EQ(judge_.verdict, Verdict::kRunning);
}

TEST_F(HouseJudge, PushingAnotherThingOverHalfAMetreIsWrong) {
  ask("push the cube to the table");
  push(thing(Shape::kBall), 2, 25);
  EXPECT_EQ(judge_.verdict, Verdict::kRunning);
  push(thing(Shape::kBall), 2, 2);
  EXPECT_EQ(judge_.verdict, Verdict::kWrongObject);
  EXPECT_EQ(judge_.object, thing_entity(thing(Shape::kBall)));
}

TEST_F(HouseJudge, ThePlaceMayBePushed) {
  ask("push the cube to the ball");
  push(thing(Shape::kBall), -2, 40);
  EXPECT_EQ(judge_.verdict, Verdict::kRunning);
}

TEST_F(HouseJudge, SomethingPutInItsPlaceWasNotPushedThere) {
  ask("walk forward, then push the cube to the ball");
  State walked = start_;
  walked.players[0].position.y += kMetre + from_cm(1);
  walked.things[thing(Shape::kCube)].position = walked.things[thing(Shape::kBall)].position;
  walked.things[thing(Shape::kCube)].position.x += from_cm(90);
  tick(walked);
  wait(30);
  EXPECT_EQ(judge_.verdict, Verdict::kRunning);
  push(thing(Shape::kCube), 1, 1);
  wait(15);
  EXPECT_EQ(judge_.verdict, Verdict::kSuccess);
}

TEST_F(HouseJudge, TheFriendCanBeLookedAtAndGoneTo) {
  const Vec2 friends = start_.players[1].position;
  stand(friends - Vec2{0, from_cm(140)}, 0);
  start_.players[0].position.x += kMetre;  // not before the friend's feet when it begins
  ask("go to your friend");
  State near = now_;
  near.players[0].position = friends - Vec2{0, from_cm(120)};
  tick(near);
  wait(14);
  EXPECT_EQ(judge_.verdict, Verdict::kRunning);
  wait(1);
  EXPECT_EQ(judge_.verdict, Verdict::kSuccess);
  EXPECT_EQ(judge_.object, player_entity(1));
}

TEST_F(HouseJudge, WhatIsGoneToIsNotWrongWhileBothClausesAreOpen) {
  const Vec2 ball = start_.things[thing(Shape::kBall)].position.flat();
  for (const auto& [words, verdict] : {std::pair{"go to the cube and jump", Verdict::kRunning},
                                       std::pair{"go to the cube, then jump", Verdict::kWrongObject}}) {
    ask(words);
    State near = now_;
    near.players[0].position = ball - Vec2{0, from_cm(110)};
    near.players[0].heading = 0;
    tick(near);
    wait(60);
    EXPECT_EQ(judge_.verdict, verdict) << words;
  }
}

TEST_F(HouseJudge, AnotherSettingIsNoSuccessThoughTheRightOneIsOn) {
  ask("jump, then turn on the music");
  State music = now_;
  music.players[0].settings |= 1 << static_cast<int>(Setting::kMusic);
  tick(music, {{EventKind::kJumped, 0, {}, {}}});
  State hints = now_;
  hints.players[0].settings ^= 1 << static_cast<int>(Setting::kHints);
  tick(hints, {{EventKind::kSetting, 0, {}, {}}});
  EXPECT_EQ(judge_.verdict, Verdict::kFailed);
}

TEST_F(HouseJudge, WhatIsPushedAlongIsNotAtRest) {
  ask("put the cube next to the ball");
  State beside = now_;
  beside.things[thing(Shape::kCube)].position = beside.things[thing(Shape::kBall)].position;
  beside.things[thing(Shape::kCube)].position.x += from_cm(80);
  tick(beside);
  push(thing(Shape::kCube), 1, 20);
  EXPECT_EQ(judge_.verdict, Verdict::kRunning);
  wait(15);
  EXPECT_EQ(judge_.verdict, Verdict::kSuccess);
}

TEST_F(HouseJudge, OfTwoEventsAtOnceTheTargetCounts) {
  start_.fixtures[fixture_of(house_, FixtureKind::kDoor)] = {};
  ask("open the door");
  const auto door = fixture_entity(fixture_of(house_, FixtureKind::kDoor));
  const auto box = fixture_entity(fixture_of(house_, FixtureKind::kBox));
  tick(now_, {{EventKind::kOpened, kNothing, box, {}}, {EventKind::kOpened, kNothing, door, {}}});
  EXPECT_EQ(judge_.verdict, Verdict::kSuccess);
}

TEST_F(HouseJudge, WhatWasDroppedMayLandWhenSomethingElseIsDropped) {
  start_.players[0].holding = thing_entity(thing(Shape::kBall));
  start_.things[thing(Shape::kBall)].place = Place::kHeld;
  start_.things[thing(Shape::kBall)].owner = 0;
  ask("drop it");
  State falling = now_;
  falling.players[0].holding = {};
  falling.things[thing(Shape::kBall)].place = Place::kFalling;
  tick(falling, {{EventKind::kDropped, 0, thing_entity(thing(Shape::kBall)), {}}});
  State landed = now_;
  landed.things[thing(Shape::kBall)].place = Place::kResting;
  tick(landed, {{EventKind::kDropped, 0, thing_entity(thing(Shape::kCube)), {}}});
  EXPECT_EQ(judge_.verdict, Verdict::kSuccess);
}

TEST_F(HouseJudge, BlocksThatArePushedAlongDoNotRest) {
  const std::array<std::size_t, 2> blocks{thing(Shape::kBall), thing(Shape::kCube)};
  for (const std::size_t block : blocks) house_.things[block].kind = {Shape::kBlock, Colour::kRed, Size::kSmall};
  const auto put = [&](std::size_t block, std::int32_t column) {
    start_.things[block].position = {column * kBlockSide + from_cm(3), 8 * kBlockSide + kBlockSide / 2, 0};
  };
  put(blocks[0], 10);
  put(blocks[1], 8);
  ask("build a row of two blocks");
  State beside = now_;
  beside.things[blocks[1]].position.x += kBlockSide;
  tick(beside);
  push(blocks[1], 1, 30);
  EXPECT_EQ(judge_.verdict, Verdict::kRunning);
  wait(15);
  EXPECT_EQ(judge_.verdict, Verdict::kSuccess);
}

TEST_F(HouseJudge, ATimeoutIsAboutNothing) {
  ask("pick up the red ball, then close the box");
  quest_.limit_ticks = 2;
  tick(now_, {{EventKind::kTook, 0, thing_entity(thing(Shape::kBall)), {}}});
  EXPECT_TRUE(judge_.object.is_some());
  tick(now_);
  EXPECT_EQ(judge_.verdict, Verdict::kTimeout);
  EXPECT_FALSE(judge_.object.is_some());
}

}  // namespace
}  // namespace atl::envs::playhouse
