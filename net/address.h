// Where a server is: `tcp://HOST:PORT`, `ipc://PATH`, or for short `HOST:PORT`. Says which addresses stay on this
// machine: those may be plain, every other one demands keys (net/keys.h).
#pragma once

#include <string>
#include <string_view>

namespace atl::net {

/// The address in full: "127.0.0.1:5555" becomes "tcp://127.0.0.1:5555". Throws Error(kUsage) for what is no address;
/// the port may be 0 or `*` (any free one) and the host `*` (all interfaces) only where `for_bind`.
[[nodiscard]] std::string parse_address(std::string_view text, bool for_bind);

/// Whether nobody but this machine reaches `address`, as `parse_address` gave it: ipc, and tcp at 127.0.0.0/8, [::1]
/// or localhost.
[[nodiscard]] bool is_local(std::string_view address);

/// Throws Error(kNetwork), saying how keys are made, unless `address` is local or `has_keys`.
void require_keys(std::string_view address, bool has_keys, bool for_bind);

}  // namespace atl::net
