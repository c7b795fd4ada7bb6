// Processes that the guard forks for itself: its twin, its words on the screen.
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

namespace atl::input {

/// Forks a process that runs `work` and ends with exit code 0, or logs the error that `work` throws and ends with 1. Of
/// the files that are open here it keeps `kept` and the three standard ones: the session's socket must close when the
/// guard dies. Ctrl-C and the like are not for it: it ends with whoever forked it. Call before threads. Throws
/// Error(kDevice).
pid_t start_child(const std::vector<int>& kept, const std::function<void()>& work);

}  // namespace atl::input
