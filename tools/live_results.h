// `atoll play --suite --results`: what live episodes leave in the shape of `atoll eval`, for `atoll eval --compare`.
#pragma once

#include "evaluation/evaluator.h"
#include "evaluation/page.h"
#include "tools/live_run.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace atl::tools {

/// One folder, from before the first episode to after the last. One thread.
class LiveResults {
 public:
  /// Makes `folder`. Throws Error(kUsage) if `run` plays no suite, or other things than it asks for (other words or
  /// targets, the episodes of a demo); Error(kFile) if the folder is there and not empty.
  LiveResults(std::filesystem::path folder, const LiveRun& run);

  /// For LiveRun::on_episode: a line of episodes.jsonl, whatever happens after it. Episodes that were broken off are
  /// left out. Throws Error(kFile) when it cannot be written.
  void add(std::uint64_t index, const session::EpisodeRequest& request, const session::EpisodeResult& result);

  /// Writes results.json and report.html. Throws Error(kEnvironment), saying how far it came, if the process was asked
  /// to stop: what is not whole is no evaluation.
  void close(const LiveReport& report, const evaluation::PageHeader& header);

 private:
  [[nodiscard]] std::vector<std::string> notes(const LiveReport& report) const;

  const std::filesystem::path folder_;
  const LiveRun& run_;
  const evaluation::Contestant contestant_;
  std::ofstream lines_;  // episodes.jsonl; open from the first one on
  std::vector<evaluation::EpisodeRecord> records_;
};

}  // namespace atl::tools
