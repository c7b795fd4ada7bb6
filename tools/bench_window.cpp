// `atoll bench window`: can a person's window of the full house show sixty pictures a second? What a picture costs to
// draw at some sizes and with each plan, and how real windows of these sizes keep their time on an own screen.
#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "core/frame.h"
#include "envs/desktop/game/child_process.h"
#include "envs/desktop/game/display.h"
#include "envs/desktop/playhouse_window/line_input.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/desktop/playhouse_window/view_picture.h"
#include "envs/playhouse/playhouse.h"
#include "input/sink.h"
#include "tools/bench.h"
#include "tools/bench_episodes.h"
#include "tools/percentile.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <variant>

namespace atl::tools {
namespace {

using envs::desktop::DrawPlan;
namespace playhouse = envs::playhouse;

constexpr std::array<FrameSize, 3> kSizes{{{640, 480}, {1280, 720}, {1920, 1080}}};
constexpr DrawPlan kSmooth{true, 1};
constexpr DrawPlan kPlain{false, 1};
constexpr int kStepsBetween = 15;  // of the episodes whose states are drawn
constexpr double kPlayed_s = 3.0;  // in a window, a repeat; before it, as long for the plan to settle
const playhouse::EpisodeOptions kFullHouse{.level = "full"};

// What the expert sees here and there in some episodes.
struct Scene {
  playhouse::Episode start;
  std::vector<playhouse::State> states;
};

std::vector<Scene> play_scenes() {
  std::vector<Scene> scenes;
  for (const BenchEpisode& played : record_bench_episodes(10, kFullHouse)) {
    Scene& scene = scenes.emplace_back(Scene{playhouse::create_episode(played.seed, {}, kFullHouse), {}});
    playhouse::World world(scene.start.house, scene.start.quest);
    for (std::size_t step = 0; step < played.actions.size() && !world.is_over(); ++step) {
      if (step % kStepsBetween == 0) scene.states.push_back(world.state());
      for (const playhouse::TickInput& input :
           playhouse::ticks_of(played.actions[step], world.state().players[0].held_keys)) {
        if (!world.is_over()) world.tick({input});
      }
    }
  }
  return scenes;
}

Figure bench_drawing(const std::vector<Scene>& scenes, FrameSize size, const DrawPlan& plan, const char* name,
                     int repeats) {
  envs::desktop::ViewPicture picture(size, plan, {});
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px));
  return repeat_figure(fmt::format("{}x{}: a {} picture", size.width_px, size.height_px, name), "ms", repeats, [&] {
    std::size_t count = 0;
    const Timestamp begin = MonotonicClock::now();
    for (const Scene& scene : scenes) {
      for (const playhouse::State& state : scene.states) {
        picture.draw(scene.start.house, state, 0, {pixels.data(), size.width_px, size.height_px}, 0, 0);
        ++count;
      }
    }
    return to_ms(MonotonicClock::now() - begin) / static_cast<double>(count);
  });
}

// A person's window on a screen of its own, in which somebody always walks and turns.
class Window {
 public:
  explicit Window(FrameSize view)
      : display_(envs::desktop::DisplayChoice::kVirtual, {view.width_px, view.height_px + 200}),
        process_(config_of(view)),
        events_(process_.stdout_fd()),
        sink_(input::create_x11_sink({.display = display_.name()})) {
    static_cast<void>(wait<envs::desktop::OpenedEvent>());
  }

  // One episode of `seconds`, as the window logged it.
  envs::desktop::LoggedEpisode play(std::uint64_t seed, double seconds) {
    const envs::Task task{.family = "build", .time_limit_s = seconds};
    if (!process_.write_line(to_line(envs::desktop::WindowCommand(envs::desktop::ResetCommand{seed, task}))))
      fail(ErrorKind::kEnvironment, "the window takes no commands: {}", process_.log_tail());
    static_cast<void>(wait<envs::desktop::ReadyEvent>());
    InputEvent walk;
    walk.control = control_named("w");
    walk.pressed = true;
    sink_->send(std::span(&walk, 1));
    InputEvent turn;
    turn.kind = InputKind::kRelativeMotion;
    turn.dx = 13;
    SystemClock clock;
    for (Timestamp next = clock.now();; next += std::chrono::milliseconds(8)) {
      clock.sleep_until(next);
      if (poll<envs::desktop::VerdictEvent>()) break;
      sink_->send(std::span(&turn, 1));
    }
    sink_->release_all();
    return envs::desktop::read_tick_log(folder_.path() / "ticks.jsonl").back();
  }

 private:
  envs::desktop::ProcessConfig config_of(FrameSize view) const {
    envs::desktop::ProcessConfig config;
    config.command = {(program_folder() / "atoll_playhouse").string(),
                      "--controlled",
                      "--person",
                      "--level",
                      "full",
                      "--scale",
                      "1",
                      "--width",
                      std::to_string(view.width_px),
                      "--height",
                      std::to_string(view.height_px),
                      "--keys",
                      (folder_.path() / "keys.toml").string(),
                      "--log",
                      (folder_.path() / "ticks.jsonl").string()};
    config.environment = {"DISPLAY=" + display_.name(), "SDL_VIDEODRIVER=x11", "SDL_AUDIODRIVER=dummy"};
    config.pipes = true;
    config.log = folder_.path() / "window.log";
    return config;
  }

  // The next event if it is a T and has come; others are passed over.
  template <class T>
  std::optional<T> poll() {
    while (const std::optional<std::string> line = events_.poll_line()) {
      envs::desktop::WindowEvent event = envs::desktop::parse_event(*line);
      if (auto* found = std::get_if<T>(&event)) return std::move(*found);
    }
    if (events_.is_ended()) fail(ErrorKind::kEnvironment, "the window ended: {}", process_.log_tail());
    return std::nullopt;
  }

  template <class T>
  T wait() {
    for (;;) {
      if (std::optional<T> event = poll<T>()) return *std::move(event);
      events_.wait_until(MonotonicClock::now() + std::chrono::milliseconds(20));
    }
  }

  const TemporaryFolder folder_{"atoll-bench"};
  envs::desktop::GameDisplay display_;
  envs::desktop::ChildProcess process_;
  envs::desktop::LineInput events_;
  std::unique_ptr<input::InputSink> sink_;
};

void bench_window_of(FrameSize size, const BenchOptions& options, std::vector<Figure>& figures) {
  Window window(size);
  std::map<std::string, std::vector<double>> values;
  for (int repeat = 0; repeat <= options.repeats; ++repeat) {
    const envs::desktop::LoggedEpisode log = window.play(static_cast<std::uint64_t>(repeat), kPlayed_s);
    if (repeat == 0) continue;  // the plan settles
    std::vector<double> waits;
    for (std::size_t tick = 1; tick < log.shown.size(); ++tick) {
      if (log.shown[tick] != Timestamp{} && log.shown[tick - 1] != Timestamp{})
        waits.push_back(to_ms(log.shown[tick] - log.shown[tick - 1]));
    }
    const auto shown = std::count_if(log.shown.begin(), log.shown.end(), [](Timestamp t) { return t != Timestamp{}; });
    values["ticks with a picture of their own, %"].push_back(100.0 * static_cast<double>(shown) /
                                                             static_cast<double>(log.shown.size()));
    values["from one picture to the next p50, ms"].push_back(percentile(waits, 0.5));
    values["from one picture to the next p99, ms"].push_back(percentile(waits, 0.99));
  }
  for (auto& [name, all] : values) {
    std::sort(all.begin(), all.end());
    const std::size_t comma = name.rfind(", ");
    figures.push_back({fmt::format("window {}x{}: {}", size.width_px, size.height_px, name.substr(0, comma)),
                       name.substr(comma + 2), all[all.size() / 2], all.front(), all.back()});
  }
}

}  // namespace

std::vector<Figure> bench_window(const BenchOptions& options) {
  std::vector<Figure> figures;
  const std::vector<Scene> scenes = play_scenes();
  for (const FrameSize size : kSizes) {
    figures.push_back(bench_drawing(scenes, size, kSmooth, "smooth", options.repeats));
    figures.push_back(bench_drawing(scenes, size, kPlain, "plain", options.repeats));
  }
  for (const FrameSize size : kSizes) bench_window_of(size, options, figures);
  return figures;
}

}  // namespace atl::tools
