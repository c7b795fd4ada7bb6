// Writes real files for the fuzz targets to begin with: fuzz_seeds FOLDER, one folder a parser in it, and the folder
// `recording` with whole recordings. Run in the root of the tree: the profiles come from there.
#include "core/contract.h"
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/mcap_format.h"
#include "datasets/video/audio_writer.h"
#include "tests/datasets/sample.h"
#include "tests/video/brightening.h"

#include <fmt/core.h>

#include <filesystem>
#include <string>

namespace {

using namespace atl;
namespace fs = std::filesystem;

// No compression and no checksums, which MCAP allows: what libFuzzer changes reaches the messages.
void write_plain_mcap(const fs::path& path, const std::vector<std::string>& messages) {
  using datasets::McapOpcode;
  datasets::McapBuffer records;
  records.begin_record(McapOpcode::kSchema);
  records.put_u16(1);
  for (const char* text : {"atoll/Action", "jsonschema", "{}"}) records.put_string(text);
  records.end_record();
  records.begin_record(McapOpcode::kChannel);
  records.put_u16(1);
  records.put_u16(1);
  for (const char* text : {"atoll/action", "json"}) records.put_string(text);
  records.put_map({});
  records.end_record();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    records.begin_record(McapOpcode::kMessage);
    records.put_u16(1);
    records.put_u32(static_cast<std::uint32_t>(i));
    records.put_u64(i);
    records.put_u64(i);
    records.put_bytes({reinterpret_cast<const std::uint8_t*>(messages[i].data()), messages[i].size()});
    records.end_record();
  }
  datasets::McapBuffer file;
  file.put_bytes(datasets::kMcapMagic);
  file.begin_record(McapOpcode::kHeader);
  for (const char* text : {"owa", "seeds"}) file.put_string(text);
  file.end_record();
  file.begin_record(McapOpcode::kChunk);
  file.put_u64(0);
  file.put_u64(messages.size());
  file.put_u64(records.size());
  file.put_u32(0);
  file.put_string("");
  file.put_u64(records.size());
  file.put_bytes(records.bytes());
  file.end_record();
  file.begin_record(McapOpcode::kDataEnd);
  file.put_u32(0);
  file.end_record();
  const auto bytes = file.bytes();
  write_file_atomically(path, std::string(bytes.begin(), bytes.end()));
}

// A second of it beside an episode of a live world.
void record_sound(const fs::path& folder) {
  datasets::RecordingOptions options =
      datasets::testing::recording_options(folder, {.clock = "monotonic", .num_episodes = 1});
  options.audio = video::audio_writer_factory({});
  const auto writer = datasets::RecordingWriter::create(std::move(options));
  const Timestamp begin = MonotonicClock::now();
  writer->begin_episode({.episode = 0, .time = begin, .player = "human"});
  constexpr int kBlock = 480;
  Random random(5);
  for (int i = 0; i < 100; ++i) {
    AudioBlock block{.time = begin + std::chrono::milliseconds(10 * i)};
    for (int sample = 0; sample < 2 * kBlock; ++sample)
      block.samples.push_back(static_cast<std::int16_t>(random.below(20'000)));
    writer->audio(block);
  }
  writer->end_episode({.episode = 0, .time = begin + std::chrono::seconds(1), .verdict = "success"});
  writer->close();
}

void write_seeds(const fs::path& folder) {
  for (const char* name : {"mcap", "unchecked", "mp4", "profile", "contract", "recording"})
    fs::create_directories(folder / name);
  for (const int steps : {3, 12}) {
    const fs::path recording = folder / "recording" / fmt::format("video{}", steps);
    video::record_brightening(recording, steps, 40);
    fs::copy_file(recording / "session.mcap", folder / "mcap" / fmt::format("video{}.mcap", steps));
    fs::copy_file(recording / "video.mp4", folder / "mp4" / fmt::format("video{}.mp4", steps));
  }
  for (const bool has_owa : {false, true}) {
    const fs::path recording = folder / "recording" / (has_owa ? "owa" : "plain");
    datasets::testing::record(recording, {.num_episodes = 2, .num_steps = 6, .owa_topics = has_owa});
    fs::copy_file(recording / "session.mcap", folder / "mcap" / (has_owa ? "owa.mcap" : "plain.mcap"));
  }
  record_sound(folder / "recording" / "sound");
  write_plain_mcap(folder / "unchecked" / "uncompressed.mcap",
                   {R"({"step":1,"held":["w"],"dx":3})", R"({"step":2,"pointer":[3,4]})", "{}"});
  for (const auto& entry : fs::directory_iterator("profiles")) {
    if (entry.path().extension() == ".toml") fs::copy_file(entry.path(), folder / "profile" / entry.path().filename());
  }
  PolicyContract contract;
  write_file_atomically(folder / "contract" / "default.toml", to_toml(contract));
  contract.controls = {"w", "a", "mouse_left"};
  contract.delay_steps = 2;
  write_file_atomically(folder / "contract" / "controls.toml", to_toml(contract));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    fs::remove_all(argv[1]);
    write_seeds(argv[1]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "fuzz_seeds: {}\n", error.what());
    return 1;
  }
}
