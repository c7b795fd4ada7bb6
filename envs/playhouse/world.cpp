#include "envs/playhouse/world.h"

#include "core/error.h"
#include "core/random.h"

namespace atl::envs::playhouse {

void World::tick(const TickInput& input) {
  ATOLL_CHECK(!is_over(), "tick {} of an episode that is over ({}); reset first", num_ticks_, to_string(verdict_));
  const bool still = advance(pose_, *scene_, input);
  held_ = input.held;
  ++num_ticks_;
  object_ = judge_.observe(*scene_, pose_, quest_, input, still);
  if (object_ != kNothing) {
    verdict_ = object_ == quest_.target ? Verdict::kSuccess : Verdict::kWrongObject;
  } else if (num_ticks_ >= quest_.limit_ticks) {
    verdict_ = Verdict::kTimeout;
  }
}

std::uint64_t World::hash() const {
  std::uint64_t hash = scene_->hash;
  const auto add = [&](auto value) {
    hash = mix_bits(hash ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
  };
  add(pose_.position.x), add(pose_.position.y), add(pose_.heading), add(pose_.pitch);
  add(held_), add(num_ticks_), add(judge_.candidate()), add(judge_.ticks());
  add(static_cast<int>(verdict_)), add(object_);
  return hash;
}

}  // namespace atl::envs::playhouse
