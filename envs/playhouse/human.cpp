// The expert that plays like a person, and the clean one: see expert.h.
//
// A person turns in planned movements with a minimum-jerk profile (Flash and Hogan 1985) whose end misses by a share of
// the movement (Harris and Wolpert 1998), reacts late, slips now and then (DART, arXiv 1703.09327) and sometimes
// wanders off first.
#include "core/random.h"
#include "envs/playhouse/expert.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kSaccadeFrom = from_degrees(5);  // smaller errors are corrected without a planned turn

// Share (Q16) of a minimum-jerk movement that is done at `step` of `steps`: 10 s^3 - 15 s^4 + 6 s^5.
std::int64_t minimum_jerk(int step, int steps) {
  const std::int64_t s = (std::int64_t{step} << 16) / steps;
  const std::int64_t cube = (s * s >> 16) * s >> 16;
  return cube * ((10 << 16) - 15 * s + (6 * s * s >> 16)) >> 16;
}

// A planned movement of the mouse: `right`, `down` counts over `steps` steps.
struct Movement {
  std::int32_t right = 0;
  std::int32_t down = 0;
  int steps = 0;
  int done = 0;

  [[nodiscard]] bool is_running() const { return done < steps; }
  void next(Action& action) {
    const std::int64_t before = minimum_jerk(done, steps);
    const std::int64_t after = minimum_jerk(++done, steps);
    action.dx = static_cast<std::int32_t>((right * after >> 16) - (right * before >> 16));
    action.dy = static_cast<std::int32_t>((down * after >> 16) - (down * before >> 16));
  }
};

class CleanExpert final : public Expert {
 public:
  CleanExpert(const World& world, std::size_t player) : world_(world), player_(player), mind_(player) {}
  Action next() override {
    const Decision decision = mind_.decide(world_);
    subgoal_ = decision.subgoal;
    return normalise(decision.action, controls_of(world_.state().players[player_].held_keys));
  }
  std::string subgoal() const override { return subgoal_ ? to_text(world_.house(), *subgoal_) : ""; }

 private:
  const World& world_;
  const std::size_t player_;
  Mind mind_;
  std::optional<Subgoal> subgoal_;
};

class HumanLikeExpert final : public Expert {
 public:
  HumanLikeExpert(const World& world, std::size_t player, std::uint64_t seed, const ExpertStyle& style)
      : world_(world), player_(player), style_(style), random_(seed), mind_(player) {
    for (int i = 0; i < style.reaction_steps; ++i) pending_.emplace_back();
    const bool may_wander = family_of(world.quest().mission.first.verb) != Family::kMenu;
    if (may_wander && random_.uniform() < style.detour) plan_detour();
  }

  Action next() override {
    pending_.push_back(intend());
    Action action = pending_.front();
    pending_.pop_front();
    const bool in_world = world_.state().players[player_].screen == Screen::kWorld;
    if (in_world && burst_steps_ == 0 && random_.uniform() < style_.noise) burst_steps_ = random_.between(2, 7);
    if (burst_steps_ > 0) {
      --burst_steps_;
      if (in_world) action = slip();
    }
    return normalise(action, controls_of(world_.state().players[player_].held_keys));
  }
  std::string subgoal() const override { return subgoal_ ? to_text(world_.house(), *subgoal_) : ""; }

 private:
  // What the person wants to do at the moment when it will be done: the intentions that are on their way are foreseen.
  Action intend() {
    if (detour_steps_ > 0) return wander();
    World ahead = world_;
    for (const Action& action : pending_) {
      if (ahead.is_over()) break;
      std::array<Action, kMaxPlayers> actions{};  // the other player stands still
      actions[player_] = action;
      step(ahead, actions);
    }
    const Decision decision = ahead.is_over() ? mind_.decide(world_) : mind_.decide(ahead);
    subgoal_ = decision.subgoal;
    Action action = decision.action;
    if (!decision.looks) {
      turn_ = {};
      action.dx = unsteady(action.dx);
      return action;
    }
    steer(action);
    return action;
  }

  // Searching and turning begin slowly and are a little uneven.
  std::int32_t unsteady(std::int32_t turn) {
    if (turn == 0) {
      search_speed_ = 0;
      return 0;
    }
    search_speed_ = std::min(search_speed_ + 45, std::abs(turn));
    return (turn > 0 ? search_speed_ : -search_speed_) + random_.between(-8, 8);
  }

  // Large errors are made good by a planned movement that may miss; small ones as the clean expert does. The clean
  // expert turns by half of the error: what it wants tells how far there is to go.
  void steer(Action& action) {
    search_speed_ = 0;
    const std::int32_t right = 2 * action.dx;
    const std::int32_t down = 2 * action.dy;
    if (!turn_.is_running()) {
      const std::int32_t error = std::max(std::abs(right), std::abs(down));
      if (error < kSaccadeFrom) return;
      const std::int32_t percent = random_.chance(1, 8) ? random_.between(112, 125) : random_.between(90, 106);
      turn_ = {right * percent / 100, down * percent / 100, 2 + error / from_degrees(12), 0};
    }
    turn_.next(action);
  }

  void plan_detour() {
    detour_steps_ = random_.between(6, 16);
    turn_ = {random_.between(-from_degrees(120), from_degrees(120)), 0, random_.between(4, 8), 0};
  }

  Action wander() {
    --detour_steps_;
    subgoal_ = Subgoal{.kind = Subgoal::Kind::kWander};
    Action action;
    if (turn_.is_running()) turn_.next(action);
    action.held.set(static_cast<std::size_t>(index_of(control_of(kForward))));
    return action;
  }

  // A burst of nonsense: one walking key at most, any turn. Hands stay off everything that would end the episode.
  Action slip() {
    static constexpr std::array<KeyBit, 4> kWalking{kForward, kLeft, kBack, kRight};
    if (slip_key_left_ == 0) {
      slip_key_ = random_.below(5);
      slip_key_left_ = random_.between(1, 4);
    }
    --slip_key_left_;
    Action action;
    if (slip_key_ < kWalking.size())
      action.held.set(static_cast<std::size_t>(index_of(control_of(kWalking[slip_key_]))));
    action.dx = random_.between(-from_degrees(17), from_degrees(17));
    action.dy = random_.between(-from_degrees(4), from_degrees(4));
    turn_ = {};
    return action;
  }

  const World& world_;
  const std::size_t player_;
  const ExpertStyle style_;
  Random random_;
  Mind mind_;
  std::deque<Action> pending_;      // intended, not yet done
  std::optional<Subgoal> subgoal_;  // of the last intention
  Movement turn_;
  int burst_steps_ = 0;
  std::uint32_t slip_key_ = 0;
  int slip_key_left_ = 0;
  int detour_steps_ = 0;
  std::int32_t search_speed_ = 0;
};

}  // namespace

std::unique_ptr<Expert> create_expert(const World& world, std::size_t player, std::uint64_t seed,
                                      const ExpertStyle& style) {
  if (style.noise <= 0.0 && style.detour <= 0.0 && style.reaction_steps <= 0)
    return std::make_unique<CleanExpert>(world, player);
  return std::make_unique<HumanLikeExpert>(world, player, seed, style);
}

}  // namespace atl::envs::playhouse
