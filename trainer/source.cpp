#include "trainer/source.h"

#include "core/error.h"
#include "core/random.h"
#include "datasets/reader.h"
#include "trainer/augment.h"
#include "trainer/recorded_episodes.h"
#include "trainer/replay_source.h"
#include "trainer/video_source.h"
#include "trainer/world_source.h"

#include <cmath>
#include <optional>
#include <utility>

namespace atl::trainer {
namespace {

constexpr std::uint64_t kAugmentStream = 0x6175676d656e74;

struct Member {
  std::unique_ptr<ExampleSource> source;
  double weight = 1.0;
};

class MixedSource final : public ExampleSource {
 public:
  MixedSource(std::vector<Member> members, const SourceSetup& setup)
      : members_(std::move(members)), shape_(setup.shape), augment_seed_(derive_seed(setup.seed, kAugmentStream)) {
    for (const Member& member : members_) total_weight_ += member.weight;
    // What is measured on is seen as it is.
    if (setup.part == DataPart::kTraining && setup.data.augments()) augmenter_.emplace(setup.data, setup.contract);
  }

  std::vector<Example> create_block(std::uint64_t index, std::size_t num_examples) override {
    std::vector<Example> block;
    double weight = 0.0;
    for (Member& member : members_) {
      weight += member.weight;
      const auto end =
          static_cast<std::size_t>(std::llround(static_cast<double>(num_examples) * weight / total_weight_));
      if (end <= block.size()) continue;
      std::vector<Example> part = member.source->create_block(index, end - block.size());
      block.insert(block.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    }
    if (augmenter_) {
      Random random(derive_seed(augment_seed_, index));
      for (Example& example : block) augmenter_->apply(example, shape_, random);
    }
    return block;
  }

  void add_instructions(std::set<std::string>& texts) const override {
    for (const Member& member : members_) member.source->add_instructions(texts);
  }

 private:
  std::vector<Member> members_;
  double total_weight_ = 0.0;
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

std::unique_ptr<ExampleSource> create_source(const SourceConfig& config, std::size_t index, const SourceSetup& setup,
                                             const SourceServices& services) {
  const std::uint64_t seed = derive_seed(setup.seed, index);
  if (config.kind == "collect") return create_collect_source(config, seed, setup, services);
  if (config.kind == "replay") return create_replay_source(config, seed, setup, services);
  if (config.kind == "video") return create_video_source(config, seed, setup, services);
  fail(ErrorKind::kConfig, "trainer.sources kind = {}, expected collect, replay or video", config.kind);
}

std::unique_ptr<ExampleSource> create_mixed_source(const std::vector<SourceConfig>& configs, const SourceSetup& setup,
                                                   const SourceServices& services) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    if (!offers(configs[i], setup.part)) continue;
    if (auto source = create_source(configs[i], i, setup, services))
      members.push_back({std::move(source), configs[i].weight});
  }
  if (members.empty()) return nullptr;
  return std::make_unique<MixedSource>(std::move(members), setup);
}

double counts_per_turn_of(const std::vector<SourceConfig>& configs, const PolicyContract& contract,
                          const SourceServices& services) {
  std::optional<double> counts;
  const auto add = [&](double found, const std::string& where) {
    if (counts && found != *counts) {
      fail(ErrorKind::kContract, "counts_per_turn: {} and {} ({}), expected equal ones in one run", *counts, found,
           where);
    }
    counts = found;
  };
  for (const SourceConfig& config : configs) {
    if (config.kind != "video") {
      add(services.create_world(config.world, contract.frame_size())->spec().facts.counts_per_turn, config.world);
      continue;  // replaying proves that the recordings are of this world
    }
    for (const NamedRecording& recording : named_recordings(config))
      add(datasets::RecordingReader::open(recording.folder)->facts().counts_per_turn, recording.folder.string());
  }
  return counts.value_or(0.0);
}

}  // namespace atl::trainer
