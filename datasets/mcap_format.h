// Bytes of MCAP files: opcodes, little-endian fields, framing. Shared by mcap_writer and mcap_reader.
// Source: MCAP specification version 0, https://mcap.dev/spec.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::datasets {

enum class McapOpcode : std::uint8_t {
  kHeader = 0x01,
  kFooter = 0x02,
  kSchema = 0x03,
  kChannel = 0x04,
  kMessage = 0x05,
  kChunk = 0x06,
  kMessageIndex = 0x07,
  kChunkIndex = 0x08,
  kAttachment = 0x09,
  kAttachmentIndex = 0x0A,
  kStatistics = 0x0B,
  kMetadata = 0x0C,
  kMetadataIndex = 0x0D,
  kSummaryOffset = 0x0E,
  kDataEnd = 0x0F,
};

inline constexpr std::array<std::uint8_t, 8> kMcapMagic{0x89, 'M', 'C', 'A', 'P', '0', '\r', '\n'};
inline constexpr std::size_t kRecordHeaderBytes = 9;    // opcode, then the length of the content as uint64
inline constexpr std::size_t kMessageHeaderBytes = 22;  // channel, sequence, log time, publish time
inline constexpr std::size_t kFooterBytes = kRecordHeaderBytes + 20;

/// "Chunk", "Message Index", ... or "record of unknown kind".
[[nodiscard]] std::string_view name_of(McapOpcode opcode);

using McapStringMap = std::map<std::string, std::string>;

/// CRC-32 (zlib's) of `bytes`, continuing from `crc`.
[[nodiscard]] std::uint32_t crc32_of(std::span<const std::uint8_t> bytes, std::uint32_t crc = 0);

/// Appends fields to a buffer.
class McapBuffer {
 public:
  void put_u8(std::uint8_t v) { bytes_.push_back(v); }
  void put_u16(std::uint16_t v) { put_little_endian(v, 2); }
  void put_u32(std::uint32_t v) { put_little_endian(v, 4); }
  void put_u64(std::uint64_t v) { put_little_endian(v, 8); }
  void put_string(std::string_view s);  // uint32 length, then bytes
  void put_map(const McapStringMap& map);
  void put_bytes(std::span<const std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  /// Begins a record; `end_record` fills in its length.
  void begin_record(McapOpcode opcode);
  void end_record();

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  void put_little_endian(std::uint64_t v, std::size_t size);

  std::vector<std::uint8_t> bytes_;
  std::size_t record_start_ = 0;
};

/// Takes fields off borrowed bytes. Every getter throws Error(kFormat) where the bytes end before the field does.
class McapParser {
 public:
  /// `what` and `offset` name the record in messages: "session.mcap: Chunk at offset 1234".
  McapParser(std::span<const std::uint8_t> bytes, std::string what) : bytes_(bytes), what_(std::move(what)) {}

  [[nodiscard]] std::uint8_t get_u8() { return static_cast<std::uint8_t>(get_little_endian(1)); }
  [[nodiscard]] std::uint16_t get_u16() { return static_cast<std::uint16_t>(get_little_endian(2)); }
  [[nodiscard]] std::uint32_t get_u32() { return static_cast<std::uint32_t>(get_little_endian(4)); }
  [[nodiscard]] std::uint64_t get_u64() { return get_little_endian(8); }
  [[nodiscard]] std::string get_string();
  [[nodiscard]] McapStringMap get_map();
  [[nodiscard]] std::span<const std::uint8_t> get_bytes(std::uint64_t size);
  [[nodiscard]] std::span<const std::uint8_t> rest() { return get_bytes(bytes_.size()); }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  [[nodiscard]] std::uint64_t get_little_endian(std::size_t size);

  std::span<const std::uint8_t> bytes_;
  std::string what_;
};

}  // namespace atl::datasets
