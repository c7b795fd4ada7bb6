// What Playhouse can tell beyond its pixels: see envs/oracle.h.
#pragma once

#include "envs/oracle.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/world.h"

#include <optional>

namespace atl::envs::playhouse {

/// Looks at a world and a renderer that belong to somebody else and must outlive it. Before the first reset every call
/// but object_ids throws Error(kInternal).
class PlayhouseOracle final : public envs::Oracle {
 public:
  PlayhouseOracle(const std::optional<World>& world, const Renderer& renderer) : world_(world), renderer_(renderer) {}

  /// Each family with each object: 15 goals, in the order of families, then objects.
  [[nodiscard]] std::vector<Goal> goals(Random& random) override;
  void expert_chunk(const Goal& goal, std::span<Action> chunk) override;
  [[nodiscard]] std::unique_ptr<Expert> create_expert(std::uint64_t seed, const ExpertStyle& style) override;
  [[nodiscard]] std::span<const std::uint8_t> object_ids() override { return renderer_.object_ids(); }
  [[nodiscard]] std::uint64_t state_hash() const override { return world().hash(); }

 private:
  [[nodiscard]] const World& world() const;

  const std::optional<World>& world_;
  const Renderer& renderer_;
};

}  // namespace atl::envs::playhouse
