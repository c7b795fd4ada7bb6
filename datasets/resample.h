// Recorded steps of one action clock as steps of another that is as fast or slower: a declared transform of recordings
// to a contract's rate. Used by the training cache and by trainers. Free of state: any thread.
//
// Step i of the contract's clock covers the time [i/r, (i+1)/r), action k of the recording [k/f, (k+1)/f), both from
// the episode's start. An action belongs to the step in which it begins, i = floor(k r / f), also where it ends in the
// next one: none is split. Motion is summed, presses are added up to kMaxPresses, what is held is what the last action
// of the step holds. f/r is a ratio of two whole numbers and all else is integers, so that an hour does not drift.
#pragma once

#include "core/action.h"
#include "datasets/recording.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::datasets {

class Resampling {
 public:
  /// `recorded_hz` >= `contract_hz`. Rates are taken as the simplest fraction within 1e-10 of them; a ratio within 1e-6
  /// of a whole number is that number. Throws Error(kContract) with both rates and `where` for a slower recording.
  Resampling(double recorded_hz, double contract_hz, std::string_view where);

  /// Steps of the contract in `num_actions` recorded ones; one that the recording ends in is left out.
  [[nodiscard]] std::uint64_t num_steps(std::uint64_t num_actions) const { return num_actions * down_ / up_; }
  /// The contract's step that recorded action `action` belongs to.
  [[nodiscard]] std::uint64_t step_of(std::uint64_t action) const { return action * down_ / up_; }
  /// The first recorded action of a step.
  [[nodiscard]] std::uint64_t first_action(std::uint64_t step) const { return (step * up_ + down_ - 1) / down_; }
  /// The recorded step that runs, or begins, when a step begins: pictures that were seen at it or before are seen then.
  [[nodiscard]] std::uint64_t seen_at(std::uint64_t step) const { return step * up_ / down_; }
  /// When a step begins, from the times at which recorded actions began; `step` <= num_steps(actions.size()), which is
  /// the moment after the last step, and at least one action.
  [[nodiscard]] Timestamp begin_of(std::uint64_t step, std::span<const RecordedAction> actions) const;

  /// `up` recorded steps take as long as `down` of the contract; no number divides both but 1.
  [[nodiscard]] std::uint64_t up() const { return up_; }
  [[nodiscard]] std::uint64_t down() const { return down_; }
  /// "35 Hz to 15 Hz, 7 recorded steps in 3"; "15 Hz as recorded".
  [[nodiscard]] std::string words() const;

 private:
  double recorded_hz_;
  double contract_hz_;
  std::uint64_t up_ = 1;
  std::uint64_t down_ = 1;
};

/// One step of the contract's clock.
struct ResampledStep {
  Action action;
  Timestamp begin;
  std::span<const RecordedAction> from;  // what it was made of, at least one; borrowed
};

/// The recorded actions of one episode, from its first on, as whole steps of the contract.
[[nodiscard]] std::vector<ResampledStep> resample(std::span<const RecordedAction> actions,
                                                  const Resampling& resampling);

}  // namespace atl::datasets
