#include "envs/desktop/playhouse_window/lockstep.h"

#include "core/error.h"
#include "envs/desktop/playhouse_window/json_fields.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kWhat = "message of the other window";
constexpr std::int64_t kMaxKeys = (1 << playhouse::kNumKeyBits) - 1;

sockaddr_un address_of(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket.string();
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    fail(ErrorKind::kNetwork, "socket \"{}\": a path of {} bytes, expected 1 to {}", path, path.size(),
         sizeof address.sun_path - 1);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int open_socket(int flags) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) fail(ErrorKind::kNetwork, "cannot make a Unix socket: {}", std::strerror(errno));
  return fd;
}

// -1 when nobody listens there.
int try_connect(const sockaddr_un& address) {
  const int fd = open_socket(0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int problem = errno;
  ::close(fd);
  errno = problem;
  return -1;
}

Json start_json(std::uint64_t episode, const SharedStart& start) {
  return {{"start", episode},   {"level", start.world.level},  {"reskin", start.world.reskin},
          {"seed", start.seed}, {"task", to_json(start.task)}, {"state_hash", to_hex(start.state_hash)}};
}

SharedStart parse_start(const Json& json) {
  return {.world = {.level = require_field<std::string>(json, "level", kWhat),
                    .reskin = require_field<std::uint32_t>(json, "reskin", kWhat)},
          .seed = require_field<std::uint64_t>(json, "seed", kWhat),
          .task = parse_task(require_field<Json>(json, "task", kWhat), kWhat),
          .state_hash = require_hash(json, "state_hash", kWhat)};
}

playhouse::TickInput parse_input(const std::array<std::int64_t, 7>& numbers) {
  if (numbers[5] < 0 || numbers[5] > kMaxKeys || numbers[6] < 0 || numbers[6] > kMaxKeys)
    fail(ErrorKind::kFormat, "{}: keys {} and {}, expected 0 to {}", kWhat, numbers[5], numbers[6], kMaxKeys);
  return {.dx = static_cast<std::int32_t>(numbers[2]),
          .dy = static_cast<std::int32_t>(numbers[3]),
          .wheel = static_cast<std::int32_t>(numbers[4]),
          .held = static_cast<std::uint16_t>(numbers[5]),
          .pressed = static_cast<std::uint16_t>(numbers[6])};
}

}  // namespace

std::unique_ptr<Lockstep> Lockstep::host(const std::filesystem::path& socket) {
  const sockaddr_un address = address_of(socket);
  if (const int fd = try_connect(address); fd >= 0) {
    ::close(fd);
    fail(ErrorKind::kNetwork, "socket {}: another window listens there already; choose another path", socket.string());
  }
  struct stat info {};
  if (::stat(address.sun_path, &info) == 0 && S_ISSOCK(info.st_mode)) ::unlink(address.sun_path);  // of a dead window
  const int listener = open_socket(SOCK_NONBLOCK);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(address.sun_path, S_IRUSR | S_IWUSR) != 0 || ::listen(listener, 1) != 0) {
    const int problem = errno;
    ::close(listener);
    fail(ErrorKind::kNetwork, "cannot listen at {}: {}", socket.string(), std::strerror(problem));
  }
  return std::unique_ptr<Lockstep>(new Lockstep(0, listener, -1, socket));
}

std::unique_ptr<Lockstep> Lockstep::join(const std::filesystem::path& socket) {
  const int fd = try_connect(address_of(socket));
  if (fd < 0) {
    fail(ErrorKind::kNetwork, "cannot join at {}: {}; start the other window with --host {} first", socket.string(),
         std::strerror(errno), socket.string());
  }
  return std::unique_ptr<Lockstep>(new Lockstep(1, -1, fd, socket));
}

Lockstep::Lockstep(std::size_t player, int listener, int fd, std::filesystem::path socket)
    : player_(player), listener_(listener), fd_(-1), socket_(std::move(socket)) {
  if (fd >= 0) greet(fd);
}

Lockstep::~Lockstep() {
  leave("closed the window");
  if (listener_ < 0) return;
  ::close(listener_);
  ::unlink(socket_.c_str());
}

void Lockstep::greet(int fd) {
  // Lines are short, and a side that waits sends nothing: only one that is dead fills its buffer.
  const timeval patience{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  fd_ = fd;
  lines_.emplace(fd);
  is_greeted_ = false;
  is_ready_ = false;
  has_begun_ = false;
  farewell_.clear();
  send(Json{{"lockstep", kLockstepVersion}}.dump());
  if (start_ && is_host()) offer(SharedStart(*start_));
}

void Lockstep::send(const std::string& line) {
  const std::string text = line + "\n";
  for (std::size_t sent = 0; fd_ >= 0 && sent < text.size();) {
    const ssize_t count = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      return part("takes no messages any more");
    }
  }
}

void Lockstep::part(std::string reason) {
  if (fd_ < 0) return;
  lines_.reset();
  ::close(fd_);
  fd_ = -1;
  farewell_ = std::move(reason);
}

void Lockstep::leave(std::string_view reason) {
  if (fd_ < 0) return;
  send(Json{{"leave", reason}}.dump(-1, ' ', false, Json::error_handler_t::replace));
  part("");
}

void Lockstep::poll() {
  if (fd_ < 0 && listener_ >= 0) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) greet(fd);
  }
  while (fd_ >= 0) {
    try {
      const std::optional<std::string> line = lines_->poll_line();
      if (line) {
        take(*line);
        continue;
      }
      if (lines_->is_ended()) part("closed its window");
      break;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kEnvironment) throw;
      leave(error.what());
      farewell_ = error.what();
    }
  }
}

void Lockstep::take(const std::string& line) {
  const Json json = parse_object(line, kWhat);
  if (!is_greeted_) {
    const int version = require_field<int>(json, "lockstep", kWhat);
    if (version != kLockstepVersion) {
      fail(ErrorKind::kVersion,
           "the other window speaks version {} of the protocol for two, this one {}: build both "
           "alike",
           version, kLockstepVersion);
    }
    is_greeted_ = true;
    return;
  }
  if (json.contains("leave")) return part(require_field<std::string>(json, "leave", kWhat));
  if (json.contains("input")) {
    const auto numbers = require_field<std::array<std::int64_t, 7>>(json, "input", kWhat);
    if (static_cast<std::uint64_t>(numbers[0]) != episode_) return;  // of one that is over
    if (numbers[1] != static_cast<std::int64_t>(others_.size()))
      fail(ErrorKind::kFormat, "{}: input of tick {}, expected that of {}", kWhat, numbers[1], others_.size());
    others_.push_back(parse_input(numbers));
  } else if (json.contains("hash")) {
    const auto numbers = require_field<std::array<std::int64_t, 2>>(json, "hash", kWhat);
    if (static_cast<std::uint64_t>(numbers[0]) != episode_) return;
    other_hashes_.push_back({static_cast<int>(numbers[1]), require_hash(json, "state_hash", kWhat)});
    compare();
  } else if (json.contains("start") && !is_host()) {
    episode_ = require_field<std::uint64_t>(json, "start", kWhat);
    start_ = parse_start(json);
    is_new_ = true;
    begin_inputs();
  } else if (json.contains("go") && !is_host()) {
    is_ready_ = is_ready_ || require_field<std::uint64_t>(json, "go", kWhat) == episode_;
  } else if (json.contains("ready") && is_host()) {
    if (require_field<std::uint64_t>(json, "ready", kWhat) != episode_) return;
    other_hashes_.push_back({0, require_hash(json, "state_hash", kWhat)});
    compare();
    is_ready_ = true;
  } else {
    fail(ErrorKind::kFormat, "{}: \"{}\" is no message of the protocol for two", kWhat, line.substr(0, 80));
  }
}

void Lockstep::begin_inputs() {
  is_ready_ = false;
  has_begun_ = false;
  own_.assign(kInputDelay, {});
  others_.assign(kInputDelay, {});
  own_hashes_.clear();
  other_hashes_.clear();
}

void Lockstep::offer(const SharedStart& start) {
  ATOLL_CHECK(is_host(), "a guest offered an episode");
  start_ = start;
  ++episode_;
  begin_inputs();
  own_hashes_.push_back({0, start.state_hash});
  send(start_json(episode_, start).dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<SharedStart> Lockstep::poll_start() {
  if (!std::exchange(is_new_, false)) return std::nullopt;
  return start_;
}

void Lockstep::accept(std::uint64_t state_hash) {
  ATOLL_CHECK(!is_host() && start_, "nothing was offered");
  send(Json{{"ready", episode_}, {"state_hash", to_hex(state_hash)}}.dump());
  other_hashes_.push_back({0, start_->state_hash});
  check(0, state_hash);
}

bool Lockstep::poll_begin() {
  if (!is_ready_ || has_begun_ || fd_ < 0) return false;
  if (is_host()) send(Json{{"go", episode_}}.dump());
  has_begun_ = true;
  return true;
}

bool Lockstep::wants_input(int tick) const { return own_.size() <= static_cast<std::size_t>(tick + kInputDelay); }

void Lockstep::give_input(const playhouse::TickInput& input) {
  const Json numbers{episode_, own_.size(), input.dx, input.dy, input.wheel, input.held, input.pressed};
  own_.push_back(input);
  send(Json{{"input", numbers}}.dump());
}

std::optional<playhouse::PlayerInputs> Lockstep::inputs_of(int tick) const {
  const auto index = static_cast<std::size_t>(tick);
  if (index >= own_.size() || index >= others_.size()) return std::nullopt;
  playhouse::PlayerInputs inputs{};
  inputs[player_] = own_[index];
  inputs[1 - player_] = others_[index];
  return inputs;
}

void Lockstep::check(int num_ticks, std::uint64_t state_hash) {
  own_hashes_.push_back({num_ticks, state_hash});
  if (num_ticks > 0) send(Json{{"hash", {episode_, num_ticks}}, {"state_hash", to_hex(state_hash)}}.dump());
  compare();
}

void Lockstep::compare() {
  for (; !own_hashes_.empty() && !other_hashes_.empty(); own_hashes_.pop_front(), other_hashes_.pop_front()) {
    const Checked& own = own_hashes_.front();
    const Checked& other = other_hashes_.front();
    if (own.num_ticks == other.num_ticks && own.state_hash == other.state_hash) continue;
    const std::string problem = fmt::format(
        "the two windows differ after tick {}: state {} here; after tick {}, state {} there; build both "
        "alike",
        own.num_ticks, to_hex(own.state_hash), other.num_ticks, to_hex(other.state_hash));
    leave(problem);
    fail(ErrorKind::kEnvironment, "{}", problem);
  }
}

}  // namespace atl::envs::desktop
