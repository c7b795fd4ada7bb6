#include "tools/players.h"

#include "agent/goal_calibration.h"
#include "core/error.h"
#include "session/policy_player.h"
#include "session/remote_policy.h"
#include "tools/remote_name.h"

#include <filesystem>

namespace atl::tools {

void describe(ConfigVisitor& v, ExpertConfig& config) {
  v.field("noise", &config.noise, {.min = 0, .max = 1});
  v.field("detour", &config.detour, {.min = 0, .max = 1});
  v.field("reaction_steps", &config.reaction_steps, {.min = 0, .max = 15});
}

void describe(ConfigVisitor& v, TakeoverConfig& config) {
  v.field("first_s", &config.first_s, {.min = 0, .max = 3600});
  v.field("last_s", &config.last_s, {.min = 0, .max = 3600});
}

void describe(ConfigVisitor& v, PolicyConfig& config) {
  v.field("temperature", &config.temperature, {.min = 0, .max = 10});
  v.field("key_temperature", &config.key_temperature, {.min = -1, .max = 10});
  v.field("guidance", &config.guidance, {.min = 0, .max = 100});
  v.field("threads", &config.threads, {.min = 1, .max = 1024});
  v.field("device", &config.device);
  v.field("keys", &config.keys);
}

std::string run_name(const std::string& run) {
  if (remote_address(run)) return run;
  const std::filesystem::path path = std::filesystem::path(run).lexically_normal();
  return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

namespace {

[[maybe_unused]] constexpr const char* kNoTorch =
    "player {} needs LibTorch, which this build has not: configure with -DATOLL_TORCH=ON";

std::unique_ptr<agent::Policy> load(const std::string& name, const PolicyConfig& config, double counts_per_turn) {
#if ATOLL_HAS_TORCH
  agent::PlayOptions options;
  options.temperature = config.temperature;
  options.key_temperature = config.key_temperature;
  options.guidance = config.guidance;
  options.threads = config.threads;
  options.device = config.device;
  options.counts_per_turn = counts_per_turn;
  return agent::load_policy(name, options);
#else
  static_cast<void>(config);
  static_cast<void>(counts_per_turn);
  fail(ErrorKind::kUsage, kNoTorch, name);
#endif
}

std::unique_ptr<agent::Policy> create_random(const PolicyContract& contract, double counts_per_turn) {
#if ATOLL_HAS_TORCH
  return agent::create_random_policy(contract, counts_per_turn);
#else
  static_cast<void>(contract);
  static_cast<void>(counts_per_turn);
  fail(ErrorKind::kUsage, kNoTorch, "random");
#endif
}

// A policy that has a contract of its own: of a run, or behind a server.
std::unique_ptr<agent::Policy> open_policy(const std::string& name, const PolicyConfig& config,
                                           double counts_per_turn) {
  if (const std::optional<std::string> address = remote_address(name))
    return session::create_remote_policy(remote_options(*address, config.keys), counts_per_turn);
  return load(name, config, counts_per_turn);
}

}  // namespace

std::optional<PolicyContract> policy_contract(const std::string& name, const PolicyConfig& config) {
  if (name == "random") return std::nullopt;
  return open_policy(name, config, 0.0)->contract();
}

PolicyContract contract_of_world(const envs::EnvironmentSpec& world) {
  PolicyContract contract;
  contract.action_rate_hz = world.action_rate_hz;
  contract.controls = world.controls;
  if (!(world.facts.counts_per_turn > 0.0)) contract.mouse_unit = "counts";
  if (world.facts.cursor != "hidden") contract.pointer = "patches";
  return contract;
}

void refine_goal_head(const std::string& run, double scale, double offset) {
#if ATOLL_HAS_TORCH
  const agent::GoalCalibration before = agent::load_goal_calibration(run);
  agent::save_goal_calibration(run, {scale * before.scale, scale * before.offset + offset});
#else
  static_cast<void>(scale);
  static_cast<void>(offset);
  fail(ErrorKind::kUsage, kNoTorch, run);
#endif
}

std::unique_ptr<session::Player> create_policy_player(const std::string& name, const PolicyConfig& config,
                                                      const envs::EnvironmentSpec& world) {
  std::unique_ptr<agent::Policy> policy;
  if (name == "random") {
    policy = create_random(contract_of_world(world), world.facts.counts_per_turn);
  } else {
    policy = open_policy(name, config, world.facts.counts_per_turn);
  }
  return std::make_unique<session::PolicyPlayer>(std::move(policy), run_name(name), world);
}

session::ServedPolicy create_served_policy(const std::string& name, const PolicyConfig& config) {
  if (remote_address(name)) fail(ErrorKind::kUsage, "{} is served already; connect to it directly", name);
  if (name == "random") {
    PolicyContract contract;
    const auto create = [contract](double counts_per_turn) {
      PolicyContract of_world = contract;
      if (!(counts_per_turn > 0.0)) of_world.mouse_unit = "counts";
      return create_random(of_world, counts_per_turn);
    };
    return {name, create(0.0)->contract(), create};
  }
  return {run_name(name), load(name, config, 0.0)->contract(),
          [name, config](double counts_per_turn) { return load(name, config, counts_per_turn); }};
}

}  // namespace atl::tools
