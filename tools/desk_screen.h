// The part of a recorder's desk that needs a display: hears the keys, shows the words. A thread of its own, so that
// neither waits for the recording nor the recording for the display.
#pragma once

#include "core/controls.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace atl::tools {

enum class DeskTone : std::uint8_t { kRecording, kPaused, kWarning };

struct DeskWords {
  DeskTone tone = DeskTone::kRecording;
  std::vector<std::string> lines{};
  friend bool operator==(const DeskWords&, const DeskWords&) = default;
};

class DeskScreen {
 public:
  virtual ~DeskScreen() = default;
  /// Presses of the recorder's keys since the last call, in order. Never blocks.
  [[nodiscard]] virtual std::vector<Control> poll_presses() = 0;
  /// Never blocks; the words are on the screen a tenth of a second later at most.
  virtual void show(DeskWords words) = 0;
};

/// All other keys are forgotten at once. Throws Error(kDevice) when the display cannot be used, Error(kUsage) in builds
/// without a desktop.
[[nodiscard]] std::unique_ptr<DeskScreen> create_desk_screen(const std::string& display, const ControlSet& keys,
                                                             bool has_indicator);

}  // namespace atl::tools
