#include "agent/text_encoder.h"

#include "agent/tokenizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <fmt/format.h>

namespace atl::agent {

TextEncoder::TextEncoder(ParameterFactory& f, const ModelConfig& config, int vocabulary_size)
    : heads_(config.text_heads) {
  const int width = config.word_width;
  if (config.text == "own") {
    embedding_ = f.normal("text.embedding", {vocabulary_size, width}, 1.0);
  } else {
    published_ = std::make_unique<PublishedText>(f, config);
    published_out_ = make_linear(f, "text.out", published_->width(), width);
  }
  if (config.text_layers > 0) positions_ = f.normal("text.positions", {config.max_words, width}, 0.1);
  for (int i = 0; i < config.text_layers; ++i) {
    const std::string name = fmt::format("text.layer{}.", i);
    Layer layer;
    layer.attention_norm = make_layer_norm(f, name + "attention_norm", width);
    layer.query_key_value = make_linear(f, name + "query_key_value", width, 3 * width);
    layer.attention_out = make_linear(f, name + "attention_out", width, width);
    layer.mlp_norm = make_layer_norm(f, name + "mlp_norm", width);
    layer.mlp_in = make_linear(f, name + "mlp_in", width, 4 * width);
    layer.mlp_out = make_linear(f, name + "mlp_out", 4 * width, width);
    layers_.push_back(std::move(layer));
  }
}

TextFeatures TextEncoder::operator()(const at::Tensor& tokens_BKL) const {
  TextFeatures text;
  const at::Tensor mask = tokens_BKL.ne(Tokenizer::kPadding).to(at::kFloat);
  text.mask_BKL = mask;
  text.words_BKLE = words(tokens_BKL);
  text.in_place_BKLE = text.words_BKLE;
  if (!layers_.empty()) {
    const at::Tensor words = text.words_BKLE.flatten(0, 1);
    text.in_place_BKLE = transform(words, mask.flatten(0, 1)).view_as(text.words_BKLE);
  }
  const at::Tensor count = mask.sum(2, true).clamp_min(1.0);  // [B, K, 1]
  text.sentence_BKE = (text.in_place_BKLE * mask.unsqueeze(3)).sum(2) / count;
  return text;
}

at::Tensor TextEncoder::words(const at::Tensor& tokens_BKL) const {
  if (!published_) return at::embedding(embedding_, tokens_BKL);
  const at::Tensor states = (*published_)(tokens_BKL.flatten(0, 1));
  return published_out_(states).unflatten(0, {tokens_BKL.size(0), tokens_BKL.size(1)});
}

void TextEncoder::forget() const {
  if (published_) published_->forget();
}

at::Tensor TextEncoder::transform(const at::Tensor& words_NLE, const at::Tensor& mask_NL) const {
  // Finite, so that an empty text stays finite; its words are masked out afterwards.
  const at::Tensor bias = (mask_NL - 1.0).mul(1e4).unsqueeze(1).unsqueeze(1);  // [N, 1, 1, L]
  at::Tensor x = words_NLE + positions_.narrow(0, 0, words_NLE.size(1));
  for (const Layer& layer : layers_) {
    const std::vector<at::Tensor> qkv = layer.query_key_value(layer.attention_norm(x)).chunk(3, 2);
    x = x + layer.attention_out(attend(qkv[0], qkv[1], qkv[2], bias, heads_));
    x = x + layer.mlp_out(layer.mlp_in(layer.mlp_norm(x)).relu());
  }
  return x;
}

}  // namespace atl::agent
