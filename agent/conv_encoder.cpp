#include "agent/conv_encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/group_norm.h>
#include <fmt/format.h>

namespace atl::agent {
namespace {

constexpr int kStemStride = 4;
constexpr int kNormGroups = 8;

at::Tensor as_patches(const at::Tensor& x_FDHW) { return x_FDHW.permute({0, 2, 3, 1}).flatten(1, 2); }

}  // namespace

ConvEncoder::ConvEncoder(ParameterFactory& f, const ModelConfig& config)
    : keys_after_block_(
          static_cast<std::size_t>(config.keys_after_block < 0 ? config.residual_blocks : config.keys_after_block)) {
  const int width = config.patch_channels;
  stem_ = make_conv(f, "encoder.stem", {.in = 3, .out = config.stem_channels, .kernel = 4, .stride = kStemStride});
  down_ =
      make_conv(f, "encoder.down", {.in = config.stem_channels, .out = width, .kernel = 3, .stride = 2, .padding = 1});
  norm_weight_ = f.constant("encoder.norm.weight", {width}, 1.0);
  norm_bias_ = f.constant("encoder.norm.bias", {width}, 0.0);
  for (int i = 0; i < config.residual_blocks; ++i) {
    const std::string name = fmt::format("encoder.block{}.", i);
    const ConvShape shape{.in = width, .out = width, .kernel = 3, .stride = 1, .padding = 1};
    Conv first = make_conv(f, name + "first", shape);
    blocks_.push_back({std::move(first), make_conv(f, name + "second", shape)});
  }
}

PictureFeatures ConvEncoder::finish(const at::Tensor& frames_FHWC) const {
  // The view as NCHW keeps the bytes channel by channel: convolutions run twice as fast so than on planes.
  at::Tensor x = frames_FHWC.narrow(3, 0, 3).permute({0, 3, 1, 2}).to(at::kFloat);
  x = x.contiguous(at::MemoryFormat::ChannelsLast).mul_(1.0 / 255.0).sub_(0.5);
  x = stem_(x).relu_();
  x = at::group_norm(down_(x), kNormGroups, norm_weight_, norm_bias_).relu_();
  x = x.contiguous(at::MemoryFormat::ChannelsLast);  // on GPUs the norm answers in planes
  PictureFeatures features;
  for (std::size_t i = 0; i <= blocks_.size(); ++i) {
    if (i == keys_after_block_) features.key_patches_FPD = as_patches(x);
    if (i < blocks_.size()) x = (x + blocks_[i].second(blocks_[i].first(x).relu_())).relu_();
  }
  features.patches_FPD = as_patches(x);
  return features;
}

}  // namespace atl::agent
