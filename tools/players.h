// Players by the names that flags use: "expert", "random", a run directory, "remote:ADDRESS".
#pragma once

#include "agent/policy.h"
#include "core/config.h"
#include "core/contract.h"
#include "envs/environment.h"
#include "envs/oracle.h"
#include "session/player.h"
#include "session/policy_server.h"

#include <memory>
#include <optional>
#include <string>

namespace atl::tools {

/// The expert that records: the table `expert`. Noise teaches how to get back on the way (DART, arXiv 1703.09327).
struct ExpertConfig {
  double noise = 0.06;     // chance a step of a burst of random actions
  double detour = 0.0;     // chance an episode of a deliberate detour
  int reaction_steps = 0;  // steps between what is seen and what is done

  [[nodiscard]] envs::ExpertStyle style() const { return {noise, detour, reaction_steps}; }
};

void describe(ConfigVisitor& v, ExpertConfig& config);

/// When the expert takes over from an agent: the table `takeover`. Drawn anew for each episode.
struct TakeoverConfig {
  double first_s = 2.0;
  double last_s = 6.0;
};

void describe(ConfigVisitor& v, TakeoverConfig& config);

/// How a policy is played: the table `policy`.
struct PolicyConfig {
  double temperature = 0.5;       // of sampling; 0: the most likely action
  double key_temperature = -1.0;  // of keys and buttons; below 0: as of the rest
  double guidance = 0.0;          // lambda of classifier-free guidance; 0 is off
  int threads = 1;                // of the whole process's torch
  std::string device = "cpu";
  std::string keys{};  // of a remote policy: the folder that `atoll serve --make-keys` wrote for this client
};

void describe(ConfigVisitor& v, PolicyConfig& config);

/// The name that recordings and reports give a run: its folder's; of a remote policy, all of it.
[[nodiscard]] std::string run_name(const std::string& run);

/// What the policy `name` was trained for; nothing for "random", which takes the world's. Throws Error naming what is
/// missing; Error(kUsage) for all but remote ones in builds without LibTorch.
[[nodiscard]] std::optional<PolicyContract> policy_contract(const std::string& name, const PolicyConfig& config);

/// What a player without a contract of its own is counted by, and "random" plays by: everything the world offers.
[[nodiscard]] PolicyContract contract_of_world(const envs::EnvironmentSpec& world);

/// Puts sigmoid(scale * logit + offset), fitted to the beliefs of `run`, on top of its newest checkpoint's own
/// (agent/goal_calibration.h). Throws Error(kUsage) in builds without LibTorch.
void refine_goal_head(const std::string& run, double scale, double offset);

/// "random", the policy of a run or one behind a server, fitted to `world`. Throws Error naming what is missing or does
/// not fit; Error(kUsage) for all but remote ones in builds without LibTorch.
[[nodiscard]] std::unique_ptr<session::Player> create_policy_player(const std::string& name, const PolicyConfig& config,
                                                                    const envs::EnvironmentSpec& world);

/// A run, or "random" with the default contract, to be served to others. Throws like `policy_contract`.
[[nodiscard]] session::ServedPolicy create_served_policy(const std::string& name, const PolicyConfig& config);

}  // namespace atl::tools
