#include "envs/playhouse/renderer.h"

#include "core/error.h"
#include "envs/playhouse/textures.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace atl::envs::playhouse {
namespace {

// Fully lit colours, 0xRRGGBB, in the order of Colour.
constexpr std::array<std::uint32_t, 6> kObjectColours{0xd22828, 0x28a53c, 0x2d4bd7, 0xe1cd2d, 0x963cbe, 0x32c3cd};
constexpr std::array<std::int32_t, 4> kWallHeadings{0, 1024, 2048, 3072};  // walls at +y, +x, -y, -x
constexpr std::int32_t kAmbient = 165;                                     // Q8: what faces away from the light keeps

FrameSize checked(FrameSize size) {
  if (size.width_px < 8 || size.height_px < 8 || size.width_px > 4096 || size.height_px > 4096) {
    fail(ErrorKind::kConfig, "playhouse: frame of {}x{} px, expected 8x8 to 4096x4096", size.width_px, size.height_px);
  }
  return size;
}

// A colour 0xRRGGBB times `light` (Q8), as a BGRA8 pixel read as a little-endian word.
std::uint32_t lit(std::uint32_t colour, std::int32_t light) {
  std::uint32_t pixel = 0xff000000;
  for (int shift = 0; shift <= 16; shift += 8) {
    const auto channel = static_cast<std::int32_t>((colour >> shift) & 255);
    pixel |= static_cast<std::uint32_t>(std::min(channel * light >> 8, 255)) << shift;
  }
  return pixel;
}

// How much light (Q8) falls on a surface with this normal (Q16), the room's brightness included.
std::int32_t light_on(Vec3 normal, const Look& look) {
  // From 45 degrees above.
  const std::int64_t flat =
      std::int64_t{normal.x} * sine(look.light_heading) + std::int64_t{normal.y} * cosine(look.light_heading);
  const std::int64_t facing = (flat + std::int64_t{normal.z} * kMetre) * 181 >> 32;  // Q8, times 1 / sqrt 2
  const std::int32_t light =
      kAmbient + (256 - kAmbient) * static_cast<std::int32_t>(std::max<std::int64_t>(facing, 0)) / 256;
  return light * look.brightness >> 8;
}

}  // namespace

Renderer::Renderer(FrameSize size)
    : size_(checked(size)),
      rasteriser_(size),
      ids_(static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px)) {
  const int segments = size.width_px <= 200 ? 12 : 24;
  for (std::size_t i = 0; i < meshes_.size(); ++i) meshes_[i] = create_mesh(static_cast<Shape>(i), segments);
}

void Renderer::draw(const Scene& scene, const Pose& pose, std::span<std::uint8_t> pixels) {
  ATOLL_CHECK(pixels.size() == ids_.size() * kBytesPerPixel, "picture of {} bytes, expected {}", pixels.size(),
              ids_.size() * kBytesPerPixel);
  ATOLL_CHECK(reinterpret_cast<std::uintptr_t>(pixels.data()) % 4 == 0, "picture is not aligned to 4 bytes");
  pixels_ = reinterpret_cast<std::uint32_t*>(pixels.data());
  std::memset(ids_.data(), 0, ids_.size());
  const Camera camera(size_, pose);
  draw_floor(scene, camera);
  draw_ceiling(scene, camera);
  for (int wall = 0; wall < 4; ++wall) draw_wall(scene, camera, wall);

  std::array<int, kNumObjects> order;
  std::iota(order.begin(), order.end(), 0);
  std::array<std::int64_t, kNumObjects> distance;
  for (std::size_t i = 0; i < kNumObjects; ++i) distance[i] = length_squared(scene.objects[i].position - pose.position);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return distance[static_cast<std::size_t>(a)] > distance[static_cast<std::size_t>(b)];
  });
  for (const int index : order) draw_object(scene, camera, index);
}

void Renderer::draw_floor(const Scene& scene, const Camera& camera) {
  const std::array<Vec3, 4> corners{camera.to_eye({-kRoomHalf, -kRoomHalf, 0}),
                                    camera.to_eye({-kRoomHalf, kRoomHalf, 0}), camera.to_eye({kRoomHalf, kRoomHalf, 0}),
                                    camera.to_eye({kRoomHalf, -kRoomHalf, 0})};
  const std::int32_t light = light_on({0, 0, kMetre}, scene.look);
  const std::array<std::uint32_t, 2> colours{lit(scene.look.floor_colour[0], light),
                                             lit(scene.look.floor_colour[1], light)};
  const Vec3 eye = camera.eye();
  const Vec3 step = camera.ray_step();
  for (const Span& span : rasteriser_.spans_of(camera, corners)) {
    const Vec3 ray = camera.ray(span.begin, span.y);
    const std::int64_t scale = (std::int64_t{eye.z} << 16) / std::max(-ray.z, 1);  // Q16: how far the ray goes
    auto x = static_cast<std::uint32_t>(eye.x + (ray.x * scale >> 16));
    auto y = static_cast<std::uint32_t>(eye.y + (ray.y * scale >> 16));
    const auto step_x = static_cast<std::uint32_t>(step.x * scale >> 16);
    const auto step_y = static_cast<std::uint32_t>(step.y * scale >> 16);
    std::uint32_t* row = pixels_ + static_cast<std::ptrdiff_t>(span.y) * size_.width_px;
    for (std::int32_t column = span.begin; column < span.end; ++column, x += step_x, y += step_y) {
      row[column] = ((x ^ y) >> 16 & 1) ? colours[1] : colours[0];
    }
  }
}

void Renderer::draw_ceiling(const Scene& scene, const Camera& camera) {
  const std::array<Vec3, 4> corners{
      camera.to_eye({-kRoomHalf, -kRoomHalf, kRoomHeight}), camera.to_eye({kRoomHalf, -kRoomHalf, kRoomHeight}),
      camera.to_eye({kRoomHalf, kRoomHalf, kRoomHeight}), camera.to_eye({-kRoomHalf, kRoomHalf, kRoomHeight})};
  const std::uint32_t colour = lit(scene.look.ceiling_colour, scene.look.brightness);
  for (const Span& span : rasteriser_.spans_of(camera, corners)) {
    std::uint32_t* row = pixels_ + static_cast<std::ptrdiff_t>(span.y) * size_.width_px;
    std::fill(row + span.begin, row + span.end, colour);
  }
}

void Renderer::draw_wall(const Scene& scene, const Camera& camera, int wall) {
  // In the wall's own frame, looking at it from inside: x along it to the right, y into it.
  const std::int32_t heading = kWallHeadings[static_cast<std::size_t>(wall)];
  const Vec2 left = from_view({-kRoomHalf, kRoomHalf}, heading);
  const Vec2 right = from_view({kRoomHalf, kRoomHalf}, heading);
  const std::array<Vec3, 4> corners{camera.to_eye({left.x, left.y, 0}), camera.to_eye({left.x, left.y, kRoomHeight}),
                                    camera.to_eye({right.x, right.y, kRoomHeight}),
                                    camera.to_eye({right.x, right.y, 0})};
  const std::span<const Span> spans = rasteriser_.spans_of(camera, corners);
  if (spans.empty()) return;

  const Texture& texture = textures()[scene.look.wall_texture[static_cast<std::size_t>(wall)]];
  const Vec2 inward = from_view({0, -kMetre}, heading);
  const std::int32_t light = light_on({inward.x, inward.y, 0}, scene.look);
  std::array<std::uint32_t, kNumTones> tones;
  for (std::size_t tone = 0; tone < tones.size(); ++tone) {
    tones[tone] =
        lit(scene.look.wall_colour[static_cast<std::size_t>(wall)], light * static_cast<std::int32_t>(16 + tone) / 26);
  }

  const Vec3 eye = camera.eye();
  const Vec2 eye_at = to_view({eye.x, eye.y}, heading);
  const std::int64_t distance = std::int64_t{kRoomHalf - eye_at.y} << 20;
  // Where the ray through a pixel meets the wall, in texels Q11 (32 texels to the metre).
  const auto hit = [&](int x, int y) {
    const Vec3 ray = camera.ray(x, y);
    const Vec2 flat = to_view({ray.x, ray.y}, heading);
    const std::int64_t scale = distance / std::max(flat.y, 1);  // Q20
    return Vec2{std::clamp(static_cast<std::int32_t>(eye_at.x + (flat.x * scale >> 20)), -kRoomHalf, kRoomHalf),
                std::clamp(static_cast<std::int32_t>(eye.z + (ray.z * scale >> 20)), 0, kRoomHeight)};
  };
  constexpr std::int32_t kEvery = 8;
  for (const Span& span : spans) {
    std::uint32_t* row = pixels_ + static_cast<std::ptrdiff_t>(span.y) * size_.width_px;
    Vec2 at = hit(span.begin, span.y);
    for (std::int32_t column = span.begin; column < span.end;) {
      const std::int32_t count = std::min(kEvery, span.end - column);
      const bool last = column + count == span.end;
      const Vec2 next = hit(last ? span.end - 1 : column + count, span.y);
      const std::int32_t gaps = last ? std::max(count - 1, 1) : count;
      const Vec2 step{(next.x - at.x) / gaps, (next.y - at.y) / gaps};
      for (std::int32_t i = 0; i < count; ++i, ++column, at = at + step) {
        row[column] =
            tones[texture[static_cast<std::size_t>(at.y >> 11 & 63)][static_cast<std::size_t>(at.x >> 11 & 63)]];
      }
      at = next;
    }
  }
}

void Renderer::draw_object(const Scene& scene, const Camera& camera, int index) {
  const Object& object = scene.objects[static_cast<std::size_t>(index)];
  const Vec3 middle = camera.to_eye({object.position.x, object.position.y, object.height / 2});
  const std::int32_t size = object.radius + object.height / 2;  // nothing of it is further from its middle
  if (middle.z + size < kNearPlane || std::abs(middle.x) > middle.z + 2 * size) return;  // behind, or beside the view

  const Mesh& mesh = meshes_[static_cast<std::size_t>(object.kind.shape)];
  const std::int32_t heading = object.kind.shape == Shape::kBox ? object.heading : 0;
  eye_corners_.clear();
  for (const Vec3& corner : mesh.corners) {
    const Vec2 flat = from_view({multiply(corner.x, object.radius), multiply(corner.y, object.radius)}, heading);
    eye_corners_.push_back(
        camera.to_eye({object.position.x + flat.x, object.position.y + flat.y, multiply(corner.z, object.height)}));
  }
  const std::uint32_t colour = kObjectColours[static_cast<std::size_t>(object.kind.colour)];
  for (const Face& face : mesh.faces) {
    face_.clear();
    for (const std::uint16_t corner : face.corners) face_.push_back(eye_corners_[corner]);
    const std::span<const Span> spans = rasteriser_.spans_of(camera, face_);
    if (spans.empty()) continue;
    const Vec2 normal = from_view({face.normal.x, face.normal.y}, heading);
    const std::uint32_t pixel = lit(colour, light_on({normal.x, normal.y, face.normal.z}, scene.look));
    for (const Span& span : spans) {
      const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(span.y) * size_.width_px;
      std::fill(pixels_ + row + span.begin, pixels_ + row + span.end, pixel);
      std::memset(ids_.data() + row + span.begin, index + 1, static_cast<std::size_t>(span.end - span.begin));
    }
  }
}

}  // namespace atl::envs::playhouse
