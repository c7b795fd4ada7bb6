#include "net/zmq_socket.h"

#include "core/error.h"

#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace atl::net {

struct Parts::Storage {
  std::array<zmq_msg_t, kMaxParts> messages;
  std::size_t count = 0;

  ~Storage() {
    for (std::size_t i = 0; i < count; ++i) zmq_msg_close(&messages[i]);
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

void check(int result, int option) {
  if (result != 0) fail(ErrorKind::kNetwork, "ZeroMQ option {} was refused: {}", option, zmq_strerror(errno));
}

int ms_of(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
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

}  // namespace

int to_poll_ms(Timestamp deadline) {
  const Duration left = deadline - MonotonicClock::now();
  if (left <= Duration::zero()) return 0;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<std::int64_t>(ms, INT_MAX));
}

ZmqSocket::ZmqSocket(int type, const std::string& address) : context_(zmq_ctx_new()), socket_(nullptr) {
  if (context_ != nullptr) socket_ = zmq_socket(context_, type);
  if (socket_ == nullptr) {
    const std::string reason = zmq_strerror(errno);
    if (context_ != nullptr) zmq_ctx_term(context_);
    fail(ErrorKind::kNetwork, "no ZeroMQ socket can be made: {}", reason);
  }
  // Heartbeats of the transport: every second, and an end of connections that are silent.
  set(ZMQ_HEARTBEAT_IVL, ms_of(kHeartbeat));
  set(ZMQ_HEARTBEAT_TIMEOUT, ms_of(kSilence));
  set(ZMQ_HEARTBEAT_TTL, ms_of(kSilence));
  // Only where it is meant: else 127.0.0.1 would be bound as [::ffff:127.0.0.1].
  set(ZMQ_IPV6, address.find('[') != std::string::npos ? 1 : 0);
  set(ZMQ_LINGER, 200);  // ms, for the last message
}

ZmqSocket::~ZmqSocket() {
  close_socket();
  zmq_ctx_term(context_);
}

void ZmqSocket::close_socket() {
  if (socket_ != nullptr) zmq_close(socket_);
  socket_ = nullptr;
}

void ZmqSocket::set(int option, int value) const {
  check(zmq_setsockopt(socket_, option, &value, sizeof value), option);
}
void ZmqSocket::set(int option, std::int64_t value) const {
  check(zmq_setsockopt(socket_, option, &value, sizeof value), option);
}
void ZmqSocket::set(int option, const std::string& value) const {
  check(zmq_setsockopt(socket_, option, value.c_str(), value.size() + 1), option);  // keys are given with their end
}

std::optional<Parts> ZmqSocket::poll_parts(std::string* identity) const { return PartsReader::read(socket_, identity); }

// Only the first part of a message can be refused: after it, the rest is taken.
SendResult ZmqSocket::send_parts(std::span<const Part> parts) const {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const SendResult result = send_part(socket_, parts[i], i + 1 < parts.size());
    if (result != SendResult::kSent) return result;
  }
  return SendResult::kSent;
}

SendResult ZmqSocket::send(const std::string* peer, const Outgoing& message) const {
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
  return send_parts(std::span(parts).first(count));
}

void wait_any(std::span<const Waitable> sockets, Timestamp deadline) {
  std::vector<zmq_pollitem_t> items;
  for (const Waitable& one : sockets) {
    items.push_back({one.socket, 0, ZMQ_POLLIN, 0});
    items.push_back({nullptr, one.wake_fd, ZMQ_POLLIN, 0});
  }
  if (zmq_poll(items.data(), static_cast<int>(items.size()), to_poll_ms(deadline)) < 0 && errno != EINTR)
    fail(ErrorKind::kNetwork, "waiting for messages failed: {}", zmq_strerror(errno));
}

}  // namespace atl::net
