#include "datasets/copy_episodes.h"

#include "core/error.h"
#include "core/files.h"
#include "core/version.h"
#include "datasets/audio_index.h"
#include "datasets/copy_sound.h"
#include "datasets/labels.h"
#include "datasets/mcap_reader.h"
#include "datasets/mcap_writer.h"
#include "datasets/messages.h"
#include "datasets/reader.h"
#include "datasets/recording_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <set>

namespace atl::datasets {
namespace {

constexpr std::int64_t kGap_ns = 1'000'000'000;  // between recordings of a world's clock, and in the joined video

// What has to be equal for recordings to be one.
void require_one_kind(const RecordingReader& a, const RecordingReader& b) {
  const auto require = [&](const auto& left, const auto& right, const char* what) {
    if (left != right)
      fail(ErrorKind::kContract, "{} of {} is {}, of {} {}; keep them together in a dataset (.toml) instead", what,
           a.folder().string(), left, b.folder().string(), right);
  };
  const auto has_video = [](const RecordingReader& r) { return std::filesystem::exists(r.video_path()); };
  require(a.facts().world, b.facts().world, "the world");
  require(a.facts().world_version, b.facts().world_version, "the world's version");
  require(a.facts().clock, b.facts().clock, "the clock");
  require(a.facts().action_rate_hz, b.facts().action_rate_hz, "the action rate");
  require(a.facts().counts_per_turn, b.facts().counts_per_turn, "the number of mouse counts per turn");
  require(has_video(a), has_video(b), "whether there is a video");
  if (a.contract() != b.contract())
    fail(ErrorKind::kContract, "{} and {} were recorded for different policy contracts", a.folder().string(),
         b.folder().string());
}

// Writes one copy.
class Copier {
 public:
  Copier(const std::filesystem::path& folder, const VideoJoiner& video, const AudioFiles& audio)
      : folder_(folder), video_(video), sound_(folder / kAudioFile, audio) {}

  void add(const EpisodePick& pick) {
    auto reader = RecordingReader::open(pick.recording);
    if (first_ == nullptr)
      begin(*reader);
    else
      require_one_kind(*first_, *reader);
    const std::size_t count = reader->episodes().size();
    for (const std::size_t episode : pick.episodes)
      if (episode >= count)
        fail(ErrorKind::kUsage, "episode {} of {}, expected < {}", episode, pick.recording.string(), count);
    const std::int64_t from = to_ns(reader->episodes()[pick.episodes.front()].start.time);
    is_world_ = reader->facts().clock == "world";
    source_offset_ns_ = reader->header().anchor_wall_ns - reader->header().anchor_monotonic_ns;
    // Live recordings stay where they were in wall time; those of a world's clock follow each other.
    shift_ns_ = 0;
    placed_ = false;
    if (first_ != nullptr && !is_world_ && from + source_offset_ns_ < last_log_ns_)
      fail(ErrorKind::kContract,
           "{} begins before the one named before it has ended; name them in the order of time, or keep them together "
           "in a dataset (.toml)",
           pick.recording.string());
    copy_messages(*reader, pick.episodes);
    if (first_ == nullptr) first_ = std::move(reader);
  }

  void finish() {
    mcap_->close();
    if (!cuts_.empty()) video_.join(folder_ / kVideoFile, cuts_);
    sound_.close();
  }

  /// Episode `index` of the copy is this one of that recording.
  struct Origin {
    std::filesystem::path recording;
    std::size_t episode = 0;
  };
  [[nodiscard]] const std::vector<Origin>& origins() const { return origins_; }

 private:
  void begin(const RecordingReader& reader) {
    RecordingHeader header = reader.header();
    header.version = kRecordingVersion;  // whatever it was: the copy is written anew
    header.facts.recorder_version = std::string(version());
    mcap_ = McapWriter::create(folder_ / kSessionFile, {.profile = "owa",
                                                        .library = fmt::format("atoll {}", version()),
                                                        .chunk_span = std::chrono::milliseconds(900),
                                                        .chunk_age = Duration::max()});
    for (std::size_t i = 0; i < kNumTopics; ++i) {
      const TopicInfo& info = topic_table()[i];
      channels_[i] = mcap_->add_json_channel(info.topic, info.schema, info.json_schema);
    }
    const std::string toml = to_text(header);
    write_file_atomically(folder_ / kRecordingFile, toml);
    target_offset_ns_ =
        header.facts.clock == "world" ? header.anchor_wall_ns : header.anchor_wall_ns - header.anchor_monotonic_ns;
    put(Topic::kFacts, header.anchor_wall_ns, FactsMessage{kRecordingVersion, target_offset_ns_, toml});
    mcap_->write_metadata("atoll", {{"version", std::to_string(kRecordingVersion)}, {"recording_toml", toml}});
  }

  template <class Message>
  void put(Topic topic, std::int64_t log_ns, const Message& message) {
    text_.clear();
    encode(message, text_);
    put_text(topic, log_ns, text_);
  }
  void put_text(Topic topic, std::int64_t log_ns, std::string_view text) {
    mcap_->write(channels_.at(static_cast<std::size_t>(topic)), static_cast<std::uint64_t>(log_ns), text);
    last_log_ns_ = std::max(last_log_ns_, log_ns);
  }

  // The messages from each picked episode's start to the next one's, and before them the pictures that its first
  // picture cannot be decoded without.
  void copy_messages(RecordingReader& reader, const std::vector<std::size_t>& episodes) {
    plan_video(reader, episodes);
    sound_.begin(reader.folder());
    const McapReader& source = reader.mcap();
    std::map<std::uint16_t, Topic> topics;
    std::optional<std::uint16_t> audio_channel;
    for (const McapChannel& channel : source.channels()) {
      if (channel.topic == audio_topic().topic) audio_channel = channel.id;
      for (std::size_t i = 0; i < kNumTopics; ++i)
        if (channel.topic == topic_table()[i].topic) topics[channel.id] = static_cast<Topic>(i);
    }
    const std::set<std::size_t> wanted(episodes.begin(), episodes.end());
    std::optional<std::size_t> episode;  // of the source, that has begun last
    picture_ = 0;
    shift_us_.reset();
    first_sequence_.reset();
    for (std::size_t i = 0; i < source.num_chunks(); ++i) {
      McapChunk chunk = source.read_chunk(i);
      McapMessage message;
      while (chunk.next(message)) {
        if (message.channel == audio_channel && episode && wanted.contains(*episode)) copy_sound(message);
        const auto topic = topics.find(message.channel);
        if (topic == topics.end() || topic->second == Topic::kFacts) continue;
        const bool is_start = topic->second == Topic::kEpisode && is_episode_start(message.text());
        if (is_start) episode = episode ? *episode + 1 : 0;
        const bool is_wanted = episode && wanted.contains(*episode);
        if (is_wanted && is_start) origins_.push_back({reader.folder(), *episode});
        copy(message, topic->second, is_wanted, reader);
      }
    }
  }

  // Which pictures of the video come along: by their place among those that the index has.
  void plan_video(const RecordingReader& reader, const std::vector<std::size_t>& episodes) {
    kept_.clear();
    const std::span<const std::int64_t> times = reader.video_times_us();
    if (times.empty()) return;
    const auto place_of = [&](std::int64_t pts_us) {
      return static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), pts_us) - times.begin());
    };
    const auto sound = read_audio_index(reader.mcap());
    std::map<std::size_t, std::int64_t> ends_us;  // by an episode's first picture: where its sound ends
    const std::vector<std::int64_t> keys = video_.keyframes(reader.video_path());
    for (const std::size_t episode : episodes) {
      const std::size_t first = reader.video_pictures(episode).first;
      // Those after an episode's end belong to it until the next one begins.
      const std::size_t end =
          episode + 1 < reader.episodes().size() ? reader.video_pictures(episode + 1).first : times.size();
      if (first == end) continue;
      if (episode < sound.size()) ends_us[first] = end_of_sound_us(sound[episode]);
      const auto after = std::upper_bound(keys.begin(), keys.end(), times[first]);
      if (after == keys.begin())
        fail(ErrorKind::kFormat, "{}: no keyframe at or before {} us", reader.video_path().string(), times[first]);
      for (std::size_t i = place_of(*std::prev(after)); i < end; ++i) kept_.insert(i);
    }
    for (const std::size_t place : kept_) {
      const bool goes_on =
          !cuts_.empty() && cuts_.back().source == reader.video_path() && kept_.contains(place - 1) && place > 0;
      if (goes_on) {
        ++cuts_.back().count;
        cuts_.back().last_us = times[place];
      } else {
        // What sounds after the last picture before the cut comes before what is shown after it.
        const auto sounding = ends_us.lower_bound(place);
        if (sounding != ends_us.begin() && !cuts_.empty() && cuts_.back().source == reader.video_path())
          last_pts_us_ = std::max(last_pts_us_, std::prev(sounding)->second + cuts_.back().shift_us);
        const std::int64_t at_us = num_pictures_ == 0 ? 0 : last_pts_us_ + kGap_ns / 1000;
        cuts_.push_back({reader.video_path(), times[place], times[place], 1, at_us - times[place]});
      }
      shifts_us_[place] = cuts_.back().shift_us;
      last_pts_us_ = times[place] + cuts_.back().shift_us;
      ++num_pictures_;
    }
    if (!ends_us.empty())
      last_pts_us_ = std::max(last_pts_us_, std::prev(ends_us.end())->second + cuts_.back().shift_us);
  }

  void copy(const McapMessage& message, Topic topic, bool is_wanted, const RecordingReader& reader) {
    auto log_ns = static_cast<std::int64_t>(message.log_time_ns);
    if (topic == Topic::kFrame) {
      FrameEntry entry;
      decode(message.text(), from_ns(log_ns), entry);
      if (entry.kind == FrameKind::kVideo) {
        const std::size_t place = picture_++;
        if (!kept_.contains(place)) return;
        shift_us_ = shifts_us_.at(place);
        entry.video_pts_us += *shift_us_;
      } else if (!is_wanted) {
        return;
      }
      if (entry.kind != FrameKind::kHeartbeat || first_sequence_) number(entry.sequence);
      log_ns = placed(log_ns);
      return put(Topic::kFrame, log_ns, entry);
    }
    if (topic == Topic::kClock) return copy_clock(message, log_ns);
    if (!is_wanted) return;
    log_ns = placed(log_ns);
    if (topic == Topic::kEpisode) return copy_episode(message, log_ns, reader);
    if (topic == Topic::kAction) return copy_action(message, log_ns);
    put_text(topic, log_ns, message.text());
  }

  // Log times of a world's clock may have to move behind what is there.
  std::int64_t placed(std::int64_t log_ns) {
    if (!placed_ && is_world_) shift_ns_ = std::max<std::int64_t>(0, last_log_ns_ + kGap_ns - log_ns);
    placed_ = true;
    return log_ns + shift_ns_;
  }

  void number(std::uint64_t& sequence) {
    if (!first_sequence_) {
      first_sequence_ = sequence;
      base_sequence_ = next_sequence_;
    }
    sequence = sequence - *first_sequence_ + base_sequence_;
    next_sequence_ = std::max(next_sequence_, sequence + 1);
  }

  // Both clocks at one moment: moved by as much as the recording's own clock is.
  void copy_clock(const McapMessage& message, std::int64_t log_ns) {
    if (is_world_ || log_ns < last_log_ns_) return;  // on a world's clock they prove nothing
    ClockMessage clock;
    decode(message.text(), Timestamp{}, clock);
    clock.monotonic += Duration(source_offset_ns_ - target_offset_ns_);
    put(Topic::kClock, log_ns, clock);
  }

  void copy_episode(const McapMessage& message, std::int64_t log_ns, const RecordingReader& reader) {
    if (is_episode_start(message.text())) {
      EpisodeStartMessage start;
      decode(message.text(), Timestamp{}, start);
      start.log_offset_ns = is_world_ ? start.log_offset_ns + shift_ns_ : target_offset_ns_;
      start.start.episode = next_episode_;
      return put(Topic::kEpisode, log_ns, start);
    }
    EpisodeEnd end;
    decode(message.text(), Timestamp{}, end);
    if (origins_.empty() || !reader.episodes()[origins_.back().episode].end) return;
    end.episode = next_episode_++;
    put(Topic::kEpisode, log_ns, end);
  }

  void copy_action(const McapMessage& message, std::int64_t log_ns) {
    RecordedAction action;
    decode(message.text(), from_ns(log_ns), action);
    // A picture that did not come along has no number any more.
    if (action.observed_frame >= 0) {
      const std::int64_t moved = action.observed_frame - static_cast<std::int64_t>(first_sequence_.value_or(0)) +
                                 static_cast<std::int64_t>(base_sequence_);
      const bool came = first_sequence_ && action.observed_frame >= static_cast<std::int64_t>(*first_sequence_);
      action.observed_frame = came ? moved : -1;
    }
    put(Topic::kAction, log_ns, action);
  }

  void copy_sound(const McapMessage& message) {
    const std::int64_t log_ns = placed(static_cast<std::int64_t>(message.log_time_ns));
    AudioEntry entry;
    decode(message.text(), from_ns(log_ns), entry);
    if (entry.kind == AudioKind::kSamples) sound_.copy(entry, shift_us_);
    const TopicInfo& info = audio_topic();
    if (!audio_channel_) audio_channel_ = mcap_->add_json_channel(info.topic, info.schema, info.json_schema);
    text_.clear();
    encode(entry, text_);
    mcap_->write(*audio_channel_, static_cast<std::uint64_t>(log_ns), text_);
    last_log_ns_ = std::max(last_log_ns_, log_ns);
  }

  const std::filesystem::path folder_;
  const VideoJoiner& video_;
  SoundCopier sound_;
  std::optional<std::uint16_t> audio_channel_;  // of the copy
  std::unique_ptr<RecordingReader> first_;
  std::unique_ptr<McapWriter> mcap_;
  std::array<std::uint16_t, kNumTopics> channels_{};
  std::string text_;
  std::vector<Origin> origins_;
  std::int64_t target_offset_ns_ = 0;
  std::int64_t last_log_ns_ = 0;
  std::uint64_t next_episode_ = 0;
  std::uint64_t next_sequence_ = 0;

  // Of the recording that is being copied:
  bool is_world_ = false;
  bool placed_ = false;
  std::int64_t shift_ns_ = 0;
  std::int64_t source_offset_ns_ = 0;
  std::set<std::size_t> kept_;                     // places of pictures in its video
  std::map<std::size_t, std::int64_t> shifts_us_;  // of those
  std::optional<std::int64_t> shift_us_;           // of the newest one
  std::size_t picture_ = 0;                        // place of the next one in its index
  std::optional<std::uint64_t> first_sequence_;    // of what comes along
  std::uint64_t base_sequence_ = 0;                // what that becomes

  std::vector<VideoCut> cuts_;
  std::size_t num_pictures_ = 0;
  std::int64_t last_pts_us_ = -1;
};

// Labels as they stand, on the copy's times and numbers.
void copy_labels(const std::filesystem::path& folder, const std::vector<Copier::Origin>& origins) {
  const auto copy = RecordingReader::open(folder);
  std::map<std::filesystem::path, std::unique_ptr<RecordingReader>> sources;
  std::set<std::string> annotators;
  for (const Copier::Origin& origin : origins) {
    if (sources.contains(origin.recording)) continue;
    sources[origin.recording] = RecordingReader::open(origin.recording);
    for (const std::string& name : annotators_of(origin.recording)) annotators.insert(name);
  }
  for (const std::string& annotator : annotators) {
    const auto log = LabelLog::open(folder, annotator, label_base(*copy), LabelLog::Mode::kWrite);
    std::vector<LabelChange> changes;
    std::uint64_t next_id = log->next_id();
    std::uint64_t recorded = 0;  // id of the first recorded instruction of the episode in the copy
    for (std::size_t i = 0; i < origins.size(); ++i) {
      const RecordingReader& source = *sources.at(origins[i].recording);
      const std::size_t episode = origins[i].episode;
      const auto theirs = LabelLog::open(source.folder(), annotator, label_base(source), LabelLog::Mode::kRead);
      const Duration moved = copy->episodes()[i].start.time - source.episodes()[episode].start.time;
      const auto move = [&](Label label) {
        label.episode = i;
        label.instruction.begin += moved;
        if (label.instruction.end) *label.instruction.end += moved;
        return label;
      };
      std::uint64_t id = recorded;
      for (const auto& [source_id, base] : theirs->base().recorded) {
        if (base.episode != episode) continue;
        const auto now = theirs->labels().find(source_id);
        const std::optional<Label> after =
            now == theirs->labels().end() ? std::nullopt : std::optional(move(now->second));
        const Label before = log->labels().at(id);
        if (after != before) changes.push_back({id, before, after});
        ++id;
      }
      for (const auto& [source_id, label] : theirs->labels())
        if (label.episode == episode && source_id >= kFirstOwnLabel)
          changes.push_back({next_id++, std::nullopt, move(label)});
      recorded += copy->episodes()[i].instructions.size();
    }
    if (!changes.empty()) log->edit("copied from other recordings", changes);
  }
}

}  // namespace

void copy_episodes(std::span<const EpisodePick> picks, const std::filesystem::path& out, const VideoJoiner& video,
                   const AudioFiles& audio) {
  const bool has_any = std::any_of(picks.begin(), picks.end(), [](const auto& pick) { return !pick.episodes.empty(); });
  if (!has_any) fail(ErrorKind::kUsage, "{}: there is no episode to copy", out.string());
  if (std::filesystem::exists(out)) fail(ErrorKind::kFile, "{} exists; name a new folder", out.string());
  const std::filesystem::path parent = std::filesystem::absolute(out).lexically_normal().parent_path();
  const std::filesystem::path aside = parent / fmt::format(".{}.writing", out.filename().string());
  std::filesystem::remove_all(aside);  // of a copy that was killed
  std::filesystem::create_directories(aside);
  try {
    Copier copier(aside, video, audio);
    for (const EpisodePick& pick : picks)
      if (!pick.episodes.empty()) copier.add(pick);
    copier.finish();
    copy_labels(aside, copier.origins());
  } catch (...) {
    std::filesystem::remove_all(aside);
    throw;
  }
  if (::rename(aside.c_str(), out.c_str()) != 0)
    fail(ErrorKind::kFile, "cannot name the copy {}: {}", out.string(), std::strerror(errno));
}

}  // namespace atl::datasets
