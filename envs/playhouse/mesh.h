// Convex meshes of Playhouse's shapes. A mesh has radius 1 and height 1 and stands on the floor; it is scaled per
// object. Faces are convex, flat enough to be filled with one colour, and seen clockwise from outside.
#pragma once

#include "envs/playhouse/scene.h"

#include <cstdint>
#include <vector>

namespace atl::envs::playhouse {

struct Vec3 {
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t z = 0;
};

struct Face {
  std::vector<std::uint16_t> corners;
  Vec3 normal;  // Q16, of about unit length, for light
};

struct Mesh {
  std::vector<Vec3> corners;  // Q16; x, y in units of the radius, z of the height
  std::vector<Face> faces;
};

/// The mesh of a shape; `segments` (>= 8): sides of round things.
[[nodiscard]] Mesh create_mesh(Shape shape, int segments);

}  // namespace atl::envs::playhouse
