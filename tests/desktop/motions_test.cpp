#include "envs/desktop/doom/motions.h"

#include "envs/desktop/doom/demo.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::envs::desktop {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kCountsPerTurn = 4096.0;

// Tic by tic what a player does.
class Play {
 public:
  Play& wait(int tics) { return add(tics, 0.0, nullptr); }
  Play& turn(int tics, double degrees) { return add(tics, degrees, nullptr); }
  Play& hold(const char* control, int tics, double degrees = 0.0) { return add(tics, degrees, control); }

  // "text begin..end" in tics.
  [[nodiscard]] std::vector<std::string> told() const {
    std::vector<std::string> told;
    for (const Instruction& instruction : hindsight_motions(actions_, kCountsPerTurn, from_ns(0))) {
      EXPECT_EQ(instruction.mark, SuccessMark::kSucceeded);
      EXPECT_TRUE(instruction.end);
      told.push_back(fmt::format("{} {}..{}", instruction.text, tic(instruction.begin), tic(*instruction.end)));
    }
    return told;
  }

 private:
  Play& add(int tics, double degrees, const char* control) {
    for (int i = 0; i < tics; ++i) {
      Action action;
      action.dx = static_cast<std::int32_t>(degrees / tics / 360.0 * kCountsPerTurn);
      if (control != nullptr) atl::hold(action, control_named(control), held_);
      held_ = action.held;
      actions_.push_back(action);
    }
    return *this;
  }
  static long tic(Timestamp time) { return std::lround(to_seconds(time - from_ns(0)) * kDoomTicsPerSecond); }

  std::vector<Action> actions_;
  ControlSet held_;
};

TEST(DoomMotions, TurnsToOneSideAreToldFromWhereTheyBegan) {
  EXPECT_THAT(Play().wait(10).turn(20, 90).wait(30).told(), ElementsAre("turn right 10..30"));
  EXPECT_THAT(Play().wait(10).turn(20, -90).wait(30).told(), ElementsAre("turn left 10..30"));
  EXPECT_THAT(Play().turn(30, 180).told(), ElementsAre("turn right 0..30", "turn around 0..30"));
  EXPECT_THAT(Play().turn(10, 40).wait(5).turn(10, 40).told(), ElementsAre("turn right 0..25"));
}

TEST(DoomMotions, WhatIsSmallInterruptedOrTakenBackIsNoTurn) {
  EXPECT_THAT(Play().turn(10, 40).told(), IsEmpty());
  EXPECT_THAT(Play().turn(10, 40).wait(40).turn(10, 40).told(), IsEmpty());
  EXPECT_THAT(Play().turn(10, 40).turn(10, -40).turn(10, 40).told(), IsEmpty());
}

TEST(DoomMotions, WalksAreStraightAndLongEnough) {
  EXPECT_THAT(Play().wait(5).hold("w", 60).wait(5).told(), ElementsAre("walk forward 5..65"));
  EXPECT_THAT(Play().hold("s", 30).wait(5).told(), ElementsAre("walk back 0..30"));
  EXPECT_THAT(Play().hold("w", 20).told(), IsEmpty());
  EXPECT_THAT(Play().hold("w", 40, 70).told(), ElementsAre("turn right 0..40")) << "it turned while it walked";
  EXPECT_THAT(Play().hold("w", 150).told(), ElementsAre("walk forward 0..105", "walk forward 105..150"));
}

TEST(DoomMotions, ABurstOfShotsIsOneInstructionWithItsAiming) {
  EXPECT_THAT(Play().wait(40).hold("mouse_left", 3).wait(10).hold("mouse_left", 3).wait(60).told(),
              ElementsAre("fire your weapon 22..56"));
  EXPECT_THAT(Play().hold("mouse_left", 2).wait(80).hold("mouse_left", 2).told(),
              ElementsAre("fire your weapon 0..2", "fire your weapon 64..84"));
}

}  // namespace
}  // namespace atl::envs::desktop
