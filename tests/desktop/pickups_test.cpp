#include "envs/desktop/doom/pickups.h"

#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

namespace atl::envs::desktop {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;

// A WAD without any text: Doom's own messages hold.
WadFile bare_wad() { return {{'P', 'W', 'A', 'D', 0, 0, 0, 0, 12, 0, 0, 0}, "bare.wad"}; }

TEST(PickupTable, NamesThingsByTheTextsOfTheWad) {
  const PickupTable table(freedoom2());
  EXPECT_EQ(table.object_of("YOU GOT THE PUMP-ACTION SHOTGUN!"), "pump-action shotgun");
  EXPECT_EQ(table.object_of("GOT A 1% HEALTH BONUS."), "health bonus");
  EXPECT_EQ(table.object_of("FOUND A LARGE HEALTH PACK, JUST IN TIME!"), "large health pack");
  EXPECT_EQ(table.object_of("PICKED UP SOME SHOTGUN SHELLS."), "shotgun shells");
  EXPECT_EQ(table.object_of("PUNCH 'EM TO DEATH!"), "berserk pack");
  EXPECT_EQ(table.object_of("A SECRET IS REVEALED!"), std::nullopt);
  EXPECT_EQ(table.object_of(""), std::nullopt);
}

TEST(PickupTable, KnowsDoomsOwnTexts) {
  const PickupTable table(bare_wad());
  EXPECT_EQ(table.object_of("YOU GOT THE SHOTGUN!"), "shotgun");
  EXPECT_EQ(table.object_of("PICKED UP A MEDIKIT THAT YOU REALLY NEED!"), "medikit");
  EXPECT_EQ(table.object_of("PICKED UP 4 SHOTGUN SHELLS."), "shotgun shells");
  EXPECT_EQ(table.object_of("PICKED UP A BACKPACK FULL OF AMMO!"), "backpack");
  EXPECT_EQ(table.object_of("SUPERCHARGE!"), "supercharge");
  for (const PickupTable::Item& item : table.items()) EXPECT_NE(item.object, "") << item.message;
}

TEST(PickupTracker, CountsOneMessageOnceAndARisingFlashAgain) {
  const PickupTable table(bare_wad());
  PickupTracker tracker(table);
  const std::string text = "PICKED UP A CLIP.";
  EXPECT_FALSE(tracker.update(0, {}).has_value());
  ASSERT_TRUE(tracker.update(1, {text, 9}).has_value());
  EXPECT_FALSE(tracker.update(2, {text, 9}).has_value());
  EXPECT_FALSE(tracker.update(3, {text, 0}).has_value());
  EXPECT_FALSE(tracker.update(4, {text, 3}).has_value()) << "damage is no pickup";
  EXPECT_TRUE(tracker.update(5, {text, 9}).has_value());
  EXPECT_TRUE(tracker.update(6, {text, 10}).has_value());
  EXPECT_FALSE(tracker.update(7, {text, 9}).has_value());
  EXPECT_FALSE(tracker.update(8, {"YOU NEED A BLUE KEY", 9}).has_value());
}

TEST(Hindsight, SpansEndAtThePickupAndDoNotOverlap) {
  const std::vector<Pickup> pickups = {
      {34, "clip", ""}, {349, "shotgun", ""}, {384, "rocket", ""}, {489, "chainsaw", ""}};
  const auto instructions = hindsight_instructions(pickups, from_ns(0));
  // 34 is one second from the start, 384 one second after the shotgun: both too short.
  ASSERT_EQ(instructions.size(), 2U);
  EXPECT_EQ(instructions[0].text, "pick up the shotgun");
  EXPECT_EQ(instructions[0].begin, from_ns(0) + 5s);
  EXPECT_EQ(instructions[0].end, from_ns(0) + 10s);
  EXPECT_EQ(instructions[0].source, InstructionSource::kProgram);
  EXPECT_EQ(instructions[0].mark, SuccessMark::kSucceeded);
  EXPECT_EQ(instructions[1].text, "pick up the chainsaw");
  EXPECT_EQ(instructions[1].begin, from_ns(0) + 10s);
  EXPECT_EQ(instructions[1].end, from_ns(0) + 14s);
}

}  // namespace
}  // namespace atl::envs::desktop
