#include "envs/desktop/playhouse_window/instruction_line.h"

#include "envs/desktop/playhouse_window/lettering.h"
#include "envs/desktop/playhouse_window/strip.h"
#include "envs/desktop/playhouse_window/view_layout.h"

#include <algorithm>
#include <vector>

namespace atl::envs::desktop {
namespace {

using lettering::kFaint;
using lettering::kLine;
using lettering::kText;

constexpr int kMargin = 6;  // dots
constexpr int kMaxColumns = 72;
constexpr int kMaxTextLines = 6;
constexpr int kMaxProblemLines = 5;

constexpr std::uint32_t kEdge = 0x5c6b80;
constexpr std::uint32_t kField = 0x0e1014;

constexpr std::string_view kTitle = "What is to be done?";
constexpr std::string_view kExample = "As: pick up the red ball, then go to the table";

}  // namespace

InstructionLine::Reply InstructionLine::take(const Keystroke& stroke) {
  if (stroke.repeats && !has_begun_) return Reply::kNothing;
  has_begun_ = true;
  const std::string_view name = stroke.control ? info_of(*stroke.control).name : std::string_view();
  if (!stroke.repeats && (name == "enter" || name == "keypad_enter")) return Reply::kDone;
  if (!stroke.repeats && name == "escape") return Reply::kCancelled;
  if (name == "backspace" && !text_.empty()) text_.pop_back();
  for (const char sign : stroke.text) {
    if (sign >= ' ' && sign <= '~' && text_.size() < kMaxLength) text_ += sign;
  }
  return Reply::kNothing;
}

void InstructionLine::draw(const Picture& picture) const {
  const FrameSize window{picture.width, picture.height};
  const int scale = text_scale(window);
  const int columns = std::clamp((picture.width / scale - 4 * kMargin) / kGlyphWidth, 10, kMaxColumns);
  const std::vector<std::string> typed = wrap(text_ + "_", columns, kMaxTextLines);
  const std::vector<std::string> below = wrap(problem_.empty() ? kExample : problem_, columns, kMaxProblemLines);

  // Dots from here on.
  const int width = columns * kGlyphWidth + 2 * kMargin;
  const auto field = static_cast<int>(typed.size()) * kLine + 2;
  const int height = 2 * kMargin + kLine + field + 5 + static_cast<int>(below.size()) * kLine;
  const int left = (picture.width / scale - width) / 2;
  const int top = std::max((picture.height - strip_height(window)) / scale - height - 2 * kMargin, 1);
  const auto fill = [&](int x, int y, int w, int h, std::uint32_t rgb) {
    picture.fill(x * scale, y * scale, (x + w) * scale, (y + h) * scale, rgb);
  };
  const auto write = [&](int y, std::uint32_t rgb, std::string_view text) {
    draw_text(picture, (left + kMargin) * scale, y * scale, scale, rgb, text);
  };
  fill(left - 1, top - 1, width + 2, height + 2, kEdge);
  fill(left, top, width, height, lettering::kGround);
  int y = top + kMargin;
  write(y, kText, kTitle);
  y += kLine;
  fill(left + kMargin - 3, y, width - 2 * kMargin + 6, field, kField);
  y += 3;
  for (const std::string& line : typed) write(y, lettering::kStrong, line), y += kLine;
  y += 4;
  for (const std::string& line : below) write(y, problem_.empty() ? kFaint : lettering::kBad, line), y += kLine;
}

}  // namespace atl::envs::desktop
