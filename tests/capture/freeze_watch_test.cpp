#include "capture/freeze_watch.h"

#include "capture/counter_picture.h"

#include <gtest/gtest.h>

namespace atl::capture {
namespace {

using std::chrono::milliseconds;

constexpr FrameSize kSize{320, 240};

Frame counter_frame(std::uint32_t counter) {
  Frame frame = make_frame(kSize);
  draw_counter(counter, kSize, frame.pixels);
  return frame;
}

Frame plain_frame(std::uint8_t byte) {
  Frame frame = make_frame(kSize);
  std::fill(frame.pixels.begin(), frame.pixels.end(), byte);
  return frame;
}

class FreezeWatchTest : public testing::Test {
 protected:
  PictureState frame(const Frame& picture) { return see(FrameStatus::kFrame, picture); }
  PictureState see(FrameStatus status, const Frame& picture = {}) {
    now_ += milliseconds(100);
    return watch_.see(status, picture, info_, now_).state;
  }
  FreezeWatch watch_;
  SourceInfo info_;
  Timestamp now_ = from_ns(1'000'000'000);
};

TEST_F(FreezeWatchTest, EqualPicturesDrawnOverAndOverAreStillAndOneOtherPixelIsNot) {
  Frame picture = counter_frame(1);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(frame(picture), PictureState::kLive);
  for (int i = 0; i < 6; ++i) (void)frame(picture);
  EXPECT_EQ(watch_.health().state, PictureState::kStill);
  picture.pixels[4 * (320 * 100 + 7)] ^= 0x40;  // no sample falls there
  EXPECT_EQ(frame(picture), PictureState::kLive);
}

TEST_F(FreezeWatchTest, SilenceOfTheDisplayIsFrozenAndAnAnswerEndsIt) {
  EXPECT_EQ(frame(counter_frame(1)), PictureState::kLive);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(see(FrameStatus::kTimeout), PictureState::kLive);
  EXPECT_EQ(see(FrameStatus::kTimeout), PictureState::kFrozen);
  EXPECT_EQ(frame(counter_frame(2)), PictureState::kLive);
}

TEST_F(FreezeWatchTest, StoppedProgramsAreFrozenAtOnceAndHiddenWindowsAreHidden) {
  EXPECT_EQ(frame(counter_frame(1)), PictureState::kLive);
  info_.program = ProgramState::kStopped;
  EXPECT_EQ(frame(counter_frame(2)), PictureState::kLive) << "it drew before";
  EXPECT_EQ(see(FrameStatus::kUnchanged), PictureState::kFrozen);
  EXPECT_EQ(see(FrameStatus::kHidden), PictureState::kHidden);
  EXPECT_EQ(see(FrameStatus::kGone), PictureState::kGone);
}

TEST_F(FreezeWatchTest, OneColourIsBlankAfterAWhile) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(frame(plain_frame(static_cast<std::uint8_t>(i))), PictureState::kLive);
  EXPECT_EQ(frame(plain_frame(9)), PictureState::kBlank);
  EXPECT_EQ(frame(counter_frame(1)), PictureState::kLive);
}

TEST_F(FreezeWatchTest, APointerDrawnIntoABlackPictureLeavesItBlank) {
  Frame picture = plain_frame(0);
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 24; ++x) picture.pixels[static_cast<std::size_t>(4 * (320 * y + x))] = 0xff;
  }
  EXPECT_FALSE(is_blank(picture.view()));
  EXPECT_TRUE(is_blank(picture.view(), 24 * 24));
  EXPECT_FALSE(is_blank(picture.view(), 24 * 24 - 1));
  info_.cursor = CursorMode::kDrawn;
  for (int i = 0; i < 8; ++i) (void)frame(picture);
  EXPECT_EQ(watch_.health().state, PictureState::kBlank);
}

TEST_F(FreezeWatchTest, BlackIsToldFromDarkAndFromAnotherColour) {
  Frame picture = plain_frame(5);
  picture.pixels[4 * (320 * 100 + 7)] = 12;  // dark noise: not of one colour
  EXPECT_TRUE(is_black(picture.view()));
  for (int i = 0; i < 8; ++i) (void)frame(picture);
  EXPECT_EQ(watch_.health().words, "the picture is black");
  for (int x = 0; x < 320; ++x) picture.pixels[static_cast<std::size_t>(picture.stride_bytes * 8 + 4 * x + 1)] = 60;
  EXPECT_FALSE(is_black(picture.view())) << "one bright line";
  EXPECT_EQ(frame(picture), PictureState::kLive);
  for (int i = 0; i < 8; ++i) (void)frame(plain_frame(200));
  EXPECT_EQ(watch_.health().words, "the picture is of one colour all over");
}

TEST_F(FreezeWatchTest, WordsNameTheCause) {
  info_.pid = 42;
  info_.program = ProgramState::kSilent;
  EXPECT_EQ(frame(counter_frame(1)), PictureState::kLive);
  EXPECT_EQ(watch_.health().words, "");
  for (int i = 0; i < 15; ++i) (void)see(FrameStatus::kUnchanged);
  EXPECT_EQ(describe(watch_.health(), now_),
            "the picture is frozen: process 42 does not answer its window's pings (1.5 s)");
  info_.window_id = 7;
  (void)see(FrameStatus::kHidden);
  EXPECT_EQ(watch_.health().words, "the window is minimised or unmapped");
  info_.window_id = 0;
  (void)see(FrameStatus::kHidden);
  EXPECT_EQ(watch_.health().words, "the window is closed for now");
  EXPECT_EQ(to_string(PictureState::kBlank), "blank");
}

}  // namespace
}  // namespace atl::capture
