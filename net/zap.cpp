#include "net/zap.h"

#include "core/error.h"

#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace atl::net {
namespace {

// All parts of one message; nothing when the context ends.
std::optional<std::vector<std::string>> receive_all(void* socket) {
  std::vector<std::string> parts;
  while (true) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    int result = 0;
    do {
      result = zmq_msg_recv(&message, socket, 0);
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
      zmq_msg_close(&message);
      return std::nullopt;
    }
    parts.emplace_back(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
    const bool more = zmq_msg_more(&message) != 0;
    zmq_msg_close(&message);
    if (!more) return parts;
  }
}

// Parts of a question: version, request id, domain, address, identity, mechanism, and CURVE's 32-byte key.
bool is_allowed(const std::vector<std::string>& question, const std::vector<std::string>& allowed) {
  if (question.size() != 7 || question[0] != "1.0" || question[5] != "CURVE" || question[6].size() != 32) return false;
  std::array<char, 41> key{};
  if (zmq_z85_encode(key.data(), reinterpret_cast<const std::uint8_t*>(question[6].data()), 32) == nullptr)
    return false;
  return std::binary_search(allowed.begin(), allowed.end(), std::string(key.data()));
}

}  // namespace

ZapServer::ZapServer(void* context, std::vector<std::string> allowed) : allowed_(std::move(allowed)) {
  void* socket = zmq_socket(context, ZMQ_REP);
  const int no_linger = 0;
  if (socket != nullptr) zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
  if (socket == nullptr || zmq_bind(socket, "inproc://zeromq.zap.01") != 0) {
    const std::string reason = zmq_strerror(errno);
    if (socket != nullptr) zmq_close(socket);
    fail(ErrorKind::kNetwork, "nobody could check clients' keys: {}", reason);
  }
  thread_ = std::thread([this, socket] { answer(socket); });
}

ZapServer::~ZapServer() { thread_.join(); }

void ZapServer::answer(void* socket) const {
  while (const auto question = receive_all(socket)) {
    const bool allowed = is_allowed(*question, allowed_);
    const std::string id = question->size() > 1 ? (*question)[1] : "";
    const std::array<std::string, 6> reply{"1.0", id, allowed ? "200" : "400", allowed ? "OK" : "key not allowed",
                                           "",    ""};
    for (std::size_t i = 0; i < reply.size(); ++i) {
      zmq_send(socket, reply[i].data(), reply[i].size(), i + 1 < reply.size() ? ZMQ_SNDMORE : 0);
    }
  }
  zmq_close(socket);
}

}  // namespace atl::net
