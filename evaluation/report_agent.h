// The part of report.html about the agent itself: its habits and its goal head.
#pragma once

#include "evaluation/results.h"

#include <string>

namespace atl::evaluation {

/// Sections with their headings; empty where nothing was measured.
[[nodiscard]] std::string agent_sections(const Results& results);

}  // namespace atl::evaluation
