// The file run.toml in a syncer's folder: what the run is of. Written once, read by whoever goes on with the folder or
// replays it.
#pragma once

#include "core/config.h"
#include "distributed/sync_messages.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::distributed {

struct RunFacts {
  std::string config;  // SyncConfig as TOML
  ModelBody model;
};

void describe(ConfigVisitor& v, RunFacts& facts);

/// Throws Error(kFile), Error(kConfig).
[[nodiscard]] RunFacts load_run_facts(const std::filesystem::path& folder);
void save_run_facts(const std::filesystem::path& folder, const RunFacts& facts);

/// A syncer knows no model: here the fragments' values lie one after another.
[[nodiscard]] std::vector<Fragment> flat_fragments(const std::vector<FragmentBody>& bodies);
[[nodiscard]] std::size_t num_values(const std::vector<FragmentBody>& bodies);
/// What rounds need to know.
[[nodiscard]] std::vector<FragmentFacts> facts_of(const ModelBody& model);

}  // namespace atl::distributed
