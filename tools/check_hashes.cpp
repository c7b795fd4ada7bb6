#include "tools/check_hashes.h"

#include "core/error.h"
#include "session/replay.h"
#include "tools/drawn_again.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace atl::tools {
namespace {

bool is_drawn_again(const datasets::FrameEntry& frame) {
  return frame.kind == datasets::FrameKind::kReplay && frame.pixel_hash != 0;
}

class HashChecker {
 public:
  explicit HashChecker(datasets::RecordingReader& recording) : recording_(recording) {}

  HashCheck run() {
    for (std::size_t i = 0; i < recording_.episodes().size() && result_.note.empty(); ++i) {
      const session::EpisodeTrace trace = session::read_trace(recording_, i);
      const auto first = std::find_if(trace.frames.begin(), trace.frames.end(), is_drawn_again);
      if (first == trace.frames.end()) continue;
      if (open_world({first->window.width_px, first->window.height_px})) compare(i, trace);
    }
    return std::move(result_);
  }

 private:
  // Stepped worlds note the size of their pictures as the window's.
  bool open_world(FrameSize frame) {
    if (world_ && frame == size_) return true;
    try {
      world_ = create_recorded_world(recording_.facts(), frame);
    } catch (const Error& error) {
      result_.note = error.what();
    }
    if (!result_.note.empty()) result_.note = "its pictures cannot be drawn again here: " + result_.note;
    size_ = frame;
    return result_.note.empty();
  }

  void compare(std::size_t index, const session::EpisodeTrace& trace) {
    const session::ReplayResult replayed = session::replay_episode(*world_, trace);
    result_.pictures += replayed.num_frames_compared;
    if (!replayed.is_equal())
      result_.problems.push_back(
          fmt::format("episode {}: played again, it differs: {}", index, fmt::join(replayed.differences, "; ")));
  }

  datasets::RecordingReader& recording_;
  std::unique_ptr<envs::SteppedEnvironment> world_;
  FrameSize size_;
  HashCheck result_;
};

}  // namespace

HashCheck check_hashes(const std::filesystem::path& recording) {
  try {
    const auto reader = datasets::RecordingReader::open(recording);
    if (reader->facts().clock != "world") return {};
    return HashChecker(*reader).run();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace atl::tools
