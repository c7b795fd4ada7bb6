#include "datasets/repair.h"

#include "core/error.h"
#include "core/files.h"
#include "core/version.h"
#include "datasets/audio_index.h"
#include "datasets/audio_proof.h"
#include "datasets/check.h"
#include "datasets/mcap_reader.h"
#include "datasets/mcap_writer.h"
#include "datasets/messages.h"
#include "datasets/recording_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <optional>
#include <set>

namespace atl::datasets {
namespace {

constexpr std::size_t kMostLosses = 10;  // told one by one

class Repair {
 public:
  Repair(const std::filesystem::path& folder, const MediaReaders& open, const RepairWriters& write)
      : folder_(folder),
        open_(open),
        write_(write),
        source_(McapReader::open(folder / kSessionFile, McapReadMode::kSalvage)) {
    const std::filesystem::path video_path = folder / kVideoFile;
    if (open.video && std::filesystem::exists(video_path)) look_at_video(*open.video(video_path));
    if (open.audio) look_at_sound();
  }

  RepairReport run() {
    const std::filesystem::path rewritten = folder_ / (std::string(kSessionFile) + ".repairing");
    std::filesystem::remove(rewritten);  // of a repair that was interrupted
    target_ = McapWriter::create(
        rewritten,
        {.profile = source_->profile(), .library = fmt::format("atoll {}", version()), .chunk_age = Duration::max()});
    copy_definitions();
    copy_messages();
    finish();
    target_->close();
    const std::filesystem::path video = mended_video();
    const std::filesystem::path audio = mended_audio();
    report_.original = keep_original(kSessionFile);
    // First the index: with it the damaged video and sound are right, too, as far as they are shown.
    std::filesystem::rename(rewritten, folder_ / kSessionFile);
    write_file_atomically(folder_ / kRecordingFile, facts_->recording_toml);
    if (!video.empty()) {
      report_.original_video = keep_original(kVideoFile);
      std::filesystem::rename(video, folder_ / kVideoFile);
    }
    if (!audio.empty()) {
      report_.original_audio = keep_original(kAudioFile);
      std::filesystem::rename(audio, folder_ / kAudioFile);
    } else if (sound_ && sound_->is_damaged && sound_->num_samples == 0) {
      report_.original_audio = keep_original(kAudioFile);  // nothing of it is left, and nothing can be added to it
      std::filesystem::remove(folder_ / kAudioFile);
    }
    report_.changed = true;
    return std::move(report_);
  }

 private:
  void look_at_video(const VideoReader& video) {
    const std::span<const std::int64_t> times = video.timestamps_us();
    std::set<std::int64_t>& good = good_us_.emplace();
    std::size_t next = 0;
    const auto keep_up_to = [&](std::size_t end) {
      if (next == end) return;
      const std::span<const std::int64_t> kept = times.subspan(next, end - next);
      good.insert(kept.begin(), kept.end());
      cuts_.push_back({.source = folder_ / kVideoFile,
                       .first_us = kept.front(),
                       .last_us = kept.back(),
                       .count = kept.size(),
                       .shift_us = 0});
    };
    for (const DamagedPictures& damage : video.find_damage()) {
      losses_.push_back(damage.reason);
      keep_up_to(damage.first);
      next = damage.end;
    }
    keep_up_to(times.size());
    if (!video.loss().empty()) losses_.push_back(video.loss());
    is_video_damaged_ = !losses_.empty();
  }

  void look_at_sound() {
    std::vector<AudioEntry> entries;
    for (const auto& episode : read_audio_index(*source_))
      std::copy_if(episode.begin(), episode.end(), std::back_inserter(entries),
                   [](const AudioEntry& entry) { return entry.kind == AudioKind::kSamples; });
    sound_ = prove_audio(folder_ / kAudioFile, open_.audio, entries);
  }

  void copy_definitions() {
    std::map<std::uint16_t, std::uint16_t> schemas;
    std::map<std::uint16_t, std::string> schema_names;
    for (const McapSchema& schema : source_->schemas()) {
      schemas[schema.id] = target_->add_schema(schema.name, schema.encoding, schema.data);
      schema_names[schema.id] = schema.name;
    }
    for (const McapChannel& channel : source_->channels()) {
      const std::optional<Topic> topic = topic_of(channel, schema_names[channel.schema]);
      const bool is_audio =
          channel.topic == audio_topic().topic || schema_names[channel.schema] == audio_topic().schema;
      if (!topic && !is_audio && !may_be_kept(channel)) continue;
      if (is_audio) audio_channel_ = channel.id;
      const std::string_view name = topic      ? info_of(*topic).topic
                                    : is_audio ? audio_topic().topic
                                               : std::string_view(channel.topic);
      channels_[channel.id] = target_->add_channel(schemas[channel.schema], name, channel.message_encoding);
      if (channel.topic == "screen") screen_channel_ = channel.id;
      if (!topic) continue;
      topics_[channel.id] = *topic;
      topic_channels_[*topic] = channels_[channel.id];
    }
    for (const Topic topic : {Topic::kEpisode, Topic::kDrop}) {  // the repair itself writes to them
      if (topic_channels_.contains(topic)) continue;
      const TopicInfo& info = info_of(topic);
      topic_channels_[topic] = target_->add_json_channel(info.topic, info.schema, info.json_schema);
    }
  }

  static const TopicInfo& info_of(Topic topic) { return topic_table()[static_cast<std::size_t>(topic)]; }

  // Channel records stand outside the chunks, where a cut file has no checksum: what the topic no longer says the
  // schema may.
  static std::optional<Topic> topic_of(const McapChannel& channel, std::string_view schema) {
    for (const bool by_schema : {false, true}) {
      for (std::size_t i = 0; i < kNumTopics; ++i) {
        const TopicInfo& info = topic_table()[i];
        if (by_schema ? schema == info.schema : channel.topic == info.topic) return static_cast<Topic>(i);
      }
    }
    return std::nullopt;
  }

  // A topic that nobody knows, in a damaged file, is a damaged name.
  [[nodiscard]] bool may_be_kept(const McapChannel& channel) const {
    constexpr std::string_view kOwaTopics[] = {"window", "keyboard",    "keyboard/state", "mouse",
                                               "screen", "mouse/state", "mouse/raw"};
    return source_->damage().empty() ||
           std::find(std::begin(kOwaTopics), std::end(kOwaTopics), channel.topic) != std::end(kOwaTopics);
  }

  void copy_messages() {
    auto hole = source_->damage().begin();
    for (std::size_t i = 0; i < source_->num_chunks(); ++i) {
      for (; hole != source_->damage().end() && hole->offset < source_->chunk_offset(i); ++hole) pass_hole(*hole);
      McapChunk chunk = source_->read_chunk(i);
      McapMessage message;
      while (chunk.next(message)) copy(message);
    }
    for (; hole != source_->damage().end(); ++hole) pass_hole(*hole);
  }

  // From here to the next start of an episode nothing is worth keeping: it would be an episode with a hole.
  void pass_hole(const McapDamage& damage) {
    report_.bytes_lost += damage.bytes;
    report_.lost.push_back(damage.reason);
    if (damage.last_time_ns > last_log_ns_)
      report_.seconds_lost += static_cast<double>(damage.last_time_ns - last_log_ns_) * 1e-9;
    if (damage.bytes == 0) return;  // only a CRC of the whole: every message is there
    if (in_episode_) end_episode();
    in_hole_ = true;
  }

  void copy(const McapMessage& message) {
    const auto channel = channels_.find(message.channel);
    if (channel == channels_.end()) {  // its Channel record is among what was lost
      ++report_.messages_removed;
      return;
    }
    const auto topic = topics_.find(message.channel);
    if (topic != topics_.end()) {
      if (!look_at(message, topic->second)) return;
    } else if (in_hole_ || (message.log_time_ns == lost_log_ns_ && message.channel == screen_channel_) ||
               (message.channel == audio_channel_ && !has_samples(message))) {
      ++report_.messages_removed;
      return;
    }
    target_->write(channel->second, message.log_time_ns, message.data);
    last_log_ns_ = std::max(last_log_ns_, message.log_time_ns);
    ++report_.messages_kept;
  }

  // Whether the message is kept.
  bool look_at(const McapMessage& message, Topic topic) {
    if (topic == Topic::kFacts) decode(message.text(), Timestamp{}, facts_.emplace());
    if (topic == Topic::kFacts || topic == Topic::kClock || topic == Topic::kDrop) return true;
    if (topic == Topic::kEpisode && is_episode_start(message.text())) {
      EpisodeStartMessage start;
      decode(message.text(), Timestamp{}, start);
      episode_ = start.start.episode;
      in_episode_ = true;
      in_hole_ = false;
      num_steps_ = 0;
      return true;
    }
    if (in_hole_) {
      ++report_.messages_removed;
      return false;
    }
    if (topic == Topic::kEpisode) in_episode_ = false;
    if (topic == Topic::kAction) ++num_steps_;
    return topic != Topic::kFrame || has_picture(message);
  }

  bool has_samples(const McapMessage& message) {
    AudioEntry entry;
    decode(message.text(), Timestamp{}, entry);
    if (entry.kind != AudioKind::kSamples || !sound_ || entry.first + entry.count <= sound_->num_samples) return true;
    report_.samples_lost += entry.count;
    return false;
  }

  bool has_picture(const McapMessage& message) {
    FrameEntry entry;
    decode(message.text(), Timestamp{}, entry);
    if (entry.kind != FrameKind::kVideo || !good_us_) return true;
    if (good_us_->contains(entry.video_pts_us)) return true;
    ++report_.pictures_lost;
    lost_log_ns_ = message.log_time_ns;
    return false;
  }

  // Ends the open episode where it breaks off, at the newest time that is known.
  void end_episode() {
    std::string text;
    encode(EpisodeEnd{.episode = episode_,
                      .time = {},
                      .num_steps = num_steps_,
                      .verdict = "aborted",
                      .reason = "the recording was cut or damaged inside the episode",
                      .object = "",
                      .judge = "repair"},
           text);
    target_->write(topic_channels_.at(Topic::kEpisode), last_log_ns_, text);
    in_episode_ = false;
    ++report_.episodes_closed;
  }

  void finish() {
    if (!facts_)
      fail(ErrorKind::kFormat, "{}: no atoll/facts message is left; nothing can be saved", source_->path().string());
    if (in_episode_) end_episode();
    if (report_.pictures_lost > 0) {
      report_.lost.push_back(
          fmt::format("{} pictures that {} does not hold, or holds damaged", report_.pictures_lost, kVideoFile));
      std::copy_n(losses_.begin(), std::min(losses_.size(), kMostLosses), std::back_inserter(report_.lost));
    }
    if (report_.samples_lost > 0)
      report_.lost.push_back(fmt::format("{} samples of sound: {}", report_.samples_lost, sound_->problem));
    if (report_.lost.empty()) report_.lost.emplace_back("nothing but the summary or recording.toml");
    std::string text;
    encode(DropNote{.time = {},
                    .where = "repair",
                    .reason = fmt::format("{}", fmt::join(report_.lost, "; ")),
                    .count = report_.pictures_lost},
           text);
    target_->write(topic_channels_.at(Topic::kDrop), last_log_ns_, text);
  }

  // video.mp4 without what is damaged; no path where it is not, or nothing of it is left.
  std::filesystem::path mended_video() {
    if (!write_.video.join || !is_video_damaged_ || cuts_.empty()) return {};
    std::filesystem::path rewritten = folder_ / (std::string(kVideoFile) + ".repairing");
    std::filesystem::remove(rewritten);
    write_.video.join(rewritten, cuts_);
    return rewritten;
  }

  // audio.mp4 up to where it is damaged; no path where it is not, or nothing of it is left.
  std::filesystem::path mended_audio() {
    if (!write_.audio || !sound_ || !sound_->is_damaged || sound_->num_samples == 0) return {};
    std::filesystem::path rewritten = folder_ / (std::string(kAudioFile) + ".repairing");
    std::filesystem::remove(rewritten);
    copy_audio(folder_ / kAudioFile, rewritten, sound_->num_samples, open_.audio, write_.audio);
    return rewritten;
  }

  // A second name first: at no moment is there no such file.
  std::filesystem::path keep_original(std::string_view name) {
    const std::filesystem::path file = folder_ / name;
    for (int i = 1;; ++i) {
      std::filesystem::path original = file.string() + (i == 1 ? ".damaged" : fmt::format(".damaged{}", i));
      if (::link(file.c_str(), original.c_str()) == 0) return original;
      if (errno != EEXIST)
        fail(ErrorKind::kFile, "cannot keep the original as {}: {}", original.string(), std::strerror(errno));
    }
  }

  const std::filesystem::path& folder_;
  const MediaReaders& open_;
  const RepairWriters& write_;
  std::unique_ptr<McapReader> source_;
  std::unique_ptr<McapWriter> target_;
  std::optional<std::set<std::int64_t>> good_us_;  // times of video.mp4's pictures that can be shown, if it can be told
  std::vector<std::string> losses_;                // of the others, in words
  std::vector<VideoCut> cuts_;                     // of those that can be shown
  bool is_video_damaged_ = false;
  std::optional<AudioProof> sound_;                  // of audio.mp4, if it can be told
  std::map<std::uint16_t, std::uint16_t> channels_;  // of the source: channel of the target
  std::map<std::uint16_t, Topic> topics_;            // of the source
  std::map<Topic, std::uint16_t> topic_channels_;    // of the target
  std::uint16_t screen_channel_ = 0;                 // of the source; 0: it has none
  std::uint16_t audio_channel_ = 0;                  // the same
  std::optional<FactsMessage> facts_;
  RepairReport report_;

  std::uint64_t last_log_ns_ = 0;  // newest that was kept
  std::uint64_t lost_log_ns_ = 0;  // of the newest picture that was not
  std::uint64_t episode_ = 0;      // the newest that began
  std::uint64_t num_steps_ = 0;    // its actions
  bool in_episode_ = false;
  bool in_hole_ = false;
};

}  // namespace

RepairReport repair_recording(const std::filesystem::path& folder, const MediaReaders& open,
                              const RepairWriters& write) {
  const std::filesystem::path session = folder / kSessionFile;
  if (is_being_written(session))
    fail(ErrorKind::kFile, "{} is being recorded right now; repair it when the recorder is gone", session.string());
  const RecordingCheck check = check_recording(folder, open);
  if (check.verdict == RecordingVerdict::kOk) return {};
  if (check.verdict == RecordingVerdict::kUnusable && find_damage(session).empty())
    fail(ErrorKind::kFormat, "{} cannot be repaired: {}", folder.string(), check.problems.front());
  RepairReport report = Repair(folder, open, write).run();
  const RecordingCheck after = check_recording(folder, open);
  if (after.verdict != RecordingVerdict::kOk)
    fail(ErrorKind::kFormat,
         "{} was rewritten from what is intact, and is not sound yet: {}; the original is kept as {}", folder.string(),
         after.problems.front(), report.original.string());
  return report;
}

}  // namespace atl::datasets
