#include "trainer/features.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "datasets/cache.h"
#include "trainer/video_source.h"
#include "trainer/worker_team.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace atl::trainer {
namespace {

// At a time and thread: what an encoder has in between stays near the processor.
constexpr std::size_t kPicturesAtOnce = 16;
static_assert(datasets::kRowsAtOnce % kPicturesAtOnce == 0);

datasets::FeatureFacts facts_of(const RunConfig& config, const agent::FrozenEncoder& encoder,
                                const datasets::FrameCache& pictures, const std::string& weights) {
  const auto values = static_cast<std::size_t>(encoder.grid().num_patches() * encoder.channels());
  const auto number = [](std::int64_t value) { return value; };
  return {.facts = {{"encoder", config.model.encoder},
                    {"encoder_version", number(agent::kFrozenEncoderVersion)},
                    {"weights_sha256", weights},
                    {"precision", "float16"},
                    {"patch_rows", number(encoder.grid().rows)},
                    {"patch_columns", number(encoder.grid().columns)},
                    {"channels", number(encoder.channels())},
                    {"pictures_hash", pictures.hash()},
                    {"width_px", number(pictures.frame_size().width_px)},
                    {"height_px", number(pictures.frame_size().height_px)},
                    {"resize", config.contract.resize}},
          .num_rows = pictures.num_pictures(),
          .row_bytes = values * c10::elementSize(FeatureFiles::kType)};
}

// Makes rows in a team of threads; whoever is free takes the next pictures.
class RowMaker {
 public:
  RowMaker(const agent::FrozenEncoder& encoder, const datasets::FrameCache& pictures, std::size_t row_bytes,
           int threads)
      : encoder_(encoder),
        pictures_(pictures),
        row_bytes_(row_bytes),
        team_(threads, [](int) { at::set_num_threads(1); }) {}

  void make(std::uint64_t first, std::span<std::uint8_t> rows) {
    const std::size_t count = rows.size() / row_bytes_;
    std::atomic<std::size_t> next = 0;
    team_.run([&](int) {
      for (std::size_t at = next.fetch_add(kPicturesAtOnce); at < count; at = next.fetch_add(kPicturesAtOnce)) {
        const std::size_t size = std::min(kPicturesAtOnce, count - at);
        encode(first + at, size, rows.subspan(at * row_bytes_, size * row_bytes_));
      }
    });
  }

 private:
  void encode(std::uint64_t first, std::size_t count, std::span<std::uint8_t> rows) const {
    const FrameSize size = pictures_.frame_size();
    at::Tensor frames =
        at::empty({static_cast<std::int64_t>(count), size.height_px, size.width_px, kBytesPerPixel}, at::kByte);
    auto* pixels = frames.mutable_data_ptr<std::uint8_t>();
    for (std::size_t i = 0; i < count; ++i) {
      const std::span<const std::uint8_t> picture = pictures_.frame(first + i);
      pixels = std::copy(picture.begin(), picture.end(), pixels);
    }
    const at::Tensor exact = encoder_(frames);
    const at::Tensor kept = exact.to(FeatureFiles::kType).cpu().contiguous();
    if (!kept.isfinite().all().item<bool>()) {
      fail(ErrorKind::kFormat,
           "among the features of pictures {} to {} is {}, which float16 cannot hold: these weights are to be used "
           "without trainer.sources features",
           first, first + count - 1, exact.abs().max().item<double>());
    }
    ATOLL_CHECK(kept.nbytes() == rows.size(), "{} bytes of features, expected {}", kept.nbytes(), rows.size());
    std::memcpy(rows.data(), kept.const_data_ptr(), rows.size());
  }

  const agent::FrozenEncoder& encoder_;
  const datasets::FrameCache& pictures_;
  std::size_t row_bytes_;
  WorkerTeam team_;
};

datasets::FeatureCache open_file(const SourceConfig& source, const RunConfig& config,
                                 const agent::FrozenEncoder& encoder, const datasets::FrameCache& pictures,
                                 const std::string& weights) {
  const datasets::FeatureFacts facts = facts_of(config, encoder, pictures, weights);
  if (auto cache = datasets::FeatureCache::open(source.features, facts)) return std::move(*cache);
  log_info("what {} makes of {} pictures is kept in {}: {:.0f} MB, once", config.model.encoder, facts.num_rows,
           source.features, 1e-6 * static_cast<double>(facts.num_rows * facts.row_bytes));
  RowMaker maker(encoder, pictures, facts.row_bytes, config.trainer.replicas);
  const Timestamp begin = MonotonicClock::now();
  std::uint64_t made = 0;
  auto cache = datasets::FeatureCache::open_or_create(
      source.features, facts,
      {.make =
           [&](std::uint64_t first, std::span<std::uint8_t> rows) {
             maker.make(first, rows);
             made += rows.size() / facts.row_bytes;
           },
       .progress =
           [&](double done) {
             show_progress(fmt::format("features of recorded pictures, {:.0f} %, {:.0f} pictures/s", 100.0 * done,
                                       static_cast<double>(made) / to_seconds(MonotonicClock::now() - begin)));
           },
       .should_stop = stop_requested});
  end_progress();
  return cache;
}

}  // namespace

FeatureFiles::FeatureFiles(const RunConfig& config, const agent::FrozenEncoder& encoder, const SourceServices& services)
    : num_patches_(encoder.grid().num_patches()), channels_(encoder.channels()) {
  const std::string weights = encoder.sha256();
  for (const SourceConfig& source : config.trainer.sources) {
    std::optional<datasets::FeatureCache>& cache = caches_.emplace_back();
    if (source.features.empty()) continue;
    const datasets::FrameCache pictures = open_picture_cache(source, config.contract, services);
    cache = open_file(source, config, encoder, pictures, weights);
  }
}

std::size_t FeatureFiles::row_bytes() const {
  return static_cast<std::size_t>(num_patches_ * channels_) * c10::elementSize(kType);
}

std::span<const std::uint8_t> FeatureFiles::row(std::size_t source, std::uint32_t picture) const {
  ATOLL_CHECK(source < caches_.size() && caches_[source], "features of source {}, which has none", source);
  return caches_[source]->row(picture);
}

}  // namespace atl::trainer
