// The live loop in real windows, recorded as in play: how exact the action clock is, what capture and injection cost,
// and whether anything is missed, lost, or left pressed.
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/writer.h"
#include "envs/desktop/game/live_game.h"
#include "envs/seeds.h"
#include "session/live_session.h"
#include "session/recording_sink.h"
#include "tools/bench.h"
#include "tools/run_config.h"
#include "tools/worlds.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace atl::tools {
namespace {

struct LiveBenchConfig {
  std::vector<std::string> worlds{"playhouse-window", "doom"};
  double seconds = 60.0;  // in each world, over all repeats
  bool record = true;     // with video, as `atoll play --out`
  WorldConfig world{.display = "virtual"};
};

void describe(ConfigVisitor& v, LiveBenchConfig& config) {
  v.field("worlds", &config.worlds);
  v.field("seconds", &config.seconds, {.min = 5, .max = 86400});
  v.field("record", &config.record);
  v.table("world", config.world);
}

// Walks about and turns in every step, so that every step has something to inject.
class Wanderer final : public session::Player {
 public:
  explicit Wanderer(const std::vector<std::string>& controls) {
    for (const char* key : {"w", "a", "s", "d"}) {
      if (std::find(controls.begin(), controls.end(), key) != controls.end()) keys_.push_back(control_named(key));
    }
  }
  [[nodiscard]] std::string name() const override { return "wanderer"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] session::PlayerTiming timing() const override { return {4, 1}; }
  void begin(std::uint64_t seed) override { random_ = Random(seed); }
  [[nodiscard]] std::vector<Action> act(const envs::Observation&, const ControlSet& held_before) override {
    std::vector<Action> answer(kChunkActions);
    ControlSet held = held_before;
    for (Action& action : answer) {
      for (const Control key : keys_) {
        if (random_.chance(1, 3)) hold(action, key, held);
      }
      action.dx = random_.chance(1, 2) ? random_.between(1, 40) : random_.between(-40, -1);
      held = action.held;
    }
    return answer;
  }

 private:
  std::vector<Control> keys_;
  Random random_{0};
};

// Knows what is down, whoever else keeps the episode.
class HeldSink final : public session::EpisodeSink {
 public:
  explicit HeldSink(session::EpisodeSink* next) : next_(next) {}
  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override {
    held_.reset();
    if (next_ != nullptr) next_->begin(start, instruction);
  }
  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override {
    if (next_ != nullptr) next_->add_frame(entry, pixels);
  }
  void add_action(const datasets::RecordedAction& action) override {
    if (next_ != nullptr) next_->add_action(action);
  }
  void add_event(const InputEvent& event) override {
    held_ = summarise({&event, 1}, held_).held;
    if (next_ != nullptr) next_->add_event(event);
  }
  void add_drop(const datasets::DropNote& drop) override {
    if (next_ != nullptr) next_->add_drop(drop);
  }
  void end(const datasets::EpisodeEnd& end, const Instruction& instruction) override {
    if (next_ != nullptr) next_->end(end, instruction);
  }
  [[nodiscard]] double num_held() const { return static_cast<double>(held_.count()); }

 private:
  session::EpisodeSink* next_;
  ControlSet held_;
};

double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0.0;
  const auto index = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
  return values[index];
}

// What one repeat measured, by the name of the figure.
using Measures = std::map<std::string, double>;

Measures measure_once(envs::desktop::LiveGame& world, double seconds, session::EpisodeSink* recorder,
                      std::uint64_t index) {
  Wanderer player(world.spec().controls);
  session::LiveConfig config;
  config.limit_s = seconds;
  session::LiveSession session(world, &player, config);
  session::EpisodeRequest request;
  request.seed = envs::seed_in(envs::SeedRange::kDevelopment, index);
  if (!world.spec().tasks.empty()) request.task.family = world.spec().tasks.front();
  request.task.time_limit_s = seconds + 5.0;  // the session ends first
  HeldSink sink(recorder);
  static_cast<void>(world.step_reports());
  const session::EpisodeResult result = session.run(request, &sink);

  std::vector<double> lateness;  // from when a step should begin to when its events were with the display
  for (const input::StepReport& report : world.step_reports()) {
    if (report.result == input::StepResult::kDone) lateness.push_back(to_ms(report.done - report.planned));
  }
  const session::LiveStatistics& statistics = session.statistics();
  std::vector<double> cost;  // of the same steps: their picture, and their input with the guard's waking up
  for (std::size_t i = 0; i < std::min(lateness.size(), statistics.capture_ms.size()); ++i)
    cost.push_back(lateness[i] + statistics.capture_ms[i]);
  return {{"1 action jitter p50, ms", percentile(lateness, 0.5)},
          {"2 action jitter p99, ms", percentile(lateness, 0.99)},
          {"3 capture + injection p50, ms", percentile(cost, 0.5)},
          {"4 capture + injection p99, ms", percentile(cost, 0.99)},
          {"5 missed answers, %", 100.0 * static_cast<double>(result.num_misses) /
                                      static_cast<double>(std::max<std::uint64_t>(result.num_questions, 1))},
          {"6 pictures lost, count", static_cast<double>(statistics.num_unkept + statistics.num_skipped_steps)},
          {"7 deepest queue, pictures", static_cast<double>(statistics.deepest_queue)},
          {"8 keys left down, count", sink.num_held()}};
}

std::vector<Figure> bench_world_live(const std::string& name, const LiveBenchConfig& config, int repeats) {
  const auto world = create_live_world(name, config.world);
  auto* game = dynamic_cast<envs::desktop::LiveGame*>(world.get());
  ATOLL_CHECK(game != nullptr, "world {} is no live game", name);
  const TemporaryFolder folder("atoll-bench");
  RunConfig run;
  run.record.video = true;
  std::unique_ptr<datasets::RecordingWriter> writer;
  std::optional<session::RecordingSink> sink;
  if (config.record) {
    writer = create_recording(folder.path() / "recording", game->spec(), run, 30);
    sink.emplace(*writer, true);
  }
  std::map<std::string, std::vector<double>> values;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const Measures measures =
        measure_once(*game, config.seconds / repeats, sink ? &*sink : nullptr, static_cast<std::uint64_t>(repeat));
    for (const auto& [figure, value] : measures) values[figure].push_back(value);
  }
  if (writer) static_cast<void>(writer->close());

  std::vector<Figure> figures;
  for (auto& [figure, all] : values) {
    std::sort(all.begin(), all.end());
    const std::size_t comma = figure.rfind(", ");
    figures.push_back({fmt::format("{}: {}", name, figure.substr(2, comma - 2)), figure.substr(comma + 2),
                       all[all.size() / 2], all.front(), all.back()});
  }
  return figures;
}

}  // namespace

std::vector<Figure> bench_live(const BenchOptions& options) {
  ConfigDocument document = ConfigDocument::from_text("", "the bench's defaults");
  for (const std::string& assignment : options.overrides) document.set(assignment);
  LiveBenchConfig config;
  document.read(config);
  std::vector<Figure> figures;
  for (const std::string& name : config.worlds) {
    for (Figure& figure : bench_world_live(name, config, options.repeats)) figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace atl::tools
