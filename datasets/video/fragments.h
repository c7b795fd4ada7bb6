// The fragments of a fragmented MP4 and their seals (ISO/IEC 14496-12; datasets/video/seal.h). Used by what reads a
// file of pictures or sound and by what adds to one. A "picture" of sound is one packet of it.
#pragma once

#include "datasets/video/media_file.h"
#include "datasets/video/seal.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::video {

struct Fragment {
  std::uint64_t begin = 0;  // of its seal, or of its `moof` where it has none
  std::uint64_t end = 0;    // of its `mdat`; of the file where that was cut
  std::size_t num_pictures = 0;
  std::optional<Seal> seal;  // files of recordings before version 3 have none
  bool is_whole = false;     // the last one of a recorder that was killed may not be
};

/// The layout of a file up to its end, or to the first place where it was damaged.
struct Fragments {
  std::vector<std::uint8_t> header;  // all that comes before the first seal or fragment: `ftyp` and `moov`
  bool has_header_seal = false;
  bool is_fragmented = false;  // films are not
  std::vector<Fragment> list;
  std::uint64_t count = 0;           // of whole ones
  std::uint64_t num_pictures = 0;    // in these
  std::uint64_t end = 0;             // of the last of these, in bytes; of the header and its seal where there is none
  std::uint64_t readable_bytes = 0;  // of the file: beyond lies what closes it, or what cannot be trusted
  bool is_closed = false;            // it ends as a closed file does
  std::string damage;                // in words, naming file and byte; empty: none that the layout shows
};

/// Reads headers of boxes, seals and indices of fragments, and proves the latter by the former; no picture data. Throws
/// Error(kFile) for a file that cannot be read, Error(kFormat) for one whose header is not whole or not the one that
/// was written, Error(kVersion) for newer seals.
[[nodiscard]] Fragments find_fragments(const MediaFile& file);
[[nodiscard]] Fragments find_fragments(const std::filesystem::path& path);

/// The sizes in bytes of the pictures that a `moof` box lists, in order. Throws Error(kFormat) that begins with `what`.
[[nodiscard]] std::vector<std::uint32_t> picture_sizes(std::span<const std::uint8_t> moof, const std::string& what);

}  // namespace atl::video
