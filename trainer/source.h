// Where examples come from. A source makes blocks of examples; block i is a pure function of the source's config, the
// run's seed and i, so that a resumed run makes the block it was in again and goes on with the same bits.
#pragma once

#include "datasets/video.h"
#include "envs/environment.h"
#include "trainer/config.h"
#include "trainer/example.h"
#include "trainer/source_note.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace atl::trainer {

struct CutOptions;  // trainer/cutter.h

/// Which data: to learn from; kept apart to measure on (development seeds, or a share of recorded episodes); and the
/// same with held-out combinations as targets, which shows in time whether language generalises.
enum class DataPart { kTraining, kDevelopment, kUnseen };

/// What a block holds of a source, which may be one of several.
struct BlockPart {
  std::uint64_t index = 0;  // of the block
  std::uint64_t first = 0;  // examples of this source in the blocks before it
  std::size_t count = 0;    // in this one
  std::size_t most = 0;     // in any, but for a few: for sources that make whole episodes at a time
};

class ExampleSource {
 public:
  virtual ~ExampleSource() = default;

  /// Exactly `part.count` examples in an order that needs shuffling; a source whose examples have places in an order
  /// goes on where it was. `spent`: examples that are done with, none or some, whose memory may be used again. One
  /// thread at a time.
  [[nodiscard]] virtual std::vector<Example> create_part(const BlockPart& part, std::vector<Example> spent) = 0;

  /// A block that is all of this source. All blocks of a run have the same number of examples.
  [[nodiscard]] std::vector<Example> create_block(std::uint64_t index, std::size_t num_examples,
                                                  std::vector<Example> spent = {}) {
    return create_part({.index = index, .first = index * num_examples, .count = num_examples, .most = num_examples},
                       std::move(spent));
  }

  /// Adds a note for each source it is made of: what was done to it to fit the contract.
  virtual void add_notes(std::vector<SourceNote>& /*notes*/) const {}

  /// Adds every instruction that is known without making examples: those of recordings.
  virtual void add_instructions(std::set<std::string>& /*texts*/) const {}
};

/// Episodes that the agent of a run is to play and have recorded, of training seeds.
struct AgentEpisodes {
  std::filesystem::path run;  // its newest checkpoint plays
  std::filesystem::path out;  // the recording's folder; not there yet
  std::string world;
  std::vector<std::string> families;  // by turns
  FrameSize frame;
  std::uint64_t num_episodes = 0;
  std::uint64_t seed = 0;  // of starts and of what the agent draws: the same seed, the same recording
  int threads = 1;
  std::string device = "cpu";  // that it thinks on
};

struct AgentRecord {
  std::uint64_t episodes = 0;  // fewer than asked for: the process was asked to stop
  std::uint64_t successes = 0;
  double seconds = 0.0;  // real time
};

/// How sources reach worlds and video, which lie in folders that trainer/ may not include. Called from any thread.
/// `create_world` gets the size of pictures that is wanted; a world that has another one is scaled to it.
struct SourceServices {
  std::function<std::unique_ptr<envs::SteppedEnvironment>(const std::string& world, FrameSize frame)> create_world;
  datasets::VideoReaderFactory open_video;                          // empty: recordings with video cannot be used
  std::function<AgentRecord(const AgentEpisodes&)> record_agent{};  // empty: the agent cannot play (trainer/dagger.h)
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
  std::vector<int> only{};                        // places in the list of sources: the others are left out; empty: none
};

/// How the episodes of a source are cut. What is measured on is all there is, as it is.
[[nodiscard]] CutOptions cut_options(const SourceConfig& config, const SourceSetup& setup);

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
