// Notes what makes the host wait for a GPU, on machines without one: operations that look at values of tensors.
#pragma once

#include <ATen/record_function.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace atl::trainer::testing {

/// While it lives, of all threads. One at a time.
class HostReads {
 public:
  HostReads() {
    seen().clear();
    handle_ = at::addGlobalCallback(at::RecordFunctionCallback(&HostReads::note).scopes({at::RecordScope::FUNCTION}));
  }
  ~HostReads() { at::removeCallback(handle_); }
  HostReads(const HostReads&) = delete;
  HostReads& operator=(const HostReads&) = delete;

  /// Names of the operations that did.
  [[nodiscard]] static std::set<std::string> names() {
    const std::lock_guard lock(mutex());
    return seen();
  }

 private:
  // What asks for a value, or makes a tensor whose size depends on values.
  static bool reads(const std::string& name) {
    static const std::set<std::string> kReads{"aten::_local_scalar_dense",
                                              "aten::is_nonzero",
                                              "aten::equal",
                                              "aten::nonzero",
                                              "aten::masked_select",
                                              "aten::bincount",
                                              "aten::_unique2",
                                              "aten::unique_dim",
                                              "aten::allclose",
                                              "aten::index",
                                              "aten::repeat_interleave"};
    return kReads.contains(name);
  }
  static std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& function) {
    if (!reads(function.name())) return nullptr;
    const std::lock_guard lock(mutex());
    seen().insert(function.name());
    return nullptr;
  }
  static std::mutex& mutex() {
    static std::mutex mutex;
    return mutex;
  }
  static std::set<std::string>& seen() {
    static std::set<std::string> seen;
    return seen;
  }

  at::CallbackHandle handle_;
};

}  // namespace atl::trainer::testing
