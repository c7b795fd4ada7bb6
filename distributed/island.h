// What an island does after each inner step: sends fragments whose turn it is, goes on for tau steps, takes what has
// become of them and mixes it with its own. Every algorithm is here and in the rounds (distributed/rounds.h); how
// values travel is the exchange's. The trainer's thread; free of LibTorch, so that the simulator and tests run it as it
// is.
#pragma once

#include "distributed/exchange.h"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace atl::distributed {

/// The island's own parameters, wherever they lie.
struct LocalParameters {
  std::function<void(const Fragment& fragment, std::span<float> values)> read;
  std::function<void(const Fragment& fragment, std::span<const float> values)> write;
};

class Island {
 public:
  /// `exchange` must outlive it. `should_stop` is asked while it waits; empty: never.
  Island(Exchange& exchange, LocalParameters local, std::function<bool()> should_stop);

  /// Takes the global parameters. False if it should stop before they are there.
  bool begin();

  /// After an inner step that learned from `tokens` and took `step_s` seconds; `place`: of its data, what it goes on
  /// with (where it has shards of the exchange). Waits where the algorithm does. False if it should stop. Throws as
  /// Exchange does.
  bool after_step(std::int64_t tokens, double step_s, const ShardPlace& place = {});

  /// Inner steps on the islands' clock: what a schedule of the learning rate goes by, where tokens are not counted.
  [[nodiscard]] std::int64_t clock() const { return clock_; }
  /// Spent waiting for the exchange.
  [[nodiscard]] double waited_s() const { return waited_s_; }
  [[nodiscard]] std::int64_t num_taken() const { return num_taken_; }

 private:
  struct Part {
    std::vector<float> values;   // scratch
    std::vector<float> eager;    // what the island went on from, where it did not wait for the truth; empty: it did
    std::int64_t sent_at = -1;   // clock when it was pushed, until it is taken; -1: nothing is under way
    std::int64_t window_at = 0;  // clock when its window began
    std::int64_t steps_at = 0;   // steps that were made, and tokens learned from, up to the last delta
    std::int64_t tokens_at = 0;
  };

  [[nodiscard]] bool is_each() const;
  void begin_window(std::size_t fragment);
  void note(const std::string& work);
  bool send(std::size_t fragment);
  bool take(std::size_t fragment, bool waits);
  void put(std::size_t fragment);
  [[nodiscard]] bool is_due(std::size_t fragment) const;

  Exchange& exchange_;
  const LocalParameters local_;
  const std::function<bool()> should_stop_;
  const FragmentSchedule schedule_;
  std::vector<Part> parts_;
  std::int64_t clock_ = 0;
  std::int64_t tokens_ = 0;
  std::uint64_t incarnation_ = 0;  // that has drawn
  std::int64_t drawn_from_ = 0;    // tokens before it
  ShardPlace place_{};
  std::int64_t steps_ = 0;  // made by this island, whatever the clock says
  std::int64_t window_steps_ = 0;
  double step_s_ = 0;  // of late
  double waited_s_ = 0;
  std::int64_t num_taken_ = 0;
};

}  // namespace atl::distributed
