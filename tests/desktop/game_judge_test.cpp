// Doom's judge on what the game really showed.
#include "envs/desktop/game/game_judge.h"

#include "core/resize.h"
#include "envs/desktop/doom/demo_renderer.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

#include <vector>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

// The first 110 pictures of freedoom1's DEMO3 as a window shows them, doubled. A health bonus is taken in tic 31, the
// shotgun in tic 95.
const std::vector<Frame>& pictures() {
  static const std::vector<Frame> all = [] {
    const WadFile wad(wad_path("freedoom1"));
    DoomDemo demo = parse_demo(wad.lump("DEMO3"), "DEMO3");
    demo.lump.resize(13 + 4 * 110);
    demo.lump.push_back(0x80);
    std::vector<Frame> frames;
    Resizer doubled({640, 480});
    render_demo(load_profile("doom"), {.wad = wad_path("freedoom1")}, demo, 0, [&](std::uint64_t, ImageView picture) {
      frames.push_back(make_frame({640, 480}));
      doubled.resize(picture, frames.back().pixels);
    });
    return frames;
  }();
  return all;
}

// The tic at which the judge decides, or -1.
int decided_at(GameJudge& judge, const Task& task) {
  judge.begin(task);
  for (std::size_t tic = 0; tic < pictures().size(); ++tic) {
    judge.see(pictures()[tic]);
    if (judge.outcome().is_over()) return static_cast<int>(tic);
  }
  return -1;
}

Task pick_up(const std::string& target) {
  Task task;
  task.family = "pick up";
  task.target = target;
  return task;
}

TEST(DoomJudge, SucceedsWhenTheThingIsTaken) {
  const auto judge = create_judge(load_profile("doom"));
  EXPECT_EQ(decided_at(*judge, pick_up("shotgun")), 95);
  EXPECT_EQ(judge->outcome().verdict, Verdict::kSuccess);
  EXPECT_EQ(judge->outcome().reason, "picked up the pump-action shotgun");
  EXPECT_EQ(judge->outcome().object, "pump-action shotgun");
  EXPECT_EQ(decided_at(*judge, pick_up("health bonus")), 31);
}

TEST(DoomJudge, ReadsTheTargetFromTheWords) {
  const auto judge = create_judge(load_profile("doom"));
  Task task;
  task.instruction = "pick up the pump-action shotgun";
  EXPECT_EQ(decided_at(*judge, task), 95);
}

TEST(DoomJudge, LeavesOtherThingsAndFreePlayUndecided) {
  const auto judge = create_judge(load_profile("doom"));
  EXPECT_EQ(decided_at(*judge, pick_up("minigun")), -1);
  EXPECT_EQ(decided_at(*judge, Task{}), -1);
}

TEST(DoomJudge, RefusesWhatDoomDoesNotHave) {
  const auto judge = create_judge(load_profile("doom"));
  EXPECT_THAT(error_of([&] { judge->begin(pick_up("teapot")); }),
              testing::AllOf(HasSubstr("Doom has no \"teapot\" to pick up"), HasSubstr("pump-action shotgun")));
}

}  // namespace
}  // namespace atl::envs::desktop
