// Small text functions that error messages share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace atl {

/// Levenshtein distance in bytes: how many have to be inserted, removed or replaced.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate with the smallest edit distance to `name` (the first of equals); empty if there is none.
[[nodiscard]] std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// 16 lower-case hexadecimal digits: how hashes are written in files.
[[nodiscard]] std::string to_hex(std::uint64_t value);

}  // namespace atl
