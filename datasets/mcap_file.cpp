#include "datasets/mcap_file.h"

#include "core/error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>

namespace atl::datasets {
namespace {
// A damaged size must not become an allocation: no writer makes chunks beyond this.
constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{256} << 20;
}  // namespace

McapFile::McapFile(const std::filesystem::path& path) : path_(path) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) fail(ErrorKind::kFile, "cannot open {}: {}", path.string(), std::strerror(errno));
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd_);
    fail(ErrorKind::kFile, "{} is no regular file", path.string());
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

McapFile::~McapFile() { ::close(fd_); }

std::vector<std::uint8_t> McapFile::read(std::uint64_t offset, std::uint64_t size) const {
  if (offset > size_ || size > size_ - offset)
    fail(ErrorKind::kFormat, "{}: {} bytes wanted at offset {}, but the file ends at {}", path_.string(), size, offset,
         size_);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(ErrorKind::kFile, "cannot read {} at offset {}: {}", path_.string(), offset, std::strerror(errno));
    if (n == 0) fail(ErrorKind::kFormat, "{} became shorter while it was read", path_.string());
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

McapRecord McapFile::read_record(std::uint64_t offset, std::uint64_t end) const {
  if (offset > end || end - offset < kRecordHeaderBytes)
    fail(ErrorKind::kFormat, "{}: cut inside the header of the record at offset {}", path_.string(), offset);
  const std::vector<std::uint8_t> header = read(offset, kRecordHeaderBytes);
  McapParser parser(header, path_.string());
  McapRecord record;
  record.opcode = static_cast<McapOpcode>(parser.get_u8());
  record.offset = offset;
  const std::uint64_t length = parser.get_u64();
  const std::uint64_t available = end - offset - kRecordHeaderBytes;
  if (length > available)
    fail(ErrorKind::kFormat, "{}: says {} bytes, but {} follow: the file is cut there or the record damaged",
         describe(record.opcode, offset), length, available);
  record.content = read(offset + kRecordHeaderBytes, length);
  record.total_bytes = kRecordHeaderBytes + length;
  return record;
}

std::string McapFile::describe(McapOpcode opcode, std::uint64_t offset) const {
  return fmt::format("{}: {} at offset {}", path_.string(), name_of(opcode), offset);
}

std::vector<std::uint8_t> unpack_chunk(const McapFile& file, const McapRecord& record, McapChunkEntry& entry) {
  const std::string what = file.describe(McapOpcode::kChunk, record.offset);
  McapParser parser(record.content, what);
  entry.offset = record.offset;
  entry.length = record.total_bytes;
  entry.start_time = parser.get_u64();
  entry.end_time = parser.get_u64();
  entry.uncompressed_bytes = parser.get_u64();
  const std::uint32_t expected_crc = parser.get_u32();
  entry.compression = parser.get_string();
  entry.compressed_bytes = parser.get_u64();
  const std::span<const std::uint8_t> packed = parser.get_bytes(entry.compressed_bytes);
  if (!parser.at_end()) fail(ErrorKind::kFormat, "{}: bytes left after its records; the chunk is damaged", what);
  if (entry.uncompressed_bytes > kMaxChunkBytes)
    fail(ErrorKind::kFormat, "{}: says {} bytes uncompressed, expected at most {}; the chunk is damaged", what,
         entry.uncompressed_bytes, kMaxChunkBytes);

  std::vector<std::uint8_t> records;
  if (entry.compression.empty()) {
    records.assign(packed.begin(), packed.end());
  } else if (entry.compression == "zstd") {
    // What zstd's own header says comes first: the two are not damaged alike.
    const unsigned long long told = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (told < ZSTD_CONTENTSIZE_ERROR && told != entry.uncompressed_bytes)
      fail(ErrorKind::kFormat, "{}: {} bytes uncompressed, expected {}; the chunk is damaged", what, told,
           entry.uncompressed_bytes);
    records.resize(static_cast<std::size_t>(entry.uncompressed_bytes));
    const std::size_t size = ZSTD_decompress(records.data(), records.size(), packed.data(), packed.size());
    if (ZSTD_isError(size))
      fail(ErrorKind::kFormat, "{}: zstd cannot decompress it: {}", what, ZSTD_getErrorName(size));
    records.resize(size);
  } else {
    fail(ErrorKind::kFormat, "{}: compression \"{}\", expected \"zstd\" or none", what, entry.compression);
  }
  if (records.size() != entry.uncompressed_bytes)
    fail(ErrorKind::kFormat, "{}: {} bytes uncompressed, expected {}", what, records.size(), entry.uncompressed_bytes);
  const std::uint32_t crc = crc32_of(records);
  if (expected_crc != 0 && crc != expected_crc)
    fail(ErrorKind::kFormat, "{}: CRC {:08x}, expected {:08x}; the chunk is damaged", what, crc, expected_crc);
  return records;
}

std::uint64_t peek_last_time(const McapFile& file, std::uint64_t offset) {
  constexpr std::uint64_t kLongestChunkNs = 3'600'000'000'000;
  if (file.size() < offset + kRecordHeaderBytes + 16) return 0;
  const std::vector<std::uint8_t> bytes = file.read(offset, kRecordHeaderBytes + 16);
  McapParser parser(bytes, "chunk header");
  if (static_cast<McapOpcode>(parser.get_u8()) != McapOpcode::kChunk) return 0;
  static_cast<void>(parser.get_u64());
  const std::uint64_t start = parser.get_u64();
  const std::uint64_t end = parser.get_u64();
  return end >= start && end - start < kLongestChunkNs ? end : 0;
}

McapSchema parse_schema(McapParser parser) {
  McapSchema schema;
  schema.id = parser.get_u16();
  schema.name = parser.get_string();
  schema.encoding = parser.get_string();
  schema.data = parser.get_string();
  return schema;
}

McapChannel parse_channel(McapParser parser) {
  McapChannel channel;
  channel.id = parser.get_u16();
  channel.schema = parser.get_u16();
  channel.topic = parser.get_string();
  channel.message_encoding = parser.get_string();
  static_cast<void>(parser.get_map());
  return channel;
}

}  // namespace atl::datasets
