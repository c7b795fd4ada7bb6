#include "session/batch_recorder.h"

#include "core/queue.h"
#include "core/stop.h"
#include "session/stepped_session.h"
#include "session/trace.h"

#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace atl::session {
namespace {

std::uint64_t record_here(const RecordPlan& plan, EpisodeSink& sink,
                          const std::function<void(const EpisodeResult&)>& on_episode) {
  const std::unique_ptr<envs::SteppedEnvironment> world = plan.create_world();
  const std::unique_ptr<Player> player = plan.create_player(*world);
  std::uint64_t index = 0;
  for (; index < plan.num_episodes && !stop_requested(); ++index) {
    on_episode(run_episode(*world, *player, plan.make_request(index), &sink));
  }
  return index;
}

struct PlayedEpisode {
  std::uint64_t index = 0;
  EpisodeTrace trace;
  EpisodeResult result;
};

// Workers take the next number each and hand what they played to the one thread that writes.
class Workers {
 public:
  explicit Workers(const RecordPlan& plan) : plan_(plan), played_(static_cast<std::size_t>(plan.threads) * 8) {
    for (int i = 0; i < plan.threads; ++i) {
      threads_.emplace_back([this] {
        try {
          play();
        } catch (...) {
          const std::lock_guard lock(mutex_);
          if (!error_) error_ = std::current_exception();
          played_.close();
        }
        if (--num_running_ == 0) played_.close();
      });
    }
  }
  ~Workers() {
    played_.close();
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// The next episode in the order in which they end; nothing when all have ended. Rethrows a worker's error.
  [[nodiscard]] std::optional<PlayedEpisode> wait_next() {
    std::optional<PlayedEpisode> episode = played_.wait_pop();
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
    return episode;
  }

 private:
  void play() {
    const std::unique_ptr<envs::SteppedEnvironment> world = plan_.create_world();
    const std::unique_ptr<Player> player = plan_.create_player(*world);
    while (!stop_requested()) {
      PlayedEpisode episode;
      episode.index = next_++;
      if (episode.index >= plan_.num_episodes) return;
      TraceSink sink;
      episode.result = run_episode(*world, *player, plan_.make_request(episode.index), &sink);
      if (episode.result.verdict == envs::Verdict::kAborted) return;
      episode.trace = std::move(sink.trace);
      if (!played_.wait_push(std::move(episode))) return;
    }
  }

  const RecordPlan& plan_;
  BoundedQueue<PlayedEpisode> played_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<int> num_running_{plan_.threads};
  std::mutex mutex_;
  std::exception_ptr error_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

std::uint64_t record_with_workers(const RecordPlan& plan, EpisodeSink& sink,
                                  const std::function<void(const EpisodeResult&)>& on_episode) {
  Workers workers(plan);
  std::map<std::uint64_t, PlayedEpisode> waiting;  // played before an earlier one was: at most a few a thread
  std::uint64_t next = 0;
  while (std::optional<PlayedEpisode> episode = workers.wait_next()) {
    const std::uint64_t index = episode->index;
    waiting.emplace(index, std::move(*episode));
    for (auto first = waiting.find(next); first != waiting.end(); first = waiting.find(++next)) {
      write_trace(first->second.trace, sink);
      on_episode(first->second.result);
      waiting.erase(first);
    }
  }
  return next;
}

}  // namespace

std::uint64_t record_episodes(const RecordPlan& plan, EpisodeSink& sink,
                              const std::function<void(const EpisodeResult&)>& on_episode) {
  return plan.threads <= 1 ? record_here(plan, sink, on_episode) : record_with_workers(plan, sink, on_episode);
}

}  // namespace atl::session
