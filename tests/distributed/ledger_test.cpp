// Shards of data and what became of what was drawn: by hand, through the rounds and a restart of them, and over random
// runs against a reader of its own.
#include "distributed/ledger.h"

#include "core/random.h"
#include "distributed/rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace atl::distributed {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<FragmentFacts> kOneFragment(1);
const std::vector<FragmentFacts> kTwoFragments(2);
constexpr Timestamp at(double seconds) { return from_ns(1'000'000'000) + from_seconds(seconds); }
const auto kNothingPending = [](const std::string&, std::uint64_t) { return false; };

ShardPlace shard(std::uint64_t number, std::uint64_t offset = 0) { return {.shard = number, .offset = offset}; }

TEST(Ledger, LeasesEachShardOnce) {
  Ledger ledger(kOneFragment);
  ledger.enter("a", 1);
  ledger.enter("b", 1);
  EXPECT_EQ(ledger.lease("a", "kitchen"), shard(0));
  EXPECT_EQ(ledger.lease("b", "kitchen"), shard(1));
  EXPECT_EQ(ledger.lease("a", "kitchen"), shard(2));
  EXPECT_EQ(ledger.num_leased("a"), 2U);
  EXPECT_THAT(ledger.leased("a", 0), ElementsAre(shard(0), shard(2)));
  EXPECT_THAT(ledger.leased("a", 1), ElementsAre(shard(2)));
  EXPECT_THAT(ledger.leased("c", 0), IsEmpty());
}

TEST(Ledger, LanesAreOfTheirOwn) {
  Ledger ledger(kOneFragment);
  ledger.enter("a", 1);
  ledger.enter("b", 1);
  EXPECT_EQ(ledger.lease("a", "kitchen"), shard(0));
  EXPECT_EQ(ledger.lease("b", "studio"), shard(0));
}

TEST(Ledger, WhatWasNotAppliedIsLeasedAgainFromWhereTheLastCommitCameTo) {
  Ledger ledger(kOneFragment);
  ledger.enter("a", 1);
  for (int i = 0; i < 3; ++i) static_cast<void>(ledger.lease("a", "all"));
  ledger.apply(0, "a", 1, 700, {.drawn = 700, .place = shard(1, 200)});
  ledger.note_drawn("a", 1, 950);
  EXPECT_EQ(ledger.rows()[0], (LedgerRow{.drawn = 950, .applied = 700, .open = 250}));
  ledger.end("a");
  ledger.settle(kNothingPending);
  EXPECT_EQ(ledger.rows()[0], (LedgerRow{.drawn = 950, .applied = 700, .replayed = 250}));
  ledger.enter("b", 1);
  EXPECT_EQ(ledger.lease("b", "all"), shard(1, 200));
  EXPECT_EQ(ledger.lease("b", "all"), shard(2));
  EXPECT_EQ(ledger.lease("b", "all"), shard(3));
}

TEST(Ledger, WaitsForDeltasOfTheDeadThatAreInARound) {
  Ledger ledger(kOneFragment);
  ledger.enter("a", 1);
  static_cast<void>(ledger.lease("a", "all"));
  ledger.note_drawn("a", 1, 100);
  ledger.end("a");
  ledger.settle([](const std::string&, std::uint64_t) { return true; });
  ledger.enter("a", 2);
  EXPECT_EQ(ledger.lease("a", "all"), shard(1)) << "shard 0 may still be applied";
  ledger.apply(0, "a", 1, 80, {.drawn = 80, .place = shard(0, 80)});
  ledger.settle(kNothingPending);
  EXPECT_EQ(ledger.lease("a", "all"), shard(0, 80));
  EXPECT_EQ(ledger.rows()[0], (LedgerRow{.drawn = 100, .applied = 80, .replayed = 20}));
}

TEST(Ledger, WindowsThatAreNoneAreDiscarded) {
  Ledger ledger(kOneFragment);
  ledger.enter("a", 1);
  static_cast<void>(ledger.lease("a", "all"));
  ledger.apply(0, "a", 1, 100, {.drawn = 140, .place = shard(0, 140)});  // 40 before its first full window
  ledger.discard(0, "a", 1, 100, {.drawn = 240, .place = shard(0, 240)});
  EXPECT_EQ(ledger.rows()[0], (LedgerRow{.drawn = 240, .applied = 100, .discarded = 140}));
}

TEST(Ledger, ADeltaMayBeRefusedBeforeAnEarlierOneIsApplied) {
  Ledger ledger(kOneFragment);
  ledger.enter("a", 1);
  static_cast<void>(ledger.lease("a", "all"));
  ledger.discard(0, "a", 1, 100, {.drawn = 200, .place = shard(0, 200)});
  ledger.apply(0, "a", 1, 100, {.drawn = 100, .place = shard(0, 100)});
  EXPECT_EQ(ledger.rows()[0], (LedgerRow{.drawn = 200, .applied = 100, .discarded = 100}));
}

TEST(Ledger, WithFragmentsTheLastOneSaysWhatIsDoneWith) {
  Ledger ledger(kTwoFragments);
  ledger.enter("a", 1);
  for (int i = 0; i < 3; ++i) static_cast<void>(ledger.lease("a", "all"));
  ledger.apply(0, "a", 1, 500, {.drawn = 500, .place = shard(2, 10)});
  ledger.apply(1, "a", 1, 300, {.drawn = 300, .place = shard(1, 50)});
  ledger.end("a");
  ledger.settle(kNothingPending);
  ledger.enter("b", 1);
  EXPECT_EQ(ledger.lease("b", "all"), shard(1, 50));
  EXPECT_EQ(ledger.lease("b", "all"), shard(2));
}

TEST(Ledger, BelievesNoPlaceThatWasNotLeased) {
  Ledger ledger(kOneFragment);
  ledger.enter("a", 1);
  for (int i = 0; i < 2; ++i) static_cast<void>(ledger.lease("a", "all"));
  ledger.apply(0, "a", 1, 10, {.drawn = 10, .place = shard(77, 5)});
  ledger.end("a");
  ledger.settle(kNothingPending);
  ledger.enter("b", 1);
  EXPECT_EQ(ledger.lease("b", "all"), shard(0));
  EXPECT_EQ(ledger.lease("b", "all"), shard(1));
}

TEST(Ledger, OutlivesARestart) {
  const std::vector<FragmentFacts> fragments{{}, {.islands = {"b"}}};
  Ledger ledger(fragments);
  ledger.enter("a", 1);
  ledger.enter("b", 1);
  for (int i = 0; i < 3; ++i) static_cast<void>(ledger.lease(i == 1 ? "b" : "a", "all"));
  ledger.apply(0, "a", 1, 50, {.drawn = 60, .place = shard(0, 60)});
  ledger.apply(1, "b", 1, 20, {.drawn = 20, .place = shard(1, 20)});
  ledger.end("b");
  Ledger after(fragments);
  after.restore(ledger.kept());
  for (Ledger* one : {&ledger, &after}) {
    one->settle(kNothingPending);
    one->end("a");
    one->settle(kNothingPending);
    one->enter("c", 1);
    EXPECT_EQ(one->lease("c", "all"), shard(0, 60));
    EXPECT_EQ(one->lease("c", "all"), shard(1)) << "fragment 0 has nothing of b";
    EXPECT_EQ(one->lease("c", "all"), shard(2));
  }
  EXPECT_EQ(ledger.rows(), after.rows());
}

// ---- Random runs. Islands draw tokens one by one from shards of kShardTokens, push, are refused, die and come back; a
// reader beside them notes which token was applied and how often.

constexpr std::uint64_t kShardTokens = 50;

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed)
      : random_(seed), rounds_({.quorum = 1, .max_staleness = 3}, MemberRules{}, {FragmentFacts{}}) {}

  void play(int moves) {
    for (int i = 0; i < moves; ++i) {
      time_ += 0.01;
      const std::string name(1, static_cast<char>('a' + random_.below(4)));
      Island& island = islands_[name];
      const std::uint32_t move = random_.below(100);
      if (!island.is_in) {
        if (move < 20) join(name, island);
      } else if (move < 70) {
        draw(name, island, 1 + random_.below(9));
      } else if (move < 90) {
        push(name, island);
      } else if (move < 93) {
        end(name, island);
      } else {
        decide();
      }
      check_rows();
    }
    for (auto& [name, island] : islands_) {
      if (island.is_in) end(name, island);
    }
    for (int i = 0; i < 3; ++i) decide();
  }

  // Each token of the shards that were drawn: applied once; or discarded; or it is to be leased again.
  void check_tokens() {
    const LedgerRow row = rounds_.ledger().rows()[0];
    std::int64_t applied = 0;
    std::int64_t draws = 0;
    for (const auto& [place, token] : tokens_) {
      EXPECT_LE(token.applied, 1) << "token " << place.offset << " of shard " << place.shard;
      applied += token.applied;
      draws += token.drawn;
    }
    EXPECT_EQ(row.applied, applied);
    EXPECT_EQ(row.drawn, draws);
    EXPECT_EQ(row.open, 0);
    EXPECT_EQ(row.drawn, row.applied + row.discarded + row.replayed);
    // What nobody has applied or thrown away comes again.
    join("z", islands_["z"]);
    std::set<ShardPlace> again;
    const std::uint64_t next = tokens_.empty() ? 0 : tokens_.rbegin()->first.shard;
    for (ShardPlace place = rounds_.lease("z", "all"); place.shard <= next; place = rounds_.lease("z", "all"))
      for (std::uint64_t offset = place.offset; offset < kShardTokens; ++offset)
        again.insert(shard(place.shard, offset));
    for (const auto& [place, token] : tokens_)
      EXPECT_EQ(again.contains(place), token.applied == 0 && !token.is_discarded)
          << "token " << place.offset << " of shard " << place.shard;
  }

  [[nodiscard]] LedgerRow row() const { return rounds_.ledger().rows()[0]; }

 private:
  struct Token {
    int drawn = 0;
    int applied = 0;
    bool is_discarded = false;
  };
  struct Island {
    bool is_in = false;
    std::uint64_t incarnation = 0;
    std::int64_t drawn = 0;
    std::uint64_t leases = 0;
    ShardPlace place{};
    std::vector<ShardPlace> window{};  // tokens
  };
  using PushKey = std::pair<std::string, std::uint64_t>;

  void join(const std::string& name, Island& island) {
    island = {.is_in = true};
    island.incarnation = rounds_.join(name, ++process_, at(time_));
    rounds_.begin(name);
  }

  void draw(const std::string& name, Island& island, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (island.leases == 0 || island.place.offset >= kShardTokens) {
        island.place = rounds_.lease(name, "all");
        ++island.leases;
        if (island.place.offset >= kShardTokens) continue;  // it was given back with nothing left of it
      }
      ++tokens_[island.place].drawn;
      island.window.push_back(island.place);
      ++island.place.offset;
      ++island.drawn;
    }
    rounds_.beat(name, island.incarnation, {.step = island.drawn, .drawn = island.drawn, .work = "train"}, at(time_));
  }

  void push(const std::string& name, Island& island) {
    const Push push{.island = name,
                    .incarnation = island.incarnation,
                    .id = ++id_,
                    .base = std::max<std::int64_t>(0, rounds_.version(0) - random_.below(6)),
                    .tokens = static_cast<std::int64_t>(island.window.size()),
                    .data = {.drawn = island.drawn, .place = island.place}};
    const PushResult result = rounds_.push(push, at(time_));
    if (result == PushResult::kAccepted) {
      pushed_[{name, push.id}] = std::move(island.window);
    } else {
      rounds_.refuse(push);
      for (const ShardPlace& token : island.window) tokens_[token].is_discarded = true;
    }
    island.window.clear();
  }

  void end(const std::string& name, Island& island) {
    rounds_.leave(name, island.drawn);
    island.is_in = false;
  }

  void decide() {
    for (const Commit& commit : rounds_.decide(at(time_)).commits) {
      for (const Entry& entry : commit.entries) {
        const auto window = pushed_.extract({entry.island, entry.push});
        ASSERT_FALSE(window.empty());
        for (const ShardPlace& token : window.mapped()) ++tokens_[token].applied;
      }
    }
  }

  void check_rows() {
    const LedgerRow row = rounds_.ledger().rows()[0];
    ASSERT_EQ(row.drawn, row.applied + row.discarded + row.replayed + row.open);
    ASSERT_GE(row.open, 0);
  }

  Random random_;
  Rounds rounds_;
  double time_ = 0;
  std::uint64_t process_ = 0;
  std::uint64_t id_ = 0;
  std::map<std::string, Island> islands_;
  std::map<PushKey, std::vector<ShardPlace>> pushed_;
  std::map<ShardPlace, Token> tokens_;
};

TEST(Ledger, BalancesWithWhatAReaderSawInRandomRuns) {
  LedgerRow sum;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    RandomRun run(seed);
    run.play(2000);
    const LedgerRow row = run.row();
    sum.applied += row.applied;
    sum.discarded += row.discarded;
    sum.replayed += row.replayed;
    run.check_tokens();
    if (testing::Test::HasFailure()) return;
  }
  // The runs were of the kind that they are meant to be.
  EXPECT_GT(sum.applied, 100'000);
  EXPECT_GT(sum.discarded, 10'000);
  EXPECT_GT(sum.replayed, 10'000);
}

}  // namespace
}  // namespace atl::distributed
