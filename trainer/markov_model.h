// First-order Markov models of actions, which see no picture: the opponent that a policy has to beat before its picture
// can be said to help (trainer/imitation.h). Free of LibTorch. Const functions: any thread.
//
// All speak of actions as contracts do (agent::ActionParts). `unconditional`: each control, mouse axis, the wheel and
// the pointer by its own frequency, add-one smoothed. `factorised`: each given its own value one step before; counts of
// each row plus smoothing.parts times the unconditional probability. `joint`: the whole action given the whole one
// before; counts plus smoothing.joint times the factorised probability, so that what was never seen backs off to it.
#pragma once

#include "agent/action_codec.h"
#include "core/contract.h"

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace atl::trainer {

/// Actions that followed each other without a gap.
using ActionSequence = std::vector<agent::ActionParts>;

struct ActionShape {
  int num_controls = 0;  // bits of ActionParts::controls that count
  int num_bins = 0;      // of each mouse axis
  int num_wheel = 0;     // classes; 0: no wheel
  int num_places = 0;    // of the pointer; 0: none
};
[[nodiscard]] ActionShape action_shape(const PolicyContract& contract);

/// Pseudo-counts, above 0.
struct MarkovSmoothing {
  double parts = 1.0;
  double joint = 1.0;
};

/// Log-likelihood in nats of one whole action, or a mean of such.
struct MarkovScore {
  double unconditional = 0.0;
  double factorised = 0.0;
  double joint = 0.0;
};

class MarkovModel {
 public:
  explicit MarkovModel(ActionShape shape);

  /// Counts the pairs of neighbours of `sequence`.
  void add(std::span<const agent::ActionParts> sequence);
  void set_smoothing(MarkovSmoothing smoothing) { smoothing_ = smoothing; }
  [[nodiscard]] MarkovSmoothing smoothing() const { return smoothing_; }

  /// Of `action` right after `previous`.
  [[nodiscard]] MarkovScore score(const agent::ActionParts& action, const agent::ActionParts& previous) const;

 private:
  // Counts of one control or axis: [previous value][value], and their sums.
  struct Part {
    std::size_t size;
    std::unordered_map<std::size_t, double> pairs;  // of few of a pointer's many
    std::vector<double> rows;
    std::vector<double> columns;
  };
  // What followed one whole action.
  struct Followers {
    double num = 0.0;
    std::unordered_map<std::string, double> counts;
  };

  ActionShape shape_;
  MarkovSmoothing smoothing_;
  double num_pairs_ = 0.0;
  std::vector<Part> parts_;                               // controls, mouse x, mouse y, wheel, pointer
  std::unordered_map<std::string, Followers> followers_;  // of each whole action, by its key
};

/// A fitted model with what cross-validation said of it, each action scored by a model that did not count it.
struct MarkovFit {
  MarkovModel model;
  std::size_t num_sequences = 0;
  std::size_t num_steps = 0;        // pairs of neighbours
  std::size_t num_changes = 0;      // of those, where the action is another one
  MarkovScore validation_all{};     // mean over all steps, by which the smoothing was chosen
  MarkovScore validation_change{};  // mean over the steps where the action changes

  /// Whether the joint model is the better one on the training data: at all steps, or where the action changes.
  [[nodiscard]] bool is_joint_better(bool at_changes) const;
};

/// Counts all of `sequences` and chooses the smoothing by five-fold cross-validation over sequences; where there are
/// fewer than five, over five stretches of each. Throws Error(kConfig) when no sequence has two actions.
[[nodiscard]] MarkovFit fit_markov(std::span<const ActionSequence> sequences, ActionShape shape);

}  // namespace atl::trainer
