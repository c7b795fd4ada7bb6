// Playhouse behind a server on loopback, and the episodes that it must give: those of a local one.
#pragma once

#include "core/clock.h"
#include "core/random.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/remote/client.h"
#include "envs/remote/environment_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace atl::envs::remote {

/// Everything that an episode showed: pixels with their alpha, words, times, outcome.
struct Told {
  std::vector<std::uint64_t> pictures;  // hashes of all bytes
  std::vector<std::uint64_t> steps;
  std::vector<std::int64_t> times_ns;
  std::string instruction;
  Task task;
  Outcome outcome;
};

inline std::uint64_t hash_of(ImageView frame) {
  std::uint64_t hash = 1;
  for (int y = 0; y < frame.height_px; ++y) {
    for (int x = 0; x < frame.width_px; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, frame.row(y) + 4 * x, 4);
      hash = mix_bits(hash ^ pixel);
    }
  }
  return hash;
}

inline void note(Told& told, const Observation& observation, const Outcome& outcome) {
  told.pictures.push_back(hash_of(observation.frame));
  told.steps.push_back(observation.step);
  told.times_ns.push_back(to_ns(observation.time));
  told.instruction = observation.instruction;
  told.outcome = outcome;
}

/// The actions of a human-like expert for a seed, to the episode's end.
inline std::vector<Action> expert_actions(std::uint64_t seed) {
  const auto world = create_playhouse({});
  static_cast<void>(world->reset(seed, {}));
  const auto expert = world->oracle()->create_expert(seed, {.noise = 0.1, .detour = 0.2, .reaction_steps = 1});
  std::vector<Action> actions;
  while (!world->outcome().is_over()) {
    actions.push_back(expert->next());
    static_cast<void>(world->step(actions.back()));
  }
  return actions;
}

inline Told play(SteppedEnvironment& world, std::uint64_t seed, const std::vector<Action>& actions) {
  Told told;
  note(told, world.reset(seed, {}), world.outcome());
  told.task = world.task();
  for (const Action& action : actions) {
    const Observation observation = world.step(action);
    note(told, observation, world.outcome());
  }
  return told;
}

inline Told play_locally(std::uint64_t seed, const std::vector<Action>& actions) {
  const auto world = create_playhouse({});
  return play(*world, seed, actions);
}

inline void expect_equal(const Told& a, const Told& b) {
  EXPECT_EQ(a.pictures, b.pictures);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.times_ns, b.times_ns);
  EXPECT_EQ(a.instruction, b.instruction);
  EXPECT_EQ(a.task.family, b.task.family);
  EXPECT_EQ(a.task.split, b.task.split);
  EXPECT_EQ(a.task.target, b.task.target);
  EXPECT_EQ(a.task.instruction, b.task.instruction);
  EXPECT_EQ(a.task.time_limit_s, b.task.time_limit_s);
  EXPECT_EQ(a.outcome.terminated, b.outcome.terminated);
  EXPECT_EQ(a.outcome.truncated, b.outcome.truncated);
  EXPECT_EQ(a.outcome.reward, b.outcome.reward);
  EXPECT_EQ(a.outcome.verdict, b.outcome.verdict);
  EXPECT_EQ(a.outcome.reason, b.outcome.reason);
  EXPECT_EQ(a.outcome.object, b.outcome.object);
}

class RemoteTest : public testing::Test {
 protected:
  explicit RemoteTest(net::ServerOptions options = {.threads = 2})
      : server_(environment_service([] { return create_playhouse({}); }), options),
        thread_([this] { server_.run([this] { return stop_.load(); }); }) {}
  ~RemoteTest() override {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] net::ClientOptions options() const { return {.address = server_.address()}; }

  std::atomic<bool> stop_{false};
  net::Server server_;
  std::thread thread_;
};

}  // namespace atl::envs::remote
