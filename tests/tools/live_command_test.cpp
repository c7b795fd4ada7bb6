// Live worlds end to end: a player in a captured window on a display of its own, recorded, and proved.
#include "core/error.h"
#include "core/files.h"
#include "datasets/check.h"
#include "datasets/reader.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "envs/desktop/game/live_game.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"
#include "evaluation/suite.h"
#include "session/demo_player.h"
#include "session/live_session.h"
#include "session/recording_sink.h"
#include "session/trace.h"
#include "tests/display/xvfb.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace atl::tools_test {
namespace {

void expect_ok(const std::filesystem::path& recording) {
  const datasets::RecordingCheck check = datasets::check_recording(recording, video::video_reader_factory());
  EXPECT_EQ(check.verdict, datasets::RecordingVerdict::kOk) << testing::PrintToString(check.problems);
}

// What the clean expert does in the stepped world, and the task as the world drew it.
struct ExpertEpisode {
  envs::Task task;
  std::vector<Action> actions;
};

ExpertEpisode play_stepped(std::uint64_t seed) {
  const auto world = envs::create_playhouse({});
  envs::Task task;
  task.family = "go to";
  static_cast<void>(world->reset(seed, task));
  ExpertEpisode episode{world->task(), {}};
  const auto expert = world->oracle()->create_expert(1, {});
  while (!world->outcome().is_over()) {
    episode.actions.push_back(expert->next());
    static_cast<void>(world->step(episode.actions.back()));
  }
  EXPECT_EQ(world->outcome().verdict, envs::Verdict::kSuccess);
  return episode;
}

TEST(LiveWindow, ExpertsDemoReachesItsGoalInTheCapturedWindow) {
  constexpr std::uint64_t kEpisodes = 4;
  envs::desktop::LiveGameConfig config;
  config.display = envs::desktop::DisplayChoice::kVirtual;
  const auto world = envs::desktop::create_live_game("playhouse_window", config);
  const TemporaryFolder folder;
  datasets::RecordingOptions options;
  options.folder = folder.path() / "r";
  options.facts = world->spec().facts;
  options.video = video::video_writer_factory({.queue_capacity = 30});
  const auto writer = datasets::RecordingWriter::create(std::move(options));
  session::RecordingSink sink(*writer, true);

  std::uint64_t num_successes = 0;
  std::uint64_t num_equal = 0;
  std::uint64_t num_steps = 0;
  for (std::uint64_t i = 0; i < kEpisodes; ++i) {
    const std::uint64_t seed = envs::seed_in(envs::SeedRange::kDevelopment, i);
    const ExpertEpisode expert = play_stepped(seed);
    session::DemoPlayer demo("demo", expert.actions, {4, 1});
    session::LiveSession session(*world, &demo, {});
    session::EpisodeRequest request;
    request.seed = seed;
    request.task = expert.task;
    const session::EpisodeResult result = session.run(request, &sink);
    EXPECT_EQ(result.told_instruction, expert.task.instruction);
    num_successes += result.verdict == envs::Verdict::kSuccess ? 1 : 0;
  }
  static_cast<void>(writer->close());
  // The demo sees nothing; that it arrives shows that its steps fall where they did in the stepped world. A busy
  // machine may cost one.
  EXPECT_GE(num_successes, kEpisodes - 1);
  expect_ok(folder.path() / "r");

  // What was carried out is what was asked for, one step later, as declared.
  const auto reader = datasets::RecordingReader::open(folder.path() / "r");
  for (std::size_t i = 0; i < kEpisodes; ++i) {
    const ExpertEpisode expert = play_stepped(reader->episodes()[i].start.seed);
    for (const datasets::RecordedAction& step : reader->actions(i)) {
      if (step.step == 0 || step.step > expert.actions.size()) continue;
      ++num_steps;
      const Action& asked = expert.actions[step.step - 1];
      num_equal += step.action.dx == asked.dx && step.action.held == asked.held ? 1 : 0;
    }
  }
  EXPECT_GE(num_equal, num_steps * 9 / 10) << "of " << num_steps;
}

// tools/studies/live.sh does the same with more episodes.
TEST(LiveWindow, TicksOfLiveEpisodesGiveTheSameStatesVerdictsAndPicturesStepped) {
  constexpr std::uint64_t kEpisodes = 4;
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const std::string log = (folder.path() / "ticks.jsonl").string();
  const ProgramResult play =
      run_atoll({"play", "playhouse-window", "--policy", "random", "--suite", "playhouse-basics", "--episodes",
                 std::to_string(kEpisodes), "--seconds", "2", "--set", "world.display=virtual", "--set",
                 "world.arguments=[\"--log\", \"" + log + "\"]", "--out", out});
  if (play.err.find("needs LibTorch") != std::string::npos) GTEST_SKIP() << "this build has no policies";
  ASSERT_EQ(play.exit_code, 0) << play.err;
  const auto check = [&](const std::string& ticks) { return run_atoll({"check", out, "--ticks", ticks, "--json"}); };
  const ProgramResult checked = check(log);
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  const auto agreement = nlohmann::json::parse(checked.out).at("agreement");
  EXPECT_EQ(agreement.at("episodes"), kEpisodes);
  EXPECT_EQ(agreement.at("equal_episodes"), kEpisodes);
  EXPECT_GE(agreement.at("pictures"), 20 * kEpisodes / 2);
  EXPECT_EQ(agreement.at("equal_pictures"), agreement.at("pictures"));
  EXPECT_GE(agreement.at("distinct_pictures"), 10) << "nothing moved";

  // One count of mouse motion less, and it shows.
  std::vector<envs::desktop::LoggedEpisode> episodes = envs::desktop::read_tick_log(log);
  const auto moved = std::find_if(episodes[1].ticks.begin(), episodes[1].ticks.end(),
                                  [](const envs::playhouse::PlayerInputs& tick) { return tick[0].dx != 0; });
  ASSERT_NE(moved, episodes[1].ticks.end());
  (*moved)[0].dx -= 1;
  std::string changed;
  for (const envs::desktop::LoggedEpisode& episode : episodes) changed += to_line(episode) + "\n";
  const std::string other = (folder.path() / "other.jsonl").string();
  write_file_atomically(other, changed);
  const ProgramResult refused = check(other);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(nlohmann::json::parse(refused.out).at("agreement").at("equal_episodes"), kEpisodes - 1) << refused.out;
}

// tools/studies/windowed.sh does the same with 500 episodes.
TEST(LiveWindow, TheExpertPlaysInTheWindowAndItsInputsSentAgainEndAlike) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const std::string log = (folder.path() / "ticks.jsonl").string();
  const std::string world = "playhouse-window/flat,reskin=3";
  const ProgramResult recorded =
      run_atoll({"record", world, "--player", "expert", "--task", "pick up", "--task", "drop", "--episodes", "3",
                 "--set", "expert.noise=0", "--set", "world.display=virtual", "--set",
                 "world.arguments=[\"--log\", \"" + log + "\"]", "--out", out, "--json"});
  ASSERT_EQ(recorded.exit_code, 0) << recorded.err;
  const auto first = nlohmann::json::parse(recorded.out).at("episodes");
  ASSERT_EQ(first.size(), 3u);
  const auto reader = datasets::RecordingReader::open(out);
  EXPECT_EQ(reader->facts().world, world);
  const envs::PlayhouseOptions options{.episode = envs::playhouse_named("playhouse/flat,reskin=3")};
  EXPECT_EQ(reader->facts().world_version, envs::playhouse_spec(options).facts.world_version);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first[i].at("expected"), "success");
    EXPECT_EQ(reader->episodes()[i].start.player, "expert");
    EXPECT_FALSE(reader->episodes()[i].start.target.empty()) << "the task as the world drew it";
    bool did_something = false;
    for (const InputEvent& event : reader->inputs(i)) did_something |= event.origin == Origin::kExpert;
    EXPECT_TRUE(did_something);
  }
  const ProgramResult checked = run_atoll({"check", out, "--ticks", log});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;

  const ProgramResult again =
      run_atoll({"play", world, "--policy", "demo:" + out, "--set", "world.display=virtual", "--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  int num_alike = 0;
  const auto second = nlohmann::json::parse(again.out).at("episodes");
  ASSERT_EQ(second.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(second[i].at("seed"), first[i].at("seed"));
    EXPECT_EQ(second[i].at("instruction"), first[i].at("instruction"));
    EXPECT_EQ(second[i].at("expected"), first[i].at("verdict"));
    num_alike += second[i].at("verdict") == first[i].at("verdict") ? 1 : 0;
  }
  EXPECT_GE(num_alike, 2) << "a busy machine may cost one";

  const ProgramResult elsewhere =
      run_atoll({"play", "playhouse-window/flat", "--policy", "demo:" + out, "--set", "world.display=virtual"});
  EXPECT_EQ(elsewhere.exit_code, 2);
  EXPECT_THAT(elsewhere.err, testing::HasSubstr("was recorded in the world " + world));
  const ProgramResult too_many = run_atoll({"play", world, "--policy", "demo:" + out, "--episodes", "4"});
  EXPECT_EQ(too_many.exit_code, 2);
  EXPECT_THAT(too_many.err, testing::HasSubstr("has 3 episodes to play again, --episodes asks for 4"));
}

TEST(LiveWindow, InterruptedPlayLeavesAWholeRecordingAndSucceeds) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  Program program({"play", "playhouse-window", "--policy", "random", "--episodes", "1000", "--seconds", "2", "--out",
                   out, "--set", "world.display=virtual"});
  const bool plays = program.wait_for_stderr("episodes/s", 90.0);
  if (!plays && program.wait_for_stderr("needs LibTorch", 0.0)) GTEST_SKIP() << "this build has no policies";
  ASSERT_TRUE(plays);
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_ok(out);
  const auto reader = datasets::RecordingReader::open(out);
  ASSERT_FALSE(reader->episodes().empty());
  EXPECT_EQ(reader->facts().clock, "monotonic");
  for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
    const Action all = summarise(reader->inputs(i), {});
    EXPECT_TRUE(all.held.none()) << "episode " << i << " ends with something down";
    EXPECT_FALSE(reader->episodes()[i].start.target.empty()) << "the task as the world drew it";
  }
}

TEST(LiveWindow, APolicyElsewherePlaysAndItsDeathEndsTheSessionWithAReason) {
  const TemporaryFolder folder;
  const std::string address = "ipc://" + (folder.path() / "socket").string();
  Program server({"serve", "random", "--address", address});
  const Timestamp deadline = MonotonicClock::now() + std::chrono::minutes(1);
  while (!std::filesystem::exists(folder.path() / "socket") && MonotonicClock::now() < deadline)
    if (server.wait_for_stderr("needs LibTorch", 0.1)) GTEST_SKIP() << "this build has no policies";
  Program program({"play", "playhouse-window", "--policy", "remote:" + address, "--episodes", "1000", "--seconds", "2",
                   "--set", "world.display=virtual"});
  ASSERT_TRUE(program.wait_for_stderr("episodes/s", 90.0));
  server.send_signal(SIGKILL);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, testing::HasSubstr("the server at " + address + " has been silent for"));
}

TEST(LiveWindow, SeedsOfASuiteAreThoseThatWereAskedFor) {
  const auto play = [](const char* seeds) {
    return run_atoll({"play", "playhouse-window", "--policy", "random", "--suite", "playhouse-basics", "--seeds", seeds,
                      "--seconds", "0.5", "--set", "world.display=virtual", "--json"});
  };
  const ProgramResult training = play("training");
  EXPECT_EQ(training.exit_code, 2);
  EXPECT_THAT(training.err, testing::HasSubstr("not on --seeds training"));
  const ProgramResult result = play("development");
  if (result.err.find("needs LibTorch") != std::string::npos) GTEST_SKIP() << "this build has no policies";
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report.at("episodes").at(0).at("seed"), envs::seed_in(envs::SeedRange::kDevelopment, 0));
}

// The task is drawn by the level and look of the window's name, suite or not, and what was drawn is recorded.
TEST(LiveWindow, ASuiteIsPlayedInTheWindowOfItsLevelInAnyLook) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const auto play = [&](const char* world) {
    return run_atoll({"play", world, "--policy", "random", "--suite", "playhouse-house", "--episodes", "4", "--seconds",
                      "0.5", "--set", "world.display=virtual", "--out", out});
  };
  for (const char* other : {"playhouse-window", "playhouse-window/flat", "doom"}) {
    const ProgramResult refused = play(other);
    EXPECT_EQ(refused.exit_code, 2) << other;
    EXPECT_THAT(refused.err, testing::HasSubstr("is for the world playhouse/house"));
  }
  const ProgramResult result = play("playhouse-window/house,reskin=3");
  if (result.err.find("needs LibTorch") != std::string::npos) GTEST_SKIP() << "this build has no policies";
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const evaluation::Suite suite = evaluation::load_suite("playhouse-house");
  const auto stepped = envs::create_playhouse({.frame = {8, 8}, .episode = envs::playhouse_named("playhouse/house")});
  const auto reader = datasets::RecordingReader::open(out);
  ASSERT_EQ(reader->episodes().size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const datasets::EpisodeStart& start = reader->episodes()[i].start;
    static_cast<void>(stepped->reset(start.seed, evaluation::make_task(suite.tasks[i])));
    EXPECT_EQ(start.target, stepped->task().target);
    EXPECT_EQ(start.instruction, stepped->task().instruction);
    EXPECT_EQ(start.time_limit_s, 0.5);
  }
}

}  // namespace
}  // namespace atl::tools_test
