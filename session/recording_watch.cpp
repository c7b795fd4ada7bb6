#include "session/recording_watch.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::session {
namespace {

constexpr int kStride = 8;          // px between the pixels that are looked at
constexpr std::uint8_t kDark = 13;  // of 255
constexpr int kAllowedPart = 1000;  // one bright pixel in so many is noise, or a cursor

bool is_over(double limit_s, Timestamp since, Timestamp now) {
  return limit_s > 0.0 && to_seconds(now - since) >= limit_s;
}

}  // namespace

void describe(ConfigVisitor& v, WatchConfig& config) {
  v.field("black_s", &config.black_s, {.min = 0, .max = 3600});
  v.field("frozen_s", &config.frozen_s, {.min = 0, .max = 3600});
  v.field("silent_s", &config.silent_s, {.min = 0, .max = 3600});
}

bool is_black(ImageView picture) {
  int num_seen = 0;
  int num_bright = 0;
  for (int y = 0; y < picture.height_px; y += kStride) {
    const std::uint8_t* row = picture.row(y);
    for (int x = 0; x < picture.width_px; x += kStride) {
      const std::uint8_t* pixel = row + std::ptrdiff_t{kBytesPerPixel} * x;
      ++num_seen;
      num_bright += std::max({pixel[0], pixel[1], pixel[2]}) >= kDark ? 1 : 0;
    }
  }
  return num_bright * kAllowedPart <= num_seen;
}

RecordingWatch::RecordingWatch(const WatchConfig& config, Timestamp start, bool hears_person)
    : config_(config), hears_person_(hears_person), last_picture_(start), last_bright_(start), last_input_(start) {}

void RecordingWatch::see(const Frame& picture) {
  last_picture_ = picture.done;
  is_black_ = is_black(picture.view());
  if (!is_black_) last_bright_ = picture.done;
}

std::vector<std::string> RecordingWatch::warnings(Timestamp now) const {
  std::vector<std::string> found;
  if (is_black_ && is_over(config_.black_s, last_bright_, now)) found.emplace_back("the picture is black");
  if (is_over(config_.frozen_s, last_picture_, now)) found.emplace_back("the picture does not change");
  if (hears_person_ && is_over(config_.silent_s, last_input_, now)) found.emplace_back("no input arrives");
  return found;
}

}  // namespace atl::session
