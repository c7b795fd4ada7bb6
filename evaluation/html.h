// What the pages that Atoll writes share: text and files inside HTML.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace atl::evaluation {

/// `text` with the characters that mean something in HTML replaced; safe as content and inside double quotes.
[[nodiscard]] std::string escape_html(std::string_view text);

/// Bytes for a data URL (RFC 4648, section 4).
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace atl::evaluation
