#include "tools/films.h"

#include "datasets/video/episode_video.h"

namespace atl::tools {
namespace {

class FilmSink final : public session::EpisodeSink {
 public:
  FilmSink(const std::filesystem::path& file, double action_rate_hz)
      : video_(file, action_rate_hz, video::kSmallFilm) {}

  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override {
    video_.begin(instruction.text, start.player);
  }

  void add_frame(const datasets::FrameEntry& /*entry*/, ImageView pixels) override {
    if (pixels.data == nullptr) return;  // a heartbeat: the last picture still holds
    copy_packed(pixels, picture_.pixels);
    picture_.width_px = pixels.width_px;
    picture_.height_px = pixels.height_px;
    picture_.stride_bytes = static_cast<std::ptrdiff_t>(pixels.width_px) * kBytesPerPixel;
  }

  void add_action(const datasets::RecordedAction& action) override {
    if (!action.doing.empty()) video_.say(action.doing);
    if (!picture_.pixels.empty()) video_.add(picture_.view(), action.action, action.step);
  }

  void add_event(const InputEvent& /*event*/) override {}
  void add_drop(const datasets::DropNote& /*drop*/) override {}

  void end(const datasets::EpisodeEnd& end, const Instruction& /*instruction*/) override {
    if (!picture_.pixels.empty()) video_.end(picture_.view(), end.verdict, end.reason);
    video_.close();
  }

 private:
  video::EpisodeVideo video_;
  Frame picture_;  // the newest; empty before the first
};

}  // namespace

bool can_film() { return true; }

std::unique_ptr<session::EpisodeSink> create_film(const std::filesystem::path& file, double action_rate_hz) {
  return std::make_unique<FilmSink>(file, action_rate_hz);
}

}  // namespace atl::tools
