// The worker threads of a server: carry out the requests of lanes, each lane in order and one at a time. Part of
// net/server.cpp.
#pragma once

#include "core/queue.h"
#include "net/server.h"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace atl::net {

/// A lane with what is to be done in it. All of it belongs to the server's thread, but for `lane` and `present`, which
/// belong to a worker while `is_busy`.
struct LaneQueue {
  struct Job {
    Header header;
    Parts parts;
  };
  std::string peer;
  std::uint32_t env_id = 0;
  std::unique_ptr<Lane> lane;  // made by the first request
  Job present;                 // the request that is being carried out
  std::deque<Job> waiting;     // those after it
  bool is_busy = false;

  [[nodiscard]] std::size_t num_under_way() const { return waiting.size() + (is_busy ? 1 : 0); }
};

class LaneWorkers {
 public:
  struct Done {
    std::shared_ptr<LaneQueue> queue;
    Header header;  // of the request
    std::shared_ptr<const Reply> reply;
  };

  /// `wake` is called, by any worker, when `take_done` has something.
  LaneWorkers(const Service& service, int num_threads, std::size_t max_lanes, std::function<void()> wake);
  LaneWorkers(const LaneWorkers&) = delete;
  LaneWorkers& operator=(const LaneWorkers&) = delete;
  ~LaneWorkers();

  /// Has the first waiting request of `queue`, which is not busy, carried out.
  void start(const std::shared_ptr<LaneQueue>& queue);
  /// What was done since the last call, in order of its end.
  [[nodiscard]] std::vector<Done> take_done();

 private:
  void work();
  [[nodiscard]] std::shared_ptr<const Reply> carry_out(LaneQueue& queue);

  const Service& service_;
  const std::function<void()> wake_;
  BoundedQueue<std::shared_ptr<LaneQueue>> ready_;
  std::mutex create_mutex_;  // one lane is made at a time
  std::mutex done_mutex_;
  std::vector<Done> done_;  // guarded by done_mutex_
  std::vector<std::thread> threads_;
};

}  // namespace atl::net
