#include "datasets/video/episode_video.h"

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/video/keyboard_layout.h"
#include "datasets/video/reader.h"
#include "pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace atl::video {
namespace {

constexpr FrameSize kSize{96, 72};

std::vector<std::uint8_t> copy_of(ImageView view) {
  std::vector<std::uint8_t> pixels;
  copy_packed(view, pixels);
  return pixels;
}

TEST(KeyboardLayout, HasEveryKeyOnceAndNoTwoOverlap) {
  std::set<std::string_view> names;
  const std::span<const KeyCap> caps = keyboard_layout();
  for (const KeyCap& cap : caps) {
    EXPECT_FALSE(is_button(control_named(cap.control)));
    EXPECT_TRUE(names.insert(cap.control).second) << cap.control;
    EXPECT_GE(cap.x, 0.0);
    EXPECT_LE(cap.x + cap.width, kKeyboardWidth + 1e-9) << cap.control;
    EXPECT_LE(cap.y + 1, kKeyboardHeight) << cap.control;
    for (const KeyCap& other : caps) {
      if (&other == &cap || other.y != cap.y) continue;
      EXPECT_TRUE(cap.x + cap.width <= other.x + 1e-9 || other.x + other.width <= cap.x + 1e-9)
          << cap.control << " and " << other.control;
    }
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kNumKeys));
}

TEST(Canvas, ShowsThePictureEnlargedByAWholeNumber) {
  Random random(1);
  for (const FrameSize size : {FrameSize{96, 72}, {97, 71}, {160, 90}, {640, 480}, {801, 601}, {8, 8}}) {
    Frame picture = make_frame(size);
    for (std::uint8_t& byte : picture.pixels) byte = static_cast<std::uint8_t>(random());
    Canvas canvas(size);
    EXPECT_EQ(canvas.size().width_px % 2, 0);
    EXPECT_EQ(canvas.size().height_px % 2, 0);
    EXPECT_EQ(canvas.scale(), std::max(1, 672 / size.width_px));
    const ImageView drawn = canvas.draw(picture.view(), {});
    ASSERT_EQ(drawn.size(), canvas.size());
    // The picture stands centred below the header; every pixel of it is a block of scale x scale.
    const int left = (drawn.width_px - size.width_px * canvas.scale()) / 2;
    constexpr int kTop = 44;
    for (int i = 0; i < 200; ++i) {
      const int x = random.between(0, size.width_px - 1);
      const int y = random.between(0, size.height_px - 1);
      for (const int inside : {0, canvas.scale() - 1}) {
        const std::uint8_t* shown = drawn.row(kTop + y * canvas.scale() + inside) +
                                    static_cast<std::ptrdiff_t>(left + x * canvas.scale() + inside) * kBytesPerPixel;
        const std::uint8_t* original = picture.view().row(y) + static_cast<std::ptrdiff_t>(x) * kBytesPerPixel;
        ASSERT_TRUE(std::equal(shown, shown + 3, original)) << size.width_px << ": " << x << " " << y;
      }
    }
  }
}

TEST(Canvas, ShrinksWhatItDrawsToTheAskedWidth) {
  Canvas small(kSize, 480);
  EXPECT_EQ(small.size().width_px, 480);
  EXPECT_NEAR(small.size().height_px, Canvas(kSize).size().height_px * 480.0 / 672.0, 2.0);
  EXPECT_EQ(small.size().height_px % 2, 0);
  Frame white = make_frame(kSize);
  std::fill(white.pixels.begin(), white.pixels.end(), std::uint8_t{255});
  const ImageView drawn = small.draw(white.view(), {});
  ASSERT_EQ(drawn.size(), small.size());
  EXPECT_EQ(drawn.row(drawn.height_px / 2)[4 * (drawn.width_px / 2)], 255) << "the picture is in the middle";
  EXPECT_LT(drawn.row(drawn.height_px - 2)[0], 100) << "the panel below it";
  EXPECT_EQ(Canvas(kSize, 4000).size(), Canvas(kSize).size()) << "never enlarged";
}

TEST(Canvas, ShowsEveryControlHeldAndTapped) {
  const Frame picture = numbered_picture(kSize, 3);
  Canvas canvas(kSize);
  std::set<std::vector<std::uint8_t>> seen{copy_of(canvas.draw(picture.view(), {}))};
  std::size_t expected = 1;
  for (int i = 0; i < kNumControls; ++i, expected += 2) {
    CanvasContent content;
    tap(content.action, control_at(i));
    seen.insert(copy_of(canvas.draw(picture.view(), content)));
    hold(content.action, control_at(i), {});
    seen.insert(copy_of(canvas.draw(picture.view(), content)));
  }
  EXPECT_EQ(seen.size(), expected);
}

TEST(Canvas, ShowsMotionPointerTextAndVerdict) {
  const Frame picture = numbered_picture(kSize, 3);
  Canvas canvas(kSize);
  std::set<std::vector<std::uint8_t>> seen{copy_of(canvas.draw(picture.view(), {}))};
  std::vector<CanvasContent> contents(9);
  contents[0].action.dx = 5;
  contents[1].action.dy = -5;
  contents[2].action.wheel = 1;
  contents[3].action.pointer = PointerPosition{40, 30};
  contents[4].instruction = "go to the red ball";
  contents[5].note = "episode 1";
  contents[6].status = "step 4";
  contents[7].verdict = "success";
  contents[8].verdict = "wrong_object";
  for (const CanvasContent& content : contents) seen.insert(copy_of(canvas.draw(picture.view(), content)));
  EXPECT_EQ(seen.size(), 10U);
  // What cannot be drawn as it is harms nothing.
  CanvasContent odd;
  odd.instruction = std::string(5000, 'w') + "\xc3\xa9\n\x01";
  odd.reason = odd.note = odd.status = odd.instruction;
  odd.verdict = "failed";
  odd.action.pointer = PointerPosition{-100, 1'000'000};
  odd.action.dx = std::numeric_limits<std::int32_t>::min();
  static_cast<void>(canvas.draw(picture.view(), odd));
}

TEST(EpisodeVideo, IsAPlainMp4AtTheActionRate) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "film.mp4";
  EpisodeVideo film(path, 15.0);
  for (int episode = 0; episode < 2; ++episode) {
    film.begin("go to the red ball", "episode");
    for (int i = 0; i < 20; ++i) film.add(numbered_picture(kSize, i).view(), {}, static_cast<std::uint64_t>(i));
    film.end("success", "reached the red ball");
  }
  film.close();
  const std::vector<std::int64_t> times = ffprobe_timestamps_us(path);
  ASSERT_EQ(times.size(), 2U * (20 + 23));  // 1.5 s of verdict at 15 Hz, rounded
  EXPECT_EQ(film.num_pictures(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(static_cast<double>(times[i]), static_cast<double>(i) * 1e6 / 15, 1.0);
  EXPECT_THAT(
      output_of("ffprobe -v error -show_entries stream=pix_fmt,codec_name -of default=nw=1 '" + path.string() + "'"),
      testing::AllOf(testing::HasSubstr("codec_name=h264"), testing::HasSubstr("pix_fmt=yuv420p")));
  EXPECT_EQ(read_text_file(path).find("moof"), std::string::npos);
  EXPECT_EQ(open_video(path)->timestamps_us().size(), times.size());
}

TEST(EpisodeVideo, RefusesPicturesOfAnotherSizeAndFilmsWithout) {
  const TemporaryFolder folder;
  EpisodeVideo film(folder.path() / "film.mp4", 15.0);
  film.begin("x", "");
  film.end("timeout", "");  // an episode without pictures
  EXPECT_THROW(film.close(), Error);
  film.add(numbered_picture(kSize, 0).view(), {}, 0);
  EXPECT_THROW(film.add(numbered_picture({97, 72}, 0).view(), {}, 1), Error);
}

}  // namespace
}  // namespace atl::video
