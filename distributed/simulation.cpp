#include "distributed/simulation.h"

#include "core/error.h"
#include "core/random.h"
#include "distributed/fragments.h"
#include "distributed/rounds.h"
#include "distributed/sync_messages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <queue>

namespace atl::distributed {

void describe(ConfigVisitor& v, SimulatedIslands& islands) {
  constexpr FieldLimits kTime{.min = 0, .max = 1e12};
  v.field("name", &islands.name);
  v.field("count", &islands.count, {.min = 1, .max = 100'000});
  v.field("step_s", &islands.step_s, {.min = 1e-6, .max = 1e6});
  v.field("step_spread", &islands.step_spread, {.min = 0, .max = 1});
  v.field("tokens_per_step", &islands.tokens_per_step, {.min = 0, .max = 1e12});
  v.field("up_mbit", &islands.up_mbit, {.min = 0, .max = 1e9});
  v.field("down_mbit", &islands.down_mbit, {.min = 0, .max = 1e9});
  v.field("latency_s", &islands.latency_s, {.min = 0, .max = 1e3});
  v.field("joins_s", &islands.joins_s, kTime);
  v.field("leaves_s", &islands.leaves_s, kTime);
  v.field("failure_hours", &islands.failure_hours, kTime);
  v.field("back_s", &islands.back_s, kTime);
}

void describe(ConfigVisitor& v, SimulatedSyncer& syncer) {
  v.field("up_mbit", &syncer.up_mbit, {.min = 0, .max = 1e9});
  v.field("down_mbit", &syncer.down_mbit, {.min = 0, .max = 1e9});
  v.field("sum_gb_s", &syncer.sum_gb_s, {.min = 1e-6, .max = 1e6});
}

void describe(ConfigVisitor& v, Scenario& scenario) {
  v.table("sync", scenario.sync);
  v.begin_table("scenario");
  v.field("parameters", &scenario.parameters, {.min = 1, .max = 1e13});
  v.field("seconds", &scenario.seconds, {.min = 0, .max = 1e12});
  v.field("tokens", &scenario.tokens, {.min = 0, .max = 1e18});
  v.field("seed", &scenario.seed);
  v.end_table();
  v.table("syncer", scenario.syncer);
  v.list("islands", scenario.islands);
}

std::vector<std::string> problems_of(const Scenario& scenario) {
  std::vector<std::string> problems = problems_of(scenario.sync);
  if (scenario.islands.empty()) problems.emplace_back("there are no islands: add an [[islands]]");
  if (scenario.seconds == 0 && scenario.tokens == 0)
    problems.emplace_back("scenario.seconds and scenario.tokens are 0: say when it ends");
  if (!scenario.sync.fragments.modules.empty())
    problems.emplace_back("sync.fragments.modules: a simulation has no model; leave them out");
  std::vector<std::string> names;
  for (const SimulatedIslands& islands : scenario.islands) {
    if (std::ranges::find(names, islands.name) != names.end())
      problems.push_back(fmt::format("two [[islands]] are called \"{}\"", islands.name));
    names.push_back(islands.name);
  }
  return problems;
}

namespace {

constexpr double kNever = 1e300;

Timestamp at(double seconds) { return from_ns(0) + from_seconds(seconds); }

// Carries one thing after another.
class Link {
 public:
  explicit Link(double mbit) : bytes_per_s_(mbit > 0 ? mbit * 1e6 / 8 : kNever) {}
  // When `bytes` that are ready at `now` have passed.
  double send(double now, double bytes) {
    begun_at_ = std::max(now, free_at_);
    free_at_ = begun_at_ + bytes / bytes_per_s_;
    return free_at_;
  }
  // When the last of them began to pass.
  [[nodiscard]] double begun_at() const { return begun_at_; }
  void clear(double now) { free_at_ = std::min(free_at_, now); }

 private:
  double bytes_per_s_;
  double free_at_ = 0;
  double begun_at_ = 0;
};

struct IslandPart {
  std::int64_t base = 0;     // version that the island has
  std::int64_t arrived = 0;  // newest version that is at the island
  std::int64_t arrived_step = 0;
  std::int64_t sent_at = -1;      // clock; -1: nothing is under way
  std::uint64_t awaited = 0;      // id of the push, until its commit is here
  std::uint64_t committed = 0;    // id of the newest push that is in a commit, wherever that is
  std::int64_t committed_in = 0;  // the version that it led to
};

struct SimulatedIsland {
  const SimulatedIslands* kind = nullptr;
  std::string name;
  Link up{0};
  Link down{0};
  std::uint64_t life = 0;     // events of an earlier one are void,
  std::uint64_t stretch = 0;  // and ends of stretches of steps that were not the last
  bool is_up = false;
  bool is_learning = false;
  std::uint64_t incarnation = 0;
  std::uint64_t next_push = 1;
  std::int64_t clock = 0;
  std::int64_t window_at = 0;  // asynchronous: when its window began
  std::int64_t window_steps = 0;
  std::int64_t pushed_at = 0;  // clock at the last push of any fragment
  double up_since = 0;
  double computes_since = -1;  // -1: it does not
  double waits_for = -1;       // fragment; -1: it computes
  double up_s = 0;
  double computed_s = 0;
  std::vector<IslandPart> parts;
};

class Simulation {
 public:
  explicit Simulation(const Scenario& scenario);
  Simulated run();

 private:
  struct Event {
    double time = 0;
    std::uint64_t order = 0;
    std::function<void()> happen;
    friend bool operator>(const Event& a, const Event& b) {
      return std::pair(a.time, a.order) > std::pair(b.time, b.order);
    }
  };

  // A commit at an island.
  struct Arrived {
    std::size_t fragment = 0;
    std::int64_t version = 0;
    std::int64_t step = 0;
    std::uint64_t own = 0;  // id of the island's delta in it; 0: none
  };

  void later(double time, std::function<void()> happen);
  void later_of(SimulatedIsland& island, double time, std::function<void()> happen);
  void join(SimulatedIsland& island);
  void fail(SimulatedIsland& island);
  void end(SimulatedIsland& island);
  void go_on(SimulatedIsland& island);
  void arrive_at(SimulatedIsland& island, std::int64_t clock);
  void rest(SimulatedIsland& island) const;
  bool act(SimulatedIsland& island);
  void send(SimulatedIsland& island, std::size_t fragment);
  bool has_newer(const IslandPart& part) const;
  void take(SimulatedIsland& island, std::size_t fragment);
  void decide();
  void hand_out(const Commit& commit);
  void receive(SimulatedIsland& island, const Arrived& arrived);
  [[nodiscard]] std::int64_t next_stop(const SimulatedIsland& island) const;
  [[nodiscard]] double normal();
  void count_bytes(const Link& link, double until, double bytes);
  [[nodiscard]] bool is_each() const { return scenario_.sync.rounds.apply == "each"; }
  [[nodiscard]] double fragment_values() const { return scenario_.parameters / static_cast<double>(num_fragments_); }
  [[nodiscard]] double delta_bytes() const;
  [[nodiscard]] Rounds make_rounds() const;

  const Scenario& scenario_;
  const std::size_t num_fragments_;
  const FragmentSchedule schedule_;
  Rounds rounds_;
  Random random_;
  std::vector<SimulatedIsland> islands_;
  std::map<std::string, std::size_t> index_;
  std::vector<double> free_at_;  // of the syncer's work on each fragment
  Link syncer_up_;
  Link syncer_down_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t next_order_ = 0;
  double now_ = 0;
  double decision_at_ = kNever;
  double possible_tokens_ = 0;
  double staleness_ = 0;
  std::map<double, double> rate_changes_;  // of all links together, bytes a second
  Simulated result_;
};

Rounds Simulation::make_rounds() const {
  MemberRules members = scenario_.sync.members;
  members.silence_s = 1e9;  // the simulation tells when an island is given up
  members.stall_s = 1e9;
  std::vector<FragmentFacts> facts(num_fragments_);
  for (FragmentFacts& one : facts) one.num_values = 1000;  // all alike
  return {scenario_.sync.rounds, members, facts};
}

Simulation::Simulation(const Scenario& scenario)
    : scenario_(scenario),
      num_fragments_(static_cast<std::size_t>(scenario.sync.fragments.count)),
      schedule_(scenario.sync.steps, num_fragments_),
      rounds_(make_rounds()),
      random_(scenario.seed),
      free_at_(num_fragments_),
      syncer_up_(scenario.syncer.up_mbit),
      syncer_down_(scenario.syncer.down_mbit) {
  rounds_.set_overlap_steps(scenario.sync.overlap_steps);
  for (const SimulatedIslands& kind : scenario.islands) {
    for (int i = 0; i < kind.count; ++i) {
      SimulatedIsland& island = islands_.emplace_back();
      island.kind = &kind;
      island.name = fmt::format("{}-{:06}", kind.name, i);
      island.up = Link(kind.up_mbit);
      island.down = Link(kind.down_mbit);
    }
  }
  for (std::size_t i = 0; i < islands_.size(); ++i) {
    index_[islands_[i].name] = i;
    later(islands_[i].kind->joins_s, [this, i] { join(islands_[i]); });
    if (islands_[i].kind->leaves_s > 0) later(islands_[i].kind->leaves_s, [this, i] { end(islands_[i]); });
  }
}

double Simulation::normal() {  // Box and Muller
  const double u = std::max(random_.uniform(), 1e-300);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * random_.uniform());
}

double Simulation::delta_bytes() const {
  const auto values = static_cast<std::size_t>(fragment_values());
  return static_cast<double>(encoded_bytes(scenario_.sync.codec, std::max<std::size_t>(1, values)));
}

// Of an island's own link, for at least a second, so that what passes in no time has no boundless rate.
void Simulation::count_bytes(const Link& link, double until, double bytes) {
  const double begin = std::min(link.begun_at(), until);
  const double span = std::max(1.0, until - begin);
  rate_changes_[begin] += bytes / span;
  rate_changes_[begin + span] -= bytes / span;
}

void Simulation::later(double time, std::function<void()> happen) {
  events_.push({.time = std::max(time, now_), .order = next_order_++, .happen = std::move(happen)});
}

void Simulation::later_of(SimulatedIsland& island, double time, std::function<void()> happen) {
  later(time, [&island, life = island.life, happen = std::move(happen)] {
    if (island.life == life) happen();
  });
}

// ---- Lives of islands.

void Simulation::join(SimulatedIsland& island) {
  ++island.life;
  ++result_.joins;
  island.is_up = true;
  island.up_since = now_;
  island.waits_for = -1;
  island.incarnation = rounds_.join(island.name, island.life, at(now_));
  island.parts.assign(num_fragments_, {});
  island.next_push = first_id(island.incarnation);
  island.up.clear(now_);
  island.down.clear(now_);
  if (island.kind->failure_hours > 0) {
    const double life_s = -std::log(std::max(random_.uniform(), 1e-300)) * island.kind->failure_hours * 3600;
    later_of(island, now_ + life_s, [this, &island] { fail(island); });
  }
  // The first ones bring the parameters along; others take the state.
  const bool is_first = rounds_.step() == 0 && rounds_.tokens() == 0;
  const double floats = scenario_.sync.outer.kind == "sgd" ? 1 : scenario_.sync.outer.kind == "nesterov" ? 2 : 3;
  const double bytes = is_first ? 0 : floats * 4 * scenario_.parameters;
  const double there = island.down.send(syncer_up_.send(now_, bytes), bytes) + 2 * island.kind->latency_s;
  result_.bytes_down += bytes;
  count_bytes(island.down, there, bytes);
  later_of(island, there, [this, &island] {
    for (std::size_t i = 0; i < num_fragments_; ++i) {
      IslandPart& part = island.parts[i];
      part.base = part.arrived = rounds_.version(i);
    }
    island.clock = rounds_.step();
    island.window_at = island.pushed_at = island.clock;
    island.window_steps = scenario_.sync.steps;
    rounds_.begin(island.name);
    static_cast<void>(rounds_.beat(island.name, island.incarnation,
                                   {.step = 0, .step_s = island.kind->step_s, .work = "train"}, at(now_)));
    island.is_learning = true;
    decide();
    go_on(island);
  });
}

void Simulation::end(SimulatedIsland& island) {
  if (!island.is_up) return;
  ++island.life;
  rest(island);
  island.is_up = island.is_learning = false;
  island.up_s += now_ - island.up_since;
  rounds_.leave(island.name);
  decide();
}

void Simulation::fail(SimulatedIsland& island) {
  ++result_.failures;
  ++island.life;
  rest(island);
  island.is_up = island.is_learning = false;
  island.up_s += now_ - island.up_since;
  const std::uint64_t life = island.life;
  later(now_ + scenario_.sync.members.silence_s, [this, &island, life] {
    if (island.life != life) return;  // back already
    rounds_.leave(island.name);
    decide();
  });
  const double back = now_ + island.kind->back_s;
  if (island.kind->leaves_s > 0 && back >= island.kind->leaves_s) return;
  later_of(island, back, [this, &island] { join(island); });
}

// ---- What an island does: Island::after_step (distributed/island.cpp), a stretch of steps at a time.

std::int64_t Simulation::next_stop(const SimulatedIsland& island) const {
  const std::int64_t overlap = scenario_.sync.overlap_steps;
  std::int64_t stop = is_each() ? island.window_at + island.window_steps : std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < num_fragments_; ++i) {
    const IslandPart& part = island.parts[i];
    if (part.sent_at >= 0) {
      const std::int64_t take_at = part.sent_at + overlap;
      stop = is_each() && stop <= island.clock ? take_at : std::min(stop, take_at);
    } else if (!is_each()) {
      stop = std::min(stop, schedule_.next_due(i, island.clock));
    }
  }
  return std::max(stop, island.clock + 1);
}

// It does not compute any more.
void Simulation::rest(SimulatedIsland& island) const {
  if (island.computes_since >= 0) island.computed_s += now_ - island.computes_since;
  island.computes_since = -1;
}

void Simulation::go_on(SimulatedIsland& island) {
  rest(island);
  island.computes_since = now_;
  const std::int64_t stop = next_stop(island);
  const auto steps = static_cast<double>(stop - island.clock);
  const SimulatedIslands& kind = *island.kind;
  const double spread = kind.step_spread > 0 ? kind.step_spread * kind.step_s * std::sqrt(steps) * normal() : 0;
  const double took = std::max(steps * kind.step_s * 0.1, steps * kind.step_s + spread);
  later_of(island, now_ + took, [this, &island, stop, stretch = ++island.stretch] {
    if (island.stretch == stretch) arrive_at(island, stop);
  });
}

void Simulation::arrive_at(SimulatedIsland& island, std::int64_t clock) {
  island.clock = clock;
  rest(island);
  if (act(island)) go_on(island);
}

// False if it waits.
bool Simulation::act(SimulatedIsland& island) {
  const std::int64_t overlap = scenario_.sync.overlap_steps;
  for (std::size_t i = 0; i < num_fragments_; ++i) {
    IslandPart& part = island.parts[i];
    const bool is_due =
        is_each() ? island.clock - island.window_at >= island.window_steps : schedule_.due(island.clock) == i;
    if (part.sent_at < 0 && is_due && island.waits_for < 0) send(island, i);
    if (part.sent_at >= 0 && island.clock - part.sent_at >= overlap) {
      if (!has_newer(part)) {
        island.waits_for = static_cast<double>(i);
        return false;
      }
      take(island, i);
    }
  }
  island.waits_for = -1;
  return true;
}

void Simulation::send(SimulatedIsland& island, std::size_t fragment) {
  IslandPart& part = island.parts[fragment];
  const std::optional<std::int64_t> from = rounds_.takes_from(fragment, island.name);
  if (!from || part.base < *from) {
    island.window_at = island.clock;
    return;
  }
  part.sent_at = island.clock;
  part.awaited = island.next_push++;
  const auto steps = std::min<std::int64_t>(island.clock - island.pushed_at, schedule_.period());
  const Push push{.island = island.name,
                  .incarnation = island.incarnation,
                  .id = part.awaited,
                  .fragment = fragment,
                  .base = part.base,
                  .step = island.clock,
                  .steps = is_each() ? island.window_steps : schedule_.period(),
                  .tokens = std::llround(island.kind->tokens_per_step *
                                         static_cast<double>(is_each() ? steps : schedule_.period()))};
  island.pushed_at = island.clock;
  const double bytes = delta_bytes();
  const double sent = island.up.send(now_, bytes);
  const double there = syncer_down_.send(sent + island.kind->latency_s, bytes);
  result_.bytes_up += bytes;
  count_bytes(island.up, sent, bytes);
  // What is on its way arrives even if the island dies behind it, unless it is given up by then.
  later(there, [this, push] {
    static_cast<void>(rounds_.push(push, at(now_)));
    decide();
  });
}

bool Simulation::has_newer(const IslandPart& part) const {
  return part.arrived > part.base && (!is_each() || part.awaited == 0);
}

void Simulation::take(SimulatedIsland& island, std::size_t fragment) {
  IslandPart& part = island.parts[fragment];
  part.base = part.arrived;
  part.sent_at = -1;
  if (!is_each()) return;
  island.window_at = island.clock;
  island.window_steps = scenario_.sync.dynamic_steps
                            ? rounds_.members().dynamic_steps(island.name, scenario_.sync.steps)
                            : scenario_.sync.steps;
}

// ---- The syncer.

void Simulation::decide() {
  for (const Commit& commit : rounds_.decide(at(now_)).commits) {
    ++result_.commits;
    result_.deltas += static_cast<std::int64_t>(commit.entries.size());
    for (const Entry& entry : commit.entries) staleness_ += static_cast<double>(entry.staleness);
    const double work =
        static_cast<double>(commit.entries.size() + 1) * fragment_values() * 4 / (scenario_.syncer.sum_gb_s * 1e9);
    double& free_at = free_at_[commit.fragment];
    free_at = std::max(free_at, now_) + work;
    later(free_at, [this, commit, decided = now_] {
      rounds_.note_sync_time(now_ - decided);
      hand_out(commit);
    });
  }
  const std::optional<Timestamp> next = rounds_.next_decision();
  const double time = next ? static_cast<double>(to_ns(*next)) * 1e-9 : kNever;
  if (time <= now_ || time >= 1e8 || time == decision_at_) return;
  decision_at_ = time;
  later(time + 1e-9, [this] { decide(); });
}

void Simulation::hand_out(const Commit& commit) {
  for (const Entry& entry : commit.entries) {
    SimulatedIsland& island = islands_[index_.at(entry.island)];
    if (island.parts.empty()) continue;
    IslandPart& part = island.parts[commit.fragment];
    if (incarnation_of(entry.push) != island.incarnation) continue;
    part.committed = std::max(part.committed, entry.push);
    part.committed_in = commit.version;
  }
  const double one = delta_bytes();
  for (SimulatedIsland& island : islands_) {
    if (!island.is_learning) continue;
    const bool is_own = island.parts[commit.fragment].committed_in == commit.version;
    const double others = static_cast<double>(commit.entries.size()) - (is_own ? 1 : 0);
    const double bytes = scenario_.sync.reply == "mean" ? one : one * others;
    const double there = island.down.send(syncer_up_.send(now_, bytes) + island.kind->latency_s, bytes);
    result_.bytes_down += bytes;
    count_bytes(island.down, there, bytes);
    const Arrived arrived{.fragment = commit.fragment,
                          .version = commit.version,
                          .step = commit.step,
                          .own = is_own ? island.parts[commit.fragment].committed : 0};
    later_of(island, there, [this, &island, arrived] { receive(island, arrived); });
  }
}

void Simulation::receive(SimulatedIsland& island, const Arrived& arrived) {
  IslandPart& part = island.parts[arrived.fragment];
  part.arrived = std::max(part.arrived, arrived.version);
  part.arrived_step = std::max(part.arrived_step, arrived.step);
  if (arrived.own != 0 && arrived.own >= part.awaited) part.awaited = 0;
  const std::optional<std::int64_t> from = rounds_.takes_from(arrived.fragment, island.name);
  if (part.sent_at < 0 && !is_each() && (!from || part.base < *from)) {  // it follows until its first full window
    part.base = part.arrived;
    const std::int64_t clock = part.arrived_step + scenario_.sync.overlap_steps;
    if (clock > island.clock) {
      island.clock = clock;
      go_on(island);  // what it computed towards is of another clock
    }
    return;
  }
  if (island.waits_for < 0) return;
  if (act(island)) go_on(island);
}

Simulated Simulation::run() {
  const double end = scenario_.seconds > 0 ? scenario_.seconds : kNever;
  while (!events_.empty()) {
    const Event event = events_.top();
    events_.pop();
    if (event.time > end) break;
    now_ = event.time;
    ++result_.events;
    event.happen();
    if (scenario_.tokens > 0 && static_cast<double>(rounds_.tokens()) >= scenario_.tokens) break;
  }
  if (scenario_.seconds > 0 && scenario_.tokens == 0) now_ = scenario_.seconds;
  result_.seconds = now_;
  result_.tokens = static_cast<double>(rounds_.tokens());
  double up = 0;
  double computed = 0;
  for (SimulatedIsland& island : islands_) {
    rest(island);
    up += island.up_s + (island.is_up ? now_ - island.up_since : 0);
    computed += island.computed_s;
    const SimulatedIslands& kind = *island.kind;
    const double until = kind.leaves_s > 0 ? std::min(kind.leaves_s, now_) : now_;
    possible_tokens_ += std::max(0.0, until - kind.joins_s) / kind.step_s * kind.tokens_per_step;
  }
  result_.goodput = possible_tokens_ > 0 ? result_.tokens / possible_tokens_ : 0;
  result_.utilisation = up > 0 ? std::min(1.0, computed / up) : 0;
  result_.staleness = result_.deltas > 0 ? staleness_ / static_cast<double>(result_.deltas) : 0;
  double rate = 0;
  for (const auto& [time, change] : rate_changes_) {
    rate += change;
    if (time < now_) result_.peak_mbit = std::max(result_.peak_mbit, rate * 8e-6);
  }
  result_.mean_mbit = now_ > 0 ? (result_.bytes_up + result_.bytes_down) * 8e-6 / now_ : 0;
  return result_;
}

}  // namespace

Simulated simulate(const Scenario& scenario) {
  const std::vector<std::string> problems = problems_of(scenario);
  if (!problems.empty())
    atl::fail(ErrorKind::kConfig, "the scenario does not fit together:\n  {}", fmt::join(problems, "\n  "));
  return Simulation(scenario).run();
}

}  // namespace atl::distributed
