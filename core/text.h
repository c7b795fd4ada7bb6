// Small text functions that error messages share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace atl {

/// The candidate with the smallest Levenshtein distance to `name` (the first of equals); empty if there is none.
[[nodiscard]] std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// 16 lower-case hexadecimal digits: how hashes are written in files.
[[nodiscard]] std::string to_hex(std::uint64_t value);

}  // namespace atl
