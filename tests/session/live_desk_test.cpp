// The person at the recorder of a live session: what they ask for, and what they are warned of.
#include "session/live_desk.h"

#include "session/live_session.h"
#include "session/recording_watch.h"
#include "session/trace.h"
#include "tests/session/live_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace atl::session {
namespace {

using session_test::kRateHz;
using session_test::LiveCountingWorld;
using session_test::request_for;

// What a person asks at the desk of the recorder, at given times after the first look.
class ScriptedDesk final : public LiveDesk {
 public:
  explicit ScriptedDesk(std::vector<std::pair<int, DeskWish>> wishes) : wishes_(std::move(wishes)) {}
  [[nodiscard]] std::vector<DeskWish> poll_wishes() override {
    ++num_polls_;
    std::vector<DeskWish> due;
    for (const auto& [at, wish] : wishes_)
      if (at == num_polls_) due.push_back(wish);
    return due;
  }
  [[nodiscard]] bool is_own(Control control) const override { return control == control_named("insert"); }
  void show(const DeskStatus& status) override { shown.push_back(status); }
  std::vector<DeskStatus> shown;

 private:
  std::vector<std::pair<int, DeskWish>> wishes_;
  int num_polls_ = 0;
};

// Keeps every part of an episode that a pause cuts.
class PartsSink final : public EpisodeSink {
 public:
  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override {
    current_.begin(start, instruction);
  }
  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override { current_.add_frame(entry, pixels); }
  void add_action(const datasets::RecordedAction& action) override { current_.add_action(action); }
  void add_event(const InputEvent& event) override { current_.add_event(event); }
  void add_drop(const datasets::DropNote& drop) override { current_.add_drop(drop); }
  void end(const datasets::EpisodeEnd& end, const Instruction& instruction) override {
    current_.end(end, instruction);
    parts.push_back(current_.trace);
  }
  std::vector<EpisodeTrace> parts;

 private:
  TraceSink current_;
};

TEST(LiveSession, APauseIsNotRecordedAndTheEpisodeGoesOnAfterIt) {
  LiveCountingWorld world(kRateHz);
  LiveConfig config;
  config.limit_s = 0.4;
  ScriptedDesk desk({{10, DeskWish::kPause}, {30, DeskWish::kPause}});
  LiveSession session(world, nullptr, config, &desk);
  PartsSink sink;
  const EpisodeResult result = session.run(request_for("1000", 100.0), &sink);
  EXPECT_EQ(result.verdict, envs::Verdict::kTimeout);
  ASSERT_EQ(sink.parts.size(), 2u);
  EXPECT_EQ(sink.parts[0].end.reason, kPaused);
  EXPECT_EQ(sink.parts[0].end.verdict, "aborted");
  EXPECT_FALSE(sink.parts[0].start.goes_on);
  EXPECT_TRUE(sink.parts[1].start.goes_on);
  EXPECT_EQ(sink.parts[0].start.instruction, sink.parts[1].start.instruction);
  EXPECT_EQ(sink.parts[1].actions.front().step, 0u);
  const Duration pause = sink.parts[1].start.time - sink.parts[0].end.time;
  EXPECT_GE(to_ms(pause), 19 * 20.0) << "20 looks at the desk, 20 ms between two";
  for (const auto& frame : sink.parts[1].frames) EXPECT_GE(frame.done, sink.parts[0].end.time);
  const auto paused = [](const DeskStatus& status) { return status.is_paused; };
  EXPECT_GE(std::count_if(desk.shown.begin(), desk.shown.end(), paused), 20);
}

TEST(LiveSession, ThePersonAtTheDeskSaysHowItEnded) {
  const std::tuple<DeskWish, envs::Verdict, SuccessMark, bool> cases[] = {
      {DeskWish::kSuccess, envs::Verdict::kSuccess, SuccessMark::kSucceeded, false},
      {DeskWish::kFailure, envs::Verdict::kFailed, SuccessMark::kFailed, false},
      {DeskWish::kDiscard, envs::Verdict::kAborted, SuccessMark::kUnknown, true}};
  for (const auto& [wish, verdict, mark, discarded] : cases) {
    LiveCountingWorld world(kRateHz);
    ScriptedDesk desk({{5, wish}});
    LiveSession session(world, nullptr, {}, &desk);
    TraceSink sink;
    const EpisodeResult result = session.run(request_for("1000", 100.0), &sink);
    EXPECT_EQ(result.verdict, verdict);
    EXPECT_EQ(sink.trace.end.judge, "person");
    EXPECT_EQ(sink.trace.end.discarded, discarded);
    EXPECT_EQ(sink.trace.instruction.mark, mark);
  }
}

TEST(LiveSession, WhatWasAskedForBeforeAnEpisodeIsNotForIt) {
  LiveCountingWorld world(kRateHz);
  LiveConfig config;
  config.limit_s = 0.3;
  ScriptedDesk desk({{1, DeskWish::kFailure}});
  LiveSession session(world, nullptr, config, &desk);
  TraceSink sink;
  EXPECT_EQ(session.run(request_for("1000", 100.0), &sink).verdict, envs::Verdict::kTimeout);
  EXPECT_GT(sink.trace.actions.size(), 1u);
}

TEST(LiveSession, KeysOfTheDeskAreNoPartOfTheRecording) {
  LiveCountingWorld world(kRateHz);
  LiveConfig config;
  config.limit_s = 0.3;
  ScriptedDesk desk({});
  LiveSession session(world, nullptr, config, &desk);
  TraceSink sink;
  std::thread person([&] {
    SystemClock clock;
    while (world.ticks < 3) clock.sleep_until(clock.now() + std::chrono::milliseconds(1));
    for (const char* key : {"insert", "a"}) {
      world.press_by_hand(control_named(key), true);
      world.press_by_hand(control_named(key), false);
    }
  });
  static_cast<void>(session.run(request_for("1000", 100.0), &sink));
  person.join();
  ASSERT_EQ(sink.trace.events.size(), 2u);
  for (const InputEvent& event : sink.trace.events) EXPECT_EQ(event.control, control_named("a"));
  for (const datasets::RecordedAction& step : sink.trace.actions)
    EXPECT_EQ(step.action.num_presses(control_named("insert")), 0);
}

TEST(LiveSession, WarnsOfAPictureThatIsBlackOrFrozenAndOfSilence) {
  LiveCountingWorld world(kRateHz);
  world.told = {PictureState::kStill, MonotonicClock::now(), "the picture does not change"};
  LiveConfig config;
  config.limit_s = 1.0;
  config.watch = {.black_s = 0.3, .frozen_s = 0.4, .silent_s = 0.5};
  ScriptedDesk desk({});
  LiveSession session(world, nullptr, config, &desk);
  static_cast<void>(session.run(request_for("1000", 100.0), nullptr));
  const auto warned = [&](const char* text) {
    const auto has = [&](const DeskStatus& status) {
      return std::find(status.warnings.begin(), status.warnings.end(), text) != status.warnings.end();
    };
    const auto first = std::find_if(desk.shown.begin(), desk.shown.end(), has);
    return first == desk.shown.end() ? -1.0 : first->recorded_s;
  };
  EXPECT_GE(warned("the picture does not change"), 0.35);
  EXPECT_GE(warned("no input arrives"), 0.45);
}

TEST(RecordingWatch, WarnsOfWhatTheWorldTellsAfterTheTimeThatWasAskedFor) {
  const RecordingWatch watch({.black_s = 2.0, .frozen_s = 1.0, .silent_s = 0}, from_ns(0), true);
  const PictureHealth still{PictureState::kStill, from_ns(500'000'000), "the picture does not change"};
  EXPECT_TRUE(watch.warnings(from_ns(1'400'000'000), still).empty());
  EXPECT_THAT(watch.warnings(from_ns(1'500'000'000), still), testing::ElementsAre("the picture does not change"));
  const PictureHealth black{PictureState::kBlank, from_ns(500'000'000), "the picture is black"};
  EXPECT_TRUE(watch.warnings(from_ns(1'500'000'000), black).empty());
  EXPECT_THAT(watch.warnings(from_ns(2'500'000'000), black), testing::ElementsAre("the picture is black"));
  const PictureHealth old{PictureState::kStill, from_ns(-9'000'000'000), "the picture does not change"};
  EXPECT_TRUE(watch.warnings(from_ns(900'000'000), old).empty()) << "of before the episode";
  EXPECT_TRUE(watch.warnings(from_ns(9'000'000'000), {}).empty());
}

TEST(LiveSession, WhatTheWorldLostIsDeclaredInTheRecording) {
  LiveCountingWorld world(kRateHz);
  world.lose({MonotonicClock::now(), "input", "before the episode", 1});
  LiveConfig config;
  config.limit_s = 1.0;
  LiveSession session(world, nullptr, config);
  TraceSink sink;
  std::thread system([&] {
    SystemClock clock;
    while (world.ticks < 15) clock.sleep_until(clock.now() + std::chrono::milliseconds(1));
    world.lose({MonotonicClock::now(), "input", "three keys", 3});
  });
  static_cast<void>(session.run(request_for("1000", 100.0), &sink));
  system.join();
  std::vector<datasets::DropNote> drops = sink.trace.drops;
  std::erase_if(drops, [](const datasets::DropNote& note) { return note.where != "input"; });  // of a busy machine
  ASSERT_EQ(drops.size(), 1u);
  EXPECT_EQ(drops[0].reason, "three keys");
  EXPECT_EQ(drops[0].count, 3u);
}

}  // namespace
}  // namespace atl::session
