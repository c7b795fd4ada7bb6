#include "tools/scripts.h"

#include "core/error.h"
#include "datasets/reader.h"
#include "envs/oracle.h"
#include "session/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace atl::tools {
namespace {

constexpr std::string_view kDemo = "demo:";

class ExpertScript final : public Script {
 public:
  ExpertScript(std::unique_ptr<envs::SteppedEnvironment> twin, const EpisodeSource& source,
               const envs::ExpertStyle& style)
      : twin_(std::move(twin)), source_(source), style_(style) {}

  [[nodiscard]] std::string name() const override { return "expert"; }
  [[nodiscard]] Origin origin() const override { return Origin::kExpert; }
  [[nodiscard]] std::uint64_t num_episodes() const override { return 0; }

  [[nodiscard]] ScriptedEpisode episode(std::uint64_t index) override {
    ScriptedEpisode episode;
    episode.request = source_.request(index);
    static_cast<void>(twin_->reset(episode.request.seed, episode.request.task));
    episode.request.task = twin_->task();
    for (int step = 0; step < kScriptDelay && !twin_->outcome().is_over(); ++step)
      static_cast<void>(twin_->step(Action{}));
    const auto expert = twin_->oracle()->create_expert(episode.request.player_seed, style_);
    while (!twin_->outcome().is_over()) {
      episode.actions.push_back(expert->next());
      static_cast<void>(twin_->step(episode.actions.back()));
    }
    episode.verdict = to_string(twin_->outcome().verdict);
    return episode;
  }

 private:
  std::unique_ptr<envs::SteppedEnvironment> twin_;
  EpisodeSource source_;
  envs::ExpertStyle style_;
};

class DemoScript final : public Script {
 public:
  DemoScript(std::unique_ptr<datasets::RecordingReader> reader, std::uint64_t first) : reader_(std::move(reader)) {
    for (std::size_t i = 0; i < reader_->episodes().size(); ++i) {
      const datasets::Episode& episode = reader_->episodes()[i];
      const bool is_whole = episode.end && episode.end->verdict != to_string(envs::Verdict::kAborted);
      if (is_whole && !episode.start.goes_on) whole_.push_back(i);
    }
    if (whole_.size() <= first) {
      fail(ErrorKind::kUsage, "{} holds {} episodes from a seed's start to their end, expected more than --seed {}",
           reader_->folder().string(), whole_.size(), first);
    }
    whole_.erase(whole_.begin(), whole_.begin() + static_cast<std::ptrdiff_t>(first));
  }

  [[nodiscard]] std::string name() const override { return "demo"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] std::uint64_t num_episodes() const override { return whole_.size(); }

  [[nodiscard]] ScriptedEpisode episode(std::uint64_t index) override {
    const session::EpisodeTrace trace = session::read_trace(*reader_, whole_.at(index));
    ScriptedEpisode episode;
    const datasets::EpisodeStart& start = trace.start;
    episode.request.seed = start.seed;
    episode.request.task = {.family = start.family,
                            .split = start.split,
                            .target = start.target,
                            .instruction = start.instruction,
                            .time_limit_s = start.time_limit_s};
    if (trace.instruction.text != start.instruction) episode.request.instruction = trace.instruction.text;
    for (const datasets::RecordedAction& step : trace.actions) episode.actions.push_back(step.action);
    // What waited for its first answer begins with steps in which nothing could be done: they come by themselves.
    for (int step = 0; step < kScriptDelay && !episode.actions.empty() && episode.actions.front() == Action{}; ++step)
      episode.actions.erase(episode.actions.begin());
    episode.verdict = trace.end.verdict;
    return episode;
  }

 private:
  std::unique_ptr<datasets::RecordingReader> reader_;
  std::vector<std::size_t> whole_;  // episodes of the recording that can be played again
};

// A window and the world that it shows have the same starts and actions.
std::string without_window(const std::string& world) { return stepped_twin(world).value_or(world); }

}  // namespace

std::unique_ptr<Script> create_script(const std::string& player, const std::string& world, const EpisodeSource& source,
                                      const RunConfig& config) {
  if (player == "expert") {
    const std::optional<std::string> twin = stepped_twin(world);
    if (!twin) {
      const std::vector<std::string> interfaces = find_world(world).interfaces;
      if (std::find(interfaces.begin(), interfaces.end(), "expert") != interfaces.end()) return nullptr;
      fail(ErrorKind::kUsage,
           "world {} is live and has no expert; play it with --player human or a run, or another "
           "world",
           world);
    }
    return std::make_unique<ExpertScript>(create_stepped_world(*twin), source, config.expert.style());
  }
  if (!player.starts_with(kDemo)) return nullptr;
  const std::filesystem::path folder = player.substr(kDemo.size());
  auto reader = datasets::RecordingReader::open(folder);
  const std::string& recorded = reader->facts().world;
  if (without_window(recorded) != without_window(world))
    fail(ErrorKind::kUsage, "{} was recorded in the world {}, not in {}", folder.string(), recorded, world);
  return std::make_unique<DemoScript>(std::move(reader), source.first);
}

}  // namespace atl::tools
