// What the sources that play a world share: `WorldDriver` runs one episode of a stepped world and cuts it into
// examples, with relabelling or as a plain recording. Used by sources of trainer/ only. One thread.
#pragma once

#include "agent/action_codec.h"
#include "core/random.h"
#include "envs/environment.h"
#include "trainer/cutter.h"
#include "trainer/source.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atl::trainer {

/// What drives an episode: the action of each step with who did it, or nothing when the recording ends.
struct DrivenAction {
  Action action;
  Origin origin = Origin::kExpert;
};
using ActionFeed = std::function<std::optional<DrivenAction>(std::uint64_t step)>;

class WorldDriver {
 public:
  /// Throws Error(kContract) when the world's pictures or rate are not the contract's, Error(kEnvironment) if `config`
  /// relabels and the world has no oracle.
  WorldDriver(const SourceConfig& config, const SourceSetup& setup, const SourceServices& services);

  /// Runs the episode and appends its examples, drawn from `random`. Throws Error(kConfig) for a held-out seed. `feed`
  /// is made after the reset, so that it may ask the world. Returns the hash of the final state, 0 without an oracle.
  std::uint64_t run(std::uint64_t seed, const envs::Task& task,
                    const std::function<ActionFeed(envs::SteppedEnvironment&)>& create_feed, Random& random,
                    std::vector<Example>& examples);

  [[nodiscard]] envs::SteppedEnvironment& world() { return *world_; }
  [[nodiscard]] const envs::EnvironmentSpec& spec() const { return world_->spec(); }
  [[nodiscard]] const PolicyContract& contract() const { return contract_; }
  /// What is done to the world to fit the contract; its controls are the caller's.
  [[nodiscard]] SourceNote note(std::string kind) const;

 private:
  void run_relabelled(envs::Observation observation, const ActionFeed& feed, Random& random,
                      std::vector<Example>& examples);
  void run_plain(envs::Observation observation, const ActionFeed& feed, Random& random, std::vector<Example>& examples);

  SourceConfig config_;
  PolicyContract contract_;
  ExampleShape shape_;
  std::unique_ptr<envs::SteppedEnvironment> world_;
  bool relabels_;
  CutOptions cut_;
  agent::ActionCodec codec_;
  RelabelCutter cutter_;
  Resizer resizer_;
  std::vector<std::vector<std::uint8_t>> frames_;  // scratch: pictures of one plain episode, as many as the longest had
};

/// Throws Error(kConfig) if `seed` is held out: nothing may ever be trained or tuned on it. `where` names its origin.
void refuse_held_out(std::uint64_t seed, std::string_view where);

/// Null where the part has none of the families that are collected: no held-out pair is of furniture.
[[nodiscard]] std::unique_ptr<ExampleSource> create_collect_source(const SourceConfig& config,
                                                                   std::uint64_t stream_seed, const SourceSetup& setup,
                                                                   const SourceServices& services);

}  // namespace atl::trainer
