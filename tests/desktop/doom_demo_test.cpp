#include "core/files.h"
#include "envs/desktop/doom/demo.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

constexpr int kCountsPerTurn = 4096;

std::vector<Action> actions_of(const std::vector<DoomCommand>& commands) {
  return to_actions(commands, kCountsPerTurn);
}

std::string held_names(const Action& action) {
  std::string text;
  for (const std::string& name : names_of(action.held)) text += (text.empty() ? "" : " ") + name;
  return text;
}

// One line a tic, as tests/desktop/read_demo.py prints them.
std::string as_text(const std::vector<Action>& actions) {
  std::string text;
  for (const Action& action : actions) {
    text += std::to_string(action.dx) + " " + std::to_string(action.dy) + " [" + held_names(action) + "] [";
    std::string pressed;
    for (int i = 0; i < kNumControls; ++i) {
      if (const int n = action.num_presses(control_at(i)); n > 0)
        pressed += (pressed.empty() ? "" : " ") + std::string(info_of(control_at(i)).name) + "=" + std::to_string(n);
    }
    text += pressed + "]\n";
  }
  return text;
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) text += buffer.data();
  return text;
}

TEST(DoomDemo, ReadsEveryShippedLump) {
  std::size_t single = 0;
  std::size_t player_tics = 0;
  for (const std::string wad_name : {"freedoom1", "freedoom2", "freedm"}) {
    const WadFile wad(wad_path(wad_name));
    for (const std::string lump : {"DEMO1", "DEMO2", "DEMO3", "DEMO4"}) {
      const DoomDemo demo = parse_demo(wad.lump(lump), lump);
      if (wad_name != "freedm") single += demo.num_tics();
      player_tics += demo.num_tics() * demo.players().size();
      EXPECT_EQ(demo.lump.size(), wad.lump(lump).size());
    }
  }
  EXPECT_EQ(single, 22637U);
  EXPECT_EQ(player_tics, 73876U);
}

// Exact per tic against a parser that shares nothing with ours.
TEST(DoomDemo, ActionsAgreeWithAnIndependentParser) {
  const WadFile wad(wad_path("freedm"));
  const DoomDemo demo = parse_demo(wad.lump("DEMO1"), "DEMO1");
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "demo.lmp", demo.lump);
  const char* python = std::getenv("ATOLL_PYTHON");
  ASSERT_NE(python, nullptr);
  for (const int player : demo.players()) {
    const std::string expected = output_of(std::string(python) + " tests/desktop/read_demo.py " +
                                           (folder.path() / "demo.lmp").string() + " " + std::to_string(player));
    const std::string found = as_text(actions_of(demo.commands(player)));
    EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 5204);
    EXPECT_TRUE(found == expected) << "player " << player;
  }
}

TEST(DoomDemo, MapsSpeedsToTheNearestPace) {
  EXPECT_EQ(held_names(actions_of({{.forward = 25}})[0]), "w");
  EXPECT_EQ(held_names(actions_of({{.forward = 50}})[0]), "w left_shift");
  EXPECT_EQ(held_names(actions_of({{.forward = -50, .side = -40}})[0]), "a s left_shift");
  EXPECT_EQ(held_names(actions_of({{.forward = 5}})[0]), "");
  EXPECT_EQ(held_names(actions_of({{.side = 24}})[0]), "d");
}

TEST(DoomDemo, TurnsAreWholeCountsAndRightIsPositive) {
  const auto actions = actions_of({{.turn = -1}, {.turn = 127}, {.turn = -128}});
  EXPECT_EQ(actions[0].dx, 16);
  EXPECT_EQ(actions[1].dx, -127 * 16);
  EXPECT_EQ(actions[2].dx, 128 * 16);
}

TEST(DoomDemo, HeldButtonsArePressedOnce) {
  const auto actions = actions_of({{.buttons = 1}, {.buttons = 1}, {.buttons = 0}, {.buttons = 1}});
  const Control fire = control_named("mouse_left");
  EXPECT_EQ(actions[0].num_presses(fire), 1);
  EXPECT_EQ(actions[1].num_presses(fire), 0);
  EXPECT_TRUE(actions[1].is_held(fire));
  EXPECT_FALSE(actions[2].is_held(fire));
  EXPECT_EQ(actions[3].num_presses(fire), 1);
}

TEST(DoomDemo, WeaponNumbersBecomeDigitsAndSpecialTicsPressNothing) {
  EXPECT_EQ(held_names(actions_of({{.buttons = 0x14}})[0]), "3");
  EXPECT_EQ(held_names(actions_of({{.buttons = 0x3c}})[0]), "8");
  EXPECT_EQ(held_names(actions_of({{.buttons = 0x02}})[0]), "e");
  EXPECT_EQ(held_names(actions_of({{.forward = 25, .buttons = 0x81}})[0]), "w");
}

TEST(DoomDemo, SetsTheViewedPlayer) {
  const DoomDemo demo = parse_demo(make_lump({{.forward = 25}, {.forward = -25}}, 2), "two");
  EXPECT_EQ(demo.num_tics(), 1U);
  EXPECT_EQ(demo.commands(1)[0].forward, -25);
  EXPECT_EQ(parse_demo(lump_for_view(demo, 1), "view").viewed_player, 1);
  EXPECT_THAT(error_of([&] { (void)lump_for_view(demo, 2); }),
              HasSubstr("player 2 does not play in this demo; its players are 0, 1"));
}

TEST(DoomDemo, IgnoresWhatPortsAppend) {
  std::vector<std::uint8_t> lump = make_lump({{.forward = 25}});
  for (const char c : std::string("PR+UM")) lump.push_back(static_cast<std::uint8_t>(c));
  EXPECT_EQ(parse_demo(lump, "appended").num_tics(), 1U);
  EXPECT_EQ(parse_demo(lump, "appended").lump.back(), 0x80);
}

TEST(DoomDemo, NamesWhatIsWrongWithALump) {
  const auto error_for = [](std::size_t index, std::uint8_t value) {
    std::vector<std::uint8_t> lump = make_lump({{.forward = 25}});
    lump[index] = value;
    return error_of([&] { (void)parse_demo(lump, "bad"); });
  };
  EXPECT_THAT(error_of([] { (void)parse_demo({}, "empty"); }),
              HasSubstr("demo empty: 0 bytes, expected a header of 13"));
  EXPECT_THAT(error_for(0, 111), HasSubstr("demo bad: version 111, expected 109"));
  EXPECT_THAT(error_for(1, 5), HasSubstr("demo bad: skill 5, expected 0 to 4"));
  EXPECT_THAT(error_for(8, 4), HasSubstr("demo bad: viewed player 4, expected 0 to 3"));
  EXPECT_THAT(error_for(8, 1), HasSubstr("demo bad: the viewed player 1 does not play; players are 0"));
  EXPECT_THAT(error_for(9, 0), HasSubstr("demo bad: nobody plays"));
  EXPECT_THAT(error_for(10, 7), HasSubstr("demo bad: playing mark 7 of player 1, expected 0 or 1"));
  EXPECT_THAT(error_for(17, 0), HasSubstr("demo bad: no end mark after 1 whole tics of 4 bytes; it is cut short"));
}

}  // namespace
}  // namespace atl::envs::desktop
