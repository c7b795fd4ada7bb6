#include "envs/playhouse/draw_screen.h"

#include "envs/playhouse/draw_pen.h"
#include "envs/playhouse/draw_toys.h"
#include "envs/playhouse/screens.h"

#include <algorithm>
#include <array>

namespace atl::envs::playhouse {
namespace {

constexpr std::uint32_t kPanel = 0x39414d;
constexpr std::uint32_t kRow = 0x566072;
constexpr std::uint32_t kSlot = 0x6c7688;
constexpr std::uint32_t kPointed = 0xffd75a;
constexpr std::uint32_t kText = 0xf4f4f0;
constexpr int kLeastTextWidth = 150;  // narrower pictures have no text

struct Rectangle {  // in pixels
  int left = 0, top = 0, right = 0, bottom = 0;
};

// One player's open screen.
class ScreenPainter {
 public:
  ScreenPainter(const Picture& picture, const House& house, const State& state, std::size_t player,
                std::vector<std::int32_t>& depths)
      : picture_(picture), house_(house), self_(state.players[player]), depths_(depths) {}

  void draw() {
    darken();
    fill(on_canvas(6, 4, kCanvasWidth - 6, kCanvasHeight - 4), kPanel);
    const Item* pointed = pointed_item(self_);
    for (const Item& item : items_of(self_.screen)) {
      const Rectangle place = on_canvas(item.left, item.top, item.right, item.bottom);
      if (&item == pointed) fill(grown(place, thickness()), kPointed);
      switch (item.kind) {
        case ItemKind::kSlot: slot(item, place); break;
        case ItemKind::kResume: resume(item, place); break;
        case ItemKind::kSetting: setting(item, place); break;
      }
    }
    if (self_.screen == Screen::kBag) in_hands();
    pointer();
  }

 private:
  [[nodiscard]] int x_of(int units) const { return units * picture_.width / kCanvasWidth; }
  [[nodiscard]] int y_of(int units) const { return units * picture_.height / kCanvasHeight; }
  [[nodiscard]] Rectangle on_canvas(int left, int top, int right, int bottom) const {
    return {x_of(left), y_of(top), x_of(right), y_of(bottom)};
  }
  [[nodiscard]] int thickness() const { return std::max(picture_.width / 160, 1); }
  [[nodiscard]] static Rectangle grown(Rectangle r, int by) {
    return {r.left - by, r.top - by, r.right + by, r.bottom + by};
  }
  void fill(Rectangle r, std::uint32_t rgb) const { picture_.fill(r.left, r.top, r.right, r.bottom, rgb); }

  void darken() const {
    const std::ptrdiff_t count = std::ptrdiff_t{picture_.width} * picture_.height;
    for (std::ptrdiff_t i = 0; i < count; ++i)
      picture_.pixels[i] = 0xff000000u | ((picture_.pixels[i] >> 1) & 0x007f7f7fu);
  }

  void text(Rectangle row, int left, std::string_view words) const {
    if (picture_.width < kLeastTextWidth) return;
    const int scale = thickness();
    draw_text(picture_, left, (row.top + row.bottom - kGlyphHeight * scale) / 2, scale, kText, words);
  }

  void slot(const Item& item, Rectangle place) {
    fill(place, kSlot);
    const std::uint8_t thing = self_.bag[item.index];
    if (thing != kNothing) toy(thing, place);
  }

  void resume(const Item& item, Rectangle place) const {
    fill(place, 0x3f7a52);
    const int middle = (place.left + place.right) / 2;
    text(place, middle - text_width(item.label) * thickness() / 2, item.label);
  }

  // A coloured sign, the name, and a switch that is green and on the right when it is on.
  void setting(const Item& item, Rectangle place) const {
    constexpr std::array<std::uint32_t, 3> kSigns{0xb060d0, 0xe8c040, 0x3458b8};
    fill(place, kRow);
    const int height = place.bottom - place.top;
    const int gap = std::max(height / 5, 1);
    const std::uint32_t sign = kSigns[item.index % kSigns.size()];
    fill({place.left + gap, place.top + gap, place.left + height - gap, place.bottom - gap}, sign);
    text(place, place.left + height - thickness(), item.label);
    const bool is_on = is_set(self_, static_cast<Setting>(item.index));
    const int width = (height - 2 * gap) * 5 / 3;
    const Rectangle track{place.right - gap - width, place.top + gap, place.right - gap, place.bottom - gap};
    fill(track, is_on ? 0x46b45a : 0x30343c);
    const int middle = (track.left + track.right) / 2;
    const Rectangle knob = is_on ? Rectangle{middle, track.top, track.right, track.bottom}
                                 : Rectangle{track.left, track.top, middle, track.bottom};
    fill(grown(knob, height >= 10 ? -1 : 0), is_on ? 0xe8ffe8 : 0x9aa0a8);
  }

  void in_hands() {
    if (!self_.holding.is_some()) return;
    const Rectangle place = on_canvas(9, 93, 28, 113);
    fill(grown(place, thickness()), 0x9aa4b8);
    fill(place, 0x2c3038);
    toy(self_.holding.thing(), place);
  }

  // A picture of a thing, seen a little from above.
  void toy(std::size_t thing, Rectangle place) {
    const Kind kind = house_.things[thing].kind;
    const Body body = body_of(kind);
    const FrameSize size{std::max(place.right - place.left, 2), std::max(place.bottom - place.top, 2)};
    constexpr int kZoom = 4;  // from afar, so that near parts are not larger than far ones
    const std::int32_t distance = std::max(body.height, 2 * body.radius) * kZoom * 7 / 8;
    const std::int32_t pitch = -from_degrees(22);
    const Vec3 eye{0, -multiply(distance, cosine(pitch)), body.height / 2 - multiply(distance, sine(pitch))};
    const View view =
        View(size, eye, 0, pitch).moved_to((place.left + place.right) / 2, (place.top + place.bottom) / 2, kZoom);
    depths_.assign(static_cast<std::size_t>(picture_.width) * static_cast<std::size_t>(picture_.height) + 3, 0);
    Region clip = whole_of({picture_.width, picture_.height});
    clip.top = place.top;
    clip.bottom = place.bottom;
    for (Interval& row : clip.rows)
      row = {static_cast<std::int16_t>(place.left), static_cast<std::int16_t>(place.right)};
    clip.left = place.left;
    clip.right = place.right;
    Pen pen(view, {picture_.pixels, depths_.data(), picture_.width, picture_.height});
    pen.set_clip(clip);
    const std::int32_t metre_px = pen.begin({0, 0, body.height / 2}, body.radius + body.height);
    if (metre_px == 0) return;
    pen.set_ink(0, {256, -kUnit / 2, -kUnit * 3 / 4});
    const auto height_px = static_cast<std::int32_t>(std::int64_t{metre_px} * body.height >> 16);
    pen.mesh(mesh_of(kind.shape, house_.look.reskin, height_px), {0, 0, 0}, from_degrees(215), body,
             tones_of(kind.colour, house_.look.reskin));
  }

  void pointer() const {
    // Rows of an arrow; first the outline, then what is in it.
    constexpr std::array<std::array<std::uint8_t, 2>, 9> kRows{{{0x80, 0},
                                                                {0xc0, 0},
                                                                {0xe0, 0x40},
                                                                {0xf0, 0x60},
                                                                {0xf8, 0x70},
                                                                {0xfc, 0x78},
                                                                {0xf8, 0x70},
                                                                {0xd8, 0x10},
                                                                {0x18, 0}}};
    const int scale = std::max(picture_.width / 240, 1);
    const int left = self_.pointer_x * picture_.width / (kCanvasWidth * kCountsPerUnit);
    const int top = self_.pointer_y * picture_.height / (kCanvasHeight * kCountsPerUnit);
    for (int row = 0; row < static_cast<int>(kRows.size()); ++row) {
      for (int column = 0; column < 6; ++column) {
        const auto& bits = kRows[static_cast<std::size_t>(row)];
        if (!(bits[0] >> (7 - column) & 1)) continue;
        const bool is_inside = (bits[1] >> (7 - column) & 1) != 0;
        picture_.fill(left + column * scale, top + row * scale, left + (column + 1) * scale, top + (row + 1) * scale,
                      is_inside ? 0xffffff : 0x101010);
      }
    }
  }

  const Picture& picture_;
  const House& house_;
  const PlayerState& self_;
  std::vector<std::int32_t>& depths_;
};

}  // namespace

void draw_crosshair(const Picture& picture, bool is_on_target) {
  const int t = std::max(picture.width / 320, 1);
  const int x = picture.width / 2;
  const int y = picture.height / 2;
  const auto arms = [&](int grow, std::uint32_t rgb) {
    const int near = t;
    const int far = 4 * t;
    picture.fill(x - far - grow, y - grow, x - near + grow, y + t + grow, rgb);
    picture.fill(x + near + t - grow, y - grow, x + far + t + grow, y + t + grow, rgb);
    picture.fill(x - grow, y - far - grow, x + t + grow, y - near + grow, rgb);
    picture.fill(x - grow, y + near + t - grow, x + t + grow, y + far + t + grow, rgb);
  };
  if (picture.width >= 200) arms(1, 0x202020);
  arms(0, is_on_target ? 0xffe040 : 0xf0f0f0);
}

void draw_hint(const Picture& picture, std::string_view text) {
  if (picture.width < kLeastTextWidth) return;
  const int scale = std::max(picture.width / 320, 1);
  const int width = text_width(text) * scale;
  const int left = (picture.width - width) / 2;
  const int top = picture.height - 2 * kGlyphHeight * scale;
  picture.fill(left - 2 * scale, top - 2 * scale, left + width + 2 * scale, top + (kGlyphHeight + 2) * scale, 0x202428);
  draw_text(picture, left, top, scale, kText, text);
}

void draw_screen(const Picture& picture, const House& house, const State& state, std::size_t player,
                 std::vector<std::int32_t>& depths) {
  ScreenPainter(picture, house, state, player, depths).draw();
}

}  // namespace atl::envs::playhouse
