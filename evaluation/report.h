// report.html: one self-contained page a person can read, mail or keep: the table, bars with intervals, and one video
// per task and verdict. No script, nothing loaded from elsewhere.
#pragma once

#include "evaluation/results.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::evaluation {

/// A video shown in the report.
struct ReportVideo {
  EpisodeRecord episode;            // what it shows
  std::vector<std::uint8_t> bytes;  // an H.264 MP4 that browsers play; embedded into the page
};

/// What was run, in words: shown at the top and the bottom of the page.
struct ReportHeader {
  std::string title;    // "playhouse-basics: runs/demo"
  std::string command;  // the command line that made it
  std::string commit;
  std::string machine;
  std::string date;  // ISO 8601, UTC
};

[[nodiscard]] std::string to_html(const Results& results, const ReportHeader& header,
                                  std::span<const ReportVideo> videos);

}  // namespace atl::evaluation
