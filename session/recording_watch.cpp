#include "session/recording_watch.h"

#include <algorithm>

namespace atl::session {
namespace {

bool is_over(double limit_s, Timestamp since, Timestamp now) {
  return limit_s > 0.0 && to_seconds(now - since) >= limit_s;
}

}  // namespace

void describe(ConfigVisitor& v, WatchConfig& config) {
  v.field("black_s", &config.black_s, {.min = 0, .max = 3600});
  v.field("frozen_s", &config.frozen_s, {.min = 0, .max = 3600});
  v.field("silent_s", &config.silent_s, {.min = 0, .max = 3600});
}

RecordingWatch::RecordingWatch(const WatchConfig& config, Timestamp start, bool hears_person)
    : config_(config), hears_person_(hears_person), start_(start), last_input_(start) {}

std::vector<std::string> RecordingWatch::warnings(Timestamp now, const PictureHealth& picture) const {
  std::vector<std::string> found;
  const double limit_s = picture.state == PictureState::kBlank ? config_.black_s : config_.frozen_s;
  const bool is_live = picture.state == PictureState::kLive;
  if (!is_live && is_over(limit_s, std::max(picture.since, start_), now)) found.push_back(picture.words);
  if (hears_person_ && is_over(config_.silent_s, last_input_, now)) found.emplace_back("no input arrives");
  return found;
}

}  // namespace atl::session
