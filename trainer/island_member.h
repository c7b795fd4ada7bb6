// A run as one island of several: [island] of its config names it and the syncer. After each step it does what
// distributed/island.h says; parameters may lie on any device. Used by the training loop's thread.
#pragma once

#include "core/clock.h"
#include "distributed/exchange.h"
#include "distributed/fragments.h"
#include "trainer/island_config.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace atl::trainer {

/// Beside its place in the flat vector of parameters, what islands must have in common.
struct IslandModel {
  std::vector<distributed::TensorPlace> tensors;
  std::string contract;  // told to be the same by a hash: vocabulary, contract, model
  std::string lane;      // of the island's data (data_lane)
};

class IslandMember {
 public:
  /// Joins, and fills `parameters` (flat, float32, borrowed) with the run's. Throws Error(kNetwork), Error(kContract)
  /// as distributed::create_star_exchange. `should_stop` is asked while it waits.
  IslandMember(const IslandConfig& config, const IslandModel& model, at::Tensor parameters,
               std::function<bool()> should_stop);
  IslandMember(const IslandMember&) = delete;
  IslandMember& operator=(const IslandMember&) = delete;
  /// Without `leave`, others learn of its end when its beats stop.
  ~IslandMember();

  /// After a step that learned from so many pictures in `step_s` seconds, waiting for nobody; `place`: of the data,
  /// where the next one goes on. False if it should stop.
  bool after_step(std::int64_t pictures, double step_s, const distributed::ShardPlace& place);
  /// The next block of data that is this island's alone. Any thread; throws as Exchange::wait_lease.
  [[nodiscard]] std::optional<distributed::DataLease> wait_lease(Duration time);
  /// Raised when the island was given up and has joined again: blocks that it had are others'.
  [[nodiscard]] std::uint64_t incarnation() const;
  /// Delivers what was sent and says goodbye.
  void leave();

  /// Steps on the islands' common clock.
  [[nodiscard]] std::int64_t clock() const;
  [[nodiscard]] double waited_s() const;
  [[nodiscard]] bool has_joined() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::trainer
