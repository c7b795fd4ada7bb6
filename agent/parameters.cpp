#include "agent/parameters.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>

#include <cmath>
#include <limits>

namespace atl::agent {

ParameterFactory::ParameterFactory(std::uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}

ParameterFactory ParameterFactory::without_values() {
  ParameterFactory factory(0);
  factory.has_values_ = false;
  return factory;
}

at::Tensor ParameterFactory::uniform(const std::string& name, at::IntArrayRef shape, double bound) {
  return make(name, shape, [&](at::Tensor& tensor) { tensor.uniform_(-bound, bound, generator_); });
}

at::Tensor ParameterFactory::normal(const std::string& name, at::IntArrayRef shape, double deviation) {
  return make(name, shape, [&](at::Tensor& tensor) { tensor.normal_(0.0, deviation, generator_); });
}

at::Tensor ParameterFactory::constant(const std::string& name, at::IntArrayRef shape, double value) {
  return make(name, shape, [&](at::Tensor& tensor) { tensor.fill_(value); });
}

void ParameterFactory::freeze(const std::function<bool(std::string_view)>& is_frozen) {
  for (const NamedTensor& p : parameters_) {
    if (is_frozen(p.name)) p.tensor.requires_grad_(false);
  }
}

at::Tensor ParameterFactory::make(const std::string& name, at::IntArrayRef shape,
                                  const std::function<void(at::Tensor&)>& fill) {
  at::Tensor tensor = at::empty(shape, at::TensorOptions(at::kFloat).device(has_values_ ? at::kCPU : at::kMeta));
  if (has_values_) fill(tensor);
  tensor.requires_grad_(true);
  parameters_.push_back({name, tensor});
  return tensor;
}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }

Linear make_linear(ParameterFactory& f, const std::string& name, int in, int out) {
  const double bound = 1.0 / std::sqrt(in);
  const at::Tensor weight = f.uniform(name + ".weight", {out, in}, bound);
  return {weight, f.uniform(name + ".bias", {out}, bound)};
}

Linear make_zero_linear(ParameterFactory& f, const std::string& name, int in, int out) {
  const at::Tensor weight = f.constant(name + ".weight", {out, in}, 0.0);
  return {weight, f.constant(name + ".bias", {out}, 0.0)};
}

at::Tensor Conv::operator()(const at::Tensor& x_NCHW) const {
  return at::conv2d(x_NCHW, weight, bias, {stride, stride}, {padding, padding});
}

Conv make_conv(ParameterFactory& f, const std::string& name, const ConvShape& shape) {
  const double bound = 1.0 / std::sqrt(shape.in * shape.kernel * shape.kernel);
  const at::Tensor weight = f.uniform(name + ".weight", {shape.out, shape.in, shape.kernel, shape.kernel}, bound);
  return {weight, f.uniform(name + ".bias", {shape.out}, bound), shape.stride, shape.padding};
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, {weight.size(0)}, weight, bias, epsilon);
}

LayerNorm make_layer_norm(ParameterFactory& f, const std::string& name, int width, double epsilon) {
  const at::Tensor weight = f.constant(name + ".weight", {width}, 1.0);
  return {weight, f.constant(name + ".bias", {width}, 0.0), epsilon};
}

at::Tensor attend(const at::Tensor& queries_NQD, const at::Tensor& keys_NMD, const at::Tensor& values_NMD,
                  const at::Tensor& bias, int heads) {
  const std::int64_t width = queries_NQD.size(2) / heads;
  const auto split = [&](const at::Tensor& x) { return x.unflatten(2, {heads, width}).transpose(1, 2); };
  at::Tensor logits =
      split(queries_NQD).matmul(split(keys_NMD).transpose(2, 3)) / std::sqrt(static_cast<double>(width));
  if (bias.defined()) logits = logits + bias;
  return logits.softmax(-1).matmul(split(values_NMD)).transpose(1, 2).flatten(2);
}

at::Tensor look_back_bias(const at::Tensor& distance_bias, std::int64_t past, std::int64_t steps) {
  const auto options = distance_bias.options().dtype(at::kLong);
  const at::Tensor now = at::arange(past, past + steps, options).unsqueeze(1);
  const at::Tensor distance = now - at::arange(past + steps, options).unsqueeze(0);
  const std::int64_t furthest = distance_bias.size(1) - 1;
  const at::Tensor hidden = distance.lt(0).logical_or(distance.gt(furthest));
  const at::Tensor bias =
      distance_bias.index_select(1, distance.clamp(0, furthest).flatten()).unflatten(1, {steps, past + steps});
  return bias.masked_fill(hidden, -std::numeric_limits<double>::infinity());
}

at::Tensor padding_bias(const at::Tensor& mask_NL) {
  const at::Tensor mask = mask_NL.to(at::kFloat);
  // A text without words is not hidden: fused attention adds up exp(logit - sum) on the way back, and beside -1e9 a
  // float has no room for the logarithm of how many there are.
  return (mask - 1.0).mul(1e9).mul(mask.amax(1, true)).unsqueeze(1).unsqueeze(1);
}

at::Tensor masked_mean(const at::Tensor& states_NLD, const at::Tensor& mask_NL) {
  const at::Tensor mask = mask_NL.to(at::kFloat);
  return (states_NLD * mask.unsqueeze(2)).sum(1) / mask.sum(1, true).clamp_min(1.0);
}

}  // namespace atl::agent
