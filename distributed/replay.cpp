#include "distributed/replay.h"

#include "distributed/commit_log.h"
#include "distributed/run_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace atl::distributed {

Replay replay_run(const std::filesystem::path& folder) {
  const RunFacts facts = load_run_facts(folder);
  SyncConfig config;
  ConfigDocument::from_text(facts.config, (folder / "run.toml").string()).read(config);
  GlobalState state(config, flat_fragments(facts.model.fragments),
                    std::vector<float>(num_values(facts.model.fragments)));
  Replay found;
  const auto check = [&](const RunEvent& event) {
    if (event.what != "hash") return;
    ++found.num_checked;
    const std::vector<std::string> hashes = state.hashes();
    if (found.problem.empty() && hashes != event.hashes) {
      found.problem =
          fmt::format("at versions {} the tape noted {}, and this replay gives {}", fmt::join(state.versions(), ", "),
                      fmt::join(event.hashes, ", "), fmt::join(hashes, ", "));
    }
  };
  found.num_commits = replay_tape(folder, state, {.commit = {}, .event = check});
  found.versions = state.versions();
  found.hashes = state.hashes();
  return found;
}

}  // namespace atl::distributed
