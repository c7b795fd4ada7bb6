#include "tools/check_parity.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "datasets/recording_file.h"
#include "session/policy_player.h"
#include "tools/drawn_again.h"
#include "tools/live_replay.h"
#include "tools/parity.h"
#include "tools/percentile.h"
#include "tools/videos.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <numeric>
#include <optional>

namespace atl::tools {
namespace {

// What is told of one recording.
struct Parity {
  std::filesystem::path path;
  PathComparison decoded;
  std::optional<PathComparison> original;  // nothing: not to be had
  std::string note;                        // why not
  GreyLevels codec_gap;
  ActionDivergence divergence;

  [[nodiscard]] std::uint64_t different() const { return decoded.different + (original ? original->different : 0); }
  [[nodiscard]] bool is_equal() const { return different() == 0 && percentile(divergence.untouched, 1.0) == 0.0; }
};

datasets::CacheInputs inputs_of(std::span<const std::filesystem::path> recordings, const PolicyContract& contract) {
  return {.recordings = {recordings.begin(), recordings.end()},
          .frame = contract.frame_size(),
          .action_rate_hz = contract.action_rate_hz};
}

// The cache that the flags name, or one of its own for each recording.
class Caches {
 public:
  Caches(std::span<const std::filesystem::path> recordings, const ParityFlags& flags, const PolicyContract& contract)
      : recordings_(recordings), contract_(contract) {
    if (flags.cache.empty()) return;
    const datasets::CacheInputs inputs = inputs_of(recordings, contract);
    named_ = datasets::FrameCache::open(flags.cache, inputs);
    if (named_) return;
    fail(ErrorKind::kFormat,
         "{} is no training cache of these {} recordings, in this order, at {}x{} px and {} Hz, as the run's contract "
         "says: name what it was made from, or leave out --cache",
         flags.cache.string(), recordings.size(), inputs.frame.width_px, inputs.frame.height_px, inputs.action_rate_hz);
  }

  // Of the recording; and its index in the cache.
  [[nodiscard]] std::size_t open(std::size_t recording) {
    if (named_) return recording;
    own_.emplace(create(recording, "decoded", video_reader()));
    return 0;
  }
  [[nodiscard]] const datasets::FrameCache& decoded() const { return named_ ? *named_ : *own_; }
  [[nodiscard]] datasets::FrameCache original(std::size_t recording) const {
    return create(recording, "original", drawn_again());
  }

 private:
  [[nodiscard]] datasets::FrameCache create(std::size_t recording, const char* name,
                                            const datasets::VideoReaderFactory& open_video) const {
    return datasets::FrameCache::open_or_create(folder_.path() / name,
                                                inputs_of(recordings_.subspan(recording, 1), contract_), open_video);
  }

  std::span<const std::filesystem::path> recordings_;
  PolicyContract contract_;
  TemporaryFolder folder_{"atoll-parity"};
  std::optional<datasets::FrameCache> named_;
  std::optional<datasets::FrameCache> own_;
};

// The pictures before they were encoded, through both paths, and how far those of the video are from them.
std::optional<datasets::FrameCache> compare_original(const ParityRecording& recording, std::size_t place,
                                                     const Caches& caches, const PolicyContract& contract,
                                                     Parity& parity) {
  try {
    static_cast<void>(drawn_again()(recording.folder / datasets::kVideoFile));
  } catch (const Error& error) {
    parity.note = fmt::format("the pixels before encoding cannot be had: {}", error.what());
    return std::nullopt;
  }
  std::optional<datasets::FrameCache> cache = caches.original(place);
  ParityRecording alone{recording.folder, 0, datasets::RecordingReader::open(recording.folder)};
  parity.original = compare_paths(alone, *cache, drawn_again(), contract);
  const datasets::FrameCache& decoded = caches.decoded();
  std::uint64_t index = 0;
  for (const datasets::CachedEpisode& episode : decoded.episodes()) {
    if (episode.recording != recording.index) continue;
    for (std::uint64_t i = 0; i < episode.count; ++i)
      parity.codec_gap.add(cache->frame(index++), decoded.frame(episode.first + i));
  }
  return cache;
}

Parity compare(std::span<const std::filesystem::path> recordings, std::size_t place, Caches& caches,
               const trainer::PolicyDivergence& policy, const std::string& run) {
  Parity parity;
  parity.path = recordings[place];
  ParityRecording recording{recordings[place], 0, datasets::RecordingReader::open(recordings[place])};
  if (!std::filesystem::exists(recording.reader->video_path())) {
    fail(ErrorKind::kFormat,
         "{} has no {}: its pictures are drawn again wherever it is used, and there is nothing to compare; a recording "
         "made with record.video=true has",
         parity.path.string(), datasets::kVideoFile);
  }
  session::require_fit(policy.contract(), run,
                       recorded_spec(recording.reader->facts(), video_reader()(recording.reader->video_path())->size(),
                                     policy.contract()));
  recording.index = caches.open(place);
  parity.decoded = compare_paths(recording, caches.decoded(), video_reader(), policy.contract());
  const std::optional<datasets::FrameCache> original =
      compare_original(recording, place, caches, policy.contract(), parity);
  parity.divergence = measure_divergence(recording,
                                         {.decoded = caches.decoded(),
                                          .decoded_paths = parity.decoded,
                                          .original = original ? &*original : nullptr,
                                          .original_paths = parity.original ? &*parity.original : nullptr},
                                         policy);
  return parity;
}

double mean(const std::vector<double>& values) {
  return values.empty() ? 0.0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

nlohmann::ordered_json to_json(const std::vector<double>& nats) {
  if (nats.empty()) return nullptr;
  return {
      {"actions", nats.size()}, {"mean", mean(nats)}, {"p99", percentile(nats, 0.99)}, {"max", percentile(nats, 1.0)}};
}

nlohmann::ordered_json to_json(const PathComparison& paths) {
  return {{"pictures", paths.pictures}, {"different", paths.different}, {"first", paths.first}};
}

nlohmann::ordered_json to_json(const Parity& parity) {
  nlohmann::ordered_json object = {{"path", parity.path.string()},
                                   {"verdict", parity.is_equal() ? "equal" : "different"},
                                   {"decoded", to_json(parity.decoded)},
                                   {"original", nullptr},
                                   {"codec_gap", nullptr},
                                   {"note", parity.note},
                                   {"divergence",
                                    {{"untouched", to_json(parity.divergence.untouched)},
                                     {"decoded", to_json(parity.divergence.decoded)},
                                     {"incremental", to_json(parity.divergence.incremental)}}}};
  if (parity.original) {
    object["original"] = to_json(*parity.original);
    object["codec_gap"] = {
        {"mean", parity.codec_gap.mean()}, {"p99", parity.codec_gap.p99()}, {"max", parity.codec_gap.max()}};
  }
  return object;
}

void print(const char* what, const PathComparison& paths) {
  if (paths.different == 0)
    fmt::print("  {}: {} pictures, the same bytes in training and in play\n", what, paths.pictures);
  else
    fmt::print("  {}: {} of {} pictures differ, first {}\n", what, paths.different, paths.pictures, paths.first);
}

void print(const char* what, const std::vector<double>& nats) {
  if (nats.empty()) return;
  fmt::print("  {}: mean {:.3g}, p99 {:.3g}, max {:.3g} nats an action, {} actions\n", what, mean(nats),
             percentile(nats, 0.99), percentile(nats, 1.0), nats.size());
}

void print(const Parity& parity, const PolicyContract& contract) {
  fmt::print("{}: {}\n", parity.path.string(), parity.is_equal() ? "equal" : "different");
  print("decoded pictures", parity.decoded);
  if (parity.original) {
    print("pictures before encoding", *parity.original);
    fmt::print("  codec gap: mean {:.2f}, p99 {}, max {} grey levels at {}x{} px\n", parity.codec_gap.mean(),
               parity.codec_gap.p99(), parity.codec_gap.max(), contract.frame_width_px, contract.frame_height_px);
  } else {
    fmt::print("  codec gap: {}\n", parity.note);
  }
  print("divergence by the path", parity.divergence.untouched);
  print("divergence by the codec", parity.divergence.decoded);
  print("divergence by going one picture at a time", parity.divergence.incremental);
}

}  // namespace

bool check_parity(std::span<const std::filesystem::path> recordings, const ParityFlags& flags,
                  nlohmann::ordered_json& result) {
  if (!video_reader()) fail(ErrorKind::kUsage, "this build reads no video: configure with -DATOLL_DESKTOP=ON");
  const trainer::PolicyDivergence policy(flags.run, 1);
  Caches caches(recordings, flags, policy.contract());
  bool is_equal = true;
  result = {{"policy", flags.run.string()}, {"step", policy.step()}, {"recordings", nlohmann::ordered_json::array()}};
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    show_progress(fmt::format("parity: recording {} of {}", i + 1, recordings.size()));
    const Parity parity = compare(recordings, i, caches, policy, flags.run.string());
    end_progress();
    is_equal = is_equal && parity.is_equal();
    result["recordings"].push_back(to_json(parity));
    if (!flags.json) print(parity, policy.contract());
  }
  return is_equal;
}

}  // namespace atl::tools
