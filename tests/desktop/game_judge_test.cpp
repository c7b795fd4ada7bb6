// Doom's judge on what the game really showed.
#include "envs/desktop/game/game_judge.h"

#include "core/files.h"
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

// A judge of the shipped profile, told what a task would tell it.
class ShownDoom {
 public:
  // The tic at which it decides, or -1.
  int decided_at(const Task& task) {
    judge_.begin(resolve_task(profile_, 0, task), {folder_.path(), folder_.path() / "log", profile_.folder});
    for (std::size_t tic = 0; tic < pictures().size(); ++tic) {
      judge_.see(pictures()[tic]);
      if (judge_.outcome().is_over()) return static_cast<int>(tic);
    }
    return -1;
  }
  [[nodiscard]] const Outcome& outcome() const { return judge_.outcome(); }

 private:
  const TemporaryFolder folder_;
  const GameProfile profile_ = load_profile("doom");
  GameJudge judge_{profile_.folder};
};

Task pick_up(const std::string& target) {
  Task task;
  task.family = "pick up";
  task.target = target;
  return task;
}

Task told(const std::string& words) {
  Task task;
  task.instruction = words;
  return task;
}

TEST(DoomJudge, SucceedsWhenTheThingIsTaken) {
  ShownDoom doom;
  EXPECT_EQ(doom.decided_at(pick_up("shotgun")), 95);
  EXPECT_EQ(doom.outcome().verdict, Verdict::kSuccess);
  EXPECT_EQ(doom.outcome().reason, "picked up the pump-action shotgun");
  EXPECT_EQ(doom.outcome().object, "pump-action shotgun");
  EXPECT_EQ(doom.decided_at(pick_up("health bonus")), 31);
}

TEST(DoomJudge, ReadsTheTargetFromTheWords) {
  ShownDoom doom;
  EXPECT_EQ(doom.decided_at(told("pick up the pump-action shotgun")), 95);
  EXPECT_EQ(doom.decided_at(told("Get the shotgun.")), 95);
}

TEST(DoomJudge, LeavesOtherThingsAndFreePlayUndecided) {
  ShownDoom doom;
  EXPECT_EQ(doom.decided_at(pick_up("minigun")), -1);
  EXPECT_EQ(doom.decided_at(Task{}), -1);
  EXPECT_EQ(doom.decided_at(told("dance")), -1);
}

TEST(DoomJudge, RefusesWhatDoomDoesNotHave) {
  ShownDoom doom;
  EXPECT_THAT(error_of([&] { doom.decided_at(pick_up("teapot")); }),
              testing::AllOf(HasSubstr("Doom has no \"teapot\" to pick up"), HasSubstr("pump-action shotgun")));
}

}  // namespace
}  // namespace atl::envs::desktop
