// Does a policy know what a person does next better than one who sees no picture? Log-likelihood per action of
// recordings that it was not trained on, beside first-order Markov models of the actions that it was trained on. Used
// by `atoll eval --imitation`. Free of LibTorch types. One thread.
#pragma once

#include "trainer/markov_model.h"
#include "trainer/policy_scores.h"
#include "trainer/source.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace atl::trainer {

struct ImitationOptions {
  std::filesystem::path run;     // a run directory, or a checkpoint in it
  std::vector<std::string> fit;  // recordings or manifests for the Markov models; empty: those of the run's sources
  int threads = 1;               // of torch
};

/// One action of a person with what was thought of it before.
struct ImitationStep {
  std::size_t episode = 0;
  double time_s = 0.0;   // since the episode's first action
  bool changed = false;  // it is another one than the action before, in the contract's terms
  ActionScore policy;
  ActionScore unconditional;
  ActionScore factorised;
  ActionScore joint;
};

struct ImitationRecording {
  std::string name;  // the folder's
  std::vector<ImitationStep> steps;
};

class ImitationMeasure {
 public:
  /// Loads the run and fits the Markov models on the training part of its recordings. Throws Error(kConfig) when those
  /// are not there or hold no actions.
  ImitationMeasure(const ImitationOptions& options, SourceServices services);

  /// Scores every action of `recording` that a person or expert did, that has one before it, and that an answer to a
  /// picture begins with (from step delay_steps on). Pictures are decoded into a file below `scratch`, which is gone
  /// afterwards. Throws Error(kContract) for a recording that does not fit the run's contract, Error(kFormat) for one
  /// without pictures or actions.
  [[nodiscard]] ImitationRecording measure(const std::filesystem::path& recording,
                                           const std::filesystem::path& scratch) const;

  [[nodiscard]] const MarkovFit& markov() const { return markov_; }
  [[nodiscard]] std::size_t num_fit_recordings() const { return num_fit_recordings_; }
  [[nodiscard]] std::int64_t step() const { return scorer_.step(); }  // of the checkpoint

 private:
  [[nodiscard]] MarkovFit fit(const ImitationOptions& options);

  SourceServices services_;
  PolicyScorer scorer_;
  LossConfig trained_;  // as which control, if any
  std::size_t num_fit_recordings_ = 0;
  MarkovFit markov_;
};

/// The recordings that `path` means to measure on: itself, or those that a manifest (.toml) holds out. Throws
/// Error(kConfig) if it holds none out.
[[nodiscard]] std::vector<std::filesystem::path> held_out_recordings(const std::string& path);

}  // namespace atl::trainer
