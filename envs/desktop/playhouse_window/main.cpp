// atoll_playhouse: the built-in world as a window, for people and for capture. See protocol.h for --controlled.
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "envs/desktop/playhouse_window/window_loop.h"

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include <csignal>
#include <string>
#include <vector>

namespace {

std::vector<std::string> level_names() {
  std::vector<std::string> names;
  for (const atl::envs::playhouse::Level& level : atl::envs::playhouse::levels()) names.emplace_back(level.name);
  return names;
}

int run(int argc, char** argv) {
  using namespace atl;
  envs::desktop::WindowOptions options;
  options.seed = static_cast<std::uint64_t>(read_wall_anchor().wall_ns / 1'000'000'000);
  options.keys = envs::desktop::usual_keys_file();
  CLI::App app{"Playhouse in a window: F1 shows the keys, F10 lets the mouse go"};
  app.add_option("--width", options.frame.width_px, "of the frame that an agent sees, px")->capture_default_str();
  app.add_option("--height", options.frame.height_px, "px")->capture_default_str();
  app.add_option("--scale", options.scale, "window pixels per agent pixel; 0: 640 px wide or a little more")
      ->capture_default_str();
  app.add_flag("--agent-view", options.agent_view, "show exactly the agent's pixels, enlarged");
  app.add_flag("--fullscreen", options.fullscreen, "from the beginning; without --controlled, F11 changes it");
  app.add_option("--keys", options.keys, "TOML file of a person's keys; changed on the help page")
      ->capture_default_str();
  app.add_flag("--controlled", options.controlled, "take commands on stdin, tell events on stdout");
  app.add_flag("--person", options.person, "with --controlled: a person plays, and reads a strip of words");
  app.add_option("--log", options.log, "append every tick's input to this file");
  app.add_option("--seed", options.seed, "of the first episode; default: the time");
  app.add_option("--host", options.host, "a path: play with somebody whose window is told --join PATH; --level pair");
  app.add_option("--join", options.join, "the path of the host's window: play with them, as they decide");
  app.add_option("--level", options.episode.level, fmt::format("{}", fmt::join(level_names(), ", ")))
      ->capture_default_str();
  app.add_option("--reskin", options.episode.reskin, "another look of the same houses")->capture_default_str();
  app.add_option("--task", options.task.family, "family of tasks, as \"pick up\"; default: any that the level has");
  app.add_option("--instruction", options.task.instruction,
                 "what is to be done, in words; in each house from --seed on where it can be. T asks in the window");
  app.add_option("--split", options.task.split, fmt::format("{}", fmt::join(envs::playhouse::kSplitNames, ", ")))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a parent that has gone is a failed write
  install_stop_signals();
  envs::desktop::WindowLoop(options).run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    atl::write_log(atl::LogLevel::kError, error.what());
    return 1;
  }
}
