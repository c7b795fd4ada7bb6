#include "net/server.h"

#include "core/error.h"
#include "core/log.h"
#include "core/version.h"
#include "net/address.h"
#include "net/lane_workers.h"

#include <algorithm>
#include <unordered_map>

namespace atl::net {
namespace {

constexpr Duration kLongestWait = std::chrono::milliseconds(100);
constexpr Duration kLongestProbe = std::chrono::seconds(60);

ServerOptions checked(ServerOptions options) {
  const bool fits = options.threads >= 1 && options.max_clients >= 1 && options.max_lanes >= 1 &&
                    options.max_lanes_per_client >= 1 && options.credit >= 1;
  if (!fits) fail(ErrorKind::kConfig, "threads, clients, environments and credit of a server must be at least 1");
  options.address = parse_address(options.address, true);
  return options;
}

Router::Options router_options(const ServerOptions& options, const Service& service) {
  Router::Options router;
  router.address = options.address;
  if (!options.keys.empty()) router.keys = load_server_keys(options.keys);
  router.queue_messages = std::max(64, 2 * options.credit * options.max_lanes_per_client);
  // What is larger is cut off by libzmq before it takes memory; from the true limits up to here it is refused in words.
  router.max_part_bytes =
      static_cast<std::int64_t>(std::max(std::size_t{1} << 20, service.max_buffer_bytes + (std::size_t{1} << 16)));
  return router;
}

// What is wrong with the shape of a request, or nothing.
std::optional<Refusal> check_shape(const Parts& parts, const Header& header, const Service& service) {
  const PackLimits limits;
  const std::size_t max_parts = service.max_buffer_bytes > 0 ? 3 : 2;
  if (parts.num_received() != header.n_parts)
    return Refusal{Status::kMalformed,
                   fmt::format("the message has {} parts, its header says {}", parts.num_received(), header.n_parts)};
  if (parts.num_received() < 2 || parts.num_received() > max_parts)
    return Refusal{parts.num_received() < 2 ? Status::kMalformed : Status::kTooLarge,
                   fmt::format("the message has {} parts, expected 2 to {}", parts.num_received(), max_parts)};
  if (parts[1].size() > limits.max_bytes)
    return Refusal{Status::kTooLarge,
                   fmt::format("the body has {} bytes, expected at most {}", parts[1].size(), limits.max_bytes)};
  if (parts.size() == 3 && parts[2].size() > service.max_buffer_bytes)
    return Refusal{Status::kTooLarge, fmt::format("the third part has {} bytes, expected at most {}", parts[2].size(),
                                                  service.max_buffer_bytes)};
  if (header.status != Status::kOk)
    return Refusal{Status::kMalformed,
                   fmt::format("a request with status \"{}\", expected \"ok\"", to_string(header.status))};
  return std::nullopt;
}

}  // namespace

void describe(ConfigVisitor& v, ServerOptions& options) {
  v.field("threads", &options.threads, {.min = 1, .max = 1024});
  v.field("max_clients", &options.max_clients, {.min = 1, .max = 65536});
  v.field("max_environments", &options.max_lanes, {.min = 1, .max = 65536});
  v.field("max_environments_per_client", &options.max_lanes_per_client, {.min = 1, .max = 65536});
  v.field("credit", &options.credit, {.min = 1, .max = 1024});
}

std::shared_ptr<const Reply> make_refusal(Status status, const std::string& reason) {
  auto reply = std::make_shared<Reply>();
  reply->header.verb = Verb::kError;
  reply->header.status = status;
  reply->body = pack(ErrorBody{reason});
  return reply;
}

class Server::State {
 public:
  State(Service service, const ServerOptions& options)
      : service_(std::move(service)),
        options_(checked(options)),
        router_(router_options(options_, service_)),
        workers_(service_, options_.threads, static_cast<std::size_t>(options_.max_lanes), [this] { router_.wake(); }) {
  }

  [[nodiscard]] const std::string& address() const { return router_.address(); }

  void run(const std::function<bool()>& should_stop) {
    while (!should_stop()) {
      if (std::optional<Router::Incoming> incoming = router_.wait_receive(MonotonicClock::now() + kLongestWait))
        take(std::move(*incoming));
      for (const LaneWorkers::Done& done : workers_.take_done()) finish(done);
      probe_silent_clients();
      publish();
    }
  }

  [[nodiscard]] ServerStatistics statistics() const {
    const std::lock_guard lock(statistics_mutex_);
    return published_;
  }

 private:
  struct Client {
    std::string name;
    std::unordered_map<std::uint32_t, std::shared_ptr<LaneQueue>> lanes;
    Timestamp heard;
    Timestamp next_probe;
  };
  using Clients = std::unordered_map<std::string, Client>;

  void take(Router::Incoming incoming) {
    ++statistics_.requests;
    Header header;
    std::optional<Refusal> refusal = decode(incoming.parts.size() > 0 ? incoming.parts[0] : Part{}, header);
    const auto client = clients_.find(incoming.peer);
    if (client != clients_.end()) client->second.heard = MonotonicClock::now();
    if (!refusal) refusal = check_shape(incoming.parts, header, service_);
    if (refusal) return refuse(incoming.peer, header, *refusal);
    if (header.verb == Verb::kPing) return static_cast<void>(send(incoming.peer, header, {.header = header}));
    if (header.verb == Verb::kHello) return greet(incoming, header);
    if (client == clients_.end())
      return refuse(
          incoming.peer, header,
          {Status::kUnknown, fmt::format("{} from a client that is not known; say HELLO first (the server may "
                                         "have been restarted, or have lost the connection)",
                                         to_string(header.verb))});
    enqueue(client, header, std::move(incoming));
  }

  void greet(const Router::Incoming& incoming, const Header& header) {
    ClientHello hello;
    try {
      hello = unpack<ClientHello>(incoming.parts[1], "HELLO");
    } catch (const Error& error) {
      return refuse(incoming.peer, header, {Status::kMalformed, error.what()});
    }
    if (!clients_.contains(incoming.peer)) {
      if (clients_.size() >= static_cast<std::size_t>(options_.max_clients))
        return refuse(incoming.peer, header,
                      {Status::kLimit,
                       fmt::format("the server has {} clients, which is all it takes (max_clients)", clients_.size())});
      Client client;
      client.name = hello.name.substr(0, 64);
      client.heard = MonotonicClock::now();
      client.next_probe = client.heard + kHeartbeat;
      log_info("client \"{}\" came", client.name);
      clients_.emplace(incoming.peer, std::move(client));
    }
    Reply reply;
    reply.header.verb = Verb::kHello;
    reply.body = pack(ServerHello{.kind = service_.kind,
                                  .name = service_.name,
                                  .software = fmt::format("atoll {}", version()),
                                  .credit = options_.credit,
                                  .environments = options_.max_lanes_per_client});
    static_cast<void>(send(incoming.peer, header, reply));
  }

  // Puts a request of a known client behind the others of its lane.
  void enqueue(Clients::iterator client, const Header& header, Router::Incoming incoming) {
    if (header.verb == Verb::kClose && header.env_id == kEverything) {
      log_info("client \"{}\" left", client->second.name);
      forget(client);
      Reply reply;
      reply.header.verb = Verb::kClose;
      return static_cast<void>(send(incoming.peer, header, reply));
    }
    auto& lanes = client->second.lanes;
    auto lane = lanes.find(header.env_id);
    if (lane == lanes.end()) {
      if (const std::optional<Refusal> refusal = check_new_lane(header, lanes.size()))
        return refuse(incoming.peer, header, *refusal);
      auto queue = std::make_shared<LaneQueue>();
      queue->peer = incoming.peer;
      queue->env_id = header.env_id;
      lane = lanes.emplace(header.env_id, std::move(queue)).first;
      ++num_lanes_;
    }
    LaneQueue& queue = *lane->second;
    if (queue.num_under_way() >= static_cast<std::size_t>(options_.credit))
      return refuse(incoming.peer, header,
                    {Status::kCredit,
                     fmt::format("{} requests of env_id {} are under way, the credit window is {}; wait for a reply",
                                 queue.num_under_way(), header.env_id, options_.credit)});
    queue.waiting.push_back({header, std::move(incoming.parts)});
    if (!queue.is_busy) workers_.start(lane->second);
  }

  [[nodiscard]] std::optional<Refusal> check_new_lane(const Header& header, std::size_t num_of_client) const {
    if (header.verb != Verb::kSpec && header.verb != Verb::kReset)
      return Refusal{Status::kUnknown, fmt::format("{} of env_id {}, which is not there; SPEC or RESET makes one",
                                                   to_string(header.verb), header.env_id)};
    if (header.env_id >= static_cast<std::uint32_t>(options_.max_lanes_per_client))
      return Refusal{Status::kLimit, fmt::format("env_id {}, expected below {} (max_environments_per_client)",
                                                 header.env_id, options_.max_lanes_per_client)};
    if (num_lanes_ >= options_.max_lanes)
      return Refusal{
          Status::kLimit,
          fmt::format("all {} environments of the server are taken, {} of them by this client (max_environments)",
                      num_lanes_, num_of_client)};
    return std::nullopt;
  }

  void finish(const LaneWorkers::Done& done) {
    LaneQueue& queue = *done.queue;
    queue.is_busy = false;
    const auto client = clients_.find(queue.peer);
    const bool is_waited_for = client != clients_.end() && client->second.lanes.contains(queue.env_id) &&
                               client->second.lanes.at(queue.env_id) == done.queue;
    if (!is_waited_for) {  // its client left meanwhile
      --num_lanes_;
      return;
    }
    const SendResult result = send(queue.peer, done.header, *done.reply);
    if (result != SendResult::kSent) return lose(client, result);
    if (!queue.waiting.empty()) return workers_.start(done.queue);
    if (done.header.verb == Verb::kClose) {
      client->second.lanes.erase(queue.env_id);
      --num_lanes_;
    }
  }

  SendResult send(const std::string& peer, const Header& request, const Reply& reply) {
    Header header = reply.header;
    header.env_id = request.env_id;
    header.agent_id = request.agent_id;
    header.request_id = request.request_id;
    const Part buffer(reply.buffer);
    return router_.send(peer, {header, reply.body, std::span(&buffer, reply.buffer.empty() ? 0 : 1)});
  }

  void refuse(const std::string& peer, const Header& request, const Refusal& refusal) {
    ++statistics_.refusals;
    // One that floods us without reading is not waited for: the answer to it is lost, and nothing else.
    static_cast<void>(send(peer, request, *make_refusal(refusal.status, refusal.reason)));
  }

  // Lanes that a worker is busy with count until it is done with them.
  void forget(Clients::iterator client) {
    for (const auto& [env_id, lane] : client->second.lanes) num_lanes_ -= lane->is_busy ? 0 : 1;
    clients_.erase(client);
  }

  void lose(Clients::iterator client, SendResult result) {
    log_info("client \"{}\" {}: its {} environments are freed", client->second.name,
             result == SendResult::kGone ? "is gone" : "does not read its replies", client->second.lanes.size());
    ++statistics_.clients_lost;
    forget(client);
  }

  // Sends a ping to whoever was silent for a while, ever more seldom: the transport tells when nobody is there to get
  // it. Those who merely think hard find a few pings in their queue later.
  void probe_silent_clients() {
    const Timestamp now = MonotonicClock::now();
    if (now < next_look_) return;
    next_look_ = now + kLongestWait;
    for (auto client = clients_.begin(); client != clients_.end();) {
      const auto next = std::next(client);
      if (now >= client->second.next_probe) {
        const Duration silence = now - client->second.heard;
        client->second.next_probe = now + std::clamp(Duration(silence / 4), kHeartbeat, kLongestProbe);
        if (silence >= kHeartbeat && send(client->first, {}, {.header = {.t_ns = to_ns(now)}}) == SendResult::kGone)
          lose(client, SendResult::kGone);
      }
      client = next;
    }
  }

  void publish() {
    statistics_.clients = static_cast<int>(clients_.size());
    statistics_.lanes = num_lanes_;
    const std::lock_guard lock(statistics_mutex_);
    published_ = statistics_;
  }

  const Service service_;
  const ServerOptions options_;
  Router router_;
  Clients clients_;
  int num_lanes_ = 0;
  Timestamp next_look_;
  ServerStatistics statistics_;
  mutable std::mutex statistics_mutex_;
  ServerStatistics published_;  // guarded by statistics_mutex_
  LaneWorkers workers_;         // last: its threads end before what they use
};

Server::Server(Service service, const ServerOptions& options)
    : state_(std::make_unique<State>(std::move(service), options)) {}
Server::~Server() = default;
const std::string& Server::address() const { return state_->address(); }
void Server::run(const std::function<bool()>& should_stop) { state_->run(should_stop); }
ServerStatistics Server::statistics() const { return state_->statistics(); }

}  // namespace atl::net
