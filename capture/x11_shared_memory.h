// Memory that the X server writes pictures into and this process reads (MIT-SHM). Anonymous: nothing is left behind
// when either side is killed.
#pragma once

#include "x11/connection.h"

#include <cstddef>
#include <cstdint>

namespace atl::capture {

class X11SharedMemory {
 public:
  /// Throws Error(kDevice) if the server cannot map this process's memory (another machine, MIT-SHM before 1.2).
  X11SharedMemory(const x11::Connection& connection, std::size_t num_bytes);
  X11SharedMemory(const X11SharedMemory&) = delete;
  X11SharedMemory& operator=(const X11SharedMemory&) = delete;
  ~X11SharedMemory();

  [[nodiscard]] const std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return num_bytes_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }

 private:
  const x11::Connection& connection_;
  std::size_t num_bytes_;
  std::uint8_t* data_ = nullptr;
  std::uint32_t id_ = 0;
};

}  // namespace atl::capture
