#include "envs/desktop/flash_window/flash_log.h"

#include "core/error.h"
#include "core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

Flash flash(std::uint32_t counter, const char* control, bool pressed) {
  return {counter,
          control_named(control),
          pressed,
          from_ns(counter * 100),
          from_ns(counter * 100 + 10),
          from_ns(counter * 100 + 20)};
}

TEST(FlashLog, ComesBackRunByRun) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "flash.log";
  {
    FlashLogWriter first(path);
    first.add(flash(1, "w", true));
    first.add(flash(2, "w", false));
  }
  {
    FlashLogWriter second(path);
    second.add(flash(1, "mouse_left", true));
  }
  const std::vector<FlashRun> runs = read_flash_log(path);
  ASSERT_EQ(runs.size(), 2U);
  ASSERT_EQ(runs[0].size(), 2U);
  EXPECT_EQ(runs[0][1].control, control_named("w"));
  EXPECT_FALSE(runs[0][1].pressed);
  EXPECT_EQ(runs[0][1].received, from_ns(200));
  EXPECT_EQ(runs[0][1].drawn_from, from_ns(210));
  EXPECT_EQ(runs[0][1].drawn_by, from_ns(220));
  ASSERT_EQ(runs[1].size(), 1U);
  EXPECT_EQ(runs[1][0].control, control_named("mouse_left"));
}

TEST(FlashLog, ALineThatWasCutByAKillIsLeftOut) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "flash.log";
  write_file_atomically(path, std::string_view("start\n1 w down 1 2 3\n2 w up 4 5"));
  const std::vector<FlashRun> runs = read_flash_log(path);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].size(), 1U);
}

TEST(FlashLog, WhatIsNoLogIsRefusedByLine) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "flash.log";
  for (const char* wrong : {"start\n1 w sideways 1 2 3\n", "start\n1 nokey down 1 2 3\n", "start\n2 w down 1 2 3\n",
                            "1 w down 1 2 3\n", "start\nrubbish\n"}) {
    write_file_atomically(path, std::string_view(wrong));
    try {
      static_cast<void>(read_flash_log(path));
      ADD_FAILURE() << wrong;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("flash.log:")) << wrong;
    }
  }
}

}  // namespace
}  // namespace atl::envs::desktop
