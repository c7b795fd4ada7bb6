// Judge kind "replay": a binary file that the game writes at the end of a level, read at fixed places.
#pragma once

#include "envs/desktop/judges/sensor.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// "NAME TYPE OFFSET": types u8, i16, u16, i32, u32, f32, little-endian (i32be and so on: big-endian); text:N is N
/// bytes up to the first zero. "size", the length of the file, is always read.
class ReplayField {
 public:
  /// Throws Error(kConfig) with what is wrong in `text`.
  explicit ReplayField(const std::string& text);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Nothing if the file ends before it.
  [[nodiscard]] std::optional<ReadingValue> read(std::span<const std::uint8_t> bytes) const;

 private:
  std::string name_;
  char kind_ = 'i';  // i, u, f: a number; t: text
  std::size_t size_ = 4;
  std::size_t offset_ = 0;
  bool is_big_endian_ = false;
};

/// Readings: one whenever the file was written anew and holds every field.
[[nodiscard]] std::unique_ptr<Sensor> create_replay_sensor(const JudgeProfile& judge);

}  // namespace atl::envs::desktop
