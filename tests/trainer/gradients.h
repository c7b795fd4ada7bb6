// Gradients against finite differences, for the tests of losses.
#pragma once

#include "core/random.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>

namespace atl::trainer::testing {

inline at::Tensor random_tensor(at::IntArrayRef shape, std::uint64_t seed, double low, double high,
                                at::ScalarType type = at::kDouble) {
  at::Tensor tensor = at::zeros(shape, at::kDouble);
  Random random(seed);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.mutable_data_ptr<double>()[i] = low + (high - low) * random.uniform();
  return tensor.to(type);
}

/// Compares the gradient of `loss` at `x` with central differences, in double.
inline void expect_gradient(const std::function<at::Tensor(const at::Tensor&)>& loss, const at::Tensor& x) {
  const at::Tensor leaf = x.clone().requires_grad_(true);
  loss(leaf).backward();
  const at::Tensor gradient = leaf.grad().contiguous();
  constexpr double kStep = 1e-6;
  for (std::int64_t i = 0; i < x.numel(); i += 1 + x.numel() / 50) {
    at::Tensor up = x.clone();
    at::Tensor down = x.clone();
    up.mutable_data_ptr<double>()[i] += kStep;
    down.mutable_data_ptr<double>()[i] -= kStep;
    const double expected = (loss(up).item<double>() - loss(down).item<double>()) / (2 * kStep);
    EXPECT_NEAR(gradient.const_data_ptr<double>()[i], expected, 1e-6 + 1e-5 * std::abs(expected)) << "element " << i;
  }
}

}  // namespace atl::trainer::testing
