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
#include <array>
#include <cctype>
#include <map>

namespace atl::fuzz {
namespace {

namespace fs = std::filesystem;
using datasets::McapReadMode;

// Parts of MCAP and MP4 files, as complaints call them.
constexpr std::array<std::string_view, 10> kParts{"header", "footer", "summary", "moov",    "moof",
                                                  "chunk",  "index",  "seal",    "message", "channel"};
// What a complaint about a text without a line begins with: the keys of a profile, and which version it has.
constexpr std::array<std::string_view, 14> kKeys{"version",      "name",   "title",           "program", "files",
                                                 "window",       "start",  "reset",           "game",    "tasks",
                                                 "instructions", "judges", "profile version", "trials"};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// A number that stands by itself, as offsets, indices and counts do: not the one of "H.264", "CRC-32", "mp4" or "0x1f".
bool holds_number(std::string_view words) {
  for (std::size_t begin = 0; begin < words.size(); ++begin) {
    if (!is_digit(words[begin])) continue;
    std::size_t end = begin;
    while (end < words.size() && is_digit(words[end])) ++end;
    const char before = begin == 0 ? ' ' : words[begin - 1];
    const char after = end == words.size() ? ' ' : words[end];
    if (!is_letter(before) && before != '.' && before != '-' && before != '_' && !is_letter(after)) return true;
    begin = end;
  }
  return false;
}

bool holds_part(std::string words) {
  std::transform(words.begin(), words.end(), words.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return words.find(part) != std::string::npos; });
}

bool holds_line_or_key(std::string_view words) {
  constexpr std::string_view kLine = "line ";
  for (std::size_t at = words.find(kLine); at != std::string_view::npos; at = words.find(kLine, at + 1)) {
    if (at + kLine.size() < words.size() && is_digit(words[at + kLine.size()])) return true;
  }
  const std::size_t begin = std::min(words.find_first_not_of(": \n"), words.size());
  const std::string_view first = words.substr(begin);
  return std::any_of(kKeys.begin(), kKeys.end(), [&](std::string_view key) {
    return first.starts_with(key) && first.size() > key.size() && !is_letter(first[key.size()]);
  });
}

// "FILE: ... offset 77 ...": the file, and where in it.
bool names_place(Parser parser, const std::string& problem, const std::string& file) {
  std::string words = problem;  // whose numbers and names are not the file's
  for (std::size_t at = words.find(file); at != std::string::npos; at = words.find(file)) words.erase(at, file.size());
  if (words.size() == problem.size()) return false;
  const bool is_text = parser == Parser::kProfile || parser == Parser::kContract;
  return is_text ? holds_line_or_key(words) : holds_number(words) || holds_part(words);
}

// Which file of a recording is meant.
bool names_file(const std::string& problem, const fs::path& folder) {
  for (const auto& file : fs::directory_iterator(folder)) {
    if (problem.find(file.path().filename().string()) != std::string::npos) return true;
  }
  return false;
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
  return names_place(parser, words, mutated.string()) ? Outcome::kNamed : Outcome::kUnnamed;
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
    case datasets::RecordingVerdict::kUnusable: return names_file(words, mutated) ? Outcome::kNamed : Outcome::kUnnamed;
  }
  return Outcome::kUnnamed;
}

Outcome RecordingJudge::judge_repaired(const fs::path& mutated, std::string& words) const {
  if (!names_file(words, mutated)) return Outcome::kUnnamed;
  try {
    static_cast<void>(
        datasets::repair_recording(mutated, media_readers(), {video::video_joiner(), video::audio_writer_factory({})}));
  } catch (const Error& error) {  // nothing to be saved: told by name
    words = error.what();
    return names_file(words, mutated) ? Outcome::kNamed : Outcome::kUnnamed;
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
