// Where a step's time goes: every operation of LibTorch on every thread (and kernels, on a GPU) as a Chrome trace,
// which chrome://tracing and ui.perfetto.dev draw. Used by trainer.cpp. One profile at a time in a process.
#pragma once

#include <filesystem>
#include <memory>

namespace atl::trainer {

class Profile {
 public:
  /// Begins to record. `with_gpu`: kernels, too.
  explicit Profile(bool with_gpu);
  /// Ends without a file if it was not saved.
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  /// Ends, and writes the trace as JSON. Throws Error(kFile). Called at most once.
  void save(const std::filesystem::path& path);

 private:
  bool is_running_ = true;
};

/// A named stretch of a thread in the trace, from here to the end of the scope; costs next to nothing without a
/// profile.
class ProfileSpan {
 public:
  explicit ProfileSpan(const char* name);
  ~ProfileSpan();
  ProfileSpan(const ProfileSpan&) = delete;
  ProfileSpan& operator=(const ProfileSpan&) = delete;

 private:
  struct Record;
  std::unique_ptr<Record> record_;  // null without a profile
};

}  // namespace atl::trainer
