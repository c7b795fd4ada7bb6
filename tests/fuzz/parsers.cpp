#include "tests/fuzz/parsers.h"

#include "core/contract.h"
#include "core/error.h"
#include "datasets/mcap_reader.h"
#include "datasets/messages.h"
#include "datasets/video/reader.h"
#include "envs/desktop/game/profile.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <map>

namespace atl::fuzz {
namespace {

using datasets::McapReadMode;

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

// Errors of kind Error are what a parser is to give; anything else is let through, and ends the process.
void collect(Parsed& parsed, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    parsed.problems.emplace_back(error.what());
  }
}

template <class Message>
void try_decode(std::string_view text, Parsed& ignored) {
  collect(ignored, [&] {
    Message message;
    datasets::decode(text, Timestamp{}, message);
  });
}

// As a reader of recordings does, whatever the checksums say.
void decode_message(std::string_view topic, std::string_view text) {
  Parsed ignored;
  if (topic == "atoll/facts") try_decode<datasets::FactsMessage>(text, ignored);
  if (topic == "atoll/clock") try_decode<datasets::ClockMessage>(text, ignored);
  if (topic == "atoll/instruction") try_decode<Instruction>(text, ignored);
  if (topic == "atoll/input") try_decode<InputEvent>(text, ignored);
  if (topic == "atoll/action") try_decode<datasets::RecordedAction>(text, ignored);
  if (topic == "atoll/frame") try_decode<datasets::FrameEntry>(text, ignored);
  if (topic == "atoll/drop") try_decode<datasets::DropNote>(text, ignored);
  if (topic == "atoll/mark") try_decode<datasets::Mark>(text, ignored);
  if (topic != "atoll/episode") return;
  collect(ignored, [&] {
    if (datasets::is_episode_start(text)) {
      try_decode<datasets::EpisodeStartMessage>(text, ignored);
    } else {
      try_decode<datasets::EpisodeEnd>(text, ignored);
    }
  });
}

void read_messages(const std::filesystem::path& path, McapReadMode mode, Parsed& parsed) {
  const auto reader = datasets::McapReader::open(path, mode);
  std::map<std::uint16_t, std::string> topics;
  for (const datasets::McapChannel& channel : reader->channels()) topics[channel.id] = channel.topic;
  for (std::size_t i = 0; i < reader->num_chunks(); ++i) {
    datasets::McapChunk chunk = reader->read_chunk(i);
    datasets::McapMessage message;
    while (chunk.next(message)) {
      const std::string& topic = topics[message.channel];
      const std::string_view text = message.text();
      decode_message(topic, text);
      parsed.content.push_back(hash_of(fmt::format("{}|{}|{}", message.sequence, message.log_time_ns, text)));
    }
  }
}

// All that can be found wrong; the messages that are left, which a file that is not whole has as well.
Parsed parse_mcap(const std::filesystem::path& path) {
  Parsed parsed;
  collect(parsed, [&] {
    for (const datasets::McapDamage& damage : datasets::find_damage(path)) parsed.problems.push_back(damage.reason);
  });
  Parsed whole;
  collect(whole, [&] { read_messages(path, McapReadMode::kWhole, whole); });
  Parsed salvaged;
  collect(salvaged, [&] { read_messages(path, McapReadMode::kSalvage, salvaged); });
  parsed.content = salvaged.content;
  // What a loader takes for a whole file must be what salvage finds in it.
  if (whole.problems.empty() && salvaged.problems.empty() && whole.content != salvaged.content) std::abort();
  if (parsed.problems.empty()) parsed.problems = whole.problems;
  return parsed;
}

Parsed parse_mp4(const std::filesystem::path& path) {
  Parsed parsed;
  collect(parsed, [&] {
    const auto video = video::open_video(path);
    if (!video->loss().empty())
      parsed.problems.push_back(video->loss());
    else if (!video->is_closed())
      parsed.problems.push_back(fmt::format("{}: has {} pictures and was never closed, or was cut", path.string(),
                                            video->timestamps_us().size()));
    std::vector<std::uint8_t> pixels;
    for (std::size_t i = 0; i < video->timestamps_us().size(); ++i) {
      const std::int64_t time = video->timestamps_us()[i];
      // A picture that cannot be decoded ends nothing: the next keyframe goes on.
      collect(parsed, [&] {
        video->read(i, pixels);
        const std::string picture(pixels.begin(), pixels.end());
        parsed.content.push_back(hash_of(fmt::format("{} {:x}", time, hash_of(picture))));
      });
    }
  });
  return parsed;
}

Parsed parse_profile(const std::filesystem::path& path) {
  Parsed parsed;
  collect(parsed, [&] { parsed.content.push_back(hash_of(to_toml(envs::desktop::load_profile(path.string())))); });
  return parsed;
}

Parsed parse_contract(const std::filesystem::path& path) {
  Parsed parsed;
  collect(parsed, [&] {
    const auto contract = load_config<PolicyContract>(path);
    parsed.content.push_back(hash_of(to_toml(contract)));
    // What can be read can be written and read again.
    if (parse_config<PolicyContract>(to_toml(contract), "again") != contract) std::abort();
  });
  return parsed;
}

}  // namespace

std::string_view to_string(Parser parser) {
  switch (parser) {
    case Parser::kMcap: return "mcap";
    case Parser::kMp4: return "mp4";
    case Parser::kProfile: return "profile";
    case Parser::kContract: return "contract";
  }
  return "unknown";
}

Parsed parse(Parser parser, const std::filesystem::path& path) {
  switch (parser) {
    case Parser::kMcap: return parse_mcap(path);
    case Parser::kMp4: return parse_mp4(path);
    case Parser::kProfile: return parse_profile(path);
    case Parser::kContract: return parse_contract(path);
  }
  return {};
}

MemoryFile::MemoryFile() : fd_(memfd_create("input", MFD_CLOEXEC)) {
  if (fd_ < 0) fail(ErrorKind::kEnvironment, "cannot make a file in memory");
}

MemoryFile::~MemoryFile() { close(fd_); }

void MemoryFile::set(std::span<const std::uint8_t> bytes) {
  const bool is_done =
      ftruncate(fd_, 0) == 0 && pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
  if (!is_done) fail(ErrorKind::kEnvironment, "cannot write {} bytes into memory", bytes.size());
}

std::filesystem::path MemoryFile::path() const { return fmt::format("/proc/self/fd/{}", fd_); }

}  // namespace atl::fuzz
