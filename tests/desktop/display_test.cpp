// A screen of our own: what is said when its server is missing, does not start, or ends. The real one serves the tests
// of live games.
#include "envs/desktop/game/display.h"

#include "core/clock.h"
#include "core/files.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

constexpr FrameSize kScreen{64, 48};

// While it lives, the only program in PATH is an Xvfb that does what `script` says; none where that is empty.
class OnlyXvfb {
 public:
  explicit OnlyXvfb(const std::string& script) : path_(std::getenv("PATH")) {
    if (!script.empty()) {
      const std::filesystem::path program = folder_.path() / "Xvfb";
      write_file_atomically(program, "#!/bin/sh\n" + script + "\n");
      std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    }
    setenv("PATH", folder_.path().c_str(), 1);
  }
  OnlyXvfb(const OnlyXvfb&) = delete;
  OnlyXvfb& operator=(const OnlyXvfb&) = delete;
  ~OnlyXvfb() { setenv("PATH", path_.c_str(), 1); }

 private:
  const TemporaryFolder folder_;
  const std::string path_;
};

TEST(GameDisplay, SaysWhatAServerSaidThatDoesNotStart) {
  const OnlyXvfb server("echo no screens for you >&2; exit 3");
  EXPECT_THAT(error_of([] { const GameDisplay display(DisplayChoice::kVirtual, kScreen); }),
              HasSubstr("Xvfb did not start within 20 s: exit code 3; it said:\nno screens for you"));
}

TEST(GameDisplay, SaysWhatAServerSaidThatEnded) {
  const OnlyXvfb server("echo out of memory >&2; echo 99 > /proc/self/fd/$2; exit 1");
  GameDisplay display(DisplayChoice::kVirtual, kScreen);
  EXPECT_EQ(display.name(), ":99");
  const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(10);
  std::string message;
  do {
    message = error_of([&] { display.check(); });
  } while (message.empty() && MonotonicClock::now() < deadline);
  EXPECT_THAT(message, HasSubstr("the virtual display :99 ended: exit code 1; it said:\nout of memory"));
}

TEST(GameDisplay, NamesTheReasonForAVirtualScreenAndHowToGetIt) {
  const OnlyXvfb none("");
  EXPECT_EQ(error_of([] { const GameDisplay display(DisplayChoice::kVirtual, kScreen); }),
            "a virtual display is wanted, and Xvfb is missing; run: apt-get install xvfb");
}

}  // namespace
}  // namespace atl::envs::desktop
