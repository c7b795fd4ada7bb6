// A comparison of agents as text, comparison.json and comparison.html.
#pragma once

#include "evaluation/compare.h"
#include "evaluation/page.h"

#include <string>

namespace atl::evaluation {

/// For a terminal: per row the rates, below them the relative scores, then the paired differences.
[[nodiscard]] std::string to_table(const Comparison& comparison);

/// {"agents": [{"name", "evaluations": [{"folder", "suite", "world", "policy", "condition", "seeds"}]}], "baseline":
/// name or null, "reference": name, "rows": [{"level", "world", "suite", "category", "task", "cells": [{"agent", "n",
/// "successes", "rate", "low", "high", "relative"}], "differences": [{"agent", "minus", "pairs", "difference", "low",
/// "high", "p", "p_holm"}]}], "notes": []}.
[[nodiscard]] std::string to_json(const Comparison& comparison);

/// One self-contained page.
[[nodiscard]] std::string to_html(const Comparison& comparison, const PageHeader& header);

}  // namespace atl::evaluation
