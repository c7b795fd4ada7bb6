// A file that records are appended to, each with checksums: written so that a program or machine that ends at any point
// leaves all records that were flushed, and at most one torn one at the end, which the reader tells from damage.
// One thread a file.
//
//   file    "ATOLLREC", u32 version 1, u32 zero, then records
//   record  u32 0x31434552 ("REC1"), u32 type, u64 bytes of the body, u32 CRC-32 of the body, u32 CRC-32 of these 20
//           bytes, the body. All little-endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace atl::distributed {

class RecordWriter {
 public:
  /// Creates the file, or goes on with it behind its last whole record (a torn one is cut off). Throws Error(kFile),
  /// and as RecordReader.
  explicit RecordWriter(const std::filesystem::path& path);
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;
  ~RecordWriter();

  /// Appends one record whose body is the parts one after another. Throws Error(kFile), as on a full disk; then the
  /// file is as it was before.
  void append(std::uint32_t type, std::span<const std::span<const std::uint8_t>> parts);
  /// Everything appended is on the disk when it returns. Throws Error(kFile).
  void flush();

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void write(std::span<const std::uint8_t> bytes);

  const std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

struct Record {
  std::uint32_t type = 0;
  std::uint64_t place = 0;  // of the record in the file, bytes
  std::vector<std::uint8_t> body{};
};

class RecordReader {
 public:
  /// Throws Error(kFile) where there is no such file, Error(kFormat) for one of another kind, Error(kVersion) for a
  /// newer one. A file that ends within its first 16 bytes is taken for an empty one.
  explicit RecordReader(const std::filesystem::path& path);
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;
  ~RecordReader();

  /// The next record; nothing at the end, or where what follows is the torn end of a write (`torn_bytes`). Throws
  /// Error(kFormat) where a record is damaged though others follow it.
  [[nodiscard]] std::optional<Record> next();
  /// The record at `place`, as Record::place told. Throws as `next`.
  [[nodiscard]] Record at(std::uint64_t place);

  /// End of the records read so far.
  [[nodiscard]] std::uint64_t end() const { return at_; }
  /// What lies behind the last whole record, once `next` gave nothing.
  [[nodiscard]] std::uint64_t torn_bytes() const { return torn_; }

 private:
  [[nodiscard]] bool read(std::uint64_t place, std::span<std::uint8_t> bytes) const;
  [[nodiscard]] bool read_whole(std::uint64_t place, Record& record) const;

  const std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t torn_ = 0;
};

}  // namespace atl::distributed
