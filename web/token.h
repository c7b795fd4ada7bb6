// Random tokens that stand in the address of a page, and how they are compared.
#pragma once

#include <string>
#include <string_view>

namespace atl::web {

/// 128 bits from the kernel as 32 hexadecimal digits. Throws Error(kDevice) if it gives none.
[[nodiscard]] std::string draw_token();

/// Whether both are equal, in a time that does not depend on where they differ.
[[nodiscard]] bool is_equal_token(std::string_view given, std::string_view expected);

/// Whether a Host header names the server at `host`:`port` itself: that very address, localhost or a loopback number
/// where it listens there, any address in numbers where it listens on all of them. Names of others are refused: a page
/// of theirs would otherwise reach this server through a name that points here.
[[nodiscard]] bool is_own_host(std::string_view header, std::string_view host, int port);

}  // namespace atl::web
