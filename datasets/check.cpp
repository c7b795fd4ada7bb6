#include "datasets/check.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/activity.h"
#include "datasets/check_episode.h"
#include "datasets/labels.h"
#include "datasets/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace atl::datasets {
namespace {

constexpr std::size_t kMaxProblems = 50;  // of one recording; more of the same help nobody

class Checker {
 public:
  Checker(const std::filesystem::path& folder, const MediaReaders& open, bool decode_pictures)
      : folder_(folder), open_(open), decode_pictures_(decode_pictures) {
    result_.folder = folder;
  }

  RecordingCheck run() {
    try {
      check_bytes();
      const auto reader = RecordingReader::open(folder_, McapReadMode::kSalvage);
      check_recording_file(*reader);
      check_sequences(reader->mcap());
      check_episodes(*reader);
      check_clock(*reader);
      check_labels(*reader);
      check_video(*reader);
      check_sound(*reader);
    } catch (const Error& error) {
      add(RecordingVerdict::kUnusable, error.what());
    }
    if (result_.problems.size() > kMaxProblems) {
      const std::size_t more = result_.problems.size() - kMaxProblems;
      result_.problems.resize(kMaxProblems);
      result_.problems.push_back(fmt::format("and {} more", more));
    }
    return std::move(result_);
  }

 private:
  void add(RecordingVerdict verdict, std::string problem) {
    result_.verdict = std::max(result_.verdict, verdict);
    result_.problems.push_back(std::move(problem));
  }

  void check_bytes() {
    const std::filesystem::path session = folder_ / kSessionFile;
    if (is_being_written(session))
      fail(ErrorKind::kFile, "{} is being recorded right now; check it when the recorder has closed it",
           session.string());
    for (const McapDamage& damage : find_damage(session)) add(RecordingVerdict::kRepairable, damage.reason);
  }

  void check_recording_file(RecordingReader& reader) {
    const std::filesystem::path path = folder_ / kRecordingFile;
    if (!std::filesystem::exists(path)) {
      add(RecordingVerdict::kRepairable, fmt::format("{} is missing", kRecordingFile));
    } else if (!says_the_same(read_text_file(path), reader.header())) {
      add(RecordingVerdict::kRepairable,
          fmt::format("{} differs from the atoll/facts message of {}", kRecordingFile, kSessionFile));
    }
    if (reader.header().anchor_wall_ns <= 0)
      add(RecordingVerdict::kUnusable,
          fmt::format("no wall anchor: anchor_wall_ns is {}, expected > 0", reader.header().anchor_wall_ns));
  }

  // An older recorder wrote fewer fields than are written now.
  [[nodiscard]] static bool says_the_same(const std::string& text, const RecordingHeader& header) {
    if (text == to_text(header)) return true;
    if (header.facts.version == kSourceFactsVersion) return false;
    return to_text(parse_recording_header(text, std::string(kRecordingFile))) == to_text(header);
  }

  // The recorder numbers the messages of each topic from 0: a number that is missing is a message that is missing.
  void check_sequences(const McapReader& mcap) {
    if (!result_.problems.empty()) return;  // damage explains them
    std::map<std::uint16_t, std::uint32_t> expected;
    for (std::size_t i = 0; i < mcap.num_chunks(); ++i) {
      McapChunk chunk = mcap.read_chunk(i);
      McapMessage message;
      while (chunk.next(message)) {
        std::uint32_t& next = expected[message.channel];
        if (message.sequence != next) {
          add(RecordingVerdict::kRepairable, fmt::format("{}: message {} of channel {}, expected {}: some are missing",
                                                         kSessionFile, message.sequence, message.channel, next));
          return;
        }
        ++next;
      }
    }
  }

  void check_episodes(RecordingReader& reader) {
    std::uint64_t missing = 0;
    for (std::size_t i = 0; i < reader.episodes().size(); ++i) {
      const Episode& episode = reader.episodes()[i];
      if (episode.start.episode != i && !was_repaired(reader))
        add(reader.damage().empty() ? RecordingVerdict::kUnusable : RecordingVerdict::kRepairable,
            fmt::format("episode {} is numbered {}", i, episode.start.episode));
      EpisodeContent content{episode, reader.actions(i), reader.inputs(i), reader.frames(i)};
      count(content, reader.facts().action_rate_hz);
      if (!episode.end) {
        add(RecordingVerdict::kRepairable, fmt::format("episode {} has no end: the recorder died inside it", i));
      } else if (reader.damage().empty()) {  // an episode with a hole in it proves nothing
        for (const std::string& problem : check_episode(content, reader.facts()))
          add(RecordingVerdict::kUnusable, fmt::format("episode {}: {}", i, problem));
        missing += count_missing_pictures(content);
      }
    }
    std::uint64_t declared = 0;  // pictures: what was lost of input or with a window explains none
    for (const DropNote& note : reader.drops()) {
      result_.drops += note.count;
      if (note.where != "input" && note.where != "window") declared += note.count;
    }
    if (missing > declared)
      add(RecordingVerdict::kUnusable,
          fmt::format("{} pictures are missing by their sequence numbers, drop notes speak of {}", missing, declared));
  }

  void count(const EpisodeContent& content, double action_rate_hz) {
    const Episode& episode = content.episode;
    ++result_.episodes;
    result_.frames += episode.num_frames;
    result_.events += episode.num_events;
    result_.instructions += episode.instructions.size();
    Timestamp end = episode.start.time;
    if (episode.end) {
      end = episode.end->time;
    } else {
      if (!content.actions.empty()) end = std::max(end, content.actions.back().time);
      if (!content.frames.empty()) end = std::max(end, content.frames.back().done);
    }
    result_.seconds += to_seconds(end - episode.start.time);
    result_.idle_seconds += idle_seconds(content.actions, action_rate_hz);
    result_.instructed_seconds += instructed_seconds(episode, end);
  }

  // What annotators wrote beside it fits it, edit by edit.
  void check_labels(const RecordingReader& reader) {
    for (const std::string& annotator : annotators_of(folder_)) {
      try {
        static_cast<void>(LabelLog::open(folder_, annotator, label_base(reader), LabelLog::Mode::kRead));
      } catch (const Error& error) {
        add(RecordingVerdict::kUnusable, error.what());
      }
    }
  }

  // The two clocks of one machine drift apart by parts in a million; a jump means that one of them was set, or that
  // the machine slept, and log times after it are not wall times.
  void check_clock(RecordingReader& reader) {
    constexpr double kToleranceS = 1.0;
    constexpr double kDriftPerSecond = 1e-3;
    const RecordingHeader& header = reader.header();
    if (header.facts.clock != "monotonic") return;
    const std::int64_t anchor = header.anchor_wall_ns - header.anchor_monotonic_ns;
    for (const ClockMessage& check : reader.clock_checks()) {
      const double off_s = static_cast<double>(check.wall_ns - to_ns(check.monotonic) - anchor) * 1e-9;
      const double after_s = static_cast<double>(to_ns(check.monotonic) - header.anchor_monotonic_ns) * 1e-9;
      if (std::abs(off_s) <= kToleranceS + kDriftPerSecond * after_s) continue;
      add(RecordingVerdict::kUnusable,
          fmt::format("{:.1f} s after the start the wall clock had moved by {:.3f} s against the monotonic clock: it "
                      "was set, or the machine slept",
                      after_s, off_s));
      return;
    }
  }

  void check_video(RecordingReader& reader) {
    const std::span<const std::int64_t> indexed = reader.video_times_us();
    if (indexed.empty()) return;
    if (!std::filesystem::exists(reader.video_path())) {
      add(RecordingVerdict::kUnusable,
          fmt::format("{} is missing, but the index has {} pictures of it", kVideoFile, indexed.size()));
      return;
    }
    if (!open_.video) return;
    const std::unique_ptr<VideoReader> video = open_.video(reader.video_path());
    check_times(*video, indexed, was_repaired(reader));
    check_checksums(*video, reader);
    if (decode_pictures_) decode_all(*video);
  }

  // A repair takes out of the index what the video does not hold, or holds damaged.
  void check_times(const VideoReader& video, std::span<const std::int64_t> indexed, bool was_repaired) {
    const std::span<const std::int64_t> times = video.timestamps_us();
    std::size_t in_video = 0;
    for (std::size_t i = 0; i < indexed.size(); ++i, ++in_video) {
      while (was_repaired && in_video < times.size() && times[in_video] < indexed[i]) ++in_video;
      if (in_video == times.size()) break;
      if (times[in_video] == indexed[i]) continue;
      add(RecordingVerdict::kUnusable, fmt::format("picture {} of {} is shown at {} us, the index says {} us", in_video,
                                                   kVideoFile, times[in_video], indexed[i]));
      return;
    }
    const bool lacks_last = times.empty() || times.back() < indexed.back();
    if (lacks_last)
      add(RecordingVerdict::kRepairable,
          fmt::format("{} has {} pictures, the index {}: the last ones are lost{}{}", kVideoFile, times.size(),
                      indexed.size(), video.loss().empty() ? "" : "; ", video.loss()));
    else if (times.size() > indexed.size() && !was_repaired)
      add(RecordingVerdict::kRepairable,
          fmt::format("{} has {} pictures, the index knows {}", kVideoFile, times.size(), indexed.size()));
  }

  void check_checksums(const VideoReader& video, const RecordingReader& reader) {
    const std::span<const std::int64_t> indexed = reader.video_times_us();
    const std::span<const std::int64_t> times = video.timestamps_us();
    std::uint64_t lost = 0;
    std::string first;
    for (const DamagedPictures& damage : video.find_damage()) {
      const std::uint64_t shown = count_between(indexed, times[damage.first], times[damage.end - 1]);
      if (shown > 0 && lost == 0) first = damage.reason;
      lost += shown;
    }
    if (lost > 0)
      add(RecordingVerdict::kRepairable,
          fmt::format("{} pictures of {} are damaged, or need one that is; the first: {}", lost, kVideoFile, first));
    result_.pictures_without_checksum = video.num_without_checksum();
    if (result_.pictures_without_checksum > 0 && reader.header().version >= kChecksumVersion)
      add(RecordingVerdict::kUnusable,
          fmt::format("{} pictures of {} have no checksum, which a recording of version {} has for all",
                      result_.pictures_without_checksum, kVideoFile, reader.header().version));
  }

  // Times rise.
  static std::uint64_t count_between(std::span<const std::int64_t> times, std::int64_t first, std::int64_t last) {
    return static_cast<std::uint64_t>(std::upper_bound(times.begin(), times.end(), last) -
                                      std::lower_bound(times.begin(), times.end(), first));
  }

  void check_sound(RecordingReader& reader) {
    AudioCheck sound = check_audio(reader, open_.audio, was_repaired(reader));
    result_.audio = sound.summary;
    if (!reader.damage().empty()) return;  // damage explains what else is wrong
    for (std::string& problem : sound.repairable) add(RecordingVerdict::kRepairable, std::move(problem));
    for (std::string& problem : sound.unusable) add(RecordingVerdict::kUnusable, std::move(problem));
  }

  void decode_all(VideoReader& video) {
    if (result_.verdict != RecordingVerdict::kOk) return;  // they may be the same pictures
    std::vector<std::uint8_t> pixels;
    std::uint64_t damaged = 0;
    std::string first;
    for (std::size_t i = 0; i < video.timestamps_us().size(); ++i) {
      try {
        video.read(i, pixels);
      } catch (const Error& error) {
        if (damaged++ == 0) first = error.what();
      }
    }
    if (damaged > 0)
      add(RecordingVerdict::kUnusable, fmt::format("{} pictures cannot be decoded; the first: {}", damaged, first));
  }

  static bool was_repaired(RecordingReader& reader) {
    return std::any_of(reader.drops().begin(), reader.drops().end(),
                       [](const DropNote& note) { return note.where == "repair"; });
  }

  const std::filesystem::path& folder_;
  const MediaReaders& open_;
  const bool decode_pictures_;
  RecordingCheck result_;
};

}  // namespace

std::string_view to_string(RecordingVerdict verdict) {
  switch (verdict) {
    case RecordingVerdict::kOk: return "ok";
    case RecordingVerdict::kRepairable: return "repairable";
    case RecordingVerdict::kUnusable: return "unusable";
  }
  return "unusable";
}

RecordingCheck check_recording(const std::filesystem::path& folder, const MediaReaders& open, bool decode_pictures) {
  return Checker(folder, open, decode_pictures).run();
}

}  // namespace atl::datasets
