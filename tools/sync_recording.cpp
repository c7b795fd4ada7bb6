#include "tools/sync_recording.h"

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "envs/desktop/game/live_game.h"
#include "input/sink.h"
#include "session/live_session.h"
#include "session/recording_sink.h"
#include "tools/run_config.h"

#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace atl::tools {
namespace {

constexpr double kQuietEnd_s = 1.0;
// Between two presses or releases of the person: at any time against the pictures, some closer together than these.
constexpr std::int32_t kLeastPause_us = 4'000;
constexpr std::int32_t kMostPause_us = 40'000;
const std::vector<std::string> kKeys{"w", "a", "s", "d", "e"};

envs::desktop::GameProfile flash_profile(const SyncConfig& config, const std::filesystem::path& log) {
  envs::desktop::GameProfile profile;
  profile.name = "flash";
  profile.title = "A window that answers each key at once";
  profile.program.command = {"{bin}/atoll_flash",
                             "--log",
                             log.string(),
                             "--width",
                             std::to_string(config.size.width_px),
                             "--height",
                             std::to_string(config.size.height_px)};
  profile.window.width_px = config.size.width_px;
  profile.window.height_px = config.size.height_px;
  profile.game.frame_rate_hz = config.rate_hz;
  profile.game.action_rate_hz = config.action_rate_hz;
  profile.game.controls = kKeys;
  profile.tasks.time_limit_s = 2 * (config.seconds + kQuietEnd_s);  // the session ends first
  return profile;
}

// Presses and releases keys at random times on a connection of its own: for the guard, a person.
class Presser {
 public:
  Presser(std::string display, double seconds, std::uint64_t seed)
      : thread_([this, display = std::move(display), seconds, seed](const std::stop_token& stop) {
          try {
            press(stop, display, seconds, seed);
          } catch (...) {
            error_ = std::current_exception();
          }
        }) {}

  // Returns when it has let go of everything. Throws what went wrong.
  void finish() {
    thread_.request_stop();
    thread_.join();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  static void press(const std::stop_token& stop, const std::string& display, double seconds, std::uint64_t seed) {
    const auto sink = input::create_x11_sink({.display = display});
    Random random(seed);
    SystemClock clock;
    ControlSet held;
    Timestamp next = clock.now();
    const Timestamp end = next + from_seconds(seconds);
    while (next < end && !stop.stop_requested()) {
      clock.sleep_until(next);
      const Control key = control_named(kKeys[random.below(static_cast<std::uint32_t>(kKeys.size()))]);
      held.flip(static_cast<std::size_t>(index_of(key)));
      InputEvent event;
      event.kind = InputKind::kControl;
      event.control = key;
      event.pressed = held.test(static_cast<std::size_t>(index_of(key)));
      sink->send({&event, 1});
      next = clock.now() + std::chrono::microseconds(random.between(kLeastPause_us, kMostPause_us));
    }
    sink->release_all();
  }

  std::exception_ptr error_;  // the thread's until it was joined
  std::jthread thread_;
};

// The agent: a key changes at every step.
class FlashAgent final : public session::Player {
 public:
  explicit FlashAgent(std::uint64_t num_steps) : num_steps_(num_steps) {}
  [[nodiscard]] std::string name() const override { return "sync agent"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] session::PlayerTiming timing() const override { return {4, 2}; }
  void begin(std::uint64_t seed) override { random_ = Random(seed); }
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& held_before) override {
    std::vector<Action> answer(kChunkActions);
    if (observation.step >= num_steps_) return answer;  // lets go
    ControlSet held = held_before;
    for (Action& action : answer) {
      const Control key = control_named(kKeys[random_.below(static_cast<std::uint32_t>(kKeys.size()))]);
      action.held = held;
      if (held.test(static_cast<std::size_t>(index_of(key))))
        action.held.reset(static_cast<std::size_t>(index_of(key)));
      else
        hold(action, key, held);
      held = action.held;
    }
    return answer;
  }

 private:
  const std::uint64_t num_steps_;
  Random random_{0};
};

// Passes an episode on, and tells when it begins.
class BeginTeller final : public session::EpisodeSink {
 public:
  BeginTeller(session::EpisodeSink& sink, std::function<void()> on_begin)
      : sink_(sink), on_begin_(std::move(on_begin)) {}
  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override {
    sink_.begin(start, instruction);
    on_begin_();
  }
  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override { sink_.add_frame(entry, pixels); }
  void add_action(const datasets::RecordedAction& action) override { sink_.add_action(action); }
  void add_event(const InputEvent& event) override { sink_.add_event(event); }
  void add_drop(const datasets::DropNote& drop) override { sink_.add_drop(drop); }
  void end(const datasets::EpisodeEnd& end, const Instruction& instruction) override { sink_.end(end, instruction); }

 private:
  session::EpisodeSink& sink_;
  const std::function<void()> on_begin_;
};

void require_whole(const session::EpisodeResult& result) {
  if (result.verdict != envs::Verdict::kTimeout)
    fail(ErrorKind::kEnvironment, "the sync recording was cut short: {} ({})", to_string(result.verdict),
         result.reason);
}

}  // namespace

SyncRecording record_sync(const SyncConfig& config, const std::filesystem::path& folder) {
  const TemporaryFolder logs("atoll-sync");
  const std::filesystem::path log = logs.path() / "flash.log";
  envs::desktop::LiveGameConfig game;
  game.display =
      config.display == "virtual" ? envs::desktop::DisplayChoice::kVirtual : envs::desktop::DisplayChoice::kDesktop;
  envs::desktop::LiveGame world(flash_profile(config, log), game);

  RunConfig run;
  run.record.video = true;
  run.live.limit_s = config.seconds + kQuietEnd_s;
  run.live.frame_rate_hz = config.rate_hz;
  const auto writer = create_recording({.folder = folder, .queue_s = 2.0}, world.spec(), run, config.rate_hz);
  session::RecordingSink sink(*writer, true);
  session::EpisodeRequest request;
  request.task.instruction = "press keys";
  request.task.time_limit_s = 2 * run.live.limit_s;

  std::optional<Presser> person;
  BeginTeller with_person(sink, [&] { person.emplace(world.display(), config.seconds, config.seed); });
  session::LiveSession watched(world, nullptr, run.live);
  require_whole(watched.run(request, &with_person));
  person->finish();

  FlashAgent agent(static_cast<std::uint64_t>(config.seconds * config.action_rate_hz));
  session::LiveSession played(world, &agent, run.live);
  request.player_seed = config.seed;
  require_whole(played.run(request, &sink));
  writer->close();
  return {envs::desktop::read_flash_log(log), {"person", "agent"}, world.display()};
}

}  // namespace atl::tools
