#include "net/address.h"

#include "core/error.h"

#include <algorithm>
#include <charconv>

namespace atl::net {
namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";
constexpr std::size_t kMaxIpcPath = 107;  // sockaddr_un::sun_path without its end

[[noreturn]] void refuse(std::string_view text, std::string_view problem) {
  fail(ErrorKind::kUsage, "\"{}\" is no address: {}; expected tcp://HOST:PORT, HOST:PORT or ipc://PATH", text, problem);
}

bool is_host(std::string_view host) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '[' || c == ']';
  };
  return !host.empty() && std::all_of(host.begin(), host.end(), fits);
}

std::string_view host_of(std::string_view address) {
  const std::string_view rest = address.substr(kTcp.size());
  return rest.substr(0, rest.rfind(':'));
}

// 127.A.B.C with each a number up to 255: a name that merely begins with "127." is not this machine.
bool is_loopback_v4(std::string_view host) {
  int fields = 0;
  for (std::size_t begin = 0; begin <= host.size(); ++fields) {
    const std::size_t dot = std::min(host.find('.', begin), host.size());
    unsigned value = 256;
    const auto [end, error] = std::from_chars(host.data() + begin, host.data() + dot, value);
    if (error != std::errc{} || end != host.data() + dot || value > 255 || (fields == 0 && value != 127)) return false;
    begin = dot + 1;
  }
  return fields == 4;
}

void check_tcp(std::string_view text, std::string_view rest, bool for_bind) {
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) refuse(text, "it names no port");
  const std::string_view host = rest.substr(0, colon);
  const std::string_view port = rest.substr(colon + 1);
  if (!(for_bind && host == "*") && !is_host(host)) refuse(text, "its host is not a name or number");
  if (for_bind && port == "*") return;
  unsigned number = 65536;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool is_number = error == std::errc{} && end == port.data() + port.size();
  if (!is_number || number > 65535 || (number == 0 && !for_bind)) refuse(text, "its port is not a number, 1 to 65535");
}

}  // namespace

std::string parse_address(std::string_view text, bool for_bind) {
  if (text.starts_with(kIpc)) {
    const std::string_view path = text.substr(kIpc.size());
    if (path.empty()) refuse(text, "it names no file");
    if (path.size() > kMaxIpcPath)
      refuse(text, fmt::format("its path has {} characters, at most {} fit", path.size(), kMaxIpcPath));
    return std::string(text);
  }
  const bool is_full = text.starts_with(kTcp);
  if (!is_full && text.find("://") != std::string_view::npos) refuse(text, "its transport is not known");
  const std::string_view rest = is_full ? text.substr(kTcp.size()) : text;
  check_tcp(text, rest, for_bind);
  return std::string(kTcp) + std::string(rest);
}

bool is_local(std::string_view address) {
  if (address.starts_with(kIpc)) return true;
  const std::string_view host = host_of(address);
  return host == "localhost" || host == "[::1]" || host == "::1" || is_loopback_v4(host);
}

void require_keys(std::string_view address, bool has_keys, bool for_bind) {
  if (has_keys || is_local(address)) return;
  fail(ErrorKind::kNetwork,
       "{0} can be reached from other machines and no keys were given: {1} stays on 127.0.0.1 without keys. Make keys "
       "with `atoll serve --make-keys DIR` and give {2}",
       address, for_bind ? "a server" : "a client",
       for_bind ? "--keys DIR/server" : "DIR/client (world.keys or policy.keys)");
}

}  // namespace atl::net
