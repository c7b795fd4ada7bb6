#include "tools/sync_report.h"

#include "capture/counter_picture.h"
#include "core/error.h"
#include "datasets/reader.h"
#include "tools/percentile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace atl::tools {
namespace {

using envs::desktop::Flash;
using envs::desktop::FlashRun;

constexpr int kParts = 10;  // of an episode, for its drift
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Spread spread_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  return {percentile(values, 0.5), percentile(values, 0.99), *std::max_element(values.begin(), values.end())};
}

// A picture of the recording and the number that it shows; none if it cannot be read.
struct Shown {
  datasets::FrameEntry entry;
  std::optional<std::uint32_t> counter;
};

class Pictures {
 public:
  explicit Pictures(std::unique_ptr<datasets::VideoReader> video) : video_(std::move(video)) {}

  std::vector<Shown> read(const std::vector<datasets::FrameEntry>& entries) {
    std::vector<Shown> shown;
    const FrameSize size = video_->size();
    for (const datasets::FrameEntry& entry : entries) {
      if (entry.kind != datasets::FrameKind::kVideo || entry.video_pts_us < 0) continue;
      video_->read(datasets::index_at(*video_, entry.video_pts_us), pixels_);
      const ImageView picture{pixels_.data(), size.width_px, size.height_px,
                              static_cast<std::ptrdiff_t>(size.width_px) * kBytesPerPixel};
      shown.push_back({entry, capture::read_counter(picture)});
    }
    return shown;
  }

 private:
  std::unique_ptr<datasets::VideoReader> video_;
  std::vector<std::uint8_t> pixels_;
};

// One episode held against one run of the window.
class Comparison {
 public:
  Comparison(const FlashRun& truth, const std::vector<InputEvent>& inputs, std::vector<Shown> pictures)
      : truth_(truth), pictures_(std::move(pictures)) {
    for (const InputEvent& event : inputs) {
      if (event.kind == InputKind::kControl) inputs_.push_back(event);
    }
  }

  SyncEpisode run() {
    result_.inputs = inputs_.size();
    result_.pictures = pictures_.size();
    if (!inputs_.empty()) result_.seconds = to_seconds(inputs_.back().time - inputs_.front().time);
    compare_inputs();
    compare_pictures();
    measure_offset();
    return result_;
  }

 private:
  void compare_inputs() {
    const std::size_t common = std::min(truth_.size(), inputs_.size());
    result_.unequal = std::max(truth_.size(), inputs_.size()) - common;
    std::vector<double> age;
    for (std::size_t i = 0; i < common; ++i) {
      result_.unequal += truth_[i].control != inputs_[i].control || truth_[i].pressed != inputs_[i].pressed ? 1 : 0;
      result_.backdated += inputs_[i].time > truth_[i].received ? 1 : 0;
      age.push_back(to_ms(truth_[i].received - inputs_[i].time));
    }
    result_.input_age = spread_of(age);
  }

  void compare_pictures() {
    std::vector<double> grab;
    std::vector<double> to_picture;
    std::uint32_t answered = 0;
    for (const Shown& shown : pictures_) {
      grab.push_back(to_ms(shown.entry.done - shown.entry.requested));
      if (!shown.counter || *shown.counter > truth_.size()) {
        ++result_.unreadable;
        continue;
      }
      const std::uint32_t counter = *shown.counter;
      result_.early += is_early(shown, counter) ? 1 : 0;
      result_.stale += counter < truth_.size() && shown.entry.requested > truth_[counter].drawn_by ? 1 : 0;
      for (; answered < std::min<std::size_t>(counter, inputs_.size()); ++answered)
        to_picture.push_back(to_ms(shown.entry.done - inputs_[answered].time));
    }
    result_.grab = spread_of(grab);
    result_.input_to_picture = spread_of(to_picture);
    measure_video();
  }

  // Flash `counter` is truth_[counter - 1]; 0 was there before any input.
  [[nodiscard]] bool is_early(const Shown& shown, std::uint32_t counter) const {
    if (counter == 0) return false;
    const bool before_input = counter <= inputs_.size() && shown.entry.done < inputs_[counter - 1].time;
    return before_input || shown.entry.done < truth_[counter - 1].drawn_from;
  }

  // The content of a picture was on the screen from drawn_from of its number to drawn_by of the next one, and it is
  // from after `requested` and before `done`. What `done` is later than the content lies between these bounds.
  [[nodiscard]] Bounds bounds_of(const Shown& shown) const {
    const std::uint32_t counter = *shown.counter;
    const Timestamp done = shown.entry.done;
    Bounds bounds{0.0, to_ms(done - shown.entry.requested)};
    if (counter > 0) bounds.high = std::min(bounds.high, to_ms(done - truth_[counter - 1].drawn_from));
    if (counter < truth_.size()) bounds.low = std::max(bounds.low, to_ms(done - truth_[counter].drawn_by));
    return bounds;
  }

  void measure_offset() {
    if (pictures_.empty()) return;
    const Timestamp begin = pictures_.front().entry.done;
    const auto length = static_cast<double>((pictures_.back().entry.done - begin).count() + 1);
    // The grab of a picture takes as long as it takes; half of the pictures are no worse than the median.
    std::vector<std::vector<double>> lows(kParts);
    std::vector<std::vector<double>> highs(kParts);
    std::vector<double> all_lows;
    std::vector<double> all_highs;
    for (const Shown& shown : pictures_) {
      if (!shown.counter || *shown.counter > truth_.size()) continue;
      const Bounds bounds = bounds_of(shown);
      const auto part =
          static_cast<std::size_t>(kParts * static_cast<double>((shown.entry.done - begin).count()) / length);
      lows[part].push_back(bounds.low);
      highs[part].push_back(bounds.high);
      all_lows.push_back(bounds.low);
      all_highs.push_back(bounds.high);
    }
    result_.capture_offset = {percentile(all_lows, 0.5), percentile(all_highs, 0.5)};
    measure_drift(lows, highs);
  }

  void measure_drift(const std::vector<std::vector<double>>& lows, const std::vector<std::vector<double>>& highs) {
    double least = kInfinity;
    double most = -kInfinity;
    for (std::size_t part = 0; part < lows.size(); ++part) {
      if (lows[part].empty()) continue;
      const Bounds bounds{percentile(lows[part], 0.5), percentile(highs[part], 0.5)};
      least = std::min(least, bounds.middle());
      most = std::max(most, bounds.middle());
      result_.drift_half_width = std::max(result_.drift_half_width, bounds.half_width());
    }
    if (most >= least) result_.drift = most - least;
  }

  void measure_video() {
    for (const Shown& shown : pictures_) {
      const Shown& first = pictures_.front();
      const double video_ms = static_cast<double>(shown.entry.video_pts_us - first.entry.video_pts_us) * 1e-3;
      result_.video_drift =
          std::max(result_.video_drift, std::abs(video_ms - to_ms(shown.entry.done - first.entry.done)));
    }
  }

  const FlashRun& truth_;
  std::vector<InputEvent> inputs_;
  const std::vector<Shown> pictures_;
  SyncEpisode result_;
};

}  // namespace

std::vector<SyncEpisode> measure_sync(const std::filesystem::path& recording, const datasets::VideoReaderFactory& video,
                                      const std::vector<FlashRun>& truth, const std::vector<std::string>& pressed_by) {
  const auto reader = datasets::RecordingReader::open(recording);
  if (reader->episodes().size() != truth.size() || truth.size() != pressed_by.size())
    fail(ErrorKind::kFormat, "{} has {} episodes and the log of the flash window {} runs, expected {} of both",
         recording.string(), reader->episodes().size(), truth.size(), pressed_by.size());
  Pictures pictures(video(reader->video_path()));
  std::vector<SyncEpisode> episodes;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    episodes.push_back(Comparison(truth[i], reader->inputs(i), pictures.read(reader->frames(i))).run());
    episodes.back().pressed_by = pressed_by[i];
  }
  return episodes;
}

}  // namespace atl::tools
