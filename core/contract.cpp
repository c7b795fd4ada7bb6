#include "core/contract.h"

#include "core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

namespace atl {
namespace {

// Each field of a contract as one line of text, whatever its type; strings quoted, doubles exact.
class FieldTexts final : public ConfigVisitor {
 public:
  std::vector<std::pair<std::string, std::string>> fields;

  void field(std::string_view name, ConfigField field, const FieldLimits& /*limits*/) override {
    fields.emplace_back(name, std::visit([](const auto* value) { return text_of(*value); }, field));
  }
  // A contract is flat.
  void begin_table(std::string_view name) override { refuse(name); }
  std::optional<std::size_t> begin_list(std::string_view name, std::size_t /*size*/) override { refuse(name); }
  void begin_item(std::size_t index) override { refuse(std::to_string(index)); }
  void end_table() override { refuse("its end"); }

 private:
  [[noreturn]] static void refuse(std::string_view name) {
    fail(ErrorKind::kInternal, "a contract holds the table {}, expected fields only", name);
  }
  static std::string text_of(const std::string& value) { return fmt::format("\"{}\"", value); }
  template <class T>
  static std::string text_of(const T& value) {
    return fmt::format("{}", value);  // fmt quotes the strings of lists
  }
};

}  // namespace

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
  v.field("wheel_max", &c.wheel_max, {.min = 0, .max = 10});
  v.field("pointer", &c.pointer, {.one_of = {"none", "patches"}});
  v.field("pointer_cells", &c.pointer_cells, {.min = 1, .max = 8});
}

std::vector<std::string> differences(const PolicyContract& a, std::string_view name_a, const PolicyContract& b,
                                     std::string_view name_b) {
  FieldTexts of_a;
  FieldTexts of_b;
  PolicyContract copy_a = a;
  PolicyContract copy_b = b;
  describe(of_a, copy_a);
  describe(of_b, copy_b);
  std::vector<std::string> found;
  for (std::size_t i = 0; i < of_a.fields.size(); ++i) {
    const auto& [name, text_a] = of_a.fields[i];
    const std::string& text_b = of_b.fields[i].second;
    if (text_a != text_b) found.push_back(fmt::format("{}: {} ({}) and {} ({})", name, text_a, name_a, text_b, name_b));
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
  v.field("window_width_px", &f.window_width_px, {.min = 0, .max = 65536});
  v.field("window_height_px", &f.window_height_px, {.min = 0, .max = 65536});
  v.field("codec", &f.codec);
  v.field("colour_matrix", &f.colour_matrix);
  v.field("capture_latency_ms", &f.capture_latency_ms, {.min = 0});
  v.field("capture_jitter_ms", &f.capture_jitter_ms, {.min = 0});
  v.field("capture_drift_ms", &f.capture_drift_ms, {.min = 0});
  v.field("input_latency_ms", &f.input_latency_ms, {.min = 0});
  v.field("recorder_version", &f.recorder_version);
}

}  // namespace atl
