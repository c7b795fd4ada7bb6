// The image encoder from scratch: no pretraining, small enough for one processor core. Used by the sources of agent/
// only.
#pragma once

#include "agent/model.h"
#include "agent/parameters.h"

#include <vector>

namespace atl::agent {

/// F pictures, P patches, D = patch_channels.
struct PictureFeatures {
  at::Tensor patches_FPD;      // after all blocks
  at::Tensor key_patches_FPD;  // after `keys_after_block` blocks: what words are matched with
};

/// conv 4x4 stride 4, conv 3x3 stride 2 with GroupNorm, residual blocks of two 3x3 convolutions.
class ConvEncoder {
 public:
  ConvEncoder(ParameterFactory& f, const ModelConfig& config);

  /// [F, H, W, 4] uint8 BGRA; alpha is not looked at.
  [[nodiscard]] PictureFeatures operator()(const at::Tensor& frames_FHWC) const;

 private:
  struct Block {
    Conv first;
    Conv second;
  };
  std::size_t keys_after_block_;
  Conv stem_;
  Conv down_;
  at::Tensor norm_weight_;
  at::Tensor norm_bias_;
  std::vector<Block> blocks_;
};

}  // namespace atl::agent
