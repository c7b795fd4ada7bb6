// The state of one episode of Playhouse and its only clock: `tick`. The stepped world, the window and the replay of a
// window's log are all this class. Small and copyable; the scene is borrowed and must outlive it.
#pragma once

#include "envs/playhouse/judge.h"
#include "envs/playhouse/motion.h"
#include "envs/playhouse/scene.h"
#include "envs/task.h"

#include <cstdint>

namespace atl::envs::playhouse {

class World {
 public:
  World(const Scene& scene, const Quest& quest) : scene_(&scene), quest_(quest), pose_(start_pose(scene)) {}

  /// Advances by 1/60 s. Throws Error(kInternal) when the episode is over.
  void tick(const TickInput& input);

  [[nodiscard]] const Scene& scene() const { return *scene_; }
  [[nodiscard]] const Quest& quest() const { return quest_; }
  [[nodiscard]] const Pose& pose() const { return pose_; }
  [[nodiscard]] std::uint8_t held() const { return held_; }  // KeyBits
  [[nodiscard]] int num_ticks() const { return num_ticks_; }
  [[nodiscard]] Verdict verdict() const { return verdict_; }
  [[nodiscard]] bool is_over() const { return verdict_ != Verdict::kRunning; }
  /// The object that the verdict is about, or kNothing.
  [[nodiscard]] int object() const { return object_; }

  /// Of scene, pose, keys, judge and verdict: equal states, equal hashes, on every machine. The quest is not part of
  /// it: a start that is asked for another object has the same hash.
  [[nodiscard]] std::uint64_t hash() const;

 private:
  const Scene* scene_;
  Quest quest_;
  Pose pose_;
  std::uint8_t held_ = 0;
  int num_ticks_ = 0;
  Judge judge_;
  Verdict verdict_ = Verdict::kRunning;
  int object_ = kNothing;
};

}  // namespace atl::envs::playhouse
