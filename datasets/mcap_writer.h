// Writes one MCAP file (https://mcap.dev/spec) so that a kill at any moment costs at most the open chunk.
//
// Messages gather in a chunk, which goes to the file in one piece, compressed and with its CRC, when it holds enough
// bytes, spans enough log time, or is old enough by the real clock. Every write is checked: a full disk throws. A
// finished chunk survives the death of the process at once, because the page cache does; it survives the death of the
// machine once the kernel has written it (`close` waits for that, chunks do not: a recorder must not stall on a disk).
// One thread.
#pragma once

#include "core/clock.h"
#include "datasets/mcap_format.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace atl::datasets {

struct McapWriterOptions {
  std::string profile;                   // "" or a well-known one
  std::string library;                   // who writes: "atoll 0.1.0"
  std::size_t chunk_bytes = 256 * 1024;  // a chunk ends at this many uncompressed bytes,
  Duration chunk_span{500'000'000};      // or when its messages span this much log time,
  Duration chunk_age{500'000'000};       // or when its first message was written this long ago
  int compression_level = 3;             // of zstd
};

class McapWriter {
 public:
  /// Creates `path`, which must not exist, and holds an exclusive flock on it. Throws Error(kFile).
  [[nodiscard]] static std::unique_ptr<McapWriter> create(const std::filesystem::path& path,
                                                          const McapWriterOptions& options);
  /// Without `close`, the file stays as a kill would leave it.
  ~McapWriter();
  McapWriter(const McapWriter&) = delete;
  McapWriter& operator=(const McapWriter&) = delete;

  /// `encoding` and `data` as in the registry of MCAP: "jsonschema" and the schema's text. Returns the id.
  std::uint16_t add_schema(std::string_view name, std::string_view encoding, std::string_view data);
  /// Returns the id; sequence numbers of a channel's messages count from 0.
  std::uint16_t add_channel(std::uint16_t schema, std::string_view topic, std::string_view message_encoding);

  /// Both, for a topic of JSON messages.
  std::uint16_t add_json_channel(std::string_view topic, std::string_view schema, std::string_view json_schema);

  /// Appends a message; `log_time_ns` since the Unix epoch. Throws Error(kFile) when a chunk cannot be written; after
  /// that nothing more is written and every call throws.
  void write(std::uint16_t channel, std::uint64_t log_time_ns, std::span<const std::uint8_t> data);
  void write(std::uint16_t channel, std::uint64_t log_time_ns, std::string_view data);

  /// Writes a Metadata record (name and strings), outside chunks.
  void write_metadata(std::string_view name, const McapStringMap& values);

  /// Throws Error(kFile) if the file is not where it was created any more: its folder was removed or unmounted, and
  /// what is written to it is lost.
  void check_there() const;
  /// Gives the file another name, an existing file's too, which is then replaced. Throws Error(kFile).
  void rename(const std::filesystem::path& path);

  /// Ends the open chunk now.
  void flush();
  /// Ends the open chunk if it has come of age; for callers that may have nothing to write for a while.
  void poll_flush();

  /// Ends the open chunk, writes the summary and waits until the disk has all of it. The object is then done.
  void close();

  [[nodiscard]] std::uint64_t num_messages() const;
  [[nodiscard]] std::uint64_t num_bytes() const;  // in the file so far

 private:
  struct State;
  explicit McapWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace atl::datasets
