// Turns recordings of open-world-agents (OWAMcap: an .mcap file beside a film) into Atoll's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace atl::tools {

struct OwaImport {
  std::filesystem::path source;  // the .mcap
  std::string world = "desktop";
  std::string instruction{};     // that holds all the time; empty: none is known
  double action_rate_hz = 20.0;  // of the action clock that the events are put on
  double counts_per_turn = 0.0;  // mouse counts per 360 degrees of the game; 0: unknown
  int max_width_px = 0;          // wider pictures are shrunk by a whole number until they fit; 0: as they are
};

struct OwaImportSummary {
  std::uint64_t pictures = 0;
  std::uint64_t steps = 0;
  std::uint64_t events = 0;
  std::uint64_t dropped = 0;  // events and pictures that are no part of the recording, each told by a drop note
  double seconds = 0.0;
};

/// Writes the recording `out` (new or empty): one episode on the world's clock, from the first picture to the last;
/// what was pressed before or after is dropped. Pictures that the film shows at the same time as an entry of the index
/// are encoded anew (4:4:4, H.264). `progress` is told of pictures now and then. Throws Error of the parts;
/// Error(kFormat) when the index speaks of more than one film or of pictures that the film does not have.
OwaImportSummary import_owamcap(const OwaImport& import, const std::filesystem::path& out,
                                const std::function<void(std::uint64_t done, std::uint64_t pictures)>& progress);

}  // namespace atl::tools
