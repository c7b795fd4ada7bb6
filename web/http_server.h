// A small HTTP server for pages on this machine: the setter's page and the labelling page stand on it.
//
// Who may talk to it: whoever knows the random token, which is the first part of every path; requests whose Host header
// is not this server's own address are refused (DNS rebinding), as are posts that come from another page's Origin.
// Bodies and headers are bounded. Answers are never cached, and pages may load nothing from elsewhere.
// Handlers run on threads of the server, several at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace atl::web {

struct ServerOptions {
  std::string host = "127.0.0.1";         // beyond this machine only when told: everything travels in the clear
  int port = 0;                           // 0: any free one
  std::size_t most_body_bytes = 1 << 20;  // of a request
};

struct HttpRequest {
  std::map<std::string, std::string> query;
  std::string body;

  /// The value of `name` in the query. Throws Error(kUsage) where it is missing or no number.
  [[nodiscard]] const std::string& text(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] std::size_t index(const std::string& name) const;
};

struct HttpAnswer {
  int status = 200;
  std::string type = "application/json";
  std::string body{};
};

/// An Error becomes a JSON object {"error": message}: status 400 for kUsage, 500 for others.
using HttpHandler = std::function<HttpAnswer(const HttpRequest&)>;

class HttpServer {
 public:
  /// Binds the port and draws the token; nothing is answered before `start`. Throws Error(kNetwork) naming the address.
  explicit HttpServer(const ServerOptions& options);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Stops.
  ~HttpServer();

  /// `path` without the token: "api/edit"; "" is the page itself. Before `start`.
  void on_get(const std::string& path, HttpHandler handler);
  void on_post(const std::string& path, HttpHandler handler);

  void start();
  /// Ends within about a second, whatever the clients do: handlers that wait look at `is_stopping`.
  void stop();
  [[nodiscard]] bool is_stopping() const;

  /// "http://127.0.0.1:41234/0f3a.../": give it to nobody but the one who is to use the page.
  [[nodiscard]] std::string url() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::web
