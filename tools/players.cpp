#include "tools/players.h"

#include "core/error.h"
#include "session/policy_player.h"

#include <filesystem>

namespace atl::tools {

void describe(ConfigVisitor& v, ExpertConfig& config) {
  v.field("noise", &config.noise, {.min = 0, .max = 1});
  v.field("detour", &config.detour, {.min = 0, .max = 1});
  v.field("reaction_steps", &config.reaction_steps, {.min = 0, .max = 15});
}

void describe(ConfigVisitor& v, PolicyConfig& config) {
  v.field("temperature", &config.temperature, {.min = 0, .max = 10});
  v.field("guidance", &config.guidance, {.min = 0, .max = 100});
  v.field("threads", &config.threads, {.min = 1, .max = 1024});
  v.field("device", &config.device);
}

std::string run_name(const std::string& run) {
  const std::filesystem::path path = std::filesystem::path(run).lexically_normal();
  return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

std::unique_ptr<session::Player> create_policy_player(const std::string& name, const PolicyConfig& config,
                                                      const envs::EnvironmentSpec& world) {
#if ATOLL_HAS_TORCH
  std::unique_ptr<agent::Policy> policy;
  if (name == "random") {
    PolicyContract contract;
    contract.action_rate_hz = world.action_rate_hz;
    contract.controls = world.controls;
    if (!(world.facts.counts_per_turn > 0.0)) contract.mouse_unit = "counts";
    policy = agent::create_random_policy(contract, world.facts.counts_per_turn);
  } else {
    agent::PlayOptions options;
    options.temperature = config.temperature;
    options.guidance = config.guidance;
    options.threads = config.threads;
    options.device = config.device;
    options.counts_per_turn = world.facts.counts_per_turn;
    policy = agent::load_policy(name, options);
  }
  return std::make_unique<session::PolicyPlayer>(std::move(policy), run_name(name), world);
#else
  static_cast<void>(config);
  fail(ErrorKind::kUsage,
       "player {} at world {} needs LibTorch, which this build has not: configure with "
       "-DATOLL_TORCH=ON",
       name, world.facts.world);
#endif
}

}  // namespace atl::tools
