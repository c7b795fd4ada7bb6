// TensorBoard's event files: scalars that `tensorboard --logdir RUN` draws, beside metrics.jsonl. One thread.
//
// A file is a row of records: length (u64 little endian), its masked CRC32C, a protobuf message `Event`, its masked
// CRC32C. Source: tensorflow/core/lib/io/record_writer.cc and tensorflow/core/util/event.proto; of the messages only
// what scalars need is written, by hand, so that neither TensorFlow nor protobuf is a dependency.
#pragma once

#include "trainer/metrics.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>

namespace atl::trainer {

class EventFile {
 public:
  /// A new file in `folder`, named after the wall clock and this process. Readers forget what earlier files of the
  /// folder hold from `first_step` on: a resumed run draws one curve. Throws Error(kFile).
  EventFile(const std::filesystem::path& folder, std::int64_t first_step);

  /// All scalars of one step, to disk at once; TensorBoard groups names by what stands before a slash. Throws
  /// Error(kFile).
  void append(std::int64_t step, std::span<const Scalar> scalars);

 private:
  void write(std::string_view event);

  std::filesystem::path path_;
  std::ofstream file_;
};

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of `bytes`.
[[nodiscard]] std::uint32_t crc32c_of(std::string_view bytes);

}  // namespace atl::trainer
