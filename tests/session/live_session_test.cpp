#include "session/live_session.h"

#include "core/error.h"
#include "session/demo_player.h"
#include "session/live_keeper.h"
#include "session/policy_player.h"
#include "session/trace.h"
#include "tests/session/live_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <thread>

namespace atl::session {
namespace {

using session_test::kRateHz;
using session_test::LiveCountingWorld;
using session_test::request_for;
using session_test::SlowPlayer;
using session_test::step_of;
using testing::HasSubstr;

// Remembers which picture it saw at which step.
class LookingPlayer final : public Player {
 public:
  [[nodiscard]] std::string name() const override { return "looking"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] PlayerTiming timing() const override { return {1, 1}; }
  void begin(std::uint64_t) override { seen.clear(); }
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet&) override {
    seen[observation.step] = hash_pixels(observation.frame);
    return std::vector<Action>(2);
  }
  std::map<std::uint64_t, std::uint64_t> seen;
};

TEST(LiveSession, PlaysToTheVerdictAndKeepsEveryStep) {
  LiveCountingWorld world(kRateHz);
  SlowPlayer player({4, 2}, [](int) { return Duration::zero(); });
  LiveSession session(world, &player, {});
  TraceSink sink;
  const EpisodeResult result = session.run(request_for("20", 100.0), &sink);
  EXPECT_EQ(result.verdict, envs::Verdict::kSuccess) << result.reason;
  EXPECT_EQ(sink.trace.end.verdict, "success");
  EXPECT_EQ(sink.trace.instruction.mark, SuccessMark::kSucceeded);
  EXPECT_EQ(sink.trace.actions.size(), result.num_steps);
  EXPECT_GE(result.num_steps, 20u);

  // What was really pressed, not what was planned: 20 taps, all of them by the agent, and all of "a" let go at the end.
  int taps = 0;
  for (std::size_t i = 0; i < sink.trace.actions.size(); ++i) {
    const datasets::RecordedAction& step = sink.trace.actions[i];
    EXPECT_EQ(step.step, i);
    EXPECT_EQ(step.origin, Origin::kAgent);
    taps += step.action.num_presses(control_named("space"));
  }
  EXPECT_GE(taps, 20);
  const Action all = summarise(sink.trace.events, {});
  EXPECT_TRUE(all.held.none()) << "something is still held at the end of the recording";
}

TEST(LiveSession, PromptPlayerIsAskedEveryNStepsAndMissesNothing) {
  LiveCountingWorld world(kRateHz);
  SlowPlayer player({4, 2}, [](int) { return std::chrono::milliseconds(5); });
  LiveSession session(world, &player, {});
  EXPECT_GE(session.measured_latency_ms(), 5.0);
  player.asked_at.clear();
  TraceSink sink;
  const EpisodeResult result = session.run(request_for("60", 100.0), &sink);
  EXPECT_GE(result.num_questions, 10u);
  // The machine may be busy; but a player that is four times faster than it has to be seldom comes too late.
  EXPECT_LE(result.num_misses, result.num_questions / 3);
  for (const std::uint64_t step : player.asked_at) EXPECT_EQ(step % 4, 0u);
  for (const double latency_ms : result.latencies_ms) EXPECT_GE(latency_ms, 5.0);
  for (const TimedChunk& chunk : world.scheduled) {
    EXPECT_TRUE(chunk.actions.size() != 8 || chunk.first_step % 4 == 2) << "a chunk in time starts at t + 2";
  }
}

TEST(LiveSession, SlowAnswersAreCountedAndNobodyWaitsForThem) {
  LiveCountingWorld world(kRateHz);
  // From the third question on three times slower than the declared delay; the trials before the start are fast.
  bool is_slow = false;
  SlowPlayer player({4, 2}, [&](int question) -> Duration {
    return is_slow && question >= 2 ? std::chrono::milliseconds(120) : std::chrono::milliseconds(1);
  });
  LiveSession session(world, &player, {});
  is_slow = true;
  TraceSink sink;
  const EpisodeResult result = session.run(request_for("1000", 6.0), &sink);  // 90 steps
  EXPECT_EQ(result.verdict, envs::Verdict::kTimeout);
  EXPECT_EQ(world.ticks, 90u) << "the world went on at its own rate";
  EXPECT_GE(result.num_misses, result.num_questions / 2);
  EXPECT_GT(session.statistics().num_unseen, 0u);

  std::uint64_t num_missed_steps = 0;
  for (const datasets::RecordedAction& step : sink.trace.actions) num_missed_steps += step.missed ? 1 : 0;
  EXPECT_GE(num_missed_steps, sink.trace.actions.size() / 3);
  // A late answer still keeps its own clock: it is handed over without the actions whose steps have begun.
  bool any_cut = false;
  for (const TimedChunk& chunk : world.scheduled) any_cut |= chunk.actions.size() > 1 && chunk.actions.size() < 8;
  EXPECT_TRUE(any_cut);
}

// A policy that thinks for longer than its contract's delay, and for longer than the time between two questions.
class SlowPolicy final : public agent::Policy {
 public:
  explicit SlowPolicy(const LiveCountingWorld& world) : world_(world) {
    contract_.frame_width_px = 16;
    contract_.frame_height_px = 12;
    contract_.action_rate_hz = kRateHz;
    contract_.controls = {"space"};
    contract_.actions_per_policy_step = 4;
    contract_.delay_steps = 2;
  }
  [[nodiscard]] const PolicyContract& contract() const override { return contract_; }
  void reset(std::uint64_t) override {}
  [[nodiscard]] agent::PolicyAnswer act(ImageView frame, std::string_view, const ControlSet&) override {
    most_at_once = std::max(most_at_once.load(), ++at_once_);
    if (think > Duration::zero()) {
      seen.push_back(step_of(frame));
      lags.push_back(world_.ticks - std::min<std::uint64_t>(world_.ticks, step_of(frame)));
      clock_.sleep_until(MonotonicClock::now() + think);
    }
    --at_once_;
    return {.chunk = std::vector<Action>(8), .goal_probability = 0.0};
  }

  Duration think{};                  // zero: answers at once
  std::atomic<int> most_at_once{0};  // questions
  std::vector<std::uint64_t> seen;   // the step that each question's picture shows
  std::vector<std::uint64_t> lags;   // and how much further the world was by then

 private:
  const LiveCountingWorld& world_;
  PolicyContract contract_;
  std::atomic<int> at_once_{0};
  SystemClock clock_;
};

TEST(LiveSession, APolicyUnderLoadMissesItsDelayAndNothingQueuesUp) {
  LiveCountingWorld world(kRateHz);
  auto owned = std::make_unique<SlowPolicy>(world);
  SlowPolicy& policy = *owned;
  PolicyPlayer player(std::move(owned), "slow", world.spec());
  LiveSession session(world, &player, {});
  policy.think = std::chrono::milliseconds(200);  // 10 steps: the delay is 2, and a question comes every 4
  const EpisodeResult result = session.run(request_for("1000", 10.0), nullptr);
  ASSERT_GE(world.ticks, 150u) << "the world went on at its own rate";

  // Missed and counted: every question that was due, asked late or never.
  EXPECT_EQ(result.num_misses, result.num_questions);
  EXPECT_GE(result.num_questions, 30u);
  EXPECT_LE(policy.seen.size(), 20u) << "one after another, each for 10 steps";
  EXPECT_EQ(result.latencies_ms.size(), policy.seen.size());

  // Never queued: one question at a time, about the newest picture, and those in between are dropped and counted.
  EXPECT_EQ(policy.most_at_once.load(), 1);
  std::uint64_t num_shown = 1;  // at step 0, where the camera needs no look
  for (const LiveStatistics::Capture& look : session.statistics().captures.kept())
    num_shown += look.step % 4 == 0 ? 1 : 0;
  const std::uint64_t num_accounted = policy.seen.size() + session.statistics().num_unseen;
  EXPECT_LE(num_accounted, num_shown);
  EXPECT_GE(num_accounted + 1, num_shown) << "but for the one that waited when the session ended";
  for (std::size_t i = 1; i < policy.seen.size(); ++i) EXPECT_GT(policy.seen[i], policy.seen[i - 1]);
  // A queue would lag by 6 more steps with each question, and stand at step 60 of 150 in the end.
  std::vector<std::uint64_t> lags = policy.lags;
  std::sort(lags.begin(), lags.end());
  EXPECT_LE(lags[lags.size() / 2], 8u) << "steps behind the world, in the middle; 4 where the machine is quiet";
  EXPECT_GE(policy.seen.back(), 100u);

  // Its 8 actions from t + 2 on have gone by when an answer is there: none is done late.
  for (const TimedChunk& chunk : world.scheduled) {
    EXPECT_TRUE(chunk.actions.size() == 1 && chunk.actions[0].held.none()) << "but the release at the end";
  }
}

TEST(LiveSession, AnswersStartAtTPlusD) {
  LiveCountingWorld world(kRateHz);
  SlowPlayer player({4, 3}, [](int) { return Duration::zero(); });
  LiveSession session(world, &player, {});
  TraceSink sink;
  static_cast<void>(session.run(request_for("40", 100.0), &sink));
  int num_checked = 0;
  int num_right = 0;
  for (const datasets::RecordedAction& step : sink.trace.actions) {
    if (step.missed || step.observed_frame < 0 || step.action.dx == 0) continue;
    const std::uint64_t question = (step.step - 3) / 4 * 4;
    num_right += step.action.dx == static_cast<std::int32_t>(question) + 1 ? 1 : 0;
    ++num_checked;
  }
  EXPECT_GE(num_checked, 20);
  // A world whose thread was held up carries a step out in the next one; that is the machine's doing, and seldom.
  EXPECT_GE(num_right, num_checked * 8 / 10);
}

TEST(LiveSession, RefusesAPlayerThatCannotMeetItsDelay) {
  LiveCountingWorld world(kRateHz);
  SlowPlayer player({4, 1}, [](int) { return std::chrono::milliseconds(30); });
  try {
    LiveSession session(world, &player, {});
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kContract);
    EXPECT_THAT(error.what(), HasSubstr("player slow needs 3"));
    EXPECT_THAT(error.what(), HasSubstr("declared delay of 1 steps at 50 Hz leaves 18.0 ms"));
  }
  SlowPlayer undelayed({1, 0}, [](int) { return Duration::zero(); });
  EXPECT_THROW(LiveSession(world, &undelayed, {}), Error);
}

TEST(LiveSession, PersonsHandIsRecordedAsTheirs) {
  LiveCountingWorld world(kRateHz);
  LiveConfig config;
  config.limit_s = 0.6;
  LiveSession session(world, nullptr, config);
  TraceSink sink;
  std::thread hand([&] {
    const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(10);
    while (world.ticks < 5 && MonotonicClock::now() < deadline) std::this_thread::yield();
    world.press_by_hand(control_named("space"), true);
    while (world.ticks < 15 && MonotonicClock::now() < deadline) std::this_thread::yield();
    world.press_by_hand(control_named("space"), false);
  });
  const EpisodeResult result = session.run(request_for("1000", 100.0), &sink);
  hand.join();
  EXPECT_TRUE(world.scheduled.empty());
  EXPECT_EQ(result.verdict, envs::Verdict::kTimeout);
  EXPECT_EQ(sink.trace.start.player, "human");
  std::size_t num_held = 0;
  for (const datasets::RecordedAction& step : sink.trace.actions) {
    EXPECT_EQ(step.origin, Origin::kHuman);
    num_held += step.action.is_held(control_named("space")) ? 1 : 0;
  }
  EXPECT_GE(num_held, 8u);
  EXPECT_LE(num_held, 14u);
  ASSERT_EQ(sink.trace.events.size(), 2u);
}

TEST(LiveSession, RecordsPicturesAndHeartbeatsOncePerStep) {
  LiveCountingWorld world(kRateHz);
  LiveConfig config;
  config.limit_s = 0.6;
  LiveSession session(world, nullptr, config);
  TraceSink sink;
  world.show_every = 3;
  static_cast<void>(session.run(request_for("1000", 100.0), &sink));
  std::map<datasets::FrameKind, std::uint64_t> num_of_kind;
  std::set<std::uint64_t> steps;
  for (const datasets::FrameEntry& frame : sink.trace.frames) {
    EXPECT_TRUE(steps.insert(frame.step).second) << "two looks in step " << frame.step;
    if (frame.kind == datasets::FrameKind::kVideo) {
      EXPECT_EQ(frame.sequence, num_of_kind[frame.kind]);
    }
    ++num_of_kind[frame.kind];
  }
  EXPECT_EQ(steps.size() + session.statistics().num_skipped_steps, *steps.rbegin() + 1);
  EXPECT_EQ(num_of_kind[datasets::FrameKind::kHeartbeat], session.statistics().num_heartbeats);
  EXPECT_GE(num_of_kind[datasets::FrameKind::kHeartbeat], 15u) << "of 30 steps, two in three";
  EXPECT_GE(num_of_kind[datasets::FrameKind::kVideo], 7u);
}

// The world draws 200 pictures a second at 10 steps a second; the session takes the pictures between two steps too.
TEST(LiveSession, PicturesBetweenStepsBelongToTheStepWhosePlayerCanSeeThem) {
  LiveCountingWorld world(200.0);
  world.slow_actions(10.0);
  LookingPlayer player;
  LiveConfig config;
  config.limit_s = 1.0;
  config.frame_rate_hz = 60.0;
  LiveSession session(world, &player, config);
  TraceSink sink;
  static_cast<void>(session.run(request_for("100000", 1000.0), &sink));
  const auto& frames = sink.trace.frames;
  ASSERT_GE(frames.size(), 25u) << "about 60 in a second";
  EXPECT_LE(frames.size(), 85u) << "the rate is a cap; a look at a step may come on top of it";
  for (std::size_t i = 1; i < frames.size(); ++i) {
    EXPECT_LE(frames[i - 1].step, frames[i].step);
    EXPECT_LE(frames[i - 1].done, frames[i].done);
    EXPECT_EQ(frames[i].sequence, frames[i - 1].sequence + 1) << "nothing is lost";
  }
  // What the player saw at each step is what a reader finds: the newest picture of that step or before.
  ASSERT_GE(player.seen.size(), 8u);
  for (const auto& [step, hash] : player.seen) {
    const datasets::FrameEntry* newest = nullptr;
    for (const datasets::FrameEntry& frame : frames)
      if (frame.step <= step) newest = &frame;
    ASSERT_NE(newest, nullptr);
    EXPECT_EQ(newest->pixel_hash, hash) << "at step " << step;
  }
}

TEST(LiveSession, PictureOfTheEpisodeBeforeIsNotTheFirstOne) {
  LiveCountingWorld world(kRateHz);
  world.is_late = true;
  SlowPlayer player({4, 2}, [](int) { return Duration::zero(); });
  LiveSession session(world, &player, {});
  TraceSink sink;
  const Timestamp begin = MonotonicClock::now();
  EXPECT_EQ(session.run(request_for("20", 100.0), &sink).verdict, envs::Verdict::kSuccess);
  ASSERT_FALSE(sink.trace.frames.empty());
  for (const datasets::FrameEntry& entry : sink.trace.frames) EXPECT_GE(entry.requested, begin);
}

TEST(LiveSession, ErrorOfThePlayerReachesTheCaller) {
  LiveCountingWorld world(kRateHz);
  bool is_broken = false;
  SlowPlayer player({4, 2}, [&](int) -> Duration {
    if (is_broken) fail(ErrorKind::kContract, "the player broke");
    return Duration::zero();
  });
  LiveSession session(world, &player, {});
  is_broken = true;
  try {
    static_cast<void>(session.run(request_for("1000", 100.0), nullptr));
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the player broke");
  }
  ASSERT_FALSE(world.scheduled.empty()) << "what was held must be let go";
  EXPECT_TRUE(world.scheduled.back().actions.back().held.none());
}

TEST(LiveSession, SaysWhenNoPictureComes) {
  LiveCountingWorld world(kRateHz);
  world.is_dark = true;
  LiveConfig config;
  config.first_picture_s = 0.05;
  LiveSession session(world, nullptr, config);
  try {
    static_cast<void>(session.run(request_for("1", 1.0), nullptr));
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("world counting showed no picture within 0.05 s"));
  }
}

TEST(LiveAsker, WhatWaitsWhenItIsStoppedIsNotAsked) {
  LiveCountingWorld world(kRateHz);
  const ActionClock clock{MonotonicClock::now(), std::chrono::milliseconds(20)};
  const Look look{.step = 4, .frame = std::make_shared<Frame>(make_frame({16, 12})), .sequence = 0, .is_new = true};
  LiveAsker* running = nullptr;
  SlowPlayer player({4, 2}, [&](int question) {
    if (question == 0) running->show(look);
    running->stop();
    return Duration::zero();
  });
  LiveAsker asker(world, player, clock, Duration::zero());
  running = &asker;
  asker.show(look);
  asker.run("press space");
  EXPECT_EQ(player.num_asked, 1);
}

TEST(LiveKeeper, WhatIsToldOfAPictureThatCameAfterItsStepIsNotOlderThanIt) {
  const ActionClock clock{from_ns(1'000'000'000), std::chrono::milliseconds(20)};
  TraceSink sink;
  LiveKeeper keeper(&sink, clock, Origin::kAgent, std::nullopt);
  auto frame = std::make_shared<Frame>(make_frame({8, 8}));
  frame->requested = clock.begin_of(1);
  frame->done = clock.begin_of(2) + std::chrono::milliseconds(3);
  keeper.add_look({.step = 1, .frame = frame, .sequence = 1, .is_new = true});
  keeper.add_look({.step = 2, .frame = frame, .sequence = 1, .is_new = false});
  keeper.add_look({.step = 3, .frame = frame, .sequence = 1, .is_new = false});
  LiveStatistics statistics;
  for (int step = 0; step < 5; ++step) keeper.finish_step(std::nullopt, statistics);
  ASSERT_EQ(sink.trace.frames.size(), 3u);
  EXPECT_EQ(sink.trace.frames[0].done, frame->done);
  EXPECT_EQ(sink.trace.frames[1].done, frame->done);
  EXPECT_EQ(sink.trace.frames[2].done, clock.begin_of(3));
}

}  // namespace
}  // namespace atl::session
