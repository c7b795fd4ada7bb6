#include "capture/pipewire_client.h"

#include "core/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

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

void PipeWireClient::listen(PipeWireState& server, std::function<void(const std::string&)> on_error) {
  static const auto events = make_events<pw_core_events>([](pw_core_events& e) {
    e.version = PW_VERSION_CORE_EVENTS;
    e.done = [](void* data, std::uint32_t id, int sequence) {
      if (id != PW_ID_CORE) return;
      PipeWireState& told = *static_cast<PipeWireClient*>(data)->state;
      const std::lock_guard lock(told.mutex);
      told.answered = sequence;
      told.changed.notify_all();
    };
    e.error = [](void* data, std::uint32_t id, int, int result, const char* message) {
      if (id == PW_ID_CORE)
        static_cast<PipeWireClient*>(data)->error_handler(fmt::format("{} ({})", message, std::strerror(-result)));
    };
  });
  state = &server;
  error_handler = std::move(on_error);
  pw_core_add_listener(core, &core_hook, &events, this);
}

int PipeWireClient::ask() const {
  const PipeWireLock lock(*this);
  return pw_core_sync(core, PW_ID_CORE, 0);
}

void PipeWireClient::start() const {
  if (pw_thread_loop_start(loop) < 0) fail(ErrorKind::kDevice, "cannot start a thread for PipeWire");
}

}  // namespace atl::capture
