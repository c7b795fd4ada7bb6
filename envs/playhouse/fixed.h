// Fixed-point arithmetic of Playhouse: everything that decides what happens or what is drawn is made of these integers,
// so that the same seed and actions give the same bits on every machine and compiler. No libm, no floating point.
//
// Lengths: metres in Q16. Angles: counts, 4096 to a turn, clockwise seen from above: 0 looks along +y, 1024 along +x.
// Sines: Q16.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace atl::envs::playhouse {

inline constexpr std::int32_t kMetre = 1 << 16;
inline constexpr std::int32_t kTurn = 4096;  // counts of the mouse in a whole turn, too

/// `cm` centimetres as Q16 metres, rounded down.
[[nodiscard]] constexpr std::int32_t from_cm(std::int32_t cm) { return cm * kMetre / 100; }
/// Whole degrees as counts, rounded half away from zero.
[[nodiscard]] constexpr std::int32_t from_degrees(std::int32_t degrees) {
  return (degrees * kTurn * 2 + (degrees < 0 ? -360 : 360)) / 720;
}

namespace detail {
/// sin(counts) in Q16 for 0..1024, by the Taylor series in Q30.
constexpr std::int32_t quarter_sine(std::int32_t counts) {
  constexpr std::int64_t kPiHalfQ30 = 1686629713;
  const std::int64_t x = kPiHalfQ30 * counts / 1024;
  const std::int64_t square = x * x >> 30;
  std::int64_t term = x;
  std::int64_t sum = x;
  for (int n = 3; n <= 15; n += 2) {
    term = -(term * square >> 30) / (n * (n - 1));
    sum += term;
  }
  return static_cast<std::int32_t>((sum + (1 << 13)) >> 14);
}

constexpr std::array<std::int32_t, kTurn + kTurn / 4> make_sines() {
  std::array<std::int32_t, kTurn + kTurn / 4> table{};
  for (std::int32_t i = 0; i <= 1024; ++i) {
    const auto at = [&](std::int32_t index) -> std::int32_t& { return table[static_cast<std::size_t>(index)]; };
    const std::int32_t value = quarter_sine(i);
    at(i) = at(2048 - i) = value;
    at(2048 + i) = -value;
    if (i > 0) at(4096 - i) = -value;
    if (i < 1024) at(4096 + i) = value;
  }
  return table;
}
inline constexpr auto kSines = make_sines();
}  // namespace detail

[[nodiscard]] constexpr std::int32_t wrap_turn(std::int32_t counts) { return counts & (kTurn - 1); }
/// The same angle in -2048 .. 2047.
[[nodiscard]] constexpr std::int32_t wrap_signed(std::int32_t counts) { return wrap_turn(counts + 2048) - 2048; }
[[nodiscard]] constexpr std::int32_t sine(std::int32_t counts) {
  return detail::kSines[static_cast<std::size_t>(wrap_turn(counts))];
}
[[nodiscard]] constexpr std::int32_t cosine(std::int32_t counts) {
  return detail::kSines[static_cast<std::size_t>(wrap_turn(counts) + 1024)];
}

/// Product of two Q16 numbers, rounded down.
[[nodiscard]] constexpr std::int32_t multiply(std::int64_t a, std::int64_t b) {
  return static_cast<std::int32_t>(a * b >> 16);
}

/// Square root, rounded down (Newton's method from above).
[[nodiscard]] constexpr std::int64_t square_root(std::int64_t value) {
  if (value <= 0) return 0;
  std::int64_t root = std::int64_t{1} << ((std::bit_width(static_cast<std::uint64_t>(value)) + 1) / 2);
  for (;;) {
    const std::int64_t next = (root + value / root) / 2;
    if (next >= root) return root;
    root = next;
  }
}

struct Vec2 {
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend constexpr Vec2 operator+(Vec2 a, Vec2 b) { return {a.x + b.x, a.y + b.y}; }
  friend constexpr Vec2 operator-(Vec2 a, Vec2 b) { return {a.x - b.x, a.y - b.y}; }
  friend constexpr bool operator==(Vec2, Vec2) = default;
};

[[nodiscard]] constexpr std::int64_t square(std::int64_t value) { return value * value; }
/// Squared length, Q32.
[[nodiscard]] constexpr std::int64_t length_squared(Vec2 v) { return square(v.x) + square(v.y); }
[[nodiscard]] constexpr std::int32_t length(Vec2 v) {
  return static_cast<std::int32_t>(square_root(length_squared(v)));
}

/// `v` as seen by somebody who looks along `heading`: x to the right, y forward.
[[nodiscard]] constexpr Vec2 to_view(Vec2 v, std::int32_t heading) {
  const std::int64_t s = sine(heading);
  const std::int64_t c = cosine(heading);
  return {static_cast<std::int32_t>((v.x * c - v.y * s) >> 16), static_cast<std::int32_t>((v.x * s + v.y * c) >> 16)};
}
/// The inverse of `to_view`.
[[nodiscard]] constexpr Vec2 from_view(Vec2 v, std::int32_t heading) {
  const std::int64_t s = sine(heading);
  const std::int64_t c = cosine(heading);
  return {static_cast<std::int32_t>((v.x * c + v.y * s) >> 16), static_cast<std::int32_t>((v.y * c - v.x * s) >> 16)};
}

/// The heading that looks along `v`, rounded towards north or south, with tangents that are ratios of Q16 sines; 0 for
/// no length.
[[nodiscard]] constexpr std::int32_t heading_of(Vec2 v) {
  const std::int64_t across = v.x < 0 ? -std::int64_t{v.x} : v.x;
  const std::int64_t along = v.y < 0 ? -std::int64_t{v.y} : v.y;
  std::int32_t angle = 0;  // the largest in 0..1024 with tan(angle) <= across / along
  for (std::int32_t bit = 512; bit > 0; bit >>= 1) {
    if (sine(angle + bit) * along <= cosine(angle + bit) * across) angle += bit;
  }
  if (along == 0) angle = across == 0 ? 0 : kTurn / 4;
  if (v.y < 0) angle = 2048 - angle;
  return wrap_turn(v.x < 0 ? -angle : angle);
}

}  // namespace atl::envs::playhouse
