#include "agent/memory.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <algorithm>

namespace atl::agent {

Memory::Memory(ParameterFactory& f, const ModelConfig& config)
    : steps_(config.memory_steps),
      heads_(config.memory_heads),
      in_(make_linear(f, "memory.in", config.hidden_width, config.memory_width)) {
  const int width = config.memory_width;
  for (int i = 0; i < config.memory_layers; ++i) {
    const std::string name = fmt::format("memory.layer{}.", i);
    Layer layer;
    layer.attention_norm = make_layer_norm(f, name + "attention_norm", width);
    layer.query = make_linear(f, name + "query", width, width);
    layer.key_value = make_linear(f, name + "key_value", width, 2 * width);
    layer.attention_out = make_linear(f, name + "attention_out", width, width);
    layer.distance_bias = f.constant(name + "distance_bias", {heads_, steps_ + 1}, 0.0);
    layer.mlp_norm = make_layer_norm(f, name + "mlp_norm", width);
    layer.mlp_in = make_linear(f, name + "mlp_in", width, 4 * width);
    layer.mlp_out = make_linear(f, name + "mlp_out", 4 * width, width);
    layers_.push_back(std::move(layer));
  }
  out_ = make_zero_linear(f, "memory.out", width, config.hidden_width);
}

at::Tensor Memory::operator()(const at::Tensor& states_NTD, MemoryState& memory) const {
  if (memory.layers_NMD.empty()) memory.layers_NMD.resize(layers_.size());
  ATOLL_CHECK(memory.layers_NMD.size() == layers_.size(), "memory of {} layers, expected {}", memory.layers_NMD.size(),
              layers_.size());
  at::Tensor x = in_(states_NTD);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    at::Tensor& cached = memory.layers_NMD[i];
    const at::Tensor context = cached.defined() ? at::cat({cached, x}, 1) : x;
    const std::int64_t past = context.size(1) - x.size(1);
    const std::int64_t kept = std::min<std::int64_t>(steps_, context.size(1));
    cached = context.narrow(1, context.size(1) - kept, kept).detach().clone();
    const std::vector<at::Tensor> key_value = layer.key_value(layer.attention_norm(context)).chunk(2, 2);
    const at::Tensor queries = layer.query(layer.attention_norm(x));
    const at::Tensor bias = look_back_bias(layer.distance_bias, past, x.size(1));
    x = x + layer.attention_out(attend(queries, key_value[0], key_value[1], bias, heads_));
    x = x + layer.mlp_out(layer.mlp_in(layer.mlp_norm(x)).relu());
  }
  return out_(x);
}

}  // namespace atl::agent
