// The parameters of a model by name, and the few layers that are made of them. Used by the sources of agent/
// and by trainer/future.h.
//
// Written over ATen with narrow includes instead of torch::nn, whose module header costs 12 s per source file. Layers
// are plain structs of handles; tensors are shared with the list, so loading into the list changes the layers.
#pragma once

#include "agent/model.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atl::agent {

/// Makes parameters (float32, on the CPU, requiring gradients) with numbers from one seeded generator, in the order of
/// calls: the same seed and config give the same bits.
class ParameterFactory {
 public:
  explicit ParameterFactory(std::uint64_t seed);
  /// Makes parameters that have a shape and no values (LibTorch's device "meta"): to count them.
  [[nodiscard]] static ParameterFactory without_values();

  at::Tensor uniform(const std::string& name, at::IntArrayRef shape, double bound);
  at::Tensor normal(const std::string& name, at::IntArrayRef shape, double deviation);
  at::Tensor constant(const std::string& name, at::IntArrayRef shape, double value);

  /// Takes gradients from the parameters made so far that `is_frozen` names.
  void freeze(const std::function<bool(std::string_view name)>& is_frozen);

  [[nodiscard]] std::vector<NamedTensor> take() { return std::move(parameters_); }

 private:
  at::Tensor make(const std::string& name, at::IntArrayRef shape, const std::function<void(at::Tensor& tensor)>& fill);
  bool has_values_ = true;
  at::Generator generator_;
  std::vector<NamedTensor> parameters_;
};

/// y = x W^T + b over the last dim; uniform in +-1/sqrt(in), as PyTorch's Linear.
struct Linear {
  at::Tensor weight;  // [out, in]
  at::Tensor bias;    // [out]; undefined: none
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
};
[[nodiscard]] Linear make_linear(ParameterFactory& f, const std::string& name, int in, int out);
/// All zero: a branch that starts as nothing.
[[nodiscard]] Linear make_zero_linear(ParameterFactory& f, const std::string& name, int in, int out);

/// Square convolution; uniform in +-1/sqrt(fan in).
struct Conv {
  at::Tensor weight;  // [out, in, k, k]
  at::Tensor bias;    // [out]
  int stride = 1;
  int padding = 0;
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x_NCHW) const;
};
struct ConvShape {
  int in = 0;
  int out = 0;
  int kernel = 1;
  int stride = 1;
  int padding = 0;
};
[[nodiscard]] Conv make_conv(ParameterFactory& f, const std::string& name, const ConvShape& shape);

/// Layer normalisation over the last dim with scale and shift.
struct LayerNorm {
  at::Tensor weight;
  at::Tensor bias;
  double epsilon = kEpsilon;  // added to the variance
  static constexpr double kEpsilon = 1e-5;
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
};
[[nodiscard]] LayerNorm make_layer_norm(ParameterFactory& f, const std::string& name, int width,
                                        double epsilon = LayerNorm::kEpsilon);

/// Softmax attention with heads: queries [N, Q, D], keys and values [N, M, D], `bias` broadcast to [N, heads, Q, M]
/// (-inf: not looked at; every query needs one key). Returns [N, Q, D].
[[nodiscard]] at::Tensor attend(const at::Tensor& queries_NQD, const at::Tensor& keys_NMD, const at::Tensor& values_NMD,
                                const at::Tensor& bias, int heads);

/// For `attend` over time, [heads, T, past + T]: what each of `steps` (T) steps after `past` others thinks of each by
/// its distance, of distance_bias [heads, furthest + 1]; -inf for those to come and those out of reach.
[[nodiscard]] at::Tensor look_back_bias(const at::Tensor& distance_bias, std::int64_t past, std::int64_t steps);

/// For `attend`, [N, 1, 1, L] of a mask [N, L] (1 a token, 0 padding): 0 at tokens, -1e9 at padding; all 0
/// for a text without tokens, of which nothing is hidden.
[[nodiscard]] at::Tensor padding_bias(const at::Tensor& mask_NL);

/// Mean of states [N, L, D] over the tokens of a mask [N, L], [N, D]; 0 for a text without tokens.
[[nodiscard]] at::Tensor masked_mean(const at::Tensor& states_NLD, const at::Tensor& mask_NL);

}  // namespace atl::agent
