// Meshes of convex faces, and the building of them from simple parts.
#pragma once

#include "envs/playhouse/kinds.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace atl::envs::playhouse {

/// What a face is painted with, relative to the colour of the thing.
enum class Tone : std::uint8_t { kMain, kLight, kDark, kDeep, kAccent, kPaper, kBlack, kSkin };
inline constexpr std::size_t kNumMeshTones = 8;
using Tones = std::array<std::uint32_t, kNumMeshTones>;  // 0xRRGGBB

/// Unit of corners: x (right) and y (front) in radii, z in heights of the body, Q14.
inline constexpr std::int32_t kUnit = 1 << 14;
[[nodiscard]] constexpr std::int32_t percent(std::int32_t hundredths) { return hundredths * kUnit / 100; }

struct MeshCorner {
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t z = 0;
};

struct MeshFace {
  std::uint16_t first = 0;  // of its corners in `indices`, clockwise seen from outside
  std::uint8_t count = 0;
  Tone tone = Tone::kMain;
  MeshCorner plane;         // unit vector, Q14: the face is seen from points whose product with it is above `offset`
  std::int32_t offset = 0;  // Q14
  MeshCorner normal;        // for light, of unit length in true proportions, Q14
};

struct Mesh {
  std::vector<MeshCorner> corners;
  std::vector<std::uint16_t> indices;
  std::vector<MeshFace> faces;
};

/// All units are percent of the body's radius (x, y) and height (z).
class MeshBuilder {
 public:
  struct Point {
    std::int32_t x = 0;
    std::int32_t y = 0;
    std::int32_t z = 0;
  };

  /// `height_to_radius`: of the body, in percent; for light.
  explicit MeshBuilder(std::int32_t height_to_radius) : height_to_radius_(height_to_radius) {}

  /// Faces that are added next look away from here, or towards it.
  void set_middle(Point middle, bool is_hollow = false);
  std::uint16_t corner(Point p);
  void face(std::initializer_list<std::uint16_t> corners, Tone tone) { face(std::span(corners), tone); }
  void face(std::span<const std::uint16_t> corners, Tone tone);

  /// `segments` corners around an upright axis; returns the first.
  std::uint16_t ring(int segments, Point middle, std::int32_t radius_x, std::int32_t radius_y);
  /// The faces between two rings.
  void band(int segments, std::uint16_t low, std::uint16_t high, Tone tone);
  void cap(int segments, std::uint16_t ring, Tone tone);
  /// The faces between a ring and one point.
  void fan(int segments, std::uint16_t ring, Point tip, Tone tone);

  /// Closed parts; each sets its own middle. `latitudes`: degrees, ascending, of the rings between the poles; one tone
  /// for each of the bands between them, from the bottom.
  void ellipsoid(Point middle, Point radii, int segments, std::span<const std::int32_t> latitudes,
                 std::span<const Tone> tones);
  /// Eight faces; for small parts.
  void octahedron(Point middle, Point radii, Tone tone);
  void box(Point low, Point high, Tone tone);

  [[nodiscard]] Mesh take() { return std::move(mesh_); }

 private:
  Mesh mesh_;
  MeshCorner middle_;
  bool is_hollow_ = false;
  std::int32_t height_to_radius_;
};

}  // namespace atl::envs::playhouse
