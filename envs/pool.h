// Many stepped environments at once: worker threads step N of them, and results come in batches of B <= N as soon as
// B are ready, so that nobody waits for the slowest. Pixels are drawn straight into one slab, batch by batch: a batch
// is one tensor [B, players, height, width, 4] without a copy. After EnvPool (Weng et al., arXiv 2206.10558),
// section 3.
//
// Each environment is in one of two hands: the caller's, or the pool's after `send_reset` or `send_step` until `recv`
// returns its row. All functions are for one thread, the owner. Environments keep their own order, so every episode is
// the same whatever the number of threads; only the order of rows in batches varies.
#pragma once

#include "core/queue.h"
#include "envs/environment.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace atl::envs {

struct PoolOptions {
  int num_environments = 2;
  int batch_size = 2;   // rows of one `recv`, 1..num_environments
  int num_threads = 1;  // workers, at least 1
};

/// What an environment answered to one `send_reset` or `send_step`.
struct PoolRow {
  int environment = 0;
  bool is_first = false;    // the answer to a reset
  Observation observation;  // the first player's; the frame lies in the slab
  Outcome outcome;          // an environment that threw: truncated, aborted, its words as the reason, black frames

  /// What a player sees (0: observation.frame); words, step and time are everybody's. As long as the batch.
  [[nodiscard]] ImageView frame_of(std::size_t player) const;
};

struct PoolBatch {
  std::span<const PoolRow> rows;         // batch_size of them
  std::span<const std::uint8_t> pixels;  // [batch_size, players, height, width, 4], in the order of the rows
};

class EnvironmentPool {
 public:
  /// Makes one environment; also called, from one thread at a time, to replace one that threw.
  using Factory = std::function<std::unique_ptr<SteppedEnvironment>()>;

  /// Throws Error(kConfig) for options out of range, and what `factory` throws.
  EnvironmentPool(Factory factory, const PoolOptions& options);
  EnvironmentPool(const EnvironmentPool&) = delete;
  EnvironmentPool& operator=(const EnvironmentPool&) = delete;
  ~EnvironmentPool();

  [[nodiscard]] const EnvironmentSpec& spec() const { return spec_; }
  [[nodiscard]] const PoolOptions& options() const { return options_; }

  /// Starts an episode in an environment that the caller holds; after an episode's end this comes first. Never blocks.
  void send_reset(int environment, std::uint64_t seed, const Task& task);
  /// The first player's action; others stand still. Never blocks. Throws Error(kInternal) for an environment in the
  /// pool's hands, not yet reset, or at its episode's end.
  void send_step(int environment, const Action& action);
  /// One action for each of spec().num_players, in order; throws for another number, too.
  void send_step_all(int environment, std::span<const Action> actions);

  /// Blocks until batch_size rows are ready. The batch is valid until the next `recv`, the instruction of a row also
  /// only until its environment is sent again. Throws Error(kInternal) if fewer rows than that are on their way.
  [[nodiscard]] PoolBatch recv();

  /// Environments that threw so far; each was replaced at its next reset.
  [[nodiscard]] std::uint64_t num_aborted() const { return num_aborted_; }

  /// The environment itself, for its oracle; only while the caller holds it. Null after it threw, until its next reset.
  [[nodiscard]] SteppedEnvironment* environment(int index);

 private:
  struct Start {
    std::uint64_t seed;
    Task task;
  };
  struct Job {
    int environment = 0;
    std::optional<Start> start;  // nothing: a step with the slot's actions
  };
  struct Slot {
    std::unique_ptr<SteppedEnvironment> environment;  // of the worker while in flight, else of the owner
    std::vector<Action> actions;                      // one a player, of the same
    bool in_flight = false;                           // owner
    bool is_running = false;                          // owner: an episode is under way
  };
  struct Batch {
    std::vector<PoolRow> rows;  // each written by one worker
    int done = 0;               // guarded by mutex_
  };

  [[nodiscard]] Slot& slot_to_send(int environment);
  void send(Job job);
  void work();
  void carry_out(const Job& job, PoolRow& row, std::span<std::uint8_t> pixels);
  [[nodiscard]] Observation move(const Job& job, Slot& slot, std::span<std::uint8_t> pixels);
  [[nodiscard]] std::span<std::uint8_t> pixels_of(std::size_t batch, std::size_t row);

  const Factory factory_;
  const PoolOptions options_;
  EnvironmentSpec spec_;
  std::size_t num_players_ = 1;
  std::size_t frame_bytes_ = 0;     // of one player's picture
  std::size_t row_bytes_ = 0;       // of all players'
  std::vector<std::uint8_t> slab_;  // [batches, batch_size, players, height, width, 4]
  std::vector<Batch> batches_;      // a ring: all that may be on their way, and the one that the caller looks at
  std::vector<Slot> slots_;
  BoundedQueue<Job> jobs_;
  int num_in_flight_ = 0;
  std::uint64_t num_received_ = 0;  // batches
  std::uint64_t num_aborted_ = 0;

  std::mutex factory_mutex_;
  std::mutex mutex_;
  std::condition_variable batch_done_;
  std::uint64_t num_started_ = 0;  // rows; guarded by mutex_
  std::vector<std::thread> workers_;
};

}  // namespace atl::envs
