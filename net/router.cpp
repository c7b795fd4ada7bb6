#include "core/error.h"
#include "net/address.h"
#include "net/wake.h"
#include "net/zap.h"
#include "net/zmq_socket.h"

#include <zmq.h>

#include <array>
#include <cerrno>

namespace atl::net {

struct Router::State {
  explicit State(const std::string& address) : zmq(ZMQ_ROUTER, address) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    zmq.close_socket();
    zmq_ctx_shutdown(zmq.context());  // ends the thread of `zap`
    zap.reset();
  }

  ZmqSocket zmq;
  std::unique_ptr<ZapServer> zap;
  Wake wake;
};

Router::Router(const Options& options) {
  require_keys(options.address, options.keys.has_value(), true);
  state_ = std::make_unique<State>(options.address);
  const ZmqSocket& zmq = state_->zmq;
  zmq.set(ZMQ_ROUTER_MANDATORY, 1);
  zmq.set(ZMQ_SNDHWM, options.queue_messages);
  zmq.set(ZMQ_RCVHWM, options.queue_messages);
  zmq.set(ZMQ_MAXMSGSIZE, options.max_part_bytes);
  if (options.keys) {
    state_->zap = std::make_unique<ZapServer>(zmq.context(), options.keys->clients);
    zmq.set(ZMQ_CURVE_SERVER, 1);
    zmq.set(ZMQ_CURVE_SECRETKEY, options.keys->own.secret_key);
  }
  if (zmq_bind(zmq.socket(), options.address.c_str()) != 0)
    fail(ErrorKind::kNetwork, "cannot serve at {}: {}; give another address, or port 0 for any free one",
         options.address, zmq_strerror(errno));
  std::array<char, 256> endpoint{};
  std::size_t size = endpoint.size();
  if (zmq_getsockopt(zmq.socket(), ZMQ_LAST_ENDPOINT, endpoint.data(), &size) != 0)
    fail(ErrorKind::kNetwork, "the address of {} cannot be had: {}", options.address, zmq_strerror(errno));
  address_ = endpoint.data();
}

Router::~Router() = default;

std::optional<Router::Incoming> Router::wait_receive(Timestamp deadline) {
  Incoming incoming;
  const auto read = [&]() -> bool {
    std::optional<Parts> parts = state_->zmq.poll_parts(&incoming.peer);
    if (parts) incoming.parts = std::move(*parts);
    return parts.has_value();
  };
  if (read()) return incoming;
  std::array<zmq_pollitem_t, 2> items{
      {{state_->zmq.socket(), 0, ZMQ_POLLIN, 0}, {nullptr, state_->wake.fd(), ZMQ_POLLIN, 0}}};
  if (zmq_poll(items.data(), 2, to_poll_ms(deadline)) < 0 && errno != EINTR)
    fail(ErrorKind::kNetwork, "waiting for clients failed: {}", zmq_strerror(errno));
  if (state_->wake.take()) return std::nullopt;
  if (read()) return incoming;
  return std::nullopt;
}

SendResult Router::send(const std::string& peer, const Outgoing& message) { return state_->zmq.send(&peer, message); }

void Router::wake() { state_->wake.wake(); }

Waitable Router::waitable() const { return {.socket = state_->zmq.socket(), .wake_fd = state_->wake.fd()}; }

}  // namespace atl::net
