// Picture features of a vision transformer in DINOv2's layout, for pretrained weights. Used by the sources of agent/
// only.
//
// ViT (arXiv 2010.11929, section 3.1) with pre-norm blocks, exact GELU and layer scale (arXiv 2103.17239, section 2),
// as DINOv2 (arXiv 2304.07193) trains it. Checked against Dinov2Model of the transformers library, whose tensor names
// it has. Differences: no dropout and no mask token; class token and patches see each other, but patches only are
// returned; learned positions are resized to the picture's grid (bicubic, without antialiasing) as transformers does
// it, where DINOv2's own code scales by (size + 0.1) / grid.
#pragma once

#include "agent/parameters.h"

#include <array>
#include <string>
#include <vector>

namespace atl::agent {

struct VitOptions {  // defaults: ViT-S/14
  int width = 384;
  int depth = 12;  // blocks; fewer than a weight file has: its first ones, with its norm after the last
  int heads = 6;
  int mlp_width = 1536;
  int patch_px = 14;
  int grid = 37;  // learned positions are grid x grid
};

struct Vit {
  struct Block {
    LayerNorm norm1;
    Linear query;
    Linear key;
    Linear value;
    Linear out;
    at::Tensor scale1;  // [D]
    LayerNorm norm2;
    Linear fc1;
    Linear fc2;
    at::Tensor scale2;  // [D]
  };
  at::Tensor class_token;  // [1, 1, D]
  at::Tensor positions;    // [1, 1 + grid x grid, D], the class token's first
  Conv patches;
  std::vector<Block> blocks;
  LayerNorm norm;
  int heads = 1;
  int grid = 1;

  /// RGB pictures [N, 3, H, W] of 0 to 1 as (x - kMean) / kDeviation, by channel. Returns the patches [N, P, D] row by
  /// row, after the final norm: P = floor(H / patch_px) x floor(W / patch_px); what is left at the right and lower edge
  /// is not looked at.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x_NCHW) const;
  static constexpr std::array<double, 3> kMean{0.485, 0.456, 0.406};
  static constexpr std::array<double, 3> kDeviation{0.229, 0.224, 0.225};

  /// [1, 1 + rows x columns, D]
  [[nodiscard]] at::Tensor positions_for(std::int64_t rows, std::int64_t columns) const;
};

[[nodiscard]] Vit make_vit(ParameterFactory& f, const std::string& prefix, const VitOptions& options);

}  // namespace atl::agent
