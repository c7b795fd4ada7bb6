// Features over a few past pictures: what one picture does not show, as where things move. Used by the sources of
// agent/ only.
//
// The role of SIMA's video model (arXiv 2404.10179, there Phenaki, arXiv 2210.02399), made small: a causal transformer
// over time. Each layer of each patch attends to its own place in this and the last V - 1 policy steps (V:
// ModelConfig::video_steps), where keys and values have taken in the eight places around by a 3 x 3 convolution of each
// channel. Positions are one learned bias per distance and head. L layers reach back L (V - 1) steps.
//
// Pretrained on recordings by predicting future features: trainer/future.h.
#pragma once

#include "agent/model.h"
#include "agent/parameters.h"

#include <vector>

namespace atl::agent {

class VideoEncoder {
 public:
  /// Of all sizes that the config allows, with video_steps of at least 2.
  VideoEncoder(ParameterFactory& f, const ModelConfig& config, PatchGrid grid);

  /// What to add to the patches of pictures [B, T, P, patch_channels]. Zero at initialisation, so that a model with it
  /// begins as the same one without. Takes and leaves the past in `memory`; no gradient flows into it.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& patches_BTPD, MemoryState& memory) const;

 private:
  struct Layer {
    LayerNorm attention_norm;
    at::Tensor around;  // [D, 1, 3, 3]
    Linear query;
    Linear key_value;
    Linear attention_out;
    at::Tensor distance_bias;  // [heads, V]
    LayerNorm mlp_norm;
    Linear mlp_in;
    Linear mlp_out;
  };
  [[nodiscard]] at::Tensor run_layer(const Layer& layer, const at::Tensor& x_BTPD, at::Tensor& cached_BMPD) const;

  int steps_;
  PatchGrid grid_;
  Linear in_;
  std::vector<Layer> layers_;
  Linear out_;
};

}  // namespace atl::agent
