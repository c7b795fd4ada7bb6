// Ends another thread's wait for messages. Part of net/router.cpp and net/dealer.cpp.
#pragma once

namespace atl::net {

/// An eventfd. `wake` is for any thread.
class Wake {
 public:
  /// Throws Error(kNetwork).
  Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  ~Wake();

  void wake() const;
  /// Whether it was called since the last time; never blocks.
  bool take() const;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace atl::net
