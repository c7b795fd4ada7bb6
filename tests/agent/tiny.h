// The tiny model's world, shared by the tests of agent/: pictures of 48x32 px, two keys, seconds to train.
#pragma once

#include "agent/model.h"
#include "agent/parameters.h"
#include "agent/tokenizer.h"
#include "core/contract.h"
#include "core/frame.h"
#include "core/random.h"
#include "tests/agent/tiny_config.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <string>
#include <vector>

namespace atl::agent::tiny {

inline PolicyContract contract() {
  PolicyContract contract;
  contract.frame_width_px = 48;
  contract.frame_height_px = 32;
  contract.controls = {"a", "d"};
  contract.mouse_bins = 5;
  return contract;
}

/// The same with all parts that an action may have.
inline PolicyContract pages() {
  PolicyContract pages = contract();
  pages.wheel_max = 2;
  pages.pointer = "patches";
  return pages;
}

inline constexpr double kCountsPerTurn = 3600.0;

inline Tokenizer tokenizer() {
  const std::vector<std::string> texts{"go to the red box", "go to the blue box", "pick up the red ball"};
  return train_tokenizer(texts, {});
}

inline at::Tensor random_frames(int sequences, int steps, std::uint64_t seed) {
  at::Tensor frames = at::empty({sequences, steps, 32, 48, 4}, at::kByte);
  Random random(seed);
  auto* bytes = frames.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < frames.numel(); ++i) bytes[i] = static_cast<std::uint8_t>(random());
  return frames;
}

/// [sequences, texts, max_words]: every sequence with all texts.
inline at::Tensor tokens(const Tokenizer& tokenizer, int sequences, const std::vector<std::string>& texts) {
  const auto words = static_cast<std::size_t>(config().max_words);
  at::Tensor ids = at::empty({sequences, static_cast<std::int64_t>(texts.size()), config().max_words}, at::kLong);
  auto* next = ids.mutable_data_ptr<std::int64_t>();
  for (int i = 0; i < sequences; ++i) {
    for (const std::string& text : texts) {
      tokenizer.encode_padded(text, {next, words});
      next += words;
    }
  }
  return ids;
}

/// Gives every parameter a value: some are zero at first, the way out of memory among them.
inline void shake(Model& model) {
  const at::NoGradGuard no_grad;
  ParameterFactory factory(5);
  for (const NamedTensor& p : model.parameters())
    p.tensor.add_(factory.uniform(p.name, p.tensor.sizes(), 0.2).detach());
}

}  // namespace atl::agent::tiny
