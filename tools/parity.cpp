#include "tools/parity.h"

#include "core/error.h"
#include "datasets/recording_file.h"
#include "datasets/window_size.h"
#include "tools/live_replay.h"
#include "tools/videos.h"
#include "trainer/recorded_episodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace atl::tools {
namespace {

constexpr std::size_t kPicturesAtOnce = 64;

// The episodes of one recording in a cache.
std::vector<datasets::CachedEpisode> places_of(const datasets::FrameCache& cache, std::size_t recording) {
  std::vector<datasets::CachedEpisode> places;
  for (const datasets::CachedEpisode& place : cache.episodes()) {
    if (place.recording == recording) places.push_back(place);
  }
  return places;
}

// Holds pictures of the live path against those of a cache.
class Comparison {
 public:
  explicit Comparison(const datasets::FrameCache& cache) : cache_(cache) {}

  void compare(const datasets::CachedEpisode& place, std::uint64_t step, ImageView live) {
    ATOLL_CHECK(live.size() == cache_.frame_size(), "a picture of {}x{} px beside a cache of {}x{}", live.width_px,
                live.height_px, cache_.frame_size().width_px, cache_.frame_size().height_px);
    const std::span<const std::uint8_t> trained = cache_.frame(place.first + step);
    copy_packed(live, packed_);
    ++result_.pictures;
    const auto [a, b] = std::mismatch(trained.begin(), trained.end(), packed_.begin());
    if (a == trained.end()) return;
    if (result_.different++ == 0) {
      const auto byte = static_cast<std::size_t>(a - trained.begin());
      const std::size_t pixel = byte / kBytesPerPixel;
      const auto width = static_cast<std::size_t>(live.width_px);
      constexpr std::array<const char*, kBytesPerPixel> kNames{"blue", "green", "red", "alpha"};
      result_.first =
          fmt::format("episode {}, step {}, pixel ({}, {}), {}: {} as trained and {} as played", place.episode, step,
                      pixel % width, pixel / width, kNames[byte % kBytesPerPixel], *a, *b);
    }
    result_.live[place.first + step] = packed_;
  }

  [[nodiscard]] PathComparison take() { return std::move(result_); }

 private:
  const datasets::FrameCache& cache_;
  PathComparison result_;
  std::vector<std::uint8_t> packed_;
};

// An episode as one path shows it; borrows all.
trainer::PlainEpisode sight_of(const trainer::RecordedEpisode& episode, const datasets::FrameCache& cache,
                               std::uint64_t first, const PathComparison* live) {
  trainer::PlainEpisode sight;
  sight.spans = trainer::instruction_spans(episode);
  sight.frame = [&cache, first, live](std::size_t step) -> std::span<const std::uint8_t> {
    if (live != nullptr) {
      const auto found = live->live.find(first + step);
      if (found != live->live.end()) return found->second;
    }
    return cache.frame(first + step);
  };
  return sight;
}

void append(std::vector<double>& all, const std::vector<double>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

void GreyLevels::add(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  ATOLL_CHECK(a.size() == b.size(), "pictures of {} and {} bytes", a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (i % kBytesPerPixel == kBytesPerPixel - 1) continue;  // alpha carries no meaning
    ++counts_[static_cast<std::size_t>(std::abs(a[i] - b[i]))];
    ++count_;
  }
}

double GreyLevels::mean() const {
  double sum = 0.0;
  for (std::size_t level = 0; level < counts_.size(); ++level)
    sum += static_cast<double>(level) * static_cast<double>(counts_[level]);
  return count_ == 0 ? 0.0 : sum / static_cast<double>(count_);
}

int GreyLevels::p99() const {
  std::uint64_t below = 0;
  for (std::size_t level = 0; level < counts_.size(); ++level) {
    below += counts_[level];
    if (below * 100 >= count_ * 99) return static_cast<int>(level);
  }
  return 0;
}

int GreyLevels::max() const {
  int most = 0;
  for (std::size_t level = 0; level < counts_.size(); ++level) {
    if (counts_[level] > 0) most = static_cast<int>(level);
  }
  return most;
}

PathComparison compare_paths(const ParityRecording& recording, const datasets::FrameCache& cache,
                             const datasets::VideoReaderFactory& open_video, const PolicyContract& contract) {
  const auto video = open_video(recording.folder / datasets::kVideoFile);
  Comparison comparison(cache);
  for (const datasets::CachedEpisode& place : places_of(cache, recording.index)) {
    const ReplayedEpisode episode{
        .pictures = recording.reader->frames(place.episode),
        .num_pictures = place.count,
        .resampling = datasets::Resampling(recording.reader->facts().action_rate_hz, contract.action_rate_hz,
                                           recording.folder.string()),
        .facts = recording.reader->facts()};
    replay_live(episode, *video, contract,
                [&](std::uint64_t step, ImageView picture) { comparison.compare(place, step, picture); });
  }
  return comparison.take();
}

ActionDivergence measure_divergence(const ParityRecording& recording, const SeenPictures& seen,
                                    const trainer::PolicyDivergence& policy) {
  const trainer::RecordedEpisodes recorded = trainer::load_whole_recording(recording.folder, policy.contract());
  const SourceFacts& facts = recorded.facts.at(0);
  const agent::ActionCodec codec(policy.contract(), facts.counts_per_turn,
                                 datasets::window_size(policy.contract(), facts, recording.folder, video_reader()));
  const std::vector<datasets::CachedEpisode> places = places_of(seen.decoded, recording.index);
  const auto originals =
      seen.original != nullptr ? places_of(*seen.original, 0) : std::vector<datasets::CachedEpisode>{};
  ActionDivergence divergence;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto episode = std::find_if(recorded.episodes.begin(), recorded.episodes.end(),
                                      [&](const trainer::RecordedEpisode& e) { return e.index == places[i].episode; });
    if (episode == recorded.episodes.end()) continue;  // it has no action
    std::vector<agent::ActionParts> actions;
    for (const Action& action : episode->actions) actions.push_back(codec.encode(action));
    const auto trained = sight_of(*episode, seen.decoded, places[i].first, nullptr);
    const auto live = sight_of(*episode, seen.decoded, places[i].first, &seen.decoded_paths);
    append(divergence.incremental, policy.between({live}, {trained, kPicturesAtOnce}, actions));
    append(divergence.untouched, policy.between({trained}, {live}, actions));
    if (seen.original == nullptr) continue;
    const auto drawn = sight_of(*episode, *seen.original, originals[i].first, nullptr);
    const auto drawn_live = sight_of(*episode, *seen.original, originals[i].first, seen.original_paths);
    append(divergence.untouched, policy.between({drawn}, {drawn_live}, actions));
    append(divergence.decoded, policy.between({drawn}, {live}, actions));
  }
  return divergence;
}

}  // namespace atl::tools
