// The line in which a person types what is to be done, as a box over the house. Holds no window and knows no language:
// keystrokes go in, words and pixels come out. One thread.
#pragma once

#include "envs/desktop/playhouse_window/overlay.h"
#include "envs/desktop/playhouse_window/window_input.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atl::envs::desktop {

class InstructionLine final : public Overlay {
 public:
  static constexpr std::size_t kMaxLength = 200;  // signs; what is typed beyond is left out

  enum class Reply : std::uint8_t {
    kNothing,
    kDone,  // Enter
    kCancelled,
  };
  /// Backspace takes the last sign away, Enter and Escape say that it is finished; signs of ASCII are kept. The key
  /// that opened the line does nothing while it stays down.
  Reply take(const Keystroke& stroke);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// Says what is wrong with the text, which stays to be mended.
  void refuse(std::string problem) { problem_ = std::move(problem); }
  [[nodiscard]] const std::string& problem() const { return problem_; }

  /// In the lower part of `picture`, above the strip of words (view_layout.h).
  void draw(const Picture& picture) const override;

 private:
  std::string text_;
  std::string problem_;
  bool has_begun_ = false;  // a key was pressed since the line was opened
};

}  // namespace atl::envs::desktop
