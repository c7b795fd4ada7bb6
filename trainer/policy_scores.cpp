#include "trainer/policy_scores.h"

#include "agent/checkpoint.h"
#include "agent/past_actions.h"
#include "core/error.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstring>
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
        keys_NC_(first(out.key_logits)),
        mouse_x_NM_(first(out.mouse_x_logits)),
        mouse_y_NM_(first(out.mouse_y_logits)) {}

  [[nodiscard]] at::Tensor log_likelihood(std::span<const agent::ActionParts> actions) const {
    const auto count = static_cast<std::int64_t>(actions.size());
    at::Tensor controls = at::zeros({count, keys_NC_.size(1)});
    at::Tensor mouse_x = at::empty({count}, at::kLong);
    at::Tensor mouse_y = at::empty({count}, at::kLong);
    float* bits = controls.mutable_data_ptr<float>();
    for (std::size_t i = 0; i < actions.size(); ++i) {
      for (std::int64_t c = 0; c < keys_NC_.size(1); ++c)
        *bits++ = actions[i].controls.test(static_cast<std::size_t>(c));
      mouse_x.mutable_data_ptr<std::int64_t>()[i] = actions[i].mouse_x;
      mouse_y.mutable_data_ptr<std::int64_t>()[i] = actions[i].mouse_y;
    }
    at::Tensor key_logits = keys_NC_;
    at::Tensor x_logits = mouse_x_NM_;
    at::Tensor y_logits = mouse_y_NM_;
    if (model_.config().autoregressive) {
      key_logits = key_logits + model_.keys_given(controls);
      x_logits = x_logits + model_.mouse_x_given(controls);
      y_logits = y_logits + model_.mouse_y_given(controls, mouse_x);
    }
    return (key_logits * controls - at::softplus(key_logits)).sum(1) + of_class(x_logits, mouse_x) +
           of_class(y_logits, mouse_y);
  }

 private:
  // [1, N, 1, S, X] to [N, X] of the chunk's first action.
  static at::Tensor first(const at::Tensor& logits) { return logits.select(3, 0).squeeze(2).squeeze(0); }
  static at::Tensor of_class(const at::Tensor& logits_NM, const at::Tensor& class_N) {
    return logits_NM.log_softmax(1).gather(1, class_N.unsqueeze(1)).squeeze(1);
  }

  const agent::Model& model_;
  at::Tensor keys_NC_;
  at::Tensor mouse_x_NM_;
  at::Tensor mouse_y_NM_;
};

// What is to be scored.
struct Asked {
  const PlainEpisode& episode;
  std::span<const agent::ActionParts> actions;
  const LossConfig& trained;

  [[nodiscard]] std::string instruction(std::size_t step) const {
    return trained.language ? instruction_at(episode.spans, step) : std::string();
  }
};

}  // namespace

struct PolicyScorer::State {
  agent::Checkpoint checkpoint;
  agent::Model model;

  explicit State(const std::filesystem::path& run)
      : checkpoint(agent::load_checkpoint(agent::find_checkpoint(run))), model(agent::create_model(checkpoint)) {}

  // The answers to the pictures of `steps`, which have one instruction.
  [[nodiscard]] agent::ModelOutput answer(const Asked& asked, std::span<const std::size_t> steps,
                                          const std::string& instruction, agent::MemoryState memory) const {
    const int words = model.config().max_words;
    at::Tensor tokens = at::zeros({1, 1, words}, at::kLong);
    checkpoint.tokenizer.encode_padded(instruction, {tokens.mutable_data_ptr<std::int64_t>(), as_size(words)});
    return model.forward({.frames_BTHWC = frames_of(asked, steps),
                          .tokens_BKL = tokens,
                          .memory = std::move(memory),
                          .controls_BTKSC = {},
                          .mouse_x_BTKS = {},
                          .past_BTA = past_of(asked, steps)});
  }

  [[nodiscard]] at::Tensor frames_of(const Asked& asked, std::span<const std::size_t> steps) const {
    const PolicyContract& contract = checkpoint.info.contract;
    at::Tensor frames = at::zeros(
        {1, static_cast<std::int64_t>(steps.size()), contract.frame_height_px, contract.frame_width_px, kBytesPerPixel},
        at::kByte);
    if (!asked.trained.pictures) return frames;
    auto* target = frames.mutable_data_ptr<std::uint8_t>();
    for (const std::size_t step : steps) {
      const std::span<const std::uint8_t> frame = asked.episode.frame(step);
      std::memcpy(target, frame.data(), frame.size());
      target += frame.size();
    }
    return frames;
  }

  // What was done before each chunk begins.
  [[nodiscard]] at::Tensor past_of(const Asked& asked, std::span<const std::size_t> steps) const {
    const std::size_t wanted = as_size(model.config().past_actions);
    if (wanted == 0) return {};
    const PolicyContract& contract = checkpoint.info.contract;
    const int controls = static_cast<int>(contract.controls.size());
    const std::size_t size = agent::past_action_values(controls, contract.mouse_bins);
    at::Tensor past = at::zeros({1, static_cast<std::int64_t>(steps.size()), static_cast<std::int64_t>(wanted * size)});
    float* values = past.mutable_data_ptr<float>();
    for (const std::size_t step : steps) {
      const std::size_t begin = step + as_size(contract.delay_steps);
      for (std::size_t i = 0; i < std::min(begin, wanted); ++i)
        agent::write_past_action(asked.actions[begin - 1 - i], controls, contract.mouse_bins,
                                 {values + i * size, size});
      values += wanted * size;
    }
    return past;
  }
};

PolicyScorer::PolicyScorer(const std::filesystem::path& run, int threads) {
  at::set_num_threads(threads);
  state_ = std::make_unique<State>(run);
}

PolicyScorer::~PolicyScorer() = default;

const PolicyContract& PolicyScorer::contract() const { return state_->checkpoint.info.contract; }
std::int64_t PolicyScorer::step() const { return state_->checkpoint.info.step; }

std::vector<ActionScore> PolicyScorer::score(const PlainEpisode& episode, std::span<const agent::ActionParts> actions,
                                             const LossConfig& trained) const {
  const Asked asked{episode, actions, trained};
  const c10::InferenceMode inference;
  const std::size_t stride = as_size(contract().actions_per_policy_step);
  const std::size_t delay = as_size(contract().delay_steps);
  std::vector<ActionScore> scores(actions.size());
  for (std::size_t phase = 0; phase < stride; ++phase) {
    agent::MemoryState memory;
    std::size_t next = phase;
    while (next + delay < actions.size()) {
      // As many pictures as have one instruction.
      const std::string instruction = asked.instruction(next);
      std::vector<std::size_t> steps;
      for (; next + delay < actions.size() && steps.size() < kPicturesAtOnce; next += stride) {
        if (asked.instruction(next) != instruction) break;
        steps.push_back(next);
      }
      agent::ModelOutput out = state_->answer(asked, steps, instruction, std::move(memory));
      memory = std::move(out.memory);
      std::vector<agent::ActionParts> done;
      std::vector<agent::ActionParts> before;
      for (const std::size_t step : steps) {
        done.push_back(actions[step + delay]);
        before.push_back(actions[step + delay - (step + delay > 0 ? 1 : 0)]);
      }
      const FirstActions first(state_->model, out);
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
