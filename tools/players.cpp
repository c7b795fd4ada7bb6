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

#if ATOLL_HAS_TORCH
namespace {

std::unique_ptr<agent::Policy> load(const std::string& name, const PolicyConfig& config, double counts_per_turn) {
  agent::PlayOptions options;
  options.temperature = config.temperature;
  options.guidance = config.guidance;
  options.threads = config.threads;
  options.device = config.device;
  options.counts_per_turn = counts_per_turn;
  return agent::load_policy(name, options);
}

}  // namespace

std::optional<PolicyContract> policy_contract(const std::string& name, const PolicyConfig& config) {
  if (name == "random") return std::nullopt;
  return load(name, config, 0.0)->contract();
}

std::unique_ptr<session::Player> create_policy_player(const std::string& name, const PolicyConfig& config,
                                                      const envs::EnvironmentSpec& world) {
  std::unique_ptr<agent::Policy> policy;
  if (name == "random") {
    PolicyContract contract;
    contract.action_rate_hz = world.action_rate_hz;
    contract.controls = world.controls;
    if (!(world.facts.counts_per_turn > 0.0)) contract.mouse_unit = "counts";
    policy = agent::create_random_policy(contract, world.facts.counts_per_turn);
  } else {
    policy = load(name, config, world.facts.counts_per_turn);
  }
  return std::make_unique<session::PolicyPlayer>(std::move(policy), run_name(name), world);
}

#else

std::optional<PolicyContract> policy_contract(const std::string& name, const PolicyConfig&) {
  fail(ErrorKind::kUsage, "player {} needs LibTorch, which this build has not: configure with -DATOLL_TORCH=ON", name);
}

std::unique_ptr<session::Player> create_policy_player(const std::string& name, const PolicyConfig& config,
                                                      const envs::EnvironmentSpec&) {
  static_cast<void>(policy_contract(name, config));
  return nullptr;
}

#endif

}  // namespace atl::tools
