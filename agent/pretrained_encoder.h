// Published image encoders behind ImageEncoder: EfficientNet-Lite0 and ViT-S/14, followed by an own norm and linear map
// to the model's width. Used by the sources of agent/ only.
//
// The backbone is frozen, or its last blocks are trained on, or all of it (ModelConfig::encoder_trained_blocks). Its
// weights come from `load_encoder_weights` at the start of a run, and from the checkpoint ever after.
#pragma once

#include "agent/efficientnet.h"
#include "agent/image_encoder.h"
#include "agent/vit.h"

#include <variant>

namespace atl::agent {

class PretrainedEncoder final : public ImageEncoder {
 public:
  PretrainedEncoder(ParameterFactory& f, const ModelConfig& config, FrameSize frame);
  [[nodiscard]] int frozen_channels() const override { return frozen_channels_; }
  /// The backbone, [F, P, width].
  [[nodiscard]] at::Tensor begin(const at::Tensor& frames_FHWC) const override;
  [[nodiscard]] PictureFeatures finish(const at::Tensor& backbone_FPC) const override;

 private:
  PatchGrid grid_;
  int frozen_channels_ = 0;
  std::variant<EfficientNet, Vit> backbone_;
  LayerNorm norm_;
  Linear out_;
};

}  // namespace atl::agent
