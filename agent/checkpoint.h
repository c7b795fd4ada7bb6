// A checkpoint: all that is needed to play or go on training. A folder with
//   checkpoint.toml       config, contract, scale of the mouse, revision, seed, step
//   weights.safetensors   the model's parameters by name
//   tokenizer.model       SentencePiece
// A run directory holds RUN/checkpoint-<step>/ folders and RUN/latest, a text file with the name of the newest.
#pragma once

#include "agent/model.h"
#include "agent/safetensors.h"
#include "agent/tokenizer.h"
#include "core/contract.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace atl::agent {

inline constexpr int kCheckpointVersion = 1;
inline constexpr const char* kCheckpointInfoFile = "checkpoint.toml";

/// What checkpoint.toml holds.
struct CheckpointInfo {
  int version = kCheckpointVersion;
  std::int64_t step = 0;         // optimiser steps
  std::uint64_t seed = 0;        // of the run
  double counts_per_turn = 0.0;  // of the data, as in SourceFacts
  int vocabulary_size = 0;       // rows of the embedding; must be the tokenizer's
  std::string git_revision;      // of the program that wrote it
  std::string torch_version;     // of LibTorch at that time
  double goal_scale = 1.0;       // of the goal head's logit, fitted afterwards: agent/goal_calibration.h
  double goal_offset = 0.0;
  ModelConfig model;
  PolicyContract contract;
};

void describe(ConfigVisitor& v, CheckpointInfo& info);

struct Checkpoint {
  CheckpointInfo info;
  TensorMap weights;
  Tokenizer tokenizer;
};

/// Writes the folder under a temporary name and renames it; a checkpoint that is there already is replaced. Revision
/// and versions are filled in. `weights`: Model::state(), or an average of it. `add_files` may write more into the
/// temporary folder that it is given. Throws Error(kFile).
void save_checkpoint(const std::filesystem::path& folder, const CheckpointInfo& info, const TensorMap& weights,
                     const Tokenizer& tokenizer,
                     const std::function<void(const std::filesystem::path& temporary)>& add_files = {});

/// Reads one checkpoint folder. Throws Error naming the file and what is wrong in it.
[[nodiscard]] Checkpoint load_checkpoint(const std::filesystem::path& folder);

/// The model of a checkpoint, on the CPU. Throws Error(kFormat) if the weights are not its config's.
[[nodiscard]] Model create_model(const Checkpoint& checkpoint);

/// "checkpoint-00001200".
[[nodiscard]] std::string checkpoint_name(std::int64_t step);
inline constexpr std::string_view kCheckpointPrefix = "checkpoint-";

/// Writes RUN/latest atomically: call it after the folder `name` and all that belongs to it is complete.
void mark_latest(const std::filesystem::path& run, const std::string& name);

/// The checkpoint folder that `run` means: itself if it holds checkpoint.toml, else the one that RUN/latest names.
/// Throws Error(kFile) saying what is missing.
[[nodiscard]] std::filesystem::path find_checkpoint(const std::filesystem::path& run);

}  // namespace atl::agent
