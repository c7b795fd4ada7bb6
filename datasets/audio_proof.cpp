#include "datasets/audio_proof.h"

#include "core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace atl::datasets {
namespace {

// Fills `proof` as far as it goes; Error(kFormat) for what cannot be read.
void prove(const std::filesystem::path& path, const AudioReaderFactory& open, std::span<const AudioEntry> entries,
           AudioProof& proof) {
  AudioCursor file(open(path));
  const std::uint64_t wanted = entries.back().first + entries.back().count;
  std::vector<std::int16_t> samples;
  for (const AudioEntry& entry : entries) {
    const AudioFormat format{entry.rate_hz, entry.num_channels};
    if (file.format() != format)
      fail(ErrorKind::kFormat, "{} has {} Hz and {} channels, its index says {} and {}", path.string(),
           file.format().rate_hz, file.format().num_channels, format.rate_hz, format.num_channels);
    if (entry.first < proof.num_samples)
      fail(ErrorKind::kFormat, "the index of {} has samples from number {} on after {}", path.string(), entry.first,
           proof.num_samples);
    if (!file.read(entry.first, entry.count, samples)) {
      proof.problem = fmt::format("{} ends before sample {}, the index has {}: the last ones are lost", kAudioFile,
                                  entry.first + entry.count, wanted);
      return;
    }
    if (hash_samples(samples) != entry.hash)
      fail(ErrorKind::kFormat, "{}: the samples from number {} on are not those that were recorded: their hash differs",
           path.string(), entry.first);
    proof.num_samples = entry.first + entry.count;
  }
  proof.num_more = file.find_end().num_samples - proof.num_samples;
}

}  // namespace

AudioProof prove_audio(const std::filesystem::path& path, const AudioReaderFactory& open,
                       std::span<const AudioEntry> entries) {
  AudioProof proof;
  if (entries.empty()) return proof;
  if (!std::filesystem::exists(path)) {
    proof.problem = fmt::format("{} is missing, but the index has {} samples of it", kAudioFile,
                                entries.back().first + entries.back().count);
    return proof;
  }
  try {
    prove(path, open, entries, proof);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFormat) throw;
    proof.problem = error.what();
    proof.is_damaged = true;
  }
  return proof;
}

void copy_audio(const std::filesystem::path& source, const std::filesystem::path& target, std::uint64_t num_samples,
                const AudioReaderFactory& open, const AudioWriterFactory& create) {
  const std::unique_ptr<AudioReader> reader = open(source);
  const std::unique_ptr<AudioWriter> writer = create(target, reader->format());
  const auto channels = static_cast<std::uint64_t>(reader->format().num_channels);
  AudioPiece piece;
  for (std::uint64_t done = 0; done < num_samples && reader->next(piece);) {
    const std::uint64_t count = std::min(num_samples - done, piece.samples.size() / channels);
    ATOLL_CHECK(writer->write(std::span(piece.samples).first(count * channels), piece.pts),
                "{}: samples from {} on were not taken", target.string(), done);
    done += count;
  }
  writer->close();
}

}  // namespace atl::datasets
