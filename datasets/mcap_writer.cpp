#include "datasets/mcap_writer.h"

#include "core/error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

namespace atl::datasets {
namespace {

struct IndexEntry {
  std::uint64_t log_time;
  std::uint64_t offset;  // of the message record in the uncompressed chunk
};

struct ChunkRecord {  // what the summary says about a chunk
  std::uint64_t start_time;
  std::uint64_t end_time;
  std::uint64_t offset;
  std::uint64_t length;
  std::map<std::uint16_t, std::uint64_t> index_offsets;
  std::uint64_t index_length;
  std::uint64_t compressed_bytes;
  std::uint64_t uncompressed_bytes;
};

struct MetadataRecord {
  std::string name;
  std::uint64_t offset;
  std::uint64_t length;
};

struct ChannelState {
  std::uint32_t next_sequence = 0;
  std::uint64_t num_messages = 0;
  std::vector<IndexEntry> index;
};

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

  McapBuffer schemas;  // records for the summary
  McapBuffer channels_text;
  std::uint16_t num_schemas = 0;
  std::vector<ChannelState> channels;  // by id - 1
  std::vector<ChunkRecord> chunks;
  std::vector<MetadataRecord> metadata;
  std::uint64_t num_messages = 0;
  std::uint64_t first_time = 0;
  std::uint64_t last_time = 0;

  ~State() {
    if (fd >= 0) ::close(fd);
    ZSTD_freeCCtx(compressor);
  }

  void require_usable() const {
    ATOLL_CHECK(!closed, "{} is closed, nothing can be written to it", path.string());
    if (failed) fail(ErrorKind::kFile, "{}: an earlier write failed; nothing more is recorded", path.string());
  }

  void append(std::span<const std::uint8_t> bytes) {
    data_crc = crc32_of(bytes, data_crc);
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        const int code = n < 0 ? errno : ENOSPC;
        failed = true;
        fail(ErrorKind::kFile, "cannot write {} at offset {}: {}; what was written before is kept (`atoll repair`)",
             path.string(), position, std::strerror(code));
      }
      position += static_cast<std::uint64_t>(n);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }

  void end_chunk();
  std::uint64_t put_message_indexes(McapBuffer& out, ChunkRecord& record);
  void write_summary();
  void put_statistics(McapBuffer& out) const;
};

// Chunk and its message indexes go out in one write, so that a kill tears at most this one.
void McapWriter::State::end_chunk() {
  if (chunk.size() == 0) return;
  compressed.resize(ZSTD_compressBound(chunk.size()));
  const std::size_t size = ZSTD_compressCCtx(compressor, compressed.data(), compressed.size(), chunk.bytes().data(),
                                             chunk.size(), options.compression_level);
  ATOLL_CHECK(!ZSTD_isError(size), "zstd cannot compress {} bytes: {}", chunk.size(), ZSTD_getErrorName(size));

  ChunkRecord record{chunk_start, chunk_end, position, 0, {}, 0, size, chunk.size()};
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
  record.length = out.size();
  record.index_length = put_message_indexes(out, record);
  append(out.bytes());

  chunks.push_back(std::move(record));
  chunk.clear();
  chunk_has_messages = false;
  chunk_start = chunk_end = 0;
}

std::uint64_t McapWriter::State::put_message_indexes(McapBuffer& out, ChunkRecord& record) {
  const std::size_t begin = out.size();
  for (std::size_t i = 0; i < channels.size(); ++i) {
    ChannelState& channel = channels[i];
    if (channel.index.empty()) continue;
    const auto id = static_cast<std::uint16_t>(i + 1);
    record.index_offsets[id] = position + out.size();
    out.begin_record(McapOpcode::kMessageIndex);
    out.put_u16(id);
    out.put_u32(static_cast<std::uint32_t>(channel.index.size() * 16));
    for (const IndexEntry& entry : channel.index) {
      out.put_u64(entry.log_time);
      out.put_u64(entry.offset);
    }
    out.end_record();
    channel.index.clear();
  }
  return out.size() - begin;
}

void McapWriter::State::put_statistics(McapBuffer& out) const {
  out.begin_record(McapOpcode::kStatistics);
  out.put_u64(num_messages);
  out.put_u16(num_schemas);
  out.put_u32(static_cast<std::uint32_t>(channels.size()));
  out.put_u32(0);  // attachments
  out.put_u32(static_cast<std::uint32_t>(metadata.size()));
  out.put_u32(static_cast<std::uint32_t>(chunks.size()));
  out.put_u64(first_time);
  out.put_u64(last_time);
  out.put_u32(static_cast<std::uint32_t>(channels.size() * 10));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    out.put_u16(static_cast<std::uint16_t>(i + 1));
    out.put_u64(channels[i].num_messages);
  }
  out.end_record();
}

void McapWriter::State::write_summary() {
  McapBuffer out;
  out.begin_record(McapOpcode::kDataEnd);
  out.put_u32(data_crc);
  out.end_record();
  append(out.bytes());
  out.clear();

  const std::uint64_t summary_start = position;
  struct Group {
    McapOpcode opcode;
    std::uint64_t start;
    std::uint64_t length;
  };
  std::vector<Group> groups;
  const auto add_group = [&](McapOpcode opcode, const auto& put) {
    const std::size_t begin = out.size();
    put();
    if (out.size() > begin) groups.push_back({opcode, summary_start + begin, out.size() - begin});
  };
  add_group(McapOpcode::kSchema, [&] { out.put_bytes(schemas.bytes()); });
  add_group(McapOpcode::kChannel, [&] { out.put_bytes(channels_text.bytes()); });
  add_group(McapOpcode::kStatistics, [&] { put_statistics(out); });
  add_group(McapOpcode::kChunkIndex, [&] {
    for (const ChunkRecord& c : chunks) {
      out.begin_record(McapOpcode::kChunkIndex);
      out.put_u64(c.start_time);
      out.put_u64(c.end_time);
      out.put_u64(c.offset);
      out.put_u64(c.length);
      out.put_u32(static_cast<std::uint32_t>(c.index_offsets.size() * 10));
      for (const auto& [id, offset] : c.index_offsets) {
        out.put_u16(id);
        out.put_u64(offset);
      }
      out.put_u64(c.index_length);
      out.put_string("zstd");
      out.put_u64(c.compressed_bytes);
      out.put_u64(c.uncompressed_bytes);
      out.end_record();
    }
  });
  add_group(McapOpcode::kMetadataIndex, [&] {
    for (const MetadataRecord& m : metadata) {
      out.begin_record(McapOpcode::kMetadataIndex);
      out.put_u64(m.offset);
      out.put_u64(m.length);
      out.put_string(m.name);
      out.end_record();
    }
  });

  const std::uint64_t offsets_start = summary_start + out.size();
  for (const Group& group : groups) {
    out.begin_record(McapOpcode::kSummaryOffset);
    out.put_u8(static_cast<std::uint8_t>(group.opcode));
    out.put_u64(group.start);
    out.put_u64(group.length);
    out.end_record();
  }
  // The summary's CRC covers everything up to itself, the footer's first fields included.
  McapBuffer footer;
  footer.begin_record(McapOpcode::kFooter);
  footer.put_u64(summary_start);
  footer.put_u64(offsets_start);
  footer.put_u32(0);
  footer.end_record();
  out.put_bytes(footer.bytes().first(footer.size() - 4));
  out.put_u32(crc32_of(out.bytes()));
  out.put_bytes(kMcapMagic);
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
  record.put_u16(++s.num_schemas);
  record.put_string(name);
  record.put_string(encoding);
  record.put_string(data);
  record.end_record();
  s.schemas.put_bytes(record.bytes());
  s.append(record.bytes());  // outside chunks, so that every later chunk can be read on its own
  return s.num_schemas;
}

std::uint16_t McapWriter::add_channel(std::uint16_t schema, std::string_view topic, std::string_view message_encoding) {
  State& s = *state_;
  s.require_usable();
  ATOLL_CHECK(schema <= s.num_schemas, "schema {} of topic {} is unknown", schema, topic);
  s.channels.emplace_back();
  const auto id = static_cast<std::uint16_t>(s.channels.size());
  McapBuffer record;
  record.begin_record(McapOpcode::kChannel);
  record.put_u16(id);
  record.put_u16(schema);
  record.put_string(topic);
  record.put_string(message_encoding);
  record.put_map({});
  record.end_record();
  s.channels_text.put_bytes(record.bytes());
  s.append(record.bytes());
  return id;
}

void McapWriter::write(std::uint16_t channel, std::uint64_t log_time_ns, std::span<const std::uint8_t> data) {
  State& s = *state_;
  s.require_usable();
  ATOLL_CHECK(channel >= 1 && channel <= s.channels.size(), "channel {} is unknown, expected 1 to {}", channel,
              s.channels.size());
  // The message that would stretch a chunk past its span begins the next one; older ones (an instruction that gets its
  // mark late) stretch nothing.
  const auto span = static_cast<std::uint64_t>(s.options.chunk_span.count());
  if (s.chunk_has_messages && log_time_ns >= s.chunk_first + span) s.end_chunk();
  ChannelState& c = s.channels[channel - 1U];
  if (!s.chunk_has_messages) {
    s.chunk_opened = MonotonicClock::now();
    s.chunk_first = s.chunk_start = s.chunk_end = log_time_ns;
    s.chunk_has_messages = true;
  }
  s.chunk_start = std::min(s.chunk_start, log_time_ns);
  s.chunk_end = std::max(s.chunk_end, log_time_ns);
  c.index.push_back({log_time_ns, s.chunk.size()});
  s.chunk.begin_record(McapOpcode::kMessage);
  s.chunk.put_u16(channel);
  s.chunk.put_u32(c.next_sequence++);
  s.chunk.put_u64(log_time_ns);
  s.chunk.put_u64(log_time_ns);
  s.chunk.put_bytes(data);
  s.chunk.end_record();

  s.first_time = s.num_messages == 0 ? log_time_ns : std::min(s.first_time, log_time_ns);
  s.last_time = std::max(s.last_time, log_time_ns);
  ++s.num_messages;
  ++c.num_messages;
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
  s.metadata.push_back({std::string(name), s.position, record.size()});
  s.append(record.bytes());
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

std::uint64_t McapWriter::num_messages() const { return state_->num_messages; }
std::uint64_t McapWriter::num_bytes() const { return state_->position; }

}  // namespace atl::datasets
