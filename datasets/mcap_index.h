// What an MCAP file's summary says about it: gathered by mcap_writer while it writes, put at the end of the file.
// Source: MCAP specification version 0, https://mcap.dev/spec.
#pragma once

#include "datasets/mcap_format.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::datasets {

/// A finished chunk; offset from the file's begin, lengths in bytes with the record headers.
struct McapWrittenChunk {
  std::uint64_t start_time;
  std::uint64_t end_time;
  std::uint64_t offset;
  std::uint64_t length;
  std::uint64_t compressed_bytes;
  std::uint64_t uncompressed_bytes;
};

struct McapMetadataEntry {
  std::string name;
  std::uint64_t offset;
  std::uint64_t length;
};

struct McapMessageEntry {
  std::uint64_t log_time;
  std::uint64_t offset;  // of the message record in the uncompressed chunk
};

struct McapChannelEntry {
  std::uint32_t next_sequence = 0;
  std::uint64_t num_messages = 0;
  std::vector<McapMessageEntry> open_chunk;  // its messages in the chunk that is not yet written
};

struct McapIndex {
  McapBuffer schemas;          // as records
  McapBuffer channel_records;  // likewise
  std::uint16_t num_schemas = 0;
  std::vector<McapChannelEntry> channels;  // by id - 1
  McapBuffer chunk_records;  // likewise, of chunk indexes: some 130 bytes for each, all that an hour leaves in memory
  std::uint32_t num_chunks = 0;
  std::vector<McapMetadataEntry> metadata;
  std::uint64_t num_messages = 0;
  std::uint64_t first_time = 0;  // log times of all messages
  std::uint64_t last_time = 0;

  /// Counts a message of `channel`, which is one of `channels`.
  void count_message(McapChannelEntry& channel, std::uint64_t log_time);

  /// Appends the message indexes of `chunk`, whose record stands at the begin of `out` and goes to `chunk.offset`, and
  /// notes where chunk and indexes are. The next chunk is then open. To be followed by the write of `out`: if that
  /// fails, the file gets no summary either.
  void put_message_indexes(McapBuffer& out, const McapWrittenChunk& chunk);

  /// Appends the summary, the footer with its CRC and the closing magic to `out`, which is empty and goes to `offset`.
  void put_summary(McapBuffer& out, std::uint64_t offset) const;

 private:
  void put_statistics(McapBuffer& out) const;
  void put_metadata_indexes(McapBuffer& out) const;
};

}  // namespace atl::datasets
