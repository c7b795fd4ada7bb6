#include "core/error.h"
#include "core/files.h"
#include "envs/desktop/playhouse_window/live_episode.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/playhouse/playhouse.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace atl::envs::desktop {
namespace {

using playhouse::PlayerInputs;
using playhouse::TickInput;
using testing::HasSubstr;

using tests::error_of;

Timestamp at_ms(double ms) { return from_ns(5'000'000'000) + from_ms(ms); }

TEST(WindowProtocol, CommandsComeBackAsTheyWere) {
  const Task task{"go to", "held_out_pairs", "go to the red ball", "walk to the red sphere", 3.5};
  const auto reset =
      std::get<ResetCommand>(parse_command(to_line(WindowCommand(ResetCommand{3'298'534'883'327u, task}))));
  EXPECT_EQ(reset.seed, 3'298'534'883'327u);
  EXPECT_EQ(reset.task.family, task.family);
  EXPECT_EQ(reset.task.split, task.split);
  EXPECT_EQ(reset.task.target, task.target);
  EXPECT_EQ(reset.task.instruction, task.instruction);
  EXPECT_EQ(reset.task.time_limit_s, task.time_limit_s);
  EXPECT_TRUE(std::holds_alternative<PauseCommand>(parse_command(to_line(WindowCommand(PauseCommand{})))));
  EXPECT_TRUE(std::holds_alternative<ResumeCommand>(parse_command(to_line(WindowCommand(ResumeCommand{})))));
  EXPECT_TRUE(std::holds_alternative<QuitCommand>(parse_command(to_line(WindowCommand(QuitCommand{})))));
  const auto plain = std::get<ResetCommand>(parse_command(R"({"command": "reset", "seed": 7})"));
  EXPECT_EQ(plain.task.split, "train");
  EXPECT_EQ(plain.from, StartFrom::kSeed);
  for (const StartFrom from : {StartFrom::kSeed, StartFrom::kHere, StartFrom::kAgain})
    EXPECT_EQ(std::get<ResetCommand>(parse_command(to_line(WindowCommand(ResetCommand{7, task, from})))).from, from);
}

TEST(WindowProtocol, EventsComeBackAsTheyWere) {
  const auto opened = std::get<OpenedEvent>(
      parse_event(to_line(WindowEvent(OpenedEvent{.window = 0x200003,
                                                  .frame = {96, 72},
                                                  .world = {.level = "flat", .reskin = 4'000'000'000},
                                                  .scale = 7,
                                                  .agent_view = true,
                                                  .area = {3, 4, 672, 504}}))));
  EXPECT_EQ(opened.window, 0x200003u);
  EXPECT_EQ(opened.frame, (FrameSize{96, 72}));
  EXPECT_EQ(opened.world.level, "flat");
  EXPECT_EQ(opened.world.reskin, 4'000'000'000);
  EXPECT_EQ(opened.scale, 7);
  EXPECT_TRUE(opened.agent_view);
  EXPECT_EQ(opened.area, (WindowGeometry{3, 4, 672, 504}));
  VerdictEvent verdict;
  verdict.outcome.terminated = true;
  verdict.outcome.verdict = Verdict::kWrongObject;
  verdict.outcome.reason = "reached the \"thing\"\n";
  verdict.outcome.object = "red ball";
  verdict.num_ticks = 77;
  verdict.late_ticks = 3;
  verdict.state_hash = 0xfedcba9876543210;
  verdict.time = at_ms(1.5);
  const std::string line = to_line(WindowEvent(verdict));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto back = std::get<VerdictEvent>(parse_event(line));
  EXPECT_EQ(back.outcome.verdict, Verdict::kWrongObject);
  EXPECT_EQ(back.outcome.reason, verdict.outcome.reason);
  EXPECT_EQ(back.outcome.object, "red ball");
  EXPECT_TRUE(back.outcome.terminated);
  EXPECT_EQ(back.num_ticks, 77);
  EXPECT_EQ(back.late_ticks, 3);
  EXPECT_EQ(back.state_hash, verdict.state_hash);
  EXPECT_EQ(back.time, verdict.time);
}

TEST(WindowProtocol, WhatAPersonWishesAndWhichKeysTheyHaveComesBack) {
  KeysEvent event;
  event.keys.bind(KeyUse::kForward, control_named("up"));
  EXPECT_EQ(std::get<KeysEvent>(parse_event(to_line(WindowEvent(event)))).keys, event.keys);
  for (const bool again : {false, true})
    EXPECT_EQ(std::get<WishEvent>(parse_event(to_line(WindowEvent(WishEvent{again})))).again, again);
  const auto here =
      std::get<WishEvent>(parse_event(to_line(WindowEvent(WishEvent{.task = Task{.target = "turn left"}}))));
  EXPECT_EQ(here.task.value().target, "turn left");
  EXPECT_FALSE(std::get<WishEvent>(parse_event(to_line(WindowEvent(WishEvent{})))).task);
  EXPECT_THAT(error_of([] { static_cast<void>(parse_event(R"({"event": "keys", "keys": {"forward": "upp"}})")); }),
              testing::AllOf(HasSubstr("key of \"forward\""), HasSubstr("\"upp\"")));
  EXPECT_THAT(error_of([] { static_cast<void>(parse_event(R"({"event": "keys", "keys": {"forward": "up"}})")); }),
              HasSubstr("field \"left\""));
}

TEST(WindowProtocol, BadLinesAreNamed) {
  const auto message = [](const char* line) { return error_of([&] { static_cast<void>(parse_command(line)); }); };
  EXPECT_THAT(message("reset"), HasSubstr("\"reset\" is no JSON object"));
  EXPECT_THAT(message("{}"), HasSubstr("field \"command\""));
  EXPECT_THAT(message(R"({"command": "rest"})"), HasSubstr("unknown command \"rest\", expected reset, pause, resume"));
  EXPECT_THAT(message(R"({"command": "reset"})"), HasSubstr("field \"seed\""));
  EXPECT_THAT(message(R"({"command": "reset", "seed": "x"})"), HasSubstr("field \"seed\""));
  EXPECT_THAT(message(R"({"command": "reset", "seed": 1, "from": "there"})"),
              HasSubstr("expected seed, here or again"));
  EXPECT_THAT(message(R"({"command": "reset", "seed": 1, "task": {"famly": "go to"}})"),
              HasSubstr("unknown field \"famly\""));
  EXPECT_THAT(error_of([] { static_cast<void>(parse_event(R"({"event": "opened", "version": 99})")); }),
              HasSubstr("version 99"));
}

// An episode that is over in the end, ticked at its times with a little of everything.
LoggedEpisode played_episode(std::uint64_t seed, const playhouse::EpisodeOptions& world = {}) {
  LiveEpisode episode(seed, {.time_limit_s = 2.0}, world);
  episode.start(at_ms(0));
  Random random(seed);
  while (!episode.world().is_over()) {
    const Timestamp now = episode.next_due() + std::chrono::microseconds(random.below(40000));
    PlayerInputs inputs{};
    for (int player = 0; player < episode.world().num_players(); ++player) {
      constexpr std::uint32_t kKeys = 1u << playhouse::kNumKeyBits;
      inputs[static_cast<std::size_t>(player)] = {.dx = random.between(-60, 60),
                                                  .dy = random.between(-9, 9),
                                                  .wheel = random.between(-2, 2),
                                                  .held = static_cast<std::uint16_t>(random.below(kKeys)),
                                                  .pressed = static_cast<std::uint16_t>(random.below(kKeys))};
    }
    EXPECT_TRUE(episode.advance(now, inputs));
    episode.note_shown(now + std::chrono::milliseconds(1));
  }
  return episode.log();
}

TEST(TickLog, ReplaysToTheSameStateAndVerdict) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const LoggedEpisode logged = parse_logged_episode(to_line(played_episode(seed)));
    const playhouse::ReplayEnd end = playhouse::replay_ticks({}, logged.seed, logged.task, logged.ticks);
    EXPECT_EQ(end.state_hash, logged.state_hash) << seed;
    EXPECT_EQ(end.outcome.reason, logged.outcome.reason);
    EXPECT_EQ(end.outcome.verdict, logged.outcome.verdict);
  }
}

TEST(TickLog, HoldsTheWorldAndBothPlayers) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const playhouse::EpisodeOptions world{.level = "pair", .reskin = 3};
    const LoggedEpisode logged = parse_logged_episode(to_line(played_episode(seed, world)));
    EXPECT_EQ(logged.world.level, "pair");
    EXPECT_EQ(logged.world.reskin, 3u);
    EXPECT_NE(logged.ticks.at(0)[1], TickInput{});
    const playhouse::ReplayEnd end =
        playhouse::replay_ticks({.episode = logged.world}, logged.seed, logged.task, logged.ticks);
    EXPECT_EQ(end.state_hash, logged.state_hash) << seed;
  }
}

TEST(TickLog, HoldsWhoseViewWasShownAndTheirKeys) {
  LoggedEpisode episode = played_episode(1, {.level = "pair"});
  const std::string usual = to_line(episode);
  EXPECT_EQ(usual.find("keys"), std::string::npos);
  EXPECT_EQ(parse_logged_episode(usual).keys, KeyBindings());
  episode.player = 1;
  episode.keys.bind(KeyUse::kTake, control_named("g"));
  const LoggedEpisode back = parse_logged_episode(to_line(episode));
  EXPECT_EQ(back.player, 1u);
  EXPECT_EQ(back.keys, episode.keys);
  episode.player = 2;
  EXPECT_THAT(error_of([&] { static_cast<void>(parse_logged_episode(to_line(episode))); }),
              HasSubstr("the view of player 2, expected less than 2"));
}

TEST(TickLog, KeepsWholeLinesOfAWindowThatWasKilled) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "ticks.jsonl";
  const std::string first = to_line(played_episode(1));
  const std::string second = to_line(played_episode(2));
  std::ofstream(path) << first << "\n" << second << "\n" << second.substr(0, second.size() / 2);
  const std::vector<LoggedEpisode> episodes = read_tick_log(path);
  ASSERT_EQ(episodes.size(), 2u);
  EXPECT_EQ(to_line(episodes[0]), first);
  EXPECT_EQ(to_line(episodes[1]), second);
}

TEST(TickLog, BadLinesAreNamed) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "ticks.jsonl";
  std::ofstream(path) << to_line(played_episode(1)) << "\n{\"version\": 2}\n";
  EXPECT_THAT(error_of([&] { static_cast<void>(read_tick_log(path)); }),
              testing::AllOf(HasSubstr("line 2"), HasSubstr("field \"level\"")));
  const auto message = [](const std::string& line) {
    return error_of([&] { static_cast<void>(parse_logged_episode(line)); });
  };
  EXPECT_THAT(message(R"({"version": 5})"), HasSubstr("tick log of version 5; this Atoll reads version 4: update it"));
  EXPECT_THAT(message(R"({"version": 1})"), HasSubstr("the world of older logs is gone"));
  const auto with = [](const std::string& level, const std::string& ticks) {
    LoggedEpisode episode;
    episode.world.level = level;
    std::string line = to_line(episode);
    const std::string none = "\"ticks\":[]";
    return line.replace(line.find(none), none.size(), "\"ticks\":[" + ticks + "]");
  };
  EXPECT_EQ(parse_logged_episode(with("room", "[1,2,3,2047,4,-1]")).ticks.at(0)[0],
            (TickInput{.dx = 1, .dy = 2, .wheel = 3, .held = 2047, .pressed = 4}));
  EXPECT_THAT(message(with("room", "[1,2,3,4,5,6,7]")), HasSubstr("7 numbers in tick 0, expected 6"));
  EXPECT_THAT(message(with("pair", "[1,2,3,4,5,6]")), HasSubstr("6 numbers in tick 0, expected 11"));
  EXPECT_THAT(message(with("room", "[0,0,0,2048,0,0]")), HasSubstr("keys 2048 in tick 0, expected 0 to 2047"));
  EXPECT_THAT(message(with("room", "[4294967296,0,0,0,0,0]")), HasSubstr("motion of 4294967296 counts"));
}

TEST(LiveEpisode, TicksAreDueSixtyTimesASecond) {
  LiveEpisode episode(1, {}, {});
  EXPECT_FALSE(episode.is_running());
  episode.start(at_ms(0));
  EXPECT_FALSE(episode.advance(at_ms(16), {}));
  EXPECT_TRUE(episode.advance(at_ms(17), {}));
  EXPECT_FALSE(episode.advance(at_ms(33), {}));
  EXPECT_TRUE(episode.advance(at_ms(34), {}));
  EXPECT_EQ(episode.world().state().num_ticks, 2);
  EXPECT_EQ(to_ns(episode.next_due()), to_ns(at_ms(50)));
}

TEST(LiveEpisode, LateTicksAreMadeGoodWithWhatIsHeld) {
  LiveEpisode episode(1, {}, {});
  episode.start(at_ms(0));
  const TickInput input{.dx = 12, .held = playhouse::kForward, .pressed = playhouse::kForward};
  EXPECT_TRUE(episode.advance(at_ms(70), {input}));
  const LoggedEpisode log = episode.log();
  ASSERT_EQ(log.ticks.size(), 4u);
  EXPECT_EQ(log.ticks[0][0], input);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(log.ticks[i][0], TickInput{.held = playhouse::kForward});
  EXPECT_EQ(episode.verdict(at_ms(70)).late_ticks, 3);
}

TEST(LiveEpisode, AStallMovesTheClockInsteadOfRushing) {
  LiveEpisode episode(1, {}, {});
  episode.start(at_ms(0));
  EXPECT_TRUE(episode.advance(at_ms(5000), {}));
  EXPECT_EQ(episode.world().state().num_ticks, 1);
  EXPECT_FALSE(episode.advance(at_ms(5016), {}));
  EXPECT_TRUE(episode.advance(at_ms(5017), {}));
}

TEST(LiveEpisode, PausesMoveTheClock) {
  LiveEpisode episode(1, {}, {});
  episode.start(at_ms(0));
  EXPECT_TRUE(episode.advance(at_ms(17), {}));
  episode.pause(at_ms(20));
  EXPECT_FALSE(episode.is_running());
  EXPECT_FALSE(episode.advance(at_ms(900), {}));
  episode.pause(at_ms(500));  // a second one changes nothing
  episode.resume(at_ms(1020));
  EXPECT_EQ(to_ns(episode.next_due()) / 1000, to_ns(at_ms(1000 + 100.0 / 3)) / 1000);
}

}  // namespace
}  // namespace atl::envs::desktop
