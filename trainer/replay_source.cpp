#include "trainer/replay_source.h"

#include "core/error.h"
#include "core/text.h"
#include "trainer/epoch_order.h"
#include "trainer/recorded_episodes.h"
#include "trainer/world_source.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace atl::trainer {
namespace {

envs::Task task_of(const datasets::EpisodeStart& start) {
  return {.family = start.family,
          .split = start.split,
          .target = start.target,
          .instruction = start.instruction,
          .time_limit_s = start.time_limit_s};
}

class ReplaySource final : public ExampleSource {
 public:
  ReplaySource(const SourceConfig& config, std::uint64_t stream_seed, const SourceSetup& setup,
               const SourceServices& services)
      : config_(config),
        stream_seed_(stream_seed),
        recorded_(load_recorded_episodes(config, setup)),
        driver_(config, setup, services) {
    for (std::size_t i = 0; i < recorded_.facts.size(); ++i) require_same_world(i);
    if (config_.success_only && !config_.relabel)
      std::erase_if(recorded_.episodes, [](const RecordedEpisode& episode) { return episode.failed; });
    if (recorded_.episodes.empty())
      fail(ErrorKind::kConfig, "every episode of the recordings failed and success_only is set: nothing to learn from");
    order_.emplace(recorded_.episodes.size(), stream_seed_);
    double windows = 0.0;
    for (const RecordedEpisode& episode : recorded_.episodes) windows += expected_windows(episode, setup);
    examples_per_episode_ = windows / static_cast<double>(recorded_.episodes.size());
  }

  std::vector<Example> create_part(const BlockPart& part, std::vector<Example> /*spent*/) override {
    Random random(derive_seed(stream_seed_, part.index));
    const auto episodes =
        static_cast<std::uint64_t>(std::ceil(static_cast<double>(part.most) / std::max(examples_per_episode_, 1e-9)));
    std::vector<Example> examples;
    for (std::uint64_t i = 0; i < episodes && examples.size() < part.count; ++i)
      replay(recorded_.episodes[order_->at(part.index * episodes + i)], random, examples);
    // Shorter episodes than the mean came up: fill with any others.
    while (examples.size() < part.count)
      replay(recorded_.episodes[random.below(static_cast<std::uint32_t>(recorded_.episodes.size()))], random, examples);
    examples.resize(part.count);
    return examples;
  }

  void add_notes(std::vector<SourceNote>& notes) const override {
    SourceNote note = driver_.note("replay");
    note.recordings = static_cast<int>(recorded_.recordings.size());
    ControlTally tally;
    for (const RecordedEpisode& episode : recorded_.episodes) tally.add(episode.actions);
    tally.add_words(driver_.contract().controls, note.transforms);
    notes.push_back(std::move(note));
  }

  void add_instructions(std::set<std::string>& texts) const override { trainer::add_instructions(recorded_, texts); }

 private:
  static std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

  // How many examples cutting an episode makes, on average; plain ones keep every goal frame.
  [[nodiscard]] double expected_windows(const RecordedEpisode& episode, const SourceSetup& setup) const {
    const double keep = setup.part == DataPart::kTraining ? config_.keep : 1.0;
    const auto pictures = static_cast<double>(episode.actions.size() + 1);
    const bool keeps_goal_frames = !config_.relabel && episode.succeeded;
    const double goal_frames = keeps_goal_frames ? std::min<double>(setup.data.goal_frame_steps, pictures) : 0.0;
    return (keep * pictures + (1.0 - keep) * goal_frames) / static_cast<double>(setup.shape.window);
  }

  void require_same_world(std::size_t recording) {
    const SourceFacts& facts = recorded_.facts[recording];
    const SourceFacts& own = driver_.world().spec().facts;
    const std::string where = recorded_.recordings[recording].folder.string();
    if (facts.world != own.world || facts.world_version != own.world_version) {
      fail(ErrorKind::kContract,
           "{} was recorded in {} {}, and this program has {} {}: replaying needs the same world and version", where,
           facts.world, facts.world_version, own.world, own.world_version);
    }
    if (facts.action_rate_hz != driver_.world().spec().action_rate_hz)
      fail(ErrorKind::kContract, "action_rate_hz: {} (recording {}) and {} (world), expected equal ones to replay",
           facts.action_rate_hz, where, driver_.world().spec().action_rate_hz);
  }

  void replay(const RecordedEpisode& episode, Random& random, std::vector<Example>& examples) {
    const auto create_feed = [&](envs::SteppedEnvironment&) -> ActionFeed {
      return [&](std::uint64_t step) -> std::optional<DrivenAction> {
        if (step >= episode.actions.size()) return std::nullopt;
        return DrivenAction{.action = episode.actions[step], .origin = episode.origins[step]};
      };
    };
    const std::uint64_t hash = driver_.run(episode.start.seed, task_of(episode.start), create_feed, random, examples);
    if (episode.end_hash == 0 || hash == 0 || hash == episode.end_hash) return;
    fail(ErrorKind::kFormat,
         "episode {} of {} does not replay: its end has state {}, recorded was {}; the recording is damaged or its "
         "world has changed without a new version",
         episode.index, recorded_.recordings[episode.recording].folder.string(), to_hex(hash),
         to_hex(episode.end_hash));
  }

  SourceConfig config_;
  std::uint64_t stream_seed_;
  RecordedEpisodes recorded_;
  WorldDriver driver_;
  std::optional<EpochOrder> order_;
  double examples_per_episode_ = 1.0;
};

}  // namespace

std::unique_ptr<ExampleSource> create_replay_source(const SourceConfig& config, std::uint64_t stream_seed,
                                                    const SourceSetup& setup, const SourceServices& services) {
  return std::make_unique<ReplaySource>(config, stream_seed, setup, services);
}

}  // namespace atl::trainer
