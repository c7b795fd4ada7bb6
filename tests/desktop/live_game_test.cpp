// Real programs on a display of the test's own, played through the guard.
#include "envs/desktop/game/live_game.h"

#include "core/resize.h"
#include "envs/desktop/doom/demo_renderer.h"
#include "envs/desktop/doom/hud.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <map>

namespace atl::envs::desktop {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr double kRateHz = 17.5;

LiveGameConfig on_own_display() {
  LiveGameConfig config;
  config.action_rate_hz = kRateHz;
  config.display = DisplayChoice::kVirtual;
  return config;
}

// Pictures that come until `condition` holds for one of them, or ten seconds are over; the one it holds for.
template <class Condition>
std::optional<Frame> wait_for_picture(LiveEnvironment& world, Condition condition) {
  for (const Timestamp deadline = MonotonicClock::now() + 10s; MonotonicClock::now() < deadline;) {
    std::optional<Frame> frame = world.observe(MonotonicClock::now() + 50ms);
    if (frame && condition(*frame)) return frame;
  }
  return std::nullopt;
}

template <class Condition>
bool eventually(LiveEnvironment& world, Condition condition) {
  for (const Timestamp deadline = MonotonicClock::now() + 10s; MonotonicClock::now() < deadline;) {
    (void)world.observe(MonotonicClock::now() + 20ms);
    if (condition()) return true;
  }
  return false;
}

// Mean difference of the B, G and R bytes of the 3D view: all above the status bar.
double difference(const Frame& a, const Frame& b) {
  double sum = 0;
  const int rows = a.height_px * 4 / 5;
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < a.width_px * kBytesPerPixel; ++x) {
      if (x % kBytesPerPixel != 3) sum += std::abs(a.view().row(y)[x] - b.view().row(y)[x]);
    }
  }
  return sum / (3.0 * rows * a.width_px);
}

// Waits until nothing moves by itself any more but small lights (Doom's weapon comes up after the start); the picture
// then.
std::optional<Frame> wait_until_still(LiveEnvironment& world) {
  std::optional<Frame> last;
  Timestamp since = MonotonicClock::now();  // pictures that are equal to the one before may never come
  for (const Timestamp deadline = since + 20s; MonotonicClock::now() < deadline;) {
    std::optional<Frame> frame = world.observe(MonotonicClock::now() + 50ms);
    if (frame && (!last || difference(*frame, *last) >= 1)) {
      last = std::move(frame);
      since = MonotonicClock::now();
    } else if (last && MonotonicClock::now() - since >= 700ms) {
      return last;
    }
  }
  return std::nullopt;
}

// `count` steps with `action`, from now on.
void play(LiveEnvironment& world, const Action& action, std::size_t count, std::uint64_t first_step = 0) {
  world.schedule({first_step, MonotonicClock::now() + 20ms, std::vector<Action>(count, action)});
}

Action holding(std::string_view control) {
  Action action;
  action.held.set(static_cast<std::size_t>(index_of(control_named(control))));
  return normalise(action, {});
}

GameProfile first_map() {
  GameProfile profile = load_profile("doom");
  profile.reset.starts = {{.arguments = {"-warp", "1", "1"}}};
  return profile;
}

bool is_running(pid_t pid) { return kill(pid, 0) == 0; }

TEST(LiveGame, DoomWalksAndTurnsThroughTheGuard) {
  pid_t pid = 0;
  {
    LiveGame world(first_map(), on_own_display());
    EXPECT_EQ(world.spec().frame, (FrameSize{640, 480}));
    EXPECT_EQ(world.spec().facts.world, "doom");
    Task task;
    task.instruction = "walk";
    EXPECT_EQ(world.reset(0, task), "walk");
    pid = world.game_pid();
    const auto start = wait_until_still(world);
    ASSERT_TRUE(start.has_value());
    EXPECT_EQ(start->size(), (FrameSize{640, 480}));
    (void)world.events();

    play(world, holding("w"), 12);
    EXPECT_TRUE(wait_for_picture(world, [&](const Frame& frame) { return difference(frame, *start) > 5; }))
        << "walking did not change the picture";
    std::vector<InputEvent> events;
    EXPECT_TRUE(eventually(world, [&] {
      for (const InputEvent& event : world.events()) events.push_back(event);
      return events.size() >= 2;
    }));
    ASSERT_GE(events.size(), 2U);
    EXPECT_EQ(events[0].control, control_named("w"));
    EXPECT_TRUE(events[0].pressed);
    EXPECT_EQ(events[0].origin, Origin::kAgent);
    EXPECT_FALSE(events[1].pressed) << "the chunk's end releases what it held";
    EXPECT_FALSE(world.outcome().is_over());
  }
  EXPECT_FALSE(is_running(pid));
}

// 4096 counts are a whole turn: the picture is the same again, and another one half way.
TEST(LiveGame, DoomTurnsByTheDeclaredCounts) {
  LiveGame world(first_map(), on_own_display());
  (void)world.reset(0, {});
  const auto start = wait_until_still(world);
  ASSERT_TRUE(start.has_value());
  Action quarter;
  quarter.dx = 1024;
  play(world, quarter, 2);
  ASSERT_TRUE(wait_for_picture(world, [&](const Frame& frame) { return difference(frame, *start) > 5; }));
  const auto behind = wait_until_still(world);
  ASSERT_TRUE(behind.has_value());
  EXPECT_GT(difference(*behind, *start), 5);
  play(world, quarter, 2, 100);
  EXPECT_TRUE(wait_for_picture(world, [&](const Frame& frame) { return difference(frame, *start) < 1; }))
      << "a whole turn does not show the start again";
}

// A policy that was trained on rendered demos sees the same pixels live: somebody who stands still at the start of the
// same level, as a demo and in the window.
TEST(LiveGame, DoomShowsThePixelsThatDemosAreRenderedWith) {
  std::vector<std::uint8_t> lump = make_lump(std::vector<DoomCommand>(60));
  lump[1] = 1;  // -skill 2
  lump[7] = 1;  // -nomonsters
  std::vector<std::uint64_t> rendered;
  render_demo(load_profile("doom"), {.wad = wad_path("freedoom1")}, parse_demo(lump, "still"), 0,
              [&](std::uint64_t, ImageView picture) { rendered.push_back(hash_pixels(picture)); });

  LiveGame world(first_map(), on_own_display());
  (void)world.reset(0, {});
  Resizer halved(kDoomPicture);
  Frame picture = make_frame(kDoomPicture);
  EXPECT_TRUE(wait_for_picture(world, [&](const Frame& frame) {
    halved.resize(frame.view(), picture.pixels);
    return hash_pixels(picture.view()) == rendered.back();
  }));
}

// The program's last argument, as the system tells it.
std::string last_argument(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
  std::string last;
  for (std::string argument; std::getline(file, argument, '\0');) last = argument;
  return last;
}

TEST(LiveGame, TheSeedChoosesWhereAGameStarts) {
  GameProfile profile = load_profile("doom");
  ASSERT_GE(profile.reset.starts.size(), 8U);
  profile.reset.starts = {{.arguments = {"-warp", "1", "2"}}, {.arguments = {"-warp", "1", "3"}}};
  LiveGame world(profile, on_own_display());
  std::map<std::string, std::vector<std::uint64_t>> seeds;  // by map
  for (std::uint64_t seed = 0; seed < 20 && (seeds.size() < 2 || seeds.begin()->second.size() < 2); ++seed) {
    (void)world.reset(seed, {});
    seeds[last_argument(world.game_pid())].push_back(seed);
  }
  ASSERT_EQ(seeds.size(), 2U) << "20 seeds all started in one place";
  EXPECT_EQ(seeds.begin()->first, "2");
  EXPECT_EQ(seeds.rbegin()->first, "3");
  (void)world.reset(seeds.rbegin()->second.front(), {});
  EXPECT_EQ(last_argument(world.game_pid()), seeds.rbegin()->first) << "the same seed starts at the same place again";
}

TEST(LiveGame, AGameThatDiesEndsTheEpisode) {
  LiveGame world(load_profile("doom"), on_own_display());
  (void)world.reset(0, {});
  EXPECT_FALSE(world.outcome().is_over());
  const pid_t first = world.game_pid();
  kill(first, SIGKILL);
  ASSERT_TRUE(eventually(world, [&] { return world.outcome().is_over(); }));
  EXPECT_TRUE(world.outcome().truncated);
  EXPECT_FALSE(world.outcome().terminated);
  EXPECT_EQ(world.outcome().verdict, Verdict::kAborted);
  EXPECT_THAT(world.outcome().reason, testing::AnyOf("doom ended: signal 9 (Killed)", "the window of doom was closed"));
  // The next episode starts it anew.
  (void)world.reset(1, {});
  EXPECT_NE(world.game_pid(), first);
  EXPECT_FALSE(world.outcome().is_over());
}

TEST(LiveGame, TheTimeLimitEndsTheEpisode) {
  LiveGame world(load_profile("doom"), on_own_display());
  Task task;
  task.time_limit_s = 0.2;
  (void)world.reset(0, task);
  ASSERT_TRUE(eventually(world, [&] { return world.outcome().is_over(); }));
  EXPECT_EQ(world.outcome().verdict, Verdict::kTimeout);
  EXPECT_EQ(world.outcome().reason, "the time of 0.2 s is up");
}

TEST(LiveGame, SaysHowToInstallAMissingGame) {
  GameProfile profile = load_profile("doom");
  profile.program.command.front() = "no-such-doom";
  EXPECT_THAT(error_of([&] { const LiveGame world(profile, on_own_display()); }),
              HasSubstr("world doom cannot be started here: program no-such-doom is missing; install: apt-get install "
                        "dsda-doom freedoom"));
}

TEST(LiveGame, SaysWhatAProgramSaidThatEndsAtOnce) {
  GameProfile profile;
  profile.name = "brief";
  profile.program.command = {"sh", "-c", "echo no luck today; exit 4"};
  LiveGame world(profile, on_own_display());
  EXPECT_THAT(error_of([&] { (void)world.reset(0, {}); }),
              HasSubstr("brief ended before its window appeared: exit code 4; it said:\nno luck today"));
}

TEST(LiveGame, WaitsForTheWindowThatStaysOpen) {
  GameProfile profile;
  profile.name = "fickle";
  profile.program.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_fickle_window"};
  for (int start = 0; start < 5; ++start) {
    LiveGame world(profile, on_own_display());
    (void)world.reset(0, {});  // returns when it has seen the stripes
    EXPECT_FALSE(world.outcome().is_over());
  }
}

TEST(LiveGame, GivesUpOnAProgramWithoutAWindow) {
  GameProfile profile;
  profile.name = "blind";
  profile.program.command = {"sleep", "600"};
  profile.program.start_timeout_s = 0.3;
  LiveGame world(profile, on_own_display());
  EXPECT_THAT(error_of([&] { (void)world.reset(0, {}); }), HasSubstr("blind showed no window"));
}

}  // namespace
}  // namespace atl::envs::desktop
