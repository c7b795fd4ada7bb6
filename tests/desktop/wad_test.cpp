#include "envs/desktop/doom/wad.h"

#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

// A WAD with one lump "THING" of the bytes 1, 2, 3.
std::vector<std::uint8_t> small_wad() {
  std::vector<std::uint8_t> bytes = {'P', 'W', 'A', 'D', 1, 0, 0, 0, 15, 0, 0, 0, 1, 2, 3};
  for (const int byte : {12, 0, 0, 0, 3, 0, 0, 0}) bytes.push_back(static_cast<std::uint8_t>(byte));
  for (const char c : std::string("THING\0\0\0", 8)) bytes.push_back(static_cast<std::uint8_t>(c));
  return bytes;
}

std::string error_for(std::vector<std::uint8_t> bytes) {
  return error_of([&] { const WadFile wad(std::move(bytes), "small.wad"); });
}

TEST(Wad, FindsLumpsByName) {
  const WadFile wad(small_wad(), "small.wad");
  ASSERT_TRUE(wad.find("THING").has_value());
  EXPECT_THAT(wad.lump("THING"), testing::ElementsAre(1, 2, 3));
  EXPECT_FALSE(wad.find("OTHER").has_value());
}

TEST(Wad, NamesTheNearestLump) {
  const WadFile wad(small_wad(), "small.wad");
  EXPECT_THAT(error_of([&] { (void)wad.lump("THINK"); }),
              testing::AllOf(HasSubstr("small.wad has no lump THINK"), HasSubstr("THING")));
}

TEST(Wad, RefusesWhatIsNoWad) {
  EXPECT_THAT(error_for({1, 2, 3}), HasSubstr("small.wad is no WAD: 3 bytes, expected at least 12"));
  std::vector<std::uint8_t> other = small_wad();
  other[0] = 'X';
  EXPECT_THAT(error_for(other), HasSubstr("begins with bytes 58 57 41 44, expected IWAD or PWAD"));
}

TEST(Wad, RefusesADirectoryOutside) {
  std::vector<std::uint8_t> cut = small_wad();
  cut.pop_back();
  EXPECT_THAT(error_for(cut), HasSubstr("a directory of 1 lumps at byte 15 does not fit into its 30 bytes"));
  std::vector<std::uint8_t> huge = small_wad();
  huge[7] = 0xff;  // 4 billion lumps: the product with their size must not wrap
  EXPECT_THAT(error_for(huge), HasSubstr("does not fit"));
}

TEST(Wad, RefusesALumpOutside) {
  std::vector<std::uint8_t> bytes = small_wad();
  bytes[15] = 200;
  EXPECT_THAT(error_for(bytes), HasSubstr("lump 0 (THING): bytes 200 to 203 lie outside, it has 31"));
  bytes[15] = 12;
  bytes[19] = bytes[20] = bytes[21] = bytes[22] = 0xff;  // offset + size wraps in 32 bits
  EXPECT_THAT(error_for(bytes), HasSubstr("lie outside"));
}

TEST(Wad, ReadsFreedoom) {
  EXPECT_GT(freedoom2().entries().size(), 3000U);
  EXPECT_EQ(freedoom2().lump("DEMO1").size(), 5674U);
  EXPECT_EQ(freedoom2().lump("PLAYPAL").size(), 14U * 768U);
}

}  // namespace
}  // namespace atl::envs::desktop
