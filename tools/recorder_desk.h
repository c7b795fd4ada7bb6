// The desk of `atoll record`: keys that work whatever window has the focus, and a line on the screen that tells the
// person what is recorded and what is wrong. Neither is part of the recording: the line is a window of its own, which
// no capture of another window shows, and the keys are taken out of the input.
#pragma once

#include "core/config.h"
#include "session/live_desk.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace atl::tools {

/// The table `record.hotkeys`: names of keys; "" for none.
struct HotkeyConfig {
  std::string success = "f7";   // ends the episode: done what was asked for
  std::string failure = "f8";   // ends the episode: not done
  std::string pause = "f9";     // stops recording, and goes on with it
  std::string mark = "f10";     // marks the moment
  std::string discard = "f11";  // pressed twice: ends the episode, which is not to be used
};

void describe(ConfigVisitor& v, HotkeyConfig& config);

/// What is wrong with the keys, one line each: unknown, given twice, the guard's kill key, or used by the world.
[[nodiscard]] std::vector<std::string> problems_of(const HotkeyConfig& config,
                                                   const std::vector<std::string>& world_controls);

class RecorderDesk : public session::LiveDesk {
 public:
  /// Says for a few seconds why the recording ended; blocks meanwhile.
  virtual void tell_end(const std::string& reason) = 0;
};

struct DeskConfig {
  std::string display{};  // empty: the one the process was started on
  HotkeyConfig hotkeys{};
  bool has_screen = true;         // false: a person sees and presses nothing; warnings are logged alone
  bool has_indicator = true;      // the line on the screen
  bool hears_devices = false;     // as DeskScreenConfig
  std::function<void()> on_mark;  // called by poll_wishes
  std::function<std::vector<std::string>()> more_warnings{};  // beside those of the session; called by show
};

/// Where the display cannot be used, that is logged and there are neither keys nor a line. Warnings go to the log too,
/// each when it begins and at most every ten seconds.
[[nodiscard]] std::unique_ptr<RecorderDesk> create_recorder_desk(DeskConfig config);

}  // namespace atl::tools
