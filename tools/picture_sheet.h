// Sheets of pictures for people, with words in the small font of Playhouse.
#pragma once

#include "core/frame.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::tools {

struct Tile {
  Frame frame;
  std::string label;
};

/// Tiles of one size in rows of `columns`, each with its label below.
[[nodiscard]] Frame mounted(const std::vector<Tile>& tiles, int columns);

/// Pictures of one size as a table, row by row, with words above its columns and left of its rows.
[[nodiscard]] Frame tabled(const std::vector<Frame>& pictures, std::span<const std::string_view> columns,
                           std::span<const std::string_view> rows);

/// Each pixel as a block of `zoom` x `zoom`.
[[nodiscard]] Frame enlarged(ImageView picture, int zoom);

/// Copies a picture to (x, y) of `target`, where it fits.
void paste(ImageView source, int x, int y, Frame& target);

}  // namespace atl::tools
