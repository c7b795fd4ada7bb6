#include "agent/bert.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gelu.h>
#include <fmt/format.h>

namespace atl::agent {
namespace {

constexpr double kNormEpsilon = 1e-12;
constexpr double kEmbeddingDeviation = 0.02;  // before weights are loaded, as BERT begins
constexpr int kTypes = 2;

}  // namespace

at::Tensor Bert::operator()(const at::Tensor& ids_NL, const at::Tensor& mask_NL) const {
  const std::int64_t length = ids_NL.size(1);
  ATOLL_CHECK(length <= positions.size(0), "a text of {} tokens, expected at most {}", length, positions.size(0));
  at::Tensor x = norm(at::embedding(words, ids_NL) + types[0] + positions.narrow(0, 0, length));
  const at::Tensor bias = padding_bias(mask_NL);
  for (const Block& b : blocks) {
    x = b.attention_norm(x + b.out(attend(b.query(x), b.key(x), b.value(x), bias, heads)));
    x = b.mlp_norm(x + b.mlp_out(at::gelu(b.mlp_in(x))));
  }
  return x;
}

Bert make_bert(ParameterFactory& f, const std::string& prefix, const BertOptions& options) {
  const int width = options.width;
  ATOLL_CHECK(options.heads > 0 && width % options.heads == 0, "{} heads for a width of {}, expected a divisor of it",
              options.heads, width);
  const auto table = [&](const std::string& name, int rows) {
    return f.normal(prefix + "embeddings." + name + ".weight", {rows, width}, kEmbeddingDeviation);
  };
  Bert bert;
  bert.heads = options.heads;
  bert.words = table("word_embeddings", options.vocabulary);
  bert.positions = table("position_embeddings", options.positions);
  bert.types = table("token_type_embeddings", kTypes);
  bert.norm = make_layer_norm(f, prefix + "embeddings.LayerNorm", width, kNormEpsilon);
  for (int i = 0; i < options.depth; ++i) {
    const std::string name = fmt::format("{}encoder.layer.{}.", prefix, i);
    Bert::Block block;
    block.query = make_linear(f, name + "attention.self.query", width, width);
    block.key = make_linear(f, name + "attention.self.key", width, width);
    block.value = make_linear(f, name + "attention.self.value", width, width);
    block.out = make_linear(f, name + "attention.output.dense", width, width);
    block.attention_norm = make_layer_norm(f, name + "attention.output.LayerNorm", width, kNormEpsilon);
    block.mlp_in = make_linear(f, name + "intermediate.dense", width, options.mlp_width);
    block.mlp_out = make_linear(f, name + "output.dense", options.mlp_width, width);
    block.mlp_norm = make_layer_norm(f, name + "output.LayerNorm", width, kNormEpsilon);
    bert.blocks.push_back(std::move(block));
  }
  return bert;
}

}  // namespace atl::agent
