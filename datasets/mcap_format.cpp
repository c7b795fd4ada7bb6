#include "datasets/mcap_format.h"

#include "core/error.h"

#include <zlib.h>

namespace atl::datasets {

std::string_view name_of(McapOpcode opcode) {
  switch (opcode) {
    case McapOpcode::kHeader: return "Header";
    case McapOpcode::kFooter: return "Footer";
    case McapOpcode::kSchema: return "Schema";
    case McapOpcode::kChannel: return "Channel";
    case McapOpcode::kMessage: return "Message";
    case McapOpcode::kChunk: return "Chunk";
    case McapOpcode::kMessageIndex: return "Message Index";
    case McapOpcode::kChunkIndex: return "Chunk Index";
    case McapOpcode::kAttachment: return "Attachment";
    case McapOpcode::kAttachmentIndex: return "Attachment Index";
    case McapOpcode::kStatistics: return "Statistics";
    case McapOpcode::kMetadata: return "Metadata";
    case McapOpcode::kMetadataIndex: return "Metadata Index";
    case McapOpcode::kSummaryOffset: return "Summary Offset";
    case McapOpcode::kDataEnd: return "Data End";
  }
  return "record of unknown kind";
}

std::uint32_t crc32_of(std::span<const std::uint8_t> bytes, std::uint32_t crc) {
  return static_cast<std::uint32_t>(::crc32_z(crc, bytes.data(), bytes.size()));
}

void McapBuffer::put_little_endian(std::uint64_t v, std::size_t size) {
  std::array<std::uint8_t, 8> raw{};
  for (std::size_t i = 0; i < size; ++i) raw[i] = static_cast<std::uint8_t>(v >> (8 * i));
  bytes_.insert(bytes_.end(), raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(size));
}

void McapBuffer::put_string(std::string_view s) {
  put_u32(static_cast<std::uint32_t>(s.size()));
  bytes_.insert(bytes_.end(), s.begin(), s.end());
}

void McapBuffer::put_map(const McapStringMap& map) {
  std::size_t size = 0;
  for (const auto& [key, value] : map) size += 8 + key.size() + value.size();
  put_u32(static_cast<std::uint32_t>(size));
  for (const auto& [key, value] : map) {
    put_string(key);
    put_string(value);
  }
}

void McapBuffer::begin_record(McapOpcode opcode) {
  put_u8(static_cast<std::uint8_t>(opcode));
  put_u64(0);
  record_start_ = bytes_.size();
}

void McapBuffer::end_record() {
  const std::uint64_t length = bytes_.size() - record_start_;
  for (std::size_t i = 0; i < 8; ++i) bytes_[record_start_ - 8 + i] = static_cast<std::uint8_t>(length >> (8 * i));
}

std::uint64_t McapParser::get_little_endian(std::size_t size) {
  const std::span<const std::uint8_t> raw = get_bytes(size);
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < size; ++i) v |= static_cast<std::uint64_t>(raw[i]) << (8 * i);
  return v;
}

std::span<const std::uint8_t> McapParser::get_bytes(std::uint64_t size) {
  if (size > bytes_.size())
    fail(ErrorKind::kFormat, "{}: a field of {} bytes, but only {} are left; the record is damaged", what_, size,
         bytes_.size());
  const auto taken = bytes_.first(static_cast<std::size_t>(size));
  bytes_ = bytes_.subspan(static_cast<std::size_t>(size));
  return taken;
}

std::string McapParser::get_string() {
  const auto raw = get_bytes(get_u32());
  return {raw.begin(), raw.end()};
}

McapStringMap McapParser::get_map() {
  McapParser inner(get_bytes(get_u32()), what_);
  McapStringMap map;
  while (!inner.at_end()) {
    std::string key = inner.get_string();
    map[std::move(key)] = inner.get_string();
  }
  return map;
}

}  // namespace atl::datasets
