// What an expert keeps between its steps, only to save time: maps and routes of floors that have not changed since, and
// places that it has found.
#pragma once

#include "envs/playhouse/routes.h"
#include "envs/playhouse/spots.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace atl::envs::playhouse {

/// A way to where something can be done, kept until something that stands about moves.
struct Way {
  std::uint64_t key = 0;
  std::uint64_t floor = 0;
  std::uint64_t last_used = 0;
  FloorMap::Care care = FloorMap::Care::kWide;
  RouteMap routes;
};
struct KnownFloor {
  std::uint64_t version = 0;
  FloorMap map;
};
struct KnownSpot {
  std::uint64_t key = 0;
  std::optional<Spot> spot;
};

struct ExpertMemory {
  std::size_t player = 0;
  std::uint64_t clock = 0;
  std::array<KnownFloor, 3> floors;  // by FloorMap::Care
  RouteMap from_here;
  std::vector<Way> ways;
  std::vector<KnownSpot> spots;
  std::uint64_t plan_key = 0;
  std::vector<Vec3> plan;  // of what is being built: where its blocks go
};

}  // namespace atl::envs::playhouse
