#include "tools/films.h"

<<<<<<< HEAD
=======
#include "core/error.h"
>>>>>>> 8214565 (tools: eval plays and films what the suite asks)
#include "datasets/video/episode_video.h"

namespace atl::tools {
namespace {

<<<<<<< HEAD
=======
// Joins each picture with what was done in its step: pictures come first, the last one without an action.
>>>>>>> 8214565 (tools: eval plays and films what the suite asks)
class FilmSink final : public session::EpisodeSink {
 public:
  FilmSink(const std::filesystem::path& file, double action_rate_hz) : video_(file, action_rate_hz) {}

  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override {
    video_.begin(instruction.text, start.player);
  }

<<<<<<< HEAD
  void add_frame(const datasets::FrameEntry& /*entry*/, ImageView pixels) override {
    if (pixels.data == nullptr) return;  // a heartbeat: the last picture still holds
    copy_packed(pixels, picture_.pixels);
    picture_.width_px = pixels.width_px;
    picture_.height_px = pixels.height_px;
    picture_.stride_bytes = static_cast<std::ptrdiff_t>(pixels.width_px) * kBytesPerPixel;
  }

  void add_action(const datasets::RecordedAction& action) override {
    if (!picture_.pixels.empty()) video_.add(picture_.view(), action.action, action.step);
=======
  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override {
    if (pixels.data == nullptr) return;
    ATOLL_CHECK(!waiting_, "two pictures for step {}", entry.step);
    if (picture_.size() != pixels.size()) picture_ = make_frame(pixels.size());
    copy_packed(pixels, picture_.pixels);
    waiting_ = true;
  }

  void add_action(const datasets::RecordedAction& action) override {
    if (waiting_) video_.add(picture_.view(), action.action, action.step);
    waiting_ = false;
>>>>>>> 8214565 (tools: eval plays and films what the suite asks)
  }

  void add_event(const InputEvent& /*event*/) override {}
  void add_drop(const datasets::DropNote& /*drop*/) override {}

  void end(const datasets::EpisodeEnd& end, const Instruction& /*instruction*/) override {
<<<<<<< HEAD
    if (!picture_.pixels.empty()) video_.end(picture_.view(), end.verdict, end.reason);
=======
    if (waiting_)
      video_.end(picture_.view(), end.verdict, end.reason);
    else
      video_.end(end.verdict, end.reason);
    waiting_ = false;
>>>>>>> 8214565 (tools: eval plays and films what the suite asks)
    video_.close();
  }

 private:
  video::EpisodeVideo video_;
<<<<<<< HEAD
  Frame picture_;  // the newest; empty before the first
=======
  Frame picture_;
  bool waiting_ = false;  // picture_ was not added yet
>>>>>>> 8214565 (tools: eval plays and films what the suite asks)
};

}  // namespace

bool can_film() { return true; }

std::unique_ptr<session::EpisodeSink> create_film(const std::filesystem::path& file, double action_rate_hz) {
  return std::make_unique<FilmSink>(file, action_rate_hz);
}

}  // namespace atl::tools
