#include "tools/contestants.h"

#include "session/expert_player.h"
#include "session/policy_player.h"

#include <filesystem>
#include <memory>

namespace atl::tools {
namespace {

evaluation::Contestant policy_contestant(std::string condition, const std::string& run,
                                         const agent::PlayOptions& play) {
  evaluation::Contestant contestant;
  contestant.condition = std::move(condition);
  contestant.checkpoint = run_name(run);
  contestant.guidance = play.guidance;
  contestant.create_player = [run, play](envs::SteppedEnvironment& world) {
    return std::make_unique<session::PolicyPlayer>(agent::load_policy(run, play), run_name(run), world.spec());
  };
  return contestant;
}

evaluation::Contestant random_contestant(std::string condition, const PolicyContract& contract) {
  evaluation::Contestant contestant;
  contestant.condition = std::move(condition);
  contestant.create_player = [contract](envs::SteppedEnvironment& world) {
    return std::make_unique<session::PolicyPlayer>(agent::create_random_policy(contract), "random", world.spec());
  };
  return contestant;
}

evaluation::Contestant expert_contestant(std::string condition) {
  evaluation::Contestant contestant;
  contestant.condition = std::move(condition);
  contestant.create_player = [](envs::SteppedEnvironment& world) {
    return std::make_unique<session::ExpertPlayer>(world, envs::ExpertStyle{});
  };
  return contestant;
}

}  // namespace

std::string run_name(const std::string& run) {
  const std::filesystem::path path = std::filesystem::path(run).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

std::vector<evaluation::Contestant> create_contestants(const ContestantFlags& flags) {
  if (flags.policy == "expert") return {expert_contestant("instructed")};
  if (flags.policy == "random") return {random_contestant("instructed", PolicyContract{})};
  std::vector<evaluation::Contestant> all;
  all.push_back(policy_contestant("instructed", flags.policy, flags.play));
  if (!flags.controls) return all;
  all.push_back(policy_contestant("blank", flags.policy, flags.play));
  if (!flags.no_language.empty()) all.push_back(policy_contestant("no_language", flags.no_language, flags.play));
  all.push_back(policy_contestant("swapped", flags.policy, flags.play));
  all.push_back(random_contestant("random", agent::load_policy(flags.policy, flags.play)->contract()));
  all.push_back(expert_contestant("expert"));
  return all;
}

}  // namespace atl::tools
