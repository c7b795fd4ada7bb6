#include "datasets/check_audio.h"

#include "core/error.h"
#include "datasets/audio_index.h"
#include "datasets/audio_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace atl::datasets {
namespace {

constexpr Duration kMostJitter = std::chrono::milliseconds(20);  // of an entry's time, without a word of a step
constexpr Duration kMostOpen = std::chrono::milliseconds(500);   // of an episode's begin or end, without sound or word
constexpr double kMostDrift_ppm = 1000.0;                   // clocks of sound cards are off by some hundred at most
constexpr Duration kLongEnough = std::chrono::seconds(10);  // a stretch that tells something about drift

// Samples without a loss or a step between them: a straight line of times over numbers, fitted.
class Stretch {
 public:
  void add(const AudioEntry& entry) {
    if (entries_.empty()) format_ = {entry.rate_hz, entry.num_channels};
    entries_.push_back(
        {static_cast<double>(count_), to_seconds(entry.time - (entries_.empty() ? entry.time : begin_))});
    if (entries_.size() == 1) begin_ = entry.time;
    count_ += entry.count;
  }
  [[nodiscard]] bool is_empty() const { return entries_.empty(); }

  void finish(AudioSummary& summary) {
    if (entries_.size() > 2) measure(summary);
    entries_.clear();
    count_ = 0;
  }

  double weight_s = 0.0;  // of all that told something about drift

 private:
  struct Point {
    double sample;
    double time_s;
  };

  void measure(AudioSummary& summary) {
    double mean_x = 0.0;
    double mean_y = 0.0;
    for (const Point& p : entries_) {
      mean_x += p.sample / static_cast<double>(entries_.size());
      mean_y += p.time_s / static_cast<double>(entries_.size());
    }
    double xx = 0.0;
    double xy = 0.0;
    for (const Point& p : entries_) {
      xx += (p.sample - mean_x) * (p.sample - mean_x);
      xy += (p.sample - mean_x) * (p.time_s - mean_y);
    }
    const double period_s = xy / xx;
    for (const Point& p : entries_) {
      const double off_s = p.time_s - mean_y - period_s * (p.sample - mean_x);
      summary.jitter_ms = std::max(summary.jitter_ms, std::abs(off_s) * 1e3);
    }
    const double length_s = entries_.back().time_s;
    if (length_s < to_seconds(kLongEnough)) return;
    const double ppm = (1.0 / (period_s * format_.rate_hz) - 1.0) * 1e6;
    summary.drift_ppm = (summary.drift_ppm * weight_s + ppm * length_s) / (weight_s + length_s);
    weight_s += length_s;
  }

  AudioFormat format_;
  Timestamp begin_;
  std::uint64_t count_ = 0;
  std::vector<Point> entries_;
};

class AudioChecker {
 public:
  AudioChecker(const RecordingReader& reader, const AudioReaderFactory& open, bool is_repaired)
      : reader_(reader), open_(open), is_repaired_(is_repaired) {}

  AudioCheck run() {
    const auto index = read_audio_index(reader_.mcap());
    for (std::size_t i = 0; i < std::min(index.size(), reader_.episodes().size()); ++i)
      if (!index[i].empty()) check_episode(i, index[i]);
    if (check_.summary.rate_hz > 0) check_file();
    if (std::abs(check_.summary.drift_ppm) > kMostDrift_ppm)
      refuse(
          fmt::format("the sound's clock ran {:+.0f} ppm against the recording's, expected within {:.0f}: its times "
                      "or counts are wrong",
                      check_.summary.drift_ppm, kMostDrift_ppm));
    return std::move(check_);
  }

 private:
  void refuse(std::string problem) { check_.unusable.push_back(std::move(problem)); }

  [[nodiscard]] double at(std::size_t episode, Timestamp time) const {
    return to_seconds(time - reader_.episodes()[episode].start.time);
  }

  void check_episode(std::size_t index, const std::vector<AudioEntry>& entries) {
    const Episode& episode = reader_.episodes()[index];
    AudioSummary& summary = check_.summary;
    Timestamp end = episode.start.time;  // of what is accounted for
    bool is_told = false;                // a loss since
    bool is_first = true;
    double heard_s = 0.0;
    for (const AudioEntry& entry : entries) {
      if (entry.kind == AudioKind::kLost) {
        ++summary.num_losses;
        is_told = true;
        stretch_.finish(summary);
        continue;
      }
      if (entry.kind == AudioKind::kStep) {
        ++summary.num_steps;
        end += Duration(entry.length_ns);
        stretch_.finish(summary);
        continue;
      }
      check_entry(index, entry);
      const Duration gap = entry.time - end;
      if (is_told ? gap < -kMostJitter : is_first ? gap > kMostOpen : gap > kMostJitter || gap < -kMostJitter)
        refuse(
            fmt::format("episode {}: sound at {:.3f} s comes {:.1f} ms {} than its count of samples says, and no "
                        "loss was told",
                        index, at(index, entry.time), std::abs(to_ms(gap)), gap.count() > 0 ? "later" : "earlier"));
      stretch_.add(entry);
      const Duration length = duration_of(static_cast<std::int64_t>(entry.count), {entry.rate_hz, entry.num_channels});
      end = entry.time + length;
      heard_s += to_seconds(length);
      is_told = is_first = false;
    }
    stretch_.finish(summary);
    summary.seconds += heard_s;
    if (!episode.end) return;
    if (!is_told && !is_repaired_ && episode.end->time - end > kMostOpen)
      refuse(fmt::format("episode {}: sound ends at {:.3f} s, {:.3f} s before the episode, and no loss was told", index,
                         at(index, end), to_seconds(episode.end->time - end)));
    summary.lost_seconds += std::max(0.0, to_seconds(episode.end->time - episode.start.time) - heard_s);
  }

  // Numbers, format and order.
  void check_entry(std::size_t episode, const AudioEntry& entry) {
    AudioSummary& summary = check_.summary;
    if (summary.rate_hz == 0) {
      summary.rate_hz = entry.rate_hz;
      summary.num_channels = entry.num_channels;
    }
    if (entry.rate_hz != summary.rate_hz || entry.num_channels != summary.num_channels)
      refuse(fmt::format("episode {}: sound of {} Hz and {} channels, before it {} and {}", episode, entry.rate_hz,
                         entry.num_channels, summary.rate_hz, summary.num_channels));
    const bool follows = entry.first == next_ || (is_repaired_ && entry.first > next_);
    if (!follows)
      refuse(fmt::format("episode {}: samples from number {} on at {:.3f} s, expected {}", episode, entry.first,
                         at(episode, entry.time), next_));
    next_ = entry.first + entry.count;
    entries_.push_back(entry);
  }

  // Each sample against its hash.
  void check_file() {
    const std::filesystem::path path = reader_.folder() / kAudioFile;
    if ((!open_ && std::filesystem::exists(path)) || !check_.unusable.empty()) return;
    const AudioProof proof = prove_audio(path, open_, entries_);
    if (!proof.problem.empty()) return check_.repairable.push_back(proof.problem);
    if (proof.num_more > 0 && !is_repaired_)
      check_.repairable.push_back(fmt::format("{} has {} samples, the index knows {}", kAudioFile,
                                              proof.num_samples + proof.num_more, proof.num_samples));
  }

  const RecordingReader& reader_;
  const AudioReaderFactory& open_;
  const bool is_repaired_;
  AudioCheck check_;
  Stretch stretch_;
  std::uint64_t next_ = 0;
  std::vector<AudioEntry> entries_;  // of samples
};

}  // namespace

AudioCheck check_audio(const RecordingReader& reader, const AudioReaderFactory& open, bool is_repaired) {
  return AudioChecker(reader, open, is_repaired).run();
}

}  // namespace atl::datasets
