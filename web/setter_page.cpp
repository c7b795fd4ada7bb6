#include "web/setter_page.h"

#include "core/error.h"
#include "web/pages.h"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <cstring>
#include <mutex>

namespace atl::web {
namespace {

using session::SetterWord;

constexpr Duration kLongestWait = std::chrono::milliseconds(800);  // then the page asks again
constexpr std::size_t kMaxWaitingWords = 100;                      // that the session did not take yet
constexpr std::size_t kMaxTextBytes = 1000;

std::optional<SetterWord::Kind> find_kind(const std::string& name) {
  if (name == "instruct") return SetterWord::Kind::kInstruct;
  if (name == "succeeded") return SetterWord::Kind::kSucceeded;
  if (name == "failed") return SetterWord::Kind::kFailed;
  if (name == "withdrawn") return SetterWord::Kind::kWithdrawn;
  return std::nullopt;
}

}  // namespace

struct SetterPage::State {
  HttpServer& server;
  SetterPageOptions options;
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<const Frame> frame;  // guarded by mutex; shared: encoded while a newer one comes
  std::uint64_t frame_number = 0;      // guarded by mutex; counts from 1
  session::SetterStatus status;        // guarded by mutex
  std::uint64_t status_number = 1;     // guarded by mutex
  std::vector<SetterWord> words;       // guarded by mutex

  HttpAnswer picture(const HttpRequest& request);
  HttpAnswer wait_status(const HttpRequest& request);
  HttpAnswer say(const HttpRequest& request);

  // Until something is newer than what the page has.
  template <class Newer>
  [[nodiscard]] bool wait(std::unique_lock<std::mutex>& lock, Newer newer) {
    changed.wait_for(lock, kLongestWait, [&] { return newer() || server.is_stopping(); });
    return newer();
  }
};

HttpAnswer SetterPage::State::picture(const HttpRequest& request) {
  const std::uint64_t after = request.index("after");
  const int width = static_cast<int>(std::min<std::size_t>(request.index("width"), 4096));
  std::unique_lock lock(mutex);
  if (!wait(lock, [&] { return frame_number > after; })) return {.status = 204};
  const std::shared_ptr<const Frame> newest = frame;
  const std::uint64_t number = frame_number;
  lock.unlock();
  std::string body(sizeof number, '\0');
  std::memcpy(body.data(), &number, sizeof number);
  body += options.encode_jpeg(newest->view(), width);
  return {.type = "application/octet-stream", .body = std::move(body)};
}

HttpAnswer SetterPage::State::wait_status(const HttpRequest& request) {
  const std::uint64_t after = request.index("after");
  std::unique_lock lock(mutex);
  if (!wait(lock, [&] { return status_number > after; })) return {.status = 204};
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Instruction& i : status.instructions) {
    nlohmann::ordered_json row = {
        {"text", i.text}, {"begin", to_seconds(i.begin - status.begin)}, {"mark", to_string(i.mark)}};
    if (i.end) row["end"] = to_seconds(*i.end - status.begin);
    list.push_back(std::move(row));
  }
  const double now = status.in_episode ? to_seconds(MonotonicClock::now() - status.begin) : 0.0;
  return {.body = nlohmann::ordered_json{{"number", status_number},
                                         {"title", options.title},
                                         {"playing", status.in_episode},
                                         {"episode", status.episode},
                                         {"seconds", now},
                                         {"instructions", std::move(list)}}
                      .dump()};
}

HttpAnswer SetterPage::State::say(const HttpRequest& request) {
  SetterWord word{.time = MonotonicClock::now()};
  try {
    const auto json = nlohmann::json::parse(request.body);
    const auto name = json.at("kind").get<std::string>();
    const auto kind = find_kind(name);
    if (!kind) fail(ErrorKind::kUsage, "\"{}\", expected instruct, succeeded, failed or withdrawn", name);
    word.kind = *kind;
    if (word.kind == SetterWord::Kind::kInstruct) word.text = json.at("text").get<std::string>();
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::kUsage, "what the page says cannot be read: {}", error.what());
  }
  const bool is_said = word.kind != SetterWord::Kind::kInstruct || !word.text.empty();
  if (!is_said || word.text.size() > kMaxTextBytes)
    fail(ErrorKind::kUsage, "an instruction of {} bytes, expected 1 to {}", word.text.size(), kMaxTextBytes);
  const std::lock_guard lock(mutex);
  if (words.size() >= kMaxWaitingWords) fail(ErrorKind::kUsage, "the session does not listen; is it paused?");
  words.push_back(std::move(word));
  return {.body = "{}"};
}

SetterPage::SetterPage(HttpServer& server, SetterPageOptions options)
    : state_(std::make_unique<State>(server, std::move(options))) {
  State& s = *state_;
  serve_page(server, "setter");
  server.on_get("api/picture", [&s](const HttpRequest& request) { return s.picture(request); });
  server.on_get("api/status", [&s](const HttpRequest& request) { return s.wait_status(request); });
  server.on_post("api/say", [&s](const HttpRequest& request) { return s.say(request); });
}

SetterPage::~SetterPage() = default;

void SetterPage::show(const Frame& frame) {
  auto copy = std::make_shared<const Frame>(frame);
  const std::lock_guard lock(state_->mutex);
  state_->frame = std::move(copy);
  ++state_->frame_number;
  state_->changed.notify_all();
}

std::vector<SetterWord> SetterPage::poll_words() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->words, {});
}

void SetterPage::tell(const session::SetterStatus& status) {
  const std::lock_guard lock(state_->mutex);
  state_->status = status;
  ++state_->status_number;
  state_->changed.notify_all();
}

}  // namespace atl::web
