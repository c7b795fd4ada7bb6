#include "tools/web_flags.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>

namespace atl::tools {

void add_web_flags(CLI::App& app, WebFlags& flags) {
  app.add_option(
         "--address", flags.address,
         "HOST:PORT of the page (port 0: any free one); another host than 127.0.0.1 shows it to other machines, "
         "without encryption, to whoever knows its address")
      ->capture_default_str();
}

web::ServerOptions server_options(const WebFlags& flags) {
  const std::size_t colon = flags.address.rfind(':');
  int port = -1;
  if (colon != std::string::npos && colon > 0) {
    const char* end = flags.address.data() + flags.address.size();
    const auto [stop, error] = std::from_chars(flags.address.data() + colon + 1, end, port);
    if (error != std::errc() || stop != end) port = -1;
  }
  if (port < 0 || port > 65535)
    fail(ErrorKind::kUsage, "--address {}: expected HOST:PORT, as 127.0.0.1:8080", flags.address);
  const std::string host = flags.address.substr(0, colon);
  if (!host.starts_with("127.") && host != "localhost" && host != "::1")
    log_warning("the page at {} can be reached from other machines, and everything on it is sent unencrypted", host);
  return {.host = host, .port = port};
}

void announce_page(std::string_view page, const web::HttpServer& server, bool json) {
  if (json)
    fmt::print("{}\n", nlohmann::ordered_json{{"page", page}, {"url", server.url()}}.dump());
  else
    fmt::print("{}: {}\n(the address is the key to the page: give it to nobody else; Ctrl-C ends)\n", page,
               server.url());
  std::fflush(stdout);  // whoever started us waits for the address
}

void wait_for_stop() {
  SystemClock clock;
  while (!stop_requested()) clock.sleep_until(MonotonicClock::now() + std::chrono::milliseconds(50));
}

std::string login_name() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr && entry->pw_name != nullptr ? entry->pw_name : "annotator";
}

}  // namespace atl::tools
