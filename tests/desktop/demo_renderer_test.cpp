// Plays demos that ship with Freedoom; as slow as the game draws.
#include "envs/desktop/doom/demo_renderer.h"

#include "core/files.h"
#include "envs/desktop/doom/hud.h"
#include "envs/desktop/doom/pickups.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace atl::envs::desktop {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Pair;

// The first `num_tics` tics of a demo of one of the WADs.
DoomDemo beginning_of(const std::string& wad_name, const std::string& lump, std::size_t num_tics) {
  const WadFile wad(wad_path(wad_name));
  DoomDemo demo = parse_demo(wad.lump(lump), lump);
  demo.lump.resize(13 + 4 * demo.players().size() * num_tics);
  demo.lump.push_back(0x80);
  return demo;
}

std::vector<std::uint64_t> hashes_of(const std::string& wad_name, const DoomDemo& demo, int player) {
  std::vector<std::uint64_t> hashes;
  render_demo(load_profile("doom"), {.wad = wad_path(wad_name)}, demo, player,
              [&](std::uint64_t tic, ImageView picture) {
                EXPECT_EQ(tic, hashes.size());
                EXPECT_EQ(picture.size(), kDoomPicture);
                hashes.push_back(hash_pixels(picture));
              });
  return hashes;
}

// The pickups of freedoom1's DEMO3, as its pictures show them (checked by eye: the message, the gold flash and the
// number in the status bar appear in these tics). At tic 576 the flash of tic 572 is still on.
TEST(DemoRenderer, GivesOnePictureATicAndTheKnownPickups) {
  const WadFile wad(wad_path("freedoom1"));
  const DoomDemo demo = parse_demo(wad.lump("DEMO3"), "DEMO3");
  const HudReader reader(wad);
  const PickupTable table(wad);
  PickupTracker tracker(table);
  std::vector<std::pair<std::uint64_t, std::string>> pickups;
  std::vector<std::uint64_t> hashes;
  render_demo(load_profile("doom"), {.wad = wad_path("freedoom1")}, demo, demo.viewed_player,
              [&](std::uint64_t tic, ImageView picture) {
                hashes.push_back(hash_pixels(picture));
                if (const auto pickup = tracker.update(tic, reader.read(picture)))
                  pickups.emplace_back(pickup->tic, pickup->object);
              });
  EXPECT_EQ(hashes.size(), demo.num_tics());
  EXPECT_EQ(hashes.size(), 1241U);
  EXPECT_THAT(pickups,
              testing::ElementsAre(Pair(31, "health bonus"), Pair(95, "pump-action shotgun"), Pair(125, "health bonus"),
                                   Pair(364, "health bonus"), Pair(561, "health bonus"), Pair(572, "health bonus"),
                                   Pair(576, "shotgun shells"), Pair(783, "health bonus"), Pair(809, "health bonus"),
                                   Pair(1091, "pump-action shotgun")));

  // A second run, of the beginning alone, gives the same pictures.
  const std::vector<std::uint64_t> again = hashes_of("freedoom1", beginning_of("freedoom1", "DEMO3", 150), 0);
  hashes.resize(again.size());
  EXPECT_EQ(again.size(), 150U);
  EXPECT_EQ(again, hashes);
}

TEST(DemoRenderer, ShowsEachPlayersOwnView) {
  const DoomDemo demo = beginning_of("freedm", "DEMO1", 40);
  const auto first = hashes_of("freedm", demo, 0);
  const auto third = hashes_of("freedm", demo, 2);
  ASSERT_EQ(first.size(), 40U);
  ASSERT_EQ(third.size(), 40U);
  for (std::size_t tic = 0; tic < first.size(); ++tic) EXPECT_NE(first[tic], third[tic]) << tic;
}

std::string render_error(const GameProfile& profile, const RenderConfig& config) {
  return error_of([&] {
    render_demo(profile, config, beginning_of("freedoom1", "DEMO3", 20), 0, [](std::uint64_t, ImageView) {});
  });
}

TEST(DemoRenderer, SaysWhatTheGameSaidWhenItFails) {
  EXPECT_THAT(render_error(load_profile("doom"), {.wad = "/no/such.wad"}),
              AllOf(HasSubstr("rendering /no/such.wad with dsda-doom"), HasSubstr("after 0 of 20 tics"),
                    HasSubstr("the game said:\n")));
}

TEST(DemoRenderer, GivesUpOnAGameThatHangs) {
  const TemporaryFolder folder;
  const std::filesystem::path script = folder.path() / "doom";
  write_file_atomically(script, "#!/bin/sh\necho hanging here\nexec sleep 600\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  GameProfile profile = load_profile("doom");
  profile.program.command.front() = script.string();
  EXPECT_THAT(render_error(profile, {.wad = wad_path("freedoom1"), .stall_limit = std::chrono::milliseconds(300)}),
              AllOf(HasSubstr("no picture for"), HasSubstr("hanging here")));
}

TEST(DemoRenderer, SaysHowToInstallAMissingGame) {
  GameProfile profile = load_profile("doom");
  profile.program.command.front() = "no-such-doom";
  EXPECT_THAT(render_error(profile, {.wad = wad_path("freedoom1")}),
              HasSubstr("program no-such-doom is missing; install: apt-get install dsda-doom"));
}

}  // namespace
}  // namespace atl::envs::desktop
