#include "trainer/profile.h"

#include "core/error.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/profiler_kineto.h>

#include <set>
#include <unordered_set>

namespace atl::trainer {
namespace {

namespace profiler = torch::profiler::impl;

}  // namespace

Profile::Profile(bool with_gpu) {
  profiler::ExperimentalConfig more;
  more.profile_all_threads = true;  // replicas and producers have threads of their own
  const profiler::ProfilerConfig config(profiler::ProfilerState::KINETO, false, false, false, false, false, more);
  std::set<profiler::ActivityType> activities{profiler::ActivityType::CPU};
  if (with_gpu) activities.insert(profiler::ActivityType::CUDA);
  torch::autograd::profiler::prepareProfiler(config, activities);
  torch::autograd::profiler::enableProfiler(
      config, activities, {at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION, at::RecordScope::USER_SCOPE});
}

Profile::~Profile() {
  if (is_running_) torch::autograd::profiler::disableProfiler();
}

void Profile::save(const std::filesystem::path& path) {
  ATOLL_CHECK(is_running_, "a profile is saved once");
  is_running_ = false;
  torch::autograd::profiler::disableProfiler()->save(path.string());
  // The writer below tells nobody when it fails.
  std::error_code error;
  if (std::filesystem::file_size(path, error) == 0 || error)
    fail(ErrorKind::kFile, "cannot write the profile {}: {}", path.string(), error ? error.message() : "it is empty");
}

struct ProfileSpan::Record {
  at::RecordFunction function{at::RecordScope::USER_SCOPE};
};

ProfileSpan::ProfileSpan(const char* name) {
  if (!at::hasCallbacks()) return;
  record_ = std::make_unique<Record>();
  if (record_->function.isActive()) record_->function.before(name);
}

ProfileSpan::~ProfileSpan() = default;

}  // namespace atl::trainer
