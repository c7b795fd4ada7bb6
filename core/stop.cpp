#include "core/stop.h"

#include <atomic>
#include <csignal>

namespace atl {
namespace {

std::atomic<bool> stop_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the flag is written by a signal handler");

void on_signal(int signal) {
  if (stop_flag.exchange(true)) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

void install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of write, which whoever writes reports
}

bool stop_requested() { return stop_flag.load(std::memory_order_relaxed); }

void request_stop() { stop_flag.store(true); }

}  // namespace atl
