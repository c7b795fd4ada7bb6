#include "datasets/mcap_summary.h"

#include "core/error.h"

#include <algorithm>

namespace atl::datasets {
namespace {

void check_magic(const McapFile& file, std::uint64_t offset) {
  if (file.size() < kMcapMagic.size())
    fail(ErrorKind::kFormat, "{}: {} bytes, too short for an MCAP file", file.path().string(), file.size());
  const std::vector<std::uint8_t> magic = file.read(offset, kMcapMagic.size());
  if (std::equal(magic.begin(), magic.end(), kMcapMagic.begin())) return;
  const std::vector<std::uint8_t> name(magic.begin(), magic.begin() + 5);
  if (std::equal(name.begin(), name.end(), kMcapMagic.begin()) && magic[5] > '0' && magic[5] <= '9' &&
      std::equal(magic.begin() + 6, magic.end(), kMcapMagic.begin() + 6))
    fail(ErrorKind::kVersion, "{}: MCAP version {}, expected 0; a newer program wrote it", file.path().string(),
         static_cast<char>(magic[5]));
  fail(ErrorKind::kFormat, "{}: no MCAP magic at offset {}; the file is cut short, damaged, or no MCAP file",
       file.path().string(), offset);
}

void read_header(const McapFile& file, McapContents& contents) {
  check_magic(file, 0);
  const McapRecord record = file.read_record(kMcapMagic.size(), file.size());
  if (record.opcode != McapOpcode::kHeader)
    fail(ErrorKind::kFormat, "{}, expected the Header", file.describe(record.opcode, record.offset));
  McapParser parser(record.content, file.describe(record.opcode, record.offset));
  contents.profile = parser.get_string();
  contents.library = parser.get_string();
}

McapChunkEntry parse_chunk_index(McapParser parser) {
  McapChunkEntry entry;
  entry.start_time = parser.get_u64();
  entry.end_time = parser.get_u64();
  entry.offset = parser.get_u64();
  entry.length = parser.get_u64();
  static_cast<void>(parser.get_bytes(parser.get_u32()));  // offsets of message indexes
  static_cast<void>(parser.get_u64());                    // their length
  entry.compression = parser.get_string();
  entry.compressed_bytes = parser.get_u64();
  entry.uncompressed_bytes = parser.get_u64();
  return entry;
}

struct Footer {
  std::uint64_t summary_start;
  std::uint32_t summary_crc;
};

Footer read_footer(const McapFile& file) {
  check_magic(file, 0);
  const std::uint64_t tail = kFooterBytes + kMcapMagic.size();
  if (file.size() < kMcapMagic.size() + tail)
    fail(ErrorKind::kFormat, "{}: {} bytes, too short for a summary; the file is cut short", file.path().string(),
         file.size());
  check_magic(file, file.size() - kMcapMagic.size());
  const McapRecord record = file.read_record(file.size() - tail, file.size() - kMcapMagic.size());
  const std::string what = file.describe(McapOpcode::kFooter, record.offset);
  if (record.opcode != McapOpcode::kFooter || record.total_bytes != kFooterBytes)
    fail(ErrorKind::kFormat, "{}: no Footer there; the file is damaged", what);
  McapParser parser(record.content, what);
  const std::uint64_t summary_start = parser.get_u64();
  static_cast<void>(parser.get_u64());
  const std::uint32_t crc = parser.get_u32();
  if (summary_start == 0) fail(ErrorKind::kFormat, "{}: the file has no summary", what);
  if (summary_start > record.offset)
    fail(ErrorKind::kFormat, "{}: the summary starts at {}, expected before {}; the footer is damaged", what,
         summary_start, record.offset);
  return {summary_start, crc};
}

void read_summary_record(const McapFile& file, const McapRecord& record, McapContents& contents) {
  McapParser parser(record.content, file.describe(record.opcode, record.offset));
  switch (record.opcode) {
    case McapOpcode::kSchema: contents.schemas.push_back(parse_schema(std::move(parser))); break;
    case McapOpcode::kChannel: contents.channels.push_back(parse_channel(std::move(parser))); break;
    case McapOpcode::kChunkIndex: contents.chunks.push_back(parse_chunk_index(std::move(parser))); break;
    case McapOpcode::kStatistics: contents.num_messages = parser.get_u64(); break;
    default: break;
  }
}

// Parses what a record of the data section should hold; chunks are unpacked, with all their messages.
void walk_record(const McapFile& file, const McapRecord& record, McapContents& contents) {
  const std::string what = file.describe(record.opcode, record.offset);
  McapParser parser(record.content, what);
  switch (record.opcode) {
    case McapOpcode::kSchema: contents.schemas.push_back(parse_schema(std::move(parser))); break;
    case McapOpcode::kChannel: contents.channels.push_back(parse_channel(std::move(parser))); break;
    case McapOpcode::kChunk: {
      McapChunkEntry entry;
      McapChunk chunk(unpack_chunk(file, record, entry), what);
      chunk.collect_definitions(contents.schemas, contents.channels);
      McapMessage message;
      std::uint64_t count = 0;
      while (chunk.next(message)) ++count;
      contents.num_messages += count;
      contents.chunks.push_back(std::move(entry));
      break;
    }
    case McapOpcode::kMessageIndex: {
      static_cast<void>(parser.get_u16());
      const std::uint32_t size = parser.get_u32();
      static_cast<void>(parser.get_bytes(size));
      if (size % 16 != 0 || !parser.at_end()) fail(ErrorKind::kFormat, "{}: does not parse; it is damaged", what);
      break;
    }
    case McapOpcode::kMetadata:
      static_cast<void>(parser.get_string());
      static_cast<void>(parser.get_map());
      if (!parser.at_end()) fail(ErrorKind::kFormat, "{}: does not parse; it is damaged", what);
      break;
    case McapOpcode::kMessage: fail(ErrorKind::kFormat, "{}: a message outside a chunk, which no check covers", what);
    case McapOpcode::kAttachment: break;
    default:
      if (static_cast<int>(record.opcode) < 0x80)  // from 0x80 on they are private and may be skipped
        fail(ErrorKind::kFormat, "{}: opcode {:#04x} is not expected there", what, static_cast<int>(record.opcode));
  }
}

}  // namespace

McapContents read_summary(const McapFile& file) {
  McapContents contents;
  read_header(file, contents);
  const Footer footer = read_footer(file);
  const std::uint64_t end = file.size() - kMcapMagic.size();
  const std::vector<std::uint8_t> covered = file.read(footer.summary_start, end - 4 - footer.summary_start);
  const std::uint32_t crc = crc32_of(covered);
  if (footer.summary_crc != 0 && crc != footer.summary_crc)
    fail(ErrorKind::kFormat, "{}: summary at offset {}: CRC {:08x}, expected {:08x}; the summary is damaged",
         file.path().string(), footer.summary_start, crc, footer.summary_crc);
  for (std::uint64_t offset = footer.summary_start; offset < end;) {
    const McapRecord record = file.read_record(offset, end);
    read_summary_record(file, record, contents);
    offset += record.total_bytes;
  }
  std::sort(contents.chunks.begin(), contents.chunks.end(),
            [](const McapChunkEntry& a, const McapChunkEntry& b) { return a.offset < b.offset; });
  return contents;
}

McapContents walk_data(const McapFile& file) {
  McapContents contents;
  std::uint64_t offset = 0;
  std::uint32_t crc = 0;
  try {
    read_header(file, contents);
    crc = crc32_of(file.read(0, kMcapMagic.size()));
    offset = kMcapMagic.size();
    while (true) {
      const McapRecord record = file.read_record(offset, file.size());
      if (record.opcode == McapOpcode::kDataEnd) {
        McapParser parser(record.content, file.describe(record.opcode, offset));
        const std::uint32_t expected = parser.get_u32();
        if (expected != 0 && expected != crc && contents.damage.empty())
          contents.damage.push_back({0, 0,
                                     fmt::format("{}: data before offset {}: CRC {:08x}, expected {:08x}; a record "
                                                 "outside the chunks is damaged",
                                                 file.path().string(), offset, crc, expected),
                                     0});
        return contents;
      }
      crc = crc32_of(file.read(offset, record.total_bytes), crc);
      try {
        if (offset > kMcapMagic.size()) walk_record(file, record, contents);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kFormat) throw;
        contents.damage.push_back({offset, record.total_bytes, error.what(), peek_last_time(file, offset)});
      }
      offset += record.total_bytes;
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFormat) throw;
    contents.damage.push_back({offset, file.size() - offset, error.what(), peek_last_time(file, offset)});
  }
  return contents;
}

std::vector<McapDamage> compare_with_summary(const McapFile& file, const McapContents& data) {
  try {
    const McapContents summary = read_summary(file);
    const auto complain = [&](std::string_view what, std::uint64_t found, std::uint64_t expected) {
      fail(ErrorKind::kFormat, "{}: the summary counts {} {}, the data holds {}", file.path().string(), found, what,
           expected);
    };
    if (summary.num_messages != data.num_messages) complain("messages", summary.num_messages, data.num_messages);
    if (summary.chunks.size() != data.chunks.size()) complain("chunks", summary.chunks.size(), data.chunks.size());
    if (summary.channels.size() != data.channels.size())
      complain("channels", summary.channels.size(), data.channels.size());
    for (std::size_t i = 0; i < data.chunks.size(); ++i) {
      if (summary.chunks[i].offset != data.chunks[i].offset)
        complain("as offset of a chunk", summary.chunks[i].offset, data.chunks[i].offset);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFormat) throw;
    return {{file.size(), 0, error.what(), 0}};
  }
  return {};
}

}  // namespace atl::datasets
