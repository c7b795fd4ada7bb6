#include "distributed/record_file.h"

#include "core/error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace atl::distributed {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic{'A', 'T', 'O', 'L', 'L', 'R', 'E', 'C'};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kFileHeader = 16;
constexpr std::uint32_t kRecordMagic = 0x31434552;
constexpr std::uint64_t kRecordHeader = 24;
constexpr std::uint64_t kMaxBody = std::uint64_t{1} << 40;

using Span = std::span<const std::uint8_t>;

[[noreturn]] void fail_errno(const std::filesystem::path& path, const char* what) {
  fail(ErrorKind::kFile, "{}: {} failed: {}", path.string(), what, std::strerror(errno));
}

template <class T>
void put(std::span<std::uint8_t> bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <class T>
T get(Span bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint32_t crc_of(Span bytes, std::uint32_t crc = 0) {
  constexpr std::size_t kMost = std::size_t{1} << 30;  // zlib counts in 32 bits
  for (std::size_t at = 0; at < bytes.size(); at += kMost) {
    const Span part = bytes.subspan(at, std::min(kMost, bytes.size() - at));
    crc = static_cast<std::uint32_t>(::crc32(crc, part.data(), static_cast<uInt>(part.size())));
  }
  return crc;
}

std::array<std::uint8_t, kFileHeader> file_header() {
  std::array<std::uint8_t, kFileHeader> header{};
  std::ranges::copy(kMagic, header.begin());
  put(header, 8, kVersion);
  return header;
}

struct RecordHead {
  std::uint32_t type = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
};

std::array<std::uint8_t, kRecordHeader> encode(const RecordHead& head) {
  std::array<std::uint8_t, kRecordHeader> bytes{};
  put(bytes, 0, kRecordMagic);
  put(bytes, 4, head.type);
  put(bytes, 8, head.size);
  put(bytes, 16, head.crc);
  put(bytes, 20, crc_of(std::span(bytes).first(20)));
  return bytes;
}

std::optional<RecordHead> decode(Span bytes) {
  if (get<std::uint32_t>(bytes, 0) != kRecordMagic || get<std::uint32_t>(bytes, 20) != crc_of(bytes.first(20)))
    return std::nullopt;
  const RecordHead head{
      .type = get<std::uint32_t>(bytes, 4), .size = get<std::uint64_t>(bytes, 8), .crc = get<std::uint32_t>(bytes, 16)};
  if (head.size > kMaxBody) return std::nullopt;
  return head;
}

}  // namespace

RecordWriter::RecordWriter(const std::filesystem::path& path) : path_(path) {
  if (std::filesystem::exists(path)) {
    RecordReader reader(path);
    while (reader.next()) continue;
    size_ = reader.end();
  }
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) fail_errno(path, "opening to append");
  if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0) fail_errno(path, "cutting off a torn record");
  if (size_ == 0) {
    write(file_header());
    size_ = kFileHeader;
    flush();
  }
}

RecordWriter::~RecordWriter() {
  if (fd_ >= 0) ::close(fd_);
}

// At the place of `size_` and on; the caller raises it.
void RecordWriter::write(Span bytes) {
  std::uint64_t place = size_;
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail_errno(path_, "writing");
    place += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void RecordWriter::append(std::uint32_t type, std::span<const Span> parts) {
  RecordHead head{.type = type};
  for (const Span part : parts) {
    head.size += part.size();
    head.crc = crc_of(part, head.crc);
  }
  const std::uint64_t before = size_;
  try {
    write(encode(head));
    size_ += kRecordHeader;
    for (const Span part : parts) {
      write(part);
      size_ += part.size();
    }
  } catch (const Error&) {
    size_ = before;
    // If this fails, too, what is left is a torn record, which the next one overwrites.
    static_cast<void>(::ftruncate(fd_, static_cast<off_t>(before)) == 0);
    throw;
  }
}

void RecordWriter::flush() {
  if (::fdatasync(fd_) != 0) fail_errno(path_, "flushing to disk");
}

RecordReader::RecordReader(const std::filesystem::path& path) : path_(path) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) fail_errno(path, "opening");
  struct stat facts {};
  if (::fstat(fd_, &facts) != 0) fail_errno(path, "looking at its size");
  size_ = static_cast<std::uint64_t>(facts.st_size);
  std::array<std::uint8_t, kFileHeader> header{};
  if (!read(0, header)) {
    torn_ = size_;
    return;
  }
  if (!std::ranges::equal(std::span(header).first(8), kMagic))
    fail(ErrorKind::kFormat, "{}: is no file of records: it does not begin with ATOLLREC", path.string());
  if (const auto version = get<std::uint32_t>(header, 8); version != kVersion)
    fail(ErrorKind::kVersion, "{}: is of version {}, this Atoll reads {}", path.string(), version, kVersion);
  at_ = kFileHeader;
}

RecordReader::~RecordReader() {
  if (fd_ >= 0) ::close(fd_);
}

bool RecordReader::read(std::uint64_t place, std::span<std::uint8_t> bytes) const {
  if (place + bytes.size() > size_) return false;
  while (!bytes.empty()) {
    const ssize_t n = ::pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(path_, "reading");
    if (n == 0) return false;
    place += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

bool RecordReader::read_whole(std::uint64_t place, Record& record) const {
  std::array<std::uint8_t, kRecordHeader> bytes{};
  if (!read(place, bytes)) return false;
  const std::optional<RecordHead> head = decode(bytes);
  if (!head || place + kRecordHeader + head->size > size_) return false;
  record.type = head->type;
  record.place = place;
  record.body.resize(head->size);
  return read(place + kRecordHeader, record.body) && crc_of(record.body) == head->crc;
}

std::optional<Record> RecordReader::next() {
  Record record;
  if (at_ == size_ || at_ == 0) return std::nullopt;
  if (read_whole(at_, record)) {
    at_ += kRecordHeader + record.body.size();
    return record;
  }
  // A torn write is the last one: behind it there is no record. Damage in the middle has whole ones behind it.
  std::array<std::uint8_t, kRecordHeader> bytes{};
  if (read(at_, bytes)) {
    const std::optional<RecordHead> head = decode(bytes);
    Record behind;
    if (head && read_whole(at_ + kRecordHeader + head->size, behind)) {
      fail(ErrorKind::kFormat,
           "{}: the record at byte {} is damaged, and others follow it; restore the file from a copy", path_.string(),
           at_);
    }
  }
  torn_ = size_ - at_;
  return std::nullopt;
}

Record RecordReader::at(std::uint64_t place) {
  Record record;
  if (!read_whole(place, record))
    fail(ErrorKind::kFormat, "{}: there is no whole record at byte {}", path_.string(), place);
  return record;
}

}  // namespace atl::distributed
