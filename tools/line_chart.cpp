#include "tools/line_chart.h"

#include "evaluation/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace atl::tools {
namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 260;
constexpr double kLeft = 52;  // of the plot
constexpr double kRight = kWidth - 24;
constexpr double kTop = 26;  // the legend stands above
constexpr double kBottom = kHeight - 24;
constexpr double kLeastLogarithmic = 1e-3;
constexpr std::size_t kMostPoints = 240;  // of a line: 3 units from one to the next

struct Axes {
  double x_high = 1.0;
  double y_low = 0.0;  // logarithms to base 10 if the axis is logarithmic
  double y_high = 1.0;
  bool is_logarithmic = false;

  [[nodiscard]] double x(double value) const { return kLeft + (kRight - kLeft) * value / x_high; }
  [[nodiscard]] double of_value(double value) const {
    return is_logarithmic ? std::log10(std::max(value, kLeastLogarithmic)) : value;
  }
  [[nodiscard]] double y(double value) const {
    const double share = (of_value(value) - y_low) / (y_high - y_low);
    return kBottom - (kBottom - kTop) * std::clamp(share, 0.0, 1.0);
  }
};

// Means of consecutive groups, so that a line has at most kMostPoints points.
std::vector<ChartPoint> thinned(const std::vector<ChartPoint>& points) {
  const std::size_t group = (points.size() + kMostPoints - 1) / kMostPoints;
  std::vector<ChartPoint> means;
  for (std::size_t begin = 0; begin < points.size(); begin += group) {
    const std::size_t count = std::min(group, points.size() - begin);
    ChartPoint mean;
    for (std::size_t i = begin; i < begin + count; ++i) {
      mean.x += points[i].x / static_cast<double>(count);
      mean.y += points[i].y / static_cast<double>(count);
    }
    means.push_back(mean);
  }
  return means;
}

Axes make_axes(std::span<const ChartSeries> series, const ChartOptions& options) {
  Axes axes;
  axes.is_logarithmic = options.is_logarithmic;
  bool is_first = true;
  for (const ChartSeries& s : series) {
    for (const std::vector<ChartPoint>* points : {&s.line, &s.dots}) {
      for (const ChartPoint& p : *points) {
        const double y = axes.of_value(p.y);
        axes.x_high = std::max(axes.x_high, p.x);
        axes.y_low = is_first ? y : std::min(axes.y_low, y);
        axes.y_high = is_first ? y : std::max(axes.y_high, y);
        is_first = false;
      }
    }
  }
  if (options.is_logarithmic) {
    axes.y_low = std::floor(axes.y_low);
    axes.y_high = std::max(std::ceil(axes.y_high), axes.y_low + 1);
    return axes;
  }
  axes.y_low = options.low.value_or(axes.y_low);
  axes.y_high = options.high.value_or(axes.y_high + 0.05 * (axes.y_high - axes.y_low));
  if (axes.y_high <= axes.y_low) axes.y_high = axes.y_low + 1;
  return axes;
}

// 1, 2 or 5 times a power of ten, so that `length` holds four to ten of it.
double tick_of(double length) {
  const double power = std::pow(10.0, std::floor(std::log10(length / 4)));
  for (const double factor : {5.0, 2.0}) {
    if (length / (power * factor) >= 4) return power * factor;
  }
  return power;
}

std::string y_tick(const Axes& axes, double value) {
  return fmt::format(
      "<path d=\"M{:.0f} {:.1f}H{:.0f}\" stroke=\"var(--line)\"/><text x=\"{:.0f}\" y=\"{:.1f}\" "
      "text-anchor=\"end\">{:g}</text>\n",
      kLeft, axes.y(value), kRight, kLeft - 6, axes.y(value) + 4, value);
}

std::string grid(const Axes& axes) {
  std::string svg;
  if (axes.is_logarithmic) {
    for (double power = axes.y_low; power <= axes.y_high; ++power) svg += y_tick(axes, std::pow(10.0, power));
  } else {
    const double tick = tick_of(axes.y_high - axes.y_low);
    for (double k = std::ceil(axes.y_low / tick); k * tick <= axes.y_high + 1e-9; ++k) svg += y_tick(axes, k * tick);
  }
  const double tick = tick_of(axes.x_high);
  for (double k = 0; k * tick <= axes.x_high; ++k) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\">{:g}</text>\n", axes.x(k * tick),
                       kHeight - 6, k * tick);
  }
  return svg;
}

std::string draw(const ChartSeries& series, const Axes& axes, std::size_t colour) {
  std::string svg = fmt::format("<g fill=\"none\" stroke=\"var(--c{})\" stroke-width=\"1.6\">", colour);
  std::string points;
  for (const ChartPoint& p : series.line) points += fmt::format("{:.1f},{:.1f} ", axes.x(p.x), axes.y(p.y));
  if (!points.empty()) svg += fmt::format("<polyline points=\"{}\"/>", points);
  for (const ChartPoint& p : series.dots) {
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"var(--c{})\"><title>{:g}</title></circle>",
                       axes.x(p.x), axes.y(p.y), colour, p.y);
  }
  return svg + "</g>\n";
}

}  // namespace

std::string line_chart(std::vector<ChartSeries> series, const ChartOptions& options) {
  constexpr std::size_t kNumColours = 7;
  constexpr double kLegendStep = 7.2;  // a letter of the legend is about this wide
  for (ChartSeries& s : series) s.line = thinned(s.line);
  const Axes axes = make_axes(series, options);
  std::string svg = fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">\n", kWidth, kHeight) + grid(axes);
  double legend = kLeft;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::size_t colour = i % kNumColours;
    svg += draw(series[i], axes, colour);
    svg += fmt::format(
        "<rect x=\"{:.0f}\" y=\"6\" width=\"10\" height=\"10\" rx=\"2\" fill=\"var(--c{})\"/>"
        "<text x=\"{:.0f}\" y=\"15\">{}</text>\n",
        legend, colour, legend + 15, evaluation::escape_html(series[i].name));
    legend += 34 + kLegendStep * static_cast<double>(series[i].name.size());
  }
  return svg + "</svg>\n";
}

}  // namespace atl::tools
