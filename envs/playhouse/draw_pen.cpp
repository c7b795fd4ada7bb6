#include "envs/playhouse/draw_pen.h"

#include "envs/playhouse/draw_paint.h"

namespace atl::envs::playhouse {
void Pen::set_clip(const Region& clip) {
  faces_.set_clip(clip);
  slopes_ = {view_->slope_of_column(clip.left), view_->slope_of_column(clip.right), -view_->slope_of_row(clip.top),
             -view_->slope_of_row(clip.bottom)};
}

std::int32_t Pen::begin(Vec3 middle, std::int32_t radius) {
  const EyePoint m = view_->to_eye(middle);
  num_cuts_ = 0;
  if (m.z + radius < kBodyNear) return 0;
  // Distances from the planes through the clip's edges are at most 1.35 times too large: 1 / cos 42 degrees.
  const std::int64_t slack = std::int64_t{radius} * 346 / 256;
  const auto at = [&](std::size_t edge) { return std::int64_t{slopes_[edge]} * m.z >> 16; };
  if (m.x + slack < at(0) || m.x - slack > at(1) || m.y - slack > at(2) || m.y + slack < at(3)) return 0;
  is_whole_ = m.z - radius >= kBodyNear;
  const std::int64_t distance = std::max(m.z, kBodyNear);
  return std::max(static_cast<std::int32_t>((view_->focal() << 8) / distance), 1);
}

void Pen::keep_within(const Rect& cell, Vec2 middle, std::int32_t radius) {
  const Vec3 eye = view_->eye();
  // A plane that the eye is beyond is that of the portal which the cell is seen through: no need to cut there.
  const auto cut = [&](bool reaches_out, Vec3 normal, std::int64_t offset) {
    if (!reaches_out || offset > 0) return;
    cuts_[num_cuts_++] = {view_->turned(normal), offset};
    is_whole_ = false;
  };
  cut(middle.x - radius < cell.low.x, {kMetre, 0, 0}, std::int64_t{cell.low.x} - eye.x);
  cut(middle.x + radius > cell.high.x, {-kMetre, 0, 0}, std::int64_t{eye.x} - cell.high.x);
  cut(middle.y - radius < cell.low.y, {0, kMetre, 0}, std::int64_t{cell.low.y} - eye.y);
  cut(middle.y + radius > cell.high.y, {0, -kMetre, 0}, std::int64_t{eye.y} - cell.high.y);
}

void Pen::set_ink(std::uint8_t number, const Light& light) {
  number_ = number;
  light_ = light;
  box_light_ = light.on_box();
}

std::span<const Corner> Pen::clipped(std::span<const EyePoint> corners) {
  std::size_t count = corners.size();
  std::copy(corners.begin(), corners.end(), cut_[0].begin());
  std::size_t from = 0;
  const auto cut_by = [&](auto side) {  // side(p): how far inside
    const std::span<const EyePoint> in(cut_[from].data(), count);
    auto& out = cut_[1 - from];
    count = 0;
    for (std::size_t i = 0; i < in.size() && count + 2 <= kMaxFaceCorners; ++i) {
      const EyePoint a = in[i];
      const EyePoint b = in[i + 1 < in.size() ? i + 1 : 0];
      const std::int64_t a_side = side(a);
      const std::int64_t b_side = side(b);
      if (a_side >= 0) out[count++] = a;
      if ((a_side >= 0) == (b_side >= 0)) continue;
      const auto mix = [&](std::int32_t p, std::int32_t q) {
        return static_cast<std::int32_t>(p + (std::int64_t{q} - p) * a_side / (a_side - b_side));
      };
      out[count++] = {mix(a.x, b.x), mix(a.y, b.y), mix(a.z, b.z)};
    }
    from = 1 - from;
  };
  cut_by([](EyePoint p) { return std::int64_t{p.z} - kBodyNear; });
  for (std::size_t i = 0; i < num_cuts_; ++i) {
    const Cut& cut = cuts_[i];
    cut_by([&](EyePoint p) {
      const std::int64_t along =
          std::int64_t{p.x} * cut.normal.x + std::int64_t{p.y} * cut.normal.y + std::int64_t{p.z} * cut.normal.z;
      return (along >> 16) - cut.offset;
    });
  }
  for (std::size_t i = 0; i < count; ++i) {
    EyePoint p = cut_[from][i];
    p.z = std::max(p.z, kBodyNear);  // rounding
    face_[i] = view_->project(p);
  }
  return {face_.data(), count};
}

void Pen::fill(std::span<const EyePoint> corners, std::uint32_t pixel) {
  if (!is_whole_) {
    const std::span<const Corner> face = clipped(corners);
    if (face.size() >= 3) faces_.fill(face, pixel, number_);
    return;
  }
  for (std::size_t i = 0; i < corners.size(); ++i) face_[i] = view_->project(corners[i]);
  faces_.fill({face_.data(), corners.size()}, pixel, number_);
}

void Pen::polygon(std::span<const Vec3> corners, std::uint32_t colour, std::int32_t light) {
  std::array<EyePoint, kMaxFaceCorners> points;
  for (std::size_t i = 0; i < corners.size(); ++i) points[i] = view_->to_eye(corners[i]);
  fill({points.data(), corners.size()}, lit(colour, light));
}

void Pen::box(const Box& box, std::uint32_t colour, unsigned left_out) {
  const Vec3 eye = view_->eye();
  unsigned seen = 0;
  if (eye.x < box.low.x) seen |= 1;
  if (eye.x > box.high.x) seen |= 2;
  if (eye.y < box.low.y) seen |= 4;
  if (eye.y > box.high.y) seen |= 8;
  if (eye.z < box.low.z) seen |= kBottomSide;
  if (eye.z > box.high.z) seen |= kTopSide;
  seen &= ~left_out;
  if (seen == 0) return;
  sides(view_->to_eye(box.low),
        {view_->turned({box.high.x - box.low.x, 0, 0}), view_->turned({0, box.high.y - box.low.y, 0}),
         view_->turned({0, 0, box.high.z - box.low.z})},
        seen, colour, box_light_);
}

void Pen::slab(Vec3 corner, const std::array<Vec3, 3>& edges, std::uint32_t colour) {
  const Vec3 eye = view_->eye();
  std::array<EyePoint, 3> turned;
  std::array<std::int32_t, 6> light{};
  unsigned seen = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const Vec3& edge = edges[i];
    turned[i] = view_->turned(edge);
    const std::int64_t squared = square(edge.x) + square(edge.y) + square(edge.z);
    const std::int64_t length = std::max<std::int64_t>(square_root(squared), 1);
    const auto part = [&](std::int64_t v) { return static_cast<std::int32_t>(v * kUnit / length); };
    const MeshCorner n{part(edge.x), part(edge.y), part(edge.z)};
    const std::int64_t along = std::int64_t{eye.x - corner.x} * edge.x + std::int64_t{eye.y - corner.y} * edge.y +
                               std::int64_t{eye.z - corner.z} * edge.z;
    if (along < 0) seen |= 1u << 2 * i;
    if (along > squared) seen |= 2u << 2 * i;
    light[2 * i] = light_.on({-n.x, -n.y, -n.z});
    light[2 * i + 1] = light_.on(n);
  }
  sides(view_->to_eye(corner), turned, seen, colour, light);
}

void Pen::sides(EyePoint corner, const std::array<EyePoint, 3>& edges, unsigned seen, std::uint32_t colour,
                const std::array<std::int32_t, 6>& light) {
  // Corner number: bits 0, 1, 2: at the far end of the first, second, third edge. Clockwise from outside.
  static constexpr std::array<std::array<std::uint8_t, 4>, 6> kSideCorners{
      {{2, 6, 4, 0}, {1, 5, 7, 3}, {0, 4, 5, 1}, {3, 7, 6, 2}, {2, 0, 1, 3}, {4, 6, 7, 5}}};
  std::array<EyePoint, 8> points{corner, corner + edges[0], corner + edges[1], corner + edges[0] + edges[1]};
  for (std::size_t i = 0; i < 4; ++i) points[i + 4] = points[i] + edges[2];
  std::array<Corner, 8> corners;
  if (is_whole_) {
    for (std::size_t i = 0; i < 8; ++i) corners[i] = view_->project(points[i]);
  }
  for (std::size_t side = 0; side < 6; ++side) {
    if (!(seen >> side & 1)) continue;
    const auto& c = kSideCorners[side];
    const std::uint32_t pixel = lit(colour, light[side]);
    if (is_whole_) {
      const std::array<Corner, 4> face{corners[c[0]], corners[c[1]], corners[c[2]], corners[c[3]]};
      faces_.fill(face, pixel, number_);
    } else {
      const std::array<EyePoint, 4> face{points[c[0]], points[c[1]], points[c[2]], points[c[3]]};
      fill(face, pixel);
    }
  }
}

void Pen::mesh(const Mesh& mesh, Vec3 position, std::int32_t heading, Body body, const Tones& tones) {
  const Vec2 right = from_view({body.radius, 0}, heading);
  const Vec2 front = from_view({0, body.radius}, heading);
  const EyePoint origin = view_->to_eye(position);
  const EyePoint x = view_->turned({right.x, right.y, 0});
  const EyePoint y = view_->turned({front.x, front.y, 0});
  const EyePoint z = view_->turned({0, 0, body.height});
  // Eye and light as the mesh sees them.
  const Vec3 eye = view_->eye();
  const Vec2 away = to_view({eye.x - position.x, eye.y - position.y}, heading);
  const std::int64_t eye_x = std::int64_t{away.x} * kUnit / body.radius;
  const std::int64_t eye_y = std::int64_t{away.y} * kUnit / body.radius;
  const std::int64_t eye_z = std::int64_t{eye.z - position.z} * kUnit / body.height;
  const Vec2 from = to_view({light_.east, light_.north}, heading);
  const Light light{light_.level, from.x, from.y};

  eye_corners_.resize(mesh.corners.size());
  corners_.resize(mesh.corners.size());
  for (std::size_t i = 0; i < mesh.corners.size(); ++i) {
    const MeshCorner& c = mesh.corners[i];
    const auto part = [&](std::int32_t o, std::int64_t a, std::int64_t b, std::int64_t d) {
      return o + static_cast<std::int32_t>((a * c.x + b * c.y + d * c.z) >> 14);
    };
    eye_corners_[i] = {part(origin.x, x.x, y.x, z.x), part(origin.y, x.y, y.y, z.y), part(origin.z, x.z, y.z, z.z)};
    if (is_whole_) corners_[i] = view_->project(eye_corners_[i]);
  }
  std::array<EyePoint, kMaxFaceCorners> points;
  for (const MeshFace& face : mesh.faces) {
    if ((face.plane.x * eye_x + face.plane.y * eye_y + face.plane.z * eye_z) >> 14 <= face.offset) continue;
    const std::uint32_t pixel = lit(tones[static_cast<std::size_t>(face.tone)], light.on(face.normal));
    const std::uint16_t* index = &mesh.indices[face.first];
    if (is_whole_) {
      for (std::size_t i = 0; i < face.count; ++i) face_[i] = corners_[index[i]];
      faces_.fill({face_.data(), face.count}, pixel, number_);
    } else {
      for (std::size_t i = 0; i < face.count; ++i) points[i] = eye_corners_[index[i]];
      fill({points.data(), face.count}, pixel);
    }
  }
}

void Pen::shadow(std::span<const Vec3> corners, bool is_soft, std::uint8_t on_number) {
  std::array<EyePoint, kMaxFaceCorners> points;
  for (std::size_t i = 0; i < corners.size(); ++i) points[i] = view_->to_eye(corners[i]);
  const std::span<const Corner> face = clipped({points.data(), corners.size()});
  if (face.size() >= 3) faces_.darken(face, is_soft, on_number);
}

}  // namespace atl::envs::playhouse
