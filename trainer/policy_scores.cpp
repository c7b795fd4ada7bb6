#include "trainer/policy_scores.h"

#include "trainer/action_logits.h"
#include "trainer/teacher_forcing.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <string>
#include <utility>

namespace atl::trainer {
namespace {

constexpr std::size_t kPicturesAtOnce = 64;

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

// Log-likelihoods [N] of whole actions under the logits of the first actions of N answers.
class FirstActions {
 public:
  FirstActions(const agent::Model& model, const agent::ModelOutput& out)
      : model_(model),
        logits_{.keys_NC = first(out.key_logits),
                .mouse_x_NM = first(out.mouse_x_logits),
                .mouse_y_NM = first(out.mouse_y_logits),
                .wheel_NW = first(out.wheel_logits),
                .pointer_NL = first(out.pointer_logits),
                .pointer_keys_NLQ = out.pointer_keys.defined() ? out.pointer_keys.squeeze(0) : at::Tensor()} {}

  [[nodiscard]] at::Tensor log_likelihood(std::span<const agent::ActionParts> actions) const {
    const DoneActions done = done_actions(actions, model_.action_sizes());
    const ActionLogits logits = conditioned(model_, logits_, done);
    return (logits.keys_NC * done.controls_NC - at::softplus(logits.keys_NC)).sum(1) +
           of_class(logits.mouse_x_NM, done.mouse_x_N) + of_class(logits.mouse_y_NM, done.mouse_y_N) +
           of_class(logits.wheel_NW, done.wheel_N) + of_class(logits.pointer_NL, done.pointer_N);
  }

 private:
  // [1, N, 1, S, X] to [N, X] of the chunk's first action.
  static at::Tensor first(const at::Tensor& logits) {
    return logits.defined() ? logits.select(3, 0).squeeze(2).squeeze(0) : at::Tensor();
  }
  // 0 of a part that the contract has not.
  static at::Tensor of_class(const at::Tensor& logits_NM, const at::Tensor& class_N) {
    if (!logits_NM.defined()) return at::zeros({class_N.size(0)});
    return logits_NM.log_softmax(1).gather(1, class_N.unsqueeze(1)).squeeze(1);
  }

  const agent::Model& model_;
  ActionLogits logits_;
};

}  // namespace

PolicyScorer::PolicyScorer(const std::filesystem::path& run, int threads)
    : policy_(std::make_unique<TeacherForcing>(run, threads)) {}

PolicyScorer::~PolicyScorer() = default;

const PolicyContract& PolicyScorer::contract() const { return policy_->contract(); }
std::int64_t PolicyScorer::step() const { return policy_->info().step; }

std::vector<ActionScore> PolicyScorer::score(const PlainEpisode& episode, std::span<const agent::ActionParts> actions,
                                             const LossConfig& trained) const {
  const ForcedEpisode asked{episode, actions, trained};
  const c10::InferenceMode inference;
  const std::size_t stride = as_size(contract().actions_per_policy_step);
  const std::size_t delay = as_size(contract().delay_steps);
  std::vector<ActionScore> scores(actions.size());
  for (std::size_t phase = 0; phase < stride; ++phase) {
    agent::MemoryState memory;
    std::size_t next = phase;
    while (next + delay < actions.size()) {
      // As many pictures as have one instruction.
      std::vector<std::size_t> steps;
      next = add_questions(asked, contract(), next, kPicturesAtOnce, steps);
      agent::ModelOutput out = policy_->answer(asked, steps, std::move(memory));
      memory = std::move(out.memory);
      std::vector<agent::ActionParts> done;
      std::vector<agent::ActionParts> before;
      for (const std::size_t step : steps) {
        done.push_back(actions[step + delay]);
        before.push_back(actions[step + delay - (step + delay > 0 ? 1 : 0)]);
      }
      const FirstActions first(policy_->model(), out);
      const at::Tensor of_done = first.log_likelihood(done);
      const at::Tensor of_stay = first.log_likelihood(before);
      for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i] + delay == 0) continue;
        scores[steps[i] + delay] = {of_done.const_data_ptr<float>()[i], of_stay.const_data_ptr<float>()[i]};
      }
    }
  }
  return scores;
}

std::string instruction_at(std::span<const InstructionSpan> spans, std::size_t step) {
  const InstructionSpan* found = nullptr;
  for (const InstructionSpan& span : spans) {
    if (span.begin <= step && step < span.end && (found == nullptr || span.end < found->end)) found = &span;
  }
  return found == nullptr ? std::string() : found->text;
}

}  // namespace atl::trainer
