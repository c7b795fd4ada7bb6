// What is asked for, over the game: a line for the player in a window of its own that takes no input and is in no
// picture of the game's window.
#pragma once

#include "core/frame.h"

#include <memory>
#include <string>

namespace atl::tools {

class InstructionOverlay {
 public:
  /// On `display` (":77"). Shows nothing yet. Throws Error(kDevice).
  explicit InstructionOverlay(const std::string& display);
  InstructionOverlay(const InstructionOverlay&) = delete;
  InstructionOverlay& operator=(const InstructionOverlay&) = delete;
  ~InstructionOverlay();

  /// Shows `text` at the top of `window` (px of the screen), in several lines where it is long; empty: nothing. Any
  /// thread; returns at once.
  void show(const std::string& text, const WindowGeometry& window);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::tools
