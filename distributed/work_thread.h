// One thread that does a server's long work in order, so that its network thread goes on answering: `post` a job; what
// the job gives back is run by the network thread at its next `run_finished`. What a job throws is thrown there.
#pragma once

#include "core/queue.h"

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace atl::distributed {

class WorkThread {
 public:
  using Then = std::function<void()>;
  using Job = std::function<Then()>;  // runs on the work thread; gives what the network thread is to do, or nothing

  /// `wake` is called on the work thread when there is something to run.
  explicit WorkThread(std::function<void()> wake) : wake_(std::move(wake)), thread_([this] { work(); }) {}
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;
  /// Finishes the job under way; those after it are dropped.
  ~WorkThread() {
    is_ending_ = true;
    jobs_.close();
    thread_.join();
  }

  /// Network thread.
  void post(Job job) {
    if (!jobs_.wait_push(std::move(job))) return;
  }
  /// Network thread. Throws what a job threw.
  void run_finished() {
    std::vector<Then> finished;
    {
      const std::lock_guard lock(mutex_);
      if (error_) std::rethrow_exception(error_);
      finished.swap(finished_);
    }
    for (const Then& then : finished) {
      if (then) then();
    }
  }
  [[nodiscard]] std::size_t num_waiting() const { return jobs_.size(); }

 private:
  static constexpr std::size_t kMostJobs = 4096;

  void work() {
    while (std::optional<Job> job = jobs_.wait_pop()) {
      if (is_ending_) return;
      Then then;
      std::exception_ptr error;
      try {
        then = (*job)();
      } catch (...) {
        error = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        if (error) error_ = error;
        finished_.push_back(std::move(then));
      }
      wake_();
      if (error) return jobs_.close();
    }
  }

  const std::function<void()> wake_;
  BoundedQueue<Job> jobs_{kMostJobs};
  std::atomic<bool> is_ending_ = false;
  std::mutex mutex_;
  std::vector<Then> finished_;  // guarded by mutex_
  std::exception_ptr error_;    // guarded by mutex_
  std::thread thread_;          // last: it uses all of the above
};

}  // namespace atl::distributed
