// Words in a corner of the screen for the person who sits before it: who has control, what is recorded. A window above
// all others that takes neither focus nor input (clicks go through it), and that no capture of another window shows.
// One thread, that of the connection.
#pragma once

#include "core/frame.h"
#include "x11/connection.h"

#include <cstdint>
#include <span>
#include <string>

namespace atl::x11 {

struct OverlayLine {
  std::string text;               // in the letters of core/draw_text.h
  std::uint32_t rgb = 0xf4f4f0u;  // 0xRRGGBB
};

enum class Corner : std::uint8_t { kTopRight, kTopLeft, kBottomRight, kBottomLeft };

class Overlay {
 public:
  /// Shows nothing yet. Borrows `connection`. Throws Error(kDevice) without XFIXES 2 or where the screen is not of 24
  /// bits.
  explicit Overlay(const Connection& connection);
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
  /// The words go.
  ~Overlay();

  /// Size in px of what `show` draws.
  [[nodiscard]] static FrameSize size_of(std::span<const OverlayLine> lines);

  /// Shows `lines` on `ground_rgb` in `corner` of `area` (px of the screen: x11::client_area of the root window, or of
  /// another). Replaces what was shown.
  void show(std::span<const OverlayLine> lines, std::uint32_t ground_rgb, const WindowGeometry& area, Corner corner);
  void hide();

  /// To be shown what the connection reads; true if it was about this window.
  bool on_event(const Event& event);
  /// Whether another window lies above: then `raise` once in a while. (At once would be a fight between two windows
  /// that both want to be on top.)
  [[nodiscard]] bool is_covered() const { return is_covered_; }
  void raise();

  [[nodiscard]] std::uint32_t window() const { return window_; }

 private:
  const Connection& connection_;
  std::uint32_t window_ = 0;
  std::uint32_t context_ = 0;
  bool is_covered_ = false;
};

/// The corner of `area` in which a picture of `size` hides least of `avoided`: the top right one if all are alike.
[[nodiscard]] Corner corner_beside(const WindowGeometry& avoided, const WindowGeometry& area, FrameSize size);

}  // namespace atl::x11
