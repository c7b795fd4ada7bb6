// The guard's twin: a process that only waits for the guard to die or hang, and then releases what it held. It shares
// the set of pressed keys with the guard, and has all that it needs to release them open beforehand.
#pragma once

#include "input/pressed_keys.h"

#include <functional>
#include <memory>
#include <vector>

namespace atl::input {

/// What the twin releases keys through; lives in the twin.
class TwinHands {
 public:
  virtual ~TwinHands() = default;
  /// Releases all that is marked. Throws Error(kDevice).
  virtual void release(const PressedKeys& pressed) = 0;
  /// With the display went its keys: nothing is left to do.
  [[nodiscard]] virtual bool is_lost() const = 0;
};

/// Forks the twin of the calling process, which keeps the files `kept` open and calls `make_hands`. Call before
/// threads. The twin ends when the caller does, however that happens. False if the twin could not make its hands (it
/// logs why). Throws Error(kDevice).
[[nodiscard]] bool start_guard_twin(const PressedKeys& pressed, std::vector<int> kept,
                                    const std::function<std::unique_ptr<TwinHands>()>& make_hands);

}  // namespace atl::input
