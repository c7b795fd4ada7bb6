#include "tools/picture_sheet.h"

#include "core/draw_text.h"

#include <cstring>

namespace atl::tools {
namespace {

constexpr int kScale = 2;  // of the font
constexpr int kLabelHeight = 22;
constexpr std::uint32_t kPaper = 0xffffff;
constexpr std::uint32_t kInk = 0x303030;

Picture picture_of(Frame& frame) {
  return {reinterpret_cast<std::uint32_t*>(frame.pixels.data()), frame.width_px, frame.height_px};
}

Frame blank(FrameSize size) {
  Frame frame = make_frame(size);
  picture_of(frame).fill(0, 0, size.width_px, size.height_px, kPaper);
  return frame;
}

void write_centred(Frame& sheet, int middle, int y, std::string_view text) {
  draw_text(picture_of(sheet), middle - text_width(text) * kScale / 2, y, kScale, kInk, text);
}

}  // namespace

void paste(ImageView source, int x, int y, Frame& target) {
  for (int row = 0; row < source.height_px; ++row) {
    std::memcpy(target.pixels.data() + (y + row) * target.stride_bytes + std::ptrdiff_t{x} * kBytesPerPixel,
                source.row(row), static_cast<std::size_t>(source.width_px) * kBytesPerPixel);
  }
}

Frame enlarged(ImageView picture, int zoom) {
  Frame large = make_frame({picture.width_px * zoom, picture.height_px * zoom});
  for (int y = 0; y < large.height_px; ++y) {
    for (int x = 0; x < large.width_px; ++x) {
      std::memcpy(large.pixels.data() + y * large.stride_bytes + std::ptrdiff_t{x} * kBytesPerPixel,
                  picture.row(y / zoom) + std::ptrdiff_t{x / zoom} * kBytesPerPixel, kBytesPerPixel);
    }
  }
  return large;
}

Frame mounted(const std::vector<Tile>& tiles, int columns) {
  constexpr int kGap = 4;
  const FrameSize size = tiles.front().frame.size();
  const int rows = (static_cast<int>(tiles.size()) + columns - 1) / columns;
  const int height = size.height_px + kLabelHeight;
  Frame sheet = blank({(size.width_px + kGap) * columns - kGap, height * rows});
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const int x = static_cast<int>(i) % columns * (size.width_px + kGap);
    const int y = static_cast<int>(i) / columns * height;
    paste(tiles[i].frame.view(), x, y, sheet);
    write_centred(sheet, x + size.width_px / 2, y + size.height_px + 4, tiles[i].label);
  }
  return sheet;
}

Frame tabled(const std::vector<Frame>& pictures, std::span<const std::string_view> columns,
             std::span<const std::string_view> rows) {
  constexpr int kMargin = 92;  // for the names of rows
  const FrameSize size = pictures.front().size();
  const auto width = static_cast<int>(columns.size());
  Frame sheet = blank({kMargin + size.width_px * width, kLabelHeight + size.height_px * static_cast<int>(rows.size())});
  for (std::size_t i = 0; i < columns.size(); ++i)
    write_centred(sheet, kMargin + size.width_px * static_cast<int>(i) + size.width_px / 2, 4, columns[i]);
  for (std::size_t i = 0; i < rows.size(); ++i)
    write_centred(sheet, kMargin / 2, kLabelHeight + size.height_px * static_cast<int>(i) + size.height_px / 2 - 7,
                  rows[i]);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const int at = static_cast<int>(i);
    paste(pictures[i].view(), kMargin + at % width * size.width_px, kLabelHeight + at / width * size.height_px, sheet);
  }
  return sheet;
}

}  // namespace atl::tools
