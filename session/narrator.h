// A player that can say what it does. Recorders keep it, films show it; no policy sees it.
#pragma once

#include <string>

namespace atl::session {

class Narrator {
 public:
  virtual ~Narrator() = default;
  /// Of the last action, in words: "walk to the small red ball". Empty before the first.
  [[nodiscard]] virtual std::string doing() const = 0;
};

}  // namespace atl::session
