#include "web/http_server.h"

#include "core/error.h"
#include "web/token.h"

#include <fmt/format.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <charconv>
#include <cmath>
#include <thread>

namespace atl::web {
namespace {

constexpr std::size_t kThreads = 24;     // two browsers with six connections each, some of which wait for news
constexpr time_t kFirstBytesTime_s = 1;  // a client may take so long to say what it wants,
constexpr time_t kTransferTime_s = 5;    // and stand still for so long while it says it or listens
constexpr std::size_t kMostQueryBytes = 4096;

// Pages get their scripts, styles and pictures from here and from nowhere else, and are shown inside no other page.
const httplib::Headers kSafety{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"}};

void answer_error(httplib::Response& response, int status, std::string_view message) {
  response.status = status;
  response.set_content(
      nlohmann::json{{"error", message}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      "application/json");
}

// Handed over by a provider: cpp-httplib compresses what `set_content` gets, with Brotli at its slowest, which takes
// seconds for the labels of ten hours and is worth nothing on one machine.
void answer_body(httplib::Response& response, HttpAnswer answer) {
  if (answer.body.empty()) return;
  const std::size_t size = answer.body.size();
  response.set_content_provider(
      size, answer.type,
      [body = std::move(answer.body)](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        sink.write(body.data() + offset, length);
        return true;
      });
}

}  // namespace

struct HttpServer::State {
  ServerOptions options;
  std::string token = draw_token();
  int port = 0;
  httplib::Server server;
  std::map<std::string, HttpHandler> gets;
  std::map<std::string, HttpHandler> posts;
  std::atomic<bool> stopping = false;
  std::thread thread;

  void handle(const httplib::Request& request, httplib::Response& response, bool is_post);
  [[nodiscard]] const HttpHandler* find(std::string_view path, bool is_post) const;
  [[nodiscard]] bool is_own_origin(const std::string& origin) const {
    constexpr std::string_view kScheme = "http://";
    return origin.starts_with(kScheme) && is_own_host(origin.substr(kScheme.size()), options.host, port);
  }
};

const HttpHandler* HttpServer::State::find(std::string_view path, bool is_post) const {
  const auto& handlers = is_post ? posts : gets;
  const auto found = handlers.find(std::string(path));
  return found == handlers.end() ? nullptr : &found->second;
}

void HttpServer::State::handle(const httplib::Request& request, httplib::Response& response, bool is_post) {
  if (!is_own_host(request.get_header_value("Host"), options.host, port))
    return answer_error(response, 403, "this is not the address that the page was given out with");
  if (request.has_header("Origin") && !is_own_origin(request.get_header_value("Origin")))
    return answer_error(response, 403, "requests from other pages are refused");
  // "/TOKEN/path"
  const std::string_view path = request.path;
  const std::size_t slash = path.find('/', 1);
  const std::string_view given = path.substr(1, slash == std::string_view::npos ? slash : slash - 1);
  if (!is_equal_token(given, token)) return answer_error(response, 403, "the token in the address is not right");
  if (slash == std::string_view::npos) return response.set_redirect("/" + token + "/");
  if (request.target.size() > kMostQueryBytes) return answer_error(response, 414, "the address is too long");
  const HttpHandler* handler = find(path.substr(slash + 1), is_post);
  if (handler == nullptr) return answer_error(response, 404, fmt::format("nothing at {}", path.substr(slash + 1)));
  HttpRequest inner{.query = {}, .body = request.body};
  for (const auto& [name, value] : request.params) inner.query[name] = value;
  try {
    HttpAnswer answer = (*handler)(inner);
    response.status = answer.status;
    answer_body(response, std::move(answer));
  } catch (const Error& error) {
    answer_error(response, error.kind() == ErrorKind::kUsage ? 400 : 500, error.what());
  }
}

HttpServer::HttpServer(const ServerOptions& options) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.options = options;
  httplib::Server& server = s.server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_payload_max_length(options.most_body_bytes);
  // A connection a request: on this machine one costs nothing, and none is left waiting when the server ends.
  server.set_keep_alive_max_count(1);
  server.set_keep_alive_timeout(kFirstBytesTime_s);
  server.set_read_timeout(kTransferTime_s);
  server.set_write_timeout(kTransferTime_s);
  server.set_tcp_nodelay(true);
  server.set_default_headers(kSafety);
  server.Get(".*", [&s](const auto& request, auto& response) { s.handle(request, response, false); });
  server.Post(".*", [&s](const auto& request, auto& response) { s.handle(request, response, true); });
  server.set_exception_handler([](const auto&, auto& response, std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      answer_error(response, 500, e.what());
    }
  });
  if (options.port == 0)
    s.port = server.bind_to_any_port(options.host);
  else if (server.bind_to_port(options.host, options.port))
    s.port = options.port;
  if (s.port <= 0)
    fail(ErrorKind::kNetwork,
         "cannot serve a page at {}:{}: the port is taken, or the address is none of this machine's", options.host,
         options.port);
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::on_get(const std::string& path, HttpHandler handler) { state_->gets[path] = std::move(handler); }
void HttpServer::on_post(const std::string& path, HttpHandler handler) { state_->posts[path] = std::move(handler); }

void HttpServer::start() {
  ATOLL_CHECK(!state_->thread.joinable(), "the server at {} has been started already", url());
  state_->thread = std::thread([this] { state_->server.listen_after_bind(); });
  while (!state_->server.is_running()) std::this_thread::yield();  // `stop` before that would be lost
}

void HttpServer::stop() {
  state_->stopping = true;
  if (!state_->thread.joinable()) return;
  state_->server.stop();
  state_->thread.join();
}

bool HttpServer::is_stopping() const { return state_->stopping; }

std::string HttpServer::url() const {
  const std::string& host = state_->options.host;
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}/{}/", is_v6 ? "[" + host + "]" : host, state_->port, state_->token);
}

const std::string& HttpRequest::text(const std::string& name) const {
  const auto found = query.find(name);
  if (found == query.end()) fail(ErrorKind::kUsage, "the request has no \"{}\"", name);
  return found->second;
}

double HttpRequest::number(const std::string& name) const {
  const std::string& value = text(name);
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !(std::abs(number) <= 1e9))
    fail(ErrorKind::kUsage, "\"{}\" of the request is \"{}\", expected a number up to 1e9", name, value);
  return number;
}

std::size_t HttpRequest::index(const std::string& name) const {
  const std::string& value = text(name);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size())
    fail(ErrorKind::kUsage, "\"{}\" of the request is \"{}\", expected a whole number from 0 on", name, value);
  return number;
}

}  // namespace atl::web
