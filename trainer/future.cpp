#include "trainer/future.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/maximum.h>

namespace atl::trainer {
namespace {

constexpr double kTemperature = 0.1;  // that of SimCLR
constexpr double kNorm = 1e-6;        // least length of a vector
constexpr double kNever = -1e9;       // finite: rows without a candidate stay finite, and weigh nothing

at::Tensor unit(const at::Tensor& x) {
  // Autocast leaves halves, which are too coarse for what follows.
  const at::Tensor full = x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
  return full / (full.square().sum(-1, true) + kNorm * kNorm).sqrt();
}

// For each place, 1 / n if the right one is among the n best of all candidates, else 0.
at::Tensor share_of_best(const at::Tensor& right_FP, const at::Tensor& here_FPP, const at::Tensor& there_FPF) {
  const at::NoGradGuard no_grad;
  const at::Tensor best_FP = at::maximum(here_FPP.amax(-1), there_FPF.amax(-1));
  const at::Tensor ties = (here_FPP == best_FP.unsqueeze(-1)).sum(-1) + (there_FPF == best_FP.unsqueeze(-1)).sum(-1);
  return (right_FP == best_FP).to(right_FP.scalar_type()) / ties;
}

}  // namespace

FutureHead::FutureHead(int width, std::uint64_t seed, at::Device device) {
  agent::ParameterFactory factory(seed);
  guess_ = agent::make_linear(factory, "future.guess", width, width);
  answer_ = agent::make_linear(factory, "future.answer", width, width);
  parameters_ = factory.take();
  for (const agent::NamedTensor& p : parameters_) p.tensor.set_data(p.tensor.detach().to(device));
}

FutureGuesses guess_future(const at::Tensor& predicted_BTPE, const at::Tensor& compared_BTPE, const at::Tensor& seen_BT,
                           int steps) {
  const std::int64_t U = predicted_BTPE.size(1) - steps;
  const std::int64_t B = predicted_BTPE.size(0);
  const std::int64_t P = predicted_BTPE.size(2);
  ATOLL_CHECK(steps >= 1 && U >= 1, "a window of {} steps, of which none lies {} after another", predicted_BTPE.size(1),
              steps);
  const at::Tensor guess_FPE = unit(predicted_BTPE.narrow(1, 0, U).flatten(0, 1));
  const at::Tensor answer_FPE = unit(compared_BTPE.narrow(1, steps, U).flatten(0, 1));
  const at::Tensor is_there_F = seen_BT.narrow(1, steps, U).flatten() > 0;
  // Of the same picture, any patch; of other pictures, the same patch.
  const at::Tensor here_FPP = guess_FPE.matmul(answer_FPE.transpose(1, 2)).to(guess_FPE.scalar_type()) / kTemperature;
  const at::Tensor elsewhere_PFF =
      guess_FPE.transpose(0, 1).matmul(answer_FPE.permute({1, 2, 0})).to(guess_FPE.scalar_type()) / kTemperature;
  const at::Tensor itself_FF = at::eye(B * U, is_there_F.options());
  const at::Tensor there_FPF =
      elsewhere_PFF.masked_fill(itself_FF.logical_or(is_there_F.logical_not()), kNever).transpose(0, 1);
  const at::Tensor right_FP = here_FPP.diagonal(0, 1, 2);
  const at::Tensor all_FP = at::logaddexp(here_FPP.logsumexp(-1), there_FPF.logsumexp(-1));
  return {.nats_BUP = (all_FP - right_FP).view({B, U, P}),
          .right_BUP = share_of_best(right_FP, here_FPP, there_FPF).view({B, U, P}),
          .weight_BU = seen_BT.narrow(1, 0, U) * seen_BT.narrow(1, steps, U)};
}

void add_future_loss(const FutureGuesses& guesses, double weight, const ItemCounts& items, LossResult& result) {
  if (items.of(Items::kFutures) <= 0) return;
  const auto P = static_cast<double>(guesses.nats_BUP.size(2));
  const at::Tensor patches = (guesses.weight_BU.sum() * P).clamp_min(1.0);  // one world's pictures may have none
  const auto mean = [&](const at::Tensor& x_BUP) { return (x_BUP * guesses.weight_BU.unsqueeze(-1)).sum() / patches; };
  const at::Tensor nats = mean(guesses.nats_BUP);
  result.metrics.add({.metric = Metric::kFuture, .over = Items::kFutures, .times = P}, nats);
  result.metrics.add({.metric = Metric::kForesight, .over = Items::kFutures, .times = P}, mean(guesses.right_BUP));
  if (weight > 0) result.total = result.total + weight * nats;
}

}  // namespace atl::trainer
