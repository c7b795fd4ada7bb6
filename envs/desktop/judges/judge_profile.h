// How success is seen, as a profile says it: [[judges]], each a kind of sensor that makes readings of a running game,
// and conditions on them. The kinds, with their fields and examples: docs/add-a-game.md.
#pragma once

#include "core/config.h"

#include <string>
#include <vector>

namespace atl::envs::desktop {

/// Which fields count depends on `kind`; the others have to stay empty.
struct JudgeProfile {
  std::string name{};
  std::string kind = "none";  // "none", "program", "log", "telemetry", "replay", "hud_glyphs", "message", "motion",
                              // "pixels"
  std::string file{};         // log, telemetry, replay: relative to {home}; log: empty is what the game prints
  std::string line{};         // log: a regular expression with named groups, (?<item>\w+)
  std::vector<std::string> fields{};  // replay, hud_glyphs, pixels: what is read, and where
  std::string glyphs{};               // hud_glyphs: where the pictures of the characters come from
  std::string wad{};                  // message: whose font and texts the game shows
  std::vector<int> region{};          // motion: x, y, width, height of the view; empty: the whole picture
  double field_of_view_deg = 0.0;     // motion: set from the game's, not by the judge
  // Conditions (judges/conditions.h) that must all hold for one reading; {target} and {episode} are filled in.
  std::vector<std::string> success{};
  std::vector<std::string> wrong{};    // the task was done with another thing
  std::vector<std::string> failure{};  // it cannot succeed any more
  double hold_s = 0.0;                 // success: every reading for so long
  std::string object{};                // the field that names the thing which the verdict is about
  std::string says{};                  // the reason of a success, fields in braces: "dug {node}"; empty: what was read
};

void describe(ConfigVisitor& v, JudgeProfile& judge);

/// Problems beyond single fields: conditions, expressions and fields that cannot be read. One line each.
[[nodiscard]] std::vector<std::string> problems_of(const JudgeProfile& judge);

}  // namespace atl::envs::desktop
