#include "tests/fuzz/judge.h"

#include "core/error.h"
#include "datasets/check.h"
#include "datasets/mcap_reader.h"
#include "datasets/reader.h"
#include "datasets/repair.h"
#include "datasets/video/audio_reader.h"
#include "datasets/video/audio_writer.h"
#include "datasets/video/join.h"
#include "datasets/video/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace atl::fuzz {
namespace {

namespace fs = std::filesystem;
using datasets::McapReadMode;

// "FILE: ... offset 77 ...": the file, and a number or a quoted name in it.
bool names_place(const std::string& problem, const std::string& file) {
  const std::size_t at = problem.find(file);
  if (at == std::string::npos) return false;
  const std::string rest = problem.substr(at + file.size());
  return std::any_of(rest.begin(), rest.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

// Everything of `part` stands in `whole`, as often at most.
bool is_part(std::vector<std::uint64_t> part, std::vector<std::uint64_t> whole) {
  std::sort(part.begin(), part.end());
  part.erase(std::unique(part.begin(), part.end()), part.end());
  std::sort(whole.begin(), whole.end());
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

std::set<std::string> messages_of(const fs::path& folder, bool without_repair) {
  std::set<std::string> messages;
  const auto reader = datasets::McapReader::open(folder / "session.mcap", McapReadMode::kSalvage);
  std::map<std::uint16_t, std::string> topics;
  for (const datasets::McapChannel& channel : reader->channels()) topics[channel.id] = channel.topic;
  for (std::size_t i = 0; i < reader->num_chunks(); ++i) {
    datasets::McapChunk chunk = reader->read_chunk(i);
    datasets::McapMessage message;
    while (chunk.next(message)) {
      const std::string text(message.data.begin(), message.data.end());
      if (without_repair && text.find("\"repair\"") != std::string::npos) continue;  // what the repair adds
      messages.insert(fmt::format("{}|{}|{}", topics[message.channel], message.log_time_ns, text));
    }
  }
  return messages;
}

// As a trainer would: everything of every episode.
void read_recording(const fs::path& folder) {
  const auto reader = datasets::RecordingReader::open(folder);
  for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
    static_cast<void>(reader->actions(i));
    static_cast<void>(reader->inputs(i));
    static_cast<void>(reader->frames(i));
  }
}

datasets::MediaReaders media_readers() { return {video::video_reader_factory(), video::audio_reader_factory()}; }

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kEqual: return "equal";
    case Outcome::kNamed: return "named";
    case Outcome::kDifferent: return "different";
    case Outcome::kUnnamed: return "unnamed";
    case Outcome::kMadeUp: return "made_up";
  }
  return "unknown";
}

Outcome judge_file(Parser parser, const Parsed& original, const fs::path& mutated, std::string& words) {
  const Parsed parsed = parse(parser, mutated);
  if (parsed.problems.empty()) return parsed.content == original.content ? Outcome::kEqual : Outcome::kDifferent;
  words = parsed.problems.front();
  const bool has_checksums = parser == Parser::kMcap || parser == Parser::kMp4;
  if (has_checksums && !is_part(parsed.content, original.content)) return Outcome::kMadeUp;
  return names_place(words, mutated.string()) ? Outcome::kNamed : Outcome::kUnnamed;
}

RecordingJudge::RecordingJudge(fs::path original) : original_(std::move(original)) {
  session_ = parse(Parser::kMcap, original_ / "session.mcap");
  if (fs::exists(original_ / "video.mp4")) video_ = parse(Parser::kMp4, original_ / "video.mp4");
  messages_ = messages_of(original_, false);
}

Outcome RecordingJudge::judge(const fs::path& mutated, std::string& words) const {
  const datasets::RecordingCheck check = datasets::check_recording(mutated, media_readers());
  if (!check.problems.empty()) words = check.problems.front();
  switch (check.verdict) {
    case datasets::RecordingVerdict::kOk: {
      read_recording(mutated);
      const Parsed session = parse(Parser::kMcap, mutated / "session.mcap");
      const Parsed video = video_.content.empty() ? Parsed{} : parse(Parser::kMp4, mutated / "video.mp4");
      if (!video.problems.empty()) words = video.problems.front();
      const bool is_equal = session.content == session_.content && video.content == video_.content;
      return is_equal ? Outcome::kEqual : Outcome::kDifferent;
    }
    case datasets::RecordingVerdict::kRepairable: return judge_repaired(mutated, words);
    case datasets::RecordingVerdict::kUnusable: return words.empty() ? Outcome::kUnnamed : Outcome::kNamed;
  }
  return Outcome::kUnnamed;
}

Outcome RecordingJudge::judge_repaired(const fs::path& mutated, std::string& words) const {
  if (words.empty()) return Outcome::kUnnamed;
  try {
    static_cast<void>(
        datasets::repair_recording(mutated, media_readers(), {video::video_joiner(), video::audio_writer_factory({})}));
  } catch (const Error& error) {  // nothing to be saved: told by name
    words = error.what();
    return names_place(words, mutated.string()) ? Outcome::kNamed : Outcome::kUnnamed;
  }
  const datasets::RecordingCheck again = datasets::check_recording(mutated, media_readers());
  if (again.verdict != datasets::RecordingVerdict::kOk) {
    words = "after repair: " + (again.problems.empty() ? "no words" : again.problems.front());
    return Outcome::kMadeUp;
  }
  read_recording(mutated);
  const std::set<std::string> kept = messages_of(mutated, true);
  if (!std::includes(messages_.begin(), messages_.end(), kept.begin(), kept.end())) return Outcome::kMadeUp;
  if (video_.content.empty()) return Outcome::kNamed;
  // Every picture that the index still has can be shown, and is the one that was recorded.
  const Parsed video = parse(Parser::kMp4, mutated / "video.mp4");
  const std::size_t indexed = datasets::RecordingReader::open(mutated)->video_times_us().size();
  const bool is_shown = indexed <= video.content.size() && is_part(video.content, video_.content);
  if (!is_shown)
    words = fmt::format("after repair: {} pictures indexed, {} can be read", indexed, video.content.size());
  return is_shown ? Outcome::kNamed : Outcome::kMadeUp;
}

}  // namespace atl::fuzz
