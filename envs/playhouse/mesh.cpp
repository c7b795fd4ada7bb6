#include "envs/playhouse/mesh.h"

#include <utility>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kOne = 1 << 16;

Vec3 on_circle(std::int32_t radius, std::int32_t angle, std::int32_t z) {
  return {multiply(radius, sine(angle)), multiply(radius, cosine(angle)), z};
}

// Corners of a ring of `segments`, clockwise seen from above.
void add_ring(Mesh& mesh, int segments, std::int32_t radius, std::int32_t z) {
  for (int i = 0; i < segments; ++i) mesh.corners.push_back(on_circle(radius, i * kTurn / segments, z));
}

// The side faces between the ring that begins at corner `low` and the one at `high` above it. `slope`: z of the normal.
void add_band(Mesh& mesh, int segments, int low, int high, std::int32_t slope) {
  const auto flat = static_cast<std::int32_t>(square_root(square(kOne) - square(slope)));
  for (int i = 0; i < segments; ++i) {
    const int next = (i + 1) % segments;
    Vec3 normal = on_circle(flat, (2 * i + 1) * kTurn / (2 * segments), slope);
    const auto corner = [](int index) { return static_cast<std::uint16_t>(index); };
    // Seen from outside with up above, the next corner of a clockwise ring lies to the left.
    mesh.faces.push_back({{corner(low + i), corner(low + next), corner(high + next), corner(high + i)}, normal});
  }
}

void add_top(Mesh& mesh, int segments, int ring) {
  Face face{{}, {0, 0, kOne}};
  for (int i = 0; i < segments; ++i) face.corners.push_back(static_cast<std::uint16_t>(ring + i));
  mesh.faces.push_back(std::move(face));
}

Mesh create_prism(int segments, std::int32_t radius) {
  Mesh mesh;
  add_ring(mesh, segments, radius, 0);
  add_ring(mesh, segments, radius, kOne);
  add_band(mesh, segments, 0, segments, 0);
  add_top(mesh, segments, segments);
  return mesh;
}

Mesh create_cone(int segments) {
  Mesh mesh;
  add_ring(mesh, segments, kOne, 0);
  add_ring(mesh, segments, kOne / 64, kOne);  // a blunt tip, so that every face is a band like the others
  add_band(mesh, segments, 0, segments, 24000);
  return mesh;
}

Mesh create_ball(int segments) {
  Mesh mesh;
  const int bands = segments / 2;
  const int step = kTurn / 2 / bands;
  for (int i = 0; i <= bands; ++i) {
    const std::int32_t latitude = i * step - kTurn / 4;
    const std::int32_t radius = (i == 0 || i == bands) ? kOne / 64 : cosine(latitude);
    add_ring(mesh, segments, radius, (kOne + sine(latitude)) / 2);
  }
  for (int i = 0; i < bands; ++i) {
    add_band(mesh, segments, i * segments, (i + 1) * segments, sine(i * step + step / 2 - kTurn / 4));
  }
  return mesh;
}

}  // namespace

Mesh create_mesh(Shape shape, int segments) {
  switch (shape) {
    // A square whose corners lie a little outside of the footprint's circle: half side = radius / 1.2.
    case Shape::kBox: return create_prism(4, 77232);
    case Shape::kBall: return create_ball(segments);
    case Shape::kCylinder:
    case Shape::kPost: return create_prism(segments, kOne);
    case Shape::kCone: return create_cone(segments);
  }
  return {};
}

}  // namespace atl::envs::playhouse
