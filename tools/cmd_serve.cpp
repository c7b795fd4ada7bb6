// `atoll serve`: lets other processes, machines and languages use a world or a policy of this one.
#include "core/config.h"
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "envs/remote/environment_server.h"
#include "net/server.h"
#include "tools/command.h"
#include "tools/players.h"
#include "tools/worlds.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace atl::tools {
namespace {

struct ServeConfig {
  WorldConfig world;
  PolicyConfig policy;
  net::ServerOptions server;
};

void describe(ConfigVisitor& v, ServeConfig& config) {
  v.table("world", config.world);
  v.table("policy", config.policy);
  v.table("server", config.server);
}

struct ServeFlags {
  std::string target;
  std::string address = "tcp://127.0.0.1:*";
  std::filesystem::path keys;
  std::filesystem::path make_keys;
  std::string client = "client";
  CommonFlags common;
};

ServeConfig load_serve_config(const CommonFlags& flags) {
  ServeConfig config;
  config.server.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  config_document(flags).read(config);
  return config;
}

// A run is a folder; all else is the name of a world.
bool is_policy(const std::string& target) { return target == "random" || std::filesystem::is_directory(target); }

net::Service create_service(const ServeFlags& flags, const ServeConfig& config) {
  if (is_policy(flags.target)) return session::policy_service(create_served_policy(flags.target, config.policy));
  if (!find_world(flags.target).is_stepped)
    fail(ErrorKind::kUsage, "world {} runs in real time and cannot be served; playhouse can", flags.target);
  return envs::remote::environment_service(
      [name = flags.target, world = config.world] { return create_stepped_world(name, world); });
}

void announce(const net::Service& service, const std::string& address, bool json) {
  if (json) {
    const nlohmann::ordered_json object = {{"kind", service.kind}, {"name", service.name}, {"address", address}};
    fmt::print("{}\n", object.dump());
  } else {
    fmt::print("serving the {} {} at {} (use it as remote:{}); Ctrl-C ends it\n", service.kind, service.name, address,
               address);
  }
  std::fflush(stdout);  // whoever started us waits for the address
}

int make_keys(const ServeFlags& flags) {
  net::make_keys(flags.make_keys, flags.client);
  fmt::print("server: --keys {}\nclient: copy {} to it, over a channel that you trust\n",
             (flags.make_keys / "server").string(), (flags.make_keys / flags.client).string());
  return 0;
}

}  // namespace

int run_serve(std::vector<std::string> arguments) {
  CLI::App app{"Serves a world or a policy over ZeroMQ: as remote:ADDRESS to `atoll`, and to Python (tools/python)",
               "atoll serve"};
  ServeFlags flags;
  CLI::Option* target =
      app.add_option("target", flags.target, "a stepped world (`playhouse`), a run, or `random` for a random policy");
  app.add_option("--address", flags.address,
                 "tcp://HOST:PORT (port * or 0: any free one) or ipc://PATH; beyond this machine only with --keys")
      ->capture_default_str();
  app.add_option("--keys", flags.keys, "folder DIR/server of --make-keys: only its clients may connect");
  CLI::Option* make = app.add_option("--make-keys", flags.make_keys,
                                     "make keys in this folder and end: DIR/server, and DIR/NAME for a client")
                          ->excludes(target);
  app.add_option("--client", flags.client, "name of the client that --make-keys makes")
      ->needs(make)
      ->capture_default_str();
  app.add_option("--config", flags.common.config, "a TOML file with the tables world, policy, server");
  app.add_option(
         "--set", flags.common.overrides,
         "section.key=value: server.threads, max_clients, max_environments, max_environments_per_client, credit; "
         "world.*; policy.*")
      ->take_all();
  app.add_flag("--json", flags.common.json, "one JSON object with kind, name and address on stdout");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;
  if (!flags.make_keys.empty()) return make_keys(flags);
  if (flags.target.empty()) fail(ErrorKind::kUsage, "atoll serve: name a world or a run, or --make-keys DIR");

  ServeConfig config = load_serve_config(flags.common);
  config.server.address = flags.address;
  config.server.keys = flags.keys;
  const net::Service service = create_service(flags, config);
  net::Server server(service, config.server);
  announce(service, server.address(), flags.common.json);
  server.run(stop_requested);
  const net::ServerStatistics statistics = server.statistics();
  log_info("{} requests, {} refused, {} clients lost", statistics.requests, statistics.refusals,
           statistics.clients_lost);
  return 0;
}

}  // namespace atl::tools
