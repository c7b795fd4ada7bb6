// Whole algorithms over a real star: the global parameters that islands end with are those of the referee, which was
// written from the papers.
#include "distributed/island.h"

#include "core/files.h"
#include "distributed/star_exchange.h"
#include "tests/distributed/referee.h"
#include "tests/distributed/running_syncer.h"
#include "tests/distributed/small_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace atl::distributed {
namespace {

using tests::in;
using tests::RunningSyncer;
using tests::wait_for;
using namespace std::chrono_literals;

constexpr std::size_t kValues = 1200;
constexpr std::size_t kIslands = 3;

std::vector<float> target_of(std::size_t island) { return tests::random_floats(kValues, 50 + island, 1.0); }

// Four layers of equal size.
std::vector<TensorPlace> tensors() {
  std::vector<TensorPlace> all;
  for (std::size_t i = 0; i < 4; ++i) all.push_back({fmt::format("layers.{}", i), i * kValues / 4, kValues / 4});
  return all;
}

std::string name_of(std::size_t island) { return std::string(1, static_cast<char>('a' + island)); }

// Steps of one island, each a tenth of the way to its target.
void learn(Exchange& exchange, std::size_t island, std::int64_t steps) {
  std::vector<float> parameters(kValues);
  const std::vector<float> target = target_of(island);
  Island algorithm(
      exchange,
      {.read = [&](const Fragment& fragment, std::span<float> values) { gather(fragment, parameters, values); },
       .write = [&](const Fragment& fragment,
                    std::span<const float> values) { scatter(fragment, values, parameters); }},
      {});
  ASSERT_TRUE(algorithm.begin());
  for (std::int64_t step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < kValues; ++i) parameters[i] += 0.1F * (target[i] - parameters[i]);
    ASSERT_TRUE(algorithm.after_step(10, 1e-3));
  }
}

class Algorithm : public testing::Test {
 protected:
  Algorithm() {
    config_.codec.kind = "fp32";
    config_.rounds.start_islands = kIslands;
    config_.fragments.pattern = "sequential";
    config_.members = {.beat_s = 0.1, .silence_s = 5};
  }

  // Islands in threads; returns the global parameters at the end.
  std::vector<float> run(std::int64_t steps) {
    const RunningSyncer syncer({.config = config_, .folder = folder_.path() / "run"});
    std::vector<std::unique_ptr<Exchange>> exchanges(kIslands);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kIslands; ++i) {
      threads.emplace_back([&, i] {
        exchanges[i] = join(i, syncer.address());
        learn(*exchanges[i], i, steps);
      });
    }
    for (std::thread& thread : threads) thread.join();
    return global_of(syncer.address());
  }

  static std::unique_ptr<Exchange> join(std::size_t island, const std::string& address) {
    return create_star_exchange({.island = name_of(island),
                                 .addresses = {address},
                                 .patience_s = 20,
                                 .tensors = tensors(),
                                 .first_parameters = [] { return tests::random_floats(kValues, 1, 1.0); }});
  }

  // What one that joins is given.
  static std::vector<float> global_of(const std::string& address) {
    const std::unique_ptr<Exchange> exchange = join(25, address);
    std::vector<float> parameters(kValues);
    for (std::size_t f = 0; f < exchange->fragments().size(); ++f) {
      std::vector<float> values(exchange->fragments()[f].num_values());
      EXPECT_TRUE(exchange->wait_take(f, values, in(10s)));
      scatter(exchange->fragments()[f], values, parameters);
    }
    return parameters;
  }

  void expect_referee(const std::vector<float>& found, std::int64_t steps, const std::string& options) {
    tests::write_floats(folder_.path() / "start", tests::random_floats(kValues, 1, 1.0));
    std::vector<float> targets;
    for (std::size_t i = 0; i < kIslands; ++i) {
      const std::vector<float> target = target_of(i);
      targets.insert(targets.end(), target.begin(), target.end());
    }
    tests::write_floats(folder_.path() / "targets", targets);
    tests::ask_referee(
        folder_.path(),
        fmt::format("start = read('start'); targets = list(read('targets').reshape({}, -1).astype(float))\n"
                    "write('global', islands_run(start, targets, {}, {}))",
                    kIslands, steps, options));
    const std::vector<float> expected = tests::read_floats(folder_.path() / "global");
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 2e-5) << i;
  }

  TemporaryFolder folder_;
  SyncConfig config_;
};

TEST_F(Algorithm, SynchronousIsDiLoCo) {
  config_.steps = 6;
  expect_referee(run(30), 30, "h=6");
}

TEST_F(Algorithm, WithOverlapAndMixingIsStreamingDiLoCo) {
  config_.steps = 12;
  config_.fragments.count = 4;
  config_.overlap_steps = 2;
  config_.mix = 0.5;
  config_.outer.learning_rate = 0.4;
  expect_referee(run(50), 50, "h=12, fragments=4, tau=2, alpha=0.5, rate=0.4");
}

TEST_F(Algorithm, WithOverlapOverwritesWithoutMixing) {
  config_.steps = 10;
  config_.fragments.count = 2;
  config_.overlap_steps = 3;
  expect_referee(run(43), 43, "h=10, fragments=2, tau=3");
}

TEST_F(Algorithm, EagerIsThatOfThePaper) {
  config_.steps = 8;
  config_.overlap_steps = 4;
  config_.eager = true;
  expect_referee(run(36), 36, "h=8, tau=4, eager=True");
}

TEST_F(Algorithm, SparseWithErrorFeedbackIsSparseLoCo) {
  config_.steps = 5;
  config_.codec = {.kind = "topk", .chunk = 100, .keep = 10};
  config_.error_feedback = true;
  config_.feedback_decay = 0.95;
  config_.outer = {.kind = "sgd", .learning_rate = 0.8};
  expect_referee(run(30), 30, "h=5, rate=0.8, sparse=dict(decay=0.95, chunk=100, keep=10)");
}

// H = 1, inner SGD, outer rate 1 without momentum: what data parallel training does.
TEST_F(Algorithm, OfOneStepIsDataParallel) {
  config_.steps = 1;
  config_.outer = {.kind = "nesterov", .learning_rate = 1, .momentum = 0};
  const std::vector<float> found = run(12);
  std::vector<float> expected = tests::random_floats(kValues, 1, 1.0);
  for (int step = 0; step < 12; ++step) {
    for (std::size_t i = 0; i < kValues; ++i) {
      float gradient = 0;
      for (std::size_t k = 0; k < kIslands; ++k) gradient += expected[i] - target_of(k)[i];
      expected[i] -= 0.1F * gradient / kIslands;
    }
  }
  for (std::size_t i = 0; i < kValues; ++i) ASSERT_NEAR(found[i], expected[i], 1e-5);
}

// Islands by turns, so that the order is known: each delta is one step of delayed Nesterov.
TEST_F(Algorithm, AsynchronousIsDelayedNesterov) {
  config_.steps = 5;
  config_.rounds = {.start_islands = 1, .quorum = 1, .apply = "each"};
  config_.outer = {.kind = "delayed_nesterov", .learning_rate = 0.5, .momentum = 0.8, .delay = 3};
  const RunningSyncer syncer({.config = config_, .folder = folder_.path() / "run"});
  struct Player {
    std::unique_ptr<Exchange> exchange;
    std::vector<float> parameters = std::vector<float>(kValues);
    std::unique_ptr<Island> island;
  };
  std::vector<Player> players(kIslands);
  for (std::size_t k = 0; k < kIslands; ++k) {
    Player& p = players[k];
    p.exchange = join(k, syncer.address());
    p.island = std::make_unique<Island>(
        *p.exchange,
        LocalParameters{
            .read = [&p](const Fragment& fragment, std::span<float> values) { gather(fragment, p.parameters, values); },
            .write = [&p](const Fragment& fragment,
                          std::span<const float> values) { scatter(fragment, values, p.parameters); }},
        std::function<bool()>());
    ASSERT_TRUE(p.island->begin());
  }
  std::vector<float> global = tests::random_floats(kValues, 1, 1.0);
  OuterState state = begin_outer(config_.outer, global);
  std::vector<std::vector<float>> local(kIslands, global);
  std::vector<std::vector<float>> base(kIslands, global);
  std::int64_t version = 0;
  for (int turn = 0; turn < 10; ++turn) {
    const std::size_t k = static_cast<std::size_t>(turn * turn + turn / 2) % kIslands;
    const std::vector<float> target = target_of(k);
    for (int step = 0; step < 5; ++step) {
      for (std::size_t i = 0; i < kValues; ++i) {
        local[k][i] += 0.1F * (target[i] - local[k][i]);
        players[k].parameters[i] += 0.1F * (target[i] - players[k].parameters[i]);
      }
      ASSERT_TRUE(players[k].island->after_step(10, 1e-3));
    }
    std::vector<float> delta(kValues);
    for (std::size_t i = 0; i < kValues; ++i) delta[i] = base[k][i] - local[k][i];
    outer_step(config_.outer, version++, delta, state.view());
    local[k] = base[k] = state.parameters;
    for (std::size_t i = 0; i < kValues; ++i)
      ASSERT_NEAR(players[k].parameters[i], local[k][i], 1e-5) << "turn " << turn;
  }
}

// One that comes late has weight 0 until its first full window, and is on the others' clock then.
TEST_F(Algorithm, JoinerFallsIntoStep) {
  config_.steps = 10;
  config_.rounds.start_islands = 1;
  const RunningSyncer syncer({.config = config_, .folder = folder_.path() / "run"});
  std::atomic<bool> is_over = false;
  std::thread first([&] {
    const std::unique_ptr<Exchange> exchange = join(0, syncer.address());
    std::vector<float> parameters(kValues);
    Island island(*exchange,
                  {.read = [&](const Fragment& f, std::span<float> v) { gather(f, parameters, v); },
                   .write = [&](const Fragment& f, std::span<const float> v) { scatter(f, v, parameters); }},
                  [&] { return is_over.load(); });
    ASSERT_TRUE(island.begin());
    while (!is_over) {
      std::this_thread::sleep_for(2ms);
      if (!island.after_step(10, 2e-3)) break;
    }
    exchange->leave(in(2s));
  });
  EXPECT_TRUE(wait_for(20s, [&] { return !syncer.status().versions.empty() && syncer.status().versions[0] >= 3; }));
  {
    const std::unique_ptr<Exchange> exchange = join(1, syncer.address());
    std::vector<float> parameters(kValues);
    Island island(*exchange,
                  {.read = [&](const Fragment& f, std::span<float> v) { gather(f, parameters, v); },
                   .write = [&](const Fragment& f, std::span<const float> v) { scatter(f, v, parameters); }},
                  {});
    EXPECT_TRUE(island.begin());
    for (int step = 0; step < 60; ++step) {
      std::this_thread::sleep_for(2ms);
      ASSERT_TRUE(island.after_step(10, 2e-3));
    }
    EXPECT_GE(island.num_taken(), 4);
    EXPECT_EQ(syncer.status().refused, 0U);
    exchange->leave(in(2s));
  }
  is_over = true;
  first.join();
}

}  // namespace
}  // namespace atl::distributed
