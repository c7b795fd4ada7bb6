#include "tools/contestants.h"

#include "core/log.h"
#include "session/expert_player.h"

#include <memory>

namespace atl::tools {
namespace {

evaluation::Contestant make_contestant(std::string condition, const std::string& player, const PolicyConfig& play) {
  evaluation::Contestant contestant;
  contestant.condition = std::move(condition);
  if (player == "expert") {
    contestant.create_player = [](envs::SteppedEnvironment& world) -> std::unique_ptr<session::Player> {
      return std::make_unique<session::ExpertPlayer>(world, envs::ExpertStyle{});
    };
    return contestant;
  }
  if (player != "random") {
    contestant.checkpoint = run_name(player);
    contestant.guidance = play.guidance;
  }
  contestant.create_player = [player, play](envs::SteppedEnvironment& world) {
    return create_policy_player(player, play, world.spec());
  };
  return contestant;
}

}  // namespace

std::vector<evaluation::Contestant> create_contestants(const ContestantFlags& flags) {
  std::vector<evaluation::Contestant> all{make_contestant("instructed", flags.policy, flags.play)};
  if (flags.policy == "expert" || flags.policy == "random" || !flags.controls) return all;
  all.push_back(make_contestant("blank", flags.policy, flags.play));
  if (!flags.no_language.empty()) all.push_back(make_contestant("no_language", flags.no_language, flags.play));
  if (flags.has_oracle) all.push_back(make_contestant("swapped", flags.policy, flags.play));
  all.push_back(make_contestant("random", "random", flags.play));
  if (flags.has_oracle) all.push_back(make_contestant("expert", "expert", flags.play));
  if (!flags.has_oracle) log_warning("the world has no oracle: the controls swapped and expert are left out");
  return all;
}

}  // namespace atl::tools
