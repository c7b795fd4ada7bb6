// Copies to a device beside what it computes, on a stream of its own. Used by replicas.cpp. One thread.
#pragma once

#include "trainer/batch.h"

#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <optional>

namespace atl::trainer {

class SideStream {
 public:
  /// On a processor nothing is copied, and nothing is to be waited for.
  explicit SideStream(at::Device device);

  /// Begins to copy a batch to the device and returns at once, if it lies in pinned memory (BatchOptions::pinned).
  void send(Batch& batch);
  /// What is asked of the device from now on begins after all that was sent. `batch`: one of it, about to be used.
  void join(Batch& batch);

 private:
  at::Device device_;
  std::optional<c10::Stream> stream_;
  std::optional<c10::Event> sent_;
};

}  // namespace atl::trainer
