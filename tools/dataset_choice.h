// Which episodes are meant: by world, words, verdict, annotator, player, length and split. Used by `atoll dataset`.
#pragma once

#include "datasets/manifest.h"
#include "datasets/reader.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace atl::tools {

/// Empty fields mean any.
struct EpisodeChoice {
  std::string world{};
  std::string instruction{};  // a regular expression (ECMAScript, any case) that some instruction of the episode has
  std::vector<std::string> verdicts{};
  std::string annotator{};  // who touched the episode; the instructions are then theirs
  std::string player{};
  std::string split{};  // of the dataset that names the recording
  std::optional<double> min_s{};
  std::optional<double> max_s{};
  std::vector<std::size_t> episodes{};  // by number
  bool discarded = false;               // those whose recorder discarded them, too

  [[nodiscard]] bool is_any() const;
};
void add_choice_flags(CLI::App& app, EpisodeChoice& choice);

/// Numbers of the episodes that are meant, rising. Throws Error(kUsage) for a pattern that is none.
[[nodiscard]] std::vector<std::size_t> chosen_episodes(const datasets::ManifestRecording& recording,
                                                       const EpisodeChoice& choice);

}  // namespace atl::tools
