#include "tools/recorded_sound.h"

#include "capture/audio_feed.h"
#include "capture/pipewire_audio.h"
#include "core/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::tools {
namespace {

constexpr Duration kEndWait = std::chrono::milliseconds(300);  // for an episode's last sound: a server's largest block

// Blocks that lie between an episode's begin and end. Sound is taken when the session keeps a step, and so never makes
// pictures or inputs wait; the wait for the last block comes when the episode is over.
class SoundSink final : public session::EpisodeSink {
 public:
  SoundSink(session::EpisodeSink& inner, datasets::RecordingWriter& writer, capture::AudioFeed& feed)
      : inner_(inner), writer_(writer), feed_(feed) {}

  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override {
    while (feed_.poll()) {
    }
    begin_ = heard_until_ = start.time;
    has_picture_ = false;
    is_first_ = true;
    inner_.begin(start, instruction);
  }

  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override {
    inner_.add_frame(entry, pixels);
    has_picture_ = has_picture_ || entry.kind == datasets::FrameKind::kVideo;
  }

  void add_action(const datasets::RecordedAction& action) override {
    if (has_picture_) {
      if (is_first_ && !feed_.problem().empty()) stop(begin_, feed_.problem());
      while (std::optional<AudioBlock> block = feed_.poll()) keep(*std::move(block), Timestamp::max());
    }
    inner_.add_action(action);
  }

  void add_event(const InputEvent& event) override { inner_.add_event(event); }
  void add_drop(const datasets::DropNote& drop) override { inner_.add_drop(drop); }

  void end(const datasets::EpisodeEnd& end, const Instruction& instruction) override {
    const Timestamp deadline = MonotonicClock::now() + kEndWait;
    while (has_picture_ && heard_until_ < end.time && feed_.problem().empty()) {
      std::optional<AudioBlock> block = feed_.wait(deadline);
      if (!block) break;
      keep(*std::move(block), end.time);
    }
    inner_.end(end, instruction);
  }

 private:
  void keep(AudioBlock block, Timestamp until) {
    if (block.samples.empty())
      return stop(std::clamp(block.time, heard_until_, std::max(until, heard_until_)), block.lost);
    heard_until_ = std::max(heard_until_, block.end());
    keep_between(block, begin_, until);
    if (block.samples.empty()) return;
    if (is_first_) block.lost.clear();  // what is missing lies before the episode
    is_first_ = false;
    writer_.audio(block);
  }

  void stop(Timestamp time, const std::string& why) {
    is_first_ = false;
    writer_.audio({.time = time, .format = {}, .samples = {}, .lost = why});
  }

  session::EpisodeSink& inner_;
  datasets::RecordingWriter& writer_;
  capture::AudioFeed& feed_;
  Timestamp begin_;        // of the episode
  Timestamp heard_until_;  // end of the newest block
  bool has_picture_ = false;
  bool is_first_ = true;  // nothing was kept of the episode yet
};

class DesktopSound final : public RecordedSound {
 public:
  explicit DesktopSound(const std::string& from)
      : feed_([config = capture::PipeWireAudioConfig{.target = from}] { return create_pipewire_audio(config); }) {}

  std::unique_ptr<session::EpisodeSink> join(session::EpisodeSink& sink, datasets::RecordingWriter& writer) override {
    return std::make_unique<SoundSink>(sink, writer, feed_);
  }

  std::vector<std::string> warnings() const override {
    const std::string problem = feed_.problem();
    if (problem.empty()) return {};
    return {"no sound is recorded: " + problem};
  }

 private:
  capture::AudioFeed feed_;
};

}  // namespace

std::unique_ptr<RecordedSound> create_recorded_sound(const RecordConfig& config) {
  if (!config.audio) return nullptr;
  return std::make_unique<DesktopSound>(config.audio_from);
}

}  // namespace atl::tools
