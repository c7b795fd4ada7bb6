// The live loop in real windows, recorded as in play: how exact the action clock is, what capture and injection cost,
// and whether anything is missed, lost, piles up or is left pressed. What others can see is asked of another client.
#include "core/error.h"
#include "core/files.h"
#include "core/priority.h"
#include "core/random.h"
#include "datasets/writer.h"
#include "envs/desktop/game/live_game.h"
#include "envs/seeds.h"
#include "input/source.h"
#include "session/live_session.h"
#include "session/recording_sink.h"
#include "tools/bench.h"
#include "tools/command.h"
#include "tools/percentile.h"
#include "tools/players.h"
#include "tools/run_config.h"
#include "tools/worlds.h"
#include "x11/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <numeric>
#include <span>
#include <thread>

namespace atl::tools {
namespace {

struct LiveBenchConfig {
  std::vector<std::string> worlds{"playhouse-window", "doom"};
  double seconds = 60.0;  // in each world, over all repeats
  bool record = true;     // with video, as `atoll play --out`
  std::string policy{};   // a run that plays, and whose answers are timed; empty: who walks about and thinks of nothing
  WorldConfig world{.display = "virtual"};
};

void describe(ConfigVisitor& v, LiveBenchConfig& config) {
  v.field("worlds", &config.worlds);
  v.field("seconds", &config.seconds, {.min = 5, .max = 86400});
  v.field("record", &config.record);
  v.field("policy", &config.policy);
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

constexpr Duration kHalfRounding = std::chrono::microseconds(500);  // of a stamp that the server rounds down

// Another client of the same display, which takes no part: when the server saw each motion, rounded down to a
// millisecond.
class Witness {
 public:
  explicit Witness(const std::string& display)
      : source_(input::create_x11_source({.display = display})), thread_([this](const std::stop_token& stop) {
          try {
            prefer_this_thread();
            while (!stop.stop_requested()) {
              source_->wait_events(MonotonicClock::now() + std::chrono::milliseconds(20), events_);
            }
          } catch (...) {  // the display was lost, say
            error_ = std::current_exception();
          }
        }) {}
  // What was seen, in order; ends the watch. Throws what went wrong while it lasted.
  [[nodiscard]] const std::vector<InputEvent>& finish() {
    thread_.request_stop();
    thread_.join();
    if (error_) std::rethrow_exception(error_);
    source_->poll_events(events_);
    return events_;
  }

 private:
  std::unique_ptr<input::InputSource> source_;
  std::vector<InputEvent> events_;  // the thread's own until it has ended
  std::exception_ptr error_;        // likewise
  std::jthread thread_;
};

// What one repeat measured, by the name of the figure.
using Measures = std::map<std::string, double>;

session::EpisodeRequest make_request(const envs::EnvironmentSpec& spec, double seconds, std::uint64_t index) {
  session::EpisodeRequest request;
  request.seed = envs::seed_in(envs::SeedRange::kDevelopment, index);
  if (!spec.tasks.empty()) request.task.family = spec.tasks.front();
  request.task.time_limit_s = seconds + 5.0;  // the session ends first
  return request;
}

// From when each step was to begin to the first motion in it that the display saw.
std::vector<double> seen_jitter(const std::vector<input::StepReport>& reports, const std::vector<InputEvent>& seen,
                                Duration period) {
  std::vector<double> jitter;
  auto event = seen.begin();
  for (const input::StepReport& report : reports) {
    if (report.action.dx == 0) continue;
    const auto is_of_step = [&](const InputEvent& e) {
      return e.kind == InputKind::kRelativeMotion && e.time >= report.planned - period / 4;
    };
    event = std::find_if(event, seen.end(), is_of_step);
    if (event != seen.end()) jitter.push_back(std::max(0.0, to_ms(event->time + kHalfRounding - report.planned)));
  }
  return jitter;
}

double mean(std::span<const std::size_t> values) {
  return values.empty() ? 0.0
                        : static_cast<double>(std::accumulate(values.begin(), values.end(), std::size_t{0})) /
                              static_cast<double>(values.size());
}

void add_queue(const std::vector<std::size_t>& waiting, Measures& measures) {
  const std::span<const std::size_t> all(waiting);
  const std::size_t half = all.size() / 2;
  measures["9 queue growth, second half over first, pictures"] = mean(all.subspan(half)) - mean(all.first(half));
  measures["9 queue, deepest, pictures"] =
      waiting.empty() ? 0.0 : static_cast<double>(*std::max_element(waiting.begin(), waiting.end()));
}

// Injection counts from when a step is to begin, so the guard's waking up is part of it; capture from the request for a
// picture to its last pixel.
void add_costs(const std::vector<input::StepReport>& reports, const session::LiveStatistics& statistics,
               Measures& measures) {
  std::map<std::uint64_t, double> capture_ms;
  for (const session::LiveStatistics::Capture& capture : statistics.captures.kept())
    capture_ms[capture.step] = capture.ms;
  std::vector<double> injection;
  std::vector<double> capture;
  std::vector<double> both;
  for (const input::StepReport& report : reports) {
    if (report.result != input::StepResult::kDone) continue;
    injection.push_back(to_ms(report.done - report.planned));
    const auto found = capture_ms.find(report.step);
    if (found == capture_ms.end()) continue;
    capture.push_back(found->second);
    both.push_back(injection.back() + capture.back());
  }
  for (const auto& [name, part] : {std::pair{"p50", 0.5}, {"p99", 0.99}}) {
    measures[fmt::format("1 action jitter by the guard's clock {}, ms", name)] = percentile(injection, part);
    measures[fmt::format("3 capture {}, ms", name)] = percentile(capture, part);
    measures[fmt::format("4 capture + injection of one step {}, ms", name)] = percentile(both, part);
  }
}

Measures measure_once(envs::desktop::LiveGame& world, session::Player& player, double seconds,
                      session::EpisodeSink* recorder, std::uint64_t index) {
  session::LiveConfig config;
  config.limit_s = seconds;
  session::LiveSession session(world, &player, config);
  static_cast<void>(world.step_reports());
  Witness witness(world.display());
  const session::EpisodeResult result = session.run(make_request(world.spec(), seconds, index), recorder);
  const int num_pressed = x11::num_pressed(x11::Connection(world.display()));

  Measures measures;
  measures["0 from picture to answer p50, ms"] = percentile(result.latencies_ms, 0.5);
  measures["0 from picture to answer p99, ms"] = percentile(result.latencies_ms, 0.99);
  const std::vector<input::StepReport> reports = world.step_reports();
  const session::LiveStatistics& statistics = session.statistics();
  add_costs(reports, statistics, measures);
  const auto seen = seen_jitter(reports, witness.finish(), period_of(world.spec().action_rate_hz));
  measures["2 action jitter seen by another X client p50, ms"] = percentile(seen, 0.5);
  measures["2 action jitter seen by another X client p99, ms"] = percentile(seen, 0.99);
  measures["5 actions seen by another X client, count"] = static_cast<double>(seen.size());
  measures["6 missed answers, %"] = 100.0 * static_cast<double>(result.num_misses) /
                                    static_cast<double>(std::max<std::uint64_t>(result.num_questions, 1));
  measures["7 pictures lost, count"] = static_cast<double>(statistics.num_unkept + statistics.num_skipped_steps);
  measures["8 keys and buttons down at the end, seen by another X client, count"] = num_pressed;
  add_queue(statistics.num_waiting.kept(), measures);
  return measures;
}

std::vector<Figure> bench_world_live(const std::string& name, const LiveBenchConfig& config, int repeats) {
  WorldConfig chosen = config.world;
  if (!config.policy.empty() && chosen.action_rate_hz == 0.0)
    chosen.action_rate_hz = policy_contract(config.policy, {}).value_or(PolicyContract{}).action_rate_hz;
  const auto world = create_live_world(name, chosen);
  auto* game = dynamic_cast<envs::desktop::LiveGame*>(world.get());
  ATOLL_CHECK(game != nullptr, "world {} is no live game", name);
  const std::unique_ptr<session::Player> player =
      config.policy.empty() ? std::unique_ptr<session::Player>(std::make_unique<Wanderer>(game->spec().controls))
                            : create_policy_player(config.policy, {}, game->spec());
  const TemporaryFolder folder("atoll-bench");
  RunConfig run;
  run.record.video = true;
  std::unique_ptr<datasets::RecordingWriter> writer;
  std::optional<session::RecordingSink> sink;
  if (config.record) {
    writer = create_recording({.folder = folder.path() / "recording", .queue_s = 2.0}, game->spec(), run);
    sink.emplace(*writer, true);
  }
  std::map<std::string, std::vector<double>> values;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const Measures measures = measure_once(*game, *player, config.seconds / repeats, sink ? &*sink : nullptr,
                                           static_cast<std::uint64_t>(repeat));
    for (const auto& [figure, value] : measures) values[figure].push_back(value);
  }
  if (writer) values["7 dropped by the recorder in all repeats, count"] = {static_cast<double>(writer->close().drops)};

  std::vector<Figure> figures;
  for (auto& [figure, all] : values) {
    const std::size_t comma = figure.rfind(", ");
    figures.push_back(
        make_figure(fmt::format("{}: {}", name, figure.substr(2, comma - 2)), figure.substr(comma + 2), all));
  }
  return figures;
}

}  // namespace

std::vector<Figure> bench_live(const BenchOptions& options) {
  LiveBenchConfig config;
  config_document(options).read(config);
  std::vector<Figure> figures;
  for (const std::string& name : config.worlds) {
    for (Figure& figure : bench_world_live(name, config, options.repeats)) figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace atl::tools
