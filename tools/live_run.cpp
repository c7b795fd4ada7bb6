#include "tools/live_run.h"

#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "envs/wishes.h"
#include "session/demo_player.h"
#include "session/live_expert_player.h"
#include "session/recording_sink.h"
#include "tools/percentile.h"
#include "tools/recorded_sound.h"
#include "tools/scripts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace atl::tools {
namespace {

constexpr const char* kMarkText = "marked by the person at the recorder";
constexpr Duration kWishLook = std::chrono::milliseconds(100);  // between looks whether to stop
constexpr const char* kExpert = "expert";
// Pictures that may wait for the encoder. They are lost by a kill, with the quarter of a second of video that is not
// closed.
constexpr double kEncoderQueue_s = 0.4;
// Of a script: every answer reaches two questions far, so that one that is late leaves no hole.
constexpr session::PlayerTiming kScriptTiming{4, kScriptDelay};

nlohmann::ordered_json to_json(const LiveReport& report, std::size_t index) {
  const session::EpisodeRequest& request = report.requests[index];
  const session::EpisodeResult& result = report.results[index];
  nlohmann::ordered_json json = {{"seed", request.seed},
                                 {"task", request.task.family},
                                 {"instruction", result.told_instruction},
                                 {"verdict", to_string(result.verdict)},
                                 {"reason", result.reason},
                                 {"steps", result.num_steps},
                                 {"questions", result.num_questions},
                                 {"misses", result.num_misses},
                                 {"latency_ms", percentile(result.latencies_ms, 0.5)}};
  if (report.is_repeated[index]) json["repeated"] = true;
  if (!report.expected.empty()) json["expected"] = report.expected[index];
  return json;
}

std::uint64_t num_as_expected(const LiveReport& report) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < report.expected.size(); ++i)
    count += report.expected[i] == to_string(report.results[i].verdict) ? 1 : 0;
  return count;
}

std::uint64_t sum(const LiveReport& report, std::uint64_t session::EpisodeResult::*member) {
  std::uint64_t total = 0;
  for (const session::EpisodeResult& result : report.results) total += result.*member;
  return total;
}

// Plays what a script says, episode by episode; null where there is none.
std::unique_ptr<session::DemoPlayer> create_demo(const Script* script) {
  if (script == nullptr) return nullptr;
  return std::make_unique<session::DemoPlayer>(script->name(), std::vector<Action>{}, kScriptTiming, script->origin());
}

// Whatever decides while the world runs; null for a person and where there is a script.
std::unique_ptr<session::Player> create_decider(const LiveRun& run, const Script* script,
                                                envs::LiveEnvironment& world) {
  if (run.player == "human" || script != nullptr) return nullptr;
  if (run.player == kExpert) return std::make_unique<session::LiveExpertPlayer>(world, run.config.expert.style());
  return create_policy_player(run.player, run.config.policy, world.spec());
}

std::uint64_t num_episodes(const LiveRun& run, const Script* script) {
  const std::uint64_t most = script != nullptr ? script->num_episodes() : 0;
  if (run.episodes == 0) return std::max<std::uint64_t>(most, 1);
  if (most > 0 && run.episodes > most) {
    fail(ErrorKind::kUsage, "{} has {} episodes to play again, --episodes asks for {}", run.player, most, run.episodes);
  }
  return run.episodes;
}

WorldConfig world_config(const LiveRun& run, const Script* script) {
  WorldConfig config = run.config.world;
  config.for_person = run.player == "human";
  if (script != nullptr) config.origin = script->origin();
  if (run.player == kExpert) config.origin = Origin::kExpert;
  // The policy's rate is the world's: contracts are equal or refused.
  if (!config.for_person && run.player != kExpert && script == nullptr && config.action_rate_hz == 0.0) {
    const std::optional<PolicyContract> contract = policy_contract(run.player, run.config.policy);
    if (contract) config.action_rate_hz = contract->action_rate_hz;
  }
  return config;
}

std::unique_ptr<SetterRun> create_setter(const LiveRun& run) {
  return run.setter.serve ? start_setter(run.setter, run.world) : nullptr;
}

// With a setter the world shows them its pictures, and they show the player their words.
std::unique_ptr<envs::LiveEnvironment> with_setter(std::unique_ptr<envs::LiveEnvironment> world, SetterRun* setter) {
  if (setter == nullptr) return world;
  setter->show_beside(*world);
  return setter->room().join(std::move(world));
}

std::unique_ptr<session::Player> with_setter(std::unique_ptr<session::Player> player, SetterRun* setter) {
  return setter == nullptr || player == nullptr ? std::move(player) : setter->room().join(std::move(player));
}

session::LiveConfig live_config(const LiveRun& run, const envs::EnvironmentSpec& world) {
  session::LiveConfig config = run.config.live;
  const bool is_playhouse = playhouse_window_named(run.world).has_value();
  if (!run.out.empty())
    config.frame_rate_hz = recorded_frame_rate(run.config.record, world, run.player == "human", is_playhouse);
  config.watch = run.config.record.watch;
  return config;
}

std::unique_ptr<RecorderDesk> create_desk(const LiveRun& run, const envs::EnvironmentSpec& world,
                                          std::function<void()> on_mark, const RecordedSound* sound) {
  if (run.out.empty()) return nullptr;
  const RecordConfig& record = run.config.record;
  const std::string& name = world.facts.world;
  // On Wayland a display hears only what goes to its own windows, and they would be part of the shared picture.
  const bool is_portal = name.starts_with(kPortal);
  DeskConfig desk{.hotkeys = record.hotkeys,
                  .has_screen = run.config.world.display == "desktop",
                  .has_indicator = record.indicator && !is_portal,
                  .hears_devices = is_portal,
                  .on_mark = std::move(on_mark)};
  if (sound != nullptr) desk.more_warnings = [sound] { return sound->warnings(); };
  const bool has_profile = !is_portal && !name.starts_with(kAnyWindow);
  const std::vector<std::string> problems =
      problems_of(desk.hotkeys, has_profile ? world.controls : std::vector<std::string>{});
  if (!problems.empty()) fail(ErrorKind::kConfig, "{}", fmt::join(problems, "\n"));
  return create_recorder_desk(std::move(desk));
}

std::string text_of_sound(const LiveRun& run, const datasets::RecordingSummary& recording) {
  if (!run.config.record.audio) return "";
  return fmt::format(", {:.1f} s of sound, {} losses", recording.audio_seconds, recording.audio_losses);
}

// One call of run_live.
class LivePlay {
 public:
  explicit LivePlay(const LiveRun& run)
      : run_(run),
        script_(create_script(run.player, run.world, run.source, run.config)),
        num_episodes_(num_episodes(run, script_.get())),
        setter_(create_setter(run)),
        world_(with_setter(create_live_world(run.world, world_config(run, script_.get())), setter_.get())),
        demo_(create_demo(script_.get())),
        decider_(with_setter(create_decider(run, script_.get(), *world_), setter_.get())),
        sound_(run.out.empty() ? nullptr : create_recorded_sound(run.config.record)),
        desk_(create_desk(
            run, world_->spec(), [this] { mark(); }, sound_.get())),
        live_(live_config(run, world_->spec())),
        session_(*world_, demo_ ? demo_.get() : decider_.get(), live_, desk_.get()) {
    report_.world = world_->spec().facts.world;
    report_.measured_latency_ms = session_.measured_latency_ms();
    if (!run.out.empty()) {
      writer_ = create_recording({.folder = run.out, .go_on = run.go_on, .queue_s = kEncoderQueue_s}, world_->spec(),
                                 run.config, live_.frame_rate_hz);
      sink_.emplace(*writer_, true);
      if (sound_ != nullptr) sound_sink_ = sound_->join(*sink_, *writer_);
    }
    if (setter_ != nullptr) setter_sink_ = join_setter();
  }

  LiveReport play() {
    try {
      play_all();
      if (writer_) report_.recording = writer_->close();
    } catch (const Error& error) {
      if (desk_) desk_->tell_end(error.what());
      throw;
    }
    report_.statistics = session_.statistics();
    return std::move(report_);
  }

 private:
  void play_all() {
    std::optional<session::EpisodeRequest> request = next_request();
    while (request && !stop_requested()) {
      play_episode(*request);
      show_progress(progress_line(run_.command, report_.summary, num_episodes_ + num_asked_));
      request = request_after(*request, wish_after());
    }
    end_progress();
  }

  std::unique_ptr<session::EpisodeSink> join_setter() {
    return setter_->room().join(recording_sink(), [this](const Instruction& instruction) {
      if (writer_) writer_->instruction(instruction);
    });
  }

  [[nodiscard]] session::EpisodeSink* sink() { return setter_sink_ != nullptr ? setter_sink_.get() : recording_sink(); }

  [[nodiscard]] session::EpisodeSink* recording_sink() {
    if (sound_sink_ != nullptr) return sound_sink_.get();
    return sink_ ? &*sink_ : nullptr;
  }

  void mark() {
    if (writer_) writer_->mark({MonotonicClock::now(), kMarkText});
  }

  // Of those that were asked for at the start; nothing after the last.
  std::optional<session::EpisodeRequest> next_request() {
    if (next_ == num_episodes_) return std::nullopt;
    const std::uint64_t index = next_++;
    if (!script_) return resolve_request(run_.world, run_.source.request(index));
    ScriptedEpisode episode = script_->episode(index);
    demo_->set_actions(std::move(episode.actions));
    report_.expected.push_back(std::move(episode.verdict));
    return std::move(episode.request);
  }

  // What a person asks for in the course of play comes on top of what was asked for at the start.
  std::optional<session::EpisodeRequest> request_after(const session::EpisodeRequest& last, const envs::Wish& wish) {
    if (report_.results.back().reason == session::kDiscarded) {
      count(-1);
      if (wish.kind == envs::WishKind::kEnough) return std::nullopt;
      return last;
    }
    switch (wish.kind) {
      case envs::WishKind::kEnough: return std::nullopt;
      case envs::WishKind::kAgain: count(-1); return last;
      case envs::WishKind::kHere:
        ++num_asked_;
        return session::EpisodeRequest{
            .seed = last.seed, .task = wish.task, .player_seed = last.player_seed, .goes_on = true};
      case envs::WishKind::kNext: break;
    }
    return next_request();
  }

  void play_episode(const session::EpisodeRequest& request) {
    session::EpisodeResult result = session_.run(request, sink());
    report_.requests.push_back(request);
    report_.results.push_back(std::move(result));
    report_.is_repeated.push_back(false);
    count(1);
    if (run_.on_episode && !request.goes_on) run_.on_episode(next_ - 1, request, report_.results.back());
    report_.summary.seconds = to_seconds(MonotonicClock::now() - begin_);
  }

  // Takes the last episode into the summary, or out of it: an attempt that is repeated does not count.
  void count(int sign) {
    const auto add = [&](std::uint64_t& sum) { sign > 0 ? ++sum : --sum; };
    report_.is_repeated.back() = sign < 0;
    add(report_.summary.episodes);
    if (report_.results.back().verdict == envs::Verdict::kSuccess) add(report_.summary.successes);
  }

  // A person looks at how it ended and says when and how it goes on.
  [[nodiscard]] envs::Wish wish_after() const {
    envs::Wishes* wishes = world_->wishes();
    if (wishes == nullptr) return {envs::WishKind::kNext};
    while (!stop_requested()) {
      if (auto wish = wishes->wait_wish(MonotonicClock::now() + kWishLook)) return *std::move(wish);
    }
    return {envs::WishKind::kEnough};
  }

  const LiveRun& run_;
  const std::unique_ptr<Script> script_;
  const std::uint64_t num_episodes_;
  const std::unique_ptr<SetterRun> setter_;  // null: there is none
  const std::unique_ptr<envs::LiveEnvironment> world_;
  const std::unique_ptr<session::DemoPlayer> demo_;
  const std::unique_ptr<session::Player> decider_;
  const std::unique_ptr<RecordedSound> sound_;  // null where none is recorded
  const std::unique_ptr<RecorderDesk> desk_;    // null where nothing is recorded
  const session::LiveConfig live_;
  session::LiveSession session_;
  std::unique_ptr<datasets::RecordingWriter> writer_;
  std::optional<session::RecordingSink> sink_;
  std::unique_ptr<session::EpisodeSink> sound_sink_;   // around sink_; null without sound
  std::unique_ptr<session::EpisodeSink> setter_sink_;  // around these
  std::uint64_t next_ = 0;                             // of the episodes asked for at the start
  std::uint64_t num_asked_ = 0;                        // in the course of play
  LiveReport report_;
  const Timestamp begin_ = MonotonicClock::now();
};

}  // namespace

LiveReport run_live(const LiveRun& run) { return LivePlay(run).play(); }

void print_report(const LiveRun& run, const LiveReport& report, bool json) {
  const std::uint64_t questions = sum(report, &session::EpisodeResult::num_questions);
  const std::uint64_t misses = sum(report, &session::EpisodeResult::num_misses);
  std::vector<double> latencies;
  for (const session::EpisodeResult& result : report.results)
    latencies.insert(latencies.end(), result.latencies_ms.begin(), result.latencies_ms.end());
  if (json) {
    nlohmann::ordered_json episodes = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < report.results.size(); ++i) episodes.push_back(to_json(report, i));
    const nlohmann::ordered_json object = {{"world", run.world},
                                           {"player", run.player},
                                           {"out", run.out.string()},
                                           {"episodes", episodes},
                                           {"successes", report.summary.successes},
                                           {"questions", questions},
                                           {"misses", misses},
                                           {"latency_ms_p50", percentile(latencies, 0.5)},
                                           {"latency_ms_p99", percentile(latencies, 0.99)},
                                           {"schedule_ms_p99", percentile(report.statistics.schedule_ms.kept(), 0.99)},
                                           {"jitter_ms_p99", percentile(report.statistics.jitter_ms.kept(), 0.99)},
                                           {"inject_ms_p99", percentile(report.statistics.inject_ms.kept(), 0.99)},
                                           {"pictures_unchanged", report.statistics.num_heartbeats},
                                           {"pictures_unseen", report.statistics.num_unseen},
                                           {"pictures_dropped", report.statistics.num_unkept},
                                           {"steps_skipped", report.statistics.num_skipped_steps},
                                           {"pictures", report.recording ? report.recording->frames : 0},
                                           {"drops", report.recording ? report.recording->drops : 0},
                                           {"audio_seconds", report.recording ? report.recording->audio_seconds : 0.0},
                                           {"audio_losses", report.recording ? report.recording->audio_losses : 0}};
    fmt::print("{}\n", object.dump());
    return;
  }
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const session::EpisodeResult& result = report.results[i];
    fmt::print("{:>4}  {:<12} \"{}\": {} ({} steps{})\n", i, to_string(result.verdict), result.told_instruction,
               result.reason, result.num_steps, report.is_repeated[i] ? ", repeated" : "");
  }
  fmt::print("{} of {} episodes succeeded", report.summary.successes, report.summary.episodes);
  if (!report.expected.empty()) fmt::print("; {} ended as expected", num_as_expected(report));
  if (questions > 0)
    fmt::print("; {} of {} answers missed their step, latency {:.1f} ms (median), {:.1f} ms (p99)", misses, questions,
               percentile(latencies, 0.5), percentile(latencies, 0.99));
  fmt::print("\n");
  if (report.recording) {
    const datasets::RecordingSummary& recording = *report.recording;
    fmt::print("recording: {} ({} episodes, {:.1f} s, {} pictures, {} dropped{})\n", run.out.string(),
               recording.episodes, recording.seconds, recording.frames, recording.drops, text_of_sound(run, recording));
  }
}

}  // namespace atl::tools
