#include "trainer/video_source.h"

#include "core/error.h"
#include "core/log.h"
#include "datasets/cache.h"
#include "trainer/epoch_order.h"
#include "trainer/recorded_episodes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace atl::trainer {
namespace {

datasets::FrameCache open_cache(const SourceConfig& config, const SourceSetup& setup, const SourceServices& services) {
  datasets::CacheInputs inputs;
  for (const NamedRecording& recording : named_recordings(config)) inputs.recordings.push_back(recording.folder);
  inputs.frame = setup.contract.frame_size();
  inputs.action_rate_hz = setup.contract.action_rate_hz;
  return datasets::FrameCache::open_or_create(config.cache, inputs, services.open_video, [](double done) {
    show_progress(fmt::format("decode recordings into the training cache, {:.0f} %", 100.0 * done));
  });
}

class VideoSource final : public ExampleSource {
 public:
  VideoSource(const SourceConfig& config, std::uint64_t stream_seed, const SourceSetup& setup,
              const SourceServices& services)
      : stream_seed_(stream_seed),
        shape_(setup.shape),
        recorded_(load_recorded_episodes(config, setup)),
        cache_(open_cache(config, setup, services)),
        codec_(setup.contract, recorded_.facts.at(0).counts_per_turn) {
    options_.goal_frame_steps = setup.data.goal_frame_steps;
    if (config.success_only)
      std::erase_if(recorded_.episodes, [](const RecordedEpisode& episode) { return episode.failed; });
    add_episodes();
    if (windows_.empty()) {
      fail(ErrorKind::kConfig, "{} recordings ({}, ...) hold no picture to learn from{}", recorded_.recordings.size(),
           config.recordings.at(0), config.success_only ? ": every episode failed, and success_only is set" : "");
    }
    order_.emplace(windows_.size(), stream_seed_);
  }

  std::vector<Example> create_block(std::uint64_t index, std::size_t num_examples) override {
    Random random(derive_seed(stream_seed_, index));
    std::vector<Example> examples;
    for (std::size_t i = 0; i < num_examples; ++i) {
      const Window& window = windows_[order_->at(index * num_examples + i)];
      examples.push_back(cut_window(episodes_[window.episode], window.step, shape_, options_, codec_, random));
    }
    return examples;
  }

  void add_instructions(std::set<std::string>& texts) const override { trainer::add_instructions(recorded_, texts); }

 private:
  struct Window {
    std::uint32_t episode;
    std::uint32_t step;
  };

  void add_episodes() {
    std::map<std::pair<std::size_t, std::size_t>, datasets::CachedEpisode> places;
    for (const datasets::CachedEpisode& place : cache_.episodes()) places[{place.recording, place.episode}] = place;
    for (RecordedEpisode& recorded : recorded_.episodes) {
      const auto place = places.find({recorded.recording, recorded.index});
      if (place == places.end()) continue;  // it has no picture
      PlainEpisode episode;
      episode.counts_per_turn = recorded_.facts.at(0).counts_per_turn;
      episode.spans = instruction_spans(recorded);
      episode.actions = std::move(recorded.actions);
      episode.origins = std::move(recorded.origins);
      ATOLL_CHECK(place->second.count == episode.actions.size() + 1, "{} pictures around {} actions",
                  place->second.count, episode.actions.size());
      episode.frame = [this, first = place->second.first](std::size_t step) { return cache_.frame(first + step); };
      for_each_window(episode.actions.size(), shape_, [&](std::size_t first) {
        windows_.push_back({static_cast<std::uint32_t>(episodes_.size()), static_cast<std::uint32_t>(first)});
      });
      episodes_.push_back(std::move(episode));
    }
  }

  std::uint64_t stream_seed_;
  ExampleShape shape_;
  RecordedEpisodes recorded_;
  datasets::FrameCache cache_;
  agent::ActionCodec codec_;
  CutOptions options_;
  std::vector<PlainEpisode> episodes_;
  std::vector<Window> windows_;
  std::optional<EpochOrder> order_;
};

}  // namespace

std::unique_ptr<ExampleSource> create_video_source(const SourceConfig& config, std::uint64_t stream_seed,
                                                   const SourceSetup& setup, const SourceServices& services) {
  return std::make_unique<VideoSource>(config, stream_seed, setup, services);
}

}  // namespace atl::trainer
