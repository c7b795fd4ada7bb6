#include "web/pages.h"

#include "core/error.h"

#include <fmt/format.h>

#include <string>

namespace atl::web {

namespace {

void serve_file(HttpServer& server, const std::string& path, std::string_view text, std::string type) {
  server.on_get(path, [text, type = std::move(type)](const HttpRequest&) {
    return HttpAnswer{.type = type, .body = std::string(text)};
  });
}

}  // namespace

void serve_page(HttpServer& server, std::string_view page) {
  serve_file(server, "", page_file(fmt::format("{}.html", page)), "text/html; charset=utf-8");
  const std::string script = fmt::format("{}.js", page);
  serve_file(server, script, page_file(script), "text/javascript; charset=utf-8");
  for (const std::string& style : {fmt::format("{}.css", page), std::string("common.css")})
    serve_file(server, style, page_file(style), "text/css; charset=utf-8");
}

}  // namespace atl::web
