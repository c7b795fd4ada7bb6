// SHA-256 (FIPS 180-4, section 6.2): names weights, so that what was computed with them is never taken for another's.
// Used by agent/ and trainer/. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace atl::agent {

/// 64 digits of lower-case hexadecimal, as sha256sum prints them.
[[nodiscard]] std::string sha256_of(std::string_view bytes);

}  // namespace atl::agent
