// Positioned reads of MCAP records: what McapReader stands on. One thread.
#pragma once

#include "datasets/mcap_reader.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace atl::datasets {

/// What a Chunk record or a Chunk Index record says about a chunk.
struct McapChunkEntry {
  std::uint64_t start_time = 0;
  std::uint64_t end_time = 0;
  std::uint64_t offset = 0;  // of the Chunk record in the file
  std::uint64_t length = 0;  // with its record header
  std::uint64_t compressed_bytes = 0;
  std::uint64_t uncompressed_bytes = 0;
  std::string compression;
};

/// A framed record: where it is and its content.
struct McapRecord {
  McapOpcode opcode{};
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> content;
  std::uint64_t total_bytes = 0;
};

/// The file as bytes at offsets.
class McapFile {
 public:
  /// Throws Error(kFile).
  explicit McapFile(const std::filesystem::path& path);
  ~McapFile();
  McapFile(const McapFile&) = delete;
  McapFile& operator=(const McapFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Throws Error(kFormat) when the file ends before `offset + size`.
  [[nodiscard]] std::vector<std::uint8_t> read(std::uint64_t offset, std::uint64_t size) const;
  /// Throws Error(kFormat) when the record reaches beyond `end`.
  [[nodiscard]] McapRecord read_record(std::uint64_t offset, std::uint64_t end) const;
  /// "FILE: Chunk at offset 1234"
  [[nodiscard]] std::string describe(McapOpcode opcode, std::uint64_t offset) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// Decompresses a Chunk record and checks its CRC; `entry` receives what its header says. Throws Error(kFormat).
[[nodiscard]] std::vector<std::uint8_t> unpack_chunk(const McapFile& file, const McapRecord& record,
                                                     McapChunkEntry& entry);

/// The newest log time that the Chunk record at `offset` says it holds, whether the rest of it is there or not; 0 where
/// that cannot be read or no clock can be meant.
[[nodiscard]] std::uint64_t peek_last_time(const McapFile& file, std::uint64_t offset);

[[nodiscard]] McapSchema parse_schema(McapParser parser);
[[nodiscard]] McapChannel parse_channel(McapParser parser);

}  // namespace atl::datasets
