#include "envs/playhouse/draw_mesh.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

struct Wide {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t z = 0;
};

// Of length 1 in Q14.
MeshCorner unit(Wide v) {
  const std::int64_t length = std::max<std::int64_t>(square_root(square(v.x) + square(v.y) + square(v.z)), 1);
  const auto part = [&](std::int64_t p) { return static_cast<std::int32_t>(p * kUnit / length); };
  return {part(v.x), part(v.y), part(v.z)};
}

std::int64_t dot(MeshCorner a, MeshCorner b) {
  return (std::int64_t{a.x} * b.x + std::int64_t{a.y} * b.y + std::int64_t{a.z} * b.z) >> 14;
}

}  // namespace

void MeshBuilder::set_middle(Point middle, bool is_hollow) {
  middle_ = {percent(middle.x), percent(middle.y), percent(middle.z)};
  is_hollow_ = is_hollow;
}

std::uint16_t MeshBuilder::corner(Point p) {
  mesh_.corners.push_back({percent(p.x), percent(p.y), percent(p.z)});
  return static_cast<std::uint16_t>(mesh_.corners.size() - 1);
}

void MeshBuilder::face(std::span<const std::uint16_t> corners, Tone tone) {
  // Newell's sum: twice the area, pointing to where the corners are seen anticlockwise from.
  Wide area;
  Wide sum;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const MeshCorner& a = mesh_.corners[corners[i]];
    const MeshCorner& b = mesh_.corners[corners[(i + 1) % corners.size()]];
    area.x += std::int64_t{a.y - b.y} * (a.z + b.z);
    area.y += std::int64_t{a.z - b.z} * (a.x + b.x);
    area.z += std::int64_t{a.x - b.x} * (a.y + b.y);
    sum = {sum.x + a.x, sum.y + a.y, sum.z + a.z};
  }
  const auto count = static_cast<std::int64_t>(corners.size());
  const Wide outward{sum.x / count - middle_.x, sum.y / count - middle_.y, sum.z / count - middle_.z};
  const bool looks_out = (area.x >> 8) * outward.x + (area.y >> 8) * outward.y + (area.z >> 8) * outward.z > 0;
  const bool is_clockwise = looks_out == is_hollow_;  // seen from where the face looks to
  const std::int64_t sign = is_clockwise ? -1 : 1;
  area = {area.x * sign, area.y * sign, area.z * sign};

  MeshFace face;
  face.first = static_cast<std::uint16_t>(mesh_.indices.size());
  face.count = static_cast<std::uint8_t>(corners.size());
  face.tone = tone;
  face.plane = unit({area.x >> 8, area.y >> 8, area.z >> 8});
  face.offset = static_cast<std::int32_t>(dot(face.plane, mesh_.corners[corners[0]]));
  face.normal = unit({area.x >> 8, area.y >> 8, (area.z >> 8) * 100 / height_to_radius_});
  mesh_.indices.insert(mesh_.indices.end(), corners.begin(), corners.end());
  if (!is_clockwise) std::reverse(mesh_.indices.begin() + face.first, mesh_.indices.end());
  mesh_.faces.push_back(face);
}

std::uint16_t MeshBuilder::ring(int segments, Point middle, std::int32_t radius_x, std::int32_t radius_y) {
  const auto first = static_cast<std::uint16_t>(mesh_.corners.size());
  for (int i = 0; i < segments; ++i) {
    const std::int32_t angle = i * kTurn / segments;
    mesh_.corners.push_back({percent(middle.x) + multiply(percent(radius_x), sine(angle)),
                             percent(middle.y) + multiply(percent(radius_y), cosine(angle)), percent(middle.z)});
  }
  return first;
}

void MeshBuilder::band(int segments, std::uint16_t low, std::uint16_t high, Tone tone) {
  for (int i = 0; i < segments; ++i) {
    const int next = (i + 1) % segments;
    const auto at = [](std::uint16_t ring, int index) { return static_cast<std::uint16_t>(ring + index); };
    face({at(low, i), at(low, next), at(high, next), at(high, i)}, tone);
  }
}

void MeshBuilder::cap(int segments, std::uint16_t ring, Tone tone) {
  std::vector<std::uint16_t> corners;
  for (int i = 0; i < segments; ++i) corners.push_back(static_cast<std::uint16_t>(ring + i));
  face(corners, tone);
}

void MeshBuilder::fan(int segments, std::uint16_t ring, Point tip, Tone tone) {
  const std::uint16_t point = corner(tip);
  for (int i = 0; i < segments; ++i) {
    const int next = (i + 1) % segments;
    face({static_cast<std::uint16_t>(ring + i), static_cast<std::uint16_t>(ring + next), point}, tone);
  }
}

void MeshBuilder::ellipsoid(Point middle, Point radii, int segments, std::span<const std::int32_t> latitudes,
                            std::span<const Tone> tones) {
  set_middle(middle);
  std::uint16_t below = 0;
  for (std::size_t i = 0; i < latitudes.size(); ++i) {
    const std::int32_t angle = from_degrees(latitudes[i]);
    const auto scaled = [](std::int32_t v, std::int32_t q16) { return multiply(v * 256, q16) / 256; };
    const std::int32_t c = cosine(angle);
    const std::uint16_t here = ring(segments, {middle.x, middle.y, middle.z + scaled(radii.z, sine(angle))},
                                    scaled(radii.x, c), scaled(radii.y, c));
    if (i == 0) {
      fan(segments, here, {middle.x, middle.y, middle.z - radii.z}, tones[0]);
    } else {
      band(segments, below, here, tones[i]);
    }
    below = here;
  }
  fan(segments, below, {middle.x, middle.y, middle.z + radii.z}, tones[latitudes.size()]);
}

void MeshBuilder::octahedron(Point middle, Point radii, Tone tone) {
  set_middle(middle);
  const std::uint16_t waist = ring(4, middle, radii.x, radii.y);
  fan(4, waist, {middle.x, middle.y, middle.z - radii.z}, tone);
  fan(4, waist, {middle.x, middle.y, middle.z + radii.z}, tone);
}

void MeshBuilder::box(Point low, Point high, Tone tone) {
  set_middle({(low.x + high.x) / 2, (low.y + high.y) / 2, (low.z + high.z) / 2});
  std::array<std::uint16_t, 8> c;
  for (int i = 0; i < 8; ++i) {
    c[static_cast<std::size_t>(i)] =
        corner({(i & 1) ? high.x : low.x, (i & 2) ? high.y : low.y, (i & 4) ? high.z : low.z});
  }
  face({c[0], c[1], c[5], c[4]}, tone);
  face({c[2], c[3], c[7], c[6]}, tone);
  face({c[0], c[2], c[6], c[4]}, tone);
  face({c[1], c[3], c[7], c[5]}, tone);
  face({c[4], c[5], c[7], c[6]}, tone);
  face({c[0], c[1], c[3], c[2]}, tone);
}

}  // namespace atl::envs::playhouse
