#include "x11/overlay.h"

#include "core/action.h"
#include "core/draw_text.h"
#include "core/error.h"

#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace atl::x11 {
namespace {

constexpr int kScale = 2;    // of the font
constexpr int kMargin = 10;  // px around the words
constexpr int kLine = (kGlyphHeight + 4) * kScale;
constexpr int kFromEdge = 8;  // px between the window and the edge of the area
constexpr std::uint8_t kDepth = 24;

PointerPosition place_of(Corner corner, const WindowGeometry& area, FrameSize size) {
  const bool is_right = corner == Corner::kTopRight || corner == Corner::kBottomRight;
  const bool is_bottom = corner == Corner::kBottomRight || corner == Corner::kBottomLeft;
  return {area.x_px + (is_right ? area.width_px - size.width_px - kFromEdge : kFromEdge),
          area.y_px + (is_bottom ? area.height_px - size.height_px - kFromEdge : kFromEdge)};
}

std::int64_t overlap(const WindowGeometry& a, const WindowGeometry& b) {
  const int width = std::min(a.x_px + a.width_px, b.x_px + b.width_px) - std::max(a.x_px, b.x_px);
  const int height = std::min(a.y_px + a.height_px, b.y_px + b.height_px) - std::max(a.y_px, b.y_px);
  return width > 0 && height > 0 ? std::int64_t{width} * height : 0;
}

std::vector<std::uint32_t> draw(std::span<const OverlayLine> lines, std::uint32_t ground_rgb, FrameSize size) {
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px));
  const Picture picture{pixels.data(), size.width_px, size.height_px};
  picture.fill(0, 0, size.width_px, size.height_px, ground_rgb);
  int y = kMargin;
  for (const OverlayLine& line : lines) {
    draw_text(picture, kMargin, y, kScale, line.rgb, line.text);
    y += kLine;
  }
  return pixels;
}

}  // namespace

Corner corner_beside(const WindowGeometry& avoided, const WindowGeometry& area, FrameSize size) {
  constexpr std::array kCorners{Corner::kTopRight, Corner::kTopLeft, Corner::kBottomRight, Corner::kBottomLeft};
  const auto hidden = [&](Corner corner) {
    const PointerPosition place = place_of(corner, area, size);
    return overlap({place.x_px, place.y_px, size.width_px, size.height_px}, avoided);
  };
  return *std::min_element(kCorners.begin(), kCorners.end(), [&](Corner a, Corner b) { return hidden(a) < hidden(b); });
}

Overlay::Overlay(const Connection& connection) : connection_(connection) {
  xcb_connection_t* c = connection.get();
  connection.require_extension(xcb_xfixes_id, "XFIXES");
  const Owned<xcb_xfixes_query_version_reply_t> version(
      xcb_xfixes_query_version_reply(c, xcb_xfixes_query_version(c, 2, 0), nullptr));
  const Owned<xcb_get_geometry_reply_t> root(
      xcb_get_geometry_reply(c, xcb_get_geometry(c, connection.root()), nullptr));
  if (!version || version->major_version < 2 || !root || root->depth != kDepth) {
    connection.check();
    fail(ErrorKind::kDevice, "X display {} has XFIXES {} and {} bits a pixel; expected 2 or newer, and {}",
         connection.display(), version ? version->major_version : 0, root ? root->depth : 0, kDepth);
  }
  window_ = xcb_generate_id(c);
  // No window manager may frame it or give it the focus.
  const std::uint32_t values[] = {1, XCB_EVENT_MASK_VISIBILITY_CHANGE};
  xcb_create_window(c, XCB_COPY_FROM_PARENT, window_, connection.root(), 0, 0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                    XCB_COPY_FROM_PARENT, XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
  constexpr std::string_view kName = "atoll overlay";  // for who looks at the list of windows
  xcb_change_property(c, XCB_PROP_MODE_REPLACE, window_, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8, kName.size(),
                      kName.data());
  // No part of it takes the pointer.
  const xcb_xfixes_region_t nothing = xcb_generate_id(c);
  xcb_xfixes_create_region(c, nothing, 0, nullptr);
  constexpr int kInputShape = 2;  // of the extension SHAPE
  xcb_xfixes_set_window_shape_region(c, window_, kInputShape, 0, 0, nothing);
  xcb_xfixes_destroy_region(c, nothing);
  context_ = xcb_generate_id(c);
  xcb_create_gc(c, context_, window_, 0, nullptr);
  xcb_flush(c);
}

Overlay::~Overlay() {
  xcb_free_gc(connection_.get(), context_);
  xcb_destroy_window(connection_.get(), window_);
  xcb_flush(connection_.get());
}

FrameSize Overlay::size_of(std::span<const OverlayLine> lines) {
  int width = 0;
  for (const OverlayLine& line : lines) width = std::max(width, text_width(line.text) * kScale);
  const int height = static_cast<int>(lines.size()) * kLine - (kLine - kGlyphHeight * kScale);
  return {width + 2 * kMargin, std::max(height, 0) + 2 * kMargin};
}

void Overlay::show(std::span<const OverlayLine> lines, std::uint32_t ground_rgb, const WindowGeometry& area,
                   Corner corner) {
  xcb_connection_t* c = connection_.get();
  const FrameSize size = size_of(lines);
  const auto width = static_cast<std::uint16_t>(size.width_px);
  const auto height = static_cast<std::uint16_t>(size.height_px);
  const std::vector<std::uint32_t> pixels = draw(lines, ground_rgb, size);
  // As the window's ground the picture is drawn by the server alone, whatever covers and uncovers the window.
  const xcb_pixmap_t ground = xcb_generate_id(c);
  xcb_create_pixmap(c, kDepth, ground, window_, width, height);
  xcb_put_image(c, XCB_IMAGE_FORMAT_Z_PIXMAP, ground, context_, width, height, 0, 0, 0, kDepth,
                static_cast<std::uint32_t>(pixels.size() * sizeof pixels[0]),
                reinterpret_cast<const std::uint8_t*>(pixels.data()));
  xcb_change_window_attributes(c, window_, XCB_CW_BACK_PIXMAP, &ground);
  xcb_free_pixmap(c, ground);
  const PointerPosition place = place_of(corner, area, size);
  const std::uint32_t values[] = {static_cast<std::uint32_t>(place.x_px), static_cast<std::uint32_t>(place.y_px), width,
                                  height, XCB_STACK_MODE_ABOVE};
  xcb_configure_window(c, window_,
                       XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT |
                           XCB_CONFIG_WINDOW_STACK_MODE,
                       values);
  xcb_map_window(c, window_);
  xcb_clear_area(c, 0, window_, 0, 0, 0, 0);
  xcb_flush(c);
}

void Overlay::hide() {
  xcb_unmap_window(connection_.get(), window_);
  xcb_flush(connection_.get());
}

bool Overlay::on_event(const Event& event) {
  if (event.type() != XCB_VISIBILITY_NOTIFY) return false;
  const auto& visibility = event.as<xcb_visibility_notify_event_t>();
  if (visibility.window != window_) return false;
  is_covered_ = visibility.state != XCB_VISIBILITY_UNOBSCURED;
  return true;
}

void Overlay::raise() {
  const std::uint32_t above = XCB_STACK_MODE_ABOVE;
  xcb_configure_window(connection_.get(), window_, XCB_CONFIG_WINDOW_STACK_MODE, &above);
  xcb_flush(connection_.get());
}

}  // namespace atl::x11
