#include "net/socket.h"

#include "core/error.h"
#include "net/address.h"
#include "net/zap.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

namespace atl::net {

struct Parts::Storage {
  std::array<zmq_msg_t, kMaxParts> messages;
  std::size_t count = 0;

  ~Storage() {
    for (std::size_t i = 0; i < count; ++i) zmq_msg_close(&messages[i]);
  }
};

// What is behind a socket, and what closes it.
struct Handles {
  void* context = zmq_ctx_new();
  void* socket = nullptr;

  explicit Handles(int type) {
    socket = context == nullptr ? nullptr : zmq_socket(context, type);
    if (socket == nullptr) fail(ErrorKind::kNetwork, "no ZeroMQ socket can be made: {}", zmq_strerror(errno));
  }
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() { close(); }
  void close() {
    if (socket != nullptr) zmq_close(socket);
    if (context != nullptr) zmq_ctx_term(context);
    socket = context = nullptr;
  }

  void set(int option, int value) const { check(zmq_setsockopt(socket, option, &value, sizeof value), option); }
  void set(int option, std::int64_t value) const {
    check(zmq_setsockopt(socket, option, &value, sizeof value), option);
  }
  void set(int option, const std::string& value) const {
    check(zmq_setsockopt(socket, option, value.c_str(), value.size() + 1), option);  // keys are given with their end
  }
  static void check(int result, int option) {
    if (result != 0) fail(ErrorKind::kNetwork, "ZeroMQ option {} was refused: {}", option, zmq_strerror(errno));
  }
};

// Reads a whole message; friend of Parts.
struct PartsReader {
  // `identity`: where the first part of a router's message goes; null for a dealer's. Nothing if none is waiting.
  static std::optional<Parts> read(void* socket, std::string* identity) {
    Parts parts;
    zmq_msg_t message;
    zmq_msg_init(&message);
    if (!receive(socket, message)) return std::nullopt;
    bool more = zmq_msg_more(&message) != 0;
    if (identity != nullptr) {
      identity->assign(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
      zmq_msg_close(&message);
    } else {
      add(parts, message);
    }
    while (more) {
      zmq_msg_init(&message);
      if (!receive(socket, message)) break;  // cannot be: messages come whole
      more = zmq_msg_more(&message) != 0;
      add(parts, message);
    }
    return parts;
  }

 private:
  static bool receive(void* socket, zmq_msg_t& message) {
    int result = 0;
    do {
      result = zmq_msg_recv(&message, socket, ZMQ_DONTWAIT);
    } while (result < 0 && errno == EINTR);
    if (result >= 0) return true;
    const int error = errno;
    zmq_msg_close(&message);
    if (error != EAGAIN) fail(ErrorKind::kNetwork, "receiving failed: {}", zmq_strerror(error));
    return false;
  }
  static void add(Parts& parts, zmq_msg_t& message) {
    ++parts.num_received_;
    if (parts.views_.size() == Parts::kMaxParts) {
      zmq_msg_close(&message);
      return;
    }
    // A moved zmq_msg_t keeps its address-independent content; the storage stays where it is for good.
    zmq_msg_t& place = parts.storage_->messages[parts.storage_->count++];
    zmq_msg_init(&place);
    zmq_msg_move(&place, &message);
    zmq_msg_close(&message);
    parts.views_.emplace_back(static_cast<const std::uint8_t*>(zmq_msg_data(&place)), zmq_msg_size(&place));
  }
};

Parts::Parts() : storage_(std::make_unique<Storage>()) {}
Parts::Parts(Parts&&) noexcept = default;
Parts& Parts::operator=(Parts&&) noexcept = default;
Parts::~Parts() = default;

namespace {

int to_poll_ms(Timestamp deadline) {
  const Duration left = deadline - MonotonicClock::now();
  if (left <= Duration::zero()) return 0;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<std::int64_t>(ms, INT_MAX));
}

int ms_of(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

// Heartbeats of the transport: every second, and an end of connections that are silent.
void set_common_options(const Handles& handles, const std::string& address) {
  handles.set(ZMQ_HEARTBEAT_IVL, ms_of(kHeartbeat));
  handles.set(ZMQ_HEARTBEAT_TIMEOUT, ms_of(kSilence));
  handles.set(ZMQ_HEARTBEAT_TTL, ms_of(kSilence));
  // Only where it is meant: else 127.0.0.1 would be bound as [::ffff:127.0.0.1].
  handles.set(ZMQ_IPV6, address.find('[') != std::string::npos ? 1 : 0);
}

SendResult send_part(void* socket, Part part, bool more) {
  int result = 0;
  do {
    result = zmq_send(socket, part.data(), part.size(), ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
  } while (result < 0 && errno == EINTR);
  if (result >= 0) return SendResult::kSent;
  if (errno == EAGAIN) return SendResult::kFull;
  if (errno == EHOSTUNREACH) return SendResult::kGone;
  fail(ErrorKind::kNetwork, "sending {} bytes failed: {}", part.size(), zmq_strerror(errno));
}

// Only the first part of a message can be refused: after it, the rest is taken.
SendResult send_parts(void* socket, std::span<const Part> parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const SendResult result = send_part(socket, parts[i], i + 1 < parts.size());
    if (result != SendResult::kSent) return result;
  }
  return SendResult::kSent;
}

// Header, body and buffers as parts; `peer` before them where there is one.
SendResult send_message(void* socket, const std::string* peer, const Outgoing& message) {
  ATOLL_CHECK(message.buffers.size() + 2 <= Parts::kMaxParts, "a message of {} buffers, expected at most {}",
              message.buffers.size(), Parts::kMaxParts - 2);
  Header header = message.header;
  header.n_parts = static_cast<std::uint32_t>(2 + message.buffers.size());
  const auto encoded = encode(header);
  std::array<Part, Parts::kMaxParts + 1> parts;
  std::size_t count = 0;
  if (peer != nullptr) parts[count++] = Part(reinterpret_cast<const std::uint8_t*>(peer->data()), peer->size());
  parts[count++] = encoded;
  parts[count++] = message.body;
  for (const Part& buffer : message.buffers) parts[count++] = buffer;
  return send_parts(socket, std::span(parts).first(count));
}

}  // namespace

struct Router::State {
  Handles handles{ZMQ_ROUTER};
  std::unique_ptr<ZapServer> zap;
  int wake_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

  ~State() {
    if (handles.socket != nullptr) zmq_close(handles.socket);
    handles.socket = nullptr;
    zmq_ctx_shutdown(handles.context);  // ends the thread of `zap`
    zap.reset();
    ::close(wake_fd);
  }
};

Router::Router(const Options& options) {
  require_keys(options.address, options.keys.has_value(), true);
  state_ = std::make_unique<State>();
  const Handles& handles = state_->handles;
  if (state_->wake_fd < 0) fail(ErrorKind::kNetwork, "no eventfd: {}", std::strerror(errno));
  set_common_options(handles, options.address);
  handles.set(ZMQ_ROUTER_MANDATORY, 1);
  handles.set(ZMQ_LINGER, 200);  // ms, for the last replies
  handles.set(ZMQ_SNDHWM, options.queue_messages);
  handles.set(ZMQ_RCVHWM, options.queue_messages);
  handles.set(ZMQ_MAXMSGSIZE, options.max_part_bytes);
  if (options.keys) {
    state_->zap = std::make_unique<ZapServer>(handles.context, options.keys->clients);
    handles.set(ZMQ_CURVE_SERVER, 1);
    handles.set(ZMQ_CURVE_SECRETKEY, options.keys->own.secret_key);
  }
  if (zmq_bind(handles.socket, options.address.c_str()) != 0)
    fail(ErrorKind::kNetwork, "cannot serve at {}: {}; give another address, or port 0 for any free one",
         options.address, zmq_strerror(errno));
  std::array<char, 256> endpoint{};
  std::size_t size = endpoint.size();
  Handles::check(zmq_getsockopt(handles.socket, ZMQ_LAST_ENDPOINT, endpoint.data(), &size), ZMQ_LAST_ENDPOINT);
  address_ = endpoint.data();
}

Router::~Router() = default;

std::optional<Router::Incoming> Router::wait_receive(Timestamp deadline) {
  Incoming incoming;
  const auto read = [&]() -> bool {
    std::optional<Parts> parts = PartsReader::read(state_->handles.socket, &incoming.peer);
    if (parts) incoming.parts = std::move(*parts);
    return parts.has_value();
  };
  if (read()) return incoming;
  std::array<zmq_pollitem_t, 2> items{
      {{state_->handles.socket, 0, ZMQ_POLLIN, 0}, {nullptr, state_->wake_fd, ZMQ_POLLIN, 0}}};
  if (zmq_poll(items.data(), 2, to_poll_ms(deadline)) < 0 && errno != EINTR)
    fail(ErrorKind::kNetwork, "waiting for clients failed: {}", zmq_strerror(errno));
  if ((items[1].revents & ZMQ_POLLIN) != 0) {
    std::uint64_t count = 0;
    static_cast<void>(::read(state_->wake_fd, &count, sizeof count));
    return std::nullopt;
  }
  if (read()) return incoming;
  return std::nullopt;
}

SendResult Router::send(const std::string& peer, const Outgoing& message) {
  return send_message(state_->handles.socket, &peer, message);
}

void Router::wake() {
  const std::uint64_t one = 1;
  // A counter that is full has woken it already.
  if (::write(state_->wake_fd, &one, sizeof one) < 0 && errno != EAGAIN)
    fail(ErrorKind::kNetwork, "cannot wake the server: {}", std::strerror(errno));
}

struct Dealer::State {
  Handles handles{ZMQ_DEALER};
  void* monitor = nullptr;
  std::string problem;

  ~State() {
    if (monitor != nullptr) zmq_close(monitor);
  }

  // What happened to the connection since the last look.
  void read_events() {
    while (true) {
      zmq_msg_t message;
      zmq_msg_init(&message);
      if (zmq_msg_recv(&message, monitor, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&message);
        return;
      }
      std::uint16_t event = 0;
      if (zmq_msg_size(&message) >= sizeof event) std::memcpy(&event, zmq_msg_data(&message), sizeof event);
      const bool more = zmq_msg_more(&message) != 0;
      zmq_msg_close(&message);
      if (more) {  // the second part is the address
        zmq_msg_init(&message);
        zmq_msg_recv(&message, monitor, ZMQ_DONTWAIT);
        zmq_msg_close(&message);
      }
      note(event);
    }
  }
  void note(std::uint16_t event) {
    switch (event) {
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: problem.clear(); break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: problem = "the server does not allow this client's key"; break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        problem = "the server speaks another security: one side has keys and the other has none, or they do not match";
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        problem = "the server ended the handshake: its key is not the one this client expects, or keys are missing";
        break;
      default: break;
    }
  }
};

Dealer::Dealer(const Options& options) {
  require_keys(options.address, options.keys.has_value(), false);
  state_ = std::make_unique<State>();
  const Handles& handles = state_->handles;
  set_common_options(handles, options.address);
  handles.set(ZMQ_LINGER, 200);  // ms, for the last CLOSE
  handles.set(ZMQ_RECONNECT_IVL, 50);
  handles.set(ZMQ_RECONNECT_IVL_MAX, 500);
  if (options.keys) {
    handles.set(ZMQ_CURVE_SERVERKEY, options.keys->server);
    handles.set(ZMQ_CURVE_PUBLICKEY, options.keys->own.public_key);
    handles.set(ZMQ_CURVE_SECRETKEY, options.keys->own.secret_key);
  }
  constexpr const char* kMonitor = "inproc://monitor";
  constexpr int kEvents = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
  state_->monitor = zmq_socket(handles.context, ZMQ_PAIR);
  if (state_->monitor == nullptr || zmq_socket_monitor(handles.socket, kMonitor, kEvents) != 0 ||
      zmq_connect(state_->monitor, kMonitor) != 0)
    fail(ErrorKind::kNetwork, "the connection cannot be watched: {}", zmq_strerror(errno));
  if (zmq_connect(handles.socket, options.address.c_str()) != 0)
    fail(ErrorKind::kNetwork, "cannot connect to {}: {}", options.address, zmq_strerror(errno));
}

Dealer::~Dealer() = default;

SendResult Dealer::send(const Outgoing& message) { return send_message(state_->handles.socket, nullptr, message); }

SendResult Dealer::send_raw(std::span<const Part> parts) { return send_parts(state_->handles.socket, parts); }

std::optional<Parts> Dealer::wait_receive(Timestamp deadline) {
  if (auto parts = PartsReader::read(state_->handles.socket, nullptr)) return parts;
  zmq_pollitem_t item{state_->handles.socket, 0, ZMQ_POLLIN, 0};
  if (zmq_poll(&item, 1, to_poll_ms(deadline)) < 0 && errno != EINTR)
    fail(ErrorKind::kNetwork, "waiting for the server failed: {}", zmq_strerror(errno));
  return PartsReader::read(state_->handles.socket, nullptr);
}

std::string Dealer::connection_problem() {
  state_->read_events();
  return state_->problem;
}

}  // namespace atl::net
