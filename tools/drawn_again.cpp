#include "tools/drawn_again.h"

#include "core/error.h"
#include "core/text.h"
#include "datasets/reader.h"
#include "tools/worlds.h"

#include <optional>
#include <utility>

namespace atl::tools {
namespace {

class DrawnVideo final : public datasets::VideoReader {
 public:
  explicit DrawnVideo(const std::filesystem::path& folder) : recording_(datasets::RecordingReader::open(folder)) {
    if (recording_->facts().clock != "world")
      fail(ErrorKind::kContract, "it was recorded live, which no seed gives again");
    for (std::size_t i = 0; i < recording_->episodes().size(); ++i) add_pictures(i);
    if (pictures_.empty()) fail(ErrorKind::kFormat, "{} holds no video", folder.string());
    const WindowGeometry& window = pictures_.front().entry.window;
    world_ = create_recorded_world(recording_->facts(), {window.width_px, window.height_px});
  }

  [[nodiscard]] FrameSize size() const override { return world_->spec().frame; }
  [[nodiscard]] std::span<const std::int64_t> timestamps_us() const override { return times_us_; }

  void read(std::size_t index, std::vector<std::uint8_t>& pixels) override {
    const Picture& picture = pictures_.at(index);
    seek(picture.episode, picture.entry.step);
    copy_packed(shown_.frame, pixels);
    const std::uint64_t hash = hash_pixels(shown_.frame);
    if (hash == picture.entry.pixel_hash) return;
    fail(ErrorKind::kFormat,
         "picture {} of {} (episode {}, step {}) has the hash {} drawn again and {} recorded: `atoll check` says where "
         "the episode differs",
         picture.entry.sequence, recording_->folder().string(), picture.episode, picture.entry.step, to_hex(hash),
         to_hex(picture.entry.pixel_hash));
  }

  [[nodiscard]] std::vector<datasets::DamagedPictures> find_damage() const override { return {}; }
  [[nodiscard]] std::size_t num_without_checksum() const override { return 0; }
  [[nodiscard]] const std::string& loss() const override { return loss_; }
  [[nodiscard]] bool is_closed() const override { return true; }

 private:
  struct Picture {
    std::size_t episode;
    datasets::FrameEntry entry;
  };

  void add_pictures(std::size_t episode) {
    for (const datasets::FrameEntry& entry : recording_->frames(episode)) {
      if (entry.kind != datasets::FrameKind::kVideo) continue;
      times_us_.push_back(entry.video_pts_us);
      pictures_.push_back({episode, entry});
    }
    if (recording_->episodes()[episode].start.goes_on)
      fail(ErrorKind::kContract, "its episode {} began where an earlier one stood, which no seed gives", episode);
  }

  void seek(std::size_t episode, std::uint64_t step) {
    if (episode_ != episode || shown_.step > step) {
      const datasets::EpisodeStart& start = recording_->episodes()[episode].start;
      actions_ = recording_->actions(episode);
      shown_ = world_->reset(start.seed, {.family = start.family,
                                          .split = start.split,
                                          .target = start.target,
                                          .instruction = start.instruction,
                                          .time_limit_s = start.time_limit_s});
      episode_ = episode;
    }
    while (shown_.step < step) {
      if (shown_.step >= actions_.size() || world_->outcome().is_over()) {
        fail(ErrorKind::kFormat, "{}: episode {} drawn again ends at step {}, a picture is of step {}",
             recording_->folder().string(), episode, shown_.step, step);
      }
      shown_ = world_->step(actions_[shown_.step].action);
    }
  }

  std::unique_ptr<datasets::RecordingReader> recording_;
  std::unique_ptr<envs::SteppedEnvironment> world_;
  std::vector<Picture> pictures_;  // in the order of the video
  std::vector<std::int64_t> times_us_;
  std::string loss_;
  std::optional<std::size_t> episode_;  // that the world plays
  std::vector<datasets::RecordedAction> actions_;
  envs::Observation shown_;
};

}  // namespace

std::unique_ptr<envs::SteppedEnvironment> create_recorded_world(const SourceFacts& facts, FrameSize frame) {
  if (!find_world(facts.world).is_stepped) fail(ErrorKind::kContract, "world {} is not stepped", facts.world);
  auto world =
      create_stepped_world(facts.world, {.frame_width_px = frame.width_px, .frame_height_px = frame.height_px});
  if (world->spec().facts.world_version != facts.world_version) {
    fail(ErrorKind::kContract, "it was recorded in version {} of {}, this Atoll has {}", facts.world_version,
         facts.world, world->spec().facts.world_version);
  }
  return world;
}

datasets::VideoReaderFactory drawn_again() {
  return [](const std::filesystem::path& video) { return std::make_unique<DrawnVideo>(video.parent_path()); };
}

}  // namespace atl::tools
