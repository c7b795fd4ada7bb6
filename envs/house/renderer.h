// Draws what a player sees, in software, in integers only: the same bits on every machine, compiler and thread.
//
// How a frame is made. From the eye's cell outward, through portals that are in view: the far cells first, each within
// the screen rectangle of the portal that it is seen through, then the near cell's own walls around its portals, so
// that walls and floors need no depth test and nearly every pixel of them is written once. Floors and ceilings are
// linear along a row; on walls the ray's hit is computed every few pixels and interpolated. Shadows darken what is
// below them. Things, furniture and players follow in each cell, with a depth word a pixel that holds inverse depth and
// the entity's number. Screens and crosshair come last.
#pragma once

#include "core/frame.h"
#include "envs/house/state.h"

#include <cstdint>
#include <memory>
#include <span>

namespace atl::envs::house {

/// Which extras a picture has.
struct DrawOptions {
  bool crosshair = true;
  bool smooth = false;  // drawn at twice the size and averaged: for people, four times the work
};

/// Holds textures, meshes and scratch memory for one picture size; make one per thread.
class Renderer {
 public:
  /// Any size from 8x8 to 4096x4096; throws Error(kConfig) beyond.
  explicit Renderer(FrameSize size, DrawOptions options = {});
  ~Renderer();

  /// Draws what `player` sees. `pixels`: [height, width] BGRA8, tightly packed, 4-byte aligned, alpha 255. Keeps what
  /// it prepared for `house` (by its hash and reskin) until another one is drawn.
  void draw(const House& house, const State& state, std::size_t player, std::span<std::uint8_t> pixels);

  /// Which entity each pixel of the last picture shows: [height, width], Entity::id + 1; 0: the bare house. Without
  /// screens and crosshair. Valid until the next draw.
  [[nodiscard]] std::span<const std::uint8_t> object_ids();

  [[nodiscard]] FrameSize size() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace atl::envs::house
