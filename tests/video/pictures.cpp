#include "pictures.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace atl::video {
namespace {
constexpr int kBlocks = 16;
}

Frame numbered_picture(FrameSize size, int number) {
  Frame frame = make_frame(size);
  for (int y = 0; y < size.height_px; ++y) {
    for (int x = 0; x < size.width_px; ++x) {
      std::uint8_t* pixel = &frame.pixels[static_cast<std::size_t>(y * frame.stride_bytes + x * kBytesPerPixel)];
      pixel[0] = static_cast<std::uint8_t>(2 * x + number);
      pixel[1] = static_cast<std::uint8_t>(3 * y + 2 * number);
      pixel[2] = static_cast<std::uint8_t>(x + y);
      pixel[3] = 255;
      if (y >= size.height_px / 2) continue;
      const bool one = (number >> (x * kBlocks / size.width_px) & 1) != 0;
      pixel[0] = pixel[1] = pixel[2] = one ? 255 : 0;
    }
  }
  return frame;
}

int number_in(const std::vector<std::uint8_t>& pixels, FrameSize size) {
  int number = 0;
  for (int block = 0; block < kBlocks; ++block) {
    const int x = (2 * block + 1) * size.width_px / (2 * kBlocks);
    const int y = size.height_px / 4;
    if (pixels[static_cast<std::size_t>((y * size.width_px + x) * kBytesPerPixel + 1)] > 127) number |= 1 << block;
  }
  return number;
}

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr) << command;
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

std::vector<std::int64_t> ffprobe_timestamps_us(const std::filesystem::path& path) {
  std::istringstream lines(output_of("ffprobe -v error -select_streams v:0 -show_entries frame=pts_time -of csv=p=0 '" +
                                     path.string() + "'"));
  std::vector<std::int64_t> times;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) times.push_back(std::llround(std::stod(line) * 1e6));
  }
  return times;
}

}  // namespace atl::video
