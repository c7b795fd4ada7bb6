// Draws what a player sees, in software, in integers only: the same bits on every machine, compiler and thread.
//
// How a frame is made (draw_cells.h, of which the other draw_*.h are parts). From the eye's cell outward, through
// portals that are in view: the far cells first, each within the region that its portal covers (one interval of pixels
// a row), then the near cell's own floor, ceiling and walls, out of which those regions are cut. So walls and floors
// need no depth test, every pixel of them is written once, and there are no cracks. Floors and ceilings are linear
// along a row; on walls the ray's hit is computed where their distance bends and interpolated between. Textures come in
// halved sizes; light (draw_light.h) is a map of the floor and ramps along walls, prepared for a house and again when a
// lamp is switched. Bodies follow in each cell: convex faces of one colour (draw_faces.h), with a depth word a pixel
// that holds nearness and the entity's number. Hints, screens and crosshair come last.
//
// A door is drawn turned by twice the angle of its state: open, it lies flat against the wall, where it hides nothing,
// as in physics.
#pragma once

#include "core/frame.h"
#include "envs/playhouse/state.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace atl::envs::playhouse {

/// What hints call the keys (controls.h has the usual ones).
struct HintKeys {
  std::string walk = "w a s d";
  std::string take = "e";
  std::string use = "f";
  std::string rotate = "q";
  std::string bag = "tab";
  std::string menu = "esc";
};

/// Which extras a picture has.
struct DrawOptions {
  bool crosshair = true;
  bool smooth = false;  // drawn at twice the size and averaged: for people, four times the work
  HintKeys keys{};
};

/// Holds textures, meshes and scratch memory for one picture size; make one per thread.
class Renderer {
 public:
  /// Any size from 8x8 to 4096x4096; throws Error(kConfig) beyond.
  explicit Renderer(FrameSize size, DrawOptions options = {});
  ~Renderer();

  /// Draws what `player` sees, as their settings want it (Setting::kHints: a line on what can be done, in pictures of
  /// at least 150 px width; kNightMode: no daylight). `pixels`: [height, width] BGRA8, tightly packed, 4-byte aligned,
  /// alpha 255. Keeps what it prepared for `house` (by its hash and reskin) until another one is drawn.
  void draw(const House& house, const State& state, std::size_t player, std::span<std::uint8_t> pixels);

  /// Which entity each pixel of the last picture shows: [height, width], Entity::id + 1; 0: the bare house. Without
  /// screens and crosshair. Valid until the next draw.
  [[nodiscard]] std::span<const std::uint8_t> object_ids();

  /// How many triangles the bodies in the last picture were set up as; walls, floors and shadows are no triangles.
  [[nodiscard]] int num_triangles() const;

  /// What `player` can do with what they hold or what is in the middle of the last picture, which was drawn of the same
  /// house and state: "e: take duck". Empty: nothing.
  [[nodiscard]] std::string hint(const House& house, const State& state, std::size_t player) const;

  [[nodiscard]] FrameSize size() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace atl::envs::playhouse
