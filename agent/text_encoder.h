// Instructions as vectors: one per word, and one for the sentence. Used by the sources of agent/ only.
#pragma once

#include "agent/model_config.h"
#include "agent/parameters.h"
#include "agent/published_text.h"

#include <memory>
#include <vector>

namespace atl::agent {

/// B sequences, K instructions, L words, E = word_width.
struct TextFeatures {
  at::Tensor words_BKLE;     // each word by itself: what words mean wherever they stand
  at::Tensor in_place_BKLE;  // after the text transformer; the same as words without one
  at::Tensor sentence_BKE;   // mean of in_place over the words; 0 for an empty text
  at::Tensor mask_BKL;       // 1 word, 0 padding
};

/// Embeddings, or the states of a published encoder mapped to the model's width, and a pre-norm transformer with
/// learned positions.
class TextEncoder {
 public:
  TextEncoder(ParameterFactory& f, const ModelConfig& config, int vocabulary_size);
  [[nodiscard]] TextFeatures operator()(const at::Tensor& tokens_BKL) const;
  /// To be called when weights were loaded.
  void forget() const;

 private:
  struct Layer {
    LayerNorm attention_norm;
    Linear query_key_value;
    Linear attention_out;
    LayerNorm mlp_norm;
    Linear mlp_in;
    Linear mlp_out;
  };
  [[nodiscard]] at::Tensor words(const at::Tensor& tokens_BKL) const;  // [B, K, L, E]
  [[nodiscard]] at::Tensor transform(const at::Tensor& words_NLE, const at::Tensor& mask_NL) const;

  int heads_;
  at::Tensor embedding_;                      // [vocabulary, E]; config.text == "own" only
  std::unique_ptr<PublishedText> published_;  // else
  Linear published_out_;                      // its width to E
  at::Tensor positions_;                      // [L, E], with layers only
  std::vector<Layer> layers_;
};

}  // namespace atl::agent
