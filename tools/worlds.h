// The worlds that `atoll` knows by name, what each offers, and what it lacks on this machine.
#pragma once

#include "core/config.h"
#include "core/input_event.h"
#include "envs/environment.h"
#include "envs/playhouse/episode.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::tools {

/// What of a world can be chosen: the table `world` of the commands that start one.
struct WorldConfig {
  int frame_width_px = 96;  // of Playhouse, stepped or in its window; other live worlds show what their window shows
  int frame_height_px = 72;
  double action_rate_hz = 0.0;      // of live worlds; 0: the policy's, or else the world's own
  std::string display = "desktop";  // of live worlds: "desktop", or "virtual" for a screen of their own
  double human_idle_s = 1.0;  // a person who takes over a live world gives it back by doing nothing for so long, > 0
  bool show_control = true;   // of live worlds on a desktop: a corner of the screen says who has control
  std::string input_sink = "x11";  // of games: "x11", or "uinput": the kernel's devices
  double reopen_s = 10.0;  // of live worlds: a window that was closed is waited for so long; 0: the episode ends
  double settle_ms = 0.0;  // of live worlds: a picture is taken when nothing was drawn for so long; 0: the profile's
  bool hear_everything = false;  // of `portal:`: what is typed anywhere is recorded, which is agreed to with this
  std::vector<std::string> arguments{};  // more arguments for the program of a live world
  std::string keys{};       // of a remote world: the folder that `atoll serve --make-keys` wrote for this client
  bool fullscreen = false;  // of Playhouse's window, where a person plays
  // No keys of the table:
  bool for_person = false;         // a person plays, in a window for people where the world has one
  Origin origin = Origin::kAgent;  // of what a live world is told to press: an agent or an expert
};

void describe(ConfigVisitor& v, WorldConfig& config);

struct WorldEntry {
  std::string name;
  std::vector<std::string> interfaces;  // "stepped", "oracle", "snapshots", "players", "live", "expert"
  std::vector<std::string> tasks;
  std::map<std::string, std::vector<std::string>> splits;  // what each task can be drawn from, "train" first; empty:
                                                           // the world cannot tell
  std::vector<std::string> instructions;                   // of live worlds: what can be asked for, in its usual words
  std::vector<std::string> missing;  // one line each, ending with how to install it; empty: the world is available
  bool is_stepped = false;
  bool is_live = false;
};

inline constexpr std::string_view kAnyWindow = "window:";  // begins the names of open windows of any program
inline constexpr std::string_view kPortal = "portal:";     // and of what a Wayland desktop shares
inline constexpr std::string_view kPlayhouseWindow = "playhouse-window";
/// What the window of that name shows ("playhouse-window/flat,reskin=3": envs/playhouse/playhouse.h); nothing if it is
/// another world's name. Throws Error(kConfig) for a level that is unknown.
[[nodiscard]] std::optional<envs::playhouse::EpisodeOptions> playhouse_window_named(std::string_view name);
/// The window that shows a stepped Playhouse: "playhouse-window/flat" of "playhouse/flat".
[[nodiscard]] std::string window_of(std::string_view stepped);
/// Whether two names mean one world, however it is drawn: equal names, or Playhouses of one level, stepped or in
/// windows. Throws Error(kConfig) for a level that is unknown.
[[nodiscard]] bool is_same_world(std::string_view a, std::string_view b);
/// The stepped world that a window shows, by its name; nothing if `live_world` is not the window of one. Throws like
/// playhouse_window_named.
[[nodiscard]] std::optional<std::string> stepped_twin(std::string_view live_world);

/// All worlds, also those that this build or machine lacks something for.
[[nodiscard]] std::vector<WorldEntry> list_worlds();

/// The world called `name`, or that of a profile by its path (NAME.toml); throws Error(kUsage) naming the nearest one.
/// `remote:ADDRESS` is connected to, to learn its tasks (config.keys); throws Error(kNetwork) when that fails.
[[nodiscard]] WorldEntry find_world(const std::string& name, const WorldConfig& config = {});

/// `remote:ADDRESS` is the world behind that server. Throws Error(kUsage) for a name that is not known or not stepped,
/// Error(kNetwork) when a server does not answer.
[[nodiscard]] std::unique_ptr<envs::SteppedEnvironment> create_stepped_world(const std::string& name,
                                                                             const WorldConfig& config = {});

/// Starts the world's program. Throws Error(kUsage) for a name that is not known or not live, Error(kEnvironment)
/// naming what is missing or did not start.
[[nodiscard]] std::unique_ptr<envs::LiveEnvironment> create_live_world(const std::string& name,
                                                                       const WorldConfig& config = {});

// Live worlds: tools/live_worlds.cpp where the build has a desktop, else tools/live_worlds_none.cpp.
[[nodiscard]] std::vector<WorldEntry> list_live_worlds();
/// The world of a profile by its path, or of a window that is open ("window:" and its class or title); nothing for
/// other names.
[[nodiscard]] std::optional<WorldEntry> find_profile_world(const std::string& name);
/// `task` with every field filled in as the live world would.
[[nodiscard]] envs::Task resolve_live_task(const std::string& name, std::uint64_t seed, const envs::Task& task);
[[nodiscard]] std::unique_ptr<envs::LiveEnvironment> start_live_world(const std::string& name,
                                                                      const WorldConfig& config);

/// A judge that was tried: scripted hands carried its instruction out, and did not ([[trials]] of a profile).
struct JudgeTrial {
  std::string instruction;
  std::size_t start = 0;  // index of the profile's [reset] starts
  int tries = 0;          // to carry it out
  bool yes_seen = false;  // success was told when it was carried out
  bool no_seen = false;   // and not told when it was not
  std::string when_done;  // what the judge said
  std::string when_not;
};

/// Tries the judges of a live world on a screen of its own; `on_trial` is called after each. Nothing where its profile
/// has no trials. Throws Error(kEnvironment) when the game does not come to its start.
void try_live_judges(const std::string& name, const std::function<void(const JudgeTrial&)>& on_trial);

}  // namespace atl::tools
