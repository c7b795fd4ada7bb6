// A person at keyboard and mouse: a second pair of X master devices, so that what it does comes from devices that no
// injection uses. Every call returns when the server has taken the input.
#pragma once

#include "core/controls.h"

#include <memory>
#include <string>

namespace atl::tests {

class Person {
 public:
  explicit Person(const std::string& display);
  ~Person();
  void press(Control control);
  void release(Control control);
  void move(int dx, int dy);
  void wheel(int detents);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::tests
