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

struct DeskScreenConfig {
  std::string display{};       // empty: the one the process was started on
  ControlSet keys{};           // the recorder's; all others are forgotten at once
  bool has_indicator = true;   // the words are shown
  bool hears_devices = false;  // keys come from the kernel's devices, as on Wayland, and not from the display
};

/// Throws Error(kDevice) when the display or the devices cannot be used, Error(kUsage) in builds without a desktop.
[[nodiscard]] std::unique_ptr<DeskScreen> create_desk_screen(const DeskScreenConfig& config);

}  // namespace atl::tools
