// Each rule of the judge, on scenes that are built by hand.
#include "envs/playhouse/episode.h"
#include "envs/playhouse/world.h"

#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace {

constexpr TickInput kStill{};

// Five objects far apart: red cone ahead of the start at the given distance of centres, the others in the corners.
Scene scene_with_cone_at(std::int32_t distance) {
  Scene scene;
  scene.start = {0, 0};
  scene.objects[0] = {
      .kind = {Colour::kRed, Shape::kCone}, .position = {0, distance}, .radius = from_cm(40), .height = from_cm(100)};
  for (std::size_t i = 1; i < scene.objects.size(); ++i) {
    const std::int32_t x = i % 2 ? 3 * kMetre : -3 * kMetre;
    const std::int32_t y = i < 3 ? -kMetre : -3 * kMetre;
    scene.objects[i] = {.kind = {static_cast<Colour>(i), Shape::kBall},
                        .position = {x, y},
                        .radius = from_cm(40),
                        .height = from_cm(80)};
  }
  return scene;
}

void run(World& world, const TickInput& input, int ticks) {
  for (int i = 0; i < ticks && !world.is_over(); ++i) world.tick(input);
}

TEST(PlayhouseJudge, GoToNeedsThreeStillStepsNearTheTarget) {
  const Scene scene = scene_with_cone_at(from_cm(139));
  World world(scene, {Family::kGoTo, 0});
  run(world, kStill, kGoToTicks - 1);
  EXPECT_FALSE(world.is_over());
  world.tick(kStill);
  EXPECT_EQ(world.verdict(), Verdict::kSuccess);
  EXPECT_EQ(world.object(), 0);
}

TEST(PlayhouseJudge, GoToNeedsANearSurface) {
  const Scene scene = scene_with_cone_at(from_cm(142));
  World world(scene, {Family::kGoTo, 0});
  run(world, kStill, 120);
  EXPECT_FALSE(world.is_over());
}

TEST(PlayhouseJudge, GoToNeedsTheTargetNearTheViewAxis) {
  for (const auto& [degrees, verdict] : {std::pair{-19, Verdict::kSuccess}, std::pair{19, Verdict::kSuccess},
                                         std::pair{-21, Verdict::kRunning}, std::pair{21, Verdict::kRunning}}) {
    const Scene scene = scene_with_cone_at(from_cm(130));
    World world(scene, {Family::kGoTo, 0});
    world.tick({.dx = from_degrees(degrees)});
    run(world, kStill, 60);
    EXPECT_EQ(world.verdict(), verdict) << degrees;
  }
}

TEST(PlayhouseJudge, WalkingOrTurningStartsTheCountAgain) {
  const Scene scene = scene_with_cone_at(from_cm(139));
  for (const TickInput& move : {TickInput{.held = kForward}, TickInput{.pressed = kLeft}, TickInput{.dx = 60}}) {
    World world(scene, {Family::kGoTo, 0});
    run(world, kStill, kGoToTicks - 1);
    world.tick(move);
    run(world, kStill, kGoToTicks - 1);
    EXPECT_FALSE(world.is_over());
    world.tick(kStill);
    EXPECT_EQ(world.verdict(), Verdict::kSuccess);
  }
}

TEST(PlayhouseJudge, TheSameAtAnotherObjectIsWrong) {
  const Scene scene = scene_with_cone_at(from_cm(139));
  World world(scene, {Family::kGoTo, 2});
  run(world, kStill, kGoToTicks);
  EXPECT_EQ(world.verdict(), Verdict::kWrongObject);
  EXPECT_EQ(world.object(), 0);
  const Outcome outcome = outcome_of(world);
  EXPECT_TRUE(outcome.terminated);
  EXPECT_EQ(outcome.reward, 0.0);
  EXPECT_EQ(outcome.object, "red cone");
  EXPECT_EQ(outcome.reason, "reached the red cone, asked for the blue ball");
}

TEST(PlayhouseJudge, LookAtNeedsHalfASecondInTheMiddle) {
  const Scene scene = scene_with_cone_at(3 * kMetre);
  World world(scene, {Family::kLookAt, 0});
  world.tick({.dx = from_degrees(5)});
  run(world, kStill, kLookAtTicks - 1);
  EXPECT_FALSE(world.is_over());
  world.tick(kStill);
  EXPECT_EQ(world.verdict(), Verdict::kSuccess);
  EXPECT_EQ(outcome_of(world).reason, "looked at the red cone");
}

TEST(PlayhouseJudge, LookAtNeedsTheTargetInsideThePicture) {
  const Scene scene = scene_with_cone_at(3 * kMetre);
  World aside(scene, {Family::kLookAt, 0});
  aside.tick({.dx = from_degrees(7)});
  run(aside, kStill, 120);
  EXPECT_FALSE(aside.is_over());
  World above(scene, {Family::kLookAt, 0});
  above.tick({.dy = -from_degrees(40)});
  run(above, kStill, 120);
  EXPECT_FALSE(above.is_over());
}

TEST(PlayhouseJudge, LookAtFailsWhileSomethingHidesTheTarget) {
  Scene scene = scene_with_cone_at(from_cm(350));
  scene.objects[1].position = {0, from_cm(150)};
  scene.objects[1].height = from_cm(110);
  World world(scene, {Family::kLookAt, 0});
  run(world, kStill, kLookAtTicks);
  EXPECT_EQ(world.verdict(), Verdict::kWrongObject);
  EXPECT_EQ(world.object(), 1);
  scene.objects[1].height = from_cm(40);  // low enough to see over
  World over(scene, {Family::kLookAt, 0});
  run(over, kStill, kLookAtTicks);
  EXPECT_EQ(over.verdict(), Verdict::kSuccess);
}

TEST(PlayhouseJudge, PickUpNeedsAPressWithinReach) {
  const Scene near = scene_with_cone_at(from_cm(159));
  const Scene far = scene_with_cone_at(from_cm(162));
  World held(near, {Family::kPickUp, 0});
  run(held, {.held = kGrab}, 60);  // a key that is merely held grabs nothing
  EXPECT_FALSE(held.is_over());
  World tapped(near, {Family::kPickUp, 0});
  tapped.tick({.pressed = kGrab});
  EXPECT_EQ(tapped.verdict(), Verdict::kSuccess);
  World beyond(far, {Family::kPickUp, 0});
  beyond.tick({.pressed = kGrab});
  EXPECT_FALSE(beyond.is_over());
  World aside(near, {Family::kPickUp, 0});
  aside.tick({.dx = from_degrees(14), .pressed = kGrab});
  EXPECT_FALSE(aside.is_over());
}

TEST(PlayhouseJudge, PickingUpAnotherObjectIsWrong) {
  const Scene scene = scene_with_cone_at(from_cm(140));
  World world(scene, {Family::kPickUp, 3});
  world.tick({.pressed = kGrab});
  EXPECT_EQ(world.verdict(), Verdict::kWrongObject);
  EXPECT_EQ(outcome_of(world).reason, "picked up the red cone, asked for the yellow ball");
}

TEST(PlayhouseJudge, GrabMeansNothingInOtherFamilies) {
  const Scene scene = scene_with_cone_at(from_cm(140));
  World world(scene, {Family::kGoTo, 3});
  world.tick({.pressed = kGrab});
  EXPECT_FALSE(world.is_over());
}

TEST(PlayhouseJudge, TimeRunsOutWithAReason) {
  const Scene scene = scene_with_cone_at(3 * kMetre);
  World world(scene, {Family::kGoTo, 0, 90});
  run(world, kStill, 90);
  EXPECT_EQ(world.verdict(), Verdict::kTimeout);
  const Outcome outcome = outcome_of(world);
  EXPECT_TRUE(outcome.truncated);
  EXPECT_FALSE(outcome.terminated);
  EXPECT_EQ(outcome.reason, "time ran out after 1.5 s before the red cone was reached");
  EXPECT_TRUE(outcome.object.empty());
}

}  // namespace
}  // namespace atl::envs::playhouse
