#include "datasets/writer.h"

#include "core/error.h"
#include "core/files.h"
#include "core/version.h"
#include "datasets/audio_index.h"
#include "datasets/audio_track.h"
#include "datasets/continue.h"
#include "datasets/mcap_writer.h"
#include "datasets/messages.h"
#include "datasets/owa_topics.h"
#include "datasets/recording_file.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace atl::datasets {
namespace {
constexpr Duration kClockCheckPeriod{1'000'000'000};
// How much of the recording's clock one chunk may hold, and so the most that a cut loses. A world's clock runs many
// times faster than real time, and longer chunks make its recordings smaller.
constexpr Duration kWorldChunkSpan{900'000'000};
constexpr Duration kWorldChunkAge{500'000'000};
}  // namespace

struct RecordingWriter::State {
  explicit State(RecordingOptions o) : options(std::move(o)) {}

  RecordingOptions options;
  bool world_clock = false;
  std::unique_ptr<McapWriter> mcap;
  std::array<std::uint16_t, kNumTopics> channels{};
  std::unique_ptr<OwaTopics> owa;
  std::unique_ptr<VideoWriter> video;
  std::optional<AudioTrack> audio;
  std::string text;  // of the message being written

  std::int64_t log_offset_ns = 0;
  std::int64_t last_log_ns = 0;  // largest log time so far
  Timestamp next_clock_check;    // on the monotonic clock

  RecordingSummary summary;
  bool in_episode = false;
  Timestamp episode_start;
  Timestamp last_time;                                          // newest time inside the episode
  std::uint64_t num_steps = 0;                                  // actions of the episode
  FrameEntry last_frame;                                        // newest picture of the recording
  std::optional<Timestamp> last_picture;                        // its time, inside the episode
  std::vector<std::pair<std::string, Timestamp>> instructions;  // of the episode: text and begin
  std::uint64_t next_picture = 0;
  FrameSize video_size;
  std::int64_t first_picture_ns = -1;  // log time of the video's first picture
  bool cut_time = false;               // the next picture's video time comes soon after the last one's
  std::int64_t last_pts_us = -1;

  [[nodiscard]] std::int64_t log_time(Timestamp time) const { return to_ns(time) + log_offset_ns; }

  template <class Message>
  void put(Topic topic, Timestamp time, const Message& message) {
    put_to(channels.at(static_cast<std::size_t>(topic)), time, message);
  }

  template <class Message>
  void put_to(std::uint16_t channel, Timestamp time, const Message& message) {
    text.clear();
    encode(message, text);
    const std::int64_t log_ns = log_time(time);
    ATOLL_CHECK(log_ns >= 0, "time {} ns lies before 1970 with the offset {} ns", to_ns(time), log_offset_ns);
    mcap->write(channel, static_cast<std::uint64_t>(log_ns), text);
    last_log_ns = std::max(last_log_ns, log_ns);
    if (in_episode) last_time = std::max(last_time, time);
    if (!world_clock) check_clock(false);
  }

  void check_clock(bool now) {
    const Timestamp time = MonotonicClock::now();
    if (!now && time < next_clock_check) return;
    next_clock_check = time + kClockCheckPeriod;
    mcap->check_there();
    const WallAnchor reading = read_wall_anchor();
    text.clear();
    encode(reading, text);
    // On a world's clock there is no place for it but beside the newest message.
    const std::int64_t log_ns = world_clock ? last_log_ns : log_time(reading.monotonic);
    mcap->write(channels.at(static_cast<std::size_t>(Topic::kClock)), static_cast<std::uint64_t>(log_ns), text);
  }

  void open();
  void create();
  void go_on();
  // `channel`: of atoll/audio, where a file that is gone on with has it.
  void begin_audio(AudioEnd before, std::optional<std::uint16_t> channel) {
    if (!options.audio || world_clock) return;
    const TopicInfo& info = audio_topic();
    if (!channel) channel = mcap->add_json_channel(info.topic, info.schema, info.json_schema);
    audio.emplace(options.folder / kAudioFile, options.audio, before,
                  [this, id = *channel](const AudioEntry& entry) { put_to(id, entry.time, entry); });
  }
  void index(const FrameEntry& entry, FrameSize size);
  void cut_video_time(Timestamp time);
  void drop_resized(const Frame& frame);
  void drop(const DropNote& note) {
    put(Topic::kDrop, note.time, note);
    summary.drops += note.count;
  }
};

void RecordingWriter::State::open() {
  world_clock = options.facts.clock == "world";
  options.go_on ? go_on() : create();
  if (options.owa_topics) owa = std::make_unique<OwaTopics>(*mcap, options.facts.world);
  check_clock(true);
  mcap->flush();  // from the first moment on the folder is a recording
}

void RecordingWriter::State::go_on() {
  ContinuedSession session =
      continue_session(options.folder, options.facts, options.contract, {options.open_video, options.open_audio});
  mcap = std::move(session.mcap);
  channels = session.channels;
  log_offset_ns = session.log_offset_ns;
  last_log_ns = session.last_log_ns;
  summary = session.summary;
  next_picture = session.next_picture;
  last_pts_us = session.last_pts_us;
  cut_time = true;
  begin_audio(session.audio, session.audio_channel);
}

void RecordingWriter::State::create() {
  create_output_folder(options.folder);
  const std::filesystem::path folder = options.folder;
  // The profile "owa" asks for JSON messages with JSON schemas called domain/Type, which ours are with or without
  // OWAMcap's own topics.
  mcap = McapWriter::create(folder / kSessionFile, {.profile = "owa",
                                                    .library = fmt::format("atoll {}", version()),
                                                    .chunk_span = world_clock ? kWorldChunkSpan : kLiveChunk,
                                                    .chunk_age = world_clock ? kWorldChunkAge : kLiveChunk});
  for (std::size_t i = 0; i < kNumTopics; ++i) {
    const TopicInfo& info = topic_table()[i];
    channels[i] = mcap->add_json_channel(info.topic, info.schema, info.json_schema);
  }
  begin_audio({}, std::nullopt);
  const WallAnchor anchor = read_wall_anchor();
  log_offset_ns = world_clock ? anchor.wall_ns : anchor.wall_ns - to_ns(anchor.monotonic);
  last_log_ns = anchor.wall_ns;
  options.facts.recorder_version = std::string(version());
  const std::string header = to_text({.recorder_version = std::string(version()),
                                      .git_revision = std::string(git_revision()),
                                      .anchor_monotonic_ns = to_ns(anchor.monotonic),
                                      .anchor_wall_ns = anchor.wall_ns,
                                      .facts = options.facts,
                                      .contract = options.contract});
  write_file_atomically(folder / kRecordingFile, header);
  const FactsMessage facts{kRecordingVersion, log_offset_ns, header};
  put(Topic::kFacts, from_ns(anchor.wall_ns - log_offset_ns), facts);
  mcap->write_metadata("atoll", {{"version", std::to_string(kRecordingVersion)}, {"recording_toml", header}});
}

void RecordingWriter::State::index(const FrameEntry& entry, FrameSize size) {
  ATOLL_CHECK(!last_picture || entry.done >= *last_picture,
              "picture {} is from {} ns, older than the one before ({} ns)", entry.sequence, to_ns(entry.done),
              to_ns(*last_picture));
  put(Topic::kFrame, entry.done, entry);
  if (owa && entry.kind == FrameKind::kVideo) owa->frame(entry, size, static_cast<std::uint64_t>(log_time(entry.done)));
  if (entry.kind == FrameKind::kHeartbeat) return;
  last_frame = entry;
  last_picture = entry.done;
  next_picture = std::max(next_picture, entry.sequence + 1);
  ++summary.frames;
}

// A person who looks at the video after a long pause need not wait for it.
void RecordingWriter::State::cut_video_time(Timestamp time) {
  if (!cut_time || last_pts_us < 0) return;
  cut_time = false;
  const std::int64_t end_us =
      std::max(last_pts_us, audio ? audio->end_us() : -1);  // sound goes on after the last picture
  const std::int64_t soon_us = end_us + kVideoPause.count() / 1000;
  if (first_picture_ns < 0 || (log_time(time) - first_picture_ns) / 1000 > soon_us)
    first_picture_ns = log_time(time) - soon_us * 1000;
}

void RecordingWriter::State::drop_resized(const Frame& frame) {
  next_picture = std::max(next_picture, frame.sequence + 1);
  drop({.time = frame.done,
        .where = "recorder",
        .reason = fmt::format("the picture is {}x{} px, the video {}x{}", frame.width_px, frame.height_px,
                              video_size.width_px, video_size.height_px),
        .count = 1});
}

RecordingWriter::RecordingWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordingWriter::~RecordingWriter() = default;

std::unique_ptr<RecordingWriter> RecordingWriter::create(RecordingOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  state->open();
  return std::unique_ptr<RecordingWriter>(new RecordingWriter(std::move(state)));
}

void RecordingWriter::begin_episode(const EpisodeStart& start) {
  State& s = *state_;
  ATOLL_CHECK(!s.in_episode, "episode {} begins inside episode {}", start.episode, s.summary.episodes - 1);
  ATOLL_CHECK(start.episode == s.summary.episodes, "episode {} begins, expected {}: they count without gaps",
              start.episode, s.summary.episodes);
  // A world's clock that began anew is laid after what is there, one step apart.
  const std::int64_t earliest = s.last_log_ns + period_of(s.options.facts.action_rate_hz).count();
  if (s.world_clock && s.log_time(start.time) < earliest) s.log_offset_ns = earliest - to_ns(start.time);
  s.episode_start = s.last_time = start.time;
  s.num_steps = 0;
  s.last_picture.reset();
  s.instructions.clear();
  s.put(Topic::kEpisode, start.time, EpisodeStartMessage{start, s.log_offset_ns});
  s.in_episode = true;
  if (start.goes_on) s.cut_time = true;
  ++s.summary.episodes;
}

void RecordingWriter::end_episode(const EpisodeEnd& end) {
  State& s = *state_;
  ATOLL_CHECK(s.in_episode && end.episode + 1 == s.summary.episodes, "episode {} ends, expected {}", end.episode,
              s.in_episode ? fmt::format("{}", s.summary.episodes - 1) : "a begin first");
  if (s.audio) s.audio->end_episode();
  s.put(Topic::kEpisode, end.time, end);
  s.in_episode = false;
  s.summary.seconds += to_seconds(end.time - s.episode_start);
  if (!s.world_clock) s.mcap->flush();  // nothing may come for long: a person pauses
}

void RecordingWriter::frame(const Frame& frame, std::uint64_t step) {
  State& s = *state_;
  FrameEntry entry{.kind = s.options.video ? FrameKind::kVideo : FrameKind::kReplay,
                   .sequence = frame.sequence,
                   .step = step,
                   .requested = frame.requested,
                   .done = frame.done,
                   .video_pts_us = -1,
                   .pixel_hash = hash_pixels(frame.view()),
                   .window = frame.window};
  if (s.options.video) {
    if (!s.video) {
      s.video = s.options.video(s.options.folder / kVideoFile, frame.size());
      s.video_size = frame.size();
      if (s.last_pts_us < 0) s.first_picture_ns = s.log_time(frame.done);
    }
    if (frame.size() != s.video_size) return s.drop_resized(frame);
    s.cut_video_time(frame.done);
    // From the clock, never from a frame count; two pictures of one microsecond are told apart by one more.
    entry.video_pts_us = std::max((s.log_time(frame.done) - s.first_picture_ns) / 1000, s.last_pts_us + 1);
    if (!s.video->write(frame.view(), entry.video_pts_us))
      return drop({.time = frame.done, .where = "encoder", .reason = "the encoder was behind", .count = 1});
    s.last_pts_us = entry.video_pts_us;
  }
  s.index(entry, frame.size());
}

void RecordingWriter::replay_frame(const FrameEntry& entry) {
  ATOLL_CHECK(entry.kind == FrameKind::kReplay, "replay_frame of kind {}, expected kReplay",
              static_cast<int>(entry.kind));
  state_->index(entry, {});
}

void RecordingWriter::heartbeat(Timestamp time) {
  State& s = *state_;
  s.index({.kind = FrameKind::kHeartbeat,
           .sequence = s.last_frame.sequence,
           .step = s.last_frame.step,
           .requested = time,
           .done = time,
           .window = s.last_frame.window},
          {});
}

void RecordingWriter::audio(const AudioBlock& block) {
  State& s = *state_;
  ATOLL_CHECK(s.audio && s.in_episode && block.time >= s.episode_start,
              "sound at {} ns, expected inside an episode of a recording on the monotonic clock that keeps sound",
              to_ns(block.time));
  std::optional<Timestamp> begin;
  if (s.first_picture_ns >= 0 && !s.cut_time) begin = from_ns(s.first_picture_ns - s.log_offset_ns);
  s.audio->add(block, begin);
}

void RecordingWriter::input(const InputEvent& event) {
  State& s = *state_;
  s.put(Topic::kInput, event.time, event);
  if (s.owa) s.owa->input(event, static_cast<std::uint64_t>(s.log_time(event.time)));
  ++s.summary.events;
}

void RecordingWriter::action(const RecordedAction& action) {
  State& s = *state_;
  s.put(Topic::kAction, action.time, action);
  s.num_steps = std::max(s.num_steps, action.step + 1);
  ++s.summary.actions;
}

void RecordingWriter::instruction(const Instruction& instruction) {
  state_->put(Topic::kInstruction, instruction.begin, instruction);
  auto& known = state_->instructions;
  const std::pair key(instruction.text, instruction.begin);
  if (std::find(known.begin(), known.end(), key) != known.end()) return;  // it only replaces an earlier one
  known.push_back(key);
  ++state_->summary.instructions;
}

void RecordingWriter::drop(const DropNote& note) { state_->drop(note); }
void RecordingWriter::mark(const Mark& mark) { state_->put(Topic::kMark, mark.time, mark); }
std::uint64_t RecordingWriter::next_episode() const { return state_->summary.episodes; }
std::uint64_t RecordingWriter::next_picture() const { return state_->next_picture; }

RecordingSummary RecordingWriter::close() {
  State& s = *state_;
  if (s.in_episode)
    end_episode({.episode = s.summary.episodes - 1,
                 .time = s.last_time,
                 .num_steps = s.num_steps,
                 .verdict = "aborted",
                 .reason = "the recorder was stopped inside the episode",
                 .object = "",
                 .judge = "recorder"});
  if (!s.world_clock) s.check_clock(true);
  if (s.video) s.video->close();
  if (s.audio) {
    s.audio->close();
    s.summary.audio_seconds += s.audio->seconds();
    s.summary.audio_losses += s.audio->num_losses();
  }
  s.mcap->close();
  s.summary.bytes = s.mcap->num_bytes();
  return s.summary;
}

}  // namespace atl::datasets
