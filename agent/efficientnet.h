// Picture features of EfficientNet-Lite: a convolutional backbone for pretrained weights. Used by the sources of agent/
// only.
//
// EfficientNet (arXiv 1905.11946, section 4 and table 1) in its Lite variant: no squeeze-and-excitation, ReLU6 in place
// of swish, stem and head of fixed width. Blocks are MobileNetV2's inverted bottlenecks (arXiv 1801.04381, section
// 3.3). Checked against efficientnet_lite_pytorch 0.1.0, which carries TensorFlow's checkpoints, with its padding
// "SAME": where a stride leaves an odd rest, the right and the lower edge get the larger part. Differences: batch norms
// are folded into the convolutions before them, so that they stay frozen; head and classifier are left out.
#pragma once

#include "agent/parameters.h"

#include <optional>
#include <string>
#include <vector>

namespace atl::agent {

/// Blocks of one kind in a row; only the first has the stride.
struct BottleneckStage {
  int repeats = 1;
  int kernel = 3;
  int stride = 1;
  int expansion = 6;  // channels inside of a block by those before it; 1: no layer that expands
  int channels = 0;   // after the stage
};

struct EfficientNetOptions {
  int stride = 32;  // pixels of a feature cell: 2, 4, 8, 16 or 32; stages that would pass it are not made
  int stem_channels = 32;
  std::vector<BottleneckStage> stages = {{1, 3, 1, 1, 16},  {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80},
                                         {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}};  // Lite0
};

/// Convolution with bias whose result has ceil(size / stride) cells, padded with zeros.
struct SameConv {
  at::Tensor weight;  // [out, in / groups, k, k]; groups follow from the input
  at::Tensor bias;    // [out]
  int stride = 1;
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x_NCHW) const;
};

struct EfficientNet {
  struct Block {
    std::optional<SameConv> expand;
    SameConv depthwise;
    SameConv project;
    bool is_residual = false;
  };
  SameConv stem;
  std::vector<Block> blocks;
  int stride = 2;    // pixels of a cell of the result
  int channels = 0;  // of the result; Lite0: 40, 112 or 320 at stride 8, 16 or 32

  /// RGB pictures [N, 3, H, W] of 0 to 255 as (x - kMean) / kDeviation; returns [N, channels, ceil(H / stride), ceil(W
  /// / stride)]. Channels-last memory is faster.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x_NCHW) const;
  static constexpr double kMean = 127.0;
  static constexpr double kDeviation = 128.0;
};

/// Names: stem, blockI.expand, blockI.depthwise, blockI.project, with .weight and .bias.
[[nodiscard]] EfficientNet make_efficientnet(ParameterFactory& f, const std::string& prefix,
                                             const EfficientNetOptions& options);

}  // namespace atl::agent
