// `GameProfile`: one program that runs in a window, described by one TOML file in profiles/: how it is started, which
// window, what its keys mean, how to bring it to a start state, how success is seen.
#pragma once

#include "core/config.h"
#include "core/contract.h"
#include "core/frame.h"

#include <filesystem>
#include <string>
#include <vector>

namespace atl::envs::desktop {

inline constexpr int kProfileVersion = 1;

/// How the program is started. In `command`, `environment` and file texts, "{home}" stands for a folder made for one
/// start and removed after it, and "{bin}" for the folder of the running Atoll program.
struct ProgramProfile {
  std::vector<std::string> command;
  std::vector<std::string> search;       // folders looked in after PATH
  std::vector<std::string> environment;  // "NAME=value"; HOME is {home} unless given
  std::vector<std::string> needs;        // files that must exist: data of the game
  std::vector<std::string> packages;     // Debian packages that bring program and needs
  bool talks = false;                    // it speaks the protocol of envs/desktop/playhouse_window/protocol.h
  double start_timeout_s = 20.0;         // until its window has drawn
};

/// A file written below {home} before the start.
struct ProfileFile {
  std::string name;  // relative to {home}
  std::string text;
};

/// Which window is the game's; empty fields match all windows of the program.
struct WindowProfile {
  std::string window_class;
  std::string title;
  int width_px = 640;  // of its client area, and of the screen made for it when there is none
  int height_px = 480;
};

/// What is true of the game, for its recordings and for whoever plays it.
struct GameFacts {
  std::string world_version;  // of the game's rules, where recordings of several have to be told apart
  double frame_rate_hz = 35.0;
  double action_rate_hz = 15.0;           // of the action clock, where a contract says nothing else
  double field_of_view_deg = 0.0;         // horizontal; 0: not 3D
  double counts_per_turn = 0.0;           // mouse counts per 360 degrees; 0: does not turn
  std::string cursor = "hidden";          // "hidden", "drawn" or "not drawn"
  std::vector<std::string> controls;      // what may be pressed; all else is refused by the guard
  std::vector<std::string> key_bindings;  // "w=walk forward"
};

struct TaskProfile {
  std::vector<std::string> families;  // what can be asked for
  std::string judge = "none";         // "none", "doom_pickups" or "program": it tells itself
  double time_limit_s = 60.0;
};

struct GameProfile {
  int version = kProfileVersion;
  std::string name;
  std::string title;
  ProgramProfile program;
  std::vector<ProfileFile> files;
  WindowProfile window;
  GameFacts game;
  TaskProfile tasks;
};

void describe(ConfigVisitor& v, GameProfile& profile);

/// Reads a profile: the name of a shipped one ("doom") or the path of a TOML file. Throws Error(kConfig) with every
/// problem, Error(kVersion) for a newer one, Error(kFile) naming the nearest shipped one.
[[nodiscard]] GameProfile load_profile(const std::string& name_or_path);

/// Problems of a profile beyond single fields (unknown controls, no command, ...), one line each.
[[nodiscard]] std::vector<std::string> validate(const GameProfile& profile);

/// The facts as recordings store them.
[[nodiscard]] SourceFacts source_facts(const GameProfile& profile);

/// What is missing on this machine, one line each, ending with how to install it; empty when the game can be started.
[[nodiscard]] std::vector<std::string> missing_parts(const GameProfile& profile);

/// `text` with {home} and {bin} replaced.
[[nodiscard]] std::string fill_placeholders(std::string text, const std::filesystem::path& home);

/// Writes the profile's files below `home`.
void write_profile_files(const GameProfile& profile, const std::filesystem::path& home);

}  // namespace atl::envs::desktop
