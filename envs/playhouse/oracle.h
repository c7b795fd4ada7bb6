// What the house can tell beyond its pixels: see envs/oracle.h.
#pragma once

#include "envs/oracle.h"
#include "envs/playhouse/expert.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/world.h"

#include <optional>
#include <string>

namespace atl::envs::playhouse {

/// Looks at a world and a renderer that belong to somebody else and must outlive it. Before the first reset every call
/// but object_ids throws Error(kInternal). `begin` is called at each reset.
class PlayhouseOracle final : public envs::Oracle {
 public:
  PlayhouseOracle(const std::optional<World>& world, Renderer& renderer) : world_(world), renderer_(renderer) {}

  void begin();

  /// The episode's own goal first; then "go to", "look at" and "pick up" with each thing that stands about and is not
  /// shut in a box, by names that mean it alone where there are such, and once for things that are alike; then, of
  /// another family, up to three others of that family that can be asked for at this episode's start, none of which
  /// speaks of a thing (or, about no thing, of a room) that the own goal speaks of. None of these where the start is
  /// made for one task (something is held) or the task is about neither. Of what has to be remembered all that can be
  /// asked from this start: "go back" after other things that lead away; "seen first" of another pair after the same.
  [[nodiscard]] std::vector<Goal> goals(Random& random) override;
  /// Goal targets are missions' names; 30 to 500 us a chunk.
  void expert_chunk(const Goal& goal, std::span<Action> chunk) override;
  [[nodiscard]] std::unique_ptr<Expert> create_expert_for(std::size_t player, std::uint64_t seed,
                                                          const ExpertStyle& style) override;
  [[nodiscard]] std::span<const std::uint8_t> object_ids() override { return renderer_.object_ids(); }
  [[nodiscard]] std::uint64_t state_hash() const override { return world().hash(); }

 private:
  [[nodiscard]] const World& world() const;

  const std::optional<World>& world_;
  Renderer& renderer_;
  std::optional<Mind> mind_;  // keeps routes between chunks of one episode
};

}  // namespace atl::envs::playhouse
