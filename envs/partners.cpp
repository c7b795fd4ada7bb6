#include "envs/partners.h"

#include "core/error.h"
#include "core/random.h"
#include "envs/oracle.h"
#include "envs/players.h"

#include <vector>

namespace atl::envs {
namespace {

class WithPartners final : public SteppedEnvironment {
 public:
  explicit WithPartners(std::unique_ptr<SteppedEnvironment> world) : world_(std::move(world)), spec_(world_->spec()) {
    if (spec_.num_players < 2 || world_->oracle() == nullptr) {
      fail(ErrorKind::kConfig,
           "world {}: {} player{} and {} expert, expected two players and an expert for one of them", spec_.facts.world,
           spec_.num_players, spec_.num_players == 1 ? "" : "s", world_->oracle() == nullptr ? "no" : "an");
    }
    actions_.resize(static_cast<std::size_t>(spec_.num_players));
    spec_.num_players = 1;
    spec_.snapshot_bytes = 0;
    spec_.facts.world += kExpertPartner;
  }

  const EnvironmentSpec& spec() const override { return spec_; }

  Observation reset(std::uint64_t seed, const Task& task) override {
    partners_.clear();  // they read the episode that ends here
    Observation observation = world_->reset(seed, task);
    for (std::size_t player = 1; player < actions_.size(); ++player)
      partners_.push_back(world_->oracle()->create_expert_for(player, derive_seed(seed, player), {}));
    return observation;
  }

  const Task& task() const override { return world_->task(); }

  Observation step(const Action& action) override {
    actions_[0] = action;
    for (std::size_t i = 0; i < partners_.size(); ++i) actions_[i + 1] = partners_[i]->next();
    return world_->players()->step_all(actions_);
  }

  const Outcome& outcome() const override { return world_->outcome(); }
  void render_into(std::span<std::uint8_t> pixels) override { world_->render_into(pixels); }
  Oracle* oracle() override { return world_->oracle(); }

 private:
  std::unique_ptr<SteppedEnvironment> world_;
  EnvironmentSpec spec_;
  std::vector<Action> actions_;                    // of each player in this step
  std::vector<std::unique_ptr<Expert>> partners_;  // of players 1, 2, ...; they read world_
};

}  // namespace

std::unique_ptr<SteppedEnvironment> create_with_partners(std::unique_ptr<SteppedEnvironment> world) {
  return std::make_unique<WithPartners>(std::move(world));
}

}  // namespace atl::envs
