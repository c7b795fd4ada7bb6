// A real syncer and real islands on loopback: what they agree on to the bit, and what they live through.
#include "core/files.h"
#include "core/random.h"
#include "distributed/global_state.h"
#include "distributed/star_exchange.h"
#include "distributed/syncer.h"
#include "tests/distributed/running_syncer.h"
#include "tests/distributed/windows.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace atl::distributed {
namespace {

using testing::HasSubstr;
using tests::in;
using tests::kValues;
using tests::learn;
using tests::reference;
using tests::RunningSyncer;
using tests::tensors;
using tests::train;
using tests::wait_for;
using namespace std::chrono_literals;

std::unique_ptr<Exchange> join(const std::string& name, const std::string& address, std::uint64_t seed = 1) {
  return create_star_exchange(
      {.island = name, .addresses = {address}, .patience_s = 20, .tensors = tensors(), .first_parameters = [seed] {
         return tests::random_floats(kValues, seed, 1.0);
       }});
}

class Star : public testing::Test {
 protected:
  SyncerOptions options(const std::string& address = "tcp://127.0.0.1:*") {
    SyncerOptions options{.config = config_, .address = address, .folder = folder_.path() / "run"};
    return options;
  }
  TemporaryFolder folder_;
  SyncConfig config_{.steps = 10, .members = {.beat_s = 0.1, .silence_s = 1.0}};
};

TEST_F(Star, GivesEveryIslandTheBitsOfThePapersFormula) {
  for (const auto& [codec, reply, fragments] : {std::tuple("fp32", "deltas", 1),
                                                {"int8", "deltas", 2},
                                                {"int8", "mean", 1},
                                                {"fp4", "mean", 2},
                                                {"topk", "deltas", 1}}) {
    SCOPED_TRACE(fmt::format("{} {} {}", codec, reply, fragments));
    const TemporaryFolder folder;
    config_.codec.kind = codec;
    config_.reply = reply;
    config_.fragments.count = fragments;
    config_.rounds.start_islands = 3;
    SyncerOptions options = this->options();
    options.folder = folder.path() / "run";
    const RunningSyncer syncer(options);
    const std::vector<std::string> names{"a", "b", "c"};
    std::vector<std::vector<std::vector<float>>> found(names.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < names.size(); ++i) {
      threads.emplace_back([&, i] {
        try {
          const std::unique_ptr<Exchange> exchange = join(names[i], syncer.address());
          found[i] = train(*exchange, names[i], 0, 4);
          exchange->leave(in(5s));
        } catch (const Error& error) {
          ADD_FAILURE() << error.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    const std::vector<std::vector<float>> expected = reference(config_, names, 4);
    for (const auto& values : found) EXPECT_EQ(values, expected);
    EXPECT_TRUE(wait_for(5s, [&] { return syncer.status().tokens == 3 * 4 * 100; })) << syncer.status().tokens;
    EXPECT_TRUE(wait_for(5s, [&] { return syncer.status().islands.empty(); })) << "all have left";
  }
}

TEST_F(Star, TakesAJoinerWithoutAStallAndGivesItTheState) {
  const RunningSyncer syncer(options());
  const std::unique_ptr<Exchange> a = join("a", syncer.address());
  train(*a, "a", 0, 3);
  const std::unique_ptr<Exchange> b = join("b", syncer.address(), 99);
  std::vector<float> values(kValues);
  ASSERT_TRUE(b->wait_take(0, values, in(5s)));
  EXPECT_EQ(values, reference(config_, {"a"}, 3)[0]) << "not its own first parameters";
  EXPECT_FALSE(b->push(0, values, {.step = 1, .steps = 1, .tokens = 1}, {})) << "its window is no full one";
  // a goes on alone; then both are expected.
  std::vector<float> global = reference(config_, {"a"}, 3)[0];
  learn("a", 3, global);
  ASSERT_TRUE(a->push(0, global, {.step = 40, .steps = 10, .tokens = 100}, {}));
  ASSERT_TRUE(a->wait_take(0, global, in(5s))) << "nobody waits for b";
  ASSERT_EQ(b->wait_take(0, values, in(5s)), 40) << "the islands' clock";
  EXPECT_EQ(values, global);
  ASSERT_TRUE(wait_for(5s, [&] { return b->push(0, values, {.step = 50, .steps = 10, .tokens = 100}, {}); }));
  EXPECT_FALSE(a->wait_take(0, global, in(300ms))) << "a has sent nothing yet";
  ASSERT_TRUE(a->push(0, global, {.step = 50, .steps = 10, .tokens = 100}, {}));
  EXPECT_TRUE(a->wait_take(0, global, in(5s)));
}

TEST_F(Star, GoesOnWithoutAnIslandThatDied) {
  config_.rounds.start_islands = 2;
  const RunningSyncer syncer(options());
  const std::unique_ptr<Exchange> a = join("a", syncer.address());
  std::unique_ptr<Exchange> b = join("b", syncer.address());
  std::vector<float> values(kValues);
  ASSERT_TRUE(a->wait_take(0, values, in(5s)));
  ASSERT_TRUE(a->push(0, values, {.step = 10, .steps = 10, .tokens = 100}, {}));
  b.reset();  // without a word
  const Timestamp begin = MonotonicClock::now();
  ASSERT_TRUE(a->wait_take(0, values, in(10s)));
  EXPECT_LT(to_seconds(MonotonicClock::now() - begin), 5.0);
  EXPECT_TRUE(wait_for(5s, [&] { return !syncer.status().last_fault.empty(); }));
  EXPECT_THAT(syncer.status().last_fault, HasSubstr("island b is given up: silent"));
}

TEST_F(Star, OutlivesItsSyncer) {
  auto syncer = std::make_unique<RunningSyncer>(options());
  const std::string address = syncer->address();
  const std::unique_ptr<Exchange> a = join("a", address);
  std::vector<std::vector<float>> values = train(*a, "a", 0, 2);
  const std::vector<std::string> hashes = syncer->status().hashes;
  syncer.reset();
  learn("a", 2, values[0]);
  ASSERT_TRUE(a->push(0, values[0], {.step = 30, .steps = 10, .tokens = 100}, {}));
  EXPECT_FALSE(a->wait_take(0, values[0], in(300ms)));
  syncer = std::make_unique<RunningSyncer>(options(address));
  ASSERT_TRUE(a->wait_take(0, values[0], in(20s)));
  EXPECT_EQ(values, reference(config_, {"a"}, 3));
  EXPECT_EQ(a->facts().incarnation, 1U) << "it was a member all the time";
}

TEST_F(Star, LetsAnIslandComeBack) {
  const RunningSyncer syncer(options());
  const std::unique_ptr<Exchange> a = join("a", syncer.address());
  std::unique_ptr<Exchange> b = join("b", syncer.address());
  std::vector<float> values(kValues);
  ASSERT_TRUE(b->wait_take(0, values, in(5s)));
  ASSERT_TRUE(b->push(0, values, {.step = 10, .steps = 10, .tokens = 100}, {}));
  b.reset();
  b = join("b", syncer.address());
  EXPECT_EQ(b->facts().incarnation, 2U);
}

TEST_F(Star, SupersedesAnotherProcessOfTheSameName) {
  const RunningSyncer syncer(options());
  const std::unique_ptr<Exchange> old = join("a", syncer.address());
  const std::unique_ptr<Exchange> young = join("a", syncer.address());
  std::vector<float> values(kValues);
  ASSERT_TRUE(young->wait_take(0, values, in(5s)));
  const std::string error = tests::error_of([&] {
    for (int i = 0; i < 20; ++i) static_cast<void>(old->wait_take(0, values, in(500ms)));
  });
  EXPECT_THAT(error, HasSubstr("another process has joined by this name since"));
  EXPECT_TRUE(young->push(0, values, {.step = 10, .steps = 10, .tokens = 1}, {}));
}

TEST_F(Star, RefusesAnotherModel) {
  const RunningSyncer syncer(options());
  const std::unique_ptr<Exchange> a = join("a", syncer.address());
  const std::string error = tests::error_of([&] {
    static_cast<void>(create_star_exchange({.island = "b",
                                            .addresses = {syncer.address()},
                                            .patience_s = 5,
                                            .tensors = {{"layers.0", 0, 12}},
                                            .first_parameters = [] { return std::vector<float>(12); }}));
  });
  EXPECT_THAT(error, HasSubstr("of another model: fragments and parameters there all: 3000, here all: 12"));
}

TEST_F(Star, LeavesOutDeltasThatExplode) {
  const RunningSyncer syncer(options());
  const std::unique_ptr<Exchange> a = join("a", syncer.address());
  std::vector<std::vector<float>> values = train(*a, "a", 0, 10);
  const std::vector<float> before = values[0];
  for (float& value : values[0]) value += 1.0F;
  ASSERT_TRUE(a->push(0, values[0], {.step = 110, .steps = 10, .tokens = 100}, {}));
  ASSERT_TRUE(a->wait_take(0, values[0], in(5s)));
  EXPECT_EQ(values[0], before) << "the window begins anew";
  EXPECT_TRUE(wait_for(5s, [&] { return !syncer.status().last_fault.empty(); }));
  EXPECT_THAT(syncer.status().last_fault, HasSubstr("times that of others"));
  learn("a", 11, values[0]);
  ASSERT_TRUE(a->push(0, values[0], {.step = 120, .steps = 10, .tokens = 100}, {}));
  EXPECT_TRUE(a->wait_take(0, values[0], in(5s)));
}

TEST_F(Star, RefusesToSendWhatIsNoNumber) {
  const RunningSyncer syncer(options());
  const std::unique_ptr<Exchange> a = join("a", syncer.address());
  std::vector<float> values(kValues);
  ASSERT_TRUE(a->wait_take(0, values, in(5s)));
  values[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(tests::error_of([&] { a->push(0, values, {}, {}); }), HasSubstr("no finite numbers"));
}

TEST_F(Star, SaysWhenNobodyAnswers) {
  const std::string error = tests::error_of([&] {
    static_cast<void>(create_star_exchange({.island = "a",
                                            .addresses = {"tcp://127.0.0.1:9"},
                                            .patience_s = 1,
                                            .tensors = tensors(),
                                            .first_parameters = [] { return std::vector<float>(kValues); }}));
  });
  EXPECT_THAT(error, HasSubstr("no syncer answers at tcp://127.0.0.1:9"));
}

TEST_F(Star, AsynchronouslyStepsOnceForEachDelta) {
  config_.rounds = {.quorum = 1, .apply = "each"};
  config_.outer.kind = "delayed_nesterov";
  config_.outer.delay = 2;
  const RunningSyncer syncer(options());
  const std::unique_ptr<Exchange> a = join("a", syncer.address());
  const std::unique_ptr<Exchange> b = join("b", syncer.address());
  std::vector<float> of_a(kValues);
  std::vector<float> of_b(kValues);
  ASSERT_TRUE(a->wait_take(0, of_a, in(5s)));
  ASSERT_TRUE(b->wait_take(0, of_b, in(5s)));
  for (int i = 0; i < 3; ++i) {
    learn("a", i, of_a);
    ASSERT_TRUE(a->push(0, of_a, {.step = 10 * i, .steps = 10, .tokens = 100}, {}));
    ASSERT_TRUE(a->wait_take(0, of_a, in(5s))) << "nobody waits for b";
  }
  learn("b", 0, of_b);
  ASSERT_TRUE(b->push(0, of_b, {.step = 10, .steps = 10, .tokens = 100}, {}));
  ASSERT_TRUE(b->wait_take(0, of_b, in(5s)));
  ASSERT_TRUE(a->wait_take(0, of_a, in(5s)));
  EXPECT_EQ(of_a, of_b);
  EXPECT_TRUE(wait_for(5s, [&] { return syncer.status().versions == std::vector<std::int64_t>{4}; }));
}

}  // namespace
}  // namespace atl::distributed
