// The files of web/pages, which the build puts into the program.
#pragma once

#include "web/http_server.h"

#include <string_view>

namespace atl::web {

/// The text of web/pages/NAME. Throws Error(kInternal) for a file that is not there.
[[nodiscard]] std::string_view page_file(std::string_view name);

/// Serves `page`.html as the page itself, and `page`.js, `page`.css and common.css beside it.
void serve_page(HttpServer& server, std::string_view page);

}  // namespace atl::web
