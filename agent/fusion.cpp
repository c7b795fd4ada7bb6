#include "agent/fusion.h"

#include "agent/recompute.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <fmt/format.h>

#include <optional>

namespace atl::agent {
namespace {

// [G, Q, D] looking at keys and values [G, M, 2 D].
at::Tensor look(const at::Tensor& queries_GQD, const at::Tensor& key_value_GMD, const std::optional<at::Tensor>& bias,
                int heads) {
  const std::int64_t width = queries_GQD.size(2) / heads;
  const auto split = [&](const at::Tensor& x) { return x.unflatten(2, {heads, width}).transpose(1, 2); };
  const std::vector<at::Tensor> key_value = key_value_GMD.chunk(2, 2);
  return at::scaled_dot_product_attention(split(queries_GQD), split(key_value[0]), split(key_value[1]), bias)
      .transpose(1, 2)
      .flatten(2);
}

}  // namespace

Fusion::Fusion(ParameterFactory& f, const ModelConfig& config, int num_latents)
    : width_(config.hidden_width),
      heads_(config.fusion_heads),
      latents_(f.normal("fusion.latents", {num_latents, config.hidden_width}, 1.0)),
      patches_in_(make_linear(f, "fusion.patches", config.patch_channels, config.hidden_width)),
      words_in_(make_linear(f, "fusion.words", config.word_width, config.hidden_width)) {
  for (int i = 0; i < config.fusion_layers; ++i) {
    const std::string name = fmt::format("fusion.layer{}.", i);
    Layer layer;
    layer.latents = make_attention(f, name + "latents");
    layer.patches = make_attention(f, name + "patches");
    layer.words = make_attention(f, name + "words");
    layer.mlp_norm = make_layer_norm(f, name + "mlp_norm", width_);
    layer.mlp_in = make_linear(f, name + "mlp_in", width_, 4 * width_);
    layer.mlp_out = make_linear(f, name + "mlp_out", 4 * width_, width_);
    layers_.push_back(std::move(layer));
  }
  norm_ = make_layer_norm(f, "fusion.norm", width_);
}

Fusion::Attention Fusion::make_attention(ParameterFactory& f, const std::string& name) const {
  return {make_layer_norm(f, name + "_norm", width_), make_linear(f, name + "_query", width_, width_),
          make_linear(f, name + "_key_value", width_, 2 * width_), make_linear(f, name + "_out", width_, width_)};
}

at::Tensor Fusion::operator()(const at::Tensor& hidden_BTKD, const at::Tensor& patches_BTPC, const TextFeatures& text,
                              bool recompute_layers) const {
  const at::Tensor patches_GPD = patches_in_(patches_BTPC.flatten(0, 1));  // G = B * T
  // N = B * K. Padding is all alike: where there are no words at all it is looked at, whatever its length.
  const at::Tensor is_word = text.mask_BKL.unsqueeze(3).to(text.in_place_BKLE.scalar_type());
  const at::Tensor words_NLD = words_in_((text.in_place_BKLE * is_word).flatten(0, 1));
  const at::Tensor words_bias = padding_bias(text.mask_BKL.flatten(0, 1));  // [N, 1, 1, L]
  at::Tensor x = hidden_BTKD.unsqueeze(3) + latents_;                       // [B, T, K, Q, D]
  for (const Layer& layer : layers_) {
    const auto run = [this, &layer, words_bias](const std::vector<at::Tensor>& in) {
      return run_layer(layer, in[0], in[1], in[2], words_bias);
    };
    x = recompute_layers ? recompute(run, {x, patches_GPD, words_NLD}) : run({x, patches_GPD, words_NLD});
  }
  return norm_(x);
}

at::Tensor Fusion::run_layer(const Layer& layer, const at::Tensor& latents_BTKQD, const at::Tensor& patches_GPD,
                             const at::Tensor& words_NLD, const at::Tensor& words_bias) const {
  const at::IntArrayRef shape = latents_BTKQD.sizes();
  at::Tensor x = latents_BTKQD;
  const auto attend_to = [&](const Attention& a, const at::Tensor& queries, const at::Tensor& keys,
                             const std::optional<at::Tensor>& bias) {
    return a.out(look(a.query(queries), a.key_value(keys), bias, heads_));
  };
  const at::Tensor own = layer.latents.norm(x).flatten(0, 2);  // [B*T*K, Q, D]
  x = x + attend_to(layer.latents, own, own, {}).view(shape);
  const at::Tensor to_patches = layer.patches.norm(x).flatten(2, 3).flatten(0, 1);  // [B*T, K*Q, D]
  x = x + attend_to(layer.patches, to_patches, patches_GPD, {}).view(shape);
  // Words belong to an instruction and not to a step: [B, K, T, Q, D].
  const at::Tensor by_instruction = layer.words.norm(x).transpose(1, 2);
  const at::Tensor to_words = by_instruction.flatten(2, 3).flatten(0, 1);  // [B*K, T*Q, D]
  x = x + attend_to(layer.words, to_words, words_NLD, words_bias)
              .view({shape[0], shape[2], shape[1], shape[3], shape[4]})
              .transpose(1, 2);
  return x + layer.mlp_out(at::gelu(layer.mlp_in(layer.mlp_norm(x))));
}

}  // namespace atl::agent
