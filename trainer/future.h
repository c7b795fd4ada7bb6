// Pretraining without labels: from what was seen up to a policy step, which features will the image encoder give some
// steps later? Contrastive predictive coding (van den Oord et al., arXiv 1807.03748) patch by patch, the role of SIMA's
// video model. Used by replicas.cpp and tests.
//
// The right answer stands among all patches of the same future picture, and the same patch of all other future pictures
// of the batch, the window's own among them: who goes on with what it sees is beaten by who knows how things move, and
// features that are all alike, or alike in time, predict nothing. Differences from the paper: both sides pass a linear
// map and are compared by their cosine, as in SimCLR (arXiv 2002.05709, eq. 1); gradients flow into both.
//
// Shapes as in agent/model.h; U = T - steps predictions of a window, E width of what is compared.
#pragma once

#include "agent/parameters.h"
#include "trainer/losses.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace atl::trainer {

/// Both linear maps. They belong to the trainer: checkpoints that are played do not hold them, training goes on with
/// them. One a replica.
class FutureHead {
 public:
  /// For features of `width`; parameters "future.*" from `seed`, on `device`.
  FutureHead(int width, std::uint64_t seed, at::Device device);

  [[nodiscard]] at::Tensor predict(const at::Tensor& video_BTPD) const { return guess_(video_BTPD); }
  [[nodiscard]] at::Tensor compare(const at::Tensor& picture_BTPD) const { return answer_(picture_BTPD); }
  [[nodiscard]] const std::vector<agent::NamedTensor>& parameters() const { return parameters_; }

 private:
  agent::Linear guess_;
  agent::Linear answer_;
  std::vector<agent::NamedTensor> parameters_;
};

struct FutureGuesses {
  at::Tensor nats_BUP;   // cross entropy of the right patch among the N = P + B U - 1 candidates; chance is log N
  at::Tensor right_BUP;  // 1 where the right patch is the best, or 1 / n of n that are as good; no gradient
  at::Tensor weight_BU;  // 1 where both pictures are there, else 0
};

/// Of what is predicted at steps 0 .. U - 1 and what there is `steps` later. `seen_BT`: 1 where there is a picture, 0
/// where the window is padded. Memory grows with B U (P + B U) P.
[[nodiscard]] FutureGuesses guess_future(const at::Tensor& predicted_BTPE, const at::Tensor& compared_BTPE,
                                         const at::Tensor& seen_BT, int steps);

/// Adds their mean, `weight` times, to the total and both means to the metrics. Nothing where `items` has no futures.
void add_future_loss(const FutureGuesses& guesses, double weight, const ItemCounts& items, LossResult& result);

}  // namespace atl::trainer
