#include "input/pressed_keys.h"

#include "core/error.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace atl::input {

bool PressedKeys::any() const {
  const auto is_marked = [](const std::atomic<std::uint8_t>& mark) { return mark.load() != kUp; };
  return std::any_of(keys.begin(), keys.end(), is_marked) || std::any_of(buttons.begin(), buttons.end(), is_marked);
}

void UnmapPressedKeys::operator()(PressedKeys* keys) const { munmap(keys, sizeof(PressedKeys)); }

SharedPressedKeys create_shared_pressed_keys() {
  void* memory = mmap(nullptr, sizeof(PressedKeys), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    fail(ErrorKind::kDevice, "cannot map {} bytes shared with the guard's twin: {}", sizeof(PressedKeys),
         std::strerror(errno));
  }
  return SharedPressedKeys(new (memory) PressedKeys);
}

}  // namespace atl::input
