// What things and players look like.
#pragma once

#include "envs/playhouse/draw_mesh.h"
#include "envs/playhouse/draw_pen.h"

#include <cstdint>

namespace atl::envs::playhouse {

/// The mesh of a shape for a picture in which it is about `height_px` high: coarse, middling or fine. Made once.
/// `reskin` other than 0: the same outline with other patterns and parts.
[[nodiscard]] const Mesh& mesh_of(Shape shape, std::uint32_t reskin, std::int32_t height_px);
/// What its tones are in a colour. `reskin` other than 0: other accents, the same main colours.
[[nodiscard]] const Tones& tones_of(Colour colour, std::uint32_t reskin);

/// A player, whose body is 1.70 m high.
[[nodiscard]] const Mesh& player_mesh(std::int32_t height_px);
[[nodiscard]] const Tones& player_tones(std::size_t player, std::uint32_t reskin);

}  // namespace atl::envs::playhouse
