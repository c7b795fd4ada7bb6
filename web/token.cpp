#include "web/token.h"

#include "core/error.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace atl::web {

std::string draw_token() {
  std::array<std::uint8_t, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    fail(ErrorKind::kDevice, "cannot draw a random token: {}", std::strerror(errno));
  std::string token;
  for (const std::uint8_t byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

bool is_equal_token(std::string_view given, std::string_view expected) {
  unsigned difference = given.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const char c = given.empty() ? '\0' : given[i % given.size()];
    difference |= static_cast<unsigned char>(c) ^ static_cast<unsigned char>(expected[i]);
  }
  return difference == 0;
}

bool is_own_host(std::string_view header, std::string_view host, int port) {
  const std::string suffix = fmt::format(":{}", port);
  if (!header.ends_with(suffix)) return false;
  header.remove_suffix(suffix.size());
  if (header == host || header == fmt::format("[{}]", host)) return true;
  const bool is_everywhere = host == "0.0.0.0" || host == "::";
  const bool is_loopback = host.starts_with("127.") || host == "::1" || host == "localhost";
  if ((is_loopback || is_everywhere) && (header == "localhost" || header == "127.0.0.1" || header == "[::1]"))
    return true;
  const auto in_numbers = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return is_everywhere && !header.empty() && std::all_of(header.begin(), header.end(), in_numbers);
}

}  // namespace atl::web
