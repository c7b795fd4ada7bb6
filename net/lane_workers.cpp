#include "net/lane_workers.h"

#include "core/error.h"

namespace atl::net {

LaneWorkers::LaneWorkers(const Service& service, int num_threads, std::size_t max_lanes, std::function<void()> wake)
    : service_(service), wake_(std::move(wake)), ready_(max_lanes) {
  for (int i = 0; i < num_threads; ++i) threads_.emplace_back([this] { work(); });
}

LaneWorkers::~LaneWorkers() {
  ready_.close();
  for (std::thread& thread : threads_) thread.join();
}

void LaneWorkers::start(const std::shared_ptr<LaneQueue>& queue) {
  ATOLL_CHECK(!queue->is_busy && !queue->waiting.empty(), "a lane that is busy or has nothing to do was started");
  queue->present = std::move(queue->waiting.front());
  queue->waiting.pop_front();
  queue->is_busy = true;
  const bool pushed = ready_.try_push(queue);
  ATOLL_CHECK(pushed, "more lanes are ready than there are");
}

std::vector<LaneWorkers::Done> LaneWorkers::take_done() {
  const std::lock_guard lock(done_mutex_);
  return std::exchange(done_, {});
}

void LaneWorkers::work() {
  while (std::optional<std::shared_ptr<LaneQueue>> queue = ready_.wait_pop()) {
    std::shared_ptr<const Reply> reply = carry_out(**queue);
    bool is_first = false;
    {
      const std::lock_guard lock(done_mutex_);
      is_first = done_.empty();
      const Header header = (*queue)->present.header;
      done_.push_back({std::move(*queue), header, std::move(reply)});
    }
    if (is_first) wake_();
  }
}

std::shared_ptr<const Reply> LaneWorkers::carry_out(LaneQueue& queue) {
  const LaneQueue::Job& job = queue.present;
  try {
    if (job.header.verb == Verb::kClose) {
      queue.lane.reset();
      auto reply = std::make_shared<Reply>();
      reply->header.verb = Verb::kClose;
      return reply;
    }
    if (queue.lane == nullptr) {
      const std::lock_guard lock(create_mutex_);
      queue.lane = service_.create_lane();
    }
    const std::span<const Part> parts = job.parts.all();
    return queue.lane->handle({job.header, parts[1], parts.subspan(2)});
  } catch (const Error& error) {
    return make_refusal(error.kind() == ErrorKind::kFormat ? Status::kMalformed : Status::kFailed, error.what());
  } catch (const std::exception& error) {
    return make_refusal(Status::kFailed, error.what());
  }
}

}  // namespace atl::net
