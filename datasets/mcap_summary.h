// The two ways into an MCAP file: its summary at the end, and a walk over every record from the start.
#pragma once

#include "datasets/mcap_file.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::datasets {

/// What is known about a file before its chunks are read.
struct McapContents {
  std::string profile;
  std::string library;
  std::vector<McapSchema> schemas;
  std::vector<McapChannel> channels;
  std::vector<McapChunkEntry> chunks;  // in file order; the intact ones
  std::uint64_t num_messages = 0;      // as the summary counts them
  std::vector<McapDamage> damage;
};

/// Reads the summary. Throws Error(kFormat) where there is none (a cut file) or it fails its CRC, and Error(kVersion)
/// for another major version of MCAP.
[[nodiscard]] McapContents read_summary(const McapFile& file);

/// Walks over the data section, unpacks every chunk, and lists in `damage` whatever fails a check.
[[nodiscard]] McapContents walk_data(const McapFile& file);

/// What of summary and data does not agree, `data` being the walk over `file`.
[[nodiscard]] std::vector<McapDamage> compare_with_summary(const McapFile& file, const McapContents& data);

}  // namespace atl::datasets
