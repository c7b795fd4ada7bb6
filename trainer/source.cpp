#include "trainer/source.h"

#include "core/error.h"
#include "core/random.h"
#include "trainer/augment.h"
#include "trainer/cutter.h"
#include "trainer/recorded_episodes.h"
#include "trainer/replay_source.h"
#include "trainer/video_source.h"
#include "trainer/world_source.h"
#include "trainer/worlds.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

namespace atl::trainer {
namespace {

constexpr std::uint64_t kAugmentStream = 0x6175676d656e74;

struct Member {
  std::unique_ptr<ExampleSource> source;
  double weight = 1.0;
  std::uint8_t world = 0;
  std::uint16_t index = 0;  // in the list of sources
};

class MixedSource final : public ExampleSource {
 public:
  MixedSource(std::vector<Member> members, const SourceSetup& setup)
      : members_(std::move(members)), shape_(setup.shape), augment_seed_(derive_seed(setup.seed, kAugmentStream)) {
    for (const Member& member : members_) total_weight_ += member.weight;
    heaviest_ = static_cast<std::size_t>(
        std::max_element(members_.begin(), members_.end(),
                         [](const Member& a, const Member& b) { return a.weight < b.weight; }) -
        members_.begin());
    // What is measured on is seen as it is.
    if (setup.part == DataPart::kTraining && setup.data.augments()) augmenter_.emplace(setup.data, setup.contract);
  }

  std::vector<Example> create_part(const BlockPart& whole, std::vector<Example> spent) override {
    const std::vector<std::uint64_t> begin = places(whole.first);
    const std::vector<std::uint64_t> end = places(whole.first + whole.count);
    spent.resize(whole.count);
    auto memory = std::make_move_iterator(spent.begin());
    std::vector<Example> block;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      // The heaviest takes what rounding leaves over: too little for it in a block of hardly more examples than
      // sources.
      if (end[i] < begin[i])
        fail(ErrorKind::kConfig, "blocks of {} examples for {} sources: raise trainer.data.block_examples", whole.count,
             members_.size());
      const auto count = static_cast<std::ptrdiff_t>(end[i] - begin[i]);
      const double share = members_[i].weight / total_weight_;
      std::vector<Example> part = members_[i].source->create_part(
          {.index = whole.index,
           .first = begin[i],
           .count = end[i] - begin[i],
           .most = static_cast<std::size_t>(std::ceil(static_cast<double>(whole.most) * share - kRounding))},
          std::vector<Example>(memory, memory + count));
      memory += count;
      for (Example& example : part) {
        example.world = members_[i].world;
        example.source = members_[i].index;
      }
      block.insert(block.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    }
    if (augmenter_) {
      Random random(derive_seed(augment_seed_, whole.index));
      for (Example& example : block) augmenter_->apply(example, shape_, random);
    }
    return block;
  }

  void add_notes(std::vector<SourceNote>& notes) const override {
    for (const Member& member : members_) {
      const std::size_t first = notes.size();
      member.source->add_notes(notes);
      for (std::size_t i = first; i < notes.size(); ++i) notes[i].share = member.weight / total_weight_;
    }
  }

  void add_instructions(std::set<std::string>& texts) const override {
    for (const Member& member : members_) member.source->add_instructions(texts);
  }

 private:
  static constexpr double kRounding = 1e-6;

  // How many of the first `num_examples` of all blocks are of each member.
  [[nodiscard]] std::vector<std::uint64_t> places(std::uint64_t num_examples) const {
    std::vector<std::uint64_t> counts;
    std::uint64_t others = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      counts.push_back(static_cast<std::uint64_t>(
          std::llround(static_cast<double>(num_examples) * members_[i].weight / total_weight_)));
      if (i != heaviest_) others += counts.back();
    }
    counts[heaviest_] = num_examples - others;
    return counts;
  }

  std::vector<Member> members_;
  double total_weight_ = 0.0;
  std::size_t heaviest_ = 0;
  ExampleShape shape_;
  std::uint64_t augment_seed_;
  std::optional<Augmenter> augmenter_;
};

// Whether a source has anything of a part: held-out combinations come from worlds only, and recordings keep episodes
// apart only when told to, by a share or by a manifest.
bool offers(const SourceConfig& config, DataPart part) {
  if (part == DataPart::kTraining || config.kind == "collect") return true;
  return part == DataPart::kDevelopment && keeps_development_apart(config);
}

}  // namespace

CutOptions cut_options(const SourceConfig& config, const SourceSetup& setup) {
  CutOptions options;
  options.goal_frame_steps = setup.data.goal_frame_steps;
  options.min_object_pixels = setup.data.min_object_pixels;
  options.families = config.families;
  options.ground = config.ground;
  if (setup.part != DataPart::kTraining) return options;
  options.keep = config.keep;
  options.idle_keep = setup.data.idle_keep;
  options.jitter_steps = setup.data.jitter_steps;
  options.intervention = config.intervention;
  return options;
}

std::unique_ptr<ExampleSource> create_source(const SourceConfig& config, std::size_t index, const SourceSetup& setup,
                                             const SourceServices& services) {
  const std::uint64_t seed = derive_seed(setup.seed, index);
  SourceConfig named = config;
  named.world = world_of(config);
  if (config.kind == "collect") return create_collect_source(named, seed, setup, services);
  if (config.kind == "replay") return create_replay_source(named, seed, setup, services);
  if (config.kind == "video") return create_video_source(named, seed, setup, services);
  fail(ErrorKind::kConfig, "trainer.sources kind = {}, expected collect, replay or video", config.kind);
}

std::unique_ptr<ExampleSource> create_mixed_source(const std::vector<SourceConfig>& configs, const SourceSetup& setup,
                                                   const SourceServices& services) {
  std::vector<SourceConfig> named;
  std::vector<Member> members;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    if (!offers(configs[i], setup.part)) continue;
    if (!setup.only.empty() && std::ranges::find(setup.only, static_cast<int>(i)) == setup.only.end()) continue;
    auto source = create_source(configs[i], i, setup, services);
    if (!source) continue;
    named.push_back(configs[i]);
    named.back().world = world_of(configs[i]);
    const auto world = std::find(setup.worlds.begin(), setup.worlds.end(), world_family(named.back().world));
    const bool is_known = world != setup.worlds.end();
    members.push_back({.source = std::move(source),
                       .world = static_cast<std::uint8_t>(is_known ? world - setup.worlds.begin() : 0),
                       .index = static_cast<std::uint16_t>(i)});
  }
  if (members.empty()) return nullptr;
  const std::vector<double> weights = scaled_weights(named, setup.world_weights);
  for (std::size_t i = 0; i < members.size(); ++i) members[i].weight = weights[i];
  return std::make_unique<MixedSource>(std::move(members), setup);
}

double counts_per_turn_of(const std::vector<SourceConfig>& configs, const PolicyContract& contract,
                          const SourceServices& services) {
  std::optional<double> counts;
  bool differs = false;
  const auto add = [&](double found, const std::string& where) {
    differs |= counts && found != *counts;
    if (differs && contract.mouse_unit != "degrees") {
      fail(ErrorKind::kContract,
           "counts_per_turn: {} and {} ({}), expected equal ones in one run whose contract.mouse_unit is \"{}\"; "
           "degrees are the same everywhere",
           *counts, found, where, contract.mouse_unit);
    }
    counts = found;
  };
  for (const SourceConfig& config : configs) {
    if (config.kind != "video") {
      const std::string world = world_of(config);
      add(services.create_world(world, contract.frame_size())->spec().facts.counts_per_turn, world);
      continue;  // replaying proves that the recordings are of this world
    }
    for (const NamedRecording& recording : named_recordings(config))
      add(facts_of(recording.folder).counts_per_turn, recording.folder.string());
  }
  return differs ? 0.0 : counts.value_or(0.0);
}

}  // namespace atl::trainer
