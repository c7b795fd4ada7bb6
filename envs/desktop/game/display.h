// The screen that a game runs on: the one that Atoll was started on, or an Xvfb of its own where there is none.
#pragma once

#include "core/files.h"
#include "core/frame.h"
#include "envs/desktop/game/child_process.h"

#include <memory>
#include <optional>
#include <string>

namespace atl::envs::desktop {

enum class DisplayChoice {
  kDesktop,  // DISPLAY where it is set, else a virtual one
  kVirtual,  // always one of our own: no person's windows and input come in between
};

class GameDisplay {
 public:
  /// `screen`: size of a virtual one, at least the game's window. Blocks until it takes connections. Throws
  /// Error(kEnvironment) when Xvfb is missing, or with what it said when it does not start.
  GameDisplay(DisplayChoice choice, FrameSize screen);

  [[nodiscard]] const std::string& name() const { return name_; }  // ":77"
  [[nodiscard]] bool is_virtual() const { return server_ != nullptr; }
  /// Throws Error(kEnvironment) with what Xvfb said if it has ended.
  void check();

 private:
  void start_virtual(FrameSize screen);
  [[nodiscard]] std::string words_of_server() const;

  std::string name_;
  std::optional<TemporaryFolder> log_;    // of Xvfb
  std::unique_ptr<ChildProcess> server_;  // Xvfb; ended with this object
};

}  // namespace atl::envs::desktop
