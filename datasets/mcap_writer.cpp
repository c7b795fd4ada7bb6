#include "datasets/mcap_writer.h"

#include "core/error.h"
#include "datasets/mcap_index.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace atl::datasets {
namespace {

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

struct McapWriter::State {
  std::filesystem::path path;
  McapWriterOptions options;
  int fd = -1;
  bool failed = false;
  bool closed = false;
  std::uint64_t position = 0;  // bytes in the file
  std::uint32_t data_crc = 0;  // of the file so far
  ZSTD_CCtx* compressor = nullptr;
  std::vector<std::uint8_t> compressed;

  McapBuffer chunk;               // records of the open chunk, uncompressed
  std::uint64_t chunk_first = 0;  // log time of its first message, from which its span is counted
  std::uint64_t chunk_start = 0;  // smallest log time in it
  std::uint64_t chunk_end = 0;    // largest
  bool chunk_has_messages = false;
  Timestamp chunk_opened;

  McapIndex index;  // of all that is in the file, for its summary

  ~State() {
    if (fd >= 0) ::close(fd);
    ZSTD_freeCCtx(compressor);
  }

  void require_usable() const {
    ATOLL_CHECK(!closed, "{} is closed, nothing can be written to it", path.string());
    if (failed) fail(ErrorKind::kFile, "{}: an earlier write failed; nothing more is recorded", path.string());
  }

  void append(std::span<const std::uint8_t> bytes) {
    const std::uint64_t begin = position;
    data_crc = crc32_of(bytes, data_crc);
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        const int code = n < 0 ? errno : ENOSPC;
        failed = true;
        // What is torn is worth nothing; without it the file is as a kill between two chunks would leave it.
        if (::ftruncate(fd, static_cast<off_t>(begin)) == 0) position = begin;
        fail(ErrorKind::kFile, "cannot write {} at offset {}: {}; what was written before is kept (`atoll repair`)",
             path.string(), position, std::strerror(code));
      }
      position += static_cast<std::uint64_t>(n);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }

  void end_chunk();
  void write_summary();
};

// Chunk and its message indexes go out in one write, so that a kill tears at most this one.
void McapWriter::State::end_chunk() {
  if (chunk.size() == 0) return;
  compressed.resize(ZSTD_compressBound(chunk.size()));
  const std::size_t size = ZSTD_compressCCtx(compressor, compressed.data(), compressed.size(), chunk.bytes().data(),
                                             chunk.size(), options.compression_level);
  ATOLL_CHECK(!ZSTD_isError(size), "zstd cannot compress {} bytes: {}", chunk.size(), ZSTD_getErrorName(size));

  McapBuffer out;
  out.begin_record(McapOpcode::kChunk);
  out.put_u64(chunk_start);
  out.put_u64(chunk_end);
  out.put_u64(chunk.size());
  out.put_u32(crc32_of(chunk.bytes()));
  out.put_string("zstd");
  out.put_u64(size);
  out.put_bytes(std::span(compressed).first(size));
  out.end_record();
  index.put_message_indexes(out, {chunk_start, chunk_end, position, out.size(), size, chunk.size()});
  append(out.bytes());

  chunk.clear();
  chunk_has_messages = false;
  chunk_start = chunk_end = 0;
}

void McapWriter::State::write_summary() {
  McapBuffer out;
  out.begin_record(McapOpcode::kDataEnd);
  out.put_u32(data_crc);
  out.end_record();
  append(out.bytes());
  out.clear();
  index.put_summary(out, position);
  append(out.bytes());
}

McapWriter::McapWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
McapWriter::~McapWriter() = default;

std::unique_ptr<McapWriter> McapWriter::create(const std::filesystem::path& path, const McapWriterOptions& options) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->options = options;
  state->fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (state->fd < 0) fail(ErrorKind::kFile, "cannot create {}: {}", path.string(), std::strerror(errno));
  if (::flock(state->fd, LOCK_EX | LOCK_NB) != 0)
    fail(ErrorKind::kFile, "cannot lock {}: {}", path.string(), std::strerror(errno));
  state->compressor = ZSTD_createCCtx();
  ATOLL_CHECK(state->compressor != nullptr, "zstd has no memory for a compressor");

  McapBuffer out;
  out.put_bytes(kMcapMagic);
  out.begin_record(McapOpcode::kHeader);
  out.put_string(options.profile);
  out.put_string(options.library);
  out.end_record();
  state->append(out.bytes());
  return std::unique_ptr<McapWriter>(new McapWriter(std::move(state)));
}

std::uint16_t McapWriter::add_schema(std::string_view name, std::string_view encoding, std::string_view data) {
  State& s = *state_;
  s.require_usable();
  McapBuffer record;
  record.begin_record(McapOpcode::kSchema);
  record.put_u16(++s.index.num_schemas);
  record.put_string(name);
  record.put_string(encoding);
  record.put_string(data);
  record.end_record();
  s.index.schemas.put_bytes(record.bytes());
  s.append(record.bytes());  // outside chunks, so that every later chunk can be read on its own
  return s.index.num_schemas;
}

std::uint16_t McapWriter::add_json_channel(std::string_view topic, std::string_view schema,
                                           std::string_view json_schema) {
  return add_channel(add_schema(schema, "jsonschema", json_schema), topic, "json");
}

std::uint16_t McapWriter::add_channel(std::uint16_t schema, std::string_view topic, std::string_view message_encoding) {
  State& s = *state_;
  s.require_usable();
  ATOLL_CHECK(schema <= s.index.num_schemas, "schema {} of topic {} is unknown", schema, topic);
  s.index.channels.emplace_back();
  const auto id = static_cast<std::uint16_t>(s.index.channels.size());
  McapBuffer record;
  record.begin_record(McapOpcode::kChannel);
  record.put_u16(id);
  record.put_u16(schema);
  record.put_string(topic);
  record.put_string(message_encoding);
  record.put_map({});
  record.end_record();
  s.index.channel_records.put_bytes(record.bytes());
  s.append(record.bytes());
  return id;
}

void McapWriter::write(std::uint16_t channel, std::uint64_t log_time_ns, std::span<const std::uint8_t> data) {
  State& s = *state_;
  s.require_usable();
  ATOLL_CHECK(channel >= 1 && channel <= s.index.channels.size(), "channel {} is unknown, expected 1 to {}", channel,
              s.index.channels.size());
  // The message that would stretch a chunk past its span begins the next one; older ones (an instruction that gets its
  // mark late) stretch nothing.
  const auto span = static_cast<std::uint64_t>(s.options.chunk_span.count());
  if (s.chunk_has_messages && log_time_ns >= s.chunk_first + span) s.end_chunk();
  McapChannelEntry& c = s.index.channels[channel - 1U];
  if (!s.chunk_has_messages) {
    s.chunk_opened = MonotonicClock::now();
    s.chunk_first = s.chunk_start = s.chunk_end = log_time_ns;
    s.chunk_has_messages = true;
  }
  s.chunk_start = std::min(s.chunk_start, log_time_ns);
  s.chunk_end = std::max(s.chunk_end, log_time_ns);
  c.open_chunk.push_back({log_time_ns, s.chunk.size()});
  s.chunk.begin_record(McapOpcode::kMessage);
  s.chunk.put_u16(channel);
  s.chunk.put_u32(c.next_sequence++);
  s.chunk.put_u64(log_time_ns);
  s.chunk.put_u64(log_time_ns);
  s.chunk.put_bytes(data);
  s.chunk.end_record();

  s.index.count_message(c, log_time_ns);
  if (s.chunk.size() >= s.options.chunk_bytes)
    s.end_chunk();
  else
    poll_flush();
}

void McapWriter::write(std::uint16_t channel, std::uint64_t log_time_ns, std::string_view data) {
  write(channel, log_time_ns, as_bytes(data));
}

void McapWriter::write_metadata(std::string_view name, const McapStringMap& values) {
  State& s = *state_;
  s.require_usable();
  McapBuffer record;
  record.begin_record(McapOpcode::kMetadata);
  record.put_string(name);
  record.put_map(values);
  record.end_record();
  s.index.metadata.push_back({std::string(name), s.position, record.size()});
  s.append(record.bytes());
}

void McapWriter::check_there() const {
  const State& s = *state_;
  struct stat here {};
  struct stat named {};
  if (::fstat(s.fd, &here) == 0 && ::stat(s.path.c_str(), &named) == 0 && here.st_ino == named.st_ino &&
      here.st_dev == named.st_dev)
    return;
  state_->failed = true;
  fail(ErrorKind::kFile, "{} is gone: its folder was removed or its disk was taken away; nothing more is recorded",
       s.path.string());
}

void McapWriter::rename(const std::filesystem::path& path) {
  State& s = *state_;
  if (::rename(s.path.c_str(), path.c_str()) != 0)
    fail(ErrorKind::kFile, "cannot rename {} to {}: {}", s.path.string(), path.string(), std::strerror(errno));
  s.path = path;
}

void McapWriter::flush() {
  state_->require_usable();
  state_->end_chunk();
}

void McapWriter::poll_flush() {
  State& s = *state_;
  s.require_usable();
  if (s.chunk_has_messages && MonotonicClock::now() - s.chunk_opened >= s.options.chunk_age) s.end_chunk();
}

void McapWriter::close() {
  State& s = *state_;
  s.require_usable();
  s.end_chunk();
  s.write_summary();
  if (::fdatasync(s.fd) != 0) {
    s.failed = true;
    fail(ErrorKind::kFile, "cannot flush {} to disk: {}", s.path.string(), std::strerror(errno));
  }
  s.closed = true;
  const int fd = s.fd;
  s.fd = -1;
  if (::close(fd) != 0) fail(ErrorKind::kFile, "cannot close {}: {}", s.path.string(), std::strerror(errno));
}

std::uint64_t McapWriter::num_messages() const { return state_->index.num_messages; }
std::uint64_t McapWriter::num_bytes() const { return state_->position; }

}  // namespace atl::datasets
