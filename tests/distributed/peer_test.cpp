// Real islands on loopback without a syncer: what they agree on to the bit, the same as a star, and what they live
// through.
#include "distributed/peer_exchange.h"
#include "tests/distributed/windows.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <set>
#include <thread>

namespace atl::distributed {
namespace {

using tests::in;
using tests::kValues;
using tests::learn;
using tests::reference;
using tests::tensors;
using tests::train;
using tests::wait_for;
using namespace std::chrono_literals;

class Peers : public testing::Test {
 protected:
  // The first one founds.
  std::unique_ptr<Exchange> join(const std::string& name) {
    const bool founds = address_.empty();
    PeerOptions options{.island = name,
                        .founds = founds,
                        .config = config_,
                        .patience_s = 20,
                        .tensors = tensors(),
                        .first_parameters = [] { return tests::random_floats(kValues, 1, 1.0); }};
    if (!founds) options.peers = {address_};
    return create_peer_exchange(options, [&](const std::string& address) {
      if (founds) address_ = address;
    });
  }
  // All at once, each on a thread of its own.
  std::vector<std::unique_ptr<Exchange>> join_all(const std::vector<std::string>& names) {
    std::vector<std::unique_ptr<Exchange>> exchanges(names.size());
    exchanges[0] = join(names[0]);
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < names.size(); ++i) threads.emplace_back([&, i] { exchanges[i] = join(names[i]); });
    for (std::thread& thread : threads) thread.join();
    return exchanges;
  }

  std::string address_;
  SyncConfig config_{.steps = 10, .members = {.beat_s = 0.1, .silence_s = 1.0}};
};

TEST_F(Peers, GiveEveryIslandTheBitsOfThePapersFormula) {
  for (const auto& [codec, reply, fragments] : {std::tuple("fp32", "deltas", 1),
                                                {"int8", "deltas", 2},
                                                {"int8", "mean", 1},
                                                {"fp4", "mean", 2},
                                                {"topk", "deltas", 1}}) {
    SCOPED_TRACE(fmt::format("{} {} {}", codec, reply, fragments));
    address_.clear();
    config_.codec.kind = codec;
    config_.reply = reply;
    config_.fragments.count = fragments;
    config_.rounds.start_islands = 3;
    const std::vector<std::string> names{"a", "b", "c"};
    const std::vector<std::unique_ptr<Exchange>> exchanges = join_all(names);
    std::vector<std::vector<std::vector<float>>> found(names.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < names.size(); ++i) {
      threads.emplace_back([&, i] {
        try {
          found[i] = train(*exchanges[i], names[i], 0, 4);
          exchanges[i]->leave(in(10s));
        } catch (const Error& error) {
          ADD_FAILURE() << error.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    const std::vector<std::vector<float>> expected = reference(config_, names, 4);
    for (const auto& values : found) EXPECT_EQ(values, expected);
  }
}

// Trains windows on threads of their own until each has made `windows`, or is to end; then waits for the rest.
std::vector<std::vector<std::vector<float>>> train_all(const std::vector<std::unique_ptr<Exchange>>& exchanges,
                                                       const std::vector<std::string>& names, std::int64_t first,
                                                       std::int64_t windows) {
  std::vector<std::vector<std::vector<float>>> found(exchanges.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    if (!exchanges[i]) continue;
    threads.emplace_back([&, i] {
      try {
        found[i] = train(*exchanges[i], names[i], first, windows);
      } catch (const Error& error) {
        ADD_FAILURE() << names[i] << ": " << error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::erase_if(found, [](const auto& values) { return values.empty(); });
  return found;
}

// `train` begins with taking what is there; an island that goes on has taken all.
std::vector<std::vector<float>> go_on(Exchange& exchange, const std::string& name,
                                      std::vector<std::vector<float>> values, std::int64_t window) {
  for (std::size_t f = 0; f < values.size(); ++f) {
    learn(name, window, values[f]);
    EXPECT_TRUE(exchange.push(f, values[f], {.step = 10 * (window + 1), .steps = 10, .tokens = 100}, {})) << name;
    EXPECT_TRUE(exchange.wait_take(f, values[f], in(20s))) << name << " window " << window;
  }
  return values;
}

// The island that dies: one that follows, or the one that leads the log, which the founder does.
class PeersThatDie : public Peers, public testing::WithParamInterface<std::size_t> {};

TEST_P(PeersThatDie, AreDoneWithout) {
  config_.rounds.start_islands = 4;
  const std::vector<std::string> names{"a", "b", "c", "d"};
  std::vector<std::unique_ptr<Exchange>> exchanges = join_all(names);
  const auto before = train_all(exchanges, names, 0, 2);
  // All have pushed but the one that dies.
  std::vector<std::vector<std::vector<float>>> values = before;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i == GetParam()) continue;
    learn(names[i], 2, values[i][0]);
    ASSERT_TRUE(exchanges[i]->push(0, values[i][0], {.step = 30, .steps = 10, .tokens = 100}, {}));
  }
  const Timestamp died = MonotonicClock::now();
  exchanges[GetParam()].reset();
  std::vector<std::vector<float>> after;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i == GetParam()) continue;
    ASSERT_TRUE(exchanges[i]->wait_take(0, values[i][0], in(10s))) << names[i];
    after.push_back(values[i][0]);
  }
  EXPECT_LT(to_seconds(MonotonicClock::now() - died), 5);
  EXPECT_EQ(after[0], after[1]);
  EXPECT_EQ(after[0], after[2]);
  EXPECT_NE(after[0], before[0][0]);
  std::vector<std::thread> threads;
  std::vector<std::vector<std::vector<float>>> found(4);
  for (std::size_t i = 0; i < 4; ++i) {
    if (exchanges[i]) threads.emplace_back([&, i] { found[i] = go_on(*exchanges[i], names[i], values[i], 3); });
  }
  for (std::thread& thread : threads) thread.join();
  std::erase_if(found, [](const auto& one) { return one.empty(); });
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

INSTANTIATE_TEST_SUITE_P(Any, PeersThatDie, testing::Values(0, 2),
                         [](const auto& param) { return param.param == 0 ? "leader" : "follower"; });

TEST_F(Peers, TakeAJoinerWithoutAStallAndGiveItTheState) {
  config_.rounds.start_islands = 2;
  config_.codec.kind = "int8";
  const std::vector<std::unique_ptr<Exchange>> exchanges = join_all({"a", "b"});
  std::atomic<std::int64_t> window = 0;
  std::atomic<std::int64_t> last = std::numeric_limits<std::int64_t>::max();
  std::vector<std::vector<std::vector<float>>> found(2);
  std::vector<std::thread> threads;
  const std::vector<std::string> names{"a", "b"};
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      found[i] = {std::vector<float>(kValues)};
      EXPECT_TRUE(exchanges[i]->wait_take(0, found[i][0], in(10s)));
      for (std::int64_t w = 0; w < last; ++w) {
        found[i] = go_on(*exchanges[i], names[i], std::move(found[i]), w);
        if (i == 0) window = w + 1;
        if (testing::Test::HasFailure()) return;
      }
    });
  }
  ASSERT_TRUE(wait_for(10s, [&] { return window >= 5; }));
  const std::unique_ptr<Exchange> c = join("c");
  std::vector<std::vector<float>> values{std::vector<float>(kValues)};
  ASSERT_TRUE(c->wait_take(0, values[0], in(10s)));
  // Once its window is a full one, it counts.
  while (!c->facts().takes[0]) {
    ASSERT_TRUE(c->wait_take(0, values[0], in(10s)));
  }
  last = window + 12;
  for (std::int64_t w = window; w < last; ++w) values = go_on(*c, "c", std::move(values), w);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(c->facts().islands, 3);
}

TEST_F(Peers, ComeBackAsAnotherIncarnation) {
  const std::vector<std::string> names{"a", "b", "c"};
  std::vector<std::unique_ptr<Exchange>> exchanges = join_all(names);
  exchanges[1].reset();
  exchanges[1] = join("b");
  EXPECT_EQ(exchanges[1]->facts().incarnation, 2U);
}

TEST_F(Peers, ASecondProcessOfANameIsTheIsland) {
  const std::vector<std::unique_ptr<Exchange>> exchanges = join_all({"a", "b", "c"});
  const std::unique_ptr<Exchange> young = join("b");
  std::vector<float> values(kValues);
  const std::string error = tests::error_of([&] {
    for (int i = 0; i < 20; ++i) static_cast<void>(exchanges[1]->wait_take(0, values, in(500ms)));
  });
  EXPECT_THAT(error, testing::HasSubstr("another process has joined by this name since"));
  EXPECT_EQ(young->facts().incarnation, 2U);
}

TEST_F(Peers, StepOnceForEachDeltaWhereNobodyWaits) {
  config_.rounds.quorum = 1;
  config_.rounds.apply = "each";
  config_.outer.kind = "delayed_nesterov";
  const std::vector<std::string> names{"a", "b", "c"};
  const std::vector<std::unique_ptr<Exchange>> exchanges = join_all(names);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < names.size(); ++i) {
    threads.emplace_back([&, i] {
      std::vector<std::vector<float>> values{std::vector<float>(kValues)};
      EXPECT_TRUE(exchanges[i]->wait_take(0, values[0], in(10s)));
      for (std::int64_t w = 0; w < 5; ++w) values = go_on(*exchanges[i], names[i], std::move(values), w);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& exchange : exchanges)
    EXPECT_TRUE(wait_for(10s, [&] { return exchange->facts().tokens == 3 * 5 * 100; })) << exchange->facts().tokens;
}

TEST_F(Peers, SayWhenThereIsNoRunToJoin) {
  const std::string error = tests::error_of([&] {
    static_cast<void>(create_peer_exchange(
        {.island = "b", .peers = {"tcp://127.0.0.1:1"}, .patience_s = 1, .tensors = tensors(), .first_parameters = [] {
           return std::vector<float>(kValues);
         }}));
  });
  EXPECT_THAT(error, testing::HasSubstr("no run of islands answers at tcp://127.0.0.1:1"));
}

TEST_F(Peers, LeaseDataToEachOther) {
  const std::vector<std::unique_ptr<Exchange>> exchanges = join_all({"a", "b", "c"});
  std::set<std::uint64_t> shards;
  for (int i = 0; i < 4; ++i) {
    for (const auto& exchange : exchanges) {
      const std::optional<DataLease> lease = exchange->wait_lease(in(5s));
      ASSERT_TRUE(lease);
      EXPECT_TRUE(shards.insert(lease->place.shard).second) << "shard " << lease->place.shard << " is leased twice";
    }
  }
  EXPECT_LE(*shards.rbegin(), 12U + 3 * 2) << "and few are leased ahead";
}

}  // namespace
}  // namespace atl::distributed
