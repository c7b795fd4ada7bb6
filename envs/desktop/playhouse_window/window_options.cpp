#include "envs/desktop/playhouse_window/window_options.h"

#include "core/error.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/playhouse/grammar.h"

#include <fmt/ranges.h>

#include <string_view>

namespace atl::envs::desktop {
namespace {

void check_partner(const WindowOptions& options) {
  const playhouse::Level& level = playhouse::level_named(options.episode.level);
  if (!options.host.empty() && !options.join.empty())
    fail(ErrorKind::kConfig, "playhouse window: --host and --join exclude each other: a house has one host");
  if (!options.host.empty() && level.players < 2)
    fail(ErrorKind::kConfig,
         "playhouse window: --host with level \"{}\", which is for one player; expected --level pair", level.name);
}

// Words that can be asked for in no house of the level are refused before there is a window.
void check_words(const WindowOptions& options) {
  const std::string& words = options.task.instruction;
  if (words.empty()) return;
  if (options.controlled || !options.join.empty()) {
    fail(ErrorKind::kConfig, "playhouse window: --instruction is for who decides what is played, which is {}",
         options.controlled ? "the parent of a --controlled window" : "the host of the house that --join names");
  }
  const playhouse::Parsed parsed = playhouse::parse(words);
  if (!parsed.mission) fail(ErrorKind::kConfig, "playhouse window: --instruction: {}", parsed.problem);
  const playhouse::Family family = family_of(*parsed.mission);
  const playhouse::Level& level = playhouse::level_named(options.episode.level);
  const std::string_view name = playhouse::kFamilyNames[static_cast<std::size_t>(family)];
  if (!playhouse::has_family(level, family)) {
    fail(ErrorKind::kConfig,
         "playhouse window: --instruction: \"{}\" is of the family \"{}\", which the level \"{}\" has not; it has: {}",
         words, name, level.name, fmt::join(playhouse::families_of(level), ", "));
  }
  if (!options.task.family.empty() && options.task.family != name)
    fail(ErrorKind::kConfig, "playhouse window: --instruction: \"{}\" is of the family \"{}\", --task says \"{}\"",
         words, name, options.task.family);
}

}  // namespace

WindowOptions resolved(WindowOptions options) {
  check_partner(options);
  check_words(options);
  if (options.scale == 0) options.scale = default_scale(options.frame);
  if (options.scale < 1 || options.frame.width_px < 8 || options.frame.height_px < 8 ||
      options.frame.width_px * options.scale > 4096 || options.frame.height_px * options.scale > 4096) {
    fail(ErrorKind::kConfig,
         "playhouse window: {}x{} px times {}, expected frames from 8x8 and windows up to 4096x4096",
         options.frame.width_px, options.frame.height_px, options.scale);
  }
  if (options.person && !options.controlled)
    fail(ErrorKind::kConfig, "playhouse window: --person is for --controlled windows; others are a person's anyway");
  if (options.agent_view && (options.person || options.fullscreen)) {
    fail(ErrorKind::kConfig, "playhouse window: --agent-view shows an agent's pixels and excludes {}",
         options.person ? "--person" : "--fullscreen");
  }
  return options;
}

ViewOptions view_options(const WindowOptions& options) {
  const bool is_free = !options.controlled && !options.agent_view;
  return {.frame = options.frame,
          .scale = options.scale,
          .agent_view = options.agent_view,
          .has_strip = is_free || options.person,
          .can_change = is_free,
          .fullscreen = options.fullscreen};
}

}  // namespace atl::envs::desktop
