#include "evaluation/compare_page.h"

#include "evaluation/html.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace atl::evaluation {
namespace {

using Json = nlohmann::ordered_json;

// Whether rows of tasks have to name the suite: some world has several.
bool names_suites(const Comparison& comparison) {
  std::set<std::pair<std::string, std::string>> suites;
  std::set<std::string> worlds;
  for (const ComparedRow& row : comparison.rows) {
    if (row.level != RowLevel::kTask) continue;
    suites.insert({row.world, row.suite});
    worlds.insert(row.world);
  }
  return suites.size() > worlds.size();
}

std::string name_of(const ComparedRow& row, bool with_suite) {
  switch (row.level) {
    case RowLevel::kTask: return with_suite ? fmt::format("{}: {}", row.suite, row.task) : row.task;
    case RowLevel::kCategory: return "all of " + row.category;
    case RowLevel::kWorld: return row.world;
    case RowLevel::kTotal: break;
  }
  return "all worlds equally";
}

// Parts of a world stand below it.
bool is_sum(const ComparedRow& row) { return row.level == RowLevel::kWorld || row.level == RowLevel::kTotal; }
std::string indent(const ComparedRow& row) { return is_sum(row) ? "" : "  "; }

std::string p_text(double p) { return p < 0.0001 ? "< 0.0001" : fmt::format("{:.4f}", p); }

// How the numbers were made, for the foot of either page.
std::string method(const Comparison& comparison) {
  std::string text =
      "Rates with Wilson 95 % intervals. Differences are paired by task and seed, with Newcombe's intervals; worlds "
      "weigh the same in the total, whose intervals square and add those of the worlds. p: two-sided paired "
      "permutation "
      "test; p Holm: corrected over all differences in rows of the same kind";
  if (comparison.baseline)
    text += fmt::format("; %: the rate relative to that of {}, of the total the mean over worlds",
                        comparison.agents[*comparison.baseline].name);
  return text;
}

std::string sources_of(const ComparedAgent& agent) {
  std::vector<std::string> parts;
  for (const Evaluation& e : agent.evaluations)
    parts.push_back(fmt::format("{} ({}, {}, {}, {})", e.folder.string(), e.suite, e.policy, e.condition, e.seeds));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string rate_text(const std::optional<ComparedCell>& cell) {
  if (!cell) return "-";
  return fmt::format("{:.1f} [{:.1f} .. {:.1f}]", 100 * cell->rate.value, 100 * cell->rate.low, 100 * cell->rate.high);
}

Json json_of(const Comparison& comparison, const ComparedRow& row) {
  Json json = {{"level", to_string(row.level)}, {"world", row.world}, {"suite", row.suite},
               {"category", row.category},      {"task", row.task},   {"cells", Json::array()},
               {"differences", Json::array()}};
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const std::string& name = comparison.agents[i].name;
    if (const auto& cell = row.cells[i])
      json["cells"].push_back({{"agent", name},
                               {"n", cell->n},
                               {"successes", cell->successes},
                               {"rate", cell->rate.value},
                               {"low", cell->rate.low},
                               {"high", cell->rate.high},
                               {"relative", cell->relative ? Json(*cell->relative) : Json()}});
    if (const auto& d = row.differences[i])
      json["differences"].push_back({{"agent", name},
                                     {"minus", comparison.agents[comparison.reference].name},
                                     {"pairs", d->pairs},
                                     {"difference", d->difference.value},
                                     {"low", d->difference.low},
                                     {"high", d->difference.high},
                                     {"p", d->p},
                                     {"p_holm", d->p_holm}});
  }
  return json;
}

std::string cell_html(const std::optional<ComparedCell>& cell) {
  if (!cell) return "<td class=\"soft\">–</td>";
  std::string html = fmt::format("<td>{:.1f} % <small>[{:.1f}–{:.1f}]</small><br>", 100 * cell->rate.value,
                                 100 * cell->rate.low, 100 * cell->rate.high);
  if (cell->relative) html += fmt::format("<span class=\"relative\">{:.0f} %</span> ", 100 * *cell->relative);
  return html + fmt::format("<small>n {}</small></td>", cell->n);
}

std::string difference_html(const std::optional<ComparedDifference>& d) {
  if (!d) return "<td class=\"soft\">–</td>";
  const char* sign = d->difference.low > 0 ? "yes" : d->difference.high < 0 ? "no" : "soft";
  return fmt::format(
      "<td title=\"{} pairs\"><span class=\"{}\">{:+.1f}</span> <small>[{:+.1f}, {:+.1f}]</small><br><small>p {}, "
      "Holm {}</small></td>",
      d->pairs, sign, 100 * d->difference.value, 100 * d->difference.low, 100 * d->difference.high,
      escape_html(p_text(d->p)), escape_html(p_text(d->p_holm)));
}

// The first cell of a row.
std::string name_html(const ComparedRow& row, bool with_suite) {
  const std::string category =
      row.level == RowLevel::kTask ? fmt::format(" <small>{}</small>", escape_html(row.category)) : "";
  return fmt::format("<tr class=\"{}\"><td>{}{}</td>", is_sum(row) ? "world" : "part",
                     escape_html(name_of(row, with_suite)), category);
}

std::string rates_html(const Comparison& comparison) {
  std::string html = "<div class=\"card\"><table class=\"wide\"><tr><th></th>";
  for (const ComparedAgent& agent : comparison.agents) html += "<th>" + escape_html(agent.name) + "</th>";
  html += "</tr>\n";
  const bool with_suite = names_suites(comparison);
  for (const ComparedRow& row : comparison.rows) {
    html += name_html(row, with_suite);
    for (const auto& cell : row.cells) html += cell_html(cell);
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::string differences_html(const Comparison& comparison) {
  std::string html = "<div class=\"card\"><table class=\"wide\"><tr><th></th>";
  for (std::size_t i = 0; i < comparison.agents.size(); ++i) {
    if (i != comparison.reference) html += "<th>" + escape_html(comparison.agents[i].name) + "</th>";
  }
  html += "</tr>\n";
  const bool with_suite = names_suites(comparison);
  for (const ComparedRow& row : comparison.rows) {
    html += name_html(row, with_suite);
    for (std::size_t i = 0; i < row.differences.size(); ++i) {
      if (i != comparison.reference) html += difference_html(row.differences[i]);
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

}  // namespace

std::string to_table(const Comparison& comparison) {
  const bool with_suite = names_suites(comparison);
  std::size_t width = 12;
  for (const ComparedRow& row : comparison.rows) width = std::max(width, 2 + name_of(row, with_suite).size());
  std::size_t column = 24;
  for (const ComparedAgent& agent : comparison.agents) column = std::max(column, agent.name.size() + 2);
  std::string text = fmt::format("{:<{}}", "", width + 2);
  for (const ComparedAgent& agent : comparison.agents) text += fmt::format("{:<{}}", agent.name, column);
  text += "\n";
  const std::string& reference = comparison.agents[comparison.reference].name;
  for (const ComparedRow& row : comparison.rows) {
    text += fmt::format("{:<{}}", indent(row) + name_of(row, with_suite), width + 2);
    for (const auto& cell : row.cells) text += fmt::format("{:<{}}", rate_text(cell), column);
    text += "\n";
    if (std::any_of(row.cells.begin(), row.cells.end(), [](const auto& c) { return c && c->relative; })) {
      text += fmt::format("{:<{}}", "", width + 2);
      for (const auto& cell : row.cells)
        text += fmt::format("{:<{}}", cell && cell->relative ? fmt::format("{:.0f} %", 100 * *cell->relative) : "-",
                            column);
      text += "\n";
    }
    for (std::size_t i = 0; i < row.differences.size(); ++i) {
      if (const auto& d = row.differences[i])
        text += fmt::format("    {} minus {}: {:+.1f} [{:+.1f} .. {:+.1f}] points, {} pairs, p {}, Holm {}\n",
                            comparison.agents[i].name, reference, 100 * d->difference.value, 100 * d->difference.low,
                            100 * d->difference.high, d->pairs, p_text(d->p), p_text(d->p_holm));
    }
  }
  text += "\n" + method(comparison) + ".\n";
  for (const ComparedAgent& agent : comparison.agents) text += fmt::format("  {}: {}\n", agent.name, sources_of(agent));
  for (const std::string& note : comparison.notes) text += fmt::format("  ({})\n", note);
  return text;
}

std::string to_json(const Comparison& comparison) {
  Json agents = Json::array();
  for (const ComparedAgent& agent : comparison.agents) {
    Json evaluations = Json::array();
    for (const Evaluation& e : agent.evaluations)
      evaluations.push_back({{"folder", e.folder.string()},
                             {"suite", e.suite},
                             {"world", e.world},
                             {"policy", e.policy},
                             {"condition", e.condition},
                             {"seeds", e.seeds}});
    agents.push_back({{"name", agent.name}, {"evaluations", std::move(evaluations)}});
  }
  Json rows = Json::array();
  for (const ComparedRow& row : comparison.rows) rows.push_back(json_of(comparison, row));
  Json json = {{"agents", std::move(agents)}};
  json["baseline"] = comparison.baseline ? Json(comparison.agents[*comparison.baseline].name) : Json();
  json["reference"] = comparison.agents[comparison.reference].name;
  json["rows"] = std::move(rows);
  json["notes"] = comparison.notes;
  return json.dump(1) + "\n";
}

std::string to_html(const Comparison& comparison, const PageHeader& header) {
  std::string html = page_head(header);
  html += fmt::format("<h1>{}</h1><p class=\"soft\">{}</p>\n", escape_html(header.title), escape_html(header.date));
  html += "<h2>Success by world and task</h2>\n" + rates_html(comparison);
  html += fmt::format("<h2>Minus {}, on the same starts, in points</h2>\n{}",
                      escape_html(comparison.agents[comparison.reference].name), differences_html(comparison));
  html += "<p class=\"soft\">" + escape_html(method(comparison)) + ".</p>\n<h2>Where the numbers come from</h2>\n";
  html +=
      "<div class=\"card\"><table><tr><th>agent</th><th>world</th><th>suite</th><th>policy</th><th>condition</th>"
      "<th>seeds</th><th>evaluation</th></tr>\n";
  for (const ComparedAgent& agent : comparison.agents) {
    for (const Evaluation& e : agent.evaluations)
      html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                          escape_html(agent.name), escape_html(e.world), escape_html(e.suite), escape_html(e.policy),
                          escape_html(e.condition), escape_html(e.seeds), escape_html(e.folder.string()));
  }
  html += "</table></div>\n";
  for (const std::string& note : comparison.notes)
    html += fmt::format("<p class=\"soft\">{}.</p>\n", escape_html(note));
  return html + page_foot(header);
}

}  // namespace atl::evaluation
