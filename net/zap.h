// Who may connect: answers libzmq's questions about clients' keys (ZAP, ZeroMQ RFC 27) from an allow-list. Part of
// net/socket.cpp.
#pragma once

#include <string>
#include <thread>
#include <vector>

namespace atl::net {

/// One thread that answers for all sockets of one context, until the context is shut down.
class ZapServer {
 public:
  /// `context`: of libzmq. `allowed`: public keys, sorted. Make it before the socket that it guards is bound. Throws
  /// Error(kNetwork).
  ZapServer(void* context, std::vector<std::string> allowed);
  ZapServer(const ZapServer&) = delete;
  ZapServer& operator=(const ZapServer&) = delete;
  /// Only after zmq_ctx_shutdown.
  ~ZapServer();

 private:
  void answer(void* socket) const;
  std::vector<std::string> allowed_;
  std::thread thread_;
};

}  // namespace atl::net
