// Reads MCAP files: whole ones through their summary, cut or damaged ones record by record.
//
// Nothing is returned that fails a check: the summary's CRC, each chunk's CRC and its agreement with the index, and the
// framing of every record. A failed check throws Error(kFormat) with file, offset and record. One thread a reader.
#pragma once

#include "datasets/mcap_format.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::datasets {

struct McapSchema {
  std::uint16_t id = 0;
  std::string name;
  std::string encoding;
  std::string data;
};

struct McapChannel {
  std::uint16_t id = 0;
  std::uint16_t schema = 0;  // 0: none
  std::string topic;
  std::string message_encoding;
};

/// A borrowed message: `data` stays valid as long as the chunk that it came from.
struct McapMessage {
  std::uint16_t channel = 0;
  std::uint32_t sequence = 0;
  std::uint64_t log_time_ns = 0;
  std::uint64_t publish_time_ns = 0;
  std::span<const std::uint8_t> data;

  [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(data.data()), data.size()}; }
};

/// A place that fails a check. `offset` is the record's in the file.
struct McapDamage {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;         // of the file that cannot be used; to its end where a file is cut
  std::string reason;              // "FILE: Chunk at offset 1234: CRC ..., expected ..."
  std::uint64_t last_time_ns = 0;  // newest log time that the damaged chunk says it holds; 0: unknown
};

/// The uncompressed records of one chunk, and a cursor over its messages in file order.
class McapChunk {
 public:
  McapChunk(std::vector<std::uint8_t> records, std::string what)
      : records_(std::move(records)), what_(std::move(what)) {}

  /// The next message, or false at the end. Throws Error(kFormat) where a record does not parse.
  [[nodiscard]] bool next(McapMessage& message);
  /// Where `next` will read; positions that `position` gave may be sought again.
  [[nodiscard]] std::size_t position() const { return position_; }
  void seek(std::size_t position) { position_ = position; }
  /// Records that define schemas and channels inside the chunk, as writers of other projects place them.
  void collect_definitions(std::vector<McapSchema>& schemas, std::vector<McapChannel>& channels) const;

 private:
  std::vector<std::uint8_t> records_;
  std::string what_;
  std::size_t position_ = 0;
};

enum class McapReadMode {
  kWhole,    // a file without an intact summary is refused, with what to do about it
  kSalvage,  // everything intact is returned, what is not is listed in `damage`
};

class McapReader {
 public:
  /// Throws Error(kFile), Error(kFormat) or, for another major version of MCAP, Error(kVersion).
  [[nodiscard]] static std::unique_ptr<McapReader> open(const std::filesystem::path& path, McapReadMode mode);
  ~McapReader();
  McapReader(const McapReader&) = delete;
  McapReader& operator=(const McapReader&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] const std::string& profile() const;
  [[nodiscard]] const std::string& library() const;
  [[nodiscard]] std::span<const McapSchema> schemas() const;
  [[nodiscard]] std::span<const McapChannel> channels() const;
  [[nodiscard]] std::size_t num_chunks() const;
  [[nodiscard]] std::uint64_t num_bytes() const;

  /// Messages that the summary speaks of; 0 for a file without one.
  [[nodiscard]] std::uint64_t num_messages() const;

  /// Chunk `index` in file order. Throws Error(kFormat) naming the place, in salvage mode too.
  [[nodiscard]] McapChunk read_chunk(std::size_t index) const;

  /// Where it lies in the file.
  [[nodiscard]] std::uint64_t chunk_offset(std::size_t index) const;

  /// What salvage found broken, in file order; empty in whole mode.
  [[nodiscard]] std::span<const McapDamage> damage() const;

 private:
  struct State;
  explicit McapReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Whether a writer holds `path` open right now. Throws Error(kFile) where it cannot be opened.
[[nodiscard]] bool is_being_written(const std::filesystem::path& path);

/// Reads every byte of `path` and checks framing, all CRCs, and that summary and data agree; empty for a sound file.
/// Throws Error(kFile), or Error(kVersion) for another major version of MCAP.
[[nodiscard]] std::vector<McapDamage> find_damage(const std::filesystem::path& path);

}  // namespace atl::datasets
