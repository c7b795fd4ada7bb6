#include "datasets/reader.h"

#include "core/error.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace atl::datasets {
namespace {

// The presentation time of a frame entry. A long recording has hundreds of thousands of them, and reading the JSON of
// each would be most of the time that opening one takes.
std::int64_t pts_of(std::string_view json, Timestamp time) {
  constexpr std::string_view kField = R"("pts_us":)";
  const std::size_t at = json.find(kField);
  std::int64_t pts_us = -1;
  if (at != std::string_view::npos) {
    const char* begin = json.data() + at + kField.size();
    if (std::from_chars(begin, json.data() + json.size(), pts_us).ec == std::errc()) return pts_us;
  }
  FrameEntry entry;  // written by somebody else, or broken
  decode(json, time, entry);
  return entry.video_pts_us;
}

// Atoll's recorder writes the kind first.
bool is_of_kind(std::string_view json, std::string_view kind) {
  constexpr std::string_view kFirst = R"({"kind":)";
  if (json.starts_with(kFirst)) return json.substr(1).starts_with(kind);
  return json.find(kind) != std::string_view::npos;
}

struct Place {
  std::size_t chunk = 0;
  std::size_t position = 0;
};

// Where an episode lies: from behind its start to its end message, or to what comes where it has none.
struct Extent {
  Place begin;
  Place end;
  std::int64_t log_offset_ns = 0;
  std::size_t first_picture = 0;  // in video_times_us; those of the episode end where the next one's begin, or earlier
  std::size_t end_picture = 0;
};

// Log times of the messages of one chunk.
struct LogSpan {
  std::uint64_t first = UINT64_MAX;
  std::uint64_t last = 0;
};

void merge_instruction(std::vector<Instruction>& known, Instruction instruction) {
  const auto same = std::find_if(known.begin(), known.end(), [&](const Instruction& i) {
    return i.begin == instruction.begin && i.text == instruction.text;
  });
  if (same != known.end())
    *same = std::move(instruction);
  else
    known.push_back(std::move(instruction));
}

}  // namespace

struct RecordingReader::State {
  std::filesystem::path folder;
  std::unique_ptr<McapReader> mcap;
  std::vector<std::optional<Topic>> topics;  // by channel
  RecordingHeader header;
  bool has_facts = false;
  std::vector<Episode> episodes;
  std::vector<Extent> extents;
  std::vector<DropNote> drops;
  std::vector<ClockMessage> clock_checks;
  std::vector<std::int64_t> video_times_us;
  std::vector<Timestamp> video_seen;  // one each
  std::vector<LogSpan> log_spans;     // one a chunk

  bool in_episode = false;         // while indexing
  std::int64_t log_offset_ns = 0;  // while indexing

  std::size_t cached_index = SIZE_MAX;
  std::optional<McapChunk> cached;

  [[nodiscard]] static Timestamp time_of(const McapMessage& message, std::int64_t offset) {
    return from_ns(static_cast<std::int64_t>(message.log_time_ns) - offset);
  }

  [[nodiscard]] std::optional<Topic> topic_of(const McapMessage& message) const {
    return message.channel < topics.size() ? topics[message.channel] : std::nullopt;
  }

  McapChunk& chunk(std::size_t index) {
    if (cached_index != index) {
      cached_index = SIZE_MAX;
      cached = mcap->read_chunk(index);
      cached_index = index;
    }
    return *cached;
  }

  void find_topics();
  void index_all();
  void index(const McapMessage& message, Topic topic, Place next, Place here);
  void index_episode(const McapMessage& message, Place next, Place here);
  void count(const McapMessage& message, Topic topic);
  void close_extent(Place end) {
    extents.back().end = end;
    extents.back().end_picture = video_times_us.size();
  }

  template <class Message>
  std::vector<Message> collect(std::size_t episode, Topic topic, Timestamp begin = Timestamp::min(),
                               Timestamp end = Timestamp::max());
};

void RecordingReader::State::find_topics() {
  for (const McapChannel& channel : mcap->channels()) {
    for (std::size_t i = 0; i < kNumTopics; ++i) {
      if (channel.topic != topic_table()[i].topic) continue;
      if (topics.size() <= channel.id) topics.resize(channel.id + std::size_t{1});
      topics[channel.id] = static_cast<Topic>(i);
    }
  }
}

void RecordingReader::State::index_all() {
  std::uint64_t num_messages = 0;
  for (std::size_t i = 0; i < mcap->num_chunks(); ++i) {
    McapChunk& current = chunk(i);
    McapMessage message;
    LogSpan& span = log_spans.emplace_back();
    for (Place here{i, 0}; current.next(message); here.position = current.position()) {
      ++num_messages;
      span = {std::min(span.first, message.log_time_ns), std::max(span.last, message.log_time_ns)};
      if (const std::optional<Topic> topic = topic_of(message)) index(message, *topic, {i, current.position()}, here);
    }
  }
  if (in_episode) close_extent({mcap->num_chunks(), 0});
  if (mcap->damage().empty() && mcap->num_messages() != num_messages)
    fail(ErrorKind::kFormat, "{}: {} messages, the summary counts {}; `atoll repair` rewrites it",
         mcap->path().string(), num_messages, mcap->num_messages());
  if (!has_facts)
    fail(ErrorKind::kFormat, "{}: no atoll/facts message; it is no recording of Atoll, or nothing of it is left",
         mcap->path().string());
}

void RecordingReader::State::index(const McapMessage& message, Topic topic, Place next, Place here) {
  const Timestamp time = time_of(message, log_offset_ns);
  switch (topic) {
    case Topic::kFacts: {
      FactsMessage facts;
      decode(message.text(), time, facts);
      header = parse_recording_header(facts.recording_toml, mcap->path().string() + ": atoll/facts");
      log_offset_ns = facts.log_offset_ns;
      has_facts = true;
      break;
    }
    case Topic::kClock: decode(message.text(), time, clock_checks.emplace_back()); break;
    case Topic::kEpisode: index_episode(message, next, here); break;
    case Topic::kDrop: decode(message.text(), time, drops.emplace_back()); break;
    case Topic::kMark:
      if (!episodes.empty()) decode(message.text(), time, episodes.back().marks.emplace_back());
      break;
    case Topic::kInstruction: {
      if (episodes.empty()) break;  // before the first episode it holds for none
      Instruction instruction;
      decode(message.text(), time, instruction);
      merge_instruction(episodes.back().instructions, std::move(instruction));
      break;
    }
    default: count(message, topic);
  }
}

void RecordingReader::State::index_episode(const McapMessage& message, Place next, Place here) {
  if (is_episode_start(message.text())) {
    if (in_episode) close_extent(here);  // the recorder that wrote it never does so
    EpisodeStartMessage start;
    decode(message.text(), Timestamp{}, start);
    log_offset_ns = start.log_offset_ns;
    start.start.time = time_of(message, log_offset_ns);
    episodes.push_back({.start = std::move(start.start), .end = {}, .instructions = {}, .marks = {}});
    extents.push_back({next, next, log_offset_ns, video_times_us.size(), video_times_us.size()});
    in_episode = true;
    return;
  }
  EpisodeEnd end;
  decode(message.text(), time_of(message, log_offset_ns), end);
  const bool begun = in_episode && end.episode == episodes.back().start.episode;
  if (!begun && !mcap->damage().empty()) return;  // its start is among what was lost
  if (!begun)
    fail(ErrorKind::kFormat, "{}: episode {} ends at {} s without having begun", mcap->path().string(), end.episode,
         to_seconds(end.time.time_since_epoch()));
  episodes.back().end = std::move(end);
  close_extent(here);
  in_episode = false;
}

void RecordingReader::State::count(const McapMessage& message, Topic topic) {
  if (topic == Topic::kFrame) {
    const std::string_view json = message.text();
    if (is_of_kind(json, R"("kind":"heartbeat")")) return;
    if (is_of_kind(json, R"("kind":"video")")) {
      video_times_us.push_back(pts_of(json, time_of(message, log_offset_ns)));
      video_seen.push_back(time_of(message, log_offset_ns));
    }
  }
  if (!in_episode) return;
  Episode& episode = episodes.back();
  if (topic == Topic::kFrame) ++episode.num_frames;
  if (topic == Topic::kAction) ++episode.num_actions;
  if (topic == Topic::kInput) ++episode.num_events;
}

template <class Message>
std::vector<Message> RecordingReader::State::collect(std::size_t episode, Topic topic, Timestamp begin, Timestamp end) {
  ATOLL_CHECK(episode < episodes.size(), "episode {}, expected < {}", episode, episodes.size());
  const Extent& extent = extents[episode];
  std::vector<Message> found;
  // Times without bounds would overflow as log times.
  const auto log_of = [&](Timestamp time) { return static_cast<std::uint64_t>(to_ns(time) + extent.log_offset_ns); };
  const std::uint64_t first = begin == Timestamp::min() ? 0 : log_of(begin);
  const std::uint64_t last = end == Timestamp::max() ? UINT64_MAX : log_of(end) - 1;
  for (std::size_t i = extent.begin.chunk; i <= extent.end.chunk && i < mcap->num_chunks(); ++i) {
    if (log_spans[i].last < first || log_spans[i].first > last) continue;
    McapChunk& current = chunk(i);
    current.seek(i == extent.begin.chunk ? extent.begin.position : 0);
    McapMessage message;
    while (i < extent.end.chunk || current.position() < extent.end.position) {
      if (!current.next(message)) break;
      if (topic_of(message) != topic) continue;
      if (message.log_time_ns < first || message.log_time_ns > last) continue;
      try {
        decode(message.text(), time_of(message, extent.log_offset_ns), found.emplace_back());
      } catch (const Error& error) {
        fail(error.kind(), "{}: {}", mcap->path().string(), error.what());
      }
    }
  }
  return found;
}

RecordingReader::RecordingReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordingReader::~RecordingReader() = default;

std::unique_ptr<RecordingReader> RecordingReader::open(const std::filesystem::path& folder, McapReadMode mode) {
  auto state = std::make_unique<State>();
  state->folder = folder;
  if (!std::filesystem::is_directory(folder))
    fail(ErrorKind::kFile, "{} is no folder, expected a recording: a folder with {}", folder.string(), kSessionFile);
  try {
    state->mcap = McapReader::open(folder / kSessionFile, mode);
  } catch (const Error& error) {
    if (mode == McapReadMode::kSalvage || error.kind() != ErrorKind::kFormat) throw;
    fail(error.kind(), "{}; `atoll check` says more, `atoll repair` mends a recording that was cut", error.what());
  }
  state->find_topics();
  state->index_all();
  return std::unique_ptr<RecordingReader>(new RecordingReader(std::move(state)));
}

const std::filesystem::path& RecordingReader::folder() const { return state_->folder; }
const RecordingHeader& RecordingReader::header() const { return state_->header; }
std::span<const Episode> RecordingReader::episodes() const { return state_->episodes; }
std::span<const DropNote> RecordingReader::drops() const { return state_->drops; }
std::span<const ClockMessage> RecordingReader::clock_checks() const { return state_->clock_checks; }
std::filesystem::path RecordingReader::video_path() const { return state_->folder / kVideoFile; }
const McapReader& RecordingReader::mcap() const { return *state_->mcap; }
std::span<const McapDamage> RecordingReader::damage() const { return state_->mcap->damage(); }
std::span<const std::int64_t> RecordingReader::video_times_us() const { return state_->video_times_us; }

std::vector<RecordedAction> RecordingReader::actions(std::size_t episode) {
  return state_->collect<RecordedAction>(episode, Topic::kAction);
}
std::vector<InputEvent> RecordingReader::inputs(std::size_t episode) {
  return state_->collect<InputEvent>(episode, Topic::kInput);
}
std::vector<FrameEntry> RecordingReader::frames(std::size_t episode) {
  return state_->collect<FrameEntry>(episode, Topic::kFrame);
}

std::vector<RecordedAction> RecordingReader::actions(std::size_t episode, Timestamp begin, Timestamp end) {
  return state_->collect<RecordedAction>(episode, Topic::kAction, begin, end);
}

RecordingReader::VideoPictures RecordingReader::video_pictures(std::size_t episode) const {
  ATOLL_CHECK(episode < state_->extents.size(), "episode {}, expected < {}", episode, state_->extents.size());
  const Extent& extent = state_->extents[episode];
  return {extent.first_picture,
          std::span(state_->video_seen).subspan(extent.first_picture, extent.end_picture - extent.first_picture)};
}

}  // namespace atl::datasets
