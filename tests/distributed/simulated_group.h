// Members of a replicated log over a network in virtual time, which loses, doubles, delays and reorders messages and
// falls into parts, all by a seed. Every message goes through its bytes, every step is watched by a LogObserver.
#pragma once

#include "core/random.h"
#include "tests/distributed/log_observer.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace atl::tests {

using distributed::LogMessage;
using distributed::ReplicatedLogOptions;

struct NetworkRules {
  std::uint32_t lost = 0;     // of 1000 messages
  std::uint32_t doubled = 0;  // of 1000
  Duration shortest = std::chrono::milliseconds(1);
  Duration longest = std::chrono::milliseconds(5);
};

class SimulatedGroup {
 public:
  SimulatedGroup(std::uint64_t seed, const ReplicatedLogOptions& options);

  /// A founder with id 1.
  void found();
  /// A newcomer with the next id, which nobody speaks to yet.
  std::uint64_t join();
  /// `num` voters (ids 1 .. num), from nothing; within the patience of a test, else a fault of the test.
  void gather(std::size_t num);
  /// It does nothing any more, and is no more.
  void kill(std::uint64_t id);
  /// Whether `from` is heard by `to`.
  void set_link(std::uint64_t from, std::uint64_t to, bool is_whole);
  void isolate(std::uint64_t id);
  void heal() { cut_.clear(); }

  void run_for(Duration time);
  /// Whether it became so within the time.
  bool run_until(const std::function<bool()>& is_so, Duration time);
  /// Calls something of a member, at the present time, and carries away what comes of it.
  template <class Call>
  auto call(std::uint64_t id, const Call& call) {
    auto result = call(*members_.at(id), now_);
    settle(*members_.at(id));
    return result;
  }
  bool propose(std::uint64_t id, Bytes body);

  [[nodiscard]] const ReplicatedLog& operator[](std::uint64_t id) const { return *members_.at(id); }
  [[nodiscard]] bool is_live(std::uint64_t id) const { return members_.contains(id); }
  [[nodiscard]] std::vector<std::uint64_t> live() const;
  /// Who leads the newest term; 0: nobody leads.
  [[nodiscard]] std::uint64_t leader() const;
  [[nodiscard]] const LogObserver& observer() const { return observer_; }
  [[nodiscard]] Timestamp now() const { return now_; }

  NetworkRules network;
  std::function<void(const Bytes& message)> overhear;  // every message that is sent

 private:
  struct Letter {
    std::uint64_t to = 0;
    Bytes bytes{};
  };

  [[nodiscard]] Timestamp next_event() const;
  void step();
  void settle(ReplicatedLog& log);
  void post(const LogMessage& message);

  ReplicatedLogOptions options_;
  Random random_;
  Timestamp now_ = from_ns(1'000'000'000);
  std::map<std::uint64_t, std::unique_ptr<ReplicatedLog>> members_;
  std::uint64_t next_id_ = 1;
  std::set<std::pair<std::uint64_t, std::uint64_t>> cut_;  // from, to
  std::multimap<Timestamp, Letter> letters_;
  LogObserver observer_;
};

}  // namespace atl::tests
