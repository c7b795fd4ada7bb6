// Where examples come from. A source makes blocks of examples; block i is a pure function of the source's config, the
// run's seed and i, so that a resumed run makes the block it was in again and goes on with the same bits.
#pragma once

#include "datasets/video.h"
#include "envs/environment.h"
#include "trainer/config.h"
#include "trainer/example.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace atl::trainer {

/// Which data: to learn from; kept apart to measure on (development seeds, or a share of recorded episodes); and the
/// same with held-out combinations as targets, which shows in time whether language generalises.
enum class DataPart { kTraining, kDevelopment, kUnseen };

class ExampleSource {
 public:
  virtual ~ExampleSource() = default;

  /// Block `index` with exactly `num_examples` examples, in an order that needs shuffling. One thread at a time.
  [[nodiscard]] virtual std::vector<Example> create_block(std::uint64_t index, std::size_t num_examples) = 0;

  /// Adds every instruction that is known without making examples: those of recordings.
  virtual void add_instructions(std::set<std::string>& /*texts*/) const {}
};

/// How sources reach worlds and video, which lie in folders that trainer/ may not include. Called from any thread.
/// `create_world` gets the size of pictures that is wanted; a world that has another one is scaled to it.
struct SourceServices {
  std::function<std::unique_ptr<envs::SteppedEnvironment>(const std::string& world, FrameSize frame)> create_world;
  datasets::VideoReaderFactory open_video;  // empty: recordings with video cannot be used
};

/// What all sources of a run share.
struct SourceSetup {
  ExampleShape shape;
  PolicyContract contract;
  DataConfig data;
  DataPart part = DataPart::kTraining;
  std::uint64_t seed = 0;  // of the run
};

/// The source that `config` describes; null if it turns out to have nothing for the part that is asked for. `index`:
/// its place in the list, which seeds it. Throws Error(kConfig), Error(kContract) when world and contract do not fit,
/// Error(kEnvironment) for a world without an oracle where one is needed.
[[nodiscard]] std::unique_ptr<ExampleSource> create_source(const SourceConfig& config, std::size_t index,
                                                           const SourceSetup& setup, const SourceServices& services);

/// All sources of a list as one: each block holds them in proportion to their weights, changed as setup.data says where
/// they are learned from (trainer/augment.h). Sources that have nothing for the part that is asked for are left out.
[[nodiscard]] std::unique_ptr<ExampleSource> create_mixed_source(const std::vector<SourceConfig>& configs,
                                                                 const SourceSetup& setup,
                                                                 const SourceServices& services);

/// Mouse counts per 360 degrees of what the sources show; they must agree, or Error(kContract) is thrown.
[[nodiscard]] double counts_per_turn_of(const std::vector<SourceConfig>& configs, const PolicyContract& contract,
                                        const SourceServices& services);

}  // namespace atl::trainer
