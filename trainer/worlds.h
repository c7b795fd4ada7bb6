// Worlds of a run: which one each source is of, what each counts, and which of them are learned from. Used by trainer/
// and `atoll train`. Levels and variants of a world are one: "playhouse/house" is of "playhouse". One thread.
#pragma once

#include "core/contract.h"
#include "trainer/config.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace atl::trainer {

/// The world that a name of SourceFacts or of a config belongs to: up to its first '/' or ','. Names with a colon, as
/// "window:xterm", are worlds of their own. Empty: "unknown".
[[nodiscard]] std::string world_family(std::string_view name);

/// What is true of a recording, without reading more of it than its recording.toml where it has one. Throws as
/// datasets::RecordingReader::open.
[[nodiscard]] SourceFacts facts_of(const std::filesystem::path& recording);

/// The world of a source as its config or, where that leaves it open, its recordings name it; "playhouse" to collect
/// in. Throws Error(kContract) if recordings are of another world than the config says, or of several.
[[nodiscard]] std::string world_of(const SourceConfig& config);

/// Families of the sources' worlds, each once, in the order of their first source; at most 255.
[[nodiscard]] std::vector<std::string> worlds_of(const std::vector<SourceConfig>& sources);

/// The weight of each source among all: those of a world that `world_weights` names are scaled so that they add up to
/// what it says. 0 there stands for no entry.
[[nodiscard]] std::vector<double> scaled_weights(const std::vector<SourceConfig>& sources,
                                                 const std::map<std::string, double>& world_weights);

/// Which agent of the SIMA report (arXiv 2404.10179, section 4.2) a run is to be: flags of `atoll train`.
struct RunChoice {
  std::string specialist{};  // learns in this world alone
  std::string leave_out{};   // learns in all but this one: zero-shot there
  bool pretraining = true;   // false: encoders begin at random, and all of them is trained
  bool language = true;      // false: no instruction is read
};

/// The config with all that is open about worlds filled in (SourceConfig::world, world_weights, run.kind), and changed
/// as `choice` says; run.kind then tells it: "specialist:doom", "zero-shot:doom", "no-pretraining", "no-language",
/// joined by '+', else "generalist" (or "specialist:WORLD" where the config has one world). Throws Error(kConfig) for
/// an unknown world, listing those there are, and when nothing is left to learn from.
[[nodiscard]] RunConfig choose_worlds(RunConfig config, const RunChoice& choice = {});

}  // namespace atl::trainer
