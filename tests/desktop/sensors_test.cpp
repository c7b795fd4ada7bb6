// Each kind of judge on what a game writes or shows.
#include "core/files.h"
#include "core/random.h"
#include "envs/desktop/game/game_judge.h"
#include "envs/desktop/judges/log_sensor.h"
#include "envs/desktop/judges/sensor.h"
#include "envs/desktop/judges/telemetry_sensor.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

class SensorTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name, std::ios::binary | std::ios::app) << text;
  }

  void begin(JudgeProfile judge, int count = 1) {
    judge.name = judge.kind;
    EXPECT_EQ(problems_of(judge), std::vector<std::string>{});
    GameTask task{.task = {}, .judge = std::move(judge), .count = count, .target = {}, .scene = {}};
    judge_.begin(task, {folder_.path(), folder_.path() / "game.log", folder_.path()});
  }

  Verdict verdict() {
    judge_.poll();
    return judge_.outcome().verdict;
  }

  void show(const Frame& frame) { judge_.see(frame); }

  const TemporaryFolder folder_;
  GameJudge judge_{folder_.path()};
};

// A picture in which `shade(x, y)` says how bright each pixel is.
template <class Shade>
Frame picture(int width, int height, Shade shade) {
  Frame frame = make_frame({width, height});
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c)
        frame.pixels[static_cast<std::size_t>((y * width + x) * kBytesPerPixel + c)] =
            static_cast<std::uint8_t>(std::clamp(shade(x, y), 0.0, 255.0));
    }
  }
  return frame;
}

TEST_F(SensorTest, LogReadsNamedGroupsOfLinesSinceTheStart) {
  write("game.log", "Item: 0 armor\n");
  begin({.kind = "log",
         .line = R"((\d+:\d+ )?Item: (?<who>\d+) (?<item>\w+))",
         .success = {"item = armor"},
         .wrong = {"who = 0"},
         .object = "item"});
  EXPECT_EQ(verdict(), Verdict::kRunning) << "what was there before is not of this episode";
  write("game.log", "0:13 Item: 1 health\nnothing\n0:14 Item: 0 arm");
  EXPECT_EQ(verdict(), Verdict::kRunning) << "another's item, and half a line";
  write("game.log", "or\n");
  EXPECT_EQ(verdict(), Verdict::kSuccess);
  EXPECT_EQ(judge_.outcome().object, "armor");
}

TEST_F(SensorTest, LogTellsTheWrongThing) {
  begin({.kind = "log",
         .file = "games.log",
         .line = "Item: (?<item>\\w+)",
         .success = {"item = armor"},
         .wrong = {"item ~ .*"},
         .object = "item"});
  write("games.log", "Item: shotgun\n");
  EXPECT_EQ(verdict(), Verdict::kWrongObject);
  EXPECT_EQ(judge_.outcome().object, "shotgun");
}

TEST_F(SensorTest, LogStartsAnewWithAFileThatWasCutOff) {
  write("game.log", "a long line that was there before\n");
  begin({.kind = "log", .line = "(?<word>done)", .success = {"word = done"}});
  write_file_atomically(folder_.path() / "game.log", "done\n");
  EXPECT_EQ(verdict(), Verdict::kSuccess);
}

TEST_F(SensorTest, TelemetryCountsAndHolds) {
  begin({.kind = "telemetry", .file = "t.jsonl", .success = {"event = dig", "at.x < 3"}}, 2);
  write("t.jsonl", "{\"event\": \"dig\", \"at\": {\"x\": 1}}\n{\"event\": \"dig\", \"at\": {\"x\": 9}}\nno json\n");
  EXPECT_EQ(verdict(), Verdict::kRunning) << "one of two";
  write("t.jsonl", "{\"event\": \"dig\", \"at\": {\"x\": 2}}\n");
  EXPECT_EQ(verdict(), Verdict::kSuccess);
}

TEST_F(SensorTest, ASuccessThatHasToHoldIsGivenUpInBetween) {
  begin({.kind = "telemetry", .file = "t.jsonl", .success = {"near = 1"}, .hold_s = 0.2});
  write("t.jsonl", "{\"near\": true}\n");
  EXPECT_EQ(verdict(), Verdict::kRunning);
  write("t.jsonl", "{\"near\": false}\n{\"near\": true}\n");
  const Timestamp again = MonotonicClock::now();
  EXPECT_EQ(verdict(), Verdict::kRunning);
  SystemClock clock;
  while (verdict() == Verdict::kRunning && MonotonicClock::now() < again + std::chrono::seconds(5))
    clock.sleep_until(MonotonicClock::now() + std::chrono::milliseconds(5));
  EXPECT_EQ(verdict(), Verdict::kSuccess);
  EXPECT_GE(to_seconds(MonotonicClock::now() - again), 0.2);
}

TEST_F(SensorTest, ReplayReadsFieldsOfAFileThatWasWrittenAnew) {
  begin({.kind = "replay",
         .file = "last.nbr",
         .fields = {"timer i32 8", "coins u16be 12", "name text:4 14"},
         .success = {"coins >= 3", "name = abc", "timer = -2"}});
  write("last.nbr", std::string("\0\0\0\0\0\0\0\0\xfe\xff\xff\xff", 12));
  EXPECT_EQ(verdict(), Verdict::kRunning) << "not whole yet";
  write("last.nbr", std::string("\0\x03", 2) + std::string("abc\0", 4));
  EXPECT_EQ(verdict(), Verdict::kSuccess) << judge_.outcome().reason;
}

TEST_F(SensorTest, PixelsTellColoursAndChange) {
  begin({.kind = "pixels",
         .fields = {"light share 0 0 10 10 ffffff 20", "bright mean 0 0 20 20", "moved change 0 0 20 20"},
         .success = {"light > 0.9", "bright < 100", "moved > 10"}});
  show(picture(20, 20, [](int, int) { return 0.0; }));
  EXPECT_EQ(verdict(), Verdict::kRunning);
  show(picture(20, 20, [](int x, int y) { return x < 10 && y < 10 ? 250.0 : 0.0; }));
  EXPECT_EQ(verdict(), Verdict::kSuccess) << judge_.outcome().reason;
}

// Stones of all sizes: a number for each square of a grid, with straight lines between their middles.
double stones(double u, double v) {
  const auto grey = [](double x, double y) {
    return static_cast<double>(mix_bits(static_cast<std::uint64_t>(x * 7919 + y * 104729 + 1e6)) % 256);
  };
  const double x = std::floor(u);
  const double y = std::floor(v);
  const double a = u - x;
  const double b = v - y;
  return (grey(x, y) * (1 - a) + grey(x + 1, y) * a) * (1 - b) +
         (grey(x, y + 1) * (1 - a) + grey(x + 1, y + 1) * a) * b;
}

// A wall of stones, `scale` times as near as at first and `shift` px to the right.
Frame wall(double shift, double scale) {
  return picture(384, 256, [=](int x, int y) {
    const double u = (x - 192 - shift) / scale;
    const double v = (y - 128) / scale;
    return 0.5 * stones(u / 5, v / 5) + 0.5 * stones(u / 21, v / 21);
  });
}

TEST_F(SensorTest, MotionTellsTurningFromWalking) {
  JudgeProfile judge{
      .kind = "motion", .field_of_view_deg = 90, .success = {"right_deg > 20"}, .wrong = {"right_deg < -20"}};
  begin(judge);
  for (int i = 0; i <= 20; ++i) show(wall(-5.0 * i, 1));  // things go left: the camera turns right
  EXPECT_EQ(verdict(), Verdict::kSuccess) << judge_.outcome().reason;
  judge.success = {"forward > 0.3", "distance right_deg < 5"};
  begin(judge);
  for (int i = 0; i <= 20; ++i) show(wall(0, std::exp(0.02 * i)));
  EXPECT_EQ(verdict(), Verdict::kSuccess) << to_text(judge_.last_reading());
}

TEST_F(SensorTest, MotionOfAStillPictureIsNone) {
  begin({.kind = "motion", .field_of_view_deg = 90, .success = {"distance right_deg > 0"}});
  for (int i = 0; i < 5; ++i) show(wall(0, 1));
  EXPECT_EQ(verdict(), Verdict::kRunning);
}

TEST_F(SensorTest, HudReadsGlyphsOfAFolder) {
  std::filesystem::create_directories(folder_.path() / "glyphs");
  const auto ppm = [](const std::string& rows) {
    std::string text = "P6\n3 3\n255\n";
    for (const char c : rows) text += std::string(3, c == '#' ? '\xff' : '\0');
    return text;
  };
  write("glyphs/1.ppm", ppm(".#.##..#."));
  write("glyphs/7.ppm", ppm("###..#..#"));

  begin({.kind = "hud_glyphs", .fields = {"score 2 3 12 1"}, .glyphs = "glyphs", .success = {"score = 17"}});
  show(picture(16, 8, [](int, int) { return 0.0; }));
  EXPECT_EQ(verdict(), Verdict::kRunning);
  const std::string one = ".#.##..#.";
  const std::string seven = "###..#..#";
  show(picture(16, 8, [&](int x, int y) {
    if (y < 3 || y > 5) return 0.0;
    if (x >= 4 && x < 7) return one[static_cast<std::size_t>((y - 3) * 3 + x - 4)] == '#' ? 255.0 : 0.0;
    if (x >= 8 && x < 11) return seven[static_cast<std::size_t>((y - 3) * 3 + x - 8)] == '#' ? 255.0 : 0.0;
    return 0.0;
  }));
  EXPECT_EQ(verdict(), Verdict::kSuccess) << judge_.outcome().reason;
}

TEST(NamedPattern, KnowsGroupsWithAndWithoutNames) {
  const NamedPattern pattern(R"([(](?:a|b)(x)(?<first>\d+)\)(?<second>.))");
  const auto reading = pattern.match("-- (ax12)! --");
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(to_text(reading->at("first")), "12");
  EXPECT_EQ(to_text(reading->at("second")), "!");
  EXPECT_THAT(error_of([] { NamedPattern("(?<broken"); }), HasSubstr("a group's name begins with (?<"));
}

TEST(Telemetry, FlattensObjectsAndLists) {
  const auto reading = parse_telemetry(R"({"a": {"b": [1, true]}, "s": "t", "n": null})");
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(to_text(*reading), "a.b.0 = 1, a.b.1 = 1, s = t");
  EXPECT_FALSE(parse_telemetry("[1]").has_value());
}

TEST(JudgeProfile, SaysWhatItsKindHasNotOrNeeds) {
  EXPECT_THAT(problems_of({.kind = "log"}),
              testing::ElementsAre("kind log needs line", "success is empty, expected conditions"));
  EXPECT_THAT(problems_of({.kind = "telemetry", .file = "f", .wad = "w", .success = {"a = 1"}}),
              testing::ElementsAre("kind telemetry has no wad"));
  EXPECT_THAT(problems_of({.kind = "replay", .file = "f", .fields = {"x i9 0"}, .success = {"x = 1"}}),
              testing::ElementsAre(HasSubstr("replay field \"x i9 0\", expected NAME TYPE OFFSET")));
}

}  // namespace
}  // namespace atl::envs::desktop
