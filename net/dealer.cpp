#include "core/error.h"
#include "net/address.h"
#include "net/wake.h"
#include "net/zmq_socket.h"

#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace atl::net {

struct Dealer::State {
  explicit State(const std::string& address) : zmq(ZMQ_DEALER, address) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
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

  ZmqSocket zmq;
  Wake wake;
  void* monitor = nullptr;
  std::string problem;
};

Dealer::Dealer(const Options& options) {
  require_keys(options.address, options.keys.has_value(), false);
  state_ = std::make_unique<State>(options.address);
  const ZmqSocket& zmq = state_->zmq;
  zmq.set(ZMQ_RECONNECT_IVL, 50);
  zmq.set(ZMQ_RECONNECT_IVL_MAX, 500);
  if (options.keys) {
    zmq.set(ZMQ_CURVE_SERVERKEY, options.keys->server);
    zmq.set(ZMQ_CURVE_PUBLICKEY, options.keys->own.public_key);
    zmq.set(ZMQ_CURVE_SECRETKEY, options.keys->own.secret_key);
  }
  constexpr const char* kMonitor = "inproc://monitor";
  constexpr int kEvents = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
  state_->monitor = zmq_socket(zmq.context(), ZMQ_PAIR);
  if (state_->monitor == nullptr || zmq_socket_monitor(zmq.socket(), kMonitor, kEvents) != 0 ||
      zmq_connect(state_->monitor, kMonitor) != 0)
    fail(ErrorKind::kNetwork, "the connection cannot be watched: {}", zmq_strerror(errno));
  if (zmq_connect(zmq.socket(), options.address.c_str()) != 0)
    fail(ErrorKind::kNetwork, "cannot connect to {}: {}", options.address, zmq_strerror(errno));
}

Dealer::~Dealer() = default;

SendResult Dealer::send(const Outgoing& message) { return state_->zmq.send(nullptr, message); }

SendResult Dealer::send_raw(std::span<const Part> parts) { return state_->zmq.send_parts(parts); }

std::optional<Parts> Dealer::wait_receive(Timestamp deadline) {
  if (auto parts = state_->zmq.poll_parts(nullptr)) return parts;
  std::array<zmq_pollitem_t, 2> items{
      {{state_->zmq.socket(), 0, ZMQ_POLLIN, 0}, {nullptr, state_->wake.fd(), ZMQ_POLLIN, 0}}};
  if (zmq_poll(items.data(), 2, to_poll_ms(deadline)) < 0 && errno != EINTR)
    fail(ErrorKind::kNetwork, "waiting for the server failed: {}", zmq_strerror(errno));
  if (state_->wake.take()) return std::nullopt;
  return state_->zmq.poll_parts(nullptr);
}

void Dealer::wake() { state_->wake.wake(); }

Waitable Dealer::waitable() const { return {.socket = state_->zmq.socket(), .wake_fd = state_->wake.fd()}; }

std::string Dealer::connection_problem() {
  state_->read_events();
  return state_->problem;
}

}  // namespace atl::net
