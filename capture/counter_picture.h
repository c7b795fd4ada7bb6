// Pictures that carry a number in plain sight: 8 x 8 cells of black or white hold 32 bits and their complement. A
// picture that was torn, cut or mixed of two reads as nothing. Shared by the synthetic source and by tests of capture,
// encoding and recording; survives lossy video at sizes of 64 x 64 px and more.
#pragma once

#include "core/frame.h"

#include <cstdint>
#include <optional>
#include <span>

namespace atl::capture {

inline constexpr int kCounterCells = 8;  // a side

/// Fills `pixels` ([height, width, 4] tightly packed BGRA8, both sides >= 8 px) with the picture of `counter`.
void draw_counter(std::uint32_t counter, FrameSize size, std::span<std::uint8_t> pixels);

/// The number in a picture, or nothing if any pixel row or column of cells disagrees.
[[nodiscard]] std::optional<std::uint32_t> read_counter(ImageView image);

}  // namespace atl::capture
