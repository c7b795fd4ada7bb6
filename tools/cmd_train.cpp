// `atoll train`: trains a policy from a config file into a run directory, or goes on with one.
#include "core/error.h"
#include "core/log.h"
#include "tools/command.h"
#include "tools/training.h"
#include "tools/worlds.h"
#include "trainer/trainer.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

#if ATOLL_HAS_DESKTOP
#include "datasets/video/reader.h"
#endif

namespace atl::tools {
namespace {

trainer::RunConfig load_run_config(const std::vector<std::filesystem::path>& files, const CommonFlags& flags) {
  if (files.empty()) fail(ErrorKind::kUsage, "atoll train needs --config FILE, as configs/playhouse.toml");
  auto config = load_config<trainer::RunConfig>(std::span(files), flags.overrides);
  if (flags.seed) config.trainer.seed = *flags.seed;
  return config;
}

}  // namespace

trainer::SourceServices training_services() {
  trainer::SourceServices services;
  services.create_world = [](const std::string& world, FrameSize frame) {
    return create_stepped_world(world, {.frame_width_px = frame.width_px, .frame_height_px = frame.height_px});
  };
#if ATOLL_HAS_DESKTOP
  services.open_video = video::video_reader_factory();
#endif
  return services;
}

std::filesystem::path weights_folder() {
  // As tools/weights.py.
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (!variable("ATOLL_HOME").empty()) return variable("ATOLL_HOME") / "weights";
  const std::filesystem::path data = variable("XDG_DATA_HOME");
  return (data.empty() ? variable("HOME") / ".local" / "share" : data) / "atoll" / "weights";
}

int run_train(std::vector<std::string> arguments) {
  CLI::App app{"Trains a policy", "atoll train"};
  CommonFlags flags;
  std::vector<std::filesystem::path> files;
  bool resume = false;
  std::filesystem::path profile;
  app.add_option("--config", files,
                 "TOML file of the run; configs/ has some. More of them, as configs/sizes/small.toml, lie over it")
      ->take_all();
  app.add_option("--set", flags.overrides, "section.key=value, changes the config")->take_all();
  app.add_option("--out", flags.out, "run directory, new; an existing one with --resume")->required();
  app.add_option("--seed", flags.seed, "instead of trainer.seed");
  app.add_flag("--resume", resume, "go on with the run in --out, as its config.toml says");
  app.add_option("--profile", profile, "write what ten steps spend their time on, as a Chrome trace (ui.perfetto.dev)");
  app.add_flag("--json", flags.json, "one JSON object on stdout");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  if (resume && (!files.empty() || !flags.overrides.empty() || flags.seed))
    log_warning("--resume goes on as {} says; --config, --set and --seed have no effect",
                (flags.out / "config.toml").string());
  trainer::TrainOptions options;
  options.out = flags.out;
  options.resume = resume;
  options.profile = profile;
  options.services = training_services();
  options.weights = weights_folder();
  const trainer::TrainResult result =
      trainer::train(resume ? trainer::RunConfig{} : load_run_config(files, flags), options);
  if (flags.json) {
    const nlohmann::ordered_json object = {{"run", flags.out.string()},
                                           {"step", result.step},
                                           {"total_steps", result.total_steps},
                                           {"finished", result.is_finished}};
    fmt::print("{}\n", object.dump());
  } else if (result.is_finished) {
    fmt::print("{} steps; play it with: atoll play WORLD --policy {} (`atoll worlds` lists them)\n", result.step,
               flags.out.string());
  } else {
    fmt::print("stopped and saved at step {}; go on with: atoll train --resume --out {}\n", result.step,
               flags.out.string());
  }
  return 0;
}

}  // namespace atl::tools
