// Where examples come from. A source makes blocks of examples; block i is a pure function of the source's config, the
// run's seed and i, so that a resumed run makes the block it was in again and goes on with the same bits.
#pragma once

#include "datasets/video.h"
#include "envs/environment.h"
#include "trainer/config.h"
#include "trainer/example.h"
#include "trainer/source_note.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace atl::trainer {

/// Which data: to learn from; kept apart to measure on (development seeds, or a share of recorded episodes); and the
/// same with held-out combinations as targets, which shows in time whether language generalises.
enum class DataPart { kTraining, kDevelopment, kUnseen };

/// What a block holds of one of several sources.
struct BlockPart {
  std::uint64_t index = 0;  // of the block
  std::uint64_t first = 0;  // examples of this source in the blocks before it
  std::size_t count = 0;    // in this one
  std::size_t most = 0;     // in any, but for a few: for sources that make whole episodes at a time
};

class ExampleSource {
 public:
  virtual ~ExampleSource() = default;

  /// Block `index` with exactly `num_examples` examples, in an order that needs shuffling. One thread at a time.
  [[nodiscard]] virtual std::vector<Example> create_block(std::uint64_t index, std::size_t num_examples) = 0;

  /// The part of a block of several sources: those whose examples have places in an order go on where they were.
  [[nodiscard]] virtual std::vector<Example> create_part(const BlockPart& part) {
    return create_block(part.index, part.count);
  }

  /// Adds a note for each source it is made of: what was done to it to fit the contract.
  virtual void add_notes(std::vector<SourceNote>& /*notes*/) const {}

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
  std::uint64_t seed = 0;                         // of the run
  std::map<std::string, double> world_weights{};  // TrainerConfig::world_weights
  std::vector<std::string> worlds{};              // of the run, for Example::world; empty: all are 0
};

/// The source that `config` describes; null if it turns out to have nothing for the part that is asked for. `index`:
/// its place in the list, which seeds it. Throws Error(kConfig), Error(kContract) when world and contract do not fit,
/// Error(kEnvironment) for a world without an oracle where one is needed.
[[nodiscard]] std::unique_ptr<ExampleSource> create_source(const SourceConfig& config, std::size_t index,
                                                           const SourceSetup& setup, const SourceServices& services);

/// All sources of a list as one: blocks hold them in proportion to their weights, exactly so over many blocks of one
/// size, changed as setup.data says where they are learned from (trainer/augment.h). Sources that have nothing for the
/// part that is asked for are left out.
[[nodiscard]] std::unique_ptr<ExampleSource> create_mixed_source(const std::vector<SourceConfig>& configs,
                                                                 const SourceSetup& setup,
                                                                 const SourceServices& services);

/// Mouse counts per 360 degrees of what the sources show. Where they differ: 0 if the contract speaks of degrees, which
/// are the same in all, else Error(kContract) is thrown.
[[nodiscard]] double counts_per_turn_of(const std::vector<SourceConfig>& configs, const PolicyContract& contract,
                                        const SourceServices& services);

}  // namespace atl::trainer
