#include "trainer/teacher_forcing.h"

#include "agent/past_actions.h"
#include "trainer/policy_scores.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace atl::trainer {
namespace {

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

agent::Checkpoint load(const std::filesystem::path& run, int threads) {
  at::set_num_threads(threads);
  return agent::load_checkpoint(agent::find_checkpoint(run));
}

}  // namespace

std::string ForcedEpisode::instruction(std::size_t step) const {
  return trained.language ? instruction_at(episode.spans, step) : std::string();
}

std::size_t add_questions(const ForcedEpisode& asked, const PolicyContract& contract, std::size_t next,
                          std::size_t most, std::vector<std::size_t>& steps) {
  const std::size_t delay = as_size(contract.delay_steps);
  const std::string instruction = asked.instruction(next);
  for (; next + delay < asked.actions.size() && steps.size() < most;
       next += as_size(contract.actions_per_policy_step)) {
    if (asked.instruction(next) != instruction) break;
    steps.push_back(next);
  }
  return next;
}

TeacherForcing::TeacherForcing(const std::filesystem::path& run, int threads)
    : checkpoint_(load(run, threads)), model_(agent::create_model(checkpoint_)) {}

agent::ModelOutput TeacherForcing::answer(const ForcedEpisode& asked, std::span<const std::size_t> steps,
                                          agent::MemoryState memory) const {
  const int words = model_.config().max_words;
  at::Tensor tokens = at::zeros({1, 1, words}, at::kLong);
  checkpoint_.tokenizer.encode_padded(asked.instruction(steps.front()),
                                      {tokens.mutable_data_ptr<std::int64_t>(), as_size(words)});
  return model_.forward({.frames_BTHWC = frames_of(asked, steps),
                         .tokens_BKL = tokens,
                         .memory = std::move(memory),
                         .controls_BTKSC = {},
                         .mouse_x_BTKS = {},
                         .past_BTA = past_of(asked, steps)});
}

at::Tensor TeacherForcing::frames_of(const ForcedEpisode& asked, std::span<const std::size_t> steps) const {
  const PolicyContract& contract = checkpoint_.info.contract;
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
at::Tensor TeacherForcing::past_of(const ForcedEpisode& asked, std::span<const std::size_t> steps) const {
  const std::size_t wanted = as_size(model_.config().past_actions);
  if (wanted == 0) return {};
  const PolicyContract& contract = checkpoint_.info.contract;
  const agent::ActionSizes& sizes = model_.action_sizes();
  const std::size_t size = agent::past_action_values(sizes);
  at::Tensor past = at::zeros({1, static_cast<std::int64_t>(steps.size()), static_cast<std::int64_t>(wanted * size)});
  float* values = past.mutable_data_ptr<float>();
  for (const std::size_t step : steps) {
    const std::size_t begin = step + as_size(contract.delay_steps);
    for (std::size_t i = 0; i < std::min(begin, wanted); ++i)
      agent::write_past_action(asked.actions[begin - 1 - i], sizes, {values + i * size, size});
    values += wanted * size;
  }
  return past;
}

}  // namespace atl::trainer
