#include "trainer/worker_team.h"

#include "core/error.h"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace atl::trainer {

struct WorkerTeam::State {
  std::function<void(int)> begin;
  std::mutex mutex;
  std::condition_variable changed;
  const std::function<void(int)>* work = nullptr;  // guarded by mutex, as all down to `closed`
  std::uint64_t round = 0;
  int running = 0;
  bool closed = false;
  std::vector<std::exception_ptr> errors;  // each written by its member while running > 0
  std::vector<std::thread> threads;

  void serve(int member) {
    begin(member);
    std::uint64_t done = 0;
    while (true) {
      const std::function<void(int)>* job = nullptr;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return closed || round != done; });
        if (closed) return;
        done = round;
        job = work;
      }
      try {
        (*job)(member);
      } catch (...) {
        errors[static_cast<std::size_t>(member)] = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex);
        --running;
      }
      changed.notify_all();
    }
  }
};

WorkerTeam::WorkerTeam(int members, std::function<void(int)> begin) : state_(std::make_unique<State>()) {
  ATOLL_CHECK(members > 0, "a team of {}, expected at least 1", members);
  state_->begin = std::move(begin);
  state_->errors.resize(static_cast<std::size_t>(members));
  for (int i = 0; i < members; ++i) state_->threads.emplace_back([s = state_.get(), i] { s->serve(i); });
}

WorkerTeam::~WorkerTeam() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
  }
  state_->changed.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void WorkerTeam::run(const std::function<void(int)>& work) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  s.work = &work;
  s.running = static_cast<int>(s.threads.size());
  ++s.round;
  s.changed.notify_all();
  s.changed.wait(lock, [&] { return s.running == 0; });
  std::exception_ptr first;
  for (std::exception_ptr& error : s.errors) {
    if (error && !first) first = error;
    error = nullptr;
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace atl::trainer
