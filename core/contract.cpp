#include "core/contract.h"

#include "core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

namespace atl {

void describe(ConfigVisitor& v, PolicyContract& c) {
  v.field("version", &c.version, {.min = 1, .max = kContractVersion});
  v.field("frame_width_px", &c.frame_width_px, {.min = 8, .max = 4096});
  v.field("frame_height_px", &c.frame_height_px, {.min = 8, .max = 4096});
  v.field("crop", &c.crop, {.one_of = {"none"}});
  v.field("resize", &c.resize, {.one_of = {"box"}});
  v.field("colour", &c.colour, {.one_of = {"bgr8"}});
  v.field("action_rate_hz", &c.action_rate_hz, {.min = 0.1, .max = 1000});
  v.field("actions_per_policy_step", &c.actions_per_policy_step, {.min = 1, .max = 64});
  v.field("chunk_actions", &c.chunk_actions, {.min = 1, .max = 64});
  v.field("delay_steps", &c.delay_steps, {.min = 0, .max = 64});
  v.field("controls", &c.controls);
  v.field("mouse_unit", &c.mouse_unit, {.one_of = {"degrees", "counts"}});
  v.field("mouse_max", &c.mouse_max, {.min = 0.001, .max = 1e6});
  v.field("mouse_bins", &c.mouse_bins, {.min = 3, .max = 1001});
  v.field("mouse_mu", &c.mouse_mu, {.min = 0.001, .max = 1e4});
}

std::vector<std::string> differences(const PolicyContract& a, std::string_view name_a, const PolicyContract& b,
                                     std::string_view name_b) {
  // Both as TOML, a line a field, in one order.
  std::istringstream lines_a(to_toml(a));
  std::istringstream lines_b(to_toml(b));
  std::vector<std::string> found;
  std::string line_a;
  std::string line_b;
  while (std::getline(lines_a, line_a) && std::getline(lines_b, line_b)) {
    if (line_a == line_b) continue;
    const std::size_t equals_a = line_a.find(" = ");
    const std::size_t equals_b = line_b.find(" = ");
    if (equals_a == std::string::npos || equals_b == std::string::npos) continue;
    found.push_back(fmt::format("{}: {} ({}) and {} ({})", line_a.substr(0, equals_a), line_a.substr(equals_a + 3),
                                name_a, line_b.substr(equals_b + 3), name_b));
  }
  return found;
}

void require_equal(const PolicyContract& a, std::string_view name_a, const PolicyContract& b, std::string_view name_b) {
  const std::vector<std::string> found = differences(a, name_a, b, name_b);
  if (found.empty()) return;
  fail(ErrorKind::kContract,
       "the policy contracts of {} and {} differ:\n  {}\nuse a policy and a world with equal contracts", name_a, name_b,
       fmt::join(found, "\n  "));
}

void describe(ConfigVisitor& v, SourceFacts& f) {
  v.field("version", &f.version, {.min = 1, .max = kSourceFactsVersion});
  v.field("world", &f.world);
  v.field("world_version", &f.world_version);
  v.field("clock", &f.clock, {.one_of = {"monotonic", "world"}});
  v.field("action_rate_hz", &f.action_rate_hz, {.min = 0.1, .max = 1000});
  v.field("field_of_view_deg", &f.field_of_view_deg, {.min = 0, .max = 360});
  v.field("counts_per_turn", &f.counts_per_turn, {.min = 0});
  v.field("key_bindings", &f.key_bindings);
  v.field("cursor", &f.cursor, {.one_of = {"hidden", "drawn", "not drawn"}});
  v.field("codec", &f.codec);
  v.field("colour_matrix", &f.colour_matrix);
  v.field("capture_latency_ms", &f.capture_latency_ms, {.min = 0});
  v.field("input_latency_ms", &f.input_latency_ms, {.min = 0});
  v.field("recorder_version", &f.recorder_version);
}

}  // namespace atl
