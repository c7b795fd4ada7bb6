#include "tools/live_run.h"

#include "core/log.h"
#include "core/stop.h"
#include "envs/again.h"
#include "session/recording_sink.h"
#include "tools/percentile.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace atl::tools {
namespace {

constexpr int kEncoderQueue = 30;  // pictures: two seconds at the default rate

nlohmann::ordered_json to_json(const session::EpisodeRequest& request, const session::EpisodeResult& result) {
  return {{"seed", request.seed},
          {"task", request.task.family},
          {"instruction", result.told_instruction},
          {"verdict", to_string(result.verdict)},
          {"reason", result.reason},
          {"steps", result.num_steps},
          {"questions", result.num_questions},
          {"misses", result.num_misses},
          {"latency_ms", percentile(result.latencies_ms, 0.5)}};
}

std::uint64_t sum(const LiveReport& report, std::uint64_t session::EpisodeResult::*member) {
  std::uint64_t total = 0;
  for (const session::EpisodeResult& result : report.results) total += result.*member;
  return total;
}

}  // namespace

LiveReport run_live(const LiveRun& run) {
  // The policy's rate is the world's: contracts are equal or refused.
  WorldConfig world_config = run.config.world;
  const bool is_person = run.player == "human";
  world_config.for_person = is_person;
  if (!is_person && world_config.action_rate_hz == 0.0) {
    const std::optional<PolicyContract> contract = policy_contract(run.player, run.config.policy);
    if (contract) world_config.action_rate_hz = contract->action_rate_hz;
  }
  const std::unique_ptr<envs::LiveEnvironment> world = create_live_world(run.world, world_config);
  std::unique_ptr<session::Player> player;
  if (!is_person) player = create_policy_player(run.player, run.config.policy, world->spec());
  session::LiveSession session(*world, player.get(), run.config.live);

  std::unique_ptr<datasets::RecordingWriter> writer;
  std::optional<session::RecordingSink> sink;
  if (!run.out.empty()) {
    writer = create_recording(run.out, world->spec(), run.config, kEncoderQueue);
    sink.emplace(*writer, true);
  }
  LiveReport report;
  report.measured_latency_ms = session.measured_latency_ms();
  const Timestamp begin = MonotonicClock::now();
  for (std::uint64_t i = 0; i < run.episodes && !stop_requested();) {
    const session::EpisodeRequest request = resolve_request(run.world, run.source.request(i));
    const session::EpisodeResult result = session.run(request, sink ? &*sink : nullptr);
    report.requests.push_back(request);
    report.results.push_back(result);
    const bool is_repeated = result.verdict == envs::Verdict::kAborted && result.reason == envs::kWantedAgain;
    if (!is_repeated) report.summary.episodes = ++i;
    report.summary.successes += result.verdict == envs::Verdict::kSuccess ? 1 : 0;
    report.summary.seconds = to_seconds(MonotonicClock::now() - begin);
    show_progress(progress_line(run.command, report.summary, run.episodes));
  }
  end_progress();
  if (writer) report.recording = writer->close();
  report.statistics = session.statistics();
  return report;
}

void print_report(const LiveRun& run, const LiveReport& report, bool json) {
  const std::uint64_t questions = sum(report, &session::EpisodeResult::num_questions);
  const std::uint64_t misses = sum(report, &session::EpisodeResult::num_misses);
  std::vector<double> latencies;
  for (const session::EpisodeResult& result : report.results)
    latencies.insert(latencies.end(), result.latencies_ms.begin(), result.latencies_ms.end());
  if (json) {
    nlohmann::ordered_json episodes = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < report.results.size(); ++i)
      episodes.push_back(to_json(report.requests[i], report.results[i]));
    const nlohmann::ordered_json object = {{"world", run.world},
                                           {"player", run.player},
                                           {"out", run.out.string()},
                                           {"episodes", episodes},
                                           {"successes", report.summary.successes},
                                           {"questions", questions},
                                           {"misses", misses},
                                           {"latency_ms_p50", percentile(latencies, 0.5)},
                                           {"latency_ms_p99", percentile(latencies, 0.99)},
                                           {"schedule_ms_p99", percentile(report.statistics.schedule_ms, 0.99)},
                                           {"jitter_ms_p99", percentile(report.statistics.jitter_ms, 0.99)},
                                           {"inject_ms_p99", percentile(report.statistics.inject_ms, 0.99)},
                                           {"pictures_unchanged", report.statistics.num_heartbeats},
                                           {"pictures_unseen", report.statistics.num_unseen},
                                           {"pictures_dropped", report.statistics.num_unkept},
                                           {"steps_skipped", report.statistics.num_skipped_steps}};
    fmt::print("{}\n", object.dump());
    return;
  }
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const session::EpisodeResult& result = report.results[i];
    fmt::print("{:>4}  {:<12} \"{}\": {} ({} steps)\n", i, to_string(result.verdict), result.told_instruction,
               result.reason, result.num_steps);
  }
  fmt::print("{} of {} episodes succeeded", report.summary.successes, report.summary.episodes);
  if (questions > 0)
    fmt::print("; {} of {} answers missed their step, latency {:.1f} ms (median), {:.1f} ms (p99)", misses, questions,
               percentile(latencies, 0.5), percentile(latencies, 0.99));
  fmt::print("\n");
  if (report.recording) fmt::print("recording: {}\n", run.out.string());
}

}  // namespace atl::tools
