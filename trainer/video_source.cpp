#include "trainer/video_source.h"

#include "core/error.h"
#include "core/log.h"
#include "datasets/cache.h"
#include "datasets/recording_file.h"
#include "datasets/resample.h"
#include "datasets/window_size.h"
#include "trainer/epoch_order.h"
#include "trainer/recorded_episodes.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

namespace atl::trainer {
namespace {

constexpr std::uint64_t kIdleStream = 0x69646c65;

// Of one recording.
agent::ActionCodec codec_for(const PolicyContract& contract, const SourceFacts& facts, const NamedRecording& recording,
                             const datasets::VideoReaderFactory& open_video) {
  if (contract.mouse_unit == "degrees" && !(facts.counts_per_turn > 0)) {
    fail(ErrorKind::kContract,
         "contract.mouse_unit is \"degrees\", and {} does not say how many mouse counts turn once around "
         "(counts_per_turn is {}): leave it out, or set contract.mouse_unit = \"counts\"",
         recording.folder.string(), facts.counts_per_turn);
  }
  return {contract, facts.counts_per_turn, datasets::window_size(contract, facts, recording.folder, open_video)};
}

class VideoSource final : public ExampleSource {
 public:
  VideoSource(const SourceConfig& config, std::uint64_t stream_seed, const SourceSetup& setup,
              const SourceServices& services)
      : stream_seed_(stream_seed),
        world_(config.world),
        features_(config.features),
        contract_(setup.contract),
        shape_(setup.shape),
        open_video_(services.open_video),
        options_(cut_options(config, setup)),
        recorded_(load_recorded_episodes(config, setup)),
        cache_(open_picture_cache(config, setup.contract, services)) {
    for (std::size_t i = 0; i < recorded_.recordings.size(); ++i)
      codecs_.push_back(codec_for(contract_, recorded_.facts[i], recorded_.recordings[i], open_video_));
    if (config.success_only)
      std::erase_if(recorded_.episodes, [](const RecordedEpisode& episode) { return episode.failed; });
    add_episodes();
    if (windows_.empty()) {
      fail(ErrorKind::kConfig, "{} recordings ({}, ...) hold no picture to learn from{}", recorded_.recordings.size(),
           config.recordings.at(0), config.success_only ? ": every episode failed, and success_only is set" : "");
    }
    order_.emplace(windows_.size(), stream_seed_);
  }

  std::vector<Example> create_part(const BlockPart& part, std::vector<Example> spent) override {
    Random random(derive_seed(stream_seed_, part.index));
    spent.resize(part.count);
    for (std::size_t i = 0; i < part.count; ++i) {
      const Window& window = windows_[order_->at(part.first + i)];
      const agent::ActionCodec& codec = codecs_[recording_of_[window.episode]];
      std::vector<std::uint32_t> cached = std::move(spent[i].cached);
      spent[i] =
          cut_window(episodes_[window.episode], window.step, shape_, options_, codec, random, std::move(spent[i]));
      if (!features_.empty()) name_pictures(window, std::move(cached), spent[i]);
    }
    return spent;
  }

  void add_notes(std::vector<SourceNote>& notes) const override {
    SourceNote note{.kind = "video",
                    .world = world_,
                    .recordings = static_cast<int>(recorded_.recordings.size()),
                    .transforms = {}};
    std::vector<std::string> rates;
    std::vector<std::string> pictures;
    std::vector<std::string> mice;
    std::vector<std::string> pointers;
    for (std::size_t i = 0; i < recorded_.recordings.size(); ++i) {
      const SourceFacts& facts = recorded_.facts[i];
      const std::filesystem::path& folder = recorded_.recordings[i].folder;
      rates.push_back("steps: " + datasets::Resampling(facts.action_rate_hz, contract_.action_rate_hz, "").words());
      pictures.push_back(picture_words(open_video_, folder / datasets::kVideoFile, contract_));
      mice.push_back(mouse_words(facts.counts_per_turn, contract_));
      pointers.push_back(pointer_words(datasets::window_size(contract_, facts, folder, open_video_), contract_));
    }
    for (std::vector<std::string>* words : {&rates, &pictures, &mice, &pointers}) add_counted(*words, note.transforms);
    if (!features_.empty()) note.transforms.push_back("features of the frozen image encoder: read from " + features_);
    ControlTally tally;
    for (const PlainEpisode& episode : episodes_) tally.add(episode.actions);
    tally.add_words(contract_.controls, note.transforms);
    notes.push_back(std::move(note));
  }

  void add_instructions(std::set<std::string>& texts) const override { trainer::add_instructions(recorded_, texts); }

 private:
  struct Window {
    std::uint32_t episode;
    std::uint32_t step;
  };

  // Where the pictures of an example lie in the cache. `memory`: of an example that is done with.
  void name_pictures(const Window& window, std::vector<std::uint32_t> memory, Example& example) const {
    std::uint64_t picture = first_picture_[window.episode] + window.step;
    memory.clear();
    for (int t = 0; t < example.num_steps; ++t, picture += static_cast<std::uint64_t>(shape_.steps_per_policy))
      memory.push_back(static_cast<std::uint32_t>(picture));
    example.cached = std::move(memory);
  }

  void add_episodes() {
    ATOLL_CHECK(cache_.num_pictures() <= UINT32_MAX, "{} pictures in one cache", cache_.num_pictures());
    std::map<std::pair<std::size_t, std::size_t>, datasets::CachedEpisode> places;
    for (const datasets::CachedEpisode& place : cache_.episodes()) places[{place.recording, place.episode}] = place;
    Random draw(derive_seed(stream_seed_, kIdleStream));
    for (RecordedEpisode& recorded : recorded_.episodes) {
      const auto place = places.find({recorded.recording, recorded.index});
      if (place == places.end()) continue;  // it has no picture
      PlainEpisode episode;
      episode.counts_per_turn = recorded_.facts[recorded.recording].counts_per_turn;
      episode.spans = instruction_spans(recorded);
      episode.actions = std::move(recorded.actions);
      episode.origins = std::move(recorded.origins);
      ATOLL_CHECK(place->second.count == episode.actions.size() + 1, "{} pictures around {} actions",
                  place->second.count, episode.actions.size());
      const std::uint64_t first_picture = place->second.first;
      if (features_.empty())
        episode.frame = [this, first_picture](std::size_t step) { return cache_.frame(first_picture + step); };
      first_picture_.push_back(first_picture);
      for_each_window(episode.actions.size(), shape_, [&](std::size_t first) {
        if (is_idle_window(episode, first, shape_, options_) && draw.uniform() >= options_.idle_keep) return;
        windows_.push_back({static_cast<std::uint32_t>(episodes_.size()), static_cast<std::uint32_t>(first)});
      });
      episodes_.push_back(std::move(episode));
      recording_of_.push_back(recorded.recording);
    }
  }

  std::uint64_t stream_seed_;
  std::string world_;
  std::string features_;  // SourceConfig::features
  PolicyContract contract_;
  ExampleShape shape_;
  datasets::VideoReaderFactory open_video_;
  CutOptions options_;
  RecordedEpisodes recorded_;
  datasets::FrameCache cache_;
  std::vector<agent::ActionCodec> codecs_;  // of each recording
  std::vector<PlainEpisode> episodes_;
  std::vector<std::uint64_t> first_picture_;  // each episode's, in the cache
  std::vector<std::size_t> recording_of_;     // each episode's
  std::vector<Window> windows_;
  std::optional<EpochOrder> order_;
};

}  // namespace

datasets::FrameCache open_picture_cache(const SourceConfig& config, const PolicyContract& contract,
                                        const SourceServices& services) {
  datasets::CacheInputs inputs;
  for (const NamedRecording& recording : named_recordings(config)) inputs.recordings.push_back(recording.folder);
  inputs.frame = contract.frame_size();
  inputs.action_rate_hz = contract.action_rate_hz;
  return datasets::FrameCache::open_or_create(config.cache, inputs, services.open_video, [](double done) {
    show_progress(fmt::format("decode recordings into the training cache, {:.0f} %", 100.0 * done));
  });
}

std::unique_ptr<ExampleSource> create_video_source(const SourceConfig& config, std::uint64_t stream_seed,
                                                   const SourceSetup& setup, const SourceServices& services) {
  return std::make_unique<VideoSource>(config, stream_seed, setup, services);
}

}  // namespace atl::trainer
