#include "agent/pretrained_encoder.h"

#include "agent/pretrained.h"
#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace atl::agent {
namespace {

constexpr int kEfficientNetStride = 16;

std::variant<EfficientNet, Vit> make_backbone(ParameterFactory& f, const ModelConfig& config) {
  const std::string prefix(kBackbonePrefix);
  if (config.encoder == "efficientnet_lite0") return make_efficientnet(f, prefix, {.stride = kEfficientNetStride});
  return make_vit(f, prefix, {});
}

std::size_t num_blocks(const std::variant<EfficientNet, Vit>& backbone) {
  return std::visit([](const auto& net) { return net.blocks.size(); }, backbone);
}

// RGB planes [F, 3, H, W] float of 0 to 255, in channels-last memory.
at::Tensor to_rgb(const at::Tensor& frames_FHWC) {
  const at::Tensor rgb = frames_FHWC.narrow(3, 0, 3).permute({0, 3, 1, 2}).flip({1});
  return rgb.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
}

// The number behind "block" or "layer." in a parameter's name; nothing for those before the first and after the last.
std::optional<int> block_of(std::string_view name) {
  for (const std::string_view mark : {std::string_view("backbone.block"), std::string_view("layer.")}) {
    const std::size_t at = name.find(mark);
    if (at == std::string_view::npos) continue;
    int number = 0;
    const char* begin = name.data() + at + mark.size();
    if (std::from_chars(begin, name.data() + name.size(), number).ec == std::errc()) return number;
  }
  return std::nullopt;
}

// Whether a parameter of a backbone of `blocks` blocks is left as it is when the last `trained` are trained: what comes
// before the first block is frozen with it, the norm after the last is trained with it.
bool is_frozen(std::string_view name, int blocks, int trained) {
  if (!name.starts_with(kBackbonePrefix) || trained < 0) return false;
  if (const std::optional<int> block = block_of(name)) return *block < blocks - trained;
  const bool is_after = name.find("layernorm") != std::string_view::npos;
  return !is_after || trained == 0;
}

}  // namespace

PretrainedEncoder::PretrainedEncoder(ParameterFactory& f, const ModelConfig& config, FrameSize frame)
    : grid_(patch_grid(frame)), backbone_(make_backbone(f, config)) {
  const int blocks = static_cast<int>(num_blocks(backbone_));
  if (config.encoder_trained_blocks > blocks) {
    fail(ErrorKind::kConfig,
         "encoder_trained_blocks = {}, but {} has {} blocks up to where it is read; expected -1 to {}",
         config.encoder_trained_blocks, config.encoder, blocks, blocks);
  }
  f.freeze([&](std::string_view name) { return is_frozen(name, blocks, config.encoder_trained_blocks); });
  const int width =
      std::holds_alternative<Vit>(backbone_) ? VitOptions{}.width : std::get<EfficientNet>(backbone_).channels;
  if (config.encoder_trained_blocks == 0) frozen_channels_ = width;
  norm_ = make_layer_norm(f, "encoder.norm", width);
  out_ = make_linear(f, "encoder.out", width, config.patch_channels);
}

at::Tensor PretrainedEncoder::begin(const at::Tensor& frames_FHWC) const {
  const bool is_vit = std::holds_alternative<Vit>(backbone_);
  const int cell = is_vit ? VitOptions{}.patch_px : kEfficientNetStride;
  at::Tensor x = at::upsample_bilinear2d(to_rgb(frames_FHWC), {grid_.rows * cell, grid_.columns * cell}, false);
  if (!is_vit) {
    x = x.sub_(EfficientNet::kMean).mul_(1.0 / EfficientNet::kDeviation);
    return std::get<EfficientNet>(backbone_)(x).permute({0, 2, 3, 1}).flatten(1, 2);
  }
  // Filled where they are used: a copy of numbers of the host would make it wait for a GPU.
  const auto by_channel = [&](const std::array<double, 3>& values) {
    std::vector<at::Tensor> filled;
    for (const double value : values) filled.push_back(at::full({1, 1, 1, 1}, value, x.options()));
    return at::cat(filled, 1);
  };
  x = x.mul_(1.0 / 255.0).sub_(by_channel(Vit::kMean)).div_(by_channel(Vit::kDeviation));
  return std::get<Vit>(backbone_)(x);
}

PictureFeatures PretrainedEncoder::finish(const at::Tensor& backbone_FPC) const {
  const at::Tensor patches = out_(norm_(backbone_FPC));
  return {patches, patches};
}

}  // namespace atl::agent
