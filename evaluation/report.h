// report.html: one self-contained page a person can read, mail or keep: the table, bars with intervals, and one video
// per task and verdict. No script, nothing loaded from elsewhere.
#pragma once

#include "evaluation/page.h"
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

[[nodiscard]] std::string to_html(const Results& results, const PageHeader& header,
                                  std::span<const ReportVideo> videos);

}  // namespace atl::evaluation
