// The first exception of several threads, for their owner to throw again.
#pragma once

#include <exception>
#include <mutex>

namespace atl::session {

class ThreadError {
 public:
  void keep_current() {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }
  void rethrow() const {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
  }

 private:
  mutable std::mutex mutex_;
  std::exception_ptr error_;  // guarded by mutex_
};

}  // namespace atl::session
