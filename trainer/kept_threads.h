// The number of torch's threads that the calling thread has, put back when a scope ends.
#pragma once

#include <ATen/Parallel.h>

namespace atl::trainer {

class KeptThreads {
 public:
  KeptThreads() : threads_(at::get_num_threads()) {}
  ~KeptThreads() { at::set_num_threads(threads_); }
  KeptThreads(const KeptThreads&) = delete;
  KeptThreads& operator=(const KeptThreads&) = delete;

 private:
  int threads_;
};

}  // namespace atl::trainer
