// The second part of messages: structs as MessagePack maps, by the same `describe` that configs use (core/config.h).
//
// What comes from a socket is data and nothing else: maps, arrays, text in UTF-8, numbers, booleans. Depth, number of
// values and bytes are bounded before anything is built. Unknown and doubled keys are refused, so are numbers outside a
// field's limits; fields that are not there keep their defaults.
#pragma once

#include "core/config.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::net {

using Bytes = std::vector<std::uint8_t>;

inline constexpr int kMaxPackDepth = 8;

struct PackLimits {
  std::size_t max_bytes = std::size_t{1} << 16;
  std::size_t max_values = 8192;  // of every kind, keys included
};

namespace detail {
[[nodiscard]] std::unique_ptr<ConfigVisitor> create_pack_writer();
[[nodiscard]] Bytes bytes_of(ConfigVisitor& writer);
[[nodiscard]] std::unique_ptr<ConfigVisitor> create_pack_reader(std::span<const std::uint8_t> bytes,
                                                                std::string_view what, const PackLimits& limits);
void finish_reading(ConfigVisitor& reader);
}  // namespace detail

/// The struct as one MessagePack map, every field written out.
template <class T>
[[nodiscard]] Bytes pack(const T& value) {
  T copy = value;
  const std::unique_ptr<ConfigVisitor> writer = detail::create_pack_writer();
  describe(*writer, copy);
  return detail::bytes_of(*writer);
}

/// The struct from bytes; none at all stand for an empty map. `what` names the message in errors. Throws Error(kFormat)
/// with every problem: key, value found, value expected.
template <class T>
[[nodiscard]] T unpack(std::span<const std::uint8_t> bytes, std::string_view what, const PackLimits& limits = {}) {
  const std::unique_ptr<ConfigVisitor> reader = detail::create_pack_reader(bytes, what, limits);
  T value;
  describe(*reader, value);
  detail::finish_reading(*reader);
  return value;
}

}  // namespace atl::net
