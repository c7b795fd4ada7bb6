#include "trainer/world_source.h"

#include "core/error.h"
#include "envs/oracle.h"
#include "envs/seeds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace atl::trainer {
namespace {

// Whether episodes are labelled with the world's help. What is only measured on is wherever there is an oracle, so that
// runs on plain recordings log where their agents point, too.
bool use_oracle(const SourceConfig& config, const SourceSetup& setup, envs::SteppedEnvironment& world) {
  return config.relabel ||
         (setup.part != DataPart::kTraining && world.oracle() != nullptr && world.spec().frame == setup.shape.frame);
}

std::unique_ptr<envs::SteppedEnvironment> open_world(const SourceConfig& config, const SourceSetup& setup,
                                                     const SourceServices& services) {
  ATOLL_CHECK(services.create_world != nullptr, "no way to make the world {}", config.world);
  std::unique_ptr<envs::SteppedEnvironment> world = services.create_world(config.world, setup.contract.frame_size());
  if (world->spec().action_rate_hz != setup.contract.action_rate_hz) {
    fail(ErrorKind::kContract, "action_rate_hz: {} (contract) and {} (world {})", setup.contract.action_rate_hz,
         world->spec().action_rate_hz, config.world);
  }
  if (config.relabel && world->oracle() == nullptr) {
    fail(ErrorKind::kEnvironment,
         "the world {} has no oracle, which trainer.sources relabel = true needs: set it false", config.world);
  }
  if (config.relabel && world->spec().frame != setup.shape.frame) {
    fail(ErrorKind::kContract, "frame: {}x{} px (contract) and {}x{} px (world {}), expected equal ones to relabel",
         setup.shape.frame.width_px, setup.shape.frame.height_px, world->spec().frame.width_px,
         world->spec().frame.height_px, config.world);
  }
  return world;
}

// The families that a run is measured on with pairs that it has not seen: furniture is in none.
std::vector<std::string> unseen_families(const SourceConfig& config, const envs::EnvironmentSpec& spec) {
  std::vector<std::string> families;
  for (const std::string& family : config.families) {
    const auto& unseen = spec.unseen_tasks;
    if (std::find(unseen.begin(), unseen.end(), family) != unseen.end()) families.push_back(family);
  }
  return families;
}

// Fresh episodes of the world's own expert.
class CollectSource final : public ExampleSource {
 public:
  CollectSource(const SourceConfig& config, std::uint64_t stream_seed, const SourceSetup& setup,
                const SourceServices& services)
      : config_(config), part_(setup.part), stream_seed_(stream_seed), driver_(config, setup, services) {
    if (driver_.world().oracle() == nullptr)
      fail(ErrorKind::kEnvironment, "the world {} has no expert to collect episodes with: train on recordings",
           config.world);
    families_ = part_ == DataPart::kUnseen ? unseen_families(config, driver_.world().spec()) : config.families;
  }

  /// False: the part has nothing of the families that are collected.
  [[nodiscard]] bool has_families() const { return !families_.empty(); }

  std::vector<Example> create_part(const BlockPart& part, std::vector<Example> /*spent*/) override {
    Random random(derive_seed(stream_seed_, part.index));
    std::vector<Example> examples;
    while (examples.size() < part.count) run_episode(random, examples);
    examples.resize(part.count);
    return examples;
  }

  void add_notes(std::vector<SourceNote>& notes) const override {
    SourceNote note = driver_.note("collect");
    const ControlSet asked = controls_named(driver_.contract().controls);
    const ControlSet offered = controls_named(driver_.spec().controls);
    if ((offered & ~asked).any())
      note.transforms.push_back(fmt::format("of this world and not among contract.controls, so not learned: {}",
                                            fmt::join(names_of(offered & ~asked), ", ")));
    if ((asked & ~offered).any())
      note.transforms.push_back(fmt::format("never pressed here: {}", fmt::join(names_of(asked & ~offered), ", ")));
    notes.push_back(std::move(note));
  }

 private:
  void run_episode(Random& random, std::vector<Example>& examples) {
    const auto range = part_ == DataPart::kTraining ? envs::SeedRange::kTraining : envs::SeedRange::kDevelopment;
    const std::uint64_t seed = envs::seed_in(range, random() % envs::kSeedsPerRange);
    envs::Task task;
    task.family = families_[random.below(static_cast<std::uint32_t>(families_.size()))];
    task.split = part_ == DataPart::kUnseen ? "held_out_pairs" : "train";
    const std::uint64_t expert_seed = random();
    const envs::ExpertStyle style{
        .noise = config_.noise, .detour = config_.detour, .reaction_steps = config_.reaction_steps};
    const auto create_feed = [&](envs::SteppedEnvironment& world) -> ActionFeed {
      // Shared only because std::function copies what it holds.
      std::shared_ptr<envs::Expert> expert = world.oracle()->create_expert(expert_seed, style);
      return [expert = std::move(expert)](std::uint64_t) {
        return DrivenAction{.action = expert->next(), .origin = Origin::kExpert};
      };
    };
    driver_.run(seed, task, create_feed, random, examples);
  }

  SourceConfig config_;
  DataPart part_;
  std::uint64_t stream_seed_;
  WorldDriver driver_;
  std::vector<std::string> families_;
};

}  // namespace

void refuse_held_out(std::uint64_t seed, std::string_view where) {
  if (envs::range_of(seed) != envs::SeedRange::kHeldOut) return;
  fail(ErrorKind::kConfig,
       "{} has the held-out seed {}: nothing is trained or tuned on held-out seeds, or evaluations could not be "
       "believed; record training seeds (below {})",
       where, seed, envs::kSeedsPerRange);
}

WorldDriver::WorldDriver(const SourceConfig& config, const SourceSetup& setup, const SourceServices& services)
    : config_(config),
      contract_(setup.contract),
      shape_(setup.shape),
      world_(open_world(config, setup, services)),
      relabels_(use_oracle(config, setup, *world_)),
      cut_(cut_options(config, setup)),
      codec_(setup.contract, world_->spec().facts.counts_per_turn, world_->spec().frame),
      cutter_(shape_, cut_, codec_),
      resizer_(shape_.frame) {}

SourceNote WorldDriver::note(std::string kind) const {
  const envs::EnvironmentSpec& spec = world_->spec();
  const auto size_of = [](FrameSize size) { return fmt::format("{}x{}", size.width_px, size.height_px); };
  const std::string drawn = spec.frame == shape_.frame ? "as the world draws them" : "of " + size_of(spec.frame);
  SourceNote note{.kind = std::move(kind),
                  .world = config_.world,
                  .transforms = {fmt::format("steps: {} Hz as the world's", spec.action_rate_hz),
                                 fmt::format("pictures: {} px, {}", size_of(shape_.frame), drawn),
                                 mouse_words(spec.facts.counts_per_turn, contract_)}};
  if (contract_.has_pointer()) note.transforms.push_back(pointer_words(spec.frame, contract_));
  return note;
}

std::uint64_t WorldDriver::run(std::uint64_t seed, const envs::Task& task,
                               const std::function<ActionFeed(envs::SteppedEnvironment&)>& create_feed, Random& random,
                               std::vector<Example>& examples) {
  refuse_held_out(seed, "an episode of " + config_.world);
  const envs::Observation observation = world_->reset(seed, task);
  const ActionFeed feed = create_feed(*world_);
  if (relabels_)
    run_relabelled(observation, feed, random, examples);
  else
    run_plain(observation, feed, random, examples);
  return world_->oracle() == nullptr ? 0 : world_->oracle()->state_hash();
}

void WorldDriver::run_relabelled(envs::Observation observation, const ActionFeed& feed, Random& random,
                                 std::vector<Example>& examples) {
  envs::Oracle& oracle = *world_->oracle();
  cutter_.begin(world_->task(), random);
  while (true) {
    cutter_.observe(observation, world_->outcome(), oracle);
    if (world_->outcome().is_over()) break;
    const std::optional<DrivenAction> next = feed(observation.step);
    if (!next) break;
    cutter_.act(next->action);
    observation = world_->step(next->action);
  }
  cutter_.finish(examples);
}

void WorldDriver::run_plain(envs::Observation observation, const ActionFeed& feed, Random& random,
                            std::vector<Example>& examples) {
  PlainEpisode episode;
  episode.counts_per_turn = world_->spec().facts.counts_per_turn;
  const std::string text(observation.instruction);
  std::size_t num_frames = 0;
  while (true) {
    if (num_frames == frames_.size()) frames_.emplace_back(shape_.frame_bytes());
    resizer_.resize(observation.frame, frames_[num_frames++]);
    if (world_->outcome().is_over()) break;
    const std::optional<DrivenAction> next = feed(observation.step);
    if (!next) break;
    episode.actions.push_back(next->action);
    episode.origins.push_back(next->origin);
    observation = world_->step(next->action);
  }
  const envs::Outcome& outcome = world_->outcome();
  const bool succeeded = outcome.verdict == envs::Verdict::kSuccess;
  if (config_.success_only && outcome.is_over() && !succeeded) return;
  episode.spans.push_back({.text = text, .begin = 0, .end = num_frames, .succeeded = succeeded});
  episode.frame = [this](std::size_t step) { return std::span<const std::uint8_t>(frames_[step]); };
  cut_plain(episode, shape_, cut_, codec_, random, examples);
}

std::unique_ptr<ExampleSource> create_collect_source(const SourceConfig& config, std::uint64_t stream_seed,
                                                     const SourceSetup& setup, const SourceServices& services) {
  auto source = std::make_unique<CollectSource>(config, stream_seed, setup, services);
  return source->has_families() ? std::move(source) : nullptr;
}

}  // namespace atl::trainer
