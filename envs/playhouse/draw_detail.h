// Levels of detail of meshes, and what the makers of meshes share.
#pragma once

#include "envs/playhouse/draw_mesh.h"

#include <cstdint>

namespace atl::envs::playhouse {

/// How much of a mesh there is: coarse below 24 px of height, fine above 110.
enum class Detail : std::uint8_t { kCoarse, kMiddling, kFine };
inline constexpr std::size_t kNumDetails = 3;

[[nodiscard]] constexpr Detail detail_of(std::int32_t height_px) {
  return height_px < 24 ? Detail::kCoarse : (height_px < 110 ? Detail::kMiddling : Detail::kFine);
}
/// Numbers for coarse, middling and fine.
[[nodiscard]] constexpr int choose(Detail detail, int coarse, int middling, int fine) {
  return detail == Detail::kCoarse ? coarse : (detail == Detail::kMiddling ? middling : fine);
}

/// What things look like in the usual look and in all others.
enum class Design : std::uint8_t { kUsual, kOther };

/// An ellipsoid of one tone.
void lump(MeshBuilder& b, Detail detail, MeshBuilder::Point middle, MeshBuilder::Point radii, Tone tone);
/// A small one: with fewer faces.
void bump(MeshBuilder& b, Detail detail, MeshBuilder::Point middle, MeshBuilder::Point radii, Tone tone);

// What is alive, or looks it: draw_figures.cpp.
[[nodiscard]] Mesh make_duck(Detail detail, Design design);
[[nodiscard]] Mesh make_teddy(Detail detail, Design design);
[[nodiscard]] Mesh make_player(Detail detail);

}  // namespace atl::envs::playhouse
