// What is drawn over the house in a window for people while they do something else than play. Drawing is all that the
// window has to know of it. One thread.
#pragma once

#include "core/draw_text.h"

namespace atl::envs::desktop {

class Overlay {
 public:
  virtual ~Overlay() = default;
  /// Over the whole window's picture, or a part of it.
  virtual void draw(const Picture& picture) const = 0;
};

}  // namespace atl::envs::desktop
