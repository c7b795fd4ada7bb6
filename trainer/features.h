// Features in place of pictures: what a run's frozen image encoder makes of the pictures of its recordings, kept in a
// file for each source (SourceConfig::features) that is made once and read memory-mapped. Examples then name their
// pictures (Example::cached) instead of holding them, and batches read the mapping. Immutable once made: any thread.
//
// Rows are [P, C] float16, which is smaller than the picture for EfficientNet (docs/pretrained.md has what it costs).
// They are of pictures as they are, so that data.mirror and its kin cannot be had with them.
#pragma once

#include "agent/frozen_encoder.h"
#include "datasets/feature_cache.h"
#include "trainer/config.h"
#include "trainer/source.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace atl::trainer {

class FeatureFiles {
 public:
  /// Opens the file of each source that names one, and makes those that are missing or of anything else, with a
  /// progress line, in as many threads as there are replicas. Errors as datasets::FrameCache and FeatureCache have
  /// them, and Error(kFormat) for features that float16 cannot hold.
  FeatureFiles(const RunConfig& config, const agent::FrozenEncoder& encoder, const SourceServices& services);

  static constexpr at::ScalarType kType = at::kHalf;
  [[nodiscard]] std::int64_t num_patches() const { return num_patches_; }
  [[nodiscard]] std::int64_t channels() const { return channels_; }
  [[nodiscard]] std::size_t row_bytes() const;

  /// [P, C] of picture `picture` (in the training cache) of source `source`; valid as long as this.
  [[nodiscard]] std::span<const std::uint8_t> row(std::size_t source, std::uint32_t picture) const;

 private:
  std::int64_t num_patches_;
  std::int64_t channels_;
  std::vector<std::optional<datasets::FeatureCache>> caches_;  // of each source
};

}  // namespace atl::trainer
