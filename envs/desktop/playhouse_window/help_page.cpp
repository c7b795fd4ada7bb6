#include "envs/desktop/playhouse_window/help_page.h"

#include "envs/desktop/playhouse_window/lettering.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace atl::envs::desktop {
namespace {

using lettering::kFaint;
using lettering::kGround;
using lettering::kLine;
using lettering::kStrong;
using lettering::kText;

// Dots.
constexpr int kWidth = 54 * kGlyphWidth;
constexpr int kKeyColumn = 36 * kGlyphWidth;
constexpr int kRowsTop = 3;                         // lines above the first row
constexpr int kLines = kRowsTop + kNumKeyUses + 5;  // with those below

constexpr std::uint32_t kChosen = 0x3d4a5c;

}  // namespace

HelpPage::Reply HelpPage::press(Control control) {
  if (waits_for_key_) {
    waits_for_key_ = false;
    const auto use = static_cast<KeyUse>(chosen_);
    if (bindings_.control_of(use) == control) return Reply::kNothing;
    bindings_.bind(use, control);
    return Reply::kChanged;
  }
  const std::string_view name = info_of(control).name;
  if (name == "up") chosen_ = (chosen_ + kNumKeyUses - 1) % kNumKeyUses;
  if (name == "down") chosen_ = (chosen_ + 1) % kNumKeyUses;
  if (name == "enter") waits_for_key_ = true;
  if (name == "backspace" && bindings_ != KeyBindings()) {
    bindings_ = KeyBindings();
    return Reply::kChanged;
  }
  const bool closes = name == "escape" || control == bindings_.control_of(KeyUse::kHelp);
  return closes ? Reply::kClose : Reply::kNothing;
}

void HelpPage::draw(const Picture& picture) const {
  picture.fill(0, 0, picture.width, picture.height, kGround);
  const int scale = std::max(std::min(picture.height / (kLines * kLine), picture.width / kWidth), 1);
  const int left = std::max((picture.width - kWidth * scale) / 2, 0);
  const int top = std::max((picture.height - kLines * kLine * scale) / 2, 0);
  const auto write = [&](int line, std::uint32_t rgb, std::string_view text) {
    draw_text(picture, left, top + line * kLine * scale, scale, rgb, text);
  };
  write(0, kText, "Playhouse");
  write(1, kFaint, "The mouse looks around; its wheel moves what is held");
  for (int row = 0; row < kNumKeyUses; ++row)
    draw_row(picture, left, top + (kRowsTop + row) * kLine * scale, scale, static_cast<KeyUse>(row));
  const int below = kRowsTop + kNumKeyUses + 1;
  if (waits_for_key_) {
    write(below, kStrong, fmt::format("Press the new key for: {}", meaning_of(static_cast<KeyUse>(chosen_))));
  } else {
    write(below, kText, "Up, down, enter: another key   Backspace: usual keys");
  }
  write(below + 1, kFaint,
        fmt::format("{} or escape: back to the house", words_of(bindings_.control_of(KeyUse::kHelp))));
  if (!keys_place_.empty()) write(below + 2, kFaint, fmt::format("Kept in {}", keys_place_));
}

void HelpPage::draw_row(const Picture& picture, int left, int top, int scale, KeyUse use) const {
  if (static_cast<int>(use) == chosen_)
    picture.fill(left - 3 * scale, top - 2 * scale, left + kWidth * scale, top + (kLine - 2) * scale, kChosen);
  draw_text(picture, left, top, scale, kText, meaning_of(use));
  const bool waits = waits_for_key_ && static_cast<int>(use) == chosen_;
  draw_text(picture, left + kKeyColumn * scale, top, scale, kStrong, waits ? "?" : words_of(bindings_.control_of(use)));
}

}  // namespace atl::envs::desktop
