// The fusion transformer: a few latents for each instruction, one for every action of the chunk and one for the goal,
// attend to each other, to the patches of the picture and to the words (SIMA's from-scratch transformers, arXiv
// 2404.10179). Used by the sources of agent/ only.
//
// Patches and words enter once, projected to the transformer's width; patches are shared by all instructions of a
// picture. Pre-norm layers: latents among themselves, to the patches, to the words, MLP.
#pragma once

#include "agent/model_config.h"
#include "agent/parameters.h"
#include "agent/text_encoder.h"

#include <vector>

namespace atl::agent {

class Fusion {
 public:
  /// `num_latents`: Q; width: config.hidden_width.
  Fusion(ParameterFactory& f, const ModelConfig& config, int num_latents);

  /// `hidden_BTKD`: what is known of picture, instruction and past, from which all latents begin. `patches_BTPC`: with
  /// their positions. Returns [B, T, K, Q, D], normalised. With `recompute`, what layers hold for the way back is made
  /// again there instead of kept: less memory, one more pass (activation checkpointing, arXiv 1604.06174).
  [[nodiscard]] at::Tensor operator()(const at::Tensor& hidden_BTKD, const at::Tensor& patches_BTPC,
                                      const TextFeatures& text, bool recompute) const;

 private:
  /// Queries of the latents to keys and values of `from` (undefined: themselves).
  struct Attention {
    LayerNorm norm;
    Linear query;
    Linear key_value;
    Linear out;
  };
  struct Layer {
    Attention latents;
    Attention patches;
    Attention words;
    LayerNorm mlp_norm;
    Linear mlp_in;
    Linear mlp_out;
  };
  [[nodiscard]] Attention make_attention(ParameterFactory& f, const std::string& name) const;
  [[nodiscard]] at::Tensor run_layer(const Layer& layer, const at::Tensor& latents_BTKQD, const at::Tensor& patches_GPD,
                                     const at::Tensor& words_NLD, const at::Tensor& words_bias) const;

  int width_;
  int heads_;
  at::Tensor latents_;  // [Q, D]
  Linear patches_in_;
  Linear words_in_;
  std::vector<Layer> layers_;
  LayerNorm norm_;
};

}  // namespace atl::agent
