#include "evaluation/report.h"

#include "evaluation/html.h"
#include "evaluation/report_agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace atl::evaluation {
namespace {

std::string_view colour_of(std::string_view condition) {
  if (condition == "instructed") return "var(--instructed)";
  if (condition == "swapped_named") return "var(--named)";
  if (condition == "expert" || condition == "person") return "var(--expert)";
  return "var(--control)";
}

std::string_view label_of(std::string_view condition) {
  if (condition == "instructed") return "instructed";
  if (condition == "blank") return "blank instruction";
  if (condition == "no_language") return "trained without language";
  if (condition == "swapped") return "told another thing: did the asked one";
  if (condition == "swapped_named") return "told another thing: did the told one";
  if (condition == "random") return "random actions";
  if (condition == "expert") return "scripted expert";
  return condition;
}

// One bar: rate as a filled length, the interval as a whisker, label and numbers to the right.
std::string bar(const ResultRow& r) {
  constexpr double kWidth = 380;
  const auto x = [](double rate) { return rate * kWidth; };
  return fmt::format(
      "<svg viewBox=\"0 0 760 22\" preserveAspectRatio=\"xMinYMid meet\" role=\"img\" aria-label=\"{0}: {1:.1f} %\">"
      "<rect x=\"0\" y=\"4\" width=\"{2}\" height=\"14\" rx=\"3\" fill=\"var(--track)\"/>"
      "<rect x=\"0\" y=\"4\" width=\"{3:.1f}\" height=\"14\" rx=\"3\" fill=\"{4}\"/>"
      "<path d=\"M{5:.1f} 11H{6:.1f}M{5:.1f} 6v10M{6:.1f} 6v10\" stroke=\"var(--ink)\" stroke-width=\"1.5\" "
      "fill=\"none\"/>"
      "<text x=\"{7}\" y=\"15\">{1:.1f} % [{8:.0f}–{9:.0f}]  {0}</text></svg>\n",
      escape_html(label_of(r.condition)), 100 * r.rate.value, kWidth, x(r.rate.value), colour_of(r.condition),
      x(r.rate.low), x(r.rate.high), kWidth + 12, 100 * r.rate.low, 100 * r.rate.high);
}

std::string headline(const Results& results) {
  std::string text;
  for (const ResultRow& r : results.rows) {
    if (r.task == "all" && r.condition == "instructed")
      text = fmt::format(
          "<p class=\"headline\">Does what it is told in <strong>{:.1f} %</strong> of {} episodes "
          "[{:.1f}–{:.1f}].",
          100 * r.rate.value, r.n, 100 * r.rate.low, 100 * r.rate.high);
  }
  if (text.empty()) return text;
  for (const PairedRow& p : results.paired) {
    if (p.task == "all" && p.b == "blank")
      text +=
          fmt::format(" The words are worth <strong>{:+.1f} points</strong> [{:+.1f}, {:+.1f}] over no words at all.",
                      100 * p.difference.value, 100 * p.difference.low, 100 * p.difference.high);
  }
  return text + "</p>\n";
}

std::string bars(const Results& results) {
  std::string html = "<div class=\"card\">\n";
  std::string open_task;
  for (const ResultRow& r : results.rows) {
    if (r.task != open_task) {
      if (!open_task.empty()) html += "</div></div>\n";
      html += fmt::format("<div class=\"task\"><h3>{}</h3><div>\n", escape_html(r.task));
      open_task = r.task;
    }
    html += bar(r);
  }
  return html + (open_task.empty() ? "" : "</div></div>\n") + "</div>\n";
}

std::string rows_table(const Results& results) {
  std::string html =
      "<div class=\"card\"><table><tr><th>task</th><th>category</th><th>condition</th><th>n</th><th>successes</th>"
      "<th>rate</th><th>95 % interval</th><th>verdicts</th></tr>\n";
  for (const ResultRow& r : results.rows) {
    std::string verdicts;
    for (const auto& [verdict, count] : r.verdicts) {
      verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : ", ", escape_html(verdict), count);
    }
    html += fmt::format(
        "<tr{}><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1f} "
        "%</td>"
        "<td>{:.1f}–{:.1f} %</td><td class=\"soft\">{}</td></tr>\n",
        r.task == "all" ? " class=\"all\"" : "", escape_html(r.task), escape_html(r.category), escape_html(r.condition),
        r.n, r.successes, 100 * r.rate.value, 100 * r.rate.low, 100 * r.rate.high, verdicts);
  }
  return html + "</table></div>\n";
}

std::string paired_table(const Results& results) {
  std::string html =
      "<div class=\"card\"><table><tr><th>task</th><th>difference</th><th>points</th><th>95 % interval</th></tr>\n";
  for (const PairedRow& p : results.paired) {
    html += fmt::format(
        "<tr{}><td>{}</td><td>{} minus {}</td><td class=\"n\">{:+.1f}</td><td>{:+.1f} to {:+.1f}</td></tr>\n",
        p.task == "all" ? " class=\"all\"" : "", escape_html(p.task), escape_html(p.a), escape_html(p.b),
        100 * p.difference.value, 100 * p.difference.low, 100 * p.difference.high);
  }
  return html + "</table></div>\n";
}

std::string video_grid(std::span<const ReportVideo> videos) {
  std::string html = "<div class=\"videos\">\n";
  for (const ReportVideo& video : videos) {
    const EpisodeRecord& e = video.episode;
    html += fmt::format(
        "<figure><video controls muted loop playsinline preload=\"metadata\" src=\"data:video/mp4;base64,{}\"></video>"
        "<figcaption><span class=\"badge {}\">{}</span> · {}, {}<br>told: “{}”<br><span class=\"soft\">{}</span>"
        "</figcaption></figure>\n",
        base64(video.bytes), e.success ? "success" : "other", escape_html(e.verdict), escape_html(e.task),
        escape_html(e.condition), escape_html(e.told), escape_html(e.reason));
  }
  return html + "</div>\n";
}

}  // namespace

std::string to_html(const Results& results, const PageHeader& header, std::span<const ReportVideo> videos) {
  std::string html = page_head(header);
  html += fmt::format("<h1>{}</h1><p class=\"soft\">suite {} · world {} · policy {} · {} seeds · {}</p>\n",
                      escape_html(header.title), escape_html(results.suite), escape_html(results.world),
                      escape_html(results.policy), escape_html(results.seeds), escape_html(header.date));
  html += headline(results);
  html += "<h2>Success by task and condition</h2>\n" + bars(results);
  if (!results.paired.empty())
    html += "<h2>Instructed minus each control, on the same starts</h2>\n" + paired_table(results);
  html += agent_sections(results);
  if (!videos.empty()) html += "<h2>Episodes</h2>\n" + video_grid(videos);
  html += "<h2>All numbers</h2>\n" + rows_table(results);
  for (const std::string& note : results.notes) html += fmt::format("<p class=\"soft\">{}.</p>\n", escape_html(note));
  html +=
      "<p class=\"soft\">Rates with Wilson 95 % intervals; differences with Newcombe's interval for paired "
      "proportions. Verdicts come from the world's own state.</p>\n";
  return html + page_foot(header);
}

}  // namespace atl::evaluation
