// What Raft promises, in thousands of random schedules of losses, delays, partitions, deaths and changes of members;
// and whatever bytes a network may bring.
#include "core/error.h"
#include "core/random.h"
#include "distributed/replicated_log.h"
#include "tests/distributed/simulated_group.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace atl::distributed {
namespace {

using namespace std::chrono_literals;
using tests::NetworkRules;
using tests::SimulatedGroup;

constexpr int kSchedules = 2000;
constexpr int kActions = 60;
constexpr std::size_t kMostLive = 9;
// From the moment that the network is whole: some elections, or a snapshot that is sent again.
constexpr Duration kRecovery = 10s;

ReplicatedLogOptions quick_options(Random& random) {
  return {.beat = 100ms,
          .shortest_election = 300ms,
          .longest_election = 600ms,
          .patience = 150ms,
          .snapshot_patience = 500ms,
          .max_append_bytes = 4,
          .max_append_entries = 1 + random.below(3)};
}

// One schedule: so many voters, then one thing after another happens to them, then the network is whole again.
class Schedule {
 public:
  explicit Schedule(std::uint64_t seed) : random_(seed), group_(seed, quick_options(random_)) {}

  // What went wrong; empty: nothing.
  std::string run() {
    group_.gather(3 + random_.below(5));
    const bool is_stormy = random_.chance(1, 2);
    for (int i = 0; i < kActions && group_.observer().faults().empty(); ++i) {
      if (is_stormy && random_.chance(7, 8)) {
        depose();
      } else {
        act();
        group_.run_for(Duration(random_.between(5'000'000, 250'000'000)));
      }
    }
    if (group_.observer().faults().empty() && !recovers()) return "no progress on a whole network:" + state();
    return fmt::format("{}", fmt::join(group_.observer().faults(), "\n"));
  }
  [[nodiscard]] const tests::LogObserver& observer() const { return group_.observer(); }

 private:
  using Change = ChangeResult (ReplicatedLog::*)(std::uint64_t, Timestamp);

  void act() {
    switch (random_.below(12)) {
      case 0: split(); break;
      case 1: group_.heal(); break;
      case 2: group_.isolate(group_.leader() != 0 ? group_.leader() : any()); break;
      case 3: group_.set_link(any(), any(), false); break;
      case 4: kill(random_.chance(1, 2) ? any() : group_.leader()); break;
      case 5: change(&ReplicatedLog::add_learner, newcomer()); break;
      case 6: change(&ReplicatedLog::promote, any_learner()); break;
      case 7:
        if (group_[any()].members().voters.size() > random_.below(4))
          change(&ReplicatedLog::remove, random_.chance(1, 4) ? group_.leader() : any_member());
        break;
      case 8: change(&ReplicatedLog::hand_over, any()); break;
      case 9: compact(any()); break;
      case 10: change_network(); break;
      default: break;
    }
    for (const std::uint64_t id : group_.live()) {
      for (std::uint32_t i = random_.below(3); i > 0; --i)
        group_.propose(id, {static_cast<std::uint8_t>(random_()), static_cast<std::uint8_t>(random_())});
    }
  }

  // The leader is cut off while what it has just said is on its way to some, and the last one to whom this happened is
  // back: entries of several terms lie about, as in figure 8 of the paper.
  void depose() {
    const std::uint64_t leader = group_.leader();
    group_.heal();
    if (leader != 0) group_.isolate(leader);
    group_.run_until([&] { return group_.leader() != 0 && group_.leader() != leader; }, 1s);
    if (random_.chance(1, 4)) change(&ReplicatedLog::promote, any_learner());
    if (random_.chance(1, 8)) change(&ReplicatedLog::remove, any_member());
    if (random_.chance(1, 8)) change(&ReplicatedLog::add_learner, newcomer());
    for (std::uint32_t i = random_.below(3); i > 0 && group_.leader() != 0; --i) group_.propose(group_.leader(), {1});
    group_.run_for(std::chrono::round<Duration>(4 * random_.uniform() * group_.network.longest));
  }

  std::uint64_t any() {
    const std::vector<std::uint64_t> live = group_.live();
    return live[random_.below(static_cast<std::uint32_t>(live.size()))];
  }
  // Also one that is dead.
  std::uint64_t any_member() {
    const LogMembers& members = group_[any()].members();
    return members.voters.empty() ? 1
                                  : members.voters[random_.below(static_cast<std::uint32_t>(members.voters.size()))];
  }
  std::uint64_t any_learner() {
    const LogMembers& members = group_[any()].members();
    return members.learners.empty() ? any() : members.learners.front();
  }
  std::uint64_t newcomer() { return group_.live().size() < kMostLive && random_.chance(2, 3) ? group_.join() : any(); }

  void split() {
    group_.heal();
    std::vector<std::uint64_t> live = group_.live();
    const std::uint64_t sides = random_();
    for (const std::uint64_t a : live) {
      for (const std::uint64_t b : live) {
        if ((sides >> a % 64 & 1) != (sides >> b % 64 & 1)) group_.set_link(a, b, false);
      }
    }
  }

  void change_network() {
    group_.network = {.lost = random_.below(3) * 150, .doubled = random_.below(2) * 200, .longest = 2ms};
    if (random_.chance(1, 2)) group_.network.longest = Duration(random_.between(2'000'000, 300'000'000));
  }

  // Whoever leads does it, also who only believes to.
  void change(Change what, std::uint64_t id) {
    for (const std::uint64_t leader : group_.live()) {
      if (!group_[leader].leads()) continue;
      if (what == &ReplicatedLog::promote && !group_.is_live(id)) continue;
      if (what == &ReplicatedLog::remove && !has_majority(group_[leader].members(), 0, id)) continue;
      group_.call(leader, [&](ReplicatedLog& log, Timestamp now) { return (log.*what)(id, now); });
      note_members(group_[leader].members());
    }
  }

  // Whether a majority of the voters lives, without one that dies, and one that is a voter no more.
  [[nodiscard]] bool has_majority(const LogMembers& members, std::uint64_t dying, std::uint64_t leaving) const {
    std::size_t num_voters = 0;
    std::size_t num_live = 0;
    for (const std::uint64_t id : members.voters) {
      if (id == leaving) continue;
      ++num_voters;
      if (id != dying && group_.is_live(id) && !group_[id].is_removed()) ++num_live;
    }
    return num_live >= num_voters / 2 + 1;
  }

  void note_members(const LogMembers& members) { recent_.emplace_back(group_.now(), members); }

  // Whom a minority of every group can spare that may be in some log, or in a message that is still under way.
  void kill(std::uint64_t id) {
    if (id == 0 || group_.live().size() < 3) return;
    std::erase_if(recent_, [&](const auto& recent) { return recent.first + 1s < group_.now(); });
    for (const auto& [time, members] : recent_) {
      if (!has_majority(members, id, 0)) return;
    }
    for (const std::uint64_t other : group_.live()) {
      const LogMembers& members = group_[other].members();
      if (!members.voters.empty() && !has_majority(members, id, 0)) return;
    }
    note_members(group_[id].members());
    group_.kill(id);
  }

  void compact(std::uint64_t id) {
    group_.call(id, [&](ReplicatedLog& log, Timestamp) {
      log.compact(log.commit_index(), group_.observer().state_at(log.commit_index()));
      return 0;
    });
  }

  // A value of now is committed on every member that takes part, and who was removed knows it.
  bool recovers() {
    group_.heal();
    group_.network = {};
    const std::uint64_t committed = group_.observer().num_committed();
    const auto leads = [&] { return group_.leader() != 0 && group_.propose(group_.leader(), {1}); };
    if (!group_.run_until(leads, kRecovery)) return false;
    const auto is_well = [&] {
      const std::uint64_t leader = group_.leader();
      if (leader == 0 || group_.observer().num_committed() == committed) return false;
      const LogMembers& members = group_[leader].members();
      return std::ranges::all_of(group_.live(), [&](std::uint64_t id) {
        if (members.was_removed(id)) return group_[id].is_removed() || !knows_any_of(id, members);
        return !members.has(id) || group_[id].commit_index() > committed;
      });
    };
    return group_.run_until(is_well, kRecovery);
  }

  // Whether there is anyone whom the member could ask.
  [[nodiscard]] bool knows_any_of(std::uint64_t id, const LogMembers& members) const {
    return std::ranges::any_of(
        group_.live(), [&](std::uint64_t other) { return members.has(other) && group_[id].members().has(other); });
  }

  [[nodiscard]] std::string state() const {
    std::string text;
    for (const std::uint64_t id : group_.live()) {
      const ReplicatedLog& log = group_[id];
      text += fmt::format("\n  {} {} term {} leader {} last {}/{} commit {} removed {} voters [{}] learners [{}]", id,
                          to_string(log.role()), log.term(), log.leader(), log.entries().last_index(),
                          log.entries().last_term(), log.commit_index(), log.is_removed(),
                          fmt::join(log.members().voters, " "), fmt::join(log.members().learners, " "));
    }
    return text;
  }

  Random random_;
  SimulatedGroup group_;
  std::vector<std::pair<Timestamp, LogMembers>> recent_;
};

TEST(ReplicatedLogFuzz, KeepsItsPromisesInAnySchedule) {
  std::uint64_t committed = 0;
  std::uint64_t leaders = 0;
  int num_failed = 0;
  for (std::uint64_t seed = 1; seed <= kSchedules; ++seed) {
    Schedule schedule(seed);
    const std::string what = schedule.run();
    EXPECT_EQ(what, "") << "seed " << seed;
    committed += schedule.observer().num_committed();
    leaders += schedule.observer().num_leaders();
    if (!what.empty() && ++num_failed == 5) break;
  }
  EXPECT_GT(committed, 30U * kSchedules) << "schedules that come to nothing test nothing";
  EXPECT_GT(leaders, 4U * kSchedules);
}

Bytes mutate(Bytes bytes, Random& random) {
  const auto place = [&] { return random.below(static_cast<std::uint32_t>(bytes.size())); };
  for (std::uint32_t i = 1 + random.below(3); i > 0 && !bytes.empty(); --i) {
    switch (random.below(5)) {
      case 0: bytes[place()] ^= static_cast<std::uint8_t>(1U << random.below(8)); break;
      case 1: bytes[place()] = static_cast<std::uint8_t>(random()); break;
      case 2: bytes.resize(place()); break;
      case 3: bytes.insert(bytes.end(), 1 + random.below(40), static_cast<std::uint8_t>(random())); break;
      default: {
        // A number of the head becomes another, small, large or near what it was.
        const std::size_t at = 8 * random.below(10);
        if (at + 8 > bytes.size()) break;
        const std::uint8_t fill = random.chance(1, 2) ? 0 : static_cast<std::uint8_t>(random());
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 1, 7, fill);
        bytes[at] = static_cast<std::uint8_t>(random.below(12));
      }
    }
  }
  return bytes;
}

// A group that is told nonsense may end, but it neither crashes nor hangs nor grows.
TEST(ReplicatedLogFuzz, OutlivesMutatedMessages) {
  constexpr int kMessages = 20'000;
  Random random(1);
  int num_refused = 0;
  int num_taken = 0;
  for (std::uint64_t seed = 1; num_refused + num_taken < kMessages; ++seed) {
    SimulatedGroup group(seed, quick_options(random));
    std::vector<Bytes> heard;
    group.overhear = [&](const Bytes& message) { heard.push_back(message); };
    group.gather(3);
    for (int i = 0; i < 100; ++i) {
      if (group.leader() != 0) group.propose(group.leader(), {1, 2, 3});
      try {
        LogMessage message =
            decode_log_message(mutate(heard[random.below(static_cast<std::uint32_t>(heard.size()))], random));
        ++num_taken;
        if (!group.is_live(message.to)) message.to = 1 + random.below(3);
        group.call(message.to, [&](ReplicatedLog& log, Timestamp now) {
          log.receive(message, now);
          return 0;
        });
      } catch (const Error& error) {
        ASSERT_EQ(error.kind(), ErrorKind::kFormat) << error.what();
        ++num_refused;
      }
      heard.resize(std::min<std::size_t>(heard.size(), 200));
      group.run_for(20ms);
    }
    EXPECT_LT(heard.size(), 2000U);
    for (const std::uint64_t id : group.live()) {
      const LogEntries& entries = group[id].entries();
      EXPECT_LT(entries.last_index() - entries.snapshot().index, 500U);
    }
  }
  EXPECT_GT(num_refused, kMessages / 10);
  EXPECT_GT(num_taken, kMessages / 10);
}

}  // namespace
}  // namespace atl::distributed
