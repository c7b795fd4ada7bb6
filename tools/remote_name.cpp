#include "tools/remote_name.h"

#include "core/version.h"

#include <fmt/format.h>

namespace atl::tools {

std::optional<std::string> remote_address(const std::string& name) {
  constexpr std::string_view kPrefix = "remote:";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  return name.substr(kPrefix.size());
}

net::ClientOptions remote_options(const std::string& address, const std::string& keys) {
  return {.address = address, .keys = keys, .name = fmt::format("atoll {}", version())};
}

}  // namespace atl::tools
