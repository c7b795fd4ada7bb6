// The image encoder from scratch: no pretraining, small enough for one processor core. Used by the sources of agent/
// only.
#pragma once

#include "agent/image_encoder.h"

#include <vector>

namespace atl::agent {

/// conv 4x4 stride 4, conv 3x3 stride 2 with GroupNorm, residual blocks of two 3x3 convolutions.
class ConvEncoder final : public ImageEncoder {
 public:
  ConvEncoder(ParameterFactory& f, const ModelConfig& config);

  [[nodiscard]] int frozen_channels() const override { return 0; }
  [[nodiscard]] at::Tensor begin(const at::Tensor& frames_FHWC) const override { return frames_FHWC; }
  [[nodiscard]] PictureFeatures finish(const at::Tensor& frames_FHWC) const override;

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
