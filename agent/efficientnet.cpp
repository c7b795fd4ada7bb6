#include "agent/efficientnet.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/hardtanh.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace atl::agent {
namespace {

struct SameConvShape {
  int in = 0;
  int out = 0;
  int kernel = 1;
  int stride = 1;
  int groups = 1;
  bool is_rectified = true;  // a ReLU follows
};

// Without norms a random net of 50 layers has to keep the size of what differs between pictures: He et al., arXiv
// 1502.01852, section 2.2.
SameConv make_same_conv(ParameterFactory& f, const std::string& name, const SameConvShape& s) {
  const int in = s.in / s.groups;
  const double variance = (s.is_rectified ? 2.0 : 1.0) / (in * s.kernel * s.kernel);
  const at::Tensor weight = f.uniform(name + ".weight", {s.out, in, s.kernel, s.kernel}, std::sqrt(3.0 * variance));
  return {weight, f.uniform(name + ".bias", {s.out}, 0.0), s.stride};
}

std::int64_t total_padding(std::int64_t size, std::int64_t kernel, std::int64_t stride) {
  return std::max<std::int64_t>(((size + stride - 1) / stride - 1) * stride + kernel - size, 0);
}

at::Tensor relu6_(at::Tensor x) { return at::hardtanh_(x, 0.0, 6.0); }

}  // namespace

at::Tensor SameConv::operator()(const at::Tensor& x_NCHW) const {
  const std::int64_t groups = x_NCHW.size(1) / weight.size(1);
  std::int64_t rows = total_padding(x_NCHW.size(2), weight.size(2), stride);
  std::int64_t columns = total_padding(x_NCHW.size(3), weight.size(3), stride);
  at::Tensor x = x_NCHW;
  if (rows % 2 != 0 || columns % 2 != 0) {  // the convolution pads both edges alike
    x = at::constant_pad_nd(x, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2}, 0.0);
    rows = columns = 0;
  }
  return at::conv2d(x, weight, bias, {stride, stride}, {rows / 2, columns / 2}, {1, 1}, groups);
}

at::Tensor EfficientNet::operator()(const at::Tensor& x_NCHW) const {
  at::Tensor x = relu6_(stem(x_NCHW));
  for (const Block& block : blocks) {
    const at::Tensor wide = block.expand ? relu6_((*block.expand)(x)) : x;
    const at::Tensor narrow = block.project(relu6_(block.depthwise(wide)));
    x = block.is_residual ? x + narrow : narrow;
  }
  return x;
}

EfficientNet make_efficientnet(ParameterFactory& f, const std::string& prefix, const EfficientNetOptions& options) {
  EfficientNet net;
  net.stem = make_same_conv(f, prefix + "stem", {.in = 3, .out = options.stem_channels, .kernel = 3, .stride = 2});
  net.channels = options.stem_channels;
  int stride = 2;
  for (const BottleneckStage& stage : options.stages) {
    stride *= stage.stride;
    if (stride > options.stride) break;
    for (int i = 0; i < stage.repeats; ++i) {
      const std::string name = fmt::format("{}block{}.", prefix, net.blocks.size());
      const int in = net.channels;
      const int wide = in * stage.expansion;
      EfficientNet::Block block;
      if (stage.expansion != 1) block.expand = make_same_conv(f, name + "expand", {.in = in, .out = wide});
      const int step = i == 0 ? stage.stride : 1;
      block.depthwise = make_same_conv(
          f, name + "depthwise", {.in = wide, .out = wide, .kernel = stage.kernel, .stride = step, .groups = wide});
      block.project = make_same_conv(f, name + "project", {.in = wide, .out = stage.channels, .is_rectified = false});
      block.is_residual = step == 1 && in == stage.channels;
      net.blocks.push_back(std::move(block));
      net.channels = stage.channels;
    }
    net.stride = stride;
  }
  ATOLL_CHECK(net.stride == options.stride, "a feature stride of {}, expected one that the stages reach, like {}",
              options.stride, net.stride);
  return net;
}

}  // namespace atl::agent
