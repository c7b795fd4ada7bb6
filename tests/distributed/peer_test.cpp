// Real islands on loopback without a syncer: what they agree on to the bit, the same as a star, and what they live
// through.
#include "distributed/peer_exchange.h"
#include "tests/distributed/windows.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
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

}  // namespace
}  // namespace atl::distributed
