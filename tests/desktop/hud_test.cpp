#include "envs/desktop/doom/hud.h"

#include "core/resize.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

// A picture of one colour.
Frame plain_picture(FrameSize size, std::uint8_t level) {
  Frame frame = make_frame(size);
  std::fill(frame.pixels.begin(), frame.pixels.end(), level);
  return frame;
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
