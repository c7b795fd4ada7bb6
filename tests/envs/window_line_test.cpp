// What a person types at Playhouse's window, without a window: the line, and the episodes that come of it.
#include "core/error.h"
#include "envs/desktop/playhouse_window/instruction_line.h"
#include "envs/desktop/playhouse_window/live_episode.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/playhouse/playhouse.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace atl::envs::desktop {
namespace {

using Reply = InstructionLine::Reply;
using testing::HasSubstr;
using tests::error_of;

Keystroke key(std::string_view name, bool repeats = false) {
  return {.control = control_named(name), .repeats = repeats};
}
Keystroke sign(std::string_view text) { return {.text = std::string(text)}; }

void type(InstructionLine& line, std::string_view text) {
  for (const char letter : text) EXPECT_EQ(line.take(sign(std::string(1, letter))), Reply::kNothing);
}

TEST(InstructionLine, HoldsWhatWasTypedUntilEnterOrEscape) {
  InstructionLine line;
  type(line, "go to tha");
  EXPECT_EQ(line.take(key("backspace")), Reply::kNothing);
  type(line, "e table");
  EXPECT_EQ(line.text(), "go to the table");
  EXPECT_EQ(line.take(key("left_shift")), Reply::kNothing);
  EXPECT_EQ(line.take(key("enter")), Reply::kDone);
  line.refuse("there is no table");
  EXPECT_EQ(line.problem(), "there is no table");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(line.take(key("backspace", i > 0)), Reply::kNothing);
  EXPECT_EQ(line.text(), "");
  EXPECT_EQ(line.take(key("enter", true)), Reply::kNothing) << "Enter that stays down is one answer";
  EXPECT_EQ(line.take(key("keypad_enter")), Reply::kDone);
  EXPECT_EQ(line.take(key("escape")), Reply::kCancelled);
}

TEST(InstructionLine, TheKeyThatOpenedItWritesNothingWhileItStaysDown) {
  InstructionLine line;
  EXPECT_EQ(line.take({.control = control_named("t"), .text = "t", .repeats = true}), Reply::kNothing);
  EXPECT_EQ(line.text(), "");
  EXPECT_EQ(line.take({.control = control_named("t"), .text = "t"}), Reply::kNothing);
  EXPECT_EQ(line.take({.control = control_named("t"), .text = "t", .repeats = true}), Reply::kNothing);
  EXPECT_EQ(line.text(), "tt");
}

TEST(InstructionLine, KeepsSignsOfAsciiAndNotTooMany) {
  InstructionLine line;
  static_cast<void>(line.take(sign("\xc3\xa9\t\x7f!")));
  EXPECT_EQ(line.text(), "!");
  type(line, std::string(2 * InstructionLine::kMaxLength, 'x'));
  EXPECT_EQ(line.text().size(), InstructionLine::kMaxLength);
}

TEST(InstructionLine, ShowsTextAndProblemAndLeavesMostOfTheHouse) {
  constexpr std::uint32_t kHouse = 0xff123456u;
  const auto drawn = [&](const InstructionLine& line, FrameSize size) {
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.width_px * size.height_px), kHouse);
    line.draw({pixels.data(), size.width_px, size.height_px});
    return pixels;
  };
  for (const FrameSize size : {FrameSize{640, 480}, FrameSize{1280, 720}, FrameSize{320, 240}}) {
    InstructionLine line;
    const auto empty = drawn(line, size);
    type(line, "go to the red sphare");
    const auto typed = drawn(line, size);
    line.refuse("unknown word \"sphare\": did you mean \"sphere\"?");
    const auto refused = drawn(line, size);
    EXPECT_NE(empty, typed);
    EXPECT_NE(typed, refused);
    const auto num_house = std::count(refused.begin(), refused.end(), kHouse);
    EXPECT_GT(num_house, static_cast<std::ptrdiff_t>(refused.size() / 2)) << size.width_px;
    line.refuse(std::string(1000, 'x'));
    type(line, std::string(1000, 'y'));
    static_cast<void>(drawn(line, size));
  }
}

// Walks and turns for so many ticks, more than the house's start allows for by chance.
void play(LiveEpisode& episode, std::uint64_t seed, int num_ticks) {
  episode.start(from_ns(5'000'000'000));
  Random random(seed);
  for (int i = 0; i < num_ticks && !episode.world().is_over(); ++i) {
    playhouse::TickInput input{.dx = random.between(-20, 40), .held = playhouse::kForward};
    if (random.chance(1, 9)) input.pressed = playhouse::kTake;
    EXPECT_TRUE(episode.advance(episode.next_due(), {input}));
  }
}

void expect_replays(const LiveEpisode& episode) {
  const LoggedEpisode log = parse_logged_episode(to_line(episode.log()));
  const playhouse::ReplayEnd end = playhouse::replay_ticks({8, 8}, start_of(log), log.ticks);
  EXPECT_EQ(end.state_hash, episode.world().hash());
  EXPECT_EQ(end.outcome.verdict, episode.world().verdict());
  EXPECT_EQ(end.num_ticks, static_cast<int>(log.ticks.size()));
}

TEST(TypedTask, BeginsWhereOneStandsAndReplaysBitEqual) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    LiveEpisode first(seed, {.family = "go to"}, {.level = "flat"});
    play(first, seed, 50);
    LiveEpisode::Asked asked = first.ask_here({.instruction = "please turn left"});
    ASSERT_TRUE(asked.episode) << asked.problem;
    LiveEpisode& second = *asked.episode;
    EXPECT_EQ(second.world().state().players[0], first.world().state().players[0]);
    EXPECT_EQ(second.world().state().num_ticks, 0);
    EXPECT_EQ(second.ready().seed, seed);
    EXPECT_EQ(second.ready().task.instruction, "please turn left");
    EXPECT_EQ(second.ready().task.target, "turn left");
    EXPECT_GT(second.ready().task.time_limit_s, 1.0);
    play(second, seed + 100, 40);
    expect_replays(second);

    // A third one after it, and the second once more from its own start.
    LiveEpisode::Asked then = second.ask_here({.instruction = "turn right"});
    ASSERT_TRUE(then.episode) << then.problem;
    play(*then.episode, seed + 200, 30);
    expect_replays(*then.episode);
    const std::unique_ptr<LiveEpisode> again = second.again();
    EXPECT_EQ(again->ready().state_hash, first.ask_here({.instruction = "turn left"}).episode->ready().state_hash);
    play(*again, seed + 300, 30);
    expect_replays(*again);
  }
}

TEST(TypedTask, SaysWhyItCannotBe) {
  const LiveEpisode episode(3, {.family = "go to"}, {.level = "flat"});
  const auto problem = [&](const char* words) { return episode.ask_here({.instruction = words}).problem; };
  EXPECT_THAT(problem("go to the red sphare"), HasSubstr("did you mean \"sphere\"?"));
  EXPECT_NE(problem(""), "");
  EXPECT_THAT(problem("open the bag"), "");
  EXPECT_THAT(problem("hand me the red ball"), HasSubstr("the level \"flat\" has no tasks of the family"));
  LiveEpisode bag(3, {.family = "go to"}, {.level = "flat"});
  bag.start(from_ns(5'000'000'000));
  EXPECT_TRUE(bag.advance(bag.next_due(), {playhouse::TickInput{.pressed = playhouse::kBag}}));
  EXPECT_THAT(bag.ask_here({.instruction = "open the bag"}).problem, HasSubstr("the bag is open already"));
}

TEST(TypedTask, ALogThatDoesNotFitIsRefused) {
  LiveEpisode first(3, {.family = "go to"}, {.level = "room"});
  play(first, 3, 10);
  LoggedEpisode log = first.ask_here({.instruction = "turn left"}).episode->log();
  ASSERT_TRUE(log.earlier);
  EXPECT_EQ(log.earlier->ticks.size(), 10u);
  log.task.target = "go to the moon";
  EXPECT_THAT(error_of([&] { static_cast<void>(start_of(log)); }), HasSubstr("\"go to the moon\" after 10 ticks"));
}

}  // namespace
}  // namespace atl::envs::desktop
