// A world for several players, played by one: experts play the others. So agents that act alone can be trained,
// recorded and evaluated in tasks that need two.
#pragma once

#include "envs/environment.h"

#include <memory>
#include <string_view>

namespace atl::envs {

/// What the world's name ends with: "playhouse/pair,partner=expert".
inline constexpr std::string_view kExpertPartner = ",partner=expert";

/// The world as its first player meets it. In every step each of the others does what a clean expert does in their
/// place; the same seed, task and actions still give the same episode. Without snapshots: what the experts have in mind
/// is no part of a state. Throws Error(kConfig) for a world of one player or without an oracle.
[[nodiscard]] std::unique_ptr<SteppedEnvironment> create_with_partners(std::unique_ptr<SteppedEnvironment> world);

}  // namespace atl::envs
