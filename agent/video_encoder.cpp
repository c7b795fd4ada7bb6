#include "agent/video_encoder.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <fmt/format.h>

#include <algorithm>

namespace atl::agent {
namespace {

constexpr int kHeads = 4;      // patch_channels are a multiple of 8
constexpr int kMlpFactor = 2;  // of the width: there are many patches
constexpr int kAround = 3;

// Patches [B, T, P, D] that have taken in those around them, each channel by itself.
at::Tensor with_neighbours(const at::Tensor& x_BTPD, const at::Tensor& kernel, PatchGrid grid) {
  const at::Tensor planes_FDHW = x_BTPD.flatten(0, 1).unflatten(1, {grid.rows, grid.columns}).permute({0, 3, 1, 2});
  const at::Tensor around = at::conv2d(planes_FDHW, kernel, {}, {1, 1}, {kAround / 2, kAround / 2}, {1, 1},
                                       /*groups=*/kernel.size(0));
  return x_BTPD + around.permute({0, 2, 3, 1}).flatten(1, 2).view(x_BTPD.sizes());
}

// [B, T, P, D] as a sequence of T steps for each patch, [B * P, T, D].
at::Tensor by_patch(const at::Tensor& x_BTPD) { return x_BTPD.transpose(1, 2).flatten(0, 1); }

}  // namespace

VideoEncoder::VideoEncoder(ParameterFactory& f, const ModelConfig& config, PatchGrid grid)
    : steps_(config.video_steps), grid_(grid) {
  const int width = config.patch_channels;
  in_ = make_linear(f, "video.in", width, width);
  for (int i = 0; i < config.video_layers; ++i) {
    const std::string name = fmt::format("video.layer{}.", i);
    Layer layer;
    layer.attention_norm = make_layer_norm(f, name + "attention_norm", width);
    layer.around = f.uniform(name + "around", {width, 1, kAround, kAround}, 1.0 / kAround);
    layer.query = make_linear(f, name + "query", width, width);
    layer.key_value = make_linear(f, name + "key_value", width, 2 * width);
    layer.attention_out = make_linear(f, name + "attention_out", width, width);
    layer.distance_bias = f.constant(name + "distance_bias", {kHeads, steps_}, 0.0);
    layer.mlp_norm = make_layer_norm(f, name + "mlp_norm", width);
    layer.mlp_in = make_linear(f, name + "mlp_in", width, kMlpFactor * width);
    layer.mlp_out = make_linear(f, name + "mlp_out", kMlpFactor * width, width);
    layers_.push_back(std::move(layer));
  }
  out_ = make_zero_linear(f, "video.out", width, width);
}

at::Tensor VideoEncoder::operator()(const at::Tensor& patches_BTPD, MemoryState& memory) const {
  if (memory.video_BMPD.empty()) memory.video_BMPD.resize(layers_.size());
  ATOLL_CHECK(memory.video_BMPD.size() == layers_.size(), "past pictures of {} layers, expected {}",
              memory.video_BMPD.size(), layers_.size());
  at::Tensor x = in_(patches_BTPD);
  for (std::size_t i = 0; i < layers_.size(); ++i) x = run_layer(layers_[i], x, memory.video_BMPD[i]);
  return out_(x);
}

at::Tensor VideoEncoder::run_layer(const Layer& layer, const at::Tensor& x_BTPD, at::Tensor& cached_BMPD) const {
  const at::Tensor normed = layer.attention_norm(x_BTPD);
  const at::Tensor now = layer.key_value(with_neighbours(normed, layer.around, grid_));  // [B, T, P, 2 D]
  const at::Tensor all = cached_BMPD.defined() ? at::cat({cached_BMPD, now}, 1) : now;
  const std::int64_t past = all.size(1) - now.size(1);
  const std::int64_t kept = std::min<std::int64_t>(steps_ - 1, all.size(1));
  cached_BMPD = all.narrow(1, all.size(1) - kept, kept).detach().clone();
  const std::vector<at::Tensor> key_value = by_patch(all).chunk(2, 2);
  const at::Tensor bias = look_back_bias(layer.distance_bias, past, x_BTPD.size(1));
  const at::Tensor seen = attend(by_patch(layer.query(normed)), key_value[0], key_value[1], bias, kHeads);
  const at::Tensor x =
      x_BTPD + layer.attention_out(seen.unflatten(0, {x_BTPD.size(0), x_BTPD.size(2)}).transpose(1, 2));
  return x + layer.mlp_out(layer.mlp_in(layer.mlp_norm(x)).relu());
}

}  // namespace atl::agent
