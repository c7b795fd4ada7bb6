#include "session/replay.h"

#include "session/demo_player.h"
#include "session/expert_player.h"
#include "session/stepped_session.h"
#include "tests/session/counting_world.h"

#include <gtest/gtest.h>

#include <set>

namespace atl::session {
namespace {

using session_test::CountingWorld;

EpisodeTrace record(CountingWorld& world, std::uint64_t seed) {
  ExpertPlayer expert(world, {});
  TraceSink sink;
  static_cast<void>(run_episode(world, expert, {.seed = seed, .player_seed = seed}, &sink));
  return sink.trace;
}

TEST(Replay, EpisodesAreEqualToTheirEndsFailuresIncluded) {
  CountingWorld world;
  std::set<std::string> verdicts;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const EpisodeTrace trace = record(world, seed);
    verdicts.insert(trace.end.verdict);
    const ReplayResult result = replay_episode(world, trace);
    EXPECT_TRUE(result.is_equal()) << result.differences.front();
    EXPECT_EQ(result.num_frames_compared, trace.actions.size() + 1);
  }
  EXPECT_TRUE(verdicts.count("success") == 1 && verdicts.count("failed") == 1);
}

TEST(Replay, NamesWhatDiffers) {
  CountingWorld world;
  const EpisodeTrace good = record(world, 2);
  const auto first_difference = [&](auto change) {
    EpisodeTrace trace = good;
    change(trace);
    const ReplayResult result = replay_episode(world, trace);
    return result.is_equal() ? std::string("none") : result.differences.front();
  };
  const auto expect = [](const std::string& found, std::string_view part) {
    EXPECT_NE(found.find(part), std::string::npos) << found;
  };
  EXPECT_EQ(first_difference([](EpisodeTrace&) {}), "none");
  expect(first_difference([](EpisodeTrace& t) { t.start.seed = 3; }), "start hash");
  expect(first_difference([](EpisodeTrace& t) { t.start.goes_on = true; }), "where an earlier episode stood");
  expect(first_difference([](EpisodeTrace& t) { t.frames[1].pixel_hash ^= 1; }), "picture of step 1");
  expect(first_difference([](EpisodeTrace& t) { t.actions[0].action.dx += 1; }), "end hash");
  expect(first_difference([](EpisodeTrace& t) { t.end.verdict = "timeout"; }), "verdict: timeout (recorded)");
  expect(first_difference([](EpisodeTrace& t) { t.end.reason = "luck"; }), "reason: \"luck\"");
  expect(first_difference([](EpisodeTrace& t) { t.actions.pop_back(); }), "steps:");
  expect(first_difference([](EpisodeTrace& t) { t.actions.push_back(t.actions.back()); }), "the world ended");
}

TEST(Replay, AbortedEpisodeIsComparedAsFarAsItGoes) {
  CountingWorld world;
  EpisodeTrace trace = record(world, 2);
  trace.actions.resize(1);
  trace.end = {};
  trace.end.num_steps = 1;
  trace.end.verdict = "aborted";
  const ReplayResult result = replay_episode(world, trace);
  EXPECT_TRUE(result.is_equal()) << result.differences.front();
  EXPECT_EQ(result.num_frames_compared, 2u);
}

TEST(Replay, DemoPlayerDoesTheSameAgain) {
  CountingWorld world;
  const EpisodeTrace trace = record(world, 4);
  std::vector<Action> actions;
  for (const datasets::RecordedAction& step : trace.actions) actions.push_back(step.action);
  DemoPlayer demo("demo", actions);
  const EpisodeResult result = run_episode(world, demo, {.seed = 4});
  EXPECT_EQ(to_string(result.verdict), trace.end.verdict);
  EXPECT_EQ(result.end_hash, trace.end.end_hash);
}

}  // namespace
}  // namespace atl::session
