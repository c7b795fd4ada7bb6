#include "envs/desktop/game/instructions.h"

#include "tests/error_of.h"

#include <gmock/gmock.h>

#include <set>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;
using tests::error_of;

GameProfile garden() {
  GameProfile profile;
  profile.name = "garden";
  profile.judges = {
      {.name = "dug", .kind = "telemetry", .file = "t", .success = {"node = {target}", "node ~ {target}"}},
      {.name = "shown", .kind = "pixels", .fields = {"a mean 0 0 9 9"}, .success = {"a > 1"}}};
  profile.instructions = {
      {.task = "dig",
       .text = "dig the {target}",
       .phrasings = {"break the {target}"},
       .targets = {"dirt=default:dirt", "stone=a.stone"},
       .judge = "dug",
       .scene = "pit"},
      {.task = "look", .text = "look up", .phrasings = {}, .targets = {}, .time_limit_s = 5, .judge = "shown"},
  };
  return profile;
}

Task task(const std::string& family, const std::string& target = {}, const std::string& words = {}) {
  Task made;
  made.family = family;
  made.target = target;
  made.instruction = words;
  return made;
}

TEST(Instructions, AreDrawnFromTheSeedAndStayWhenResolvedAgain) {
  std::set<std::string> words;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const GameTask drawn = resolve_task(garden(), seed, task("dig"));
    words.insert(drawn.task.instruction);
    const GameTask again = resolve_task(garden(), seed, drawn.task);
    EXPECT_EQ(again.task.instruction, drawn.task.instruction);
    EXPECT_EQ(again.task.target, drawn.task.target);
    EXPECT_EQ(again.target, drawn.target);
    EXPECT_EQ(again.scene, "pit");
  }
  EXPECT_EQ(words, (std::set<std::string>{"dig the dirt", "dig the stone", "break the dirt", "break the stone"}));
}

TEST(Instructions, FillTheTargetIntoTheJudge) {
  const GameTask meant = resolve_task(garden(), 0, task("", "", "Break the stone."));
  EXPECT_EQ(meant.task.family, "dig");
  EXPECT_EQ(meant.task.target, "stone");
  EXPECT_EQ(meant.task.instruction, "Break the stone.");
  EXPECT_THAT(meant.judge.success, testing::ElementsAre("node = a.stone", "node ~ a\\.stone"));
}

TEST(Instructions, OtherWordsAreJudgedByTheTargetOrAreFreePlay) {
  const GameTask judged = resolve_task(garden(), 0, task("dig", "dirt", "make a hole"));
  EXPECT_EQ(judged.task.instruction, "make a hole");
  EXPECT_EQ(judged.target, "default:dirt");
  EXPECT_EQ(judged.judge.name, "dug");
  EXPECT_EQ(resolve_task(garden(), 0, task("", "", "dance")).judge.kind, "none");
  EXPECT_EQ(resolve_task(garden(), 0, {}).judge.kind, "none");
  EXPECT_EQ(resolve_task(garden(), 0, task("look")).task.time_limit_s, 5);
}

TEST(Instructions, RefuseWhatTheProfileHasNot) {
  EXPECT_THAT(error_of([] { (void)resolve_task(garden(), 0, task("swim")); }),
              HasSubstr("garden has no task \"swim\"; it has: dig, look"));
  EXPECT_THAT(error_of([] { (void)resolve_task(garden(), 0, task("dig", "gold")); }),
              HasSubstr("garden has no \"gold\" to dig; it has: dirt, stone"));
}

TEST(Instructions, AreListedWithEachTarget) {
  EXPECT_THAT(all_instructions(garden()), testing::ElementsAre("dig the dirt", "dig the stone", "look up"));
}

}  // namespace
}  // namespace atl::envs::desktop
