#include "datasets/mcap_index.h"

#include <algorithm>

namespace atl::datasets {

void McapIndex::count_message(McapChannelEntry& channel, std::uint64_t log_time) {
  first_time = num_messages == 0 ? log_time : std::min(first_time, log_time);
  last_time = std::max(last_time, log_time);
  ++num_messages;
  ++channel.num_messages;
}

void McapIndex::put_message_indexes(McapBuffer& out, const McapWrittenChunk& chunk) {
  const std::size_t begin = out.size();
  McapBuffer offsets;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    std::vector<McapMessageEntry>& messages = channels[i].open_chunk;
    if (messages.empty()) continue;
    const auto id = static_cast<std::uint16_t>(i + 1);
    offsets.put_u16(id);
    offsets.put_u64(chunk.offset + out.size());
    out.begin_record(McapOpcode::kMessageIndex);
    out.put_u16(id);
    out.put_u32(static_cast<std::uint32_t>(messages.size() * 16));
    for (const McapMessageEntry& entry : messages) {
      out.put_u64(entry.log_time);
      out.put_u64(entry.offset);
    }
    out.end_record();
    messages.clear();
  }
  ++num_chunks;
  chunk_records.begin_record(McapOpcode::kChunkIndex);
  chunk_records.put_u64(chunk.start_time);
  chunk_records.put_u64(chunk.end_time);
  chunk_records.put_u64(chunk.offset);
  chunk_records.put_u64(chunk.length);
  chunk_records.put_u32(static_cast<std::uint32_t>(offsets.size()));
  chunk_records.put_bytes(offsets.bytes());
  chunk_records.put_u64(out.size() - begin);
  chunk_records.put_string("zstd");
  chunk_records.put_u64(chunk.compressed_bytes);
  chunk_records.put_u64(chunk.uncompressed_bytes);
  chunk_records.end_record();
}

void McapIndex::put_statistics(McapBuffer& out) const {
  out.begin_record(McapOpcode::kStatistics);
  out.put_u64(num_messages);
  out.put_u16(num_schemas);
  out.put_u32(static_cast<std::uint32_t>(channels.size()));
  out.put_u32(0);  // attachments
  out.put_u32(static_cast<std::uint32_t>(metadata.size()));
  out.put_u32(num_chunks);
  out.put_u64(first_time);
  out.put_u64(last_time);
  out.put_u32(static_cast<std::uint32_t>(channels.size() * 10));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    out.put_u16(static_cast<std::uint16_t>(i + 1));
    out.put_u64(channels[i].num_messages);
  }
  out.end_record();
}

void McapIndex::put_metadata_indexes(McapBuffer& out) const {
  for (const McapMetadataEntry& m : metadata) {
    out.begin_record(McapOpcode::kMetadataIndex);
    out.put_u64(m.offset);
    out.put_u64(m.length);
    out.put_string(m.name);
    out.end_record();
  }
}

void McapIndex::put_summary(McapBuffer& out, std::uint64_t offset) const {
  struct Group {
    McapOpcode opcode;
    std::uint64_t start;
    std::uint64_t length;
  };
  std::vector<Group> groups;
  const auto add_group = [&](McapOpcode opcode, const auto& put) {
    const std::size_t begin = out.size();
    put();
    if (out.size() > begin) groups.push_back({opcode, offset + begin, out.size() - begin});
  };
  add_group(McapOpcode::kSchema, [&] { out.put_bytes(schemas.bytes()); });
  add_group(McapOpcode::kChannel, [&] { out.put_bytes(channel_records.bytes()); });
  add_group(McapOpcode::kStatistics, [&] { put_statistics(out); });
  add_group(McapOpcode::kChunkIndex, [&] { out.put_bytes(chunk_records.bytes()); });
  add_group(McapOpcode::kMetadataIndex, [&] { put_metadata_indexes(out); });

  const std::uint64_t offsets_start = offset + out.size();
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
  footer.put_u64(offset);
  footer.put_u64(offsets_start);
  footer.put_u32(0);
  footer.end_record();
  out.put_bytes(footer.bytes().first(footer.size() - 4));
  out.put_u32(crc32_of(out.bytes()));
  out.put_bytes(kMcapMagic);
}

}  // namespace atl::datasets
