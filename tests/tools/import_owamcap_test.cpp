// `atoll import owamcap` on a recording that the other project's own package wrote, beside a film by ffmpeg.
#include "capture/counter_picture.h"
#include "core/files.h"
#include "datasets/reader.h"
#include "datasets/video/reader.h"
#include "tests/tools/program.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

constexpr FrameSize kSize{640, 480};
constexpr int kNumPictures = 60;

class ImportOwamcap : public testing::Test {
 protected:
  // A film whose picture k shows k, in the codec and container of the other recorder.
  void make_film(const std::string& name) const {
    const std::filesystem::path raw = folder_.path() / "raw";
    {
      std::ofstream file(raw, std::ios::binary);
      std::vector<std::uint8_t> pixels(std::size_t{4} * kSize.width_px * kSize.height_px);
      for (std::uint32_t k = 0; k < kNumPictures; ++k) {
        capture::draw_counter(k, kSize, pixels);
        file.write(reinterpret_cast<const char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
      }
    }
    run(
        fmt::format("ffmpeg -v error -f rawvideo -pix_fmt bgra -s {}x{} -r 30 -i {} -c:v libx265 -x265-params "
                    "log-level=none -g 30 -pix_fmt yuv420p {}",
                    kSize.width_px, kSize.height_px, raw.string(), (folder_.path() / name).string()));
  }

  void write_mcap(const std::string& mouse, const std::string& film = "session.mkv") const {
    const char* python = std::getenv("ATOLL_PYTHON");
    ASSERT_NE(python, nullptr);
    std::filesystem::remove(source_);
    run(fmt::format("{} tests/tools/write_owamcap.py {} {} {} {}", python, source_.string(), film, kNumPictures,
                    mouse));
  }

  static void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

  ProgramResult import(const std::string& name, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"import", "owamcap", source_.string(), "--out",
                                       (folder_.path() / name).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_atoll(arguments);
  }

  TemporaryFolder folder_;
  const std::filesystem::path source_ = folder_.path() / "session.mcap";
};

TEST_F(ImportOwamcap, EventsPicturesAndTimesAreThoseOfTheRecording) {
  make_film("session.mkv");
  write_mcap("raw");
  const ProgramResult result = import("r", {"--instruction", "walk to the tree", "--world", "a game"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const ProgramResult check = run_atoll({"check", (folder_.path() / "r").string()});
  EXPECT_EQ(check.exit_code, 0) << check.out;

  const auto reader = datasets::RecordingReader::open(folder_.path() / "r");
  EXPECT_EQ(reader->facts().world, "a game");
  ASSERT_EQ(reader->episodes().size(), 1U);
  ASSERT_EQ(reader->episodes()[0].instructions.size(), 1U);
  EXPECT_EQ(reader->episodes()[0].instructions[0].text, "walk to the tree");

  std::vector<std::string> told;
  for (const InputEvent& event : reader->inputs(0)) {
    const auto ms = to_ns(event.time) / 1'000'000;
    if (event.kind == InputKind::kControl)
      told.push_back(fmt::format("{} {} {}", ms, info_of(event.control).name, event.pressed ? "down" : "up"));
    else
      told.push_back(fmt::format("{} kind {}: {},{}", ms, static_cast<int>(event.kind), event.dx, event.dy));
  }
  const auto motion = static_cast<int>(InputKind::kRelativeMotion);
  EXPECT_THAT(told, testing::ElementsAre("100 w down", fmt::format("205 kind {}: 30,-4", motion),
                                         fmt::format("206 kind {}: 5,0", motion), "300 mouse_left down",
                                         "310 mouse_left up", "420 w up", "440 left_shift down", "450 left_shift up",
                                         fmt::format("500 kind {}: 0,-1", static_cast<int>(InputKind::kWheel))));

  const auto video = video::open_video(reader->video_path());
  std::vector<std::uint8_t> pixels;
  const auto frames = reader->frames(0);
  ASSERT_EQ(frames.size(), static_cast<std::size_t>(kNumPictures / 2));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    video->read(datasets::index_at(*video, frames[i].video_pts_us), pixels);
    const ImageView picture{pixels.data(), kSize.width_px, kSize.height_px, std::ptrdiff_t{4} * kSize.width_px};
    EXPECT_EQ(capture::read_counter(picture), 2 * i);
    EXPECT_NEAR(static_cast<double>(to_ns(frames[i].done)), static_cast<double>(2 * i) * 1e9 / 30, 1e3);
  }
  // At 20 steps a second: w goes down in step 2, the mouse moves in step 4.
  const auto actions = reader->actions(0);
  ASSERT_EQ(actions.size(), 38U) << "58 pictures of 1/30 s hold 38 steps";
  EXPECT_TRUE(actions[2].action.is_held(control_named("w")));
  EXPECT_EQ(actions[4].action.dx, 35);
  EXPECT_EQ(actions[6].action.num_presses(control_named("mouse_left")), 1);
  EXPECT_FALSE(actions[8].action.is_held(control_named("w")));

  std::uint64_t dropped = 0;
  for (const datasets::DropNote& note : reader->drops()) dropped += note.count;
  EXPECT_EQ(dropped, 3U) << "q before the first picture, a foreign key, a tablet's motion";
}

TEST_F(ImportOwamcap, WithoutARawMouseThePointerIsTold) {
  make_film("session.mkv");
  write_mcap("cooked");
  ASSERT_EQ(import("r", {"--max-width", "320"}).exit_code, 0);
  const auto reader = datasets::RecordingReader::open(folder_.path() / "r");
  EXPECT_EQ(reader->facts().cursor, "drawn");
  const auto actions = reader->actions(0);
  ASSERT_GT(actions.size(), 10U);
  ASSERT_TRUE(actions[4].action.pointer);
  EXPECT_EQ(*actions[4].action.pointer, (PointerPosition{160, 120})) << "on the picture, which was halved";
  EXPECT_EQ(actions[6].action.num_presses(control_named("mouse_left")), 1);
  EXPECT_EQ(actions[10].action.wheel, -1);
  EXPECT_EQ(video::open_video(reader->video_path())->size(), (FrameSize{320, 240}));
}

TEST_F(ImportOwamcap, WhatDoesNotBelongTogetherIsRefused) {
  write_mcap("raw", "missing.mkv");
  const ProgramResult missing = import("a");
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("missing.mkv"));
  write_mcap("raw", "https://example.org/film.mkv");
  EXPECT_THAT(import("b").err, HasSubstr("expected a file beside it"));
  write_file_atomically(source_, std::string_view("not an mcap"));
  EXPECT_EQ(import("c").exit_code, 1);
  for (const char* name : {"a", "b", "c"}) EXPECT_FALSE(std::filesystem::exists(folder_.path() / name)) << name;
  make_film("session.mkv");
  run(fmt::format("ffmpeg -v error -i {0}/session.mkv -t 1 -c copy {0}/short.mkv", folder_.path().string()));
  write_mcap("raw", "short.mkv");
  EXPECT_THAT(import("d").err, HasSubstr("short.mkv ends at"));
}

}  // namespace
}  // namespace atl::tools_test
