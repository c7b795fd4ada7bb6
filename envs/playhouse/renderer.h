// Draws a Playhouse scene in software, in integers only: the same bits on every machine, compiler and thread.
//
// How a frame is made. The room is convex and holds convex objects that stand apart, so no depth buffer is needed:
// floor, ceiling and four walls are drawn first, then the objects from the farthest to the nearest (their distance
// order is also the order along every ray, because their middles are 1.7 m apart and no footprint is wider than 0.92
// m). Every polygon becomes spans (raster.h). The floor is linear along a row; on walls the ray's hit is computed at
// every 8th pixel and interpolated between; faces of objects have one colour. The same spans fill the object numbers.
#pragma once

#include "core/frame.h"
#include "envs/playhouse/mesh.h"
#include "envs/playhouse/raster.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace atl::envs::playhouse {

/// Holds meshes and scratch memory for one picture size; make one per thread.
class Renderer {
 public:
  /// Any size from 8x8 to 4096x4096; throws Error(kConfig) beyond.
  explicit Renderer(FrameSize size);

  /// Draws what `pose` sees. `pixels`: [height, width] BGRA8, tightly packed, 4-byte aligned, alpha 255.
  void draw(const Scene& scene, const Pose& pose, std::span<std::uint8_t> pixels);

  /// Which object each pixel of the last picture shows: [height, width], its index + 1; 0: the room.
  [[nodiscard]] std::span<const std::uint8_t> object_ids() const { return ids_; }

  [[nodiscard]] FrameSize size() const { return size_; }

 private:
  void draw_floor(const Scene& scene, const Camera& camera);
  void draw_ceiling(const Scene& scene, const Camera& camera);
  void draw_wall(const Scene& scene, const Camera& camera, int wall);
  void draw_object(const Scene& scene, const Camera& camera, int index);

  FrameSize size_;
  std::array<Mesh, kShapeNames.size()> meshes_;
  Rasteriser rasteriser_;
  std::vector<std::uint8_t> ids_;
  std::vector<Vec3> eye_corners_;  // of the present object
  std::vector<Vec3> face_;         // of the present face
  std::uint32_t* pixels_ = nullptr;
};

}  // namespace atl::envs::playhouse
