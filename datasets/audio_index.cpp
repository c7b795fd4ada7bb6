#include "datasets/audio_index.h"

#include "core/error.h"
#include "core/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <optional>

namespace atl::datasets {
namespace {

using Json = nlohmann::json;

// clang-format off
constexpr TopicInfo kTopic{"atoll/audio", "atoll/Audio", R"({"type":"object","description":"One line of the index of sound; log_time is when its first sample sounded, or when a loss or a step of its clock began.","properties":{
"kind":{"enum":["samples","lost","step"],"description":"in audio.mp4; missing from here on; none is missing, but the clock of the sound stepped"},
"first":{"type":"integer","description":"number of the first sample among all that audio.mp4 holds; a sample is one moment of all channels"},
"count":{"type":"integer"},"rate_hz":{"type":"integer"},"channels":{"type":"integer"},
"pts":{"type":"integer","description":"presentation time of the first sample in audio.mp4, in samples, on the time axis of video.mp4"},
"hash":{"type":"string","description":"hexadecimal FNV-1a of the samples as 16-bit values"},
"length_ns":{"type":"integer","description":"of a loss, where it is known; of a step"},
"reason":{"type":"string"}},
"required":["kind"]})"};
// clang-format on

std::uint64_t hash_of(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.size() != 16)
    throw std::out_of_range(fmt::format("hash is \"{}\", expected 16 hexadecimal digits", text));
  return value;
}

// A whole number from `least` to `most`.
std::int64_t number_of(const Json& json, const char* key, std::int64_t least, std::int64_t most) {
  const Json& value = json.at(key);
  const bool is_number =
      value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  if (!is_number || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
    throw std::out_of_range(
        fmt::format("{} is {}, expected a whole number from {} to {}", key, value.dump(), least, most));
  return value.get<std::int64_t>();
}

void fill(const Json& j, AudioEntry& m) {
  constexpr std::int64_t kMost = INT64_MAX / 4;
  const auto kind = j.at("kind").get<std::string>();
  if (kind == "lost" || kind == "step") {
    m.kind = kind == "lost" ? AudioKind::kLost : AudioKind::kStep;
    m.reason = j.at("reason").get<std::string>();
    if (j.contains("length_ns")) m.length_ns = number_of(j, "length_ns", -kMost, kMost);
    return;
  }
  if (kind != "samples") throw std::out_of_range(fmt::format("kind \"{}\" is unknown", kind));
  m.first = static_cast<std::uint64_t>(number_of(j, "first", 0, kMost));
  m.count = static_cast<std::uint64_t>(number_of(j, "count", 1, kMaxAudioEntry));
  m.rate_hz = static_cast<int>(number_of(j, "rate_hz", 1, kMaxAudioRate_hz));
  m.num_channels = static_cast<int>(number_of(j, "channels", 1, kMaxAudioChannels));
  m.pts = number_of(j, "pts", 0, kMost);
  m.hash = hash_of(j.at("hash").get<std::string>());
}

}  // namespace

const TopicInfo& audio_topic() { return kTopic; }

void encode(const AudioEntry& m, std::string& out) {
  const auto put = [&](std::string_view text) { out += text; };
  if (m.kind == AudioKind::kSamples)
    return put(
        fmt::format(R"({{"kind":"samples","first":{},"count":{},"rate_hz":{},"channels":{},"pts":{},"hash":"{}"}})",
                    m.first, m.count, m.rate_hz, m.num_channels, m.pts, to_hex(m.hash)));
  nlohmann::ordered_json json = {{"kind", m.kind == AudioKind::kLost ? "lost" : "step"}, {"reason", m.reason}};
  if (m.length_ns != 0) json["length_ns"] = m.length_ns;
  try {
    put(json.dump());
  } catch (const Json::exception& error) {
    fail(ErrorKind::kFormat, "text \"{}\" cannot be recorded: {}", m.reason, error.what());
  }
}

void decode(std::string_view json, Timestamp time, AudioEntry& message) {
  const auto refuse = [&](const char* reason) {
    fail(ErrorKind::kFormat, "atoll/audio message at {:.6f} s of the recording's clock: {}",
         to_seconds(time.time_since_epoch()), reason);
  };
  message = AudioEntry{};
  message.time = time;
  try {
    fill(Json::parse(json), message);
  } catch (const Json::exception& error) {
    refuse(error.what());
  } catch (const std::out_of_range& error) {
    refuse(error.what());
  }
}

std::vector<std::vector<AudioEntry>> read_audio_index(const McapReader& mcap) {
  std::optional<std::uint16_t> audio;
  std::optional<std::uint16_t> episode;
  for (const McapChannel& channel : mcap.channels()) {
    if (channel.topic == audio_topic().topic) audio = channel.id;
    if (channel.topic == topic_table()[static_cast<std::size_t>(Topic::kEpisode)].topic) episode = channel.id;
  }
  std::vector<std::vector<AudioEntry>> episodes;
  std::int64_t log_offset_ns = 0;
  for (std::size_t i = 0; i < mcap.num_chunks() && audio; ++i) {
    McapChunk chunk = mcap.read_chunk(i);
    McapMessage message;
    while (chunk.next(message)) {
      if (message.channel == episode && is_episode_start(message.text())) {
        EpisodeStartMessage start;
        decode(message.text(), Timestamp{}, start);
        log_offset_ns = start.log_offset_ns;
        episodes.emplace_back();
      } else if (message.channel == audio && !episodes.empty()) {
        const Timestamp time = from_ns(static_cast<std::int64_t>(message.log_time_ns) - log_offset_ns);
        decode(message.text(), time, episodes.back().emplace_back());
      }
    }
  }
  return episodes;
}

}  // namespace atl::datasets
