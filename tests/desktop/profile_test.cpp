#include "envs/desktop/game/profile.h"

#include "core/error.h"
#include "core/files.h"
#include "envs/desktop/game/hands.h"
#include "envs/desktop/game/profile_files.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

TEST(GameProfile, ShippedOnesAreValid) {
  const std::vector<std::string> names = shipped_profiles();
  EXPECT_THAT(names, testing::IsSupersetOf({"doom", "playhouse_window"}));
  for (const std::string& name : names) {
    const GameProfile profile = load_profile(name);
    EXPECT_EQ(validate(profile), std::vector<std::string>{}) << name;
    EXPECT_FALSE(profile.game.controls.empty()) << name;
    EXPECT_EQ(source_facts(profile).world, profile.name);
  }
  EXPECT_TRUE(missing_parts(load_profile("doom")).empty());
}

// A recorder takes them for a person's wishes, whoever presses them.
TEST(GameProfile, ShippedOnesLeaveTheRecordersKeysAndTheKillKeyAlone) {
  const std::vector<std::string> taken{"f7", "f8", "f9", "f10", "f11", "f12"};
  for (const std::string& name : shipped_profiles()) {
    const GameProfile profile = load_profile(name);
    std::vector<std::string> pressed = profile.game.controls;
    for (const auto* steps : {&profile.start, &profile.reset.steps}) {
      for (const ScriptStep& step : *steps) pressed.insert(pressed.end(), step.press.begin(), step.press.end());
    }
    for (const std::string& key : taken) EXPECT_THAT(pressed, testing::Not(testing::Contains(key))) << name;
  }
}

TEST(GameProfile, AnUnknownNameIsToldTheNearest) {
  EXPECT_THAT(error_of([] { (void)load_profile("dom"); }), HasSubstr("doom.toml"));
}

TEST(GameProfile, SaysAllThatIsWrong) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "bad.toml",
                        "name = \"bad\"\n[program]\ncommand = []\nenvironment = [\"ONLY\"]\n[game]\ncontrols = "
                        "[\"spce\"]\n[[files]]\nname = \"../out\"\n[[judges]]\nname = \"p\"\nkind = \"program\"\n");
  const std::string error = error_of([&] { (void)load_profile((folder.path() / "bad.toml").string()); });
  EXPECT_THAT(error, HasSubstr("program.command is empty"));
  EXPECT_THAT(error, HasSubstr("\"ONLY\", expected NAME=value"));
  EXPECT_THAT(error, HasSubstr("space"));
  EXPECT_THAT(error, HasSubstr("\"../out\", expected a path below {home}"));
  EXPECT_THAT(error, HasSubstr("program.talks is false"));
}

TEST(GameProfile, TrialsThatCannotBePlayedAreTold) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "bad.toml",
                        "name = \"bad\"\n[program]\ncommand = [\"true\"]\n[game]\ncontrols = [\"w\"]\n"
                        "[[instructions]]\ntask = \"go\"\ntext = \"go\"\njudge = \"none\"\n"
                        "[[trials]]\ninstruction = \"fly\"\nyes = [\"w 5 1\"]\n"
                        "[[trials]]\ninstruction = \"go\"\nstarts = [1]\nno = [\"w+e 5\"]\n");
  const std::string error = error_of([&] { (void)load_profile((folder.path() / "bad.toml").string()); });
  EXPECT_THAT(error, HasSubstr("trials.0 (fly): expected the usual words"));
  EXPECT_THAT(error, HasSubstr("hands \"w 5 1\", expected CONTROLS STEPS"));
  EXPECT_THAT(error, HasSubstr("start 1, but [reset] has 0 starts"));
  EXPECT_THAT(error, HasSubstr("\"w+e 5\" presses e, which is none of game.controls"));
}

TEST(Hands, AreReadFromALine) {
  const Hands hands = parse_hands("w+space 15 -3 20");
  EXPECT_THAT(hands.controls, testing::ElementsAre("w", "space"));
  EXPECT_EQ(hands.steps, 15);
  EXPECT_EQ(hands.dx, -3);
  EXPECT_EQ(hands.dy, 20);
  const Hands resting = parse_hands("- 4");
  EXPECT_TRUE(resting.controls.empty());
  EXPECT_EQ(resting.dx, 0);
  for (const char* text : {"", "w", "w 0", "w -1", "w five", "w 5 1", "w 5 1 2 3", "nokey 5"})
    EXPECT_THROW((void)parse_hands(text), Error) << text;
}

TEST(GameProfile, ANewerVersionIsRefused) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "new.toml", "version = 2\nname = \"new\"\n[program]\ncommand = [\"true\"]\n");
  EXPECT_THAT(error_of([&] { (void)load_profile((folder.path() / "new.toml").string()); }),
              HasSubstr("profile version 2, this Atoll reads up to 1"));
}

TEST(GameProfile, MissingPartsComeWithTheirPackages) {
  GameProfile profile = load_profile("doom");
  profile.program.command.front() = "no-such-doom";
  profile.program.needs = {"/no/such.wad"};
  EXPECT_THAT(missing_parts(profile),
              testing::ElementsAre("program no-such-doom is missing", "file /no/such.wad is missing",
                                   "install: apt-get install dsda-doom freedoom"));
}

TEST(GameProfile, FilesAreWrittenWithPlaceholdersFilled) {
  const TemporaryFolder folder;
  GameProfile profile;
  profile.files = {{"sub/file.txt", "home is {home}, again {home}"}};
  Placeholders placeholders(profile, folder.path());
  write_profile_files(profile, folder.path(), placeholders);
  EXPECT_EQ(read_text_file(folder.path() / "sub/file.txt"),
            "home is " + folder.path().string() + ", again " + folder.path().string());
}

}  // namespace
}  // namespace atl::envs::desktop
