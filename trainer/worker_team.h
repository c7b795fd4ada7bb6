// A fixed team of threads that do one thing together: member i runs `work(i)`, the caller waits for all. The same
// member always runs on the same thread. Used by one thread at a time.
#pragma once

#include <functional>
#include <memory>

namespace atl::trainer {

class WorkerTeam {
 public:
  /// `begin` runs first on each thread, for settings that belong to a thread.
  WorkerTeam(int members, std::function<void(int member)> begin);
  ~WorkerTeam();
  WorkerTeam(const WorkerTeam&) = delete;
  WorkerTeam& operator=(const WorkerTeam&) = delete;

  /// Runs work(0) .. work(members - 1) side by side and waits. Throws what the lowest member threw, after all ended.
  void run(const std::function<void(int member)>& work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::trainer
