#include "agent/vit.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <fmt/format.h>

namespace atl::agent {
namespace {

constexpr double kNormEpsilon = 1e-6;
constexpr double kPositionDeviation = 0.02;  // these two: before weights are loaded
constexpr double kLayerScale = 1.0;

at::Tensor through(const Vit::Block& block, const at::Tensor& x_NSD, int heads) {
  const at::Tensor in = block.norm1(x_NSD);
  const at::Tensor seen = attend(block.query(in), block.key(in), block.value(in), {}, heads);
  const at::Tensor x = x_NSD + block.out(seen) * block.scale1;
  return x + block.fc2(at::gelu(block.fc1(block.norm2(x)))) * block.scale2;
}

}  // namespace

at::Tensor Vit::positions_for(std::int64_t rows, std::int64_t columns) const {
  if (rows == grid && columns == grid) return positions;
  const at::Tensor square = positions.narrow(1, 1, grid * grid).transpose(1, 2).unflatten(2, {grid, grid});
  const at::Tensor resized = at::upsample_bicubic2d(square, {rows, columns}, /*align_corners=*/false);
  return at::cat({positions.narrow(1, 0, 1), resized.flatten(2).transpose(1, 2)}, 1);
}

at::Tensor Vit::operator()(const at::Tensor& x_NCHW) const {
  const at::Tensor cells = patches(x_NCHW);  // [N, D, rows, columns]
  const at::Tensor first = class_token.expand({cells.size(0), 1, class_token.size(2)});
  at::Tensor x = at::cat({first, cells.flatten(2).transpose(1, 2)}, 1);
  x = x + positions_for(cells.size(2), cells.size(3));
  for (const Block& block : blocks) x = through(block, x, heads);
  return norm(x.narrow(1, 1, x.size(1) - 1));
}

Vit make_vit(ParameterFactory& f, const std::string& prefix, const VitOptions& options) {
  const int width = options.width;
  ATOLL_CHECK(options.heads > 0 && width % options.heads == 0, "{} heads for a width of {}, expected a divisor of it",
              options.heads, width);
  Vit vit;
  vit.heads = options.heads;
  vit.grid = options.grid;
  vit.class_token = f.normal(prefix + "embeddings.cls_token", {1, 1, width}, kPositionDeviation);
  vit.positions = f.normal(prefix + "embeddings.position_embeddings", {1, 1 + options.grid * options.grid, width},
                           kPositionDeviation);
  vit.patches = make_conv(f, prefix + "embeddings.patch_embeddings.projection",
                          {.in = 3, .out = width, .kernel = options.patch_px, .stride = options.patch_px});
  for (int i = 0; i < options.depth; ++i) {
    const std::string name = fmt::format("{}encoder.layer.{}.", prefix, i);
    Vit::Block block;
    block.norm1 = make_layer_norm(f, name + "norm1", width, kNormEpsilon);
    block.query = make_linear(f, name + "attention.attention.query", width, width);
    block.key = make_linear(f, name + "attention.attention.key", width, width);
    block.value = make_linear(f, name + "attention.attention.value", width, width);
    block.out = make_linear(f, name + "attention.output.dense", width, width);
    block.scale1 = f.constant(name + "layer_scale1.lambda1", {width}, kLayerScale);
    block.norm2 = make_layer_norm(f, name + "norm2", width, kNormEpsilon);
    block.fc1 = make_linear(f, name + "mlp.fc1", width, options.mlp_width);
    block.fc2 = make_linear(f, name + "mlp.fc2", options.mlp_width, width);
    block.scale2 = f.constant(name + "layer_scale2.lambda1", {width}, kLayerScale);
    vit.blocks.push_back(std::move(block));
  }
  vit.norm = make_layer_norm(f, prefix + "layernorm", width, kNormEpsilon);
  return vit;
}

}  // namespace atl::agent
