#include "tests/display/screen_picture.h"

#include "core/error.h"
#include "x11/connection.h"

#include <xcb/xcb.h>

#include <cstring>

namespace atl::tests {

Frame screen_picture(const std::string& display, const WindowGeometry& area) {
  const x11::Connection connection(display);
  xcb_connection_t* c = connection.get();
  const auto cookie =
      xcb_get_image(c, XCB_IMAGE_FORMAT_Z_PIXMAP, connection.root(), static_cast<std::int16_t>(area.x_px),
                    static_cast<std::int16_t>(area.y_px), static_cast<std::uint16_t>(area.width_px),
                    static_cast<std::uint16_t>(area.height_px), ~0U);
  const x11::Owned<xcb_get_image_reply_t> image(xcb_get_image_reply(c, cookie, nullptr));
  ATOLL_CHECK(image != nullptr, "the screen {} shows no {}x{} px at {}, {}", display, area.width_px, area.height_px,
              area.x_px, area.y_px);
  Frame picture = make_frame({area.width_px, area.height_px});
  ATOLL_CHECK(static_cast<std::size_t>(xcb_get_image_data_length(image.get())) == picture.pixels.size(),
              "the screen {} has other pixels than BGRX", display);
  std::memcpy(picture.pixels.data(), xcb_get_image_data(image.get()), picture.pixels.size());
  return picture;
}

std::uint32_t rgb_at(ImageView picture, int x_px, int y_px) {
  const std::uint8_t* bgr = picture.row(y_px) + kBytesPerPixel * x_px;
  return static_cast<std::uint32_t>(bgr[2] << 16 | bgr[1] << 8 | bgr[0]);
}

}  // namespace atl::tests
