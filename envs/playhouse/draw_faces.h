// Fills convex faces of one colour, each pixel only where nothing nearer is, and darkens convex patches.
#pragma once

#include "envs/playhouse/draw_region.h"

#include <array>
#include <cstdint>
#include <span>

namespace atl::envs::playhouse {

/// Where pixels go. `depths` holds a word a pixel: nearness (Corner), its low byte replaced by the number of the entity
/// that is seen there (Entity::id + 1; 0: the bare house).
struct Canvas {
  std::uint32_t* pixels = nullptr;  // [height, width] BGRA8 as little-endian words
  std::int32_t* depths = nullptr;   // [height, width], and 3 words more
  int width = 0;
  int height = 0;
};

inline constexpr std::size_t kMaxFaceCorners = 40;

class Faces {
 public:
  Faces() = default;
  explicit Faces(Canvas canvas) : canvas_(canvas) {}

  /// Nothing outside of `clip` is touched; it must stay where it is while faces are filled.
  void set_clip(const Region& clip) { clip_ = &clip; }
  [[nodiscard]] const Region& clip() const { return *clip_; }

  /// Corners clockwise on the screen; a face whose corners are not is not drawn. `pixel`: opaque; `number`: Entity::id
  /// + 1, or 0.
  void fill(std::span<const Corner> corners, std::uint32_t pixel, std::uint8_t number);

  /// Takes an eighth (`is_soft`) or a quarter of the light away; with `number` only where that entity is seen.
  void darken(std::span<const Corner> corners, bool is_soft, std::uint8_t number);

  /// Triangles that the filled faces come to, those that face away left out.
  [[nodiscard]] int num_triangles() const { return num_triangles_; }

 private:
  Canvas canvas_;
  int num_triangles_ = 0;
  const Region* clip_ = nullptr;
};

}  // namespace atl::envs::playhouse
