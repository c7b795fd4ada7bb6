// The long soak: STEPS random steps, shared among THREADS, each with seeds of its own. Prints progress with the
// resident memory to stderr and one JSON object to stdout. Exit code 1 when something happened that must not, or memory
// grew.
#include "core/error.h"
#include "core/random.h"
#include "tests/envs/soak.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <mutex>
#include <string_view>
#include <thread>

namespace {

using atl::envs::playhouse::SoakReport;
using Json = nlohmann::ordered_json;

constexpr double kMiB = 1 << 20;
constexpr double kMostGrowth_mib = 4.0;  // of the second half over the first: no more than one house's worth of noise

std::int64_t number(std::string_view text, std::string_view what) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value < 1)
    atl::fail(atl::ErrorKind::kUsage, "{} is \"{}\", expected a whole number from 1", what, text);
  return value;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / kMiB;
}

// Samples of memory from all threads, by how much of the work is done.
class Watch {
 public:
  explicit Watch(std::int64_t steps) : steps_(steps), begin_(std::chrono::steady_clock::now()) {}

  void tell(std::int64_t more_steps) {
    const std::lock_guard lock(mutex_);
    done_ += more_steps;
    const double share = static_cast<double>(done_) / static_cast<double>(steps_);
    const double memory = resident_mib();
    (share <= 0.5 ? first_half_mib : second_half_mib) =
        std::max(share <= 0.5 ? first_half_mib : second_half_mib, memory);
    if (static_cast<int>(share * 20) == told_) return;
    told_ = static_cast<int>(share * 20);
    samples.push_back({{"steps", done_}, {"resident_mib", memory}});
    fmt::print(stderr, "{:3.0f} %  {:9} steps  {:6.1f} MiB  {:6.0f} s\n", share * 100, done_, memory, seconds());
  }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

  double first_half_mib = 0.0;
  double second_half_mib = 0.0;
  Json samples = Json::array();

 private:
  const std::int64_t steps_;
  const std::chrono::steady_clock::time_point begin_;
  std::mutex mutex_;
  std::int64_t done_ = 0;
  int told_ = -1;
};

void add(SoakReport& all, const SoakReport& part) {
  all.steps += part.steps;
  all.ticks += part.ticks;
  all.episodes += part.episodes;
  for (const auto& [level, count] : part.episodes_of_level) all.episodes_of_level[level] += count;
  for (const auto& [verdict, count] : part.verdicts) all.verdicts[verdict] += count;
  for (std::size_t i = 0; i < all.events.size(); ++i) all.events[i] += part.events[i];
  all.problems.insert(all.problems.end(), part.problems.begin(), part.problems.end());
}

Json to_json(const SoakReport& report) {
  static constexpr std::array<std::string_view, 16> kEvents{
      "took",       "put down", "dropped", "gave",     "pushed", "opened",  "closed", "turned on",
      "turned off", "pressed",  "stored",  "took out", "screen", "setting", "jumped", "refused"};
  static_assert(kEvents.size() == std::tuple_size_v<decltype(SoakReport::events)>);
  Json events;
  for (std::size_t i = 0; i < kEvents.size(); ++i) events[std::string(kEvents[i])] = report.events[i];
  return {{"steps", report.steps},       {"ticks", report.ticks},
          {"episodes", report.episodes}, {"episodes_of_level", report.episodes_of_level},
          {"verdicts", report.verdicts}, {"events", events},
          {"problems", report.problems}};
}

int run(std::int64_t steps, std::int64_t threads, std::int64_t seed) {
  Watch watch(steps);
  std::vector<SoakReport> reports(static_cast<std::size_t>(threads));
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    workers.emplace_back([&, i] {
      const std::int64_t share = steps / threads + (static_cast<std::int64_t>(i) < steps % threads ? 1 : 0);
      std::int64_t told = 0;
      reports[i] = atl::envs::playhouse::soak(share, atl::derive_seed(static_cast<std::uint64_t>(seed), i),
                                              [&](const SoakReport& report) {
                                                watch.tell(report.steps - told);
                                                told = report.steps;
                                              });
      watch.tell(reports[i].steps - told);
    });
  }
  for (std::thread& worker : workers) worker.join();
  SoakReport all;
  for (const SoakReport& report : reports) add(all, report);
  const double growth = watch.second_half_mib - watch.first_half_mib;
  const bool is_flat = growth <= kMostGrowth_mib;
  Json json = to_json(all);
  json["seed"] = seed;
  json["threads"] = threads;
  json["seconds"] = watch.seconds();
  json["memory"] = {{"most_in_first_half_mib", watch.first_half_mib},
                    {"most_in_second_half_mib", watch.second_half_mib},
                    {"is_flat", is_flat},
                    {"samples", watch.samples}};
  fmt::print("{}\n", json.dump(2));
  return all.problems.empty() && is_flat ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) atl::fail(atl::ErrorKind::kUsage, "usage: atoll_soak STEPS THREADS SEED");
    return run(number(argv[1], "STEPS"), number(argv[2], "THREADS"), number(argv[3], "SEED"));
  } catch (const std::exception& error) {
    fmt::print(stderr, "atoll_soak: {}\n", error.what());
    return 2;
  }
}
