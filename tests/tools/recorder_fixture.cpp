#include "tests/tools/recorder_fixture.h"

#include "datasets/video/reader.h"

#include <algorithm>
#include <cstdlib>

namespace atl::tools_test {
namespace {

constexpr WindowGeometry kPlace{40, 30, 320, 240};

}  // namespace

DrawnWindow::DrawnWindow(const std::string& display) : window(display, kPlace) {
  window.focus();
  artist_ = std::thread([this] { draw(); });
}

DrawnWindow::~DrawnWindow() {
  is_done_ = true;
  artist_.join();
}

void DrawnWindow::draw() {
  SystemClock clock;
  Frame picture = make_frame({kPlace.width_px, kPlace.height_px});
  for (int i = 0; !is_done_; ++i) {
    const int brightness = is_black ? 0 : 60 + i % 160;
    const auto half = picture.pixels.begin() + static_cast<std::ptrdiff_t>(picture.pixels.size() / 2);
    std::fill(picture.pixels.begin(), half, static_cast<std::uint8_t>(brightness));
    std::fill(half, picture.pixels.end(), static_cast<std::uint8_t>(brightness / 2));
    if (!is_still) window.put(picture.view());
    clock.sleep_until(clock.now() + std::chrono::microseconds(16'666));
  }
}

RecorderFixture::RecorderFixture() { setenv("DISPLAY", screen.display().c_str(), 1); }

std::vector<std::string> RecorderFixture::record(const std::vector<std::string>& flags) const {
  std::vector<std::string> command{"record",        "window:AtollTest", "--player", "human",
                                   "--instruction", "look around",      "--out",    out};
  command.insert(command.end(), flags.begin(), flags.end());
  return command;
}

void RecorderFixture::tap(const char* key) {
  person.press(control_named(key));
  person.release(control_named(key));
}

datasets::RecordingCheck RecorderFixture::expect_ok() const {
  datasets::RecordingCheck check = datasets::check_recording(out, video::video_reader_factory());
  EXPECT_EQ(check.verdict, datasets::RecordingVerdict::kOk) << testing::PrintToString(check.problems);
  return check;
}

}  // namespace atl::tools_test
