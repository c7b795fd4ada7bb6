#include "tests/distributed/simulated_group.h"

#include "core/error.h"

#include <algorithm>
#include <utility>

namespace atl::tests {

using distributed::ChangeResult;

SimulatedGroup::SimulatedGroup(std::uint64_t seed, const ReplicatedLogOptions& options)
    : options_(options), random_(seed) {
  options_.seed = seed;
}

void SimulatedGroup::found() {
  const std::uint64_t id = next_id_++;
  members_[id] = std::make_unique<ReplicatedLog>(ReplicatedLog::found(id, options_, now_));
  settle(*members_[id]);
}

std::uint64_t SimulatedGroup::join() {
  const std::uint64_t id = next_id_++;
  members_[id] = std::make_unique<ReplicatedLog>(ReplicatedLog::join(id, options_));
  return id;
}

void SimulatedGroup::gather(std::size_t num) {
  using namespace std::chrono_literals;
  found();
  const auto begins = [this](auto change) {
    return run_until([&] { return call(1, change) == ChangeResult::kBegun; }, 10s);
  };
  while (live().size() < num) {
    const std::uint64_t id = join();
    const bool is_in = begins([&](ReplicatedLog& log, Timestamp now) { return log.add_learner(id, now); }) &&
                       begins([&](ReplicatedLog& log, Timestamp now) { return log.promote(id, now); });
    ATOLL_CHECK(is_in, "member {} does not come in", id);
  }
  const auto knows_all = [&](std::uint64_t id) {
    return members_[id]->members().voters.size() == num && !members_[id]->is_changing();
  };
  ATOLL_CHECK(run_until([&] { return std::ranges::all_of(live(), knows_all); }, 10s), "{} do not gather", num);
}

void SimulatedGroup::kill(std::uint64_t id) { members_.erase(id); }

void SimulatedGroup::set_link(std::uint64_t from, std::uint64_t to, bool is_whole) {
  if (is_whole) {
    cut_.erase({from, to});
  } else {
    cut_.insert({from, to});
  }
}

void SimulatedGroup::isolate(std::uint64_t id) {
  for (const std::uint64_t other : live()) {
    set_link(id, other, other == id);
    set_link(other, id, other == id);
  }
}

void SimulatedGroup::run_for(Duration time) {
  const Timestamp end = now_ + time;
  while (next_event() <= end) step();
  now_ = end;
}

bool SimulatedGroup::run_until(const std::function<bool()>& is_so, Duration time) {
  const Timestamp end = now_ + time;
  while (!is_so()) {
    if (next_event() > end) return false;
    step();
  }
  return true;
}

bool SimulatedGroup::propose(std::uint64_t id, Bytes body) {
  return call(id, [&](ReplicatedLog& log, Timestamp now) { return log.propose(std::move(body), now).has_value(); });
}

std::vector<std::uint64_t> SimulatedGroup::live() const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, log] : members_) ids.push_back(id);
  return ids;
}

std::uint64_t SimulatedGroup::leader() const {
  std::uint64_t leader = 0;
  std::uint64_t term = 0;
  for (const auto& [id, log] : members_) {
    if (!log->leads() || log->term() <= term) continue;
    leader = id;
    term = log->term();
  }
  return leader;
}

Timestamp SimulatedGroup::next_event() const {
  Timestamp next = letters_.empty() ? Timestamp::max() : letters_.begin()->first;
  for (const auto& [id, log] : members_) next = std::min(next, log->next_tick());
  return std::max(next, now_);
}

void SimulatedGroup::step() {
  now_ = next_event();
  if (!letters_.empty() && letters_.begin()->first <= now_) {
    const Letter letter = std::move(letters_.extract(letters_.begin()).mapped());
    const auto to = members_.find(letter.to);
    if (to == members_.end()) return;
    to->second->receive(distributed::decode_log_message(letter.bytes), now_);
    return settle(*to->second);
  }
  for (const auto& [id, log] : members_) {
    if (log->next_tick() > now_) continue;
    log->tick(now_);
    return settle(*log);
  }
}

void SimulatedGroup::settle(ReplicatedLog& log) {
  observer_.watch(log, log.take_committed());
  for (const LogMessage& message : log.take_messages()) post(message);
}

void SimulatedGroup::post(const LogMessage& message) {
  Bytes bytes = encode(message);
  if (overhear) overhear(bytes);
  if (cut_.contains({message.from, message.to}) || random_.chance(network.lost, 1000)) return;
  const auto arrival = [&] {
    return now_ + network.shortest +
           Duration(static_cast<Duration::rep>(random_.uniform() *
                                               static_cast<double>((network.longest - network.shortest).count())));
  };
  if (random_.chance(network.doubled, 1000)) letters_.emplace(arrival(), Letter{.to = message.to, .bytes = bytes});
  letters_.emplace(arrival(), Letter{.to = message.to, .bytes = std::move(bytes)});
}

}  // namespace atl::tests
