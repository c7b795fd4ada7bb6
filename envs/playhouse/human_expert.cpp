// The expert that plays like a person: see expert.h.
#include "core/random.h"
#include "envs/playhouse/expert.h"

#include <algorithm>
#include <cstdlib>
#include <deque>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kSaccadeFrom = from_degrees(5);  // smaller errors are corrected without a planned turn

// Share (Q16) of a minimum-jerk movement that is done at `step` of `steps`: 10 s^3 - 15 s^4 + 6 s^5.
std::int64_t minimum_jerk(int step, int steps) {
  const std::int64_t s = (std::int64_t{step} << 16) / steps;
  const std::int64_t cube = (s * s >> 16) * s >> 16;
  return cube * ((10 << 16) - 15 * s + (6 * s * s >> 16)) >> 16;
}

// A planned turn: `total` counts over `steps` steps.
struct Turn {
  std::int32_t total = 0;
  int steps = 0;
  int done = 0;

  [[nodiscard]] bool is_running() const { return done < steps; }
  std::int32_t next() {
    const std::int64_t before = total * minimum_jerk(done, steps) >> 16;
    ++done;
    return static_cast<std::int32_t>((total * minimum_jerk(done, steps) >> 16) - before);
  }
};

class CleanExpert final : public Expert {
 public:
  explicit CleanExpert(const World& world) : world_(world) {}
  Action next() override {
    const Aim aim{world_.quest().family, world_.quest().target};
    return normalise(decide(world_.scene(), world_.pose(), aim), controls_of(world_.held()));
  }

 private:
  const World& world_;
};

class HumanLikeExpert final : public Expert {
 public:
  HumanLikeExpert(const World& world, std::uint64_t seed, const ExpertStyle& style)
      : world_(world), style_(style), random_(seed), aim_{world.quest().family, world.quest().target} {
    for (int i = 0; i < style.reaction_steps; ++i) pending_.emplace_back();
    if (random_.uniform() < style.detour) plan_detour();
  }

  Action next() override {
    pending_.push_back(intend());
    Action action = pending_.front();
    pending_.pop_front();
    if (burst_steps_ == 0 && random_.uniform() < style_.noise) burst_steps_ = random_.between(2, 7);
    if (burst_steps_ > 0) {
      --burst_steps_;
      action = slip();
    }
    return normalise(action, controls_of(world_.held()));
  }

 private:
  // What the person wants to do at the moment when it will be done. Where one will stand by then is foreseen from the
  // intentions that are on their way; what has come into view is noticed only now.
  Action intend() {
    Pose pose = world_.pose();
    for (const Action& action : pending_) advance(pose, world_.scene(), action);
    if (detour_steps_ > 0) return wander();
    const bool noticed = is_noticed(world_.scene(), world_.pose(), aim_.object);
    Action action = decide(world_.scene(), pose, aim_);
    if (!noticed || !is_noticed(world_.scene(), pose, aim_.object)) {
      turn_ = {};
      action = Action{};
      action.dx = search();
      return action;
    }
    search_speed_ = 0;
    action.dx = steer(pose, action.dx);
    return action;
  }

  // Turns faster and faster up to the clean expert's speed, a little unevenly.
  std::int32_t search() {
    search_speed_ = std::min(search_speed_ + 45, 110);
    return search_speed_ + random_.between(-8, 8);
  }

  // Large errors are made good by a planned turn that may miss; small ones as the clean expert does.
  std::int32_t steer(const Pose& pose, std::int32_t clean) {
    if (!turn_.is_running()) {
      const Vec2 away = world_.scene().objects[static_cast<std::size_t>(aim_.object)].position - pose.position;
      const std::int32_t error = wrap_signed(heading_of(away) - pose.heading);
      if (std::abs(error) < kSaccadeFrom) return clean;
      // Noise grows with the movement (Harris and Wolpert 1998); one turn in eight goes clearly too far.
      const std::int32_t percent = random_.chance(1, 8) ? random_.between(115, 130) : random_.between(90, 106);
      turn_ = {error * percent / 100, 3 + std::abs(error) / from_degrees(14), 0};
    }
    return turn_.next();
  }

  void plan_detour() {
    detour_steps_ = random_.between(6, 16);
    turn_ = {random_.between(-from_degrees(120), from_degrees(120)), random_.between(4, 8), 0};
  }

  // Walks somewhere else for a while. Never still, so nothing is chosen on the way.
  Action wander() {
    --detour_steps_;
    Action action;
    action.dx = turn_.is_running() ? turn_.next() : 0;
    action.held.set(static_cast<std::size_t>(index_of(control_of(kForward))));
    return action;
  }

  // A burst of nonsense: one walking key at most, any turn. Hands stay off E, which would end the episode.
  Action slip() {
    static constexpr std::array<KeyBit, 4> kWalking{kForward, kLeft, kBack, kRight};
    if (slip_key_left_ == 0) {
      slip_key_ = static_cast<int>(random_.below(5));
      slip_key_left_ = random_.between(1, 4);
    }
    --slip_key_left_;
    Action action;
    if (slip_key_ < 4)
      action.held.set(static_cast<std::size_t>(index_of(control_of(kWalking[static_cast<std::size_t>(slip_key_)]))));
    action.dx = random_.between(-from_degrees(17), from_degrees(17));
    turn_ = {};
    return action;
  }

  const World& world_;
  const ExpertStyle style_;
  Random random_;
  Aim aim_;
  std::deque<Action> pending_;  // intended, not yet done
  Turn turn_;
  int burst_steps_ = 0;
  int slip_key_ = 0;
  int slip_key_left_ = 0;
  int detour_steps_ = 0;
  std::int32_t search_speed_ = 0;
};

}  // namespace

std::unique_ptr<Expert> create_expert(const World& world, std::uint64_t seed, const ExpertStyle& style) {
  if (style.noise <= 0.0 && style.detour <= 0.0 && style.reaction_steps <= 0)
    return std::make_unique<CleanExpert>(world);
  return std::make_unique<HumanLikeExpert>(world, seed, style);
}

}  // namespace atl::envs::playhouse
