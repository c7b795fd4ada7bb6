#include "envs/desktop/doom/hud.h"

#include "core/random.h"
#include "core/resize.h"
#include "envs/desktop/doom/pickups.h"
#include "envs/desktop/judges/hud_sensor.h"
#include "tests/desktop/doom_data.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

// A picture of one colour.
Frame plain_picture(FrameSize size, std::uint8_t level) {
  Frame frame = make_frame(size);
  std::fill(frame.pixels.begin(), frame.pixels.end(), level);
  return frame;
}

// Draws a picture of the WAD as dsda-doom does, whose gamma table makes dark channels 1 lighter. `x`, `y`: in 320x200.
void draw(Frame& frame, const std::string& name, int x, int y, const DoomPalette& palette) {
  for (const DoomPatch::Pixel& pixel : read_patch(freedoom2().lump(name), 320, name).pixels) {
    for (int row = row_in_picture(y + pixel.y); row < row_in_picture(y + pixel.y + 1); ++row) {
      std::uint8_t* to = frame.pixels.data() + (std::ptrdiff_t{row} * kDoomPicture.width_px + x + pixel.x) * 4;
      for (const std::uint8_t channel : palette[pixel.colour])
        *to++ = static_cast<std::uint8_t>(channel + (channel < 128 ? 1 : 0));
    }
  }
}

constexpr std::size_t kStrongestFlash = 8;  // of damage: all colours of digits lie within 18

Frame status_bar(const DoomPalette& palette) {
  Frame frame = plain_picture(kDoomPicture, 68);
  draw(frame, "STBAR", 0, 168, palette);
  return frame;
}

HudField health() { return {"health 46 171 46 16", "wad:" + wad_path("freedoom2").string() + ":STTNUM", {}}; }

TEST(HudField, ReadsNumbersInEveryPalette) {
  const HudField field = health();
  const std::vector<DoomPalette> palettes = read_palettes(freedoom2());
  EXPECT_EQ(palettes.size(), 14U);
  for (std::size_t p = 0; p < palettes.size(); ++p) {
    for (const std::string number : {"0", "17", "26", "35", "48", "89", "93", "100"}) {
      Frame frame = status_bar(palettes[p]);
      int x = 90 - 13 * static_cast<int>(number.size());
      for (const char digit : number)
        draw(frame, std::string("STTNUM") + digit, std::exchange(x, x + 13), 171, palettes[p]);
      EXPECT_EQ(field.read(frame.view()), number) << "palette " << p;
    }
  }
}

// As a fading picture would be: nearly 8 and nearly 9.
TEST(HudField, SaysNothingBetweenTwoDigits) {
  const DoomPalette palette = read_palettes(freedoom2())[kStrongestFlash];
  Frame eight = status_bar(palette);
  draw(eight, "STTNUM8", 77, 171, palette);
  Frame nine = status_bar(palette);
  draw(nine, "STTNUM9", 77, 171, palette);
  for (std::size_t i = 0; i < eight.pixels.size(); ++i)
    eight.pixels[i] = static_cast<std::uint8_t>((eight.pixels[i] + nine.pixels[i]) / 2);
  EXPECT_EQ(health().read(eight.view()), "");
}

// A wall of many colours.
Frame wall(const DoomPalette& palette) {
  Frame frame = make_frame(kDoomPicture);
  for (std::size_t i = 0; i < frame.pixels.size(); ++i) {
    const DoomColour& colour = palette[i / 4 * 31 % 256];
    frame.pixels[i] = i % 4 < 3 ? colour[i % 4] : 255;
  }
  return frame;
}

Frame wall_with(const std::string& message, const DoomPalette& palette) {
  Frame frame = wall(palette);
  int x = 0;
  for (const char letter : message) {
    const std::string name = fmt::format("STCFN{:03}", static_cast<int>(letter));
    const int width = letter != ' ' ? read_patch(freedoom2().lump(name), 320, name).width : 4;
    if (x + width > kDoomPicture.width_px) break;
    if (letter != ' ') draw(frame, name, x, 0, palette);
    x += width;
  }
  return frame;
}

TEST(HudReader, ReadsMessagesInEveryPalette) {
  const HudReader reader(freedoom2());
  const std::string message = "PICKED UP SOME SHOTGUN SHELLS.";
  const std::vector<DoomPalette> palettes = read_palettes(freedoom2());
  for (std::size_t p = 0; p < palettes.size(); ++p)
    EXPECT_EQ(reader.read(wall_with(message, palettes[p]).view()).text, message) << "palette " << p;
}

// Most channels a little off, some far: no letter is exact any more.
void disturb(Random& random, Frame& frame) {
  for (std::uint8_t& channel : frame.pixels) {
    const int off = random.chance(1, 10) ? (random.chance(1, 2) ? 40 : -40) : random.between(-7, 7);
    channel = static_cast<std::uint8_t>(std::clamp(channel + off, 0, 255));
  }
}

TEST(HudReader, TellsKnownLinesApartThatAnEncoderHasChanged) {
  const HudReader reader(freedoom2());
  const PickupTable table(freedoom2());
  const std::vector<DoomPalette> palettes = read_palettes(freedoom2());
  std::vector<std::string> lines;
  for (const PickupTable::Item& item : table.items()) lines.push_back(item.message);
  Random random(3);
  for (const int palette : {0, 10}) {
    for (const std::string& line : lines) {
      Frame frame = wall_with(line, palettes[static_cast<std::size_t>(palette)]);
      disturb(random, frame);
      const HudReading found = reader.read_one_of(frame.view(), lines);
      EXPECT_EQ(found.text, line);
      EXPECT_EQ(found.palette, palette) << line;
    }
  }
  for (const DoomPalette& palette : palettes) {
    Frame frame = wall(palette);
    EXPECT_EQ(reader.read_one_of(frame.view(), lines).text, "");
  }
}

TEST(ColourTolerance, IsNothingWithoutContrast) {
  EXPECT_EQ(colour_tolerance(std::vector<DoomColour>(3, {0, 0, 250})), 0);
  EXPECT_EQ(colour_tolerance({}), 0);
  EXPECT_EQ(colour_tolerance(std::vector<DoomColour>{{0, 0, 234}, {4, 0, 252}}), 4);
  EXPECT_EQ(colour_tolerance(std::vector<DoomColour>{{0, 0, 47}, {47, 47, 227}}), kDoomColourTolerance);
}

TEST(HudReader, SeesNoMessageInAPlainPicture) {
  const HudReader reader(freedoom2());
  for (const int level : {0, 68, 128, 255})
    EXPECT_EQ(reader.read(plain_picture(kDoomPicture, static_cast<std::uint8_t>(level)).view()).text, "");
}

TEST(HudReader, RefusesPicturesOfAnotherShape) {
  const HudReader reader(freedoom2());
  EXPECT_THAT(error_of([&] {
                (void)reader.read(plain_picture({320, 200}, 0).view());
              }),
              HasSubstr("a Doom picture of 320x200 px, expected 320x240 or a whole multiple of it"));
  EXPECT_THAT(error_of([&] { (void)reader.read(plain_picture({96, 72}, 0).view()); }), HasSubstr("96x72"));
}

TEST(HudReader, NamesAFontThatIsMissing) {
  const WadFile empty({'P', 'W', 'A', 'D', 0, 0, 0, 0, 12, 0, 0, 0}, "empty.wad");
  EXPECT_THAT(error_of([&] { const HudReader reader(empty); }), HasSubstr("empty.wad has no lump PLAYPAL"));
}

}  // namespace
}  // namespace atl::envs::desktop
