// A run that begins where another one has come to, in a part of its parameters: pretrain on recordings, then learn to
// act. Used by assembly.cpp and tests.
#pragma once

#include "agent/checkpoint.h"
#include "agent/model.h"
#include "trainer/config.h"

#include <filesystem>
#include <string>
#include <vector>

namespace atl::trainer {

struct StartReport {
  std::vector<std::string> taken;  // names of parameters, in the model's order
  std::vector<std::string> left;   // that begin as asked for, and that the checkpoint does not have
};

/// Copies into `model` every parameter of `from` (`path`: where it lies) whose name begins with one of `parts`. Throws
/// Error(kConfig) for another image encoder, a parameter of another shape (naming both), a part that no parameter of
/// the model belongs to, words of another tokenizer, and when nothing is left to take; nothing is copied then.
StartReport take_parameters(agent::Model& model, const agent::Checkpoint& from, const std::filesystem::path& path,
                            const std::vector<std::string>& parts);

/// What `take_parameters` would copy of a run named by trainer.start, into `parameters` alone; nothing if it is empty
/// or has none of them. For a frozen encoder, whose features are made before there is a model. Throws as it does for a
/// parameter of another shape, and Error(kFile) where there is no run.
void take_encoder(const TrainerConfig& config, const std::vector<agent::NamedTensor>& parameters);

/// Does so for models that begin alike, as trainer.start says, and logs what was taken; nothing if it is empty. Throws
/// also Error(kFile) where there is no run.
void start_from_run(const TrainerConfig& config, std::vector<agent::Model>& models);

}  // namespace atl::trainer
