// Draws bodies: boxes, polygons and meshes in the house, lit, into a region of the picture.
#pragma once

#include "envs/playhouse/draw_faces.h"
#include "envs/playhouse/draw_mesh.h"
#include "envs/playhouse/house.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace atl::envs::playhouse {

/// How much light falls on a body, Q8, and from where.
struct Light {
  std::int32_t level = 256;
  std::int32_t east = 0;  // horizontal direction that daylight comes from, Q14
  std::int32_t north = 0;

  /// On a face with this normal (Q14), at most 256.
  [[nodiscard]] std::int32_t on(MeshCorner normal) const {
    const std::int32_t facing = (normal.x * east + normal.y * north + normal.z * (kUnit / 2)) >> 14;
    return std::min(level * (178 + (normal.z * 26 >> 14) + (std::max(facing, 0) * 62 >> 14)) >> 8, 256);
  }
  /// On the six sides of an upright box: west, east, south, north, bottom, top.
  [[nodiscard]] std::array<std::int32_t, 6> on_box() const {
    return {on({-kUnit, 0, 0}), on({kUnit, 0, 0}),  on({0, -kUnit, 0}),
            on({0, kUnit, 0}),  on({0, 0, -kUnit}), on({0, 0, kUnit})};
  }
};

struct Box {
  Vec3 low;
  Vec3 high;
};

/// Six numbers of a box's sides, in the order of Light::on_box, as bits: which sides are left out.
inline constexpr unsigned kBottomSide = 1u << 4;
inline constexpr unsigned kTopSide = 1u << 5;

class Pen {
 public:
  Pen() = default;
  Pen(const View& view, Canvas canvas) : view_(&view), faces_(canvas) {}

  /// Draws within `clip` from now on. Not to be changed while it is used.
  void set_clip(const Region& clip);
  [[nodiscard]] const View& view() const { return *view_; }
  [[nodiscard]] Faces& faces() { return faces_; }
  [[nodiscard]] const Faces& faces() const { return faces_; }

  /// A body follows: whether anything within `radius` of `middle` can be in the picture, and how large a metre is
  /// there in pixels (0: out of sight).
  [[nodiscard]] std::int32_t begin(Vec3 middle, std::int32_t radius);
  /// Of the body that has begun, whose footprint has this radius: leaves out what reaches through a portal of `cell`
  /// into the cells behind it.
  void keep_within(const Rect& cell, Vec2 middle, std::int32_t radius);
  /// Of the entity with this number (Entity::id + 1), in this light.
  void set_ink(std::uint8_t number, const Light& light);

  void box(const Box& box, std::uint32_t colour, unsigned left_out = kBottomSide);
  /// A box that stands in any direction: from `corner` along three edges, offsets in the house,
  /// which turn like the axes (east, north, up).
  void slab(Vec3 corner, const std::array<Vec3, 3>& edges, std::uint32_t colour);
  /// Corners clockwise as seen from where it is to be seen. `light`: Q8.
  void polygon(std::span<const Vec3> corners, std::uint32_t colour, std::int32_t light);
  void mesh(const Mesh& mesh, Vec3 position, std::int32_t heading, Body body, const Tones& tones);
  /// A patch of shadow on something level, see Faces::darken.
  void shadow(std::span<const Vec3> corners, bool is_soft, std::uint8_t on_number);

  [[nodiscard]] const Light& light() const { return light_; }
  /// Light on the sides of boxes, see Light::on_box.
  [[nodiscard]] const std::array<std::int32_t, 6>& box_light() const { return box_light_; }

 private:
  // What lies beyond a wall of the cell is left out: kept is where x * normal >= offset.
  struct Cut {
    EyePoint normal;  // Q16
    std::int64_t offset = 0;
  };
  void fill(std::span<const EyePoint> corners, std::uint32_t pixel);
  // Of a box from `corner` along three edges: those sides that are `seen`, in the order of Light::on_box.
  void sides(EyePoint corner, const std::array<EyePoint, 3>& edges, unsigned seen, std::uint32_t colour,
             const std::array<std::int32_t, 6>& light);
  // Clipped at the near plane and all cuts, and projected.
  [[nodiscard]] std::span<const Corner> clipped(std::span<const EyePoint> corners);

  const View* view_ = nullptr;
  Faces faces_;
  std::array<std::int32_t, 4> slopes_{};  // of the clip's left, right, top and bottom, Q16
  bool is_whole_ = true;                  // nothing of the body is cut off
  std::array<Cut, 4> cuts_;
  std::size_t num_cuts_ = 0;
  std::uint8_t number_ = 0;
  Light light_;
  std::array<std::int32_t, 6> box_light_{};
  // Scratch.
  std::vector<EyePoint> eye_corners_;
  std::vector<Corner> corners_;
  std::array<Corner, kMaxFaceCorners> face_{};
  std::array<std::array<EyePoint, kMaxFaceCorners>, 2> cut_{};
};

}  // namespace atl::envs::playhouse
