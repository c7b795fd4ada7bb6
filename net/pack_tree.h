// A MessagePack document as a flat list of values: what net/pack.h reads structs from. Built without recursion and
// within bounds, whatever the bytes are.
#pragma once

#include "net/pack.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::net {

enum class PackKind : std::uint8_t { kNil, kBool, kUnsigned, kNegative, kDouble, kText, kArray, kMap };

struct PackValue {
  PackKind kind = PackKind::kNil;
  std::uint32_t count = 0;     // elements of an array, pairs of a map
  std::uint32_t end = 0;       // index after the last value inside it, in the list
  std::uint64_t number = 0;    // kBool, kUnsigned; kNegative: the int64's bits; kDouble: the double's bits
  std::string_view text = {};  // kText: in the bytes that were parsed
};

/// The document, its outermost value first; containers are followed by what they hold, maps by key and value in turn.
/// Texts point into `bytes`. Throws Error(kFormat), beginning with `what`, for bytes that are no single map, end early,
/// go on after their end, hold binary or extension types, text that is no UTF-8, keys that are no text, or exceed the
/// limits.
[[nodiscard]] std::vector<PackValue> parse_pack(std::span<const std::uint8_t> bytes, std::string_view what,
                                                const PackLimits& limits);

/// The value in words, for messages: `"text"`, `-3`, `a map`.
[[nodiscard]] std::string shown(const PackValue& value);

}  // namespace atl::net
