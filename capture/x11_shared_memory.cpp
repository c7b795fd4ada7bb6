#include "capture/x11_shared_memory.h"

#include "core/error.h"

#include <sys/mman.h>
#include <unistd.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include <cerrno>
#include <cstring>

namespace atl::capture {

X11SharedMemory::X11SharedMemory(const x11::Connection& connection, std::size_t num_bytes)
    : connection_(connection), num_bytes_(num_bytes) {
  const int fd = memfd_create("atoll-capture", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(num_bytes)) != 0) {
    const int code = errno;
    if (fd >= 0) close(fd);
    fail(ErrorKind::kDevice, "cannot make {} bytes of shared memory for capture: {}", num_bytes, std::strerror(code));
  }
  void* mapped = mmap(nullptr, num_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) {
    const int code = errno;
    close(fd);
    fail(ErrorKind::kDevice, "cannot map {} bytes of shared memory for capture: {}", num_bytes, std::strerror(code));
  }
  data_ = static_cast<std::uint8_t*>(mapped);
  xcb_connection_t* c = connection.get();
  id_ = xcb_generate_id(c);
  // xcb closes the descriptor once it is sent; the mapping keeps the memory alive.
  const x11::Owned<xcb_generic_error_t> error(xcb_request_check(c, xcb_shm_attach_fd_checked(c, id_, fd, 0)));
  if (error || connection.is_lost()) {
    munmap(data_, num_bytes_);
    fail(
        ErrorKind::kDevice,
        "X display {} cannot use this process's shared memory (X error {}); expected a local X server with MIT-SHM 1.2",
        connection.display(), error ? error->error_code : 0);
  }
}

X11SharedMemory::~X11SharedMemory() {
  xcb_shm_detach(connection_.get(), id_);
  munmap(data_, num_bytes_);
}

}  // namespace atl::capture
