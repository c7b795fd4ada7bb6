// A server of Playhouse in a process of its own, for tests that kill it: prints its address, serves until it is ended.
#include "core/stop.h"
#include "envs/playhouse/playhouse.h"
#include "envs/remote/environment_server.h"
#include "net/server.h"

#include <cstdio>

int main(int argc, char** argv) {
  atl::install_stop_signals();
  atl::net::ServerOptions options;
  if (argc > 1) options.address = argv[1];
  atl::net::Server server(atl::envs::remote::environment_service([] { return atl::envs::create_playhouse({}); }),
                          options);
  std::printf("%s\n", server.address().c_str());
  std::fflush(stdout);
  server.run(atl::stop_requested);
}
