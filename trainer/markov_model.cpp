#include "trainer/markov_model.h"

#include "core/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace atl::trainer {
namespace {

constexpr std::size_t kFolds = 5;
constexpr std::array kSmoothings{0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0};

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

// How many values each part of an action has: controls first, then mouse x and y, and what else there is.
std::vector<std::size_t> sizes_of(const ActionShape& shape) {
  std::vector<std::size_t> sizes(as_size(shape.num_controls), 2);
  for (const int size : {shape.num_bins, shape.num_bins, shape.num_wheel, shape.num_places}) {
    if (size > 0) sizes.push_back(as_size(size));
  }
  return sizes;
}

// The value of part `part` of an action.
std::size_t value_of(const agent::ActionParts& action, std::size_t part, const ActionShape& shape) {
  const std::size_t num_controls = as_size(shape.num_controls);
  if (part < num_controls) return action.controls.test(part) ? 1 : 0;
  const std::size_t other = part - num_controls + (part >= num_controls + 2 && shape.num_wheel == 0 ? 1 : 0);
  switch (other) {
    case 0: return as_size(action.mouse_x);
    case 1: return as_size(action.mouse_y);
    case 2: return as_size(action.wheel + shape.num_wheel / 2);
    default: return as_size(action.pointer);
  }
}

// The whole action as a string of its values.
std::string key_of(const agent::ActionParts& action, std::size_t num_parts, const ActionShape& shape) {
  std::string key;
  for (std::size_t part = 0; part < num_parts; ++part) {
    std::size_t value = value_of(action, part, shape);
    const int num_bytes = part < as_size(shape.num_controls) ? 1 : 3;
    for (int byte = 0; byte < num_bytes; ++byte, value >>= 8) key.push_back(static_cast<char>(value & 0xff));
  }
  return key;
}

bool is_change(const agent::ActionParts& action, const agent::ActionParts& previous) { return !(action == previous); }

// A stretch of consecutive actions and the fold it belongs to.
struct Stretch {
  std::span<const agent::ActionParts> actions;
  std::size_t fold;
};

std::vector<Stretch> deal_folds(std::span<const ActionSequence> sequences) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const std::span<const agent::ActionParts> actions(sequences[i]);
    if (sequences.size() >= kFolds) {
      stretches.push_back({actions, i % kFolds});
      continue;
    }
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
      const std::size_t begin = actions.size() * fold / kFolds;
      stretches.push_back({actions.subspan(begin, actions.size() * (fold + 1) / kFolds - begin), fold});
    }
  }
  return stretches;
}

// One model a fold, which counted all other folds.
class CrossValidation {
 public:
  CrossValidation(std::span<const ActionSequence> sequences, ActionShape shape) : stretches_(deal_folds(sequences)) {
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
      MarkovModel& model = models_.emplace_back(shape);
      for (const Stretch& stretch : stretches_) {
        if (stretch.fold != fold) model.add(stretch.actions);
      }
    }
  }

  // Mean scores over all steps, or over those where the action changes; zeros if there are none.
  MarkovScore mean(MarkovSmoothing smoothing, bool at_changes) {
    MarkovScore sum;
    double count = 0.0;
    for (MarkovModel& model : models_) model.set_smoothing(smoothing);
    for (const Stretch& stretch : stretches_) {
      for (std::size_t i = 1; i < stretch.actions.size(); ++i) {
        if (at_changes && !is_change(stretch.actions[i], stretch.actions[i - 1])) continue;
        const MarkovScore score = models_[stretch.fold].score(stretch.actions[i], stretch.actions[i - 1]);
        sum.unconditional += score.unconditional;
        sum.factorised += score.factorised;
        sum.joint += score.joint;
        ++count;
      }
    }
    if (count == 0) return {};
    return {sum.unconditional / count, sum.factorised / count, sum.joint / count};
  }

  // The parts' smoothing first, for the joint model backs off to it.
  MarkovSmoothing choose() {
    MarkovSmoothing best;
    double best_score = -std::numeric_limits<double>::infinity();
    for (const double parts : kSmoothings) {
      const double score = mean({parts, 1.0}, false).factorised;
      if (score <= best_score) continue;
      best_score = score;
      best.parts = parts;
    }
    best_score = -std::numeric_limits<double>::infinity();
    const double parts = best.parts;
    for (const double joint : kSmoothings) {
      const double score = mean({parts, joint}, false).joint;
      if (score <= best_score) continue;
      best_score = score;
      best.joint = joint;
    }
    return best;
  }

 private:
  std::vector<Stretch> stretches_;
  std::vector<MarkovModel> models_;
};

}  // namespace

ActionShape action_shape(const PolicyContract& contract) {
  const agent::ActionSizes sizes = agent::action_sizes(contract);
  return {.num_controls = sizes.controls,
          .num_bins = sizes.bins,
          .num_wheel = sizes.wheel,
          .num_places = sizes.pointer.num_classes()};
}

MarkovModel::MarkovModel(ActionShape shape) : shape_(shape) {
  for (const std::size_t size : sizes_of(shape))
    parts_.push_back({size, {}, std::vector<double>(size), std::vector<double>(size)});
}

void MarkovModel::add(std::span<const agent::ActionParts> sequence) {
  for (std::size_t i = 1; i < sequence.size(); ++i) {
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      Part& part = parts_[p];
      const std::size_t before = value_of(sequence[i - 1], p, shape_);
      const std::size_t value = value_of(sequence[i], p, shape_);
      ATOLL_CHECK(before < part.size && value < part.size, "value {} of part {}, expected below {}",
                  std::max(before, value), p, part.size);
      ++part.pairs[before * part.size + value];
      ++part.rows[before];
      ++part.columns[value];
    }
    Followers& followers = followers_[key_of(sequence[i - 1], parts_.size(), shape_)];
    ++followers.counts[key_of(sequence[i], parts_.size(), shape_)];
    ++followers.num;
    ++num_pairs_;
  }
}

MarkovScore MarkovModel::score(const agent::ActionParts& action, const agent::ActionParts& previous) const {
  MarkovScore score;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    const std::size_t before = value_of(previous, p, shape_);
    const std::size_t value = value_of(action, p, shape_);
    const double alone = (part.columns[value] + 1.0) / (num_pairs_ + static_cast<double>(part.size));
    const auto pair = part.pairs.find(before * part.size + value);
    const double followed = pair == part.pairs.end() ? 0.0 : pair->second;
    const double given = (followed + smoothing_.parts * alone) / (part.rows[before] + smoothing_.parts);
    score.unconditional += std::log(alone);
    score.factorised += std::log(given);
  }
  double seen = 0.0;
  double pairs = 0.0;
  if (const auto row = followers_.find(key_of(previous, parts_.size(), shape_)); row != followers_.end()) {
    seen = row->second.num;
    const auto found = row->second.counts.find(key_of(action, parts_.size(), shape_));
    if (found != row->second.counts.end()) pairs = found->second;
  }
  score.joint = std::log((pairs + smoothing_.joint * std::exp(score.factorised)) / (seen + smoothing_.joint));
  return score;
}

bool MarkovFit::is_joint_better(bool at_changes) const {
  const MarkovScore& score = at_changes ? validation_change : validation_all;
  return score.joint > score.factorised;
}

MarkovFit fit_markov(std::span<const ActionSequence> sequences, ActionShape shape) {
  MarkovFit fit{.model = MarkovModel(shape)};
  for (const ActionSequence& sequence : sequences) {
    if (sequence.size() < 2) continue;
    ++fit.num_sequences;
    fit.num_steps += sequence.size() - 1;
    for (std::size_t i = 1; i < sequence.size(); ++i)
      fit.num_changes += is_change(sequence[i], sequence[i - 1]) ? 1 : 0;
    fit.model.add(sequence);
  }
  if (fit.num_steps == 0)
    fail(ErrorKind::kConfig, "{} sequences of actions hold no two actions in a row: nothing to fit a Markov model on",
         sequences.size());
  CrossValidation validation(sequences, shape);
  const MarkovSmoothing smoothing = validation.choose();
  fit.model.set_smoothing(smoothing);
  fit.validation_all = validation.mean(smoothing, false);
  fit.validation_change = validation.mean(smoothing, true);
  return fit;
}

}  // namespace atl::trainer
