// When rounds close and with what, in virtual time: synchronous, elastic, asynchronous, streaming; members that die,
// come late, leave and return.
#include "distributed/rounds.h"

#include "core/random.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace atl::distributed {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Timestamp at(double seconds) { return from_ns(1'000'000'000) + from_seconds(seconds); }

// Islands by the rules, each with its incarnation and pushes numbered.
class Islands {
 public:
  explicit Islands(const RoundRules& rules, std::vector<FragmentFacts> fragments = {{}})
      : rounds(rules, MemberRules{}, std::move(fragments)) {}

  void join(const std::string& name, double time) {
    incarnations_[name] = rounds.join(name, ++process_, at(time));
    rounds.begin(name);
  }
  PushResult push(const std::string& name, double time, Push more = {}) {
    more.island = name;
    if (more.incarnation == 0) more.incarnation = incarnations_[name];
    if (more.id == 0) more.id = ++ids_[name];
    return rounds.push(more, at(time));
  }
  // From the newest version.
  PushResult push_fresh(const std::string& name, double time, std::int64_t tokens = 100, std::int64_t steps = 10) {
    return push(name, time, {.base = rounds.version(0), .steps = steps, .tokens = tokens});
  }
  void beat(const std::string& name, double time, double step_s = 0.1) {
    rounds.beat(name, incarnations_[name], {.step = ++steps_, .step_s = step_s, .work = "train"}, at(time));
  }
  std::vector<Commit> commits(double time) { return rounds.decide(at(time)).commits; }

  Rounds rounds;

 private:
  std::map<std::string, std::uint64_t> incarnations_;
  std::map<std::string, std::uint64_t> ids_;
  std::uint64_t process_ = 100;
  std::int64_t steps_ = 0;
};

std::vector<std::string> islands_of(const Commit& commit) {
  std::vector<std::string> names;
  for (const Entry& entry : commit.entries) names.push_back(entry.island);
  return names;
}

TEST(SynchronousRounds, WaitForAllAndSumInTheOrderOfNames) {
  Islands run({});
  for (const char* name : {"c", "a", "b"}) run.join(name, 0);
  run.push_fresh("b", 1);
  run.push_fresh("c", 2);
  EXPECT_THAT(run.commits(3), IsEmpty());
  run.push_fresh("a", 3);
  const std::vector<Commit> commits = run.commits(3);
  ASSERT_THAT(commits, SizeIs(1));
  EXPECT_THAT(islands_of(commits[0]), ElementsAre("a", "b", "c"));
  EXPECT_EQ(commits[0].version, 1);
  EXPECT_EQ(commits[0].tokens, 300);
  for (const Entry& entry : commits[0].entries) EXPECT_DOUBLE_EQ(entry.weight, 1.0 / 3);
  EXPECT_EQ(run.rounds.version(0), 1);
}

TEST(SynchronousRounds, WaitForTheFirstIslandsToGather) {
  Islands run({.start_islands = 3});
  run.join("a", 0);
  run.push_fresh("a", 1);
  EXPECT_THAT(run.commits(1), IsEmpty());
  run.join("b", 1);
  EXPECT_EQ(run.push_fresh("b", 1), PushResult::kAccepted) << "its window began with the round";
  EXPECT_THAT(run.commits(1), IsEmpty());
  run.join("c", 2);
  EXPECT_THAT(run.commits(2), IsEmpty());
  run.push_fresh("c", 3);
  EXPECT_THAT(islands_of(run.commits(3).at(0)), ElementsAre("a", "b", "c"));
}

TEST(SynchronousRounds, GoOnWithoutAMemberThatDied) {
  Islands run({});
  for (const char* name : {"a", "b", "c"}) run.join(name, 0);
  run.push_fresh("a", 1);
  run.push_fresh("b", 1);
  for (double time = 1; time < 4; time += 0.5) {
    run.beat("a", time);
    run.beat("b", time);
    EXPECT_THAT(run.commits(time), IsEmpty());
  }
  const Rounds::Decisions decisions = run.rounds.decide(at(4));
  ASSERT_THAT(decisions.lost, SizeIs(1));
  EXPECT_EQ(decisions.lost[0].name, "c");
  ASSERT_THAT(decisions.commits, SizeIs(1));
  EXPECT_THAT(islands_of(decisions.commits[0]), ElementsAre("a", "b"));
}

TEST(SynchronousRounds, KeepWhatADeadMemberHadSent) {
  Islands run({});
  run.join("a", 0);
  run.join("b", 0);
  run.push_fresh("b", 1);
  run.beat("a", 3.5);
  EXPECT_THAT(run.commits(4.5), IsEmpty()) << "b is lost, but a is to come";
  EXPECT_FALSE(run.rounds.members().has("b"));
  run.push_fresh("a", 5);
  EXPECT_THAT(islands_of(run.commits(5).at(0)), ElementsAre("a", "b"));
}

TEST(SynchronousRounds, TakeAJoinerFromItsFirstFullWindowOn) {
  Islands run({});
  run.join("a", 0);
  run.push_fresh("a", 1);
  run.commits(1);
  run.join("b", 1.5);
  EXPECT_FALSE(run.rounds.expects(0, "b"));
  EXPECT_EQ(run.push_fresh("b", 1.8), PushResult::kTooSoon);
  run.push_fresh("a", 2);
  EXPECT_THAT(islands_of(run.commits(2).at(0)), ElementsAre("a")) << "nobody waits for b";
  EXPECT_TRUE(run.rounds.expects(0, "b"));
  run.push_fresh("a", 3);
  EXPECT_THAT(run.commits(3), IsEmpty());
  run.push_fresh("b", 3.1);
  EXPECT_THAT(islands_of(run.commits(3.1).at(0)), ElementsAre("a", "b"));
}

TEST(SynchronousRounds, TakeAJoinerAtOnceWhereNobodyIsLeft) {
  Islands run({});
  run.join("a", 0);
  run.push_fresh("a", 1);
  run.commits(1);
  run.rounds.leave("a");
  run.join("b", 2);
  EXPECT_EQ(run.push_fresh("b", 3), PushResult::kAccepted);
  EXPECT_THAT(run.commits(3), SizeIs(1));
}

TEST(SynchronousRounds, TakeEachPushOnce) {
  Islands run({});
  run.join("a", 0);
  run.join("b", 0);
  EXPECT_EQ(run.push("a", 1, {.id = 5}), PushResult::kAccepted);
  EXPECT_EQ(run.push("a", 1, {.id = 5}), PushResult::kKnown);
  EXPECT_EQ(run.push("a", 1, {.id = 4}), PushResult::kKnown);
  run.push("b", 1);
  EXPECT_THAT(run.commits(1).at(0).entries, SizeIs(2));
  EXPECT_EQ(run.push("a", 2, {.id = 5}), PushResult::kKnown) << "also after its commit";
}

TEST(Rounds, RefuseStrangersAndOldIncarnations) {
  Islands run({});
  run.join("a", 0);
  EXPECT_EQ(run.push("x", 1, {.incarnation = 1}), PushResult::kStranger);
  run.join("a", 1);  // another process
  EXPECT_EQ(run.push("a", 1, {.incarnation = 1}), PushResult::kStranger);
  EXPECT_EQ(run.push("a", 1, {.incarnation = 2}), PushResult::kAccepted);
}

TEST(Rounds, RefuseDeltasAgainstVersionsThatThereAreNot) {
  Islands run({});
  run.join("a", 0);
  EXPECT_EQ(run.push("a", 1, {.base = 1}), PushResult::kFromFuture);
  EXPECT_EQ(run.push("a", 1, {.base = 0}), PushResult::kAccepted);
}

TEST(Rounds, DiscardWhatIsTooOld) {
  Islands run({.quorum = 1, .max_staleness = 1});
  run.join("a", 0);
  run.join("b", 0);
  for (int i = 0; i < 2; ++i) {
    run.push_fresh("a", i);
    run.commits(i);
  }
  EXPECT_EQ(run.push("b", 3, {.base = 0}), PushResult::kTooStale);
  EXPECT_EQ(run.push("b", 3, {.base = 1}), PushResult::kAccepted);
}

TEST(ElasticRounds, CloseAfterTheGraceOfAQuorum) {
  Islands run({.quorum = 2, .grace_s = 1.0});
  for (const char* name : {"a", "b", "c", "d"}) run.join(name, 0);
  run.push_fresh("a", 1);
  EXPECT_EQ(run.rounds.next_decision(), at(4)) << "nothing to do before somebody is lost";
  run.push_fresh("c", 1.5);
  EXPECT_EQ(run.rounds.next_decision(), at(2.5));
  EXPECT_THAT(run.commits(2.4), IsEmpty());
  run.push_fresh("d", 2.45);
  EXPECT_THAT(islands_of(run.commits(2.5).at(0)), ElementsAre("a", "c", "d"));
  // b's delta is of the version before: it comes into the next round, late by one.
  run.push("b", 2.6, {.base = 0});
  run.push_fresh("a", 2.7);
  const Commit late = run.commits(3.7).at(0);
  EXPECT_THAT(islands_of(late), ElementsAre("a", "b"));
  EXPECT_EQ(late.entries[1].staleness, 1);
}

TEST(ElasticRounds, DoNotWaitOutTheGraceWhenAllAreIn) {
  Islands run({.quorum = 2, .grace_s = 100});
  run.join("a", 0);
  run.join("b", 0);
  run.push_fresh("a", 1);
  run.push_fresh("b", 2);
  EXPECT_THAT(run.commits(2), SizeIs(1));
}

// slack = tau * step - (time to the quorum + time to synchronise): Decoupled DiLoCo.
TEST(ElasticRounds, WaitAsLongAsNobodyIsHeldUp) {
  Islands run({.quorum = 2, .slack = 0.5});
  for (const char* name : {"a", "b", "c"}) {
    run.join(name, 0);
    run.beat(name, 0.5, 0.2);
  }
  run.rounds.set_overlap_steps(20);  // 4 s
  run.rounds.note_sync_time(1.0);
  run.push_fresh("a", 1);
  run.push_fresh("b", 2);  // 1 s later: 4 - 1 - 1 = 2 s are left
  EXPECT_EQ(run.rounds.next_decision(), at(3));
}

TEST(ElasticRounds, WeighByTokensAndByThroughput) {
  Islands by_tokens({.weigh = "tokens"});
  Islands by_throughput({.weigh = "throughput"});
  for (Islands* run : {&by_tokens, &by_throughput}) {
    run->join("a", 0);
    run->join("b", 0);
    run->push_fresh("a", 1, 100, 10);
    run->push_fresh("b", 1, 300, 15);
  }
  EXPECT_DOUBLE_EQ(by_tokens.commits(1).at(0).entries[1].weight, 0.75);
  // 100 * 10 against 300 * 20.
  EXPECT_DOUBLE_EQ(by_throughput.commits(1).at(0).entries[1].weight, 6.0 / 7);
}

TEST(AsynchronousRounds, MakeAStepOfEachDelta) {
  Islands run({.quorum = 1, .grace_s = 0, .apply = "each"});
  run.join("a", 0);
  run.join("b", 0);
  run.push_fresh("b", 1);
  EXPECT_THAT(islands_of(run.commits(1).at(0)), ElementsAre("b"));
  run.push("a", 2, {.base = 0});
  const Commit late = run.commits(2).at(0);
  EXPECT_EQ(late.version, 2);
  EXPECT_EQ(late.entries[0].staleness, 1);
  EXPECT_DOUBLE_EQ(late.entries[0].weight, 1.0);
}

TEST(AsynchronousRounds, HandAllThatCameInTheGraceTheSameModel) {
  Islands run({.quorum = 1, .grace_s = 0.5, .apply = "each", .stale_power = 0.5});
  for (const char* name : {"a", "b", "c"}) run.join(name, 0);
  run.push_fresh("c", 1);
  run.push_fresh("a", 1.4);
  EXPECT_THAT(run.commits(1.49), IsEmpty());
  const std::vector<Commit> commits = run.commits(1.5);
  ASSERT_THAT(commits, SizeIs(2));
  EXPECT_THAT(islands_of(commits[0]), ElementsAre("a"));
  EXPECT_THAT(islands_of(commits[1]), ElementsAre("c"));
  EXPECT_DOUBLE_EQ(commits[0].entries[0].weight, 1.0);
  EXPECT_DOUBLE_EQ(commits[1].entries[0].weight, 1 / std::sqrt(2.0)) << "one version late by then";
}

TEST(AsynchronousRounds, TakeAJoinersWindowAtOnce) {
  Islands run({.quorum = 1, .apply = "each"});
  run.join("a", 0);
  run.push_fresh("a", 1);
  run.commits(1);
  run.join("b", 2);
  EXPECT_EQ(run.push_fresh("b", 3), PushResult::kAccepted);
}

TEST(StreamingRounds, CloseFragmentByFragment) {
  Islands run({}, {{.islands = {}, .num_values = 300}, {.islands = {}, .num_values = 100}});
  run.join("a", 0);
  run.join("b", 0);
  run.push("a", 1, {.fragment = 1, .tokens = 100});
  run.push("a", 1, {.fragment = 0, .tokens = 100});
  run.push("b", 1, {.fragment = 1, .tokens = 100});
  const std::vector<Commit> commits = run.commits(1);
  ASSERT_THAT(commits, SizeIs(1));
  EXPECT_EQ(commits[0].fragment, 1U);
  EXPECT_EQ(commits[0].tokens, 50) << "a quarter of the parameters learned from 200";
  EXPECT_EQ(run.rounds.version(0), 0);
  EXPECT_EQ(run.rounds.version(1), 1);
}

TEST(ModuleRounds, AreOfTheirIslandsAlone) {
  Islands run({}, {{.islands = {}, .num_values = 1}, {.islands = {"a", "b"}, .num_values = 1}});
  for (const char* name : {"a", "b", "c"}) run.join(name, 0);
  EXPECT_EQ(run.push("c", 1, {.fragment = 1}), PushResult::kNotItsOwn);
  run.push("a", 1, {.fragment = 1});
  run.push("b", 1, {.fragment = 1});
  EXPECT_THAT(islands_of(run.commits(1).at(0)), ElementsAre("a", "b")) << "c is not waited for";
}

TEST(Rounds, GoOnAfterARestartWhereTheyWere) {
  Islands run({});
  run.join("a", 0);
  run.join("b", 0);
  run.push("a", 1, {.id = 1});
  run.push("b", 1, {.id = 1});
  run.commits(1);
  run.push("a", 2, {.id = 2, .base = 1});
  const KeptRounds kept = run.rounds.kept();

  Islands again({});
  again.rounds.restore(kept, at(50));
  EXPECT_EQ(again.rounds.version(0), 1);
  const auto push = [&](const std::string& name, Push what) {
    what.island = name;
    what.incarnation = 1;
    return again.rounds.push(what, at(51));
  };
  EXPECT_EQ(push("a", {.id = 1}), PushResult::kKnown) << "its commit was kept";
  EXPECT_EQ(push("a", {.id = 2, .base = 1}), PushResult::kAccepted) << "sent again: it was lost";
  EXPECT_THAT(again.commits(51), IsEmpty()) << "b is still a member";
  EXPECT_EQ(push("b", {.id = 2, .base = 1}), PushResult::kAccepted);
  EXPECT_THAT(again.commits(51), SizeIs(1));
}

TEST(Rounds, RepeatTheCommitsOfALog) {
  Islands run({}, {{.islands = {}, .num_values = 3}, {.islands = {}, .num_values = 1}});
  Islands copy({}, {{.islands = {}, .num_values = 3}, {.islands = {}, .num_values = 1}});
  run.join("a", 0);
  Random random(1);
  for (int i = 0; i < 50; ++i) {
    const std::size_t fragment = random.below(2);
    run.push("a", i, {.fragment = fragment, .base = run.rounds.version(fragment), .tokens = 10 + i});
    for (const Commit& commit : run.commits(i)) copy.rounds.repeat(commit);
  }
  for (std::size_t f = 0; f < 2; ++f) EXPECT_EQ(copy.rounds.version(f), run.rounds.version(f));
  EXPECT_EQ(copy.rounds.tokens(), run.rounds.tokens());
  EXPECT_THAT(tests::error_of([&] { copy.rounds.repeat({.fragment = 0, .version = 99}); }),
              testing::HasSubstr("commit 99"));
}

// Whatever happens in whatever order: versions rise one by one, no push counts twice, none of a stranger counts, and
// weights of a mean sum up to 1.
TEST(Rounds, KeepTheirPromisesInAnyOrder) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    const RoundRules rules{.quorum = static_cast<int>(random.below(4)),
                           .grace_s = random.below(3) * 0.7,
                           .apply = random.chance(1, 2) ? "each" : "mean",
                           .weigh = random.chance(1, 2) ? "tokens" : "equal"};
    Rounds rounds(rules, {}, {{}, {}});
    std::map<std::string, std::uint64_t> incarnation;
    std::uint64_t id = 0;
    std::vector<std::int64_t> versions(2);
    std::set<std::pair<std::string, std::uint64_t>> counted;
    std::set<std::pair<std::string, std::uint64_t>> accepted;
    double time = 0;
    for (int i = 0; i < 400; ++i) {
      time += random.uniform() * 0.4;
      const std::string name(1, static_cast<char>('a' + random.below(5)));
      switch (random.below(8)) {
        case 0:
          if (random.chance(1, 3)) {
            incarnation[name] = rounds.join(name, random(), at(time));
            rounds.begin(name);
          }
          break;
        case 1:
          if (random.chance(1, 8)) rounds.leave(name);
          break;
        case 2: rounds.beat(name, incarnation[name], {.step = i, .step_s = 0.1, .work = "train"}, at(time)); break;
        default: {
          const std::size_t fragment = random.below(2);
          const Push push{.island = name,
                          .incarnation = incarnation[name],
                          .id = ++id,
                          .fragment = fragment,
                          .base = std::max<std::int64_t>(0, rounds.version(fragment) - random.below(3)),
                          .step = i,
                          .steps = 5,
                          .tokens = random.between(0, 50)};
          if (rounds.push(push, at(time)) == PushResult::kAccepted) {
            EXPECT_TRUE(rounds.members().has(name));
            accepted.insert({name, push.id});
          }
        }
      }
      for (const Commit& commit : rounds.decide(at(time)).commits) {
        EXPECT_EQ(commit.version, ++versions[commit.fragment]);
        double weight = 0;
        for (const Entry& entry : commit.entries) {
          EXPECT_TRUE(accepted.contains({entry.island, entry.push}));
          EXPECT_TRUE(counted.insert({entry.island, entry.push}).second) << "counted twice";
          weight += entry.weight;
        }
        EXPECT_NEAR(weight, 1.0, 1e-12);
        EXPECT_FALSE(commit.entries.empty());
        EXPECT_TRUE(rules.apply == "mean" || commit.entries.size() == 1U);
      }
    }
    EXPECT_GT(versions[0] + versions[1], 0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace atl::distributed
