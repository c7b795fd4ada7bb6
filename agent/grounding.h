// Where vision and language meet: which patches the instruction speaks of, and what is there. Used by the sources of
// agent/ only.
#pragma once

#include "agent/model_config.h"
#include "agent/parameters.h"
#include "agent/text_encoder.h"

#include <memory>

namespace atl::agent {

/// R roles, as in ModelConfig::roles.
struct Grounded {
  at::Tensor pooled_BTKRD;       // values of the patches that are asked for
  at::Tensor scores_BTKRP;       // log probability that a patch is; 0 for an empty text
  at::Tensor word_logits_BTKLP;  // before log sigmoid; L = 1 if the sentence asks as one
};

class Grounding {
 public:
  virtual ~Grounding() = default;
  /// `keys` and `values`: [B, T, P, D] what patches are found by, and what is then known of them.
  [[nodiscard]] virtual Grounded operator()(const TextFeatures& text, const at::Tensor& keys_BTPD,
                                            const at::Tensor& values_BTPD) const = 0;
};

/// "words" or "cross_attention", by the config.
[[nodiscard]] std::unique_ptr<Grounding> create_grounding(ParameterFactory& f, const ModelConfig& config);

}  // namespace atl::agent
