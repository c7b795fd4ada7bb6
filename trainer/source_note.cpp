#include "trainer/source_note.h"

#include "agent/pointer_grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace atl::trainer {
namespace {

struct Notes {
  std::vector<SourceNote> sources;
};

void describe(ConfigVisitor& v, Notes& notes) { v.list("sources", notes.sources); }

}  // namespace

void describe(ConfigVisitor& v, SourceNote& n) {
  v.field("kind", &n.kind);
  v.field("world", &n.world);
  v.field("share", &n.share);
  v.field("recordings", &n.recordings);
  v.field("transforms", &n.transforms);
}

std::string to_line(const SourceNote& note, std::size_t index) {
  const std::string of = note.recordings > 0
                             ? fmt::format(" ({} recording{})", note.recordings, note.recordings == 1 ? "" : "s")
                             : std::string();
  return fmt::format("source {}: {} of {}{}, {:.1f} % of the examples: {}", index, note.kind, note.world, of,
                     100.0 * note.share, fmt::join(note.transforms, "; "));
}

std::string sources_toml(const std::vector<SourceNote>& notes) { return to_toml(Notes{notes}); }

std::string mouse_words(double counts_per_turn, const PolicyContract& contract) {
  if (contract.mouse_unit == "counts") return "mouse: in counts as recorded";
  return fmt::format("mouse: {} counts a turn, told in degrees", counts_per_turn);
}

std::string pointer_words(FrameSize window, const PolicyContract& contract) {
  if (!contract.has_pointer()) return {};
  return fmt::format("pointer: of {}x{} px, told in {} places of the picture", window.width_px, window.height_px,
                     agent::PointerGrid(contract).num_classes() - 1);
}

std::string picture_words(const datasets::VideoReaderFactory& open_video, const std::filesystem::path& video,
                          const PolicyContract& contract) {
  std::string to = fmt::format("{}x{} px ({})", contract.frame_width_px, contract.frame_height_px, contract.resize);
  if (!open_video || !std::filesystem::exists(video)) return "pictures: to " + to;
  const FrameSize size = open_video(video)->size();
  if (size == contract.frame_size())
    return fmt::format("pictures: {}x{} px as recorded", size.width_px, size.height_px);
  return fmt::format("pictures: {}x{} to {}", size.width_px, size.height_px, to);
}

void add_counted(const std::vector<std::string>& words, std::vector<std::string>& transforms) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& text : words) {
    if (!text.empty()) ++counts[text];
  }
  for (const auto& [text, count] : counts)
    transforms.push_back(count == words.size() ? text
                                               : fmt::format("{} (of {} of {} recordings)", text, count, words.size()));
}

void ControlTally::add(std::span<const Action> actions) {
  for (const Action& action : actions) {
    for (std::size_t i = 0; i < kNumControls; ++i) steps_[i] += action.held.test(i) || action.presses[i] > 0 ? 1 : 0;
  }
}

void ControlTally::add_words(std::span<const std::string> controls, std::vector<std::string>& transforms) const {
  const ControlSet asked = controls_named(controls);
  std::vector<std::string> outside;
  ControlSet never = asked;
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (steps_[i] == 0) continue;
    never.reset(i);
    if (!asked.test(i)) outside.push_back(fmt::format("{} in {} steps", control_table()[i].name, steps_[i]));
  }
  if (!outside.empty())
    transforms.push_back(
        fmt::format("pressed and not among contract.controls, so not learned: {}", fmt::join(outside, ", ")));
  if (never.any()) transforms.push_back(fmt::format("never pressed here: {}", fmt::join(names_of(never), ", ")));
}

}  // namespace atl::trainer
