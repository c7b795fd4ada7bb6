// Worlds and policies that live elsewhere are named `remote:ADDRESS` wherever a world or a run is named.
#pragma once

#include "net/client.h"

#include <optional>
#include <string>

namespace atl::tools {

/// ADDRESS, or nothing where `name` is no such name.
[[nodiscard]] std::optional<std::string> remote_address(const std::string& name);

/// How to connect to `address` with the keys in the folder `keys` (empty: plain).
[[nodiscard]] net::ClientOptions remote_options(const std::string& address, const std::string& keys);

}  // namespace atl::tools
