// `atoll bench remote`: Playhouse behind a server on loopback, 96x72, physics, rendering and verdicts included; the
// smallest level and the largest.
#include "core/clock.h"
#include "core/log.h"
#include "envs/playhouse/playhouse.h"
#include "envs/remote/client.h"
#include "envs/remote/environment_server.h"
#include "tools/bench.h"
#include "tools/bench_episodes.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>

namespace atl::tools {
namespace {

// A server in this process, on threads of its own, as another process would have them.
class BenchServer {
 public:
  BenchServer(const std::string& level, int workers)
      : server_(envs::remote::environment_service(
                    [level] { return envs::create_playhouse({.episode = {.level = level}}); }),
                {.threads = workers}),
        thread_([this] { server_.run([this] { return stop_.load(); }); }) {}
  BenchServer(const BenchServer&) = delete;
  BenchServer& operator=(const BenchServer&) = delete;
  ~BenchServer() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] const std::string& address() const { return server_.address(); }

 private:
  std::atomic<bool> stop_{false};
  net::Server server_;
  std::thread thread_;
};

// Each environment plays the episodes in turn, starting at its own one; all of them have a request under way.
double steps_per_second(const std::vector<BenchEpisode>& episodes, const std::string& address, int in_flight,
                        int steps) {
  envs::remote::RemoteWorld world({.address = address}, in_flight);
  struct Place {
    std::size_t episode = 0;
    std::size_t step = 0;
  };
  std::vector<Place> at(static_cast<std::size_t>(in_flight));
  const auto send_next = [&](int environment, bool is_over) {
    Place& place = at[static_cast<std::size_t>(environment)];
    if (is_over) place = {place.episode + 1, 0};
    const BenchEpisode& episode = episodes[place.episode % episodes.size()];
    if (place.step == 0) {
      world.send_reset(environment, episode.seed, {});
    } else {
      world.send_step(environment, episode.actions[place.step - 1]);
    }
    ++place.step;
  };
  for (int i = 0; i < in_flight; ++i) {
    at[static_cast<std::size_t>(i)].episode = static_cast<std::size_t>(i);
    send_next(i, false);
  }
  const Timestamp begin = MonotonicClock::now();
  for (int done = 0; done < steps;) {
    const envs::remote::RemoteRow row = world.wait_row();
    done += row.is_first ? 0 : 1;
    send_next(row.environment, row.outcome->is_over());
  }
  return steps / to_seconds(MonotonicClock::now() - begin);
}

}  // namespace

std::vector<Figure> bench_remote(const BenchOptions& options) {
  set_log_level(LogLevel::kWarning);  // a client comes and leaves with each repeat
  std::vector<Figure> figures;
  for (const std::string level : {"room", "full"}) {
    const std::vector<BenchEpisode> episodes = record_bench_episodes(level == "room" ? 200 : 60, {.level = level});
    const auto measure = [&](const BenchServer& server, const std::string& name, int in_flight, int steps) {
      figures.push_back(repeat_figure(fmt::format("{}: steps 96x72, {}", level, name), "1/s", options.repeats,
                                      [&] { return steps_per_second(episodes, server.address(), in_flight, steps); }));
    };
    for (const int workers : {1, 2}) {
      const BenchServer server(level, workers);
      measure(server, fmt::format("8 in flight, {} worker{}", workers, workers > 1 ? "s" : ""), 8, 20000);
      if (workers == 1) measure(server, "ping-pong", 1, 5000);
    }
  }
  return figures;
}

}  // namespace atl::tools
