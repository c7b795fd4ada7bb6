// What commands that serve a page share: where it is served, and how its address is told.
#pragma once

#include "web/http_server.h"

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace atl::tools {

struct WebFlags {
  std::string address = "127.0.0.1:0";
};
void add_web_flags(CLI::App& app, WebFlags& flags);

/// Throws Error(kUsage) for what is no HOST:PORT. Warns about a host beyond this machine.
[[nodiscard]] web::ServerOptions server_options(const WebFlags& flags);

/// Tells the page's address on stdout, at once.
void announce_page(std::string_view page, const web::HttpServer& server, bool json);

/// Returns when the process is asked to stop.
void wait_for_stop();

/// Of whoever runs this program.
[[nodiscard]] std::string login_name();

}  // namespace atl::tools
