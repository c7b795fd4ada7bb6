#include "datasets/mcap_reader.h"

#include "core/error.h"
#include "datasets/mcap_file.h"
#include "datasets/mcap_summary.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace atl::datasets {
namespace {

struct FramedRecord {
  McapOpcode opcode;
  std::span<const std::uint8_t> content;
  std::size_t total_bytes;
};

// A recording of ten hours has millions of messages: no parser, which owns its words for an error, for those that fit.
std::uint64_t little_endian(const std::uint8_t* bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

FramedRecord record_at(std::span<const std::uint8_t> records, std::size_t position, const std::string& what) {
  const std::span<const std::uint8_t> left = records.subspan(position);
  if (left.size() >= kRecordHeaderBytes) {
    const std::uint64_t length = little_endian(left.data() + 1, 8);
    if (length <= left.size() - kRecordHeaderBytes)
      return {static_cast<McapOpcode>(left[0]), left.subspan(kRecordHeaderBytes, static_cast<std::size_t>(length)),
              kRecordHeaderBytes + static_cast<std::size_t>(length)};
  }
  McapParser parser(left, what);  // says what does not fit
  const auto opcode = static_cast<McapOpcode>(parser.get_u8());
  const std::uint64_t length = parser.get_u64();
  return {opcode, parser.get_bytes(length), kRecordHeaderBytes + static_cast<std::size_t>(length)};
}

}  // namespace

bool McapChunk::next(McapMessage& message) {
  while (position_ < records_.size()) {
    const FramedRecord record = record_at(records_, position_, what_);
    position_ += record.total_bytes;
    if (record.opcode != McapOpcode::kMessage) continue;
    if (record.content.size() < kMessageHeaderBytes)
      fail(ErrorKind::kFormat, "{}: a message of {} bytes, expected at least {}; the record is damaged", what_,
           record.content.size(), kMessageHeaderBytes);
    const std::uint8_t* head = record.content.data();
    message.channel = static_cast<std::uint16_t>(little_endian(head, 2));
    message.sequence = static_cast<std::uint32_t>(little_endian(head + 2, 4));
    message.log_time_ns = little_endian(head + 6, 8);
    message.publish_time_ns = little_endian(head + 14, 8);
    message.data = record.content.subspan(kMessageHeaderBytes);
    return true;
  }
  return false;
}

void McapChunk::collect_definitions(std::vector<McapSchema>& schemas, std::vector<McapChannel>& channels) const {
  for (std::size_t position = 0; position < records_.size();) {
    const FramedRecord record = record_at(records_, position, what_);
    if (record.opcode == McapOpcode::kSchema) schemas.push_back(parse_schema({record.content, what_}));
    if (record.opcode == McapOpcode::kChannel) channels.push_back(parse_channel({record.content, what_}));
    position += record.total_bytes;
  }
}

struct McapReader::State {
  explicit State(const std::filesystem::path& path) : file(path) {}
  McapFile file;
  McapContents contents;
};

namespace {

// Unpacks the chunk that `expected` speaks of and checks that the two agree.
McapChunk unpack_expected(const McapFile& file, const McapChunkEntry& expected) {
  const std::string what = file.describe(McapOpcode::kChunk, expected.offset);
  const McapRecord record = file.read_record(expected.offset, file.size());
  if (record.opcode != McapOpcode::kChunk)
    fail(ErrorKind::kFormat, "{}: found a {} there; the record is damaged", what, name_of(record.opcode));
  McapChunkEntry found;
  std::vector<std::uint8_t> records = unpack_chunk(file, record, found);
  if (found.length != expected.length || found.start_time != expected.start_time ||
      found.end_time != expected.end_time || found.uncompressed_bytes != expected.uncompressed_bytes)
    fail(ErrorKind::kFormat, "{}: its header disagrees with the summary; the record is damaged", what);
  return {std::move(records), what};
}

void remove_repeated_definitions(McapContents& contents) {
  const auto keep_first = [](auto& items) {
    std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    items.erase(std::unique(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.id == b.id; }),
                items.end());
  };
  keep_first(contents.schemas);
  keep_first(contents.channels);
}

McapContents salvage(const McapFile& file) {
  McapContents contents;
  try {
    contents = read_summary(file);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFormat) throw;
    return walk_data(file);
  }
  // With the summary intact a damaged record does not hide what comes after it.
  std::vector<McapChunkEntry> intact;
  for (const McapChunkEntry& entry : contents.chunks) {
    try {
      static_cast<void>(unpack_expected(file, entry));
      intact.push_back(entry);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kFormat) throw;
      contents.damage.push_back({entry.offset, entry.length, error.what(), entry.end_time});
    }
  }
  contents.chunks = std::move(intact);
  return contents;
}

}  // namespace

McapReader::McapReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
McapReader::~McapReader() = default;

std::unique_ptr<McapReader> McapReader::open(const std::filesystem::path& path, McapReadMode mode) {
  auto state = std::make_unique<State>(path);
  state->contents = mode == McapReadMode::kWhole ? read_summary(state->file) : salvage(state->file);
  remove_repeated_definitions(state->contents);
  return std::unique_ptr<McapReader>(new McapReader(std::move(state)));
}

const std::filesystem::path& McapReader::path() const { return state_->file.path(); }
const std::string& McapReader::profile() const { return state_->contents.profile; }
const std::string& McapReader::library() const { return state_->contents.library; }
std::span<const McapSchema> McapReader::schemas() const { return state_->contents.schemas; }
std::span<const McapChannel> McapReader::channels() const { return state_->contents.channels; }
std::size_t McapReader::num_chunks() const { return state_->contents.chunks.size(); }
std::uint64_t McapReader::num_bytes() const { return state_->file.size(); }
std::uint64_t McapReader::num_messages() const { return state_->contents.num_messages; }
std::span<const McapDamage> McapReader::damage() const { return state_->contents.damage; }

McapChunk McapReader::read_chunk(std::size_t index) const {
  ATOLL_CHECK(index < num_chunks(), "chunk {}, expected < {}", index, num_chunks());
  return unpack_expected(state_->file, state_->contents.chunks[index]);
}

bool is_being_written(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(ErrorKind::kFile, "cannot open {}: {}", path.string(), std::strerror(errno));
  const bool locked = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return locked;
}

std::uint64_t McapReader::chunk_offset(std::size_t index) const {
  ATOLL_CHECK(index < num_chunks(), "chunk {}, expected < {}", index, num_chunks());
  return state_->contents.chunks[index].offset;
}

std::vector<McapDamage> find_damage(const std::filesystem::path& path) {
  const McapFile file(path);
  McapContents data = walk_data(file);
  remove_repeated_definitions(data);
  std::vector<McapDamage> found = data.damage;
  if (found.empty()) found = compare_with_summary(file, data);
  return found;
}

}  // namespace atl::datasets
