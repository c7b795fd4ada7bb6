// One replica on one batch: forward pass, losses, metrics. What it computes stays on its device; nothing waits for it.
// Used by replicas.cpp. Any thread; a learner by one at a time.
#pragma once

#include "agent/model.h"
#include "trainer/batch.h"
#include "trainer/config.h"
#include "trainer/future.h"
#include "trainer/losses.h"

namespace atl::trainer {

/// One replica, borrowed.
struct Learner {
  const agent::Model& model;
  const FutureHead* future;  // null: without the loss
};

struct LearnerOptions {
  LossConfig loss;
  bool bf16 = false;       // autocast
  bool recompute = false;  // ModelInput::recompute
};

/// The loss of a batch that lies on the model's device, and its metrics, with those of each world that it has pictures
/// of (Batch::items).
[[nodiscard]] LossResult compute_batch(const Learner& learner, const Batch& batch, const LearnerOptions& options);

}  // namespace atl::trainer
