// Runs episodes in a live world, recorded or not: what `atoll play` and `atoll record` share.
#pragma once

#include "tools/episode_source.h"
#include "tools/run_config.h"
#include "tools/setter_run.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace atl::tools {

struct LiveRun {
  std::string command;  // "play", for the progress line
  std::string world;
  std::string player;  // "human", "expert", "demo:RECORDING", "random" or a run
  EpisodeSource source;
  std::uint64_t episodes = 0;  // 0: all that a demo has; of other players one
  std::filesystem::path out;   // empty: nothing is recorded
  RunConfig config{};
  SetterFlags setter{};
  bool go_on = false;  // adds to the recording that is there
  /// Called as each episode ends, with its index among those that were asked for at the start; may be empty. What a
  /// person asks for in the course of play is told to nobody.
  std::function<void(std::uint64_t index, const session::EpisodeRequest& request, const session::EpisodeResult& result)>
      on_episode{};
};

struct LiveReport {
  std::string world;  // as it calls itself
  std::vector<session::EpisodeRequest> requests;
  std::vector<session::EpisodeResult> results;  // one per request
  std::vector<bool> is_repeated;                // one per request: its person wanted the start again, it does not count
  std::vector<std::string> expected;            // of an expert or a demo: verdicts where their actions come from
  session::LiveStatistics statistics;
  double measured_latency_ms = 0.0;
  RunSummary summary;
  std::optional<datasets::RecordingSummary> recording;
};

/// Starts the world, plays, and closes the recording; ends early, and normally, when the process is asked to stop.
[[nodiscard]] LiveReport run_live(const LiveRun& run);

/// Prints the report: lines for people or one JSON object.
void print_report(const LiveRun& run, const LiveReport& report, bool json);

}  // namespace atl::tools
