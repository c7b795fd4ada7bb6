// `atoll train`: trains a policy from a config file into a run directory, or goes on with one.
#include "agent/checkpoint.h"
#include "core/error.h"
#include "core/log.h"
#include "tools/command.h"
#include "tools/training.h"
#include "trainer/trainer.h"
#include "trainer/worlds.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace atl::tools {
namespace {

trainer::RunConfig load_run_config(std::vector<std::filesystem::path> files, const CommonFlags& flags,
                                   const trainer::RunChoice& choice, const std::filesystem::path& fork) {
  if (!fork.empty()) files.insert(files.begin(), fork.parent_path() / "config.toml");
  if (files.empty()) fail(ErrorKind::kUsage, "atoll train needs --config FILE, as configs/playhouse.toml");
  auto config = load_config<trainer::RunConfig>(std::span(files), flags.overrides);
  if (flags.seed) config.trainer.seed = *flags.seed;
  return trainer::choose_worlds(std::move(config), choice);
}

}  // namespace

int run_train(std::vector<std::string> arguments) {
  CLI::App app{"Trains a policy", "atoll train"};
  CommonFlags flags;
  std::vector<std::filesystem::path> files;
  trainer::RunChoice choice;
  bool resume = false;
  std::filesystem::path fork, profile;
  app.add_option("--config", files,
                 "TOML file of the run; configs/ has some. More of them, as configs/sizes/small.toml, lie over it")
      ->take_all();
  app.add_option("--set", flags.overrides, "section.key=value, changes the config")->take_all();
  app.add_option("--out", flags.out, "run directory, new; an existing one with --resume")->required();
  app.add_option("--seed", flags.seed, "instead of trainer.seed");
  app.add_option("--specialist", choice.specialist,
                 "learn in this world alone, of those that the config has sources of");
  app.add_option("--leave-out", choice.leave_out, "learn in all worlds but this one, to see what it can do there then");
  app.add_flag("!--no-pretraining", choice.pretraining, "encoders of pictures begin at random, not published weights");
  app.add_flag("!--no-language", choice.language, "the agent reads no instruction");
  app.add_flag("--resume", resume, "go on with the run in --out, as its config.toml says");
  app.add_option(
      "--fork", fork,
      "RUN or RUN/checkpoint-STEP: a new run goes on from there as that run's config says, changed by --config "
      "and --set");
  app.add_option("--profile", profile, "write what ten steps spend their time on, as a Chrome trace (ui.perfetto.dev)");
  app.add_flag("--json", flags.json, "one JSON object on stdout");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  if (resume && !fork.empty())
    fail(ErrorKind::kUsage, "--fork begins the run in --out and --resume goes on with one: leave one of them out");
  const bool chooses =
      !choice.specialist.empty() || !choice.leave_out.empty() || !choice.pretraining || !choice.language;
  if (resume && (!files.empty() || !flags.overrides.empty() || flags.seed || chooses))
    log_warning("--resume goes on as {} says; --config, --set, --seed and what is learned from have no effect",
                (flags.out / "config.toml").string());
  trainer::TrainOptions options;
  options.out = flags.out;
  options.resume = resume;
  if (!fork.empty()) options.fork = agent::find_checkpoint(std::filesystem::absolute(fork).lexically_normal());
  options.profile = profile;
  options.services = training_services();
  options.weights = weights_folder();
  const trainer::TrainResult result =
      trainer::train(resume ? trainer::RunConfig{} : load_run_config(files, flags, choice, options.fork), options);
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
