#include "session/stepped_session.h"

#include "core/error.h"
#include "session/believer.h"
#include "session/trace.h"
#include "tests/session/counting_world.h"

#include <gtest/gtest.h>

namespace atl::session {
namespace {

using session_test::CountingWorld;
using session_test::step_of;

// Answers with the step it saw (dx = step + 1, so that nothing is 0) and the place in the answer (dy).
class EchoPlayer final : public Player {
 public:
  EchoPlayer(PlayerTiming timing, std::size_t chunk) : timing_(timing), chunk_(chunk) {}
  [[nodiscard]] std::string name() const override { return "echo"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] PlayerTiming timing() const override { return timing_; }
  void begin(std::uint64_t) override { told.clear(); }
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet&) override {
    EXPECT_EQ(step_of(observation.frame), observation.step);
    told.emplace_back(observation.instruction);
    std::vector<Action> answer(chunk_);
    for (std::size_t i = 0; i < chunk_; ++i) {
      answer[i].dx = static_cast<std::int32_t>(observation.step) + 1;
      answer[i].dy = static_cast<std::int32_t>(i);
    }
    return answer;
  }
  std::vector<std::string> told;

 private:
  PlayerTiming timing_;
  std::size_t chunk_;
};

struct DelayCase {
  int n;
  int d;
};

class SteppedDelay : public testing::TestWithParam<DelayCase> {};

TEST_P(SteppedDelay, AnswerToStepTStartsAtStepTPlusD) {
  const auto [n, d] = GetParam();
  CountingWorld world;
  EchoPlayer player({n, d}, 8);
  TraceSink sink;
  const EpisodeResult result = run_episode(world, player, {.seed = 1}, &sink);
  ASSERT_EQ(result.num_steps, 30u);
  for (int step = 0; step < 30; ++step) {
    const Action& action = world.taken[static_cast<std::size_t>(step)];
    const datasets::RecordedAction& kept = sink.trace.actions[static_cast<std::size_t>(step)];
    EXPECT_EQ(kept.action, action);
    if (step < d) {
      EXPECT_EQ(action, Action{}) << "step " << step;
      EXPECT_EQ(kept.observed_frame, -1);
      continue;
    }
    const int question = (step - d) / n * n;  // the newest one whose answer has started
    EXPECT_EQ(action.dx, question + 1) << "step " << step;
    EXPECT_EQ(action.dy, step - d - question) << "step " << step;
    EXPECT_EQ(kept.observed_frame, question);
  }
}

INSTANTIATE_TEST_SUITE_P(RatesAndDelays, SteppedDelay,
                         testing::Values(DelayCase{1, 0}, DelayCase{1, 1}, DelayCase{1, 3}, DelayCase{4, 0},
                                         DelayCase{4, 1}, DelayCase{4, 3}, DelayCase{4, 6}),
                         [](const auto& param_info) {
                           return "Every" + std::to_string(param_info.param.n) + "Delay" +
                                  std::to_string(param_info.param.d);
                         });

// Believes the step that it was last asked about, in hundredths.
class BelievingPlayer final : public Player, public Believer {
 public:
  [[nodiscard]] std::string name() const override { return "believing"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] PlayerTiming timing() const override { return {4, 1}; }
  void begin(std::uint64_t) override { asked.clear(); }
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet&) override {
    EXPECT_EQ(step_of(observation.frame), observation.step);
    EXPECT_EQ(observation.instruction, "stand");
    asked.push_back(observation.step);
    return std::vector<Action>(8);
  }
  [[nodiscard]] const Believer* believer() const override { return this; }
  [[nodiscard]] double goal_probability() const override { return static_cast<double>(asked.back()) / 100.0; }
  std::vector<std::uint64_t> asked;
};

// The verdict falls between two questions: without one more nobody would know what was believed at its picture.
TEST(SteppedSession, AsksABelieverAboutTheLastPictureToo) {
  CountingWorld world;
  BelievingPlayer player;
  const EpisodeRequest request{.seed = 1, .task = {}, .player_seed = 0, .instruction = "stand", .keep_beliefs = true};
  const EpisodeResult result = run_episode(world, player, request);
  ASSERT_EQ(result.num_steps, 30u);
  EXPECT_EQ(player.asked, (std::vector<std::uint64_t>{0, 4, 8, 12, 16, 20, 24, 28, 30}));
  ASSERT_EQ(result.beliefs.size(), player.asked.size());
  EXPECT_EQ(result.beliefs.back().step, 30u);
  EXPECT_EQ(result.beliefs.back().goal_probability, 0.30);
  EXPECT_EQ(result.latencies_ms.size(), 8u) << "the last question is no part of the play";
  EXPECT_EQ(result.num_questions, 8u);
  EXPECT_EQ(world.taken.size(), 30u);
}

TEST(SteppedSession, AsksNoMoreThanItPlaysUnlessBeliefsAreKept) {
  CountingWorld world;
  BelievingPlayer player;
  EpisodeRequest request{.seed = 1, .task = {}, .player_seed = 0, .instruction = "stand"};
  EXPECT_TRUE(run_episode(world, player, request).beliefs.empty());
  EXPECT_EQ(player.asked.back(), 28u);
  EchoPlayer echo({4, 1}, 8);
  request.keep_beliefs = true;
  EXPECT_TRUE(run_episode(world, echo, request).beliefs.empty());
  EXPECT_EQ(echo.told.size(), 8u) << "it believes nothing";
}

TEST(SteppedSession, ClosesTheInstructionThatItOpened) {
  CountingWorld world;
  world.start_time = std::chrono::seconds(5);
  EchoPlayer player({4, 1}, 8);
  TraceSink sink;
  static_cast<void>(run_episode(world, player, {.seed = 1}, &sink));
  EXPECT_EQ(sink.trace.start.time, Timestamp(std::chrono::seconds(5)));
  EXPECT_EQ(sink.trace.instruction.begin, sink.trace.start.time);
  EXPECT_EQ(sink.trace.instruction.end, sink.trace.end.time);
}

TEST(SteppedSession, OverrideIsWhatThePlayerIsToldAndTheTaskStays) {
  CountingWorld world;
  EchoPlayer player({4, 1}, 8);
  TraceSink sink;
  EpisodeRequest request{.seed = 3};
  request.task.target = "2";
  for (const std::string told : {"", "press a"}) {
    request.instruction = told;
    const EpisodeResult result = run_episode(world, player, request, &sink);
    EXPECT_EQ(player.told.front(), told);
    EXPECT_EQ(result.told_instruction, told);
    EXPECT_EQ(result.task_instruction, "press space 2 times");
    EXPECT_EQ(sink.trace.start.instruction, "press space 2 times");
    EXPECT_EQ(sink.trace.start.target, "2");
    EXPECT_EQ(sink.trace.instruction.text, told);
    EXPECT_EQ(sink.trace.instruction.mark, SuccessMark::kUnknown);
  }
  request.instruction.reset();
  static_cast<void>(run_episode(world, player, request, &sink));
  EXPECT_EQ(player.told.front(), "press space 2 times");
  EXPECT_EQ(sink.trace.instruction.mark, SuccessMark::kFailed);
}

TEST(SteppedSession, KeepsAPictureForEveryStepAndTheLastOne) {
  CountingWorld world;
  EchoPlayer player({1, 0}, 1);
  TraceSink sink;
  const EpisodeResult result = run_episode(world, player, {.seed = 5}, &sink);
  ASSERT_EQ(sink.trace.frames.size(), result.num_steps + 1);
  for (std::size_t i = 0; i < sink.trace.frames.size(); ++i) {
    EXPECT_EQ(sink.trace.frames[i].step, i);
    EXPECT_EQ(sink.trace.frames[i].kind, datasets::FrameKind::kReplay);
    EXPECT_NE(sink.trace.frames[i].pixel_hash, 0u);
  }
  EXPECT_EQ(sink.trace.end.verdict, "timeout");
  EXPECT_EQ(sink.trace.end.end_hash, result.end_hash);
  EXPECT_NE(result.start_hash, result.end_hash);
}

TEST(SteppedSession, RefusesAnAnswerShorterThanOneQuestion) {
  CountingWorld world;
  EchoPlayer player({4, 0}, 3);
  try {
    static_cast<void>(run_episode(world, player, {.seed = 5}));
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("answered with 3 actions, expected at least 4"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace atl::session
