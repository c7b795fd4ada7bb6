#include "capture/pipewire_client.h"

#include "core/error.h"

#include <cerrno>
#include <cstring>
#include <mutex>

namespace atl::capture {

PipeWireClient::PipeWireClient(const char* thread) {
  static std::once_flag begun;
  std::call_once(begun, [] { pw_init(nullptr, nullptr); });
  loop = pw_thread_loop_new(thread, nullptr);
  context = loop != nullptr ? pw_context_new(pw_thread_loop_get_loop(loop), nullptr, 0) : nullptr;
  if (context != nullptr) return;
  const int error = errno;
  if (loop != nullptr) pw_thread_loop_destroy(loop);
  fail(ErrorKind::kDevice,
       "PipeWire does not start in this process: {}; expected its modules (libpipewire-0.3-modules)",
       std::strerror(error));
}

PipeWireClient::~PipeWireClient() {
  pw_thread_loop_stop(loop);
  if (stream != nullptr) pw_stream_destroy(stream);
  if (core != nullptr) pw_core_disconnect(core);
  pw_context_destroy(context);
  pw_thread_loop_destroy(loop);
}

void PipeWireClient::start() const {
  if (pw_thread_loop_start(loop) < 0) fail(ErrorKind::kDevice, "cannot start a thread for PipeWire");
}

}  // namespace atl::capture
