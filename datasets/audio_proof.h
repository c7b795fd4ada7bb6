// Samples against their hashes: what of a recording's audio.mp4 is what was recorded. Used by check and repair.
#pragma once

#include "datasets/audio.h"
#include "datasets/audio_entry.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace atl::datasets {

struct AudioProof {
  std::uint64_t num_samples = 0;  // from the file's first on: the entries tell of them, and they are those
  std::uint64_t num_more = 0;     // behind these, that no entry tells of; 0 where the entries are not all proven
  std::string problem{};          // why not all that the entries tell of; empty: all
  bool is_damaged = false;        // the file holds something else there; false: it only ends too early
};

/// Reads `path`, which need not exist, up to the first entry that it does not hold. `entries`: of samples, rising;
/// there may be samples between them. Throws Error(kFile), not for what is no sound.
[[nodiscard]] AudioProof prove_audio(const std::filesystem::path& path, const AudioReaderFactory& open,
                                     std::span<const AudioEntry> entries);

/// The first `num_samples` of `source` as a file of their own; throws Error(kFile), Error(kFormat).
void copy_audio(const std::filesystem::path& source, const std::filesystem::path& target, std::uint64_t num_samples,
                const AudioReaderFactory& open, const AudioWriterFactory& create);

}  // namespace atl::datasets
