// Takes pictures of a window and encodes them, as a recorder does, and nothing else: what tools/compare/x11grab.sh
// holds against ffmpeg. capture_encode DISPLAY TITLE RATE_HZ PRESET SECONDS OUT.mp4 prints how many pictures were
// encoded.
#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/error.h"
#include "datasets/video/writer.h"

#include <fmt/core.h>

#include <cstdlib>
#include <string>

namespace {

using namespace atl;

int run(char** argv) {
  const std::string display = argv[1];
  const std::string title = argv[2];
  const double rate_hz = std::atof(argv[3]);
  const auto match = capture::wait_window(display, {.title = title}, MonotonicClock::now() + std::chrono::seconds(10));
  if (!match) fail(ErrorKind::kDevice, "no window \"{}\" on {}", title, display);
  const auto source =
      capture::create_x11_window_source({.display = display, .window = match->id, .max_rate_hz = rate_hz});
  if (!source) fail(ErrorKind::kDevice, "window \"{}\" on {} was closed", title, display);
  const auto writer = video::create_video_writer(
      argv[6], {match->geometry.width_px, match->geometry.height_px},
      {.chroma = video::Chroma::k420, .crf = 23, .preset = argv[4], .keyframe_interval = 15, .rate_hz = rate_hz});
  Frame frame;
  std::uint64_t num_pictures = 0;
  const Timestamp begin = MonotonicClock::now();
  const Timestamp end = begin + from_seconds(std::atof(argv[5]));
  while (MonotonicClock::now() < end) {
    if (source->wait_frame(std::min(end, MonotonicClock::now() + std::chrono::milliseconds(250)), frame) !=
        capture::FrameStatus::kFrame)
      continue;
    num_pictures += writer->write(frame.view(), (frame.requested - begin).count() / 1000);
  }
  writer->close();
  fmt::print("{}\n", num_pictures);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  try {
    return run(argv);
  } catch (const Error& error) {
    fmt::print(stderr, "capture_encode: {}\n", error.what());
    return 1;
  }
}
