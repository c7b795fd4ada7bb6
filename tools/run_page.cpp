#include "tools/run_page.h"

#include "core/error.h"
#include "evaluation/html.h"
#include "tools/line_chart.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace atl::tools {
namespace {

constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title><style>
:root {{ --ink:#1c2430; --soft:#5b6675; --line:#dde3ea; --page:#f6f8fa; --card:#fff; --c0:#0f7b6c; --c1:#3b6fb6;
  --c2:#c2703d; --c3:#8a5fb0; --c4:#a8862a; --c5:#b5486b; --c6:#5b6675; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink:#e6ebf1; --soft:#9aa7b5; --line:#2c3642; --page:#12171d;
  --card:#1a212a; --c0:#2fb5a2; --c1:#78a6e6; --c2:#dd8f5d; --c3:#b794dc; --c4:#d2b04e; --c5:#e07f9d; --c6:#9aa7b5; }} }}
* {{ box-sizing:border-box; }}
body {{ font:15px/1.5 system-ui,sans-serif; color:var(--ink); background:var(--page); margin:0; padding:2rem 1rem; }}
main {{ max-width:900px; margin:0 auto; }} h1 {{ font-size:1.4rem; margin:0; overflow-wrap:anywhere; }}
h2 {{ font-size:1rem; margin:0 0 .4rem; }} .soft {{ color:var(--soft); font-size:.88rem; margin:.2rem 0 1rem; }}
section {{ background:var(--card); border:1px solid var(--line); border-radius:10px; padding:1rem 1.2rem; margin:1rem 0; }}
svg {{ display:block; width:100%; height:auto; }} svg text {{ font:12px system-ui,sans-serif; fill:var(--soft); }}
</style></head><body><main><h1>{0}</h1>
)html";

// Values of one key over the steps of the lines of one part ("training", "development", ...).
using Curves = std::map<std::string, std::map<std::string, std::vector<ChartPoint>>>;  // key, then part

const std::string kOfWorld = "world ";  // before a world's name: the key of its loss

struct RunCurves {
  Curves of_key;
  std::vector<std::string> keys;  // in the order of their first line
  double last_step = 0.0;
  double wall_s = 0.0;
};

void add_line(const nlohmann::ordered_json& line, RunCurves& curves) {
  const double step = line.at("step").get<double>();
  std::string part = line.value("part", "training");
  // "training:doom": of one world; its loss is a curve of its own beside those of the others.
  const std::size_t colon = part.find(':');
  const std::string world = colon == std::string::npos ? std::string() : part.substr(colon + 1);
  part.resize(std::min(part.size(), colon));
  curves.last_step = std::max(curves.last_step, step);
  for (const auto& [key, value] : line.items()) {
    if (key == "step" || !value.is_number()) continue;  // null: was not finite
    if (!world.empty()) {
      if (key == "loss") curves.of_key[kOfWorld + world][part].push_back({step, value.get<double>()});
      continue;
    }
    if (!curves.of_key.contains(key)) curves.keys.push_back(key);
    curves.of_key[key][part].push_back({step, value.get<double>()});
    if (key == "wall_s") curves.wall_s = value.get<double>();
  }
}

RunCurves read_curves(std::string_view metrics) {
  RunCurves curves;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < metrics.size();) {
    const std::size_t end = metrics.find('\n', begin);
    ++number;
    const std::string_view text = metrics.substr(begin, end - begin);
    const auto line = nlohmann::ordered_json::parse(text, nullptr, false);
    const bool is_whole = line.is_object() && line.contains("step") && line["step"].is_number();
    if (is_whole) add_line(line, curves);
    if (!is_whole && end != std::string_view::npos)
      fail(ErrorKind::kFormat, "metrics.jsonl, line {}: \"{}\", expected a JSON object with a \"step\"", number,
           text.substr(0, 60));
    begin = end == std::string_view::npos ? metrics.size() : end + 1;
  }
  if (curves.keys.empty()) fail(ErrorKind::kFormat, "metrics.jsonl has no line yet; show the run when it has trained");
  return curves;
}

// "loss_mouse_x_nats" -> "mouse x"
std::string name_of(std::string_view key) {
  if (key.starts_with(kOfWorld)) return std::string(key.substr(kOfWorld.size()));
  if (key.starts_with("loss_")) key.remove_prefix(5);
  if (key.ends_with("_nats")) key.remove_suffix(5);
  std::string name(key);
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

// Every chosen key as a line of its training values, with dots for what was measured on examples kept aside.
std::string section(const RunCurves& run, std::string_view heading, const std::vector<std::string>& keys,
                    const ChartOptions& options) {
  std::vector<ChartSeries> series;
  for (const std::string& key : keys) {
    const auto found = run.of_key.find(key);
    if (found == run.of_key.end()) continue;
    ChartSeries& line = series.emplace_back();
    line.name = name_of(key);
    for (const auto& [part, points] : found->second) {
      std::vector<ChartPoint>& shown = part == "training" ? line.line : line.dots;
      shown.insert(shown.end(), points.begin(), points.end());
    }
  }
  if (series.empty()) return {};
  return fmt::format("<section><h2>{}</h2>\n{}</section>\n", heading, line_chart(std::move(series), options));
}

}  // namespace

std::string run_page(std::string_view title, std::string_view metrics) {
  const RunCurves run = read_curves(metrics);
  std::vector<std::string> parts;
  for (const std::string& key : run.keys) {
    if (key.starts_with("loss_")) parts.push_back(key);
  }
  std::vector<std::string> worlds;
  for (const auto& [key, curves] : run.of_key) {
    if (key.starts_with(kOfWorld)) worlds.push_back(key);
  }
  std::string page = fmt::format(kHead, evaluation::escape_html(title));
  page += fmt::format(
      "<p class=\"soft\">{:.0f} steps in {:.1f} minutes. Lines: training, smoothed. Dots: examples kept aside.</p>\n",
      run.last_step, run.wall_s / 60);
  page += section(run, "Loss, all parts with their weights", {"loss"}, {.is_logarithmic = true});
  page += section(run, "Loss of each world", worlds, {.is_logarithmic = true});
  page += section(run, "Parts of the loss, nats", parts, {.is_logarithmic = true});
  page += section(run, "Pointing: share of pictures whose best patch lies on the asked object", {"pointing_share"},
                  {.low = 0.0, .high = 1.0});
  page += section(run, "Pictures per second", {"pictures_per_s"}, {.low = 0.0});
  page += section(run, "Processor cores at work", {"cores_busy"}, {.low = 0.0});
  page += section(run, "Waited so far, seconds", {"waited_for_examples_s", "waited_for_device_s"}, {.low = 0.0});
  return page + "</main></body></html>\n";
}

}  // namespace atl::tools
