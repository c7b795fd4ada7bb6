#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/mcap_reader.h"
#include "datasets/mcap_writer.h"
#include "tests/datasets/sample.h"
#include "tests/run_python.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::datasets {
namespace {

using ::testing::HasSubstr;

// Opens and reads all of `path`; returns what the Error says, or "" if there is none.
std::string error_of(const std::filesystem::path& path) {
  try {
    const auto reader = McapReader::open(path, McapReadMode::kWhole);
    for (std::size_t i = 0; i < reader->num_chunks(); ++i) {
      McapChunk chunk = reader->read_chunk(i);
      McapMessage message;
      while (chunk.next(message)) {
      }
    }
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// A small file with three chunks of two messages each.
std::filesystem::path write_sample(const std::filesystem::path& path) {
  const auto writer = McapWriter::create(path, {.profile = "test", .library = "tests"});
  const std::uint16_t channel = writer->add_channel(writer->add_schema("t/T", "jsonschema", "{}"), "t", "json");
  for (std::uint64_t i = 0; i < 6; ++i) {
    writer->write(channel, 1000 + i, std::string_view("{}"));
    if (i % 2 == 1) writer->flush();
  }
  writer->write_metadata("m", {{"a", "1"}, {"b", "2"}});
  writer->close();
  return path;
}

// Replaces the first place that holds `from`.
void replace(const std::filesystem::path& path, std::string_view from, std::string_view to) {
  std::string bytes = read_text_file(path);
  const std::size_t place = bytes.find(from);
  ASSERT_NE(place, std::string::npos);
  bytes.replace(place, from.size(), to);
  write_file_atomically(path, bytes);
}

// Wraps `records` into magic and header, without a summary.
std::filesystem::path write_raw(const std::filesystem::path& path, const McapBuffer& records) {
  McapBuffer out;
  out.put_bytes(kMcapMagic);
  out.begin_record(McapOpcode::kHeader);
  out.put_string("");
  out.put_string("tests");
  out.end_record();
  out.put_bytes(records.bytes());
  write_file_atomically(path, out.bytes());
  return path;
}

TEST(Mcap, SplitsChunksBySpanSizeAndFlush) {
  const TemporaryFolder folder;
  const auto count_chunks = [&](std::string_view name, const McapWriterOptions& options, std::uint64_t step_ns) {
    const auto path = folder.path() / name;
    const auto writer = McapWriter::create(path, options);
    const std::uint16_t channel = writer->add_channel(0, "t", "json");
    for (std::uint64_t i = 0; i < 100; ++i) writer->write(channel, i * step_ns, std::string(100, 'x'));
    writer->close();
    return McapReader::open(path, McapReadMode::kWhole)->num_chunks();
  };
  const Duration never = std::chrono::hours(1);
  EXPECT_EQ(count_chunks("one", {.profile = "", .library = "", .chunk_span = never, .chunk_age = never}, 10), 1U);
  EXPECT_EQ(count_chunks("span", {.profile = "", .library = "", .chunk_span = Duration(100), .chunk_age = never}, 10),
            10U);
  EXPECT_EQ(
      count_chunks("size", {.profile = "", .library = "", .chunk_bytes = 1310, .chunk_span = never, .chunk_age = never},
                   1),
      10U);
  EXPECT_EQ(count_chunks("age", {.profile = "", .library = "", .chunk_span = never, .chunk_age = Duration(0)}, 1),
            100U);
}

TEST(Mcap, RefusesToOverwriteAFile) {
  const TemporaryFolder folder;
  write_sample(folder.path() / "f.mcap");
  EXPECT_THROW(static_cast<void>(McapWriter::create(folder.path() / "f.mcap", {.profile = "", .library = ""})), Error);
}

TEST(Mcap, NamesWhatIsWrongWithAFile) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "f.mcap";
  const auto sample = [&] {
    std::filesystem::remove(path);
    return write_sample(path);
  };
  EXPECT_EQ(error_of(sample()), "");
  EXPECT_TRUE(find_damage(path).empty());

  EXPECT_THAT(error_of(folder.path() / "missing"), HasSubstr("cannot open"));
  EXPECT_THAT(error_of(folder.path()), HasSubstr("no regular file"));
  write_file_atomically(path, std::string_view("no mcap"));
  EXPECT_THAT(error_of(path), HasSubstr("too short for an MCAP file"));
  write_file_atomically(path, std::string_view("this is some other kind of file"));
  EXPECT_THAT(error_of(path), HasSubstr("no MCAP magic at offset 0"));

  sample();
  replace(path, "MCAP0", "MCAP1");
  EXPECT_THAT(error_of(path), HasSubstr("MCAP version 1, expected 0"));
  try {
    static_cast<void>(McapReader::open(path, McapReadMode::kSalvage));
    ADD_FAILURE() << "a newer version was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kVersion);
  }

  sample();
  std::string bytes = read_text_file(path);
  write_file_atomically(path, std::string_view(bytes).substr(0, bytes.size() - 4));
  EXPECT_THAT(error_of(path), HasSubstr("the file is cut short"));

  sample();
  bytes = read_text_file(path);
  bytes[bytes.size() - 10] ^= 1;  // the summary's CRC
  write_file_atomically(path, bytes);
  EXPECT_THAT(error_of(path), HasSubstr("the summary is damaged"));

  sample();
  replace(path, "zstd", "lz4 ");
  EXPECT_THAT(error_of(path), HasSubstr("compression \"lz4 \", expected \"zstd\" or none"));
}

TEST(Mcap, SalvageNamesRecordsThatFitNowhere) {
  const TemporaryFolder folder;
  const auto damage_of = [&](const McapBuffer& records) {
    const auto path = write_raw(folder.path() / "f.mcap", records);
    const auto reader = McapReader::open(path, McapReadMode::kSalvage);
    std::string text;
    for (const McapDamage& damage : reader->damage()) text += damage.reason + "\n";
    return text;
  };
  McapBuffer loose;
  loose.begin_record(McapOpcode::kMessage);
  loose.put_bytes(std::vector<std::uint8_t>(kMessageHeaderBytes));
  loose.end_record();
  EXPECT_THAT(damage_of(loose), HasSubstr("Message at offset 30: a message outside a chunk"));

  McapBuffer unknown;
  unknown.begin_record(static_cast<McapOpcode>(0x55));
  unknown.end_record();
  EXPECT_THAT(damage_of(unknown), HasSubstr("opcode 0x55 is not expected there"));

  McapBuffer long_string;
  long_string.begin_record(McapOpcode::kSchema);
  long_string.put_u16(1);
  long_string.put_u32(1000);
  long_string.end_record();
  EXPECT_THAT(damage_of(long_string), HasSubstr("a field of 1000 bytes, but only 0 are left"));

  McapBuffer huge;
  huge.begin_record(McapOpcode::kChunk);
  for (int i = 0; i < 2; ++i) huge.put_u64(0);
  huge.put_u64(std::uint64_t{1} << 60);
  huge.put_u32(1);
  huge.put_string("zstd");
  huge.put_u64(0);
  huge.end_record();
  EXPECT_THAT(damage_of(huge), HasSubstr("expected at most 268435456"));

  McapBuffer torn;
  torn.put_u8(static_cast<std::uint8_t>(McapOpcode::kChunk));
  torn.put_u64(500);
  torn.put_u64(7);
  EXPECT_THAT(damage_of(torn), HasSubstr("says 500 bytes, but 8 follow"));
  EXPECT_THAT(damage_of(McapBuffer{}), HasSubstr("cut inside the header of the record"));
}

TEST(Mcap, PythonReadsEveryMessageByIndexAndByStream) {
  const TemporaryFolder folder;
  testing::record(folder.path() / "r", {.num_episodes = 3, .owa_topics = true});
  const std::string output = tests::run_python(R"(
import sys
from mcap.reader import make_reader, NonSeekingReader
path = sys.argv[1]
def lines(reader, in_file_order):
    return [f"{c.topic}|{m.sequence}|{m.log_time}|{m.data.decode()}"
            for s, c, m in reader.iter_messages(log_time_order=not in_file_order)]
indexed = lines(make_reader(open(path, "rb"), validate_crcs=True), True)
ordered = lines(make_reader(open(path, "rb"), validate_crcs=True), False)
streamed = lines(NonSeekingReader(open(path, "rb"), validate_crcs=True), True)
assert indexed == streamed and sorted(indexed) == sorted(ordered)
reader = make_reader(open(path, "rb"))
summary = reader.get_summary()
assert summary.statistics.message_count == len(indexed)
assert summary.statistics.chunk_count == len(summary.chunk_indexes)
times = [int(line.split("|")[2]) for line in indexed]
assert summary.statistics.message_start_time == min(times) and summary.statistics.message_end_time == max(times)
for id, channel in summary.channels.items():
    count = sum(line.startswith(channel.topic + "|") for line in indexed)
    assert summary.statistics.channel_message_counts.get(id, 0) == count, channel.topic
by_topic = [l for l in lines(make_reader(open(path, "rb")), True) if l.startswith("atoll/action|")]
only = [m for _, _, m in make_reader(open(path, "rb")).iter_messages(topics=["atoll/action"])]
assert len(only) == len(by_topic) > 0
metadata = list(reader.iter_metadata())
assert metadata[0].name == "atoll" and metadata[0].metadata["version"] == "3", metadata
print("\n".join(indexed))
)",
                                               {(folder.path() / "r" / kSessionFile).string()});
  std::string expected;
  for (const std::string& message : testing::all_messages(folder.path() / "r", McapReadMode::kWhole))
    expected += message + "\n";
  EXPECT_EQ(output, expected);
}

TEST(Mcap, OwaSupportReadsEveryMessageOfARecordingWithoutItsTopics) {
  const TemporaryFolder folder;
  testing::record(folder.path() / "r", {.num_episodes = 2});
  const std::string output = tests::run_python(R"(
import sys, warnings
warnings.simplefilter("ignore")
from mcap_owa.highlevel.reader import OWAMcapReader
with OWAMcapReader(sys.argv[1], decode_args={"return_dict": True}) as reader:
    print(sum(bool(message.decoded) for message in reader.iter_messages()))
)",
                                               {(folder.path() / "r" / kSessionFile).string()});
  const std::size_t num_messages = testing::all_messages(folder.path() / "r", McapReadMode::kWhole).size();
  EXPECT_EQ(output, fmt::format("{}\n", num_messages));
}

TEST(Mcap, OwaSupportReadsEveryMessage) {
  const TemporaryFolder folder;
  const auto told = testing::record(folder.path() / "r", {.num_episodes = 2, .owa_topics = true});
  const std::string output = tests::run_python(R"(
import collections, sys, warnings
warnings.simplefilter("ignore")
from mcap_owa.highlevel.reader import OWAMcapReader
counts = collections.Counter()
motion = 0
with OWAMcapReader(sys.argv[1], decode_args={"return_dict_on_failure": True}) as reader:
    for message in reader.iter_messages():
        decoded = message.decoded
        counts[message.topic] += 1
        if message.topic == "keyboard":
            assert decoded.event_type in ("press", "release") and decoded.vk in (0x57, 0xA0), decoded
        if message.topic == "mouse/raw":
            motion += decoded.last_x
        if message.topic == "atoll/action":
            assert decoded["origin"] in ("human", "expert")
    assert sum(counts.values()) == reader.message_count
print(counts["keyboard"], counts["mouse/raw"], motion, counts["atoll/input"], counts["atoll/action"])
)",
                                               {(folder.path() / "r" / kSessionFile).string()});
  std::uint64_t keys = 0;
  std::uint64_t raw = 0;
  std::int64_t motion = 0;
  std::uint64_t inputs = 0;
  std::uint64_t actions = 0;
  for (const auto& episode : told) {
    actions += episode.actions.size();
    inputs += episode.inputs.size();
    for (const InputEvent& event : episode.inputs) {
      const bool is_key = event.kind == InputKind::kControl && !is_button(event.control);
      keys += is_key ? 1 : 0;
      const bool is_pad = event.kind == InputKind::kPadButton || event.kind == InputKind::kPadAxis;
      raw += !is_key && !is_pad && event.kind != InputKind::kAbsoluteMotion ? 1 : 0;
      motion += event.kind == InputKind::kRelativeMotion ? event.dx : 0;
    }
  }
  EXPECT_EQ(output, fmt::format("{} {} {} {} {}\n", keys, raw, motion, inputs, actions));
}

}  // namespace
}  // namespace atl::datasets
