#include "capture/counter_picture.h"

#include "core/error.h"
#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace atl::capture {
namespace {

std::vector<std::uint8_t> drawn(std::uint32_t counter, FrameSize size) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size.width_px * size.height_px * kBytesPerPixel));
  draw_counter(counter, size, pixels);
  return pixels;
}

ImageView view(const std::vector<std::uint8_t>& pixels, FrameSize size) {
  return {pixels.data(), size.width_px, size.height_px, std::ptrdiff_t{4} * size.width_px};
}

TEST(CounterPicture, ReadsBackWhatWasDrawn) {
  Random random(1);
  for (const FrameSize size : {FrameSize{8, 8}, FrameSize{64, 64}, FrameSize{131, 77}, FrameSize{640, 480}}) {
    for (const std::uint32_t counter : {0U, 1U, 0xffffffffU, static_cast<std::uint32_t>(random())}) {
      EXPECT_EQ(read_counter(view(drawn(counter, size), size)), counter);
    }
  }
}

TEST(CounterPicture, TornPictureReadsAsNothing) {
  const FrameSize size{160, 120};
  for (std::uint32_t counter = 0; counter < 20; ++counter) {
    const auto above = drawn(counter, size);
    for (int row = 1; row < size.height_px; ++row) {
      auto torn = drawn(counter + 1, size);
      std::copy_n(above.begin(), row * size.width_px * 4, torn.begin());
      const auto read = read_counter(view(torn, size));
      // A few rows at either end may pass for blur; never may another number come out.
      EXPECT_TRUE(!read || *read == counter || *read == counter + 1) << "row " << row << " read " << *read;
      if (row > size.height_px / 16 && row < size.height_px - size.height_px / 16) {
        EXPECT_FALSE(read) << "counter " << counter << " torn at row " << row;
      }
    }
  }
}

TEST(CounterPicture, OtherPicturesReadAsNothing) {
  const FrameSize size{64, 64};
  std::vector<std::uint8_t> pixels(64 * 64 * 4, 0);
  EXPECT_FALSE(read_counter(view(pixels, size)));
  Random random(2);
  for (auto& byte : pixels) byte = static_cast<std::uint8_t>(random());
  EXPECT_FALSE(read_counter(view(pixels, size)));
}

TEST(CounterPicture, TooSmallIsRefused) {
  std::vector<std::uint8_t> pixels(7 * 8 * 4);
  EXPECT_THROW(draw_counter(1, {7, 8}, pixels), Error);
  EXPECT_FALSE(read_counter(view(pixels, {7, 8})));
}

}  // namespace
}  // namespace atl::capture
