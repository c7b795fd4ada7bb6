// `--setter` of `atoll record` and `atoll play`: serves the page and brings its words into the session and onto the
// player's screen. Builds without a desktop refuse it.
#pragma once

#include "session/setter.h"

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace atl::tools {

struct SetterFlags {
  bool serve = false;
  std::string address = "127.0.0.1:0";
};
void add_setter_flags(CLI::App& app, SetterFlags& flags);

class SetterRun {
 public:
  virtual ~SetterRun() = default;
  [[nodiscard]] virtual session::SetterRoom& room() = 0;
  /// Shows what is asked for on the screen that `world` is on, over its window.
  virtual void show_beside(const envs::LiveEnvironment& world) = 0;
};

/// Serves the page and tells its address on stderr, which `--json` leaves free.
[[nodiscard]] std::unique_ptr<SetterRun> start_setter(const SetterFlags& flags, const std::string& title);

}  // namespace atl::tools
