#include "agent/t5.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <cmath>

namespace atl::agent {
namespace {

constexpr double kNormEpsilon = 1e-6;

// [L, L] int64: the bucket of the distance from each query (row) to each key. Half of the buckets are for keys after
// the query; of each half, half are for one distance each, the rest grow by the logarithm. In float32 on the CPU, as
// the reference: on the edge between two buckets rounding decides.
at::Tensor distance_buckets(std::int64_t length, std::int64_t num_buckets, std::int64_t max_distance) {
  const std::int64_t half = num_buckets / 2;
  const std::int64_t exact = half / 2;
  const at::Tensor places = at::arange(length, at::kLong);
  const at::Tensor ahead = places.unsqueeze(0) - places.unsqueeze(1);
  const at::Tensor distance = ahead.abs();
  const double scale = std::log(static_cast<double>(max_distance) / static_cast<double>(exact));
  const at::Tensor logarithm =
      (distance.to(at::kFloat) / exact).log() / scale * static_cast<double>(half - exact);  // -inf at 0
  const at::Tensor far = (logarithm.clamp_min(0.0).to(at::kLong) + exact).clamp_max(half - 1);
  return ahead.gt(0).to(at::kLong) * half + at::where(distance.lt(exact), distance, far);
}

Linear make_matrix(ParameterFactory& f, const std::string& name, int in, int out) {
  return {f.uniform(name + ".weight", {out, in}, 1.0 / std::sqrt(in)), {}};
}

at::Tensor mlp(const T5::Block& block, const at::Tensor& x) {
  const at::Tensor in = block.mlp_in(x);
  return block.mlp_out(block.gate.weight.defined() ? at::gelu(block.gate(x), "tanh") * in : in.relu());
}

}  // namespace

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
  return weight * (x * (x.square().mean(-1, true) + kNormEpsilon).rsqrt());
}

at::Tensor T5::operator()(const at::Tensor& ids_NL, const at::Tensor& mask_NL) const {
  const at::Tensor buckets = distance_buckets(ids_NL.size(1), distance_bias.size(0), max_distance);
  const at::Tensor near_HLL = at::embedding(distance_bias, buckets.to(distance_bias.device())).permute({2, 0, 1});
  const at::Tensor bias = near_HLL.unsqueeze(0) + padding_bias(mask_NL);
  // `attend` divides its logits by sqrt(head width), which T5 does not.
  const double undo = std::sqrt(static_cast<double>(blocks.front().query.weight.size(0)) / heads);
  at::Tensor x = at::embedding(words, ids_NL);
  for (const Block& b : blocks) {
    const at::Tensor in = b.attention_norm(x);
    x = x + b.out(attend(b.query(in) * undo, b.key(in), b.value(in), bias, heads));
    x = x + mlp(b, b.mlp_norm(x));
  }
  return norm(x);
}

T5 make_t5(ParameterFactory& f, const std::string& prefix, const T5Options& options) {
  ATOLL_CHECK(options.depth > 0 && options.buckets >= 4 && options.max_distance > options.buckets / 4,
              "{} blocks, {} buckets up to a distance of {}, expected at least 1, 4 and more than buckets / 4",
              options.depth, options.buckets, options.max_distance);
  const int width = options.width;
  const int inner = options.heads * options.head_width;
  const auto make_norm = [&](const std::string& name) -> RmsNorm {
    return {f.constant(name + ".weight", {width}, 1.0)};
  };
  T5 t5;
  t5.heads = options.heads;
  t5.max_distance = options.max_distance;
  t5.words = f.normal(prefix + "shared.weight", {options.vocabulary, width}, 1.0);
  for (int i = 0; i < options.depth; ++i) {
    const std::string attention = fmt::format("{}encoder.block.{}.layer.0.", prefix, i);
    const std::string dense = fmt::format("{}encoder.block.{}.layer.1.", prefix, i);
    const std::string in = dense + (options.gated_gelu ? "DenseReluDense.wi_1" : "DenseReluDense.wi");
    T5::Block block;
    block.attention_norm = make_norm(attention + "layer_norm");
    block.query = make_matrix(f, attention + "SelfAttention.q", width, inner);
    block.key = make_matrix(f, attention + "SelfAttention.k", width, inner);
    block.value = make_matrix(f, attention + "SelfAttention.v", width, inner);
    block.out = make_matrix(f, attention + "SelfAttention.o", inner, width);
    if (i == 0) {
      t5.distance_bias = f.normal(attention + "SelfAttention.relative_attention_bias.weight",
                                  {options.buckets, options.heads}, 1.0 / std::sqrt(width));
    }
    block.mlp_norm = make_norm(dense + "layer_norm");
    if (options.gated_gelu) block.gate = make_matrix(f, dense + "DenseReluDense.wi_0", width, options.mlp_width);
    block.mlp_in = make_matrix(f, in, width, options.mlp_width);
    block.mlp_out = make_matrix(f, dense + "DenseReluDense.wo", options.mlp_width, width);
    t5.blocks.push_back(std::move(block));
  }
  t5.norm = make_norm(prefix + "encoder.final_layer_norm");
  return t5;
}

}  // namespace atl::agent
