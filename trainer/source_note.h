// What was done to a source of examples so that it fits the contract of a run: the declared transforms, in words.
// Logged once when a run starts, and kept in RUN/sources.toml.
#pragma once

#include "core/action.h"
#include "core/config.h"
#include "core/contract.h"
#include "core/controls.h"
#include "datasets/video.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace atl::trainer {

struct SourceNote {
  std::string kind;                     // "collect", "replay" or "video"
  std::string world;                    // as the source names it
  double share = 1.0;                   // of the examples
  int recordings = 0;                   // 0: none, it plays
  std::vector<std::string> transforms;  // in words, one each
};

void describe(ConfigVisitor& v, SourceNote& note);

/// One line of the log: "source 1: video of doom, 33.3 % of the examples: ...".
[[nodiscard]] std::string to_line(const SourceNote& note, std::size_t index);

/// RUN/sources.toml: one [[sources]] each.
[[nodiscard]] std::string sources_toml(const std::vector<SourceNote>& notes);

/// "mouse: 4096 counts a turn, told in degrees".
[[nodiscard]] std::string mouse_words(double counts_per_turn, const PolicyContract& contract);
/// "pointer: of 640x480 px, told in 432 places of the picture"; empty where the contract has none.
[[nodiscard]] std::string pointer_words(FrameSize window, const PolicyContract& contract);
/// "pictures: 640x480 to 96x72 px (box)"; of a video that is not there, only what they are brought to.
[[nodiscard]] std::string picture_words(const datasets::VideoReaderFactory& open_video,
                                        const std::filesystem::path& video, const PolicyContract& contract);
/// Appends each of `words` but empty ones once, with how many recordings it is true of where it is not of all.
void add_counted(const std::vector<std::string>& words, std::vector<std::string>& transforms);

/// In how many steps each control was on (held at the end or pressed).
class ControlTally {
 public:
  void add(std::span<const Action> actions);
  /// Two transforms at most: controls that were on and that `controls` (of a contract) lacks, with their steps, and
  /// those of `controls` that never were.
  void add_words(std::span<const std::string> controls, std::vector<std::string>& transforms) const;

 private:
  std::array<std::uint64_t, kNumControls> steps_{};
};

}  // namespace atl::trainer
