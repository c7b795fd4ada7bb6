// The bodies that every server and client exchange, whatever is served: HELLO both ways, and ERROR.
#pragma once

#include "core/config.h"
#include "net/header.h"

#include <string>

namespace atl::net {

/// What a client says first.
struct ClientHello {
  std::string name = "atoll";  // for the server's log
};

void describe(ConfigVisitor& v, ClientHello& hello);

/// What the server answers.
struct ServerHello {
  std::string kind;       // "world" or "policy"
  std::string name;       // which one
  std::string software;   // "atoll 0.1.0"
  int credit = 2;         // requests that may be under way for one env_id
  int environments = 64;  // that one client may have; env_id is below it
};

void describe(ConfigVisitor& v, ServerHello& hello);

/// Why a request was refused; its status is in the header.
struct ErrorBody {
  std::string reason;
};

void describe(ConfigVisitor& v, ErrorBody& error);

}  // namespace atl::net
