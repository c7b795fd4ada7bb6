// The log that leaders keep in common, over a simulated network: who leads, what is committed, who takes part.
#include "distributed/replicated_log.h"

#include "core/error.h"
#include "tests/distributed/simulated_group.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace atl::distributed {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using tests::SimulatedGroup;

// A voter notices the loss in 1.2 s at most, asks for pre-votes and votes; twice, if two are in each other's way.
constexpr Duration kElection = 4s;

class ReplicatedLogTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(group.observer().faults(), IsEmpty()); }

  ChangeResult add(std::uint64_t leader, std::uint64_t id) {
    return group.call(leader, [&](ReplicatedLog& log, Timestamp now) { return log.add_learner(id, now); });
  }
  ChangeResult promote(std::uint64_t leader, std::uint64_t id) {
    return group.call(leader, [&](ReplicatedLog& log, Timestamp now) { return log.promote(id, now); });
  }
  ChangeResult remove(std::uint64_t leader, std::uint64_t id) {
    return group.call(leader, [&](ReplicatedLog& log, Timestamp now) { return log.remove(id, now); });
  }
  ChangeResult hand_over(std::uint64_t leader, std::uint64_t id) {
    return group.call(leader, [&](ReplicatedLog& log, Timestamp now) { return log.hand_over(id, now); });
  }
  void compact(std::uint64_t id) {
    group.call(id, [&](ReplicatedLog& log, Timestamp) {
      log.compact(log.commit_index(), group.observer().state_at(log.commit_index()));
      return 0;
    });
  }
  // Proposes so many entries, one by one.
  void propose(std::uint64_t leader, int num) {
    for (int i = 0; i < num; ++i) EXPECT_TRUE(group.propose(leader, {static_cast<std::uint8_t>(i)}));
  }
  // All that live have committed all that their leader has.
  bool agree(Duration patience = 2s) {
    const auto do_agree = [&] {
      const std::uint64_t leader = group.leader();
      return leader != 0 && std::ranges::all_of(group.live(), [&](std::uint64_t id) {
               return group[id].commit_index() == group[leader].entries().last_index();
             });
    };
    return group.run_until(do_agree, patience);
  }
  // Somebody leads who is not `old`.
  bool elect_other(std::uint64_t old) {
    return group.run_until([&] { return group.leader() != 0 && group.leader() != old; }, kElection);
  }

  SimulatedGroup group{7, {}};
};

TEST_F(ReplicatedLogTest, AFounderLeadsAtOnce) {
  group.found();
  EXPECT_TRUE(group[1].leads());
  EXPECT_EQ(group[1].term(), 1U);
  EXPECT_EQ(group[1].commit_index(), 1U);
  EXPECT_THAT(group[1].members().voters, ElementsAre(1U));
  group.run_for(10s);
  EXPECT_TRUE(group[1].leads()) << "it needs to hear nobody";
  propose(1, 3);
  EXPECT_EQ(group[1].commit_index(), 4U);
}

TEST_F(ReplicatedLogTest, GivesOutProposalsInOrderOnAll) {
  group.gather(3);
  const std::uint64_t before = group.observer().num_committed();
  propose(1, 200);
  EXPECT_TRUE(agree());
  EXPECT_EQ(group.observer().num_committed(), before + 200);
  EXPECT_EQ(group[3].entries().at(before + 200)->body, Bytes{199});
  EXPECT_EQ(group[2].leader(), 1U);
  EXPECT_FALSE(group.propose(2, {1})) << "it does not lead";
}

TEST_F(ReplicatedLogTest, AnotherLeadsWhenTheLeaderIsLostAndNothingCommittedIsLost) {
  group.gather(5);
  propose(1, 10);
  EXPECT_TRUE(agree());
  const std::uint64_t committed = group.observer().num_committed();
  group.kill(1);
  ASSERT_TRUE(elect_other(1));
  EXPECT_GE(group[group.leader()].entries().last_index(), committed + 1) << "and an entry of its own";
  EXPECT_TRUE(agree());
  group.kill(group.leader());
  ASSERT_TRUE(elect_other(0)) << "3 of 5 are left";
  propose(group.leader(), 1);
  EXPECT_TRUE(agree());
  EXPECT_EQ(group.observer().num_committed(), committed + 3);
}

TEST_F(ReplicatedLogTest, AMinorityCommitsNothingAndItsLeaderStepsDown) {
  group.gather(5);
  for (const std::uint64_t inside : {1, 2}) {
    for (const std::uint64_t outside : {3, 4, 5}) {
      group.set_link(inside, outside, false);
      group.set_link(outside, inside, false);
    }
  }
  const std::uint64_t committed = group[1].commit_index();
  propose(1, 5);
  group.run_for(kElection);
  EXPECT_FALSE(group[1].leads());
  EXPECT_EQ(group[1].leader(), 0U);
  EXPECT_EQ(group[1].commit_index(), committed);
  ASSERT_GE(group.leader(), 3U);
  const std::uint64_t term = group[group.leader()].term();
  propose(group.leader(), 1);
  group.heal();
  EXPECT_TRUE(agree());
  EXPECT_EQ(group.observer().num_committed(), committed + 2) << "an election's and a proposal";
  EXPECT_EQ(group[1].term(), term);
}

TEST_F(ReplicatedLogTest, WhoComesBackFromAPartitionRaisesNoTerm) {
  group.gather(3);
  group.isolate(3);
  group.run_for(60s);
  EXPECT_EQ(group[3].role(), LogRole::kPreCandidate);
  propose(1, 1);
  group.heal();
  EXPECT_TRUE(agree());
  group.run_for(kElection);
  EXPECT_TRUE(group[1].leads());
  for (const std::uint64_t id : group.live()) EXPECT_EQ(group[id].term(), 1U);
}

TEST_F(ReplicatedLogTest, WhoIsHeardAndDoesNotHearDisturbsNobody) {
  group.gather(3);
  group.set_link(1, 3, false);
  group.set_link(2, 3, false);
  group.run_for(30s);
  EXPECT_TRUE(group[1].leads());
  EXPECT_EQ(group[1].term(), 1U);
}

TEST_F(ReplicatedLogTest, ALearnerHasAllAndNoVote) {
  group.gather(1);
  propose(1, 5);
  const std::uint64_t id = group.join();
  group.run_for(5s);
  EXPECT_EQ(group[id].next_tick(), Timestamp::max()) << "it waits to be spoken to";
  EXPECT_EQ(add(1, id), ChangeResult::kBegun);
  EXPECT_EQ(add(1, id), ChangeResult::kAlready);
  EXPECT_TRUE(agree());
  EXPECT_EQ(group[id].group(), 1U);
  EXPECT_THAT(group[id].members().learners, ElementsAre(id));
  group.kill(id);
  propose(1, 1);
  EXPECT_EQ(group[1].commit_index(), group[1].entries().last_index()) << "nobody waits for a learner";
}

TEST_F(ReplicatedLogTest, PromotesWhoHasCaughtUp) {
  group.gather(1);
  propose(1, 3000);
  const std::uint64_t id = group.join();
  EXPECT_EQ(promote(1, id), ChangeResult::kUnknown);
  EXPECT_EQ(add(1, id), ChangeResult::kBegun);
  EXPECT_EQ(promote(1, id), ChangeResult::kBehind);
  ASSERT_EQ(group[1].peers().size(), 1U);
  const auto has_all = [&] { return group[1].peers()[0].match == group[1].entries().last_index(); };
  EXPECT_TRUE(group.run_until(has_all, 1s));
  EXPECT_FALSE(group[1].peers()[0].is_voter);
  EXPECT_EQ(promote(1, id), ChangeResult::kBegun);
  EXPECT_TRUE(agree());
  EXPECT_THAT(group[id].members().voters, ElementsAre(1U, id));
  EXPECT_EQ(promote(1, id), ChangeResult::kAlready);
}

TEST_F(ReplicatedLogTest, RefusesASecondChangeBeforeTheFirstIsCommitted) {
  group.gather(3);
  const std::uint64_t a = group.join();
  const std::uint64_t b = group.join();
  EXPECT_EQ(add(1, a), ChangeResult::kBegun);
  EXPECT_EQ(add(1, b), ChangeResult::kUnderWay);
  EXPECT_EQ(remove(1, 2), ChangeResult::kUnderWay);
  EXPECT_TRUE(group.run_until([&] { return !group[1].is_changing(); }, 1s));
  EXPECT_EQ(add(1, b), ChangeResult::kBegun);
  EXPECT_EQ(add(2, b), ChangeResult::kNotLeader);
}

TEST_F(ReplicatedLogTest, FindsTheDeadAndRemovesThem) {
  group.gather(3);
  group.kill(2);
  group.run_for(3s);
  for (const PeerFacts& peer : group[1].peers())
    EXPECT_EQ(group.now() - peer.heard > 2s, peer.id == 2) << "member " << peer.id;
  EXPECT_EQ(remove(1, 2), ChangeResult::kBegun);
  EXPECT_TRUE(agree());
  EXPECT_THAT(group[3].members().voters, ElementsAre(1U, 3U));
  EXPECT_EQ(add(1, 2), ChangeResult::kGone) << "an id is never used again";
}

TEST_F(ReplicatedLogTest, TellsWhoIsRemoved) {
  group.gather(3);
  EXPECT_EQ(remove(1, 3), ChangeResult::kBegun);
  EXPECT_TRUE(group.run_until([&] { return group[3].is_removed(); }, 1s));
  EXPECT_EQ(group[3].next_tick(), Timestamp::max());
  EXPECT_EQ(group[1].term(), 1U);
}

TEST_F(ReplicatedLogTest, TellsWhoWasRemovedWhileItWasAwayAndIsNotDisturbed) {
  group.gather(3);
  const std::uint64_t learner = group.join();
  EXPECT_EQ(add(1, learner), ChangeResult::kBegun);
  EXPECT_TRUE(agree());
  for (const std::uint64_t id : {std::uint64_t{3}, learner}) {
    group.isolate(id);
    EXPECT_EQ(remove(1, id), ChangeResult::kBegun);
    group.run_for(5s);
    EXPECT_FALSE(group[id].is_removed());
  }
  group.heal();
  EXPECT_TRUE(group.run_until([&] { return group[3].is_removed() && group[learner].is_removed(); }, kElection));
  EXPECT_TRUE(group[1].leads());
  EXPECT_EQ(group[1].term(), 1U);
}

TEST_F(ReplicatedLogTest, ALeaderMayRemoveItself) {
  group.gather(3);
  EXPECT_EQ(remove(1, 1), ChangeResult::kBegun);
  EXPECT_TRUE(group.run_until([&] { return group[1].is_removed(); }, 1s));
  EXPECT_FALSE(group[1].leads());
  EXPECT_TRUE(group.run_until([&] { return group.leader() > 1; }, 100ms)) << "it has asked the best one to lead";
  group.kill(1);
  EXPECT_TRUE(agree());
  EXPECT_THAT(group[group.leader()].members().voters, ElementsAre(2U, 3U));
}

TEST_F(ReplicatedLogTest, TheLastVoterStays) {
  group.gather(1);
  EXPECT_EQ(remove(1, 1), ChangeResult::kLastVoter);
  EXPECT_EQ(remove(1, 9), ChangeResult::kUnknown);
}

TEST_F(ReplicatedLogTest, HandsOverWithoutAGap) {
  group.gather(3);
  propose(1, 20);
  EXPECT_EQ(hand_over(1, 3), ChangeResult::kBegun);
  EXPECT_FALSE(group.propose(1, {1})) << "it is handing over";
  EXPECT_EQ(hand_over(1, 2), ChangeResult::kHandingOver);
  EXPECT_EQ(remove(1, 2), ChangeResult::kHandingOver);
  EXPECT_TRUE(group.run_until([&] { return group[3].leads(); }, 200ms));
  EXPECT_EQ(group[3].term(), 2U);
  EXPECT_TRUE(agree());
  EXPECT_FALSE(group[1].leads());
  EXPECT_EQ(hand_over(3, 3), ChangeResult::kAlready);
  EXPECT_EQ(hand_over(3, 9), ChangeResult::kUnknown);
  EXPECT_EQ(remove(3, 1), ChangeResult::kBegun) << "the clean leave of a leader";
  EXPECT_TRUE(group.run_until([&] { return group[1].is_removed(); }, 1s));
}

TEST_F(ReplicatedLogTest, GoesOnLeadingWhereNobodyTakesOver) {
  group.gather(3);
  group.isolate(3);
  EXPECT_EQ(hand_over(1, 3), ChangeResult::kBegun) << "it was heard of just now";
  EXPECT_FALSE(group.propose(1, {1}));
  group.run_for(1500ms);
  EXPECT_EQ(hand_over(1, 3), ChangeResult::kBehind);
  EXPECT_TRUE(group.propose(1, {1}));
  group.heal();
  EXPECT_TRUE(agree());
}

TEST_F(ReplicatedLogTest, GivesANewcomerTheSnapshotAndWhatFollows) {
  group.gather(2);
  propose(1, 50);
  EXPECT_TRUE(agree());
  compact(1);
  const std::uint64_t index = group[1].commit_index();
  EXPECT_EQ(group[1].entries().at(index), nullptr);
  propose(1, 3);
  const std::uint64_t id = group.join();
  EXPECT_EQ(add(1, id), ChangeResult::kBegun);
  EXPECT_TRUE(agree());
  EXPECT_EQ(group[id].commit_index(), index + 4);
  EXPECT_EQ(group[id].entries().snapshot().index, index);
  EXPECT_EQ(group[id].entries().snapshot().body, group.observer().state_at(index));
  EXPECT_EQ(promote(1, id), ChangeResult::kBegun);
  EXPECT_TRUE(agree());
  group.kill(1);
  EXPECT_TRUE(elect_other(1));
}

TEST_F(ReplicatedLogTest, SendsASnapshotAgainThatWasLost) {
  group.gather(1);
  propose(1, 5);
  compact(1);
  const std::uint64_t id = group.join();
  group.isolate(id);
  EXPECT_EQ(add(1, id), ChangeResult::kBegun);
  group.run_for(1s);
  group.heal();
  group.run_for(8s);
  EXPECT_EQ(group[id].commit_index(), 0U) << "a large one would be under way still";
  EXPECT_TRUE(agree(3s));
}

TEST_F(ReplicatedLogTest, RefusesToForgetWhatWasNotTaken) {
  ReplicatedLog log = ReplicatedLog::found(5, {}, from_ns(0));
  EXPECT_THAT(tests::error_of([&] { log.compact(1, {}); }), HasSubstr("up to 0 are taken"));
  EXPECT_EQ(log.take_committed().entries.size(), 1U);
  log.compact(1, {1, 2});
  log.compact(1, {3});
  EXPECT_EQ(log.entries().snapshot().body, (Bytes{1, 2}));
  EXPECT_THAT(log.take_committed().entries, IsEmpty());
}

// What a stranger says, be its term as high as it may, changes nothing while there is a leader.
TEST_F(ReplicatedLogTest, IgnoresStrangers) {
  group.gather(3);
  for (const LogVerb verb : {LogVerb::kAppend, LogVerb::kAppended, LogVerb::kVote, LogVerb::kVoted, LogVerb::kPreVote,
                             LogVerb::kPreVoted, LogVerb::kSnapshot, LogVerb::kHandOver}) {
    for (const std::uint64_t to : group.live()) {
      group.call(to, [&](ReplicatedLog& log, Timestamp now) {
        log.receive({.verb = verb, .from = 99, .to = to, .group = 1, .term = 50}, now);
        log.receive({.verb = verb, .from = 2, .to = to, .group = 77, .term = 50}, now);
        log.receive({.verb = verb, .from = 2, .to = 98, .group = 1, .term = 50}, now);
        return 0;
      });
    }
  }
  group.run_for(kElection);
  EXPECT_TRUE(group[1].leads());
  for (const std::uint64_t id : group.live()) EXPECT_EQ(group[id].term(), 1U);
}

TEST_F(ReplicatedLogTest, KeepsMessagesShort) {
  ReplicatedLog log = ReplicatedLog::found(1, {.max_append_bytes = 100, .max_append_entries = 4}, from_ns(0));
  for (const std::size_t size : {200, 60, 40, 1, 0, 0, 0, 0, 0}) log.propose(Bytes(size), from_ns(0));
  log.add_learner(2, from_ns(0));
  std::vector<std::size_t> counts;
  for (int i = 0; i < 6; ++i) {
    for (const LogMessage& message : log.take_messages()) {
      counts.push_back(message.entries.size());
      log.receive({.verb = LogVerb::kAppended,
                   .is_yes = true,
                   .from = 2,
                   .to = 1,
                   .group = 1,
                   .term = 1,
                   .index = message.index + message.entries.size()},
                  from_ns(0));
    }
  }
  EXPECT_THAT(counts, ElementsAre(1U, 1U, 2U, 4U, 3U)) << "entry 1, then the large one alone";
}

}  // namespace
}  // namespace atl::distributed
