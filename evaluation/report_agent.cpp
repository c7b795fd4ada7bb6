#include "evaluation/report_agent.h"

#include "evaluation/html.h"

#include <fmt/format.h>

#include <cmath>

namespace atl::evaluation {
namespace {

std::string percent(const Estimate& e) {
  return fmt::format("<td class=\"n\">{:.1f} %</td><td>{:.1f}–{:.1f} %</td>", 100 * e.value, 100 * e.low, 100 * e.high);
}

std::string habit_row(const char* name, const HabitRow& row) {
  return fmt::format("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>{}{}</tr>\n", name,
                     escape_html(row.from), row.episodes, row.steps, percent(row.repeat_rate), percent(row.idle_rate));
}

std::string habits_section(const Habits& habits) {
  std::string html =
      "<h2>How it moves</h2>\n<div class=\"card\"><table><tr><th></th><th>from</th><th class=\"n\">episodes</th>"
      "<th class=\"n\">steps</th><th class=\"n\">repeats</th><th>95 % interval</th><th class=\"n\">idle</th><th>95 % "
      "interval</th></tr>\n";
  html += habit_row("agent", *habits.agent);
  if (habits.demonstrations) html += habit_row("demonstrations", *habits.demonstrations);
  return html +
         "</table></div>\n<p class=\"soft\">Steps with the same action as the step before, and steps with nothing "
         "held, pressed or moved, in the terms of the policy's contract; intervals from drawing episodes with "
         "replacement. An agent that repeats or idles much more than its demonstrations may be copying itself instead "
         "of looking; failed episodes, which run to their time limit, weigh in with all their steps.</p>\n";
}

// The reliability curve: how often it was true against how probable it was said to be, in units of the drawing.
class Curve {
 public:
  Curve() : svg_("<svg viewBox=\"0 0 380 340\" role=\"img\" aria-label=\"reliability curve\">\n") {
    for (int k = 0; k <= 5; ++k) {
      const double v = k / 5.0;
      svg_ += fmt::format(
          "<path d=\"M{0:.0f} {1:.1f}H{2:.0f}M{3:.1f} {4:.0f}V{5:.0f}\" stroke=\"var(--line)\"/>"
          "<text x=\"{6:.0f}\" y=\"{7:.1f}\" text-anchor=\"end\">{8:g}</text>"
          "<text x=\"{3:.1f}\" y=\"{9:.0f}\" text-anchor=\"middle\">{8:g}</text>\n",
          x(0), y(v), x(1), x(v), y(0), y(1), x(0) - 6, y(v) + 4, v, y(0) + 16);
    }
    svg_ += fmt::format(
        "<path d=\"M{:.0f} {:.0f}L{:.0f} {:.0f}\" stroke=\"var(--soft)\" stroke-dasharray=\"4 4\"/>"
        "<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"middle\">believed</text>"
        "<text x=\"12\" y=\"{:.0f}\" transform=\"rotate(-90 12 {:.0f})\" text-anchor=\"middle\">reached</text>\n",
        x(0), y(0), x(1), y(1), x(0.5), y(0) + 32, y(0.5), y(0.5));
  }

  void add_width(const ReliabilityBin& bin) {
    const Estimate rate = wilson_interval(bin.num_true, bin.n);
    const double at = x(bin.mean_probability);
    svg_ += fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}\" stroke=\"var(--instructed)\" stroke-width=\"1.5\"/>"
        "<circle cx=\"{0:.1f}\" cy=\"{3:.1f}\" r=\"{4:.1f}\" fill=\"var(--instructed)\"><title>believed {5:.3f}, "
        "reached {6} of {7}</title></circle>\n",
        at, y(rate.low), y(rate.high), y(rate.value), 2.5 + std::log10(static_cast<double>(bin.n)),
        bin.mean_probability, bin.num_true, bin.n);
  }
  void add_mass(const ReliabilityBin& bin) {
    svg_ += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"none\" stroke=\"var(--control)\" "
        "stroke-width=\"1.5\"/>\n",
        x(bin.mean_probability), y(static_cast<double>(bin.num_true) / static_cast<double>(bin.n)));
  }
  [[nodiscard]] std::string svg() const { return svg_ + "</svg>\n"; }

 private:
  static double x(double probability) { return 52 + 312 * probability; }
  static double y(double rate) { return 296 - 280 * rate; }
  std::string svg_;
};

std::string goal_row(const char* name, const GoalScore& s) {
  return fmt::format(
      "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{:.3f} [{:.3f}–{:.3f}]</td><td class=\"n\">"
      "{:.3f}</td><td class=\"n\">{:.3f}</td><td>{:.4f} [{:.4f}–{:.4f}]</td></tr>\n",
      name, s.pictures, s.reached, s.auroc.value, s.auroc.low, s.auroc.high, s.calibration_error_mass,
      s.calibration_error_width, s.brier.value, s.brier.low, s.brier.high);
}

std::string fit_text(const GoalFit& fit) {
  return fmt::format(
      "<p>Fitted on these development starts: scale {:.4g}, offset {:.4g}; log-loss {:.4f} before, {:.4f} after, nats "
      "per picture. The numbers above are from before.</p>\n",
      fit.fit.scale, fit.fit.offset, fit.log_loss_before, fit.log_loss_after);
}

std::string goal_section(const GoalHead& head, const std::optional<GoalFit>& fit) {
  Curve curve;
  for (const ReliabilityBin& bin : head.clear.by_width) curve.add_width(bin);
  for (const ReliabilityBin& bin : head.clear.by_mass) curve.add_mass(bin);
  std::string html =
      "<h2>Does it know when it is done?</h2>\n<div class=\"card\"><table><tr><th>pictures</th><th "
      "class=\"n\">n</th><th class=\"n\">reached</th><th>AUROC</th><th class=\"n\">error, 15 equal masses</th><th "
      "class=\"n\">10 equal widths</th><th>Brier score</th></tr>\n";
  html += goal_row("clear", head.clear) + goal_row("every", head.every) + "</table>\n";
  html += "<div class=\"beside\"><div class=\"curve\">" + curve.svg() + "</div><div>\n";
  if (fit) html += fit_text(*fit);
  return html + fmt::format(
                    "<p class=\"soft\">The goal head's belief at each picture that the agent was asked about in {} "
                    "episodes told the instruction, and at the last one, against the world's judge: reached at the "
                    "last picture of a success, else not. Pictures less than {} steps before a success look as if it "
                    "were reached and are left out of “clear”; “every” counts them as not reached.</p>\n"
                    "<p class=\"soft\">Curve of the clear pictures: filled, 10 bins of equal width with Wilson 95 % "
                    "intervals, larger for more pictures; rings, 15 bins of equal mass; dashed, a belief that is "
                    "always right. Error: the expected calibration error. Intervals of AUROC and Brier score from "
                    "drawing episodes with replacement.</p>\n"
                    "</div></div></div>\n",
                    head.episodes, kUnclearSteps);
}

}  // namespace

std::string agent_sections(const Results& results) {
  std::string html;
  if (results.habits.agent) html += habits_section(results.habits);
  if (results.goal_head) html += goal_section(*results.goal_head, results.goal_fit);
  return html;
}

}  // namespace atl::evaluation
