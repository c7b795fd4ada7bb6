#include "agent/policy.h"

#include "agent/action_codec.h"
#include "agent/action_draw.h"
#include "agent/checkpoint.h"
#include "agent/past_actions.h"
#include "core/error.h"
#include "core/random.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>

namespace atl::agent {
namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// [1, 1, K, S, X] logits of one picture as [S, X] on the CPU. The first instruction is the given one, the second, if
// any, the empty one: logits move away from what would be done without being asked.
at::Tensor guide(const at::Tensor& logits, double guidance) {
  const at::Tensor asked = logits[0][0][0];
  if (guidance == 0.0) return asked.cpu().contiguous();
  return (asked + (asked - logits[0][0][1]) * guidance).cpu().contiguous();
}

Temperatures temperatures_of(const PlayOptions& options) {
  return {.keys = options.key_temperature < 0 ? options.temperature : options.key_temperature,
          .rest = options.temperature};
}

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

class ModelPolicy final : public Policy {
 public:
  ModelPolicy(const Checkpoint& checkpoint, Tokenizer tokenizer, const PlayOptions& options)
      : contract_(checkpoint.info.contract),
        options_(options),
        goal_scale_(checkpoint.info.goal_scale),
        goal_offset_(checkpoint.info.goal_offset),
        tokenizer_(std::move(tokenizer)),
        model_(create_model(checkpoint)),
        sizes_(action_sizes(contract_)),
        draw_(model_, contract_, temperatures_of(options)) {
    const double counts = options.counts_per_turn > 0 ? options.counts_per_turn : checkpoint.info.counts_per_turn;
    // Of worlds with several mouse scales only the contract can be asked before the world is known.
    if (counts > 0 || contract_.mouse_unit != "degrees") codec_.emplace(contract_, counts, contract_.frame_size());
    model_.move_to(options.device);
    frame_ = at::empty({1, 1, contract_.frame_height_px, contract_.frame_width_px, kBytesPerPixel}, at::kByte);
  }

  [[nodiscard]] const PolicyContract& contract() const override { return contract_; }

  void reset(std::uint64_t seed) override {
    random_ = Random(seed);
    memory_ = {};
    // Nothing is on its way yet, as little as before the first answer of an episode that is learned from.
    const int waits = std::min(model_.config().past_actions, contract_.delay_steps);
    past_.assign(static_cast<std::size_t>(waits), codec().encode(Action{}));
  }

  [[nodiscard]] PolicyAnswer act(ImageView frame, std::string_view instruction,
                                 const ControlSet& held_before) override {
    const c10::InferenceMode inference;
    static_cast<void>(codec());
    load_frame(frame);
    load_instruction(instruction);
    ModelOutput out = model_.forward({.frames_BTHWC = on_device(frame_),
                                      .tokens_BKL = tokens_,
                                      .memory = memory_,
                                      .controls_BTKSC = {},
                                      .mouse_x_BTKS = {},
                                      .past_BTA = past(),
                                      .text = text_});
    memory_ = std::move(out.memory);
    const std::vector<ActionParts> steps = draw(out);
    remember(steps);
    const double goal_logit = out.goal_logit[0][0][0].item<double>();
    return {codec().decode(steps, held_before), sigmoid(goal_scale_ * goal_logit + goal_offset_)};
  }

 private:
  [[nodiscard]] const ActionCodec& codec() const {
    if (codec_) return *codec_;
    fail(
        ErrorKind::kContract,
        "this policy turns by degrees, and the worlds that it was trained in have different mouse counts per turn: the "
        "world that it plays in has to say its own (PlayOptions.counts_per_turn is {}; counts_per_turn in a game's "
        "profile)",
        options_.counts_per_turn);
  }

  [[nodiscard]] at::Tensor on_device(const at::Tensor& tensor) const {
    return options_.device == "cpu" ? tensor : tensor.to(model_.parameters().front().tensor.device());
  }

  // What this policy had decided to do before the chunk that is asked for: the steps of its last answers up to there.
  [[nodiscard]] at::Tensor past() const {
    const auto wanted = static_cast<std::size_t>(model_.config().past_actions);
    if (wanted == 0) return {};
    const std::size_t size = past_action_values(sizes_);
    at::Tensor values = at::zeros({1, 1, static_cast<std::int64_t>(wanted * size)});
    const std::span<float> all(values.mutable_data_ptr<float>(), wanted * size);
    for (std::size_t i = 0; i < past_.size(); ++i) write_past_action(past_[i], sizes_, all.subspan(i * size, size));
    return on_device(values);
  }

  // Of an answer, what is done until the next one begins.
  void remember(std::span<const ActionParts> steps) {
    const auto wanted = static_cast<std::size_t>(model_.config().past_actions);
    const auto done = std::min(steps.size(), static_cast<std::size_t>(contract_.actions_per_policy_step));
    for (const ActionParts& step : steps.first(done)) past_.insert(past_.begin(), step);
    past_.resize(std::min(past_.size(), wanted));
  }

  void load_frame(ImageView frame) {
    if (frame.size() != contract_.frame_size()) {
      fail(ErrorKind::kContract, "the policy was given a picture of {}x{} px, its contract says {}x{}: resize it first",
           frame.width_px, frame.height_px, contract_.frame_width_px, contract_.frame_height_px);
    }
    const std::size_t row_bytes = static_cast<std::size_t>(frame.width_px) * kBytesPerPixel;
    auto* target = frame_.mutable_data_ptr<std::uint8_t>();
    for (int y = 0; y < frame.height_px; ++y)
      std::memcpy(target + static_cast<std::size_t>(y) * row_bytes, frame.row(y), row_bytes);
  }

  // Read once, not with every picture. [1, K, L] with the empty instruction as the second where guidance needs it.
  void load_instruction(std::string_view instruction) {
    if (instruction_ && *instruction_ == instruction) return;
    const std::int64_t asked = options_.guidance == 0.0 ? 1 : 2;
    const int words = model_.config().max_words;
    at::Tensor tokens = at::zeros({1, asked, words}, at::kLong);
    tokenizer_.encode_padded(instruction, {tokens.mutable_data_ptr<std::int64_t>(), static_cast<std::size_t>(words)});
    tokens_ = on_device(tokens);
    text_ = model_.encode_text(tokens_);
    instruction_ = instruction;
  }

  [[nodiscard]] std::vector<ActionParts> draw(const ModelOutput& out) {
    const at::Tensor keys = guide(out.key_logits, options_.guidance);
    const at::Tensor mouse_x = guide(out.mouse_x_logits, options_.guidance);
    const at::Tensor mouse_y = guide(out.mouse_y_logits, options_.guidance);
    AnswerLogits logits{values_of(keys), values_of(mouse_x), values_of(mouse_y)};
    const at::Tensor wheel = out.wheel_logits.defined() ? guide(out.wheel_logits, options_.guidance) : at::Tensor();
    if (wheel.defined()) logits.wheel_SW = values_of(wheel);
    if (!out.pointer_logits.defined()) return draw_(logits, random_);
    const at::Tensor pointer = guide(out.pointer_logits, options_.guidance);
    logits.pointer_SL = values_of(pointer);
    if (!model_.config().autoregressive) return draw_(logits, random_);
    const at::Tensor pointer_keys = out.pointer_keys[0][0].t().cpu().contiguous();
    logits.pointer_keys_QL = values_of(pointer_keys);
    return draw_(logits, random_);
  }

  PolicyContract contract_;
  PlayOptions options_;
  double goal_scale_;
  double goal_offset_;
  Tokenizer tokenizer_;
  Model model_;
  ActionSizes sizes_;
  ActionDraw draw_;
  std::optional<ActionCodec> codec_;  // none: its mouse counts per turn are not known
  Random random_{0};
  MemoryState memory_;
  std::vector<ActionParts> past_;  // newest first, at most past_actions
  at::Tensor frame_;               // written by every `act`
  at::Tensor tokens_;
  std::shared_ptr<const TextFeatures> text_;
  std::optional<std::string> instruction_;  // that tokens_ and text_ are of
};

}  // namespace

std::unique_ptr<Policy> load_policy(const std::filesystem::path& run, const PlayOptions& options) {
  if (options.temperature < 0 || options.threads < 1) {
    fail(ErrorKind::kConfig, "temperature = {} and threads = {}, expected at least 0 and at least 1",
         options.temperature, options.threads);
  }
  at::set_num_threads(options.threads);
  Checkpoint checkpoint = load_checkpoint(find_checkpoint(run));
  Tokenizer tokenizer = std::move(checkpoint.tokenizer);
  return std::make_unique<ModelPolicy>(checkpoint, std::move(tokenizer), options);
}

}  // namespace atl::agent
