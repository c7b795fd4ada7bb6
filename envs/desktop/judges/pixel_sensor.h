// Judge kind "pixels": colours, brightness and change of places in the picture.
#pragma once

#include "envs/desktop/judges/sensor.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// "NAME share X Y W H RRGGBB TOLERANCE": the share (0 to 1) of the pixels whose red, green and blue are all within
/// TOLERANCE of the colour. "NAME mean X Y W H": their brightness, 0 to 255. "NAME change X Y W H": the mean difference
/// (0 to 255) to a first picture. Places in px of the window, from its top left.
class PixelField {
 public:
  /// Throws Error(kConfig) with what is wrong in `text`.
  explicit PixelField(const std::string& text);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Nothing if the place lies outside the picture; "change" also where `first` has another size.
  [[nodiscard]] std::optional<double> read(ImageView picture, ImageView first) const;

 private:
  template <class Value>
  [[nodiscard]] double mean_of(ImageView picture, Value value) const;

  std::string name_;
  std::string what_;
  std::array<int, 4> place_{};   // x, y, width, height
  std::array<int, 3> colour_{};  // B, G, R
  int tolerance_ = 0;
};

/// Readings: one a picture, with every field that can be read.
[[nodiscard]] std::unique_ptr<Sensor> create_pixel_sensor(const JudgeProfile& judge);

}  // namespace atl::envs::desktop
