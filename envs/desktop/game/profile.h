// `GameProfile`: one program that runs in a window, described by one TOML file in profiles/: how it is started, which
// window, what its keys mean, how to bring it to a start state, how success is seen.
#pragma once

#include "core/config.h"
#include "core/contract.h"
#include "core/frame.h"
#include "envs/desktop/judges/judge_profile.h"

#include <filesystem>
#include <string>
#include <vector>

namespace atl::envs::desktop {

inline constexpr int kProfileVersion = 1;

/// How the program is started. In `command`, `environment` and file texts, "{home}" stands for a folder made for one
/// start and removed after it, "{bin}" for the folder of the running Atoll program, "{profile}" for the folder beside
/// the profile that is called like it, and "{port}", "{port2}" .. "{port9}" for ports that were free at the start.
struct ProgramProfile {
  std::vector<std::string> command;
  std::vector<std::string> search;       // folders looked in after PATH
  std::vector<std::string> environment;  // "NAME=value"; HOME is {home} unless given
  std::vector<std::string> needs;        // files that must exist: data of the game
  std::vector<std::string> packages;     // Debian packages that bring program and needs
  std::string folder;                    // that it runs in, relative to {home}
  bool talks = false;                    // it speaks the protocol of envs/desktop/playhouse_window/protocol.h
  double start_timeout_s = 20.0;         // until its window has drawn
  int max_file_mb = 1024;                // no file that it writes, its log included, grows beyond
};

/// A file written below {home} before the start.
struct ProfileFile {
  std::string name{};  // relative to {home}
  std::string text{};  // placeholders are filled in
  std::string from{};  // instead of a text: a file or folder below {profile}, copied as it is
};

/// Which window is the game's; empty fields match all windows of the program.
struct WindowProfile {
  std::string window_class;
  std::string title;
  int width_px = 640;  // of its client area, and of the screen made for it when there is none
  int height_px = 480;
  double settle_ms = 0.0;  // of a program that draws a picture in several steps: as capture::X11WindowConfig::settle
};

/// What is true of the game, for its recordings and for whoever plays it.
struct GameFacts {
  std::string world_version;  // of the game's rules, where recordings of several have to be told apart
  double frame_rate_hz = 35.0;
  double action_rate_hz = 15.0;           // of the action clock, where a contract says nothing else
  double field_of_view_deg = 0.0;         // horizontal; 0: not 3D
  double counts_per_turn = 0.0;           // mouse counts per 360 degrees; 0: does not turn
  std::string cursor = "hidden";          // "hidden"; where there is one: "drawn" into pictures, or "not drawn"
  std::vector<std::string> controls;      // what may be pressed; all else is refused by the guard
  std::vector<std::string> key_bindings;  // "w=walk forward"
  bool key_repeat = false;                // keys that an agent holds repeat, as while somebody types
};

/// One step of a script that brings the game to a state without a person: waits until every condition that is given
/// holds, then presses.
struct ScriptStep {
  std::string log{};     // a line of what the game prints, since the start, matches this expression
  std::string file{};    // instead of what it prints: this file below {home}
  std::string pixels{};  // a field of judge kind "pixels" and a condition on it: "s share 0 0 9 9 ff0000 8 : s > .5"
  double still_s = 0.0;  // the picture did not change for so long
  std::vector<std::string> press{};  // controls, together
  std::vector<int> pointer{};        // x, y: where the pointer is put first
  double hold_s = 0.1;
  double again_s = 0.0;     // presses again every so often until the next step's conditions hold
  double timeout_s = 20.0;  // for the conditions
};

/// One of the places that a game can be started in: a map, a level.
struct StartPlace {
  std::vector<std::string> arguments{};  // of the program, after its command; placeholders are filled in
};

/// How the next episode begins.
struct ResetProfile {
  std::string how = "restart";  // "restart", "keys": the steps [[reset.steps]], or "request": the game's mod is asked
  std::vector<ScriptStep> steps{};
  std::string request{};             // of a mod: the file below {home} that asks it, one JSON object
  std::string answers{};             // and the file that it appends JSON lines to
  std::vector<std::string> ready{};  // conditions on one of them; {episode} is the number of the request
  double timeout_s = 10.0;
  int restart_every = 0;  // a fresh start after so many episodes; 0: never
  /// One of them is drawn by the episode's seed; a game that stays is started anew for another one.
  std::vector<StartPlace> starts{};
};

/// What can be asked for, [[instructions]]: {target} in the words stands for a target's name.
struct InstructionProfile {
  std::string task{};                    // family
  std::string text{};                    // the usual words
  std::vector<std::string> phrasings{};  // others
  std::vector<std::string> targets{};    // "name" or "name=what judges and mods call it"; empty: none
  bool any_target = false;               // words with other targets than those that are drawn are understood too
  int count = 1;                         // so many readings have to show success
  double time_limit_s = 0.0;             // 0: that of [tasks]
  std::string judge{};                   // name of one of [[judges]]
  std::string scene{};                   // told to the mod that is asked for a start
};

/// How to find out whether an instruction's judge is right: hands that carry it out and hands that do not, [[trials]].
/// One line of hands is "CONTROLS STEPS" or "CONTROLS STEPS DX DY": controls held together ("w+space"; "-" for none)
/// for so many steps of the action clock, and mouse counts right and down in each of them. game/trials.h plays them.
struct TrialProfile {
  std::string instruction{};       // in its usual words
  std::vector<int> starts{};       // indices of [reset] starts that it is tried from; empty: each of them
  std::vector<std::string> yes{};  // hands that carry it out; empty: they do nothing
  std::vector<std::string> no{};   // hands that do not: the opposite, or nothing
  double wait_s = 3.0;             // for the judge, after the hands rest
  int tries = 1;                   // for `yes`, where the game's chance may come in between
};

struct TaskProfile {
  std::vector<std::string> families{};  // what can be asked for beyond the instructions'
  std::string judge = "none";           // of what no instruction names: "none", or a name of [[judges]]
  std::string expert{};                 // who can play it by its telemetry: "minetest"; empty: nobody
  double time_limit_s = 60.0;
};

struct GameProfile {
  int version = kProfileVersion;
  std::string name;
  std::string title;
  ProgramProfile program;
  std::vector<ProfileFile> files;
  WindowProfile window;
  std::vector<ScriptStep> start;  // after the window has drawn
  ResetProfile reset;
  GameFacts game;
  TaskProfile tasks;
  std::vector<JudgeProfile> judges;
  std::vector<InstructionProfile> instructions;
  std::vector<TrialProfile> trials;
  std::filesystem::path folder;  // {profile}; set by load_profile
};

void describe(ConfigVisitor& v, GameProfile& profile);

/// Reads a profile: the name of a shipped one ("doom") or the path of a TOML file. A world's name with dashes is the
/// file's with underscores. Throws Error(kConfig) with every
/// problem, Error(kVersion) for a newer one, Error(kFile) naming the nearest shipped one.
[[nodiscard]] GameProfile load_profile(const std::string& name_or_path);

/// Problems of a profile beyond single fields (unknown controls, no command, ...), one line each.
[[nodiscard]] std::vector<std::string> validate(const GameProfile& profile);

/// The facts as recordings store them.
[[nodiscard]] SourceFacts source_facts(const GameProfile& profile);

/// What is missing on this machine, one line each, ending with how to install it; empty when the game can be started.
[[nodiscard]] std::vector<std::string> missing_parts(const GameProfile& profile);

/// Every family: those of the instructions, in order, then the others.
[[nodiscard]] std::vector<std::string> families_of(const GameProfile& profile);

/// The judge called `name`; one of kind "none" for "none". Throws Error(kConfig) for an unknown one.
[[nodiscard]] JudgeProfile judge_named(const GameProfile& profile, const std::string& name);

/// The profiles that ship with Atoll, by the names that load_profile takes, in alphabetical order.
[[nodiscard]] std::vector<std::string> shipped_profiles();

}  // namespace atl::envs::desktop
