#include "trainer/policy_divergence.h"

#include "trainer/action_logits.h"
#include "trainer/teacher_forcing.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <utility>

namespace atl::trainer {
namespace {

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

// What the policy would do in the steps of `answer` that are done before the next one, in an episode that ends.
ActionLogits intent_of(const agent::Model& model, const agent::ModelOutput& out, std::int64_t answer,
                       std::span<const agent::ActionParts> done) {
  const auto first = [&](const at::Tensor& logits) {
    return logits.defined() ? logits[0][answer][0].narrow(0, 0, static_cast<std::int64_t>(done.size())) : at::Tensor();
  };
  ActionLogits logits{.keys_NC = first(out.key_logits),
                      .mouse_x_NM = first(out.mouse_x_logits),
                      .mouse_y_NM = first(out.mouse_y_logits),
                      .wheel_NW = first(out.wheel_logits),
                      .pointer_NL = first(out.pointer_logits),
                      .pointer_keys_NLQ = {}};
  if (out.pointer_keys.defined()) logits.pointer_keys_NLQ = out.pointer_keys[0][answer].unsqueeze(0);
  logits = conditioned(model, std::move(logits), done_actions(done, model.action_sizes()));
  for (at::Tensor* part :
       {&logits.keys_NC, &logits.mouse_x_NM, &logits.mouse_y_NM, &logits.wheel_NW, &logits.pointer_NL}) {
    if (part->defined()) *part = part->to(at::kDouble);
  }
  return logits;
}

at::Tensor of_bits(const at::Tensor& p_NC, const at::Tensor& q_NC) {
  return (p_NC.sigmoid() * (p_NC - q_NC) + at::softplus(q_NC) - at::softplus(p_NC)).sum(1);
}

// 0 of a part that the contract has not.
at::Tensor of_classes(const at::Tensor& p_NM, const at::Tensor& q_NM) {
  if (!p_NM.defined()) return at::zeros({}, at::kDouble);
  const at::Tensor log_p = p_NM.log_softmax(1);
  return (log_p.exp() * (log_p - q_NM.log_softmax(1))).sum(1);
}

// One intent a question.
std::vector<ActionLogits> intents_of(const TeacherForcing& policy, const Sight& sight,
                                     std::span<const agent::ActionParts> actions) {
  const LossConfig as_played;  // with pictures and language, as live play has them
  const ForcedEpisode asked{sight.episode, actions, as_played};
  const std::size_t delay = as_size(policy.contract().delay_steps);
  const std::size_t stride = as_size(policy.contract().actions_per_policy_step);
  std::vector<ActionLogits> intents;
  agent::MemoryState memory;
  std::size_t next = 0;
  for (;;) {
    std::vector<std::size_t> steps;
    next = add_questions(asked, policy.contract(), next, sight.pictures_at_once, steps);
    if (steps.empty()) return intents;
    agent::ModelOutput out = policy.answer(asked, steps, std::move(memory));
    memory = std::move(out.memory);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::size_t begin = steps[i] + delay;
      const std::size_t count = std::min(stride, actions.size() - begin);
      intents.push_back(intent_of(policy.model(), out, static_cast<std::int64_t>(i), actions.subspan(begin, count)));
    }
  }
}

}  // namespace

PolicyDivergence::PolicyDivergence(const std::filesystem::path& run, int threads)
    : policy_(std::make_unique<TeacherForcing>(run, threads)) {}

PolicyDivergence::~PolicyDivergence() = default;

const PolicyContract& PolicyDivergence::contract() const { return policy_->contract(); }
std::int64_t PolicyDivergence::step() const { return policy_->info().step; }

std::vector<double> PolicyDivergence::between(const Sight& seen, const Sight& other,
                                              std::span<const agent::ActionParts> actions) const {
  const c10::InferenceMode inference;
  const std::vector<ActionLogits> of_seen = intents_of(*policy_, seen, actions);
  const std::vector<ActionLogits> of_other = intents_of(*policy_, other, actions);
  std::vector<double> nats;
  for (std::size_t i = 0; i < of_seen.size(); ++i) {
    const ActionLogits& p = of_seen[i];
    const ActionLogits& q = of_other[i];
    const at::Tensor sum = of_bits(p.keys_NC, q.keys_NC) + of_classes(p.mouse_x_NM, q.mouse_x_NM) +
                           of_classes(p.mouse_y_NM, q.mouse_y_NM) + of_classes(p.wheel_NW, q.wheel_NW) +
                           of_classes(p.pointer_NL, q.pointer_NL);
    // Rounding can leave a divergence of nearly nothing below nothing.
    for (std::int64_t n = 0; n < sum.size(0); ++n) nats.push_back(std::max(0.0, sum[n].item<double>()));
  }
  return nats;
}

}  // namespace atl::trainer
