// Puts the parts of a run together from its config: what trainer.cpp starts with. Used by trainer/ and its benches.
#pragma once

#include "agent/tokenizer.h"
#include "trainer/config.h"
#include "trainer/features.h"
#include "trainer/replicas.h"
#include "trainer/source.h"
#include "trainer/stream.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace atl::trainer {

/// Streams of random numbers of one run, derived from its seed.
enum SeedStream : std::uint64_t { kModelSeed = 1, kSourceSeed = 2, kOrderSeed = 3, kStepSeed = 4, kFutureSeed = 5 };

/// Fills what the machine decides (number of replicas) and validates.
[[nodiscard]] RunConfig resolve(RunConfig config);

/// Sizes of the run's examples.
[[nodiscard]] ExampleShape shape_of(const RunConfig& config);

[[nodiscard]] std::unique_ptr<ExampleSource> create_training_source(const RunConfig& config,
                                                                    const SourceServices& services);

/// Trained on the instructions that `source` knows, and on those of the first examples that it makes; or, for a
/// published text encoder, the vocabulary that lies beside its weights in `folder`.
[[nodiscard]] agent::Tokenizer create_tokenizer(const RunConfig& config, ExampleSource& source,
                                                const std::filesystem::path& folder = {});

[[nodiscard]] StreamOptions stream_options(const RunConfig& config);

/// Where models begin: at the weights of a checkpoint, or, if that is null, at random from the run's seed but for what
/// published weights (`folder`) and the run that trainer.start names (trainer/start.h) give.
struct ModelStart {
  const agent::TensorMap* checkpoint = nullptr;
  std::filesystem::path folder{};
};

/// What stands in for the pictures of sources with features; null if none has any. Files that are missing or out of
/// date are made. Throws as `create_replicas` and FeatureFiles do.
[[nodiscard]] std::unique_ptr<const FeatureFiles> open_features(const RunConfig& config, const SourceServices& services,
                                                                const ModelStart& start);

/// Borrows the tokenizer and the features. Throws Error(kFile) naming the command that fetches published weights which
/// are not there.
[[nodiscard]] Replicas create_replicas(const RunConfig& config, const agent::Tokenizer& tokenizer,
                                       const ModelStart& start = {}, const FeatureFiles* features = nullptr);

/// Examples that are measured on and never trained on: "development", and "unseen" with held-out combinations.
struct HeldApart {
  std::string name;
  std::vector<Example> examples;
};
[[nodiscard]] std::vector<HeldApart> create_held_apart(const RunConfig& config, const SourceServices& services);

}  // namespace atl::trainer
