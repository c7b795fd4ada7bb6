#include "datasets/continue.h"

#include "core/error.h"
#include "core/version.h"
#include "datasets/audio_index.h"
#include "datasets/reader.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace atl::datasets {
namespace {

// Holds the lock of a file that a recorder would hold.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0)
      fail(ErrorKind::kFile, "cannot go on with {}: there is no recording; leave --continue out to begin one",
           path.parent_path().string());
    struct stat here {};
    struct stat named {};
    const bool is_mine = ::flock(fd_, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd_, &here) == 0 &&
                         ::stat(path.c_str(), &named) == 0 && here.st_ino == named.st_ino;
    if (is_mine) return;
    ::close(fd_);
    fail(ErrorKind::kFile, "{} is being recorded right now by another recorder; two never write one recording",
         path.parent_path().string());
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { ::close(fd_); }

 private:
  int fd_;
};

// Clocks of one machine drift apart by parts in a million; the same bounds as `atoll check` has.
void require_same_clocks(const RecordingHeader& header, const std::filesystem::path& folder) {
  constexpr double kToleranceS = 1.0;
  constexpr double kDriftPerSecond = 1e-3;
  const WallAnchor now = read_wall_anchor();
  const auto since_ns = to_ns(now.monotonic) - header.anchor_monotonic_ns;
  const double off_s = static_cast<double>(now.wall_ns - header.anchor_wall_ns - since_ns) * 1e-9;
  const double since_s = static_cast<double>(since_ns) * 1e-9;
  if (since_s >= 0 && std::abs(off_s) <= kToleranceS + kDriftPerSecond * since_s) return;
  fail(
      ErrorKind::kContract,
      "cannot go on with {}: this machine was started anew, or its clock was set, since it was recorded; record into a "
      "new folder",
      folder.string());
}

void require_same_source(const RecordingHeader& header, const SourceFacts& facts,
                         const std::optional<PolicyContract>& contract, const std::filesystem::path& folder) {
  const auto require = [&](const auto& there, const auto& here, const char* what) {
    if (there != here)
      fail(ErrorKind::kContract, "cannot go on with {}: its {} is {}, expected {}", folder.string(), what, there, here);
  };
  require(header.facts.clock, std::string("monotonic"), "clock");
  require(header.facts.world, facts.world, "world");
  require(header.facts.world_version, facts.world_version, "world's version");
  require(header.facts.action_rate_hz, facts.action_rate_hz, "action rate");
  require(header.facts.codec, facts.codec, "video");
  if (header.facts.window_width_px > 0 && facts.window_width_px > 0) {  // positions of the pointer are in its pixels
    require(header.facts.window_width_px, facts.window_width_px, "window's width in px");
    require(header.facts.window_height_px, facts.window_height_px, "window's height in px");
  }
  if (header.contract != contract)
    fail(ErrorKind::kContract, "cannot go on with {}: it was recorded for another policy contract", folder.string());
}

// Every definition and message of `source`; fills in the channels of `session`.
void copy_all(const McapReader& source, ContinuedSession& session) {
  std::map<std::uint16_t, std::uint16_t> schemas;
  std::map<std::uint16_t, std::uint16_t> channels;
  for (const McapSchema& schema : source.schemas())
    schemas[schema.id] = session.mcap->add_schema(schema.name, schema.encoding, schema.data);
  for (const McapChannel& channel : source.channels()) {
    channels[channel.id] = session.mcap->add_channel(schemas[channel.schema], channel.topic, channel.message_encoding);
    for (std::size_t i = 0; i < kNumTopics; ++i)
      if (channel.topic == topic_table()[i].topic) session.channels[i] = channels[channel.id];
    if (channel.topic == audio_topic().topic) session.audio_channel = channels[channel.id];
  }
  for (std::size_t i = 0; i < kNumTopics; ++i) {  // an older recorder knew fewer
    if (session.channels[i] != 0) continue;
    const TopicInfo& info = topic_table()[i];
    session.channels[i] = session.mcap->add_json_channel(info.topic, info.schema, info.json_schema);
  }
  for (std::size_t i = 0; i < source.num_chunks(); ++i) {
    McapChunk chunk = source.read_chunk(i);
    McapMessage message;
    while (chunk.next(message)) {
      session.mcap->write(channels.at(message.channel), message.log_time_ns, message.data);
      session.last_log_ns = std::max(session.last_log_ns, static_cast<std::int64_t>(message.log_time_ns));
    }
  }
}

void count(const AudioEntry& entry, ContinuedSession& session, std::optional<AudioFormat>& format) {
  if (entry.kind == AudioKind::kLost) ++session.summary.audio_losses;
  if (entry.kind != AudioKind::kSamples) return;
  format = {entry.rate_hz, entry.num_channels};
  const auto length = static_cast<std::int64_t>(entry.count);
  session.summary.audio_seconds += to_seconds(duration_of(length, *format));
  session.audio.num_samples = std::max(session.audio.num_samples, entry.first + entry.count);
  session.audio.pts = std::max(session.audio.pts, entry.pts + length);
}

// The format of its sound, if it has any.
std::optional<AudioFormat> count(RecordingReader& reader, ContinuedSession& session) {
  std::optional<AudioFormat> format;
  for (const auto& entries : read_audio_index(reader.mcap()))
    for (const AudioEntry& entry : entries) count(entry, session, format);
  RecordingSummary& s = session.summary;
  for (std::size_t i = 0; i < reader.episodes().size(); ++i) {
    const Episode& episode = reader.episodes()[i];
    if (episode.start.episode != i || !episode.end)
      fail(ErrorKind::kContract,
           "cannot go on with {}: its episodes are not numbered without gaps; record into a new "
           "folder",
           reader.folder().string());
    ++s.episodes;
    s.frames += episode.num_frames;
    s.actions += episode.num_actions;
    s.events += episode.num_events;
    s.instructions += episode.instructions.size();
    s.seconds += to_seconds(episode.end->time - episode.start.time);
    for (const FrameEntry& frame : reader.frames(i))
      if (frame.kind != FrameKind::kHeartbeat)
        session.next_picture = std::max(session.next_picture, frame.sequence + 1);
  }
  for (const DropNote& note : reader.drops()) s.drops += note.count;
  return format;
}

}  // namespace

ContinuedSession continue_session(const std::filesystem::path& folder, const SourceFacts& facts,
                                  const std::optional<PolicyContract>& contract, const MediaReaders& open) {
  const std::filesystem::path path = folder / kSessionFile;
  const FileLock lock(path);
  const auto reader = RecordingReader::open(folder);
  require_same_source(reader->header(), facts, contract, folder);
  require_same_clocks(reader->header(), folder);

  ContinuedSession session;
  const std::optional<AudioFormat> audio_format = count(*reader, session);
  session.log_offset_ns = reader->header().anchor_wall_ns - reader->header().anchor_monotonic_ns;
  const std::filesystem::path copy = path.string() + ".continuing";
  std::filesystem::remove(copy);  // of a recorder that was killed
  session.mcap = McapWriter::create(copy, {.profile = reader->mcap().profile(),
                                           .library = fmt::format("atoll {}", version()),
                                           .chunk_span = RecordingWriter::kLiveChunk,
                                           .chunk_age = RecordingWriter::kLiveChunk});
  copy_all(reader->mcap(), session);
  session.mcap->write_metadata(
      "atoll", {{"version", std::to_string(reader->header().version)}, {"recording_toml", to_text(reader->header())}});
  session.mcap->flush();
  session.mcap->rename(path);

  if (!reader->video_times_us().empty()) session.last_pts_us = reader->video_times_us().back();
  if (open.video && std::filesystem::exists(folder / kVideoFile)) {
    const auto video = open.video(folder / kVideoFile);  // of a repaired recording it may hold more than the index
    if (!video->timestamps_us().empty())
      session.last_pts_us = std::max(session.last_pts_us, video->timestamps_us().back());
  }
  // A repaired recording's file may hold more than the index, and a torn end that will be cut off.
  if (const auto end = find_audio_end(folder / kAudioFile, open.audio))
    session.audio = {std::max(session.audio.num_samples, end->num_samples), std::max(session.audio.pts, end->pts)};
  if (audio_format)
    session.last_pts_us = std::max(session.last_pts_us, duration_of(session.audio.pts, *audio_format).count() / 1000);
  return session;
}

}  // namespace atl::datasets
