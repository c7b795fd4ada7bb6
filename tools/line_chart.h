// Curves over training steps as inline SVG, for pages that Atoll writes. Colours are the page's CSS variables --c0 to
// --c6, --ink, --soft and --line.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace atl::tools {

struct ChartPoint {
  double x = 0.0;
  double y = 0.0;
};

struct ChartSeries {
  std::string name;              // for the legend; plain text
  std::vector<ChartPoint> line;  // by x; more than fit are averaged in groups
  std::vector<ChartPoint> dots;  // drawn one by one
};

struct ChartOptions {
  bool is_logarithmic = false;  // the y axis; values below a thousandth are drawn there
  std::optional<double> low{};  // ends of a linear y axis; else from the values
  std::optional<double> high{};
};

/// One <svg> of 860 x 260 units with axes and a legend. `series` holds at least one point.
[[nodiscard]] std::string line_chart(std::vector<ChartSeries> series, const ChartOptions& options);

}  // namespace atl::tools
