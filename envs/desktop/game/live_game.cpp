#include "envs/desktop/game/live_game.h"

#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/error.h"
#include "core/files.h"
#include "envs/desktop/game/game_judge.h"
#include "input/guard.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <fmt/ranges.h>

#include <cstring>
#include <mutex>
#include <optional>

namespace atl::envs::desktop {
namespace {

constexpr Duration kLookPeriod = std::chrono::milliseconds(50);  // between looks whether a starting program still runs

Duration from_seconds(double seconds) { return Duration(static_cast<std::int64_t>(seconds * 1e9)); }

// A picture that is all one colour is what windows show before the program has drawn.
bool is_blank(ImageView picture) {
  for (int y = 0; y < picture.height_px; ++y) {
    for (int x = 0; x < picture.width_px; ++x) {
      if (std::memcmp(picture.row(y) + std::ptrdiff_t{kBytesPerPixel} * x, picture.data, 3) != 0) return false;
    }
  }
  return true;
}

EnvironmentSpec spec_of(const GameProfile& profile, const LiveGameConfig& config) {
  EnvironmentSpec spec;
  spec.frame = {profile.window.width_px, profile.window.height_px};
  spec.action_rate_hz = config.action_rate_hz;
  spec.controls = profile.game.controls;
  spec.tasks = profile.tasks.families;
  spec.facts = source_facts(profile);
  spec.facts.action_rate_hz = config.action_rate_hz;
  return spec;
}

GameProfile require_complete(GameProfile profile) {
  if (const auto missing = missing_parts(profile); !missing.empty())
    fail(ErrorKind::kEnvironment, "world {} cannot be started here: {}", profile.name, fmt::join(missing, "; "));
  return profile;
}

ProcessConfig process_of(const GameProfile& profile, const std::filesystem::path& home, const std::string& display) {
  ProcessConfig config;
  for (const std::string& part : profile.program.command) config.command.push_back(fill_placeholders(part, home));
  config.search = profile.program.search;
  config.environment = {"HOME=" + home.string()};
  for (const std::string& part : profile.program.environment)
    config.environment.push_back(fill_placeholders(part, home));
  config.environment.push_back("DISPLAY=" + display);
  config.working_folder = home;
  config.log = home / "game.log";
  config.pipes = profile.program.talks;
  return config;
}

input::GuardSettings guard_settings(const GameProfile& profile, const LiveGameConfig& config,
                                    const std::string& display, std::uint32_t window) {
  input::GuardSettings settings;
  settings.display = display;
  settings.window = window;
  settings.action_rate_hz = config.action_rate_hz;
  settings.allowed = controls_named(profile.game.controls);
  settings.allow_pointer = profile.game.cursor != "hidden";
  settings.human_idle = config.human_idle;
  settings.origin = config.origin;
  return settings;
}

}  // namespace

// Members end in reverse order: first the guard lets go of every key, then the source, then the program.
struct LiveGame::Run {
  TemporaryFolder home{"atoll-game"};
  std::unique_ptr<ChildProcess> process;
  capture::WindowMatch window;
  std::unique_ptr<capture::FrameSource> source;
  std::unique_ptr<input::GuardClient> guard;

  // Blocks until the program's window is there.
  void find_window(const GameProfile& profile, const std::string& display, Timestamp deadline) {
    const capture::WindowQuery query{
        .pid = process->pid(), .window_class = profile.window.window_class, .title = profile.window.title};
    for (;;) {
      const Timestamp look = std::min(deadline, MonotonicClock::now() + kLookPeriod);
      if (const auto match = capture::wait_window(display, query, look)) {
        window = *match;
        return;
      }
      check_running(profile, "before its window appeared");
      if (MonotonicClock::now() >= deadline)
        fail(ErrorKind::kEnvironment, "{} showed no window ({}) within {} s; it said:\n{}", profile.name,
             capture::to_string(query), profile.program.start_timeout_s, process->log_tail());
    }
  }

  // Blocks until the window shows more than one colour. False if it was closed: some programs open another one then.
  [[nodiscard]] bool wait_picture(const GameProfile& profile, Timestamp deadline) {
    Frame frame;
    while (MonotonicClock::now() < deadline) {
      const capture::FrameStatus status =
          source->wait_frame(std::min(deadline, MonotonicClock::now() + kLookPeriod), frame);
      if (status == capture::FrameStatus::kFrame && !is_blank(frame.view())) return true;
      if (status == capture::FrameStatus::kGone) return false;
      check_running(profile, "before it drew");
    }
    fail(ErrorKind::kEnvironment, "{} drew nothing within {} s; it said:\n{}", profile.name,
         profile.program.start_timeout_s, process->log_tail());
  }

  void check_running(const GameProfile& profile, std::string_view when) {
    if (const auto status = process->poll_exit())
      fail(ErrorKind::kEnvironment, "{} ended {}: {}; it said:\n{}", profile.name, when, to_string(*status),
           process->log_tail());
  }
};

// The judge is asked by the thread that observes and by the one that wants the outcome.
struct LiveGame::Judging {
  std::mutex mutex;
  std::unique_ptr<GameJudge> judge;  // guarded by mutex
  bool window_gone = false;          // guarded by mutex
};

LiveGame::LiveGame(GameProfile profile, const LiveGameConfig& config)
    : profile_(require_complete(std::move(profile))),
      config_(config),
      spec_(spec_of(profile_, config)),
      display_(config.display, spec_.frame),
      judging_(std::make_unique<Judging>()) {
  judging_->judge = create_judge(profile_);
}

LiveGame::~LiveGame() = default;

std::string LiveGame::reset(std::uint64_t seed, const Task& task) {
  display_.check();
  {
    const std::lock_guard lock(judging_->mutex);
    judging_->judge->begin(task);
    judging_->window_gone = false;
  }
  const bool stays = profile_.program.talks && run_ && !run_->process->poll_exit();
  if (stays) {
    run_->guard->stop();
  } else {
    run_.reset();
    start_run();
  }
  begin_episode(seed, task);
  return task.instruction.empty() && !task.target.empty() ? task.family + " the " + task.target : task.instruction;
}

void LiveGame::start_run() {
  const Timestamp deadline = MonotonicClock::now() + from_seconds(profile_.program.start_timeout_s);
  auto run = std::make_unique<Run>();
  write_profile_files(profile_, run->home.path());
  run->process = std::make_unique<ChildProcess>(process_of(profile_, run->home.path(), display_.name()));
  do {
    run->find_window(profile_, display_.name(), deadline);
    run->source = capture::create_x11_window_source({.display = display_.name(), .window = run->window.id});
  } while (!run->wait_picture(profile_, deadline));
  const x11::Connection connection(display_.name());
  x11::focus_window(connection, run->window.id);
  run->guard = std::make_unique<input::GuardClient>(guard_settings(profile_, config_, display_.name(), run->window.id),
                                                    config_.guard);
  run_ = std::move(run);
}

void LiveGame::begin_episode(std::uint64_t /*seed*/, const Task& task) {
  time_limit_s_ = task.time_limit_s > 0 ? task.time_limit_s : profile_.tasks.time_limit_s;
  deadline_ = MonotonicClock::now() + from_seconds(time_limit_s_);
}

std::optional<Frame> LiveGame::observe(Timestamp deadline) {
  ATOLL_CHECK(run_ != nullptr, "observe before reset");
  Frame frame;
  const capture::FrameStatus status = run_->source->wait_frame(deadline, frame);
  const std::lock_guard lock(judging_->mutex);
  if (status == capture::FrameStatus::kGone) judging_->window_gone = true;
  if (status != capture::FrameStatus::kFrame) return std::nullopt;
  judging_->judge->see(frame);
  return frame;
}

void LiveGame::schedule(const TimedChunk& chunk) {
  ATOLL_CHECK(run_ != nullptr, "schedule before reset");
  run_->guard->schedule(chunk);
}

std::vector<InputEvent> LiveGame::events() {
  ATOLL_CHECK(run_ != nullptr, "events before reset");
  return run_->guard->events();
}

Outcome LiveGame::truncated(Verdict verdict, std::string reason) const {
  Outcome outcome;
  outcome.truncated = true;
  outcome.verdict = verdict;
  outcome.reason = std::move(reason);
  return outcome;
}

Outcome LiveGame::outcome() {
  ATOLL_CHECK(run_ != nullptr, "outcome before reset");
  const std::lock_guard lock(judging_->mutex);
  const Outcome& judged = judging_->judge->outcome();
  if (judged.is_over()) return judged;
  if (const auto status = run_->process->poll_exit())
    return truncated(Verdict::kAborted, profile_.name + " ended: " + to_string(*status));
  if (judging_->window_gone) return truncated(Verdict::kAborted, "the window of " + profile_.name + " was closed");
  if (MonotonicClock::now() >= deadline_)
    return truncated(Verdict::kTimeout, fmt::format("the time of {} s is up", time_limit_s_));
  return judged;
}

pid_t LiveGame::game_pid() const { return run_ ? run_->process->pid() : 0; }

const std::string& LiveGame::display() const { return display_.name(); }

std::unique_ptr<LiveEnvironment> create_live_game(const std::string& name_or_path, const LiveGameConfig& config) {
  return std::make_unique<LiveGame>(load_profile(name_or_path), config);
}

}  // namespace atl::envs::desktop
