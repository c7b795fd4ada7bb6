// Tiny tensors on one thread: with more, LibTorch's workers spin longer than they work, above all on a busy machine.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace {

class OneThread final : public testing::Environment {
  void SetUp() override { at::set_num_threads(1); }
};

// GoogleTest owns it.
[[maybe_unused]] testing::Environment* const one_thread = testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace
