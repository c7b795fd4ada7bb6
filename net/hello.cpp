#include "net/hello.h"

namespace atl::net {

void describe(ConfigVisitor& v, ClientHello& hello) { v.field("name", &hello.name); }

void describe(ConfigVisitor& v, ServerHello& hello) {
  v.field("kind", &hello.kind, {.one_of = {"world", "policy", "syncer"}});
  v.field("name", &hello.name);
  v.field("software", &hello.software);
  v.field("credit", &hello.credit, {.min = 1, .max = 1024});
  v.field("environments", &hello.environments, {.min = 1, .max = 65536});
}

void describe(ConfigVisitor& v, ErrorBody& error) { v.field("reason", &error.reason); }

}  // namespace atl::net
