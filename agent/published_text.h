// Published text encoders, frozen: MiniLM (BERT's layout) and T5. Each instruction is read once and its states are
// kept. Used by the sources of agent/ only.
#pragma once

#include "agent/bert.h"
#include "agent/model_config.h"
#include "agent/parameters.h"
#include "agent/t5.h"

#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>

namespace atl::agent {

class PublishedText {
 public:
  PublishedText(ParameterFactory& f, const ModelConfig& config);

  /// Tokens [N, L] int64 without marks of beginning and end, padding 0. Returns states [N, L, width] of the tokens in
  /// their sentences, without gradient; 0 at padding. Any thread.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& tokens_NL) const;

  [[nodiscard]] int width() const { return width_; }

  /// Forgets what was kept: the weights have changed.
  void forget() const;

 private:
  [[nodiscard]] at::Tensor read(const at::Tensor& tokens_NL) const;

  std::variant<Bert, T5> encoder_;
  int width_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, at::Tensor>
      kept_;  // [L, width] by the bytes of the tokens; guarded by mutex_
};

}  // namespace atl::agent
