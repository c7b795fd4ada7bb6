#include "core/error.h"
#include "core/priority.h"
#include "input/evdev_reader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace atl::input {
namespace {

constexpr std::size_t kMaxWaiting = 1 << 20;  // events that nobody takes: a quarter of an hour of the fastest mouse

bool is_motion(const InputEvent& event) {
  return event.kind != InputKind::kControl && event.kind != InputKind::kPadButton;
}

class EvdevSource final : public InputSource {
 public:
  explicit EvdevSource(const EvdevSourceConfig& config) : reader_(config), stop_fd_(eventfd(0, EFD_CLOEXEC)) {
    if (stop_fd_ < 0) fail(ErrorKind::kDevice, "cannot make an eventfd: {}", std::strerror(errno));
    thread_ = std::thread([this] { run(); });
  }
  ~EvdevSource() override {
    eventfd_write(stop_fd_, 1);
    thread_.join();
    close(stop_fd_);
  }
  EvdevSource(const EvdevSource&) = delete;
  EvdevSource& operator=(const EvdevSource&) = delete;

  void poll_events(std::vector<InputEvent>& events) override {
    const std::lock_guard lock(mutex_);
    take(events);
  }

  void wait_events(Timestamp deadline, std::vector<InputEvent>& events) override {
    std::unique_lock lock(mutex_);
    came_.wait_until(lock, deadline, [&] { return !waiting_.empty() || failure_; });
    take(events);
  }

  std::vector<InputLoss> take_losses() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(losses_, {});
  }

 private:
  void take(std::vector<InputEvent>& events) {
    if (waiting_.empty() && failure_) std::rethrow_exception(failure_);
    events.insert(events.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
  }

  void run() {
    prefer_this_thread();
    try {
      while (wait()) read();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    came_.notify_all();
  }

  // False when it is time to end.
  bool wait() const {
    pollfd waited[] = {{reader_.fd(), POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (poll(waited, std::size(waited), -1) < 0 && errno != EINTR) {
      fail(ErrorKind::kDevice, "cannot wait for input devices: {}", std::strerror(errno));
    }
    return waited[1].revents == 0;
  }

  void read() {
    batch_.clear();
    reader_.read(batch_);
    auto losses = reader_.take_losses();
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() + batch_.size() > kMaxWaiting) {
        losses.push_back({MonotonicClock::now(), "all: nobody took the events"});
        std::erase_if(waiting_, is_motion);
      }
      waiting_.insert(waiting_.end(), batch_.begin(), batch_.end());
      losses_.insert(losses_.end(), losses.begin(), losses.end());
    }
    came_.notify_one();
  }

  EvdevReader reader_;             // the thread's
  std::vector<InputEvent> batch_;  // the thread's
  int stop_fd_ = -1;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<InputEvent> waiting_;  // these under mutex_
  std::vector<InputLoss> losses_;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<InputSource> create_evdev_source(const EvdevSourceConfig& config) {
  return std::make_unique<EvdevSource>(config);
}

}  // namespace atl::input
