// What `atoll check --sync` found out about this machine, kept in a file of the user's, so that recordings made later
// carry it in their facts.
#pragma once

#include "core/config.h"
#include "core/contract.h"

#include <filesystem>
#include <optional>
#include <string>

namespace atl::tools {

/// Of one kind of screen.
struct MeasuredSync {
  std::string date;                 // "2026-11-22"; empty: not measured
  double capture_latency_ms = 0.0;  // as in SourceFacts, these four
  double capture_jitter_ms = 0.0;
  double capture_drift_ms = 0.0;
  double input_latency_ms = 0.0;
};

void describe(ConfigVisitor& v, MeasuredSync& measured);

/// "virtual" for a screen of Atoll's own, "desktop" for the one that it was started on; what `world.display` comes to
/// here.
[[nodiscard]] std::string kind_of_display(const std::string& world_display);

/// Below XDG_DATA_HOME or HOME; empty for a user who has neither.
[[nodiscard]] std::filesystem::path measured_sync_file();

/// Replaces what is known of `kind`. Does nothing for a user without a place for it. Throws Error(kFile), or
/// Error(kConfig) when the file that is there does not parse.
void store_measured_sync(const std::string& kind, const MeasuredSync& measured);

/// Writes what is known of `kind` into `facts`; leaves them alone where nothing is. Throws Error(kConfig).
void add_measured_sync(const std::string& kind, SourceFacts& facts);

}  // namespace atl::tools
